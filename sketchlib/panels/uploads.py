"""What the browser does with a large file: a message of over 10 MB would end the connection.

A picture it makes smaller, for little of it is looked at anyway; of any other file it says that
it is too large.
"""

from sketchlib.pad.javascript import manners

MOST_BYTES = 8 * 2**20  # of a file as it is sent
PICTURE_SIDE = 2000  # pixels of the longer side that are left of a picture; 640 are looked at

# The widget reads a file when its <input>, which is not on the page, has changed. So a click on the
# button waits for that input to be clicked in turn, and from then on listens to it first.
_SCRIPT = """
const row = root.querySelector('.sketchpad-row');
const note = document.createElement('p');
note.className = 'sketchpad-problem';
note.style.flexBasis = '100%';
note.setAttribute('role', 'alert');
root.addEventListener('pointerdown', () => note.remove(), true);
root.addEventListener('click', event => {
  if (!event.target.closest('.widget-upload')) return;
  const real = () => { delete HTMLInputElement.prototype.click; };
  HTMLInputElement.prototype.click = function () {
    real();
    this.removeEventListener('change', lighten, true);
    this.addEventListener('change', lighten, true);
    this.click();
  };
  setTimeout(real);
}, true);
async function lighten(event) {
  const file = this.files[0];
  if (!file || file.size <= MOST_BYTES) return;
  event.stopImmediatePropagation();
  try {
    const files = new DataTransfer();
    files.items.add(await smaller(file));
    this.files = files.files;
    this.dispatchEvent(new Event('change'));
  } catch {
    note.textContent = `${file.name} has ${Math.ceil(file.size / 2**20)} MB, and only pictures ` +
      `may have more than ${MOST_BYTES / 2**20}.`;
    row.append(note);
  }
}
async function smaller(file) {
  const picture = await createImageBitmap(file), canvas = document.createElement('canvas');
  const scale = Math.min(1, PICTURE_SIDE / Math.max(picture.width, picture.height));
  const size = [picture.width, picture.height].map(side => Math.max(1, Math.round(scale * side)));
  [canvas.width, canvas.height] = size;
  const paper = canvas.getContext('2d');
  paper.fillStyle = 'white';
  paper.fillRect(0, 0, ...size);
  paper.drawImage(picture, 0, 0, ...size);
  const content = await new Promise(done => canvas.toBlob(done, 'image/jpeg', 0.9));
  return new File([content], file.name, {type: content.type});
}"""


def upload_manners() -> str:
    """Return HTML for the panels: no file is sent that is larger than MOST_BYTES."""
    script = _SCRIPT.replace("MOST_BYTES", str(MOST_BYTES))
    script = script.replace("PICTURE_SIDE", str(PICTURE_SIDE))
    return manners(".sketchpad-panels", {".widget-upload": {}}, script)
