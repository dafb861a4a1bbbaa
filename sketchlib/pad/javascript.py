"""What the browser must know and Python cannot tell it: a few lines of JavaScript for the pad.

ipycanvas 0.14.3 draws with any mouse button, tells the kernel of every move, keeps every key and
the wheel to itself once the canvas has the focus, and ipywidgets set no ARIA attributes. The
scripts here put that right. They come with an HTML widget beside what they care for; where a page
forbids that, the pad still works.
"""

import html
import json

# The keys that the sheet answers to itself, beside Ctrl+Z and Ctrl+Y; Tab, Ctrl+S and all others
# are left to the page.
KEYS = ("e", "E", "c", "C", "r", "R", "Delete", "Escape")

# Each move costs a server some milliseconds. While the pen is down, a move is told once there is
# the ink of the last one, or so many milliseconds later; never two within so many milliseconds, but
# for one between them if the way through it is so many pixels longer. A corner, through which it is
# longer by more, is told at once: a kernel that is busy may be late, but loses no shape.
PATIENCE, EVERY, DETOUR, CORNER = 300, 30, 0.25, 1.5
SLIDE = 200  # milliseconds that a row of the bars takes to another place

# Runs once for every view: `root` is the element around it, `find` looks for a part inside.
_FRAME = """
const mark = this;
(function settle() {
  const root = mark.closest(ROOT), missing = Object.keys(PARTS).some(
    part => !root || !root.querySelector(part));
  if (missing) return setTimeout(settle, 50);
  for (const [part, attributes] of Object.entries(PARTS))
    for (const element of root.querySelectorAll(part))
      for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  BODY
})();"""

# JupyterLab's own shortcuts get a copy past the canvas; a bare letter, which might delete a cell,
# does not reach it.
_SHEET = """
const canvas = root.querySelector('canvas'), stop = event => event.stopPropagation();
const control = event => event.ctrlKey || event.metaKey;
const ours = event => control(event)
  ? ['z', 'y'].includes(event.key.toLowerCase()) : KEYS.includes(event.key);
root.addEventListener('wheel', stop, true);
for (const name of ['mousedown', 'mouseup'])
  root.addEventListener(name, event => {
    if (event.button || event.ctrlKey) stop(event);
  }, true);
root.addEventListener('keydown', event => {
  if (event.target !== canvas || ours(event)) return;
  stop(event);
  const copy = new KeyboardEvent('keydown', event);
  if (control(event) && !root.dispatchEvent(copy)) event.preventDefault();
}, true);"""

# `told` is the last move that the kernel has heard of, `held` a later one that it may not need to.
_MOVES = """
let told = null, held = null, passing = false, inked = true;
const paper = canvas.getContext('2d'), draw = paper.drawImage;
paper.drawImage = (...all) => { inked = true; draw.apply(paper, all); };
const place = event => event.touches ? event.touches[0] : event;
const way = (one, other) =>
  Math.hypot(place(one).clientX - place(other).clientX, place(one).clientY - place(other).clientY);
const detour = event => way(told, held) + way(held, event) - way(told, event);
const pass = () => {
  if (!held) return;
  [told, held, passing, inked] = [held, null, true, false];
  canvas.dispatchEvent(told);
  passing = false;
};
const move = event => {
  if (passing) return;
  if (event.buttons === 0) return stop(event);
  const whole = event.touches?.length > 1 || canvas.closest('.sketchpad-erasing');
  if (told && !whole && event.timeStamp - told.timeStamp < (inked ? EVERY : PATIENCE)) {
    stop(event);
    event.preventDefault();
    if (held && detour(event) > CORNER) pass();
    held = event;
    setTimeout(() => { if (held === event) pass(); }, EVERY);
  } else {
    if (held && detour(event) > DETOUR) pass();
    [told, held, inked] = [event, null, false];
  }
};
for (const name of ['mousemove', 'touchmove']) root.addEventListener(name, move, true);
for (const name of ['mouseup', 'mouseout', 'touchend', 'touchcancel'])
  root.addEventListener(name, pass, true);
for (const name of ['mousedown', 'touchstart'])
  root.addEventListener(name, () => { told = held = null; }, true);"""

# A mouse that left the sheet with its button down, and comes back so, goes on drawing: ipycanvas is
# told that the button was pressed at the edge.
_COME_BACK = """
let began = false;
root.addEventListener('mousedown', event => { began = event.target === canvas; }, true);
window.addEventListener('mouseup', () => { began = false; }, true);
canvas.addEventListener('mouseenter', event => {
  if (began && event.buttons & 1) canvas.dispatchEvent(new MouseEvent('mousedown', event));
});"""

# Where names have changed places since the last answer, their rows slide there.
_SLIDE = """
const bars = root.querySelector('.sketchpad-bars');
const rows = () => new Map([...bars.querySelectorAll('li:not([aria-hidden])')].map(
  row => [row.firstChild.textContent, {row, top: row.offsetTop}]));
let places = rows();
if (!matchMedia('(prefers-reduced-motion: reduce)').matches) new MutationObserver(() => {
  const before = places;
  places = rows();
  for (const [name, {row, top}] of places)
    if (before.has(name) && before.get(name).top !== top) row.animate(
      [{transform: `translateY(${before.get(name).top - top}px)`}, {transform: 'none'}],
      {duration: SLIDE, easing: 'ease-out'});
}).observe(bars, {childList: true, subtree: true});"""

# A toggle button says only by its looks whether it is pressed.
_TOGGLES = """
for (const button of root.querySelectorAll('.jupyter-widgets.widget-toggle-button')) {
  const tell = () => button.setAttribute(
    button.matches('.sketchpad-opener') ? 'aria-expanded' : 'aria-pressed',
    button.classList.contains('mod-active'));
  new MutationObserver(tell).observe(button, {attributes: true, attributeFilter: ['class']});
  tell();
}"""

# A button that opens files shows how many it holds, "(0)" here: the pad takes each at once.
_UPLOADS = r"""
for (const button of root.querySelectorAll('.widget-upload')) {
  const tell = () => { button.lastChild.data = button.lastChild.data.replace(/ \(\d+\)$/, ''); };
  new MutationObserver(tell).observe(button, {childList: true});
  tell();
}"""


def sheet_manners(label: str) -> str:
    """Return HTML for a Board: only the first mouse button draws, the page keeps Tab and the wheel.

    The kernel hears of no more moves than it needs. Screen readers hear `label`.
    """
    canvas = {"role": "application", "aria-label": label, "tabindex": "0"}
    script = _SHEET.replace("KEYS", json.dumps(KEYS)) + _MOVES + _COME_BACK
    for name, value in {
        "PATIENCE": PATIENCE,
        "EVERY": EVERY,
        "DETOUR": DETOUR,
        "CORNER": CORNER,
    }.items():
        script = script.replace(name, str(value))
    return manners(".sketchpad-board", {".sketchpad-paper canvas": canvas}, script)


def pad_manners(parts: dict[str, dict[str, str]]) -> str:
    """Return HTML for a pad: its bars slide, its buttons are mended, its parts get roles.

    parts: CSS selector → attributes.
    """
    return manners(".sketchpad", parts, _SLIDE.replace("SLIDE", str(SLIDE)) + _TOGGLES + _UPLOADS)


def manners(root: str, parts: dict[str, dict[str, str]], body: str) -> str:
    """Return HTML that runs a script once `root` around it has all `parts`, and gives them roles.

    It is an image that cannot be shown; its error handler is the script.
    """
    script = _FRAME.replace("BODY", body).replace("ROOT", json.dumps(root))
    script = html.escape(script.replace("PARTS", json.dumps(parts)))  # last: it holds free text
    return f'<img src="data:," alt="" hidden onerror="{script}">'
