"""The paper and its ink.

The canvas in the browser is only a copy and may vanish at any time (a page reload); the drawing
lives in Python, and `Paper.redraw` brings it back.
"""

import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

import ipywidgets as widgets
import numpy as np
from ipycanvas import Canvas, hold_canvas

from sketchlib._shared.colors import INK

PIXEL_RATIO = 2  # canvas pixels per CSS pixel, for sharp lines on high-density screens
LINE_WIDTH = 1 / 70  # of the paper's width
CURVE_STEPS = 4  # straight pieces per smoothed corner

# Held around every draw: hold_canvas is global to all canvases, and events may come on any thread.
lock = threading.RLock()


def smooth(points: np.ndarray) -> np.ndarray:
    """Round the corners of a stroke [n, 2]: the curve [m, 2] runs through the middles of its lines.

    Each inner point pulls a quadratic Bézier curve between the middles of the two lines that meet
    there. A dot becomes a line too short to see, as a line of no length may not be painted.
    """
    if len(points) == 1:
        return np.concatenate([points, points + 0.01])
    middles = (points[:-1] + points[1:]) / 2
    t = np.linspace(0, 1, CURVE_STEPS + 1)[1:, None]
    start, corner, end = middles[:-1, None], points[1:-1, None], middles[1:, None]
    curves = (1 - t) ** 2 * start + 2 * t * (1 - t) * corner + t**2 * end
    return np.concatenate([points[:1], middles[:1], curves.reshape(-1, 2), points[-1:]])


@contextmanager
def _one_message() -> Iterator[None]:
    """Send all draw commands of a with-block together.

    hold_canvas never lets go if an exception passes through it, so none may.
    """
    problem = None
    with lock, hold_canvas():
        try:
            yield
        except Exception as error:
            problem = error
    if problem is not None:
        raise problem


class Paper(widgets.Box):
    """A square sheet to draw on, `size` CSS pixels wide or as large as the page allows."""

    def __init__(self, size: int):
        self.pixels = PIXEL_RATIO * size
        full_width = widgets.Layout(width="100%", height="auto")
        self.canvas = Canvas(
            width=self.pixels, height=self.pixels, layout=full_width, tabbable=False
        )
        self._helper = Canvas(width=1, height=1, layout=widgets.Layout(display="none"))
        self._ready = False  # nothing may be drawn before a browser is there to see it
        room = widgets.Layout(width=f"min({size}px, var(--sheet-room, 60vh))", max_width="100%")
        super().__init__([self.canvas, self._helper], layout=room)
        self.add_class("sketchpad-paper")

    def contains(self, x: float, y: float) -> bool:
        """Tell whether a point, in canvas pixels, is on the sheet."""
        return 0 <= x <= self.pixels and 0 <= y <= self.pixels

    def edge(self, inside: Collection[float], point: Collection[float]) -> tuple[float, float]:
        """Return where the way from a point inside to another one leaves the sheet, if it does."""
        share = 1.0
        for start, end in zip(inside, point, strict=True):
            wall = self.pixels if end > start else 0
            if end != start:
                share = min(share, (wall - start) / (end - start))
        x, y = (start + share * (end - start) for start, end in zip(inside, point, strict=True))
        return float(x), float(y)

    def redraw(self, strokes: Sequence[np.ndarray], new_client: bool = False) -> None:
        """Draw all strokes [n, 2 or 3] afresh; `new_client`: a browser has just connected.

        A new browser knows neither the styles nor which canvas is current. ipycanvas names the
        canvas only when it changes, hence the visit to the helper.
        """
        self._ready = self._ready or new_client
        if not self._ready:
            return
        curves = [smooth(stroke[:, :2]).astype(np.float32) for stroke in strokes]
        with _one_message():
            self._helper.clear()
            self.canvas.clear()
            self.canvas.stroke_style = INK
            self.canvas.line_width = self.pixels * LINE_WIDTH
            self.canvas.line_cap = self.canvas.line_join = "round"
            if curves:
                self.canvas.stroke_line_segments(curves)

    def extend(self, stroke: np.ndarray) -> None:
        """Draw what a stroke's [n, 2 or 3] last point adds; the tip comes with the next one."""
        if not self._ready:
            return
        curve = smooth(stroke[-3:, :2])
        first, end = int(len(stroke) > 2), len(curve) - int(len(stroke) > 1)
        with lock:
            self.canvas.stroke_lines(curve[first:end])

    def close(self) -> None:
        """Take the sheet off the page; nothing is drawn any more."""
        self._ready = False
        super().close()


def close_all(widget: widgets.Widget) -> None:
    """Close a widget and all that it is made of; ipywidgets closes a box without its contents."""
    for child in getattr(widget, "children", ()):
        close_all(child)
    widget.close()
