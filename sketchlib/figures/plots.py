"""Figures of drawings and of a data set.

Each function returns a matplotlib Figure that a notebook shows once, as the last line of a cell.
A drawing is a list of strokes [n, 2 or more] with y growing downwards, ink float32 [n, 3].
"""

from collections.abc import Mapping, Sequence
from textwrap import fill

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure

from sketchlib._shared.colors import BLUE, GREY, ORANGE, ORDER, PALE, order_colors
from sketchlib.drawing import strokes
from sketchlib.figures.style import FEW_CLASSES, draw, new_figure, shades, sheet, styled
from sketchlib.records import dataset

# --- drawings ------------------------------------------------------------------------------------


@styled
def stages(**stages: strokes.Drawing) -> Figure:
    """Draw stages of one drawing side by side, every point marked; _ in a name is a space."""
    figure, panels = new_figure(2.9 * len(stages), 3.1, 1, len(stages), squeeze=False)
    for axes, (name, drawing) in zip(panels[0], stages.items(), strict=True):
        points = np.concatenate([np.asarray(stroke)[:, :2] for stroke in drawing])
        draw(axes, drawing, order_colors(len(drawing)), width=1.2)
        axes.plot(*points.T, ".", color=ORANGE, markersize=5 if len(points) < 80 else 2)
        sheet(axes, drawing, f"{name.replace('_', ' ')}: {len(points)} points")
    return figure


@styled
def overlay(drawing: strokes.Drawing, decoded: strokes.Drawing, title: str = "") -> Figure:
    """Draw a broad pale drawing and over it, stretched to the same box, what was decoded."""
    figure, axes = new_figure(3, 3.1)
    low, high = strokes.bounding_box(drawing)
    draw(axes, drawing, PALE, width=7)
    draw(axes, [stroke * (high - low) + low for stroke in decoded], BLUE, width=1.2)
    sheet(axes, drawing, title)
    return figure


@styled
def gallery(examples: Mapping[str, Sequence[strokes.Drawing]], count: int = 5) -> Figure:
    """Draw the first `count` drawings of each class, strokes coloured in the order they were made.

    All are on one pair of axes, two classes side by side, a cell of 1 x 1 for each drawing.
    """
    rows = -(-len(examples) // 2)
    figure, axes = new_figure(9, 0.67 * rows + 0.6)
    axes.set(xlim=(-0.1, 2 * count + 3.3), ylim=(rows, -0.05), aspect="equal")
    axes.axis("off")
    for number, (name, drawings) in enumerate(examples.items()):
        x, y = (number // rows) * (count + 1.7), number % rows
        axes.text(x + 1.35, y + 0.5, fill(name, 12), ha="right", va="center")
        for column, drawing in enumerate(drawings[:count]):
            corner = (x + 1.5 + column, y)
            draw(axes, _in_cell(drawing, corner), order_colors(len(drawing)), width=1.1)
    _order_legend(figure, axes)
    return figure


def _in_cell(drawing: strokes.Drawing, corner: tuple[float, float]) -> list[np.ndarray]:
    """Scale a drawing uniformly into the middle of the unit square at `corner`."""
    low, high = strokes.bounding_box(drawing)
    scale = 0.84 / ((high - low).max() or 1.0)
    move = np.asarray(corner) + 0.5 - (low + high) / 2 * scale
    return [np.asarray(stroke)[:, :2] * scale + move for stroke in drawing]


def _order_legend(figure: Figure, axes: Axes) -> None:
    """Explain the strokes' colours at the bottom of a figure."""
    scale = ScalarMappable(cmap=shades(*ORDER))
    bar = figure.colorbar(scale, ax=axes, location="bottom", shrink=0.3, aspect=30, pad=0.01)
    bar.set_ticks([0, 1], labels=["first stroke", "last stroke"])
    bar.outline.set_visible(False)
    bar.ax.tick_params(length=0)


def part_of(drawing: strokes.Drawing, first: int, end: int) -> list[np.ndarray]:
    """Return the parts of strokes that rows first to end - 1 of the drawing's ink draw.

    A row of ink is the step to a point, so the point before it belongs to the line as well.
    """
    parts, start = [], 0
    for stroke in drawing:
        part = stroke[max(first - start, 0) : max(end + 1 - start, 0)]
        parts += [part] if len(part) else []
        start += len(stroke)
    return parts


@styled
def cropping(ink: np.ndarray, max_points: int) -> Figure:
    """Draw a sketch, ink [n, 3], and what is left of it when it is cropped to max_points."""
    figure, panels = new_figure(6, 3.1, 1, 2)
    drawing, kept = strokes.from_ink(ink), min(len(ink), max_points)
    colors = order_colors(len(drawing))
    titles = f"all {len(ink)} points", f"the first {kept}, all that a model gets"
    for axes, end, title in zip(panels, (len(ink), kept), titles, strict=True):
        draw(axes, part_of(drawing, 0, end), colors)
        sheet(axes, drawing, title)
    lost = np.concatenate(drawing)[kept + 1 :]
    panels[0].plot(*lost.T, ".", color=ORANGE, markersize=4, label="cut off")
    if len(lost):
        panels[0].legend(loc="lower center", bbox_to_anchor=(0.5, -0.12))
    return figure


# --- a data set ----------------------------------------------------------------------------------


@styled
def class_counts(counts: Mapping[str, Mapping[str, int]]) -> Figure:
    """Show drawings per class: a bar for each where they are few, else how many have how many."""
    training, evaluation = (np.array(list(counts[split].values())) for split in counts)
    names = list(counts["training"])
    if len(names) > FEW_CLASSES:
        figure, axes = new_figure(7, 2.4)
        axes.hist([training, evaluation], bins=30, color=[BLUE, ORANGE], label=list(counts))
        axes.set(xlabel="drawings of a class", ylabel="classes")
    else:
        figure, axes = new_figure(6.5, 0.19 * len(names) + 0.8)
        axes.barh(names, training, color=BLUE, label="training", height=0.75)
        axes.barh(names, evaluation, left=training, color=ORANGE, label="eval", height=0.75)
        axes.set(xlabel="drawings", ylim=(len(names) - 0.4, -0.6))
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1))
    return figure


@styled
def lengths(counts: np.ndarray, max_points: int) -> Figure:
    """Show how many sketches have n points (counts[n]), and which of them cropping shortens."""
    figure, axes = new_figure(7, 2.4)
    points = np.arange(len(counts))
    shown = max(int(1.5 * max_points), int(np.searchsorted(counts.cumsum(), 0.998 * counts.sum())))
    colors = np.where(points <= max_points, BLUE, ORANGE)
    axes.bar(points[: shown + 1], counts[: shown + 1], color=colors[: shown + 1], width=1.0)
    axes.axvline(max_points + 0.5, color=GREY, linestyle=":")
    axes.set(xlabel="points of a sketch", ylabel="training sketches", xlim=(0, shown))
    axes.text(max_points + 2, counts.max(), f"cropped to {max_points}", color=ORANGE, va="top")
    return figure


@styled
def model_input(ink: np.ndarray, name: str) -> Figure:
    """Show one row of a batch, ink [points, 3] padded with zeros: the drawing and its numbers."""
    figure, (paper, axes) = new_figure(9, 2.4, 1, 2, width_ratios=(1, 3.2))
    used = dataset.unpadded(ink)
    drawing = strokes.from_ink(used)
    draw(paper, drawing, order_colors(len(drawing)))
    sheet(paper, drawing, name)
    axes.vlines(np.flatnonzero(ink[:, 2]), -1, 1, color=PALE, label="pen lifted")
    axes.step(range(len(ink)), ink[:, 0], where="mid", color=BLUE, label="step in x")
    axes.step(range(len(ink)), ink[:, 1], where="mid", color=ORANGE, label="step in y")
    axes.axvspan(len(used) - 0.5, len(ink), color=PALE, alpha=0.4, linewidth=0, label="padding")
    axes.set(xlabel="point", xlim=(-0.5, len(ink) - 0.5), ylim=(-1, 1))
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1))
    return figure
