"""What the drawing pad looks like: the paper with its ink, and the bars with the guesses.

The canvas in the browser is only a copy and may vanish at any time (a page reload); the drawing
lives in Python, and `Paper.redraw` brings it back.
"""

import html
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import ipywidgets as widgets
import numpy as np
from ipycanvas import Canvas, hold_canvas

PIXEL_RATIO = 2  # canvas pixels per CSS pixel, for sharp lines on high-density screens
LINE_WIDTH = 1 / 70  # of the paper's width
INK = "#1f2430"
CURVE_STEPS = 4  # straight pieces per smoothed corner

# Held around every draw: hold_canvas is global to all canvases, and events may come on any thread.
lock = threading.RLock()

# The first rule centres the page that Voilà makes of a notebook; in JupyterLab it matches nothing.
STYLE = """<style>
#rendered_cells > div { max-width: 920px; margin: 0 auto; }
.sketchpad { container-type: inline-size; padding: 4px; overflow: visible; }
.sketchpad-parts { display: flex; flex-flow: row wrap; align-items: flex-start; gap: 20px 36px;
  overflow: visible; }
.sketchpad .jupyter-widgets { margin: 0; }
.sketchpad .sketchpad-paper { background: #fff; border: 1px solid var(--jp-border-color1, #bdbdbd);
  border-radius: 12px; overflow: hidden; box-shadow: 0 1px 6px rgba(0, 0, 0, .12); }
.sketchpad canvas { display: block; cursor: crosshair; touch-action: none; outline: none; }
.sketchpad .sketchpad-left { flex: 0 1 auto; max-width: 100%; overflow: visible; }
.sketchpad .sketchpad-right { flex: 1 1 240px; max-width: 400px; overflow: visible; }
.sketchpad .sketchpad-buttons { gap: 8px; margin-top: 12px; overflow: visible; }
.sketchpad .jupyter-button { flex: 1; height: 40px; line-height: 38px; border-radius: 8px;
  font-size: 14px; border: 1px solid var(--jp-border-color1, #bdbdbd); box-shadow: none;
  background: var(--jp-layout-color1, #fff); color: var(--jp-ui-font-color1, #212121); }
.sketchpad .jupyter-button:hover:enabled { background: var(--jp-layout-color2, #eee); }
.sketchpad .widget-html-content { line-height: 1.4; font-size: 15px;
  font-family: var(--jp-ui-font-family, system-ui, sans-serif);
  color: var(--jp-ui-font-color1, #212121); }
.sketchpad ol { list-style: none; margin: 0; padding: 0; }
.sketchpad li { display: grid; grid-template: "name percent" 1.4em "track track" auto / 1fr auto;
  gap: 4px 12px; align-items: center; margin-bottom: 14px; opacity: .8; }
.sketchpad li:first-child { font-weight: 600; opacity: 1; }
.sketchpad .sketchpad-name { grid-area: name; overflow: hidden; text-overflow: ellipsis;
  white-space: nowrap; }
.sketchpad .sketchpad-percent { grid-area: percent; text-align: right;
  font-variant-numeric: tabular-nums; }
.sketchpad .sketchpad-track { grid-area: track; height: 10px; border-radius: 5px;
  overflow: hidden; background: var(--jp-layout-color2, #eee); }
.sketchpad .sketchpad-bar { height: 100%; border-radius: 5px;
  background: var(--jp-brand-color1, #1976d2); }
.sketchpad .sketchpad-status { color: var(--jp-ui-font-color2, #616161); font-size: 13px; }
.sketchpad .sketchpad-problem { color: var(--jp-error-color1, #d32f2f); font-size: 13px; }
@container (max-width: 600px) {
  .sketchpad .sketchpad-right { flex-basis: 100%; }
  .sketchpad li { grid-template: "name track percent" 1.4em / 10em 1fr 3em; margin-bottom: 4px; }
}
</style>"""


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
    """A square sheet to draw on, `size` CSS pixels wide or as wide as the page allows."""

    def __init__(self, size: int):
        self.pixels = PIXEL_RATIO * size
        full_width = widgets.Layout(width="100%", height="auto")
        self.canvas = Canvas(
            width=self.pixels, height=self.pixels, layout=full_width, tabbable=False
        )
        self._helper = Canvas(width=1, height=1, layout=widgets.Layout(display="none"))
        self._ready = False  # nothing may be drawn before a browser is there to see it
        layout = widgets.Layout(width=f"{size}px", max_width="100%")
        super().__init__([self.canvas, self._helper], layout=layout)
        self.add_class("sketchpad-paper")

    def redraw(self, strokes: list[np.ndarray], new_client: bool = False) -> None:
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
        if not self._ready or len(stroke) == 2:
            return
        curve = smooth(stroke[-3:, :2])
        first, end = int(len(stroke) > 3), len(curve) - int(len(stroke) > 1)
        with lock:
            self.canvas.stroke_lines(curve[first:end])

    def close(self) -> None:
        """Close the canvases too; nothing is drawn any more."""
        self._ready = False
        self.canvas.close()
        self._helper.close()
        super().close()


def guesses_html(guesses: list[tuple[str, float]], status: str, rows: int) -> str:
    """Return the bars as HTML: one row per (class name, probability), empty rows up to `rows`."""
    lines = [_row(name, probability) for name, probability in guesses]
    lines += [_EMPTY_ROW] * (rows - len(lines))
    return (
        f'<ol aria-label="Best guesses">{"".join(lines)}</ol>'
        f'<div class="sketchpad-status" role="status">{html.escape(status)}</div>'
    )


def _row(name: str, probability: float) -> str:
    """Return one bar; the percentage is text too, for those who read or listen."""
    name, percent = html.escape(name), 100 * probability
    text = f"{percent:.0f} %" if percent >= 1 else "&lt; 1 %"
    return (
        f'<li><span class="sketchpad-name">{name}</span>'
        f'<span class="sketchpad-percent">{text}</span>'
        f'<div class="sketchpad-track" role="meter" aria-label="{name}" aria-valuemin="0" '
        f'aria-valuemax="100" aria-valuenow="{percent:.1f}">'
        f'<div class="sketchpad-bar" style="width:{percent:.1f}%"></div></div></li>'
    )


_EMPTY_ROW = '<li aria-hidden="true"><div class="sketchpad-track"></div></li>'
