"""The sheet one draws on, with mouse, pen or finger: it turns the browser's events into a Sketch.

`Sketch` is the drawing, `paper.Paper` shows it; the board ties the two to the pen, and tells its
owner of every change. It may be used from any thread and displayed more than once.
"""

import logging
from collections.abc import Callable

import ipywidgets as widgets
import numpy as np

from sketchlib.drawing.strokes import Drawing, bounding_box
from sketchlib.pad.javascript import sheet_manners
from sketchlib.pad.keys import press
from sketchlib.pad.paper import PIXEL_RATIO, Paper, close_all, lock
from sketchlib.pad.pointer import Pointer
from sketchlib.pad.replay import Replay
from sketchlib.pad.sketch import Sketch
from sketchlib.pad.style import BOARD_STYLE

ERASER_RADIUS = 12 * PIXEL_RATIO  # canvas pixels round the pointer
ENOUGH_POINTS = 4  # with fewer there is nothing to recognise yet
ENOUGH_SIZE = 1 / 20  # of the sheet's width
MARGIN = 0.08  # of the sheet, left free around a drawing that is fitted into it

Change = Callable[[list[np.ndarray], bool], None]

_log = logging.getLogger(__name__)


class Board(widgets.Box):
    """A square sheet, `size` CSS pixels wide or as wide as the page allows.

    `on_change(drawing, settled)` is called under `paper.lock` after every change; settled is
    False while the pen is down. `on_error(exception)` gets what goes wrong in an event; the board
    goes on. `label` is what a screen reader calls the sheet.
    """

    def __init__(
        self,
        size: int = 400,
        on_change: Change | None = None,
        on_error: Callable[[Exception], None] | None = None,
        label: str = "Sheet to draw on",
    ):
        self.sketch, self.paper = Sketch(), Paper(size)
        self._on_change = on_change or (lambda drawing, settled: None)
        self._on_error = on_error or (lambda error: None)
        self._erasing, self._enabled, self._rubbing = False, True, False
        self._away: tuple[float, float] | None = None  # where a finger is beyond the sheet
        self._replay: Replay | None = None
        self._extras = widgets.HTML(BOARD_STYLE + sheet_manners(label))
        self._extras.layout.display = "none"
        super().__init__([self.paper, self._extras])
        self.add_class("sketchpad-board")
        self._connect()

    @property
    def drawing(self) -> list[np.ndarray]:
        """The strokes so far, float64 [n, 3]: x, y in canvas pixels, t in ms since the start."""
        with lock:
            return [stroke.copy() for stroke in self.sketch.drawing()]

    @property
    def erasing(self) -> bool:
        """Whether the pointer takes strokes away instead of drawing them."""
        return self._erasing

    @erasing.setter
    def erasing(self, value: bool) -> None:
        with lock:
            self._finish_stroke()
            self._erasing = value
            self._mark("sketchpad-erasing", value)

    @property
    def enabled(self) -> bool:
        """Whether the pen draws; a stroke that is under it when this becomes False ends."""
        return self._enabled

    @enabled.setter
    def enabled(self, value: bool) -> None:
        with lock:
            self._finish_stroke()
            self._enabled = value
            self._mark("sketchpad-resting", not value)

    def undo(self) -> None:
        """Take the last change back."""
        self._change(self.sketch.undo)

    def redo(self) -> None:
        """Make the change again that was taken back last."""
        self._change(self.sketch.redo)

    def clear(self) -> None:
        """Take all strokes away; undo brings them back."""
        self._change(self.sketch.clear)

    def load(self, drawing: Drawing) -> None:
        """Show another drawing, scaled into the sheet; undo brings the old one back.

        Raises ValueError for a drawing without points.
        """
        self.restore(self.fit(drawing))

    def restore(self, drawing: Drawing) -> None:
        """Show another drawing [n, 2 or 3] where it is; undo brings the old one back."""
        self._change(lambda: self.sketch.replace(drawing))

    def fit(self, drawing: Drawing) -> list[np.ndarray]:
        """Scale a drawing [n, 2 or 3] uniformly into the middle of the sheet."""
        low, high = bounding_box(drawing)
        pixels = self.paper.pixels
        scale = pixels * (1 - 2 * MARGIN) / ((high - low).max() or np.inf)
        fitted = [np.array(stroke, dtype=np.float64) for stroke in drawing if len(stroke)]
        for points in fitted:
            points[:, :2] = (points[:, :2] - (low + high) / 2) * scale + pixels / 2
        return fitted

    def has_enough(self, drawing: Drawing) -> bool:
        """Tell whether there is something to recognise: a few points that are not all in a spot."""
        if sum(map(len, drawing)) < ENOUGH_POINTS:
            return False
        low, high = bounding_box(drawing)
        return bool((high - low).max() >= ENOUGH_SIZE * self.paper.pixels)

    def replay(self) -> None:
        """Draw the drawing again at its own speed, in a thread; any change ends it."""
        with lock:
            self._finish_stroke()
            self._stop_replay()
            self._replay = Replay(self.paper, self.sketch.drawing(), self.report)

    def _stop_replay(self) -> None:
        """Show the whole drawing again if a replay has shown only a part."""
        if self._replay is not None and self._replay.stop():
            self.paper.redraw(self.sketch.drawing())
        self._replay = None

    def close(self) -> None:
        """Take the sheet off the page."""
        with lock:
            self._stop_replay()
            for part in self.children:
                close_all(part)
            super().close()

    def safely(self, callback: Callable[..., None]) -> Callable[..., None]:
        """Make a callback safe for the browser's events.

        They come on any thread, and ipywidgets swallows exceptions: hand them on, and go on.
        """

        def run(*arguments) -> None:
            try:
                with lock:
                    callback(*arguments)
            except Exception as error:
                self.report(error)

        return run

    def report(self, error: Exception) -> None:
        """Log an exception and hand it to the owner."""
        _log.error("the drawing pad goes on after an exception", exc_info=error)
        self._on_error(error)

    def _connect(self) -> None:
        """Have the browser and the pen call this board."""
        canvas, safely = self.paper.canvas, self.safely
        canvas.on_client_ready(safely(self._client_ready))
        canvas.on_key_down(safely(lambda *key: press(self, *key)))
        self._pointer = Pointer(canvas, safely, self._pen_down, self._pen_move, self._pen_leaves)

    def _mark(self, name: str, on: bool) -> None:
        """Give the sheet a CSS class, or take it away."""
        (self.paper.add_class if on else self.paper.remove_class)(name)

    def _client_ready(self) -> None:
        """Show everything to a browser that has just connected; other views get it once more."""
        self._stop_replay()
        self.paper.redraw(self.sketch.drawing(), new_client=True)

    def _pen_down(self, x: float, y: float) -> None:
        self._away = None
        if not self._enabled:
            return
        self._stop_replay()
        if self._erasing:
            self._rubbing = True
            self._rub(x, y)
        else:
            self._finish_stroke()
            self.sketch.pen_down(x, y)
            self._follow_pen()

    def _pen_move(self, x: float, y: float) -> None:
        if self._rubbing:
            self._rub(x, y)
        elif self._away is not None:
            self._come_back(x, y)
        elif self.sketch.pen_is_down:
            if not self.paper.contains(x, y):  # a finger's events go on beyond the edge
                self._pen_leaves(x, y)
                self._away = x, y
            elif self.sketch.pen_move(x, y):
                self._follow_pen()

    def _come_back(self, x: float, y: float) -> None:
        """Begin another stroke at the edge once a finger that went beyond it is on the sheet."""
        outside, self._away = self._away, (x, y)
        if self._enabled and self.paper.contains(x, y):
            assert outside is not None  # who calls has looked
            self._pen_down(*self.paper.edge((x, y), outside))
            self._pen_move(x, y)

    def _pen_leaves(self, x: float | None = None, y: float | None = None) -> None:
        """End the stroke: the pen was lifted, or went to a point (x, y) beyond the sheet.

        It then ends where that way crosses the edge.
        """
        if x is not None and y is not None and self.sketch.pen_is_down:
            last = self.sketch.drawing()[-1][-1, :2]
            self.sketch.pen_move(*self.paper.edge(last, (x, y)))
        self._finish_stroke()

    def _finish_stroke(self) -> None:
        self._rubbing, self._away = False, None
        if self.sketch.pen_is_down:
            self.sketch.pen_up()
            self._tell(settled=True)

    def _rub(self, x: float, y: float) -> None:
        if self.sketch.erase(x, y, ERASER_RADIUS):
            self._tell(settled=True)

    def _follow_pen(self) -> None:
        """Show the new point and tell what the drawing looks like now."""
        drawing = self.sketch.drawing()
        self.paper.extend(drawing[-1])
        self._on_change(drawing, False)

    def _change(self, change: Callable[[], None]) -> None:
        """Change the drawing as a whole."""
        with lock:
            self._rubbing = False
            self._stop_replay()
            change()
            self._tell(settled=True)

    def _tell(self, settled: bool) -> None:
        """Show the whole drawing and tell the owner of it."""
        drawing = self.sketch.drawing()
        self.paper.redraw(drawing)
        self._on_change(drawing, settled)
