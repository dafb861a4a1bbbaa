"""The drawing pad beside the usual recipe for one, in a real browser: how far do they lag behind?

The usual recipe: an ipycanvas whose callback draws the line, asks Keras' model.predict and shows a
matplotlib bar chart. Both get the same doodles at 60 mouse moves a second. Prints the ink lag (from
a mouse move to the first frame with ink there) and the time from pen up to the bars' last change
(on our pad, the last before the drawing has rested, when its percentages rise once more).
"""

import argparse
import json
import math
import tempfile
from pathlib import Path

import _page
import numpy as np

from sketchlib.confidence import REST_SECONDS
from sketchlib.drawing import doodles, strokes

SIZE = 400  # of the paper, in CSS pixels
RATE = 60  # mouse moves a second
STEPS = 150  # moves a drawing: two and a half seconds
QUIET = 3000  # ms without any change of the bars: the pad has caught up
RESTED = 1000 * REST_SECONDS - 200  # ms after pen up, from which on a change is that of a rest

OURS = """
from sketchlib.pad.sketchpad import SketchPad
from sketchlib.predictor import Predictor
SketchPad(Predictor.load())
"""

USUAL = """
import io
import ipywidgets as widgets, matplotlib.pyplot as plt, numpy as np
from ipycanvas import Canvas
from sketchlib.drawing import strokes
from sketchlib.model import models
from sketchlib.predictor import SHIPPED, read_card

model, classes = models.load(SHIPPED / "model.keras"), read_card(SHIPPED)["classes"]
layout = widgets.Layout(width="400px", height="400px")
canvas, bars = Canvas(width=800, height=800, layout=layout), widgets.Image(format="png")
drawing, pen = [], {"down": False}

def guess():
    ink = np.zeros((1, 100, 3), np.float32)
    points = strokes.drawing_to_ink([np.array(stroke) for stroke in drawing])[:100]
    ink[0, : len(points)] = points
    (probabilities,) = model.predict(ink, verbose=0)
    best = np.argsort(probabilities)[-5:]
    figure, axes = plt.subplots(figsize=(4, 3))
    axes.barh([classes[index] for index in best], probabilities[best])
    file = io.BytesIO()
    figure.savefig(file, format="png")
    plt.close(figure)
    bars.value = file.getvalue()

def down(x, y):
    canvas.line_width = 800 / 70
    drawing.append([(x, y)])
    pen["down"] = True

def move(x, y):
    if pen["down"]:
        canvas.stroke_line(*drawing[-1][-1], x, y)
        drawing[-1].append((x, y))
        guess()

def up(x, y):
    pen["down"] = False
    guess()

def clear(button):
    drawing.clear()
    canvas.clear()

drawing.append([(0, 0), (50, 50), (0, 50)])
guess()  # the first one compiles
drawing.clear()
canvas.on_mouse_down(down), canvas.on_mouse_move(move), canvas.on_mouse_up(up)
button = widgets.Button(description="Clear")
button.on_click(clear)
widgets.VBox([canvas, button, bars]).add_class("usual")
"""

# Watches in the page. A move counts if its place was still blank; a frame later it may have ink.
WATCH = """([canvasPath, barsPath]) => {
  const canvas = document.querySelector(canvasPath), bars = document.querySelector(barsPath);
  const paper = canvas.getContext("2d"), watch = window.watch = {};
  const inked = ([x, y]) =>
    paper.getImageData(x - 2, y - 2, 5, 5).data.some((value, index) => index % 4 === 3 && value);
  watch.reset = () => Object.assign(
    watch, {down: false, open: [], lags: [], up: 0, changes: [performance.now()]});
  watch.reset();
  const place = event => {
    const box = canvas.getBoundingClientRect(), scale = canvas.width / box.width;
    return [(event.clientX - box.x) * scale, (event.clientY - box.y) * scale];
  };
  const see = event => {
    const point = [...place(event), event.timeStamp];
    if (watch.down && !inked(point)) watch.open.push(point);
  };
  document.addEventListener("mousedown", () => { watch.down = true; }, true);
  document.addEventListener("mousemove", see, true);
  document.addEventListener(
    "mouseup", event => Object.assign(watch, {down: false, up: event.timeStamp}), true);
  new MutationObserver(() => { watch.changes.push(performance.now()); }).observe(
    bars, {subtree: true, childList: true, attributes: true, characterData: true});
  (function frame() {
    const now = performance.now();
    const open = watch.open.slice(0, 50).filter(point => {
      if (inked(point)) watch.lags.push(now - point[2]);
      return !inked(point);
    });
    watch.open = [...open, ...watch.open.slice(50)];
    requestAnimationFrame(frame);
  })();
}"""

PADS = {
    "this pad": (OURS, ".sketchpad-paper canvas", ".sketchpad-right .widget-html-content", RESTED),
    "usual recipe": (USUAL, ".usual canvas", ".usual", math.inf),
}


def paths(number: int) -> list[np.ndarray]:
    """Return a doodle for the paper: strokes [n, 2], evenly spaced, STEPS points in all."""
    drawing = doodles.draw(("house", "sailboat", "snowman")[number % 3], np.random.default_rng(3))
    low, high = strokes.bounding_box(drawing)
    drawing = [(stroke[:, :2] - low) / (high - low).max() * 0.8 + 0.1 for stroke in drawing]
    lengths = [np.hypot(*np.diff(stroke, axis=0).T).sum() for stroke in drawing]
    return [
        _even(SIZE * stroke, max(2, round(STEPS * length / sum(lengths))))
        for stroke, length in zip(drawing, lengths, strict=True)
    ]


def _even(stroke: np.ndarray, count: int) -> np.ndarray:
    """Return `count` points at equal distances along a stroke [n, 2]."""
    along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(stroke, axis=0).T))])
    return np.stack(
        [np.interp(np.linspace(0, along[-1], count), along, axis) for axis in stroke.T], axis=1
    )


def measure(
    page, canvas: str, bars: str, most: float, repetitions: int
) -> tuple[list[float], list[float]]:
    """Draw on a page's pad; returns ink lags and pen-up-to-bars times up to `most`, in ms."""
    page.locator(canvas).first.wait_for(timeout=1000 * _page.SECONDS)
    page.wait_for_timeout(1000)
    page.evaluate(WATCH, [canvas, bars])
    box = page.locator(canvas).first.bounding_box()
    lags, ups, lost = [], [], 0
    for number in range(-1, repetitions):  # the first one warms up
        if number >= 0:
            page.get_by_role("button", name="Clear").first.click()
            page.wait_for_timeout(500)
        page.evaluate("watch.reset()")
        _page.play(page, paths(number), (box["x"], box["y"]), RATE)
        rested = f"() => performance.now() - Math.max(watch.changes.at(-1), watch.up) > {QUIET}"
        page.wait_for_function(rested, timeout=1000 * _page.SECONDS)
        seen = page.evaluate("({lags, open, changes, up} = watch, {lags, open, changes, up})")
        if number >= 0:
            lags += seen["lags"]
            lost += len(seen["open"])
            after = [change - seen["up"] for change in seen["changes"]]
            ups.append(max(0.0, *(time for time in after if time < most)))
    print(f"{len(lags)} moves over blank paper, {lost} of them never inked, {len(ups)} drawings")
    return lags, ups


def notebook(code: str) -> str:
    """Return a notebook of one cell, as JSON."""
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    cells = [cell | {"id": "pad", "source": code.strip()}]
    return json.dumps({"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5})


def report(results: dict[str, tuple[list[float], list[float]]]) -> None:
    """Print the table: milliseconds, and how many times longer the usual recipe takes."""
    titles = ["ink lag, p50", "ink lag, p95", "pen up to bars, p50", "pen up to bars, p95"]
    columns = [
        [np.percentile(times, share) for times in result for share in (50, 95)]
        for result in results.values()
    ]
    print(f"{'':22}" + "".join(f"{name:>16}" for name in results) + f"{'ratio':>10}")
    for title, ours, usual in zip(titles, *columns, strict=True):
        print(f"{title:22}{ours:13.0f} ms{usual:13.0f} ms{usual / ours:8.0f} x")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repetitions", type=int, default=3, help="drawings for each pad")
    repetitions = parser.parse_args().repetitions
    results = {}
    with tempfile.TemporaryDirectory() as folder, _page.browser() as browser:
        for name, (code, *watched) in PADS.items():
            path = Path(folder, f"{name.replace(' ', '_')}.ipynb")
            path.write_text(notebook(code), "utf-8")
            with _page.voila(path) as (address, _):
                page = browser.new_page()
                page.goto(address, timeout=1000 * _page.SECONDS)
                print(f"{name}: ", end="", flush=True)
                results[name] = measure(page, *watched, repetitions)
                page.close()
    report(results)


if __name__ == "__main__":
    main()
