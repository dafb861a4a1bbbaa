"""The drawing on the sheet, and its history: every change can be taken back and made again.

It knows no widget. A finished stroke is never altered, so a snapshot of the drawing is no more than
a tuple of its strokes, and the history is two lists of snapshots. Nor is a point of the stroke that
is under the pen, so nothing is copied while it moves.
"""

import time
from collections.abc import Callable

import numpy as np

from sketchlib.drawing.strokes import Drawing, bounding_box

PEN_SPEED = 0.8  # pixels per millisecond, for a loaded drawing that came without times
LIFT = 150.0  # milliseconds between its strokes
FEW_POINTS = 256  # of a stroke; the room for a longer one doubles

Snapshot = tuple[np.ndarray, ...]


class Sketch:
    """The drawing: strokes of points (x, y in pixels, t in ms), the one under the pen last.

    `clock` returns seconds; the drawing's own time starts with its first point.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter):
        self._clock, self._start = clock, 0.0
        self._strokes: Snapshot = ()
        self._live = np.empty((FEW_POINTS, 3))  # the stroke under the pen, and room for more
        self._points = 0  # that it has
        self._past: list[Snapshot] = []
        self._future: list[Snapshot] = []

    @property
    def pen_is_down(self) -> bool:
        """Whether a stroke is being drawn."""
        return self._points > 0

    @property
    def can_undo(self) -> bool:
        """Whether there is a change to take back."""
        return bool(self._past)

    @property
    def can_redo(self) -> bool:
        """Whether a change was taken back and nothing was done since."""
        return bool(self._future)

    def drawing(self) -> list[np.ndarray]:
        """Return the strokes, float64 [n, 3], as they are now; they cannot be written to."""
        return [*self._strokes, self._stroke()] if self._points else list(self._strokes)

    def _stroke(self) -> np.ndarray:
        """Return the stroke under the pen, as far as it goes."""
        stroke = self._live[: self._points]
        stroke.flags.writeable = False
        return stroke

    def pen_down(self, x: float, y: float) -> None:
        """Start a stroke; times go on from the last one's."""
        self.pen_up()
        now = self._clock()
        # A drawing that was loaded, or that came back by undo, may be ahead of this clock.
        last = self._strokes[-1][-1, 2] / 1000 if self._strokes else 0.0
        self._start = min(self._start, now - last) if self._strokes else now
        self._past.append(self._strokes)
        self._future.clear()
        self.pen_move(x, y)

    def pen_move(self, x: float, y: float) -> bool:
        """Add a point to the stroke under the pen; False if the pen has not moved."""
        if self._points and tuple(self._live[self._points - 1, :2]) == (x, y):
            return False
        if self._points == len(self._live):
            self._live = np.concatenate([self._live, np.empty_like(self._live)])
        self._live[self._points] = x, y, 1000 * (self._clock() - self._start)
        self._points += 1
        return True

    def pen_up(self) -> None:
        """End the stroke under the pen, if there is one."""
        if self._points:
            self._strokes += (self._stroke(),)
            self._live, self._points = np.empty((FEW_POINTS, 3)), 0

    def undo(self) -> None:
        """Take the last change back: a stroke, an erased one, clearing or loading."""
        self.pen_up()
        if self._past:
            self._future.append(self._strokes)
            self._strokes = self._past.pop()

    def redo(self) -> None:
        """Make the change again that was taken back last."""
        self.pen_up()
        if self._future:
            self._past.append(self._strokes)
            self._strokes = self._future.pop()

    def clear(self) -> None:
        """Take all strokes away."""
        self.pen_up()
        if self._strokes:
            self._change(())

    def erase(self, x: float, y: float, radius: float) -> bool:
        """Take away the newest stroke within `radius` pixels of a point; False if there is none."""
        self.pen_up()
        hits = [i for i, stroke in enumerate(self._strokes) if _distance(stroke, x, y) <= radius]
        if hits:
            self._change(self._strokes[: hits[-1]] + self._strokes[hits[-1] + 1 :])
        return bool(hits)

    def replace(self, drawing: Drawing) -> None:
        """Put another drawing [n, 2 or 3] in place of this one; it gets times if it has none.

        Raises ValueError for a drawing without points.
        """
        self.pen_up()
        bounding_box(drawing)
        self._change(with_times(drawing))
        self._start = self._clock() - self._strokes[-1][-1, 2] / 1000

    def _change(self, strokes: Snapshot) -> None:
        """Make a change that can be taken back."""
        self._past.append(self._strokes)
        self._future.clear()
        self._strokes = strokes


def with_times(drawing: Drawing) -> Snapshot:
    """Return the strokes as float64 [n, 3]; without times a steady pen is supposed."""
    timed, now = [], 0.0
    for stroke in drawing:
        points = np.array(stroke, dtype=np.float64)
        if len(points) == 0:
            continue
        if points.shape[1] == 2:
            steps = np.hypot(*np.diff(points, axis=0).T) / PEN_SPEED
            points = np.column_stack([points, now + np.concatenate([[0.0], np.cumsum(steps)])])
        now = points[-1, 2] + LIFT
        points.flags.writeable = False
        timed.append(points)
    return tuple(timed)


def _distance(stroke: np.ndarray, x: float, y: float) -> float:
    """Return how far a point is from the line of a stroke [n, 3], in pixels."""
    start, point = stroke[:-1, :2], np.array([x, y])
    if len(stroke) == 1:
        start = stroke[:, :2]
    along = (stroke[1:, :2] if len(stroke) > 1 else start) - start
    length = (along**2).sum(axis=1)
    share = ((point - start) * along).sum(axis=1) / np.where(length > 0, length, 1.0)
    nearest = start + np.clip(share, 0, 1)[:, None] * along
    return float(np.hypot(*(point - nearest).T).min())
