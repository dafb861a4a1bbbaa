"""The drawing pad: draw with a mouse or a finger and watch the five best guesses move.

`Sketch` is the drawing and knows no widget, `pad_view` shows it, `recogniser` answers it in a
worker thread; `SketchPad` ties them to the pen and the buttons.
"""

import html
import logging
import time
from collections.abc import Callable

import ipywidgets as widgets
import numpy as np

from sketchlib.pad_view import STYLE, Paper, guesses_html, lock
from sketchlib.recogniser import Answer, Recogniser, TopK

ENOUGH_POINTS = 4  # with fewer there is nothing to recognise yet
HINT = "Draw something…"

_log = logging.getLogger(__name__)


class Sketch:
    """The drawing: strokes of points (x, y in pixels, t in ms), the one under the pen last."""

    def __init__(self):
        self.pen_is_down = False
        self._strokes: list[list[tuple[float, float, float]] | np.ndarray] = []
        self._start = 0.0

    def drawing(self) -> list[np.ndarray]:
        """Return a copy of the strokes, float64 [n, 3]."""
        return [np.array(stroke, dtype=np.float64) for stroke in self._strokes]

    def pen_down(self, x: float, y: float) -> None:
        """Start a stroke; the clock starts with the first one."""
        self.pen_up()
        if not self._strokes:
            self._start = time.perf_counter()
        self._strokes.append([])
        self.pen_is_down = True
        self.pen_move(x, y)

    def pen_move(self, x: float, y: float) -> bool:
        """Add a point to the stroke under the pen; False if the pen has not moved."""
        stroke = self._strokes[-1]
        moved = not stroke or stroke[-1][:2] != (x, y)
        if moved:
            stroke.append((x, y, 1000 * (time.perf_counter() - self._start)))
        return moved

    def pen_up(self) -> None:
        """End the stroke; from now on it is an array, quick to copy."""
        if self.pen_is_down:
            self._strokes[-1] = np.array(self._strokes[-1])
        self.pen_is_down = False

    def undo(self) -> None:
        """Take the last stroke away, if there is one."""
        self.pen_up()
        self._strokes = self._strokes[:-1]

    def clear(self) -> None:
        """Take all strokes away."""
        self.pen_up()
        self._strokes = []


class SketchPad(widgets.VBox):
    """A drawing pad that recognises while you draw; display it as the last expression of a cell.

    `size` is the paper's width in CSS pixels, `k` the number of guesses. The pad may be used from
    any thread, and displayed more than once.
    """

    def __init__(self, predictor: TopK, size: int = 400, k: int = 5):
        self._recogniser = Recogniser(predictor, self._show, k)
        self._sketch, self._rows = Sketch(), k
        self._paper = Paper(size)
        self._undo = widgets.Button(description="Undo", tooltip="Take the last stroke away")
        self._clear = widgets.Button(description="Clear", tooltip="Start again on clean paper")
        self._bars, self._problem = widgets.HTML(), widgets.HTML()
        buttons = widgets.HBox([self._undo, self._clear]).add_class("sketchpad-buttons")
        left = widgets.VBox([self._paper, buttons]).add_class("sketchpad-left")
        right = widgets.VBox([self._bars, self._problem]).add_class("sketchpad-right")
        style = widgets.HTML(STYLE, layout=widgets.Layout(display="none"))
        super().__init__([style, widgets.Box([left, right]).add_class("sketchpad-parts")])
        self.add_class("sketchpad")
        self._connect()
        self._recognise(self.drawing)

    @property
    def drawing(self) -> list[np.ndarray]:
        """The strokes so far, float64 [n, 3]: x, y in canvas pixels, t in ms since the start."""
        with lock:
            return self._sketch.drawing()

    def undo(self) -> None:
        """Take the last stroke away."""
        with lock:
            self._sketch.undo()
            self._start_over()

    def clear(self) -> None:
        """Take all strokes away."""
        with lock:
            self._sketch.clear()
            self._start_over()

    def close(self) -> None:
        """End the worker and take the pad off the page."""
        with lock:
            self._recogniser.stop()
            for part in (self._paper, self._undo, self._clear, self._bars, self._problem):
                part.close()
            super().close()

    def _connect(self) -> None:
        """Have the browser, the pen and the buttons call this pad."""
        canvas, safely = self._paper.canvas, self._safely
        canvas.on_client_ready(safely(self._client_ready))
        canvas.on_mouse_down(safely(self._pen_down))
        canvas.on_mouse_move(safely(self._pen_move))
        canvas.on_mouse_up(safely(self._pen_up))
        canvas.on_mouse_out(safely(self._pen_up))  # a button released outside says nothing else
        canvas.on_touch_start(safely(self._touch_start))
        canvas.on_touch_move(safely(lambda touches: self._pen_move(*touches[0])))
        canvas.on_touch_end(safely(lambda touches: self._pen_up()))
        canvas.on_touch_cancel(safely(lambda touches: self._pen_up()))
        self._undo.on_click(safely(lambda button: self.undo()))
        self._clear.on_click(safely(lambda button: self.clear()))

    def _safely(self, callback: Callable[..., None]) -> Callable[..., None]:
        """Make a callback safe for the browser's events.

        They come on any thread, and ipycanvas swallows exceptions: show them, and go on.
        """

        def run(*arguments) -> None:
            try:
                with lock:
                    callback(*arguments)
            except Exception as error:
                self._report(error)

        return run

    def _client_ready(self) -> None:
        self._paper.redraw(self.drawing, new_client=True)

    def _touch_start(self, touches: list[tuple[float, float]]) -> None:
        if len(touches) == 1:  # only the first finger draws
            self._pen_down(*touches[0])

    def _pen_down(self, x: float, y: float) -> None:
        self._problem.value = ""
        self._sketch.pen_down(x, y)
        self._follow_pen()

    def _pen_move(self, x: float, y: float) -> None:
        if self._sketch.pen_is_down and self._sketch.pen_move(x, y):
            self._follow_pen()

    def _pen_up(self, *_) -> None:
        if self._sketch.pen_is_down:
            self._sketch.pen_up()
            self._paper.redraw(self.drawing)
            self._paper.canvas.blur()  # a focused canvas swallows all keys, Tab and Ctrl+S too

    def _follow_pen(self) -> None:
        """Show the new point and what the drawing looks like now."""
        drawing = self.drawing
        self._paper.extend(drawing[-1])
        self._recognise(drawing)

    def _start_over(self) -> None:
        """Show a drawing that has lost strokes; answers about what it was are stale."""
        self._problem.value = ""
        self._recogniser.stop()
        drawing = self.drawing
        self._paper.redraw(drawing)
        self._recognise(drawing)

    def _recognise(self, drawing: list[np.ndarray]) -> None:
        """Ask for guesses as soon as there is enough ink."""
        self._undo.disabled = self._clear.disabled = not drawing
        if sum(map(len, drawing)) >= ENOUGH_POINTS:
            self._recogniser.submit(drawing)
        else:
            self._bars.value = guesses_html([], HINT, self._rows)

    def _show(self, answer: Answer) -> None:
        """Show an answer (called by the recogniser, in its thread)."""
        if answer.error is not None:
            self._report(answer.error)
        status = f"Recognised in {answer.milliseconds:.1f} ms"
        self._bars.value = guesses_html(answer.guesses, status, self._rows)

    def _report(self, error: Exception) -> None:
        """Show an exception under the bars and log where it came from."""
        _log.error("the drawing pad goes on after an exception", exc_info=error)
        text = html.escape(f"{type(error).__name__}: {error}")
        self._problem.value = f'<div class="sketchpad-problem" role="alert">{text}</div>'
