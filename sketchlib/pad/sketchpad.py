"""The drawing pad: draw with a mouse or a finger and watch the five best guesses move.

`Board` is the sheet and the pen, `Recogniser` answers in a worker thread; `SketchPad` ties them to
the bars, the buttons and the keys. Panels that tell more about the drawing can be attached.
"""

import html
from threading import Timer
from typing import Protocol

import ipywidgets as widgets
import numpy as np

from sketchlib.confidence import REST_SECONDS
from sketchlib.drawing.strokes import Drawing
from sketchlib.pad.bars import UNSURE, Pace, guesses_html, speed, sure
from sketchlib.pad.board import Board
from sketchlib.pad.connection import Connection
from sketchlib.pad.javascript import pad_manners
from sketchlib.pad.paper import close_all, lock
from sketchlib.pad.problems import said
from sketchlib.pad.recogniser import Answer, Recogniser
from sketchlib.pad.style import PAD_STYLE
from sketchlib.predictor import Predictor

HINT = "Draw something…"
TOO_LITTLE = "Keep drawing…"

# Class name of a part, and what the browser is told of it for people who cannot see it.
_ROLES = {
    ".sketchpad-buttons": {"role": "toolbar", "aria-label": "Drawing tools"},
    ".sketchpad-announcer": {"aria-live": "polite"},
    ".sketchpad-bars": {},  # only waited for, as is what follows
    ".widget-upload": {},
}
_KEYS = (
    '<div class="sketchpad-pale sketchpad-keys">Keys on the sheet: Ctrl+Z undo, Ctrl+Y redo, '
    "E eraser, C clear, R replay, Esc leave</div>"
)


class Attachable(Protocol):
    """A widget that tells of drawings, as `panels.Panels`."""

    def show(self, drawing: list[np.ndarray]) -> None:
        """Show a drawing that has settled; one with too little ink comes as an empty one."""

    def forget(self) -> None:
        """Show nothing any more of what is being found about the last one."""


class SketchPad(widgets.VBox):
    """A drawing pad that recognises while you draw; display it as the last expression of a cell.

    `size` is the paper's width in CSS pixels, `k` the number of guesses. The pad may be used from
    any thread, and displayed more than once.
    """

    children: tuple[widgets.Widget, ...]  # ipywidgets does not tell

    def __init__(self, predictor: Predictor, size: int = 400, k: int = 5):
        self.predictor = predictor
        self._rows, self._settled = k, False
        self._top: list[tuple[str, float]] = []
        self._pace, self._speed = Pace(), ""
        self._attached: list[Attachable] = []
        self._recogniser = Recogniser(predictor, self._show, k)
        self._rest = Timer(0, lambda: None)  # after which a drawing counts as finished
        self.board = Board(size, self._changed, self._report, "Drawing sheet")
        self._make_buttons()
        self._bars, self._problem, self._announcer = (widgets.HTML() for _ in range(3))
        self._extras = widgets.HTML(PAD_STYLE + pad_manners(_ROLES), layout={"display": "none"})
        self._connection = Connection(self.board.safely(self.board.restore))
        super().__init__([self._arranged(), self._extras, self._connection])
        self.add_class("sketchpad").layout.overflow = "visible"
        self._connect()
        self._changed([], True)

    @property
    def drawing(self) -> list[np.ndarray]:
        """The strokes so far, float64 [n, 3]: x, y in canvas pixels, t in ms since the start."""
        return self.board.drawing

    @property
    def top(self) -> list[tuple[str, float]]:
        """The guesses that the bars show, (class name, probability), likeliest first."""
        return list(self._top)

    def attach(self, panel: Attachable) -> None:
        """Show a widget below the pad, and tell it of every drawing that has settled."""
        with lock:
            self._attached.append(panel)
            self.children = (*self.children, panel)
            drawing = self.drawing
            panel.show(drawing if self.board.has_enough(drawing) else [])

    def undo(self) -> None:
        """Take the last change back."""
        self.board.undo()

    def redo(self) -> None:
        """Make the change again that was taken back last."""
        self.board.redo()

    def clear(self) -> None:
        """Take all strokes away; undo brings them back."""
        self.board.clear()

    def load(self, drawing: Drawing) -> None:
        """Put a drawing [n, 2 or 3] on the sheet, scaled to fit; undo brings the old one back."""
        self.board.load(drawing)

    def close(self) -> None:
        """End the workers and take the pad off the page."""
        with lock:
            self._rest.cancel()
            self._recogniser.stop()
            for part in self.children:
                close_all(part)
            super().close()

    def _make_buttons(self) -> None:
        """Make the toolbar's buttons."""
        make = widgets.Button
        self._undo = make(description="Undo", tooltip="Take the last change back (Ctrl+Z)")
        self._redo = make(description="Redo", tooltip="Make that change again (Ctrl+Y)")
        self._eraser = widgets.ToggleButton(
            description="Eraser", tooltip="Take away the strokes that you touch (E)"
        )
        self._clear = make(description="Clear", tooltip="Start again on clean paper (C)")
        self._replay = make(description="Replay", tooltip="Watch it being drawn (R)")
        self._buttons = [self._undo, self._redo, self._eraser, self._clear, self._replay]

    def _arranged(self) -> widgets.Box:
        """Return the parts beside the panels: sheet and buttons left, guesses right."""
        wrapped = widgets.Layout(flex_flow="row wrap", overflow="visible")
        buttons = widgets.Box(self._buttons, layout=wrapped).add_class("sketchpad-buttons")
        left = widgets.VBox([self.board, buttons]).add_class("sketchpad-left")
        self._announcer.add_class("sketchpad-announcer")
        self._bars.add_class("sketchpad-bars")
        right = widgets.VBox([self._bars, self._problem, widgets.HTML(_KEYS), self._announcer])
        right.add_class("sketchpad-right")
        return widgets.Box([left, right], layout=wrapped).add_class("sketchpad-parts")

    def _connect(self) -> None:
        """Have the buttons and the keys call this pad."""
        safely, canvas = self.board.safely, self.board.paper.canvas
        actions = {
            self._undo: self.undo,
            self._redo: self.redo,
            self._clear: self.clear,
            self._replay: self.board.replay,
        }
        for button, action in actions.items():
            button.on_click(safely(lambda _, action=action: action()))
        self._eraser.observe(safely(self._toggle_eraser), "value")
        canvas.on_key_down(safely(self._key))

    def _toggle_eraser(self, change) -> None:
        self.board.erasing = change.new

    def _key(self, key: str, shift: bool, control: bool, meta: bool) -> None:
        """Switch the eraser; the sheet answers to all other keys by itself."""
        if key in ("e", "E") and not (control or meta or self._eraser.disabled):
            self._eraser.value = not self._eraser.value

    def _changed(self, drawing: list[np.ndarray], settled: bool) -> None:
        """Ask for guesses as soon as there is enough ink; once the pen is up, tell the panels."""
        self._settled = settled
        self._rest.cancel()
        if settled:  # first of all, or a stale problem might be shown after this one is gone
            self._forget()
        self._problem.value = ""
        self._enable_buttons(drawing)
        enough = self.board.has_enough(drawing)
        if enough:
            self._recogniser.ask(drawing, unfinished=True)
            if settled:
                self._rest = Timer(REST_SECONDS, self._recogniser.ask, [drawing])
                self._rest.daemon = True
                self._rest.start()
        else:
            self._show_nothing(TOO_LITTLE if drawing else HINT)
        if settled:
            self._connection.keep(drawing)
            for panel in self._attached:
                panel.show(drawing if enough else [])

    def _forget(self) -> None:
        """Let no answer come any more: a settled drawing may have lost strokes."""
        self._recogniser.stop()
        for panel in self._attached:
            panel.forget()

    def _enable_buttons(self, drawing: list[np.ndarray]) -> None:
        sketch = self.board.sketch
        self._undo.disabled, self._redo.disabled = not sketch.can_undo, not sketch.can_redo
        self._clear.disabled = self._replay.disabled = self._eraser.disabled = not drawing
        if not drawing:  # nothing to erase: the next one is to draw
            self._eraser.value = False

    def _show(self, answer: Answer) -> bool:
        """Show an answer (called by the recogniser, in its thread); False if it is too early."""
        if answer.error is not None:
            self.board.report(answer.error)
        if not self._pace.allows([name for name, _ in answer.guesses], self._settled):
            return False
        if self._settled:
            self._speed = speed(answer.milliseconds)
            self._announce(answer.guesses)
        self._show_guesses(answer.guesses, self._speed if sure(answer.guesses) else UNSURE)
        return True

    def _announce(self, guesses: list[tuple[str, float]]) -> None:
        """Tell screen readers the best guess; they hear it once the pen is up."""
        text = "".join(f"{name}, {100 * share:.0f} percent" for name, share in guesses[:1])
        kind = "Best guess" if sure(guesses) else UNSURE
        self._announcer.value = html.escape(f"{kind}: {text}" if text else "")

    def _show_nothing(self, status: str) -> None:
        """Show that there is nothing to recognise yet."""
        self._pace.forget()
        self._announce([])
        self._show_guesses([], status)

    def _show_guesses(self, guesses: list[tuple[str, float]], status: str) -> None:
        self._top = guesses
        self._bars.value = guesses_html(guesses, status, self._rows)

    def _report(self, error: Exception) -> None:
        """Show an exception under the bars; the pad goes on."""
        text = html.escape(said(error))
        self._problem.value = f'<div class="sketchpad-problem" role="alert">{text}</div>'
