"""A heartbeat between the page and the kernel: each knows within seconds that the other is gone.

The page asks once a second, as long as somebody looks at it, and the kernel answers. Where no
answer comes for a while, the page says so in a banner, and what to do about it where it is.
"""

import json
import time
from collections.abc import Callable

import ipywidgets as widgets
import numpy as np

from sketchlib.pad.javascript import manners

EVERY, LATE = 1000, 5000  # ms: between two questions; without an answer, before the page says so
LATE_SECONDS = 2.5  # without a question, nobody draws: no event comes through either

IN_NOTEBOOK = "The kernel does not answer. If it is busy, wait; else run this cell again to go on."
ON_PAGE = "Connection lost. Reload the page to go on."
ON_PAGE_KEPT = "Connection lost. Your drawing is kept in this page: reload it to go on."

# Nothing is late on a page that slept or that nobody looks at, or whose cell is not in view.
_SCRIPT = """
const owner = root.parentElement.closest('.sketchpad, .sketchgame') || root.parentElement;
const [beat, back] = root.querySelectorAll('input');
const kept = root.querySelector('.sketchpad-kept');
const page = document.getElementById('rendered_cells');
const say = (input, text) => {
  input.value = text;
  input.dispatchEvent(new Event('input', {bubbles: true}));
};
owner.classList.add('sketchpad-heard');
const banner = document.createElement('div');
banner.className = 'sketchpad-lost';
banner.setAttribute('role', 'alert');
let answered = Date.now(), looked = answered;
const tell = late => {
  if (late === banner.isConnected) return;
  if (page && kept && late) sessionStorage.setItem('sketchpad-drawing', kept.textContent);
  else sessionStorage.removeItem('sketchpad-drawing');
  if (!late) return banner.remove();
  banner.textContent = !page ? IN_NOTEBOOK : kept && kept.textContent ? ON_PAGE_KEPT : ON_PAGE;
  (page || owner).prepend(banner);
};
new MutationObserver(() => { answered = Date.now(); }).observe(
  root.querySelector('.sketchpad-answer'), {childList: true, subtree: true, characterData: true});
const look = () => {
  const now = Date.now(), away = document.hidden || !owner.getClientRects().length;
  if (away || now - looked > 3 * EVERY) answered = now;
  looked = now;
  if (away) return banner.remove();
  say(beat, String(Math.random()));
  tell(now - answered > LATE);
};
const drawing = page && back && sessionStorage.getItem('sketchpad-drawing');
if (drawing) say(back, drawing);
sessionStorage.removeItem('sketchpad-drawing');
setInterval(look, EVERY);
look();"""


class Connection(widgets.Box):
    """An invisible part of a view: the heartbeat, and a copy of its drawing in the page.

    `restore(drawing)` is called with strokes [n, 3] that a page which was reloaded had kept;
    without it no drawing is kept. A page that never asks (scripts may be forbidden) is taken for
    one that is there. `clock` returns seconds.
    """

    def __init__(
        self,
        restore: Callable[[list[np.ndarray]], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ):
        self._clock, self._restore = clock, restore
        self._asked_at: float | None = None
        self._answers = 0
        self._question, self._answer = widgets.Text(), widgets.HTML()
        self._question.observe(self._asked, "value")
        self._answer.add_class("sketchpad-answer")
        parts = [self._question, self._answer]
        if restore is not None:
            self._back, self._kept = widgets.Text(), widgets.HTML()
            self._back.observe(self._came_back, "value")
            self._kept.add_class("sketchpad-kept")
            parts += [self._back, self._kept]
        self._script = widgets.HTML(_manners())
        super().__init__([*parts, self._script], layout={"display": "none"})
        self.add_class("sketchpad-connection")

    def beats(self) -> bool:
        """Tell whether somebody looks at the page, as far as one knows."""
        return self._asked_at is None or self._clock() - self._asked_at < LATE_SECONDS

    def keep(self, drawing: list[np.ndarray]) -> None:
        """Have the page keep a drawing [n, 3], for the time when this kernel is gone."""
        strokes = [stroke.round(1).tolist() for stroke in drawing]
        self._kept.value = json.dumps(strokes) if strokes else ""

    def close(self) -> None:
        """Close what it is made of, too."""
        for part in self.children:
            part.close()
        super().close()

    def _asked(self, change) -> None:
        self._asked_at = self._clock()
        self._answers += 1
        self._answer.value = str(self._answers)

    def _came_back(self, change) -> None:
        """Give the drawing back that the page had kept."""
        assert self._restore is not None  # else there is nothing to observe
        strokes = json.loads(change.new)
        self._restore([np.array(stroke, dtype=float).reshape(-1, 3) for stroke in strokes])


def _manners() -> str:
    """Return the script as HTML."""
    script = _SCRIPT
    for name, value in {
        "IN_NOTEBOOK": IN_NOTEBOOK,
        "ON_PAGE_KEPT": ON_PAGE_KEPT,
        "ON_PAGE": ON_PAGE,
        "EVERY": EVERY,
        "LATE": LATE,
    }.items():
        script = script.replace(name, json.dumps(value))
    return manners(".sketchpad-connection", {"input": {}, ".sketchpad-answer": {}}, script)
