"""What all figures have in common: their style, shades of colours, and drawings on axes.

A figure is made by a function that is `@styled`, with `new_figure`, and returned; a notebook shows
it once, as the last line of a cell. Its lines take the colours of the cycle in turn.
"""

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.collections import LineCollection
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.rcsetup import cycler

from sketchlib._shared.colors import BLUE, GREY, ORANGE
from sketchlib.drawing import strokes

FEW_CLASSES = 24  # that can be named in one figure
STYLE: dict[Any, Any] = {
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.prop_cycle": cycler(linestyle=["-", ":"]) * cycler(color=[BLUE, ORANGE, GREY]),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": "medium",
    "figure.constrained_layout.use": True,
    "figure.dpi": 100,
    "font.size": 9,
    "grid.alpha": 0.25,
    "legend.frameon": False,
}
styled = rc_context(STYLE)


def new_figure(width: float, height: float, *grid: int, **options) -> tuple[Figure, Any]:
    """Make a figure that pyplot forgets at once, or a notebook would show it twice.

    Its axes are returned as well: alone, or as an array where a grid is asked for.
    """
    figure, axes = plt.subplots(*grid, figsize=(width, height), **options)
    plt.close(figure)
    return figure, axes


def percent(axis: Axis, digits: int = 0) -> None:
    """Label an axis of shares in per cent."""
    axis.set_major_formatter(f"{{x:.{digits}%}}")


def in_shares(axes: Axes) -> None:
    """Let both axes run over all shares, in per cent, and name the lines."""
    axes.set(xlim=(0, 1), ylim=(0, 1.02))
    percent(axes.xaxis)
    percent(axes.yaxis)
    axes.legend()


def shades(*colors: str) -> LinearSegmentedColormap:
    """Make a colour map that runs through colours, from the least to the most."""
    return LinearSegmentedColormap.from_list("shades", colors)


def draw(axes: Axes, drawing: strokes.Drawing, colors: str | Sequence[str], width=1.8) -> None:
    """Draw strokes on axes, all in one colour or each in its own."""
    lines = [np.asarray(stroke)[:, :2] for stroke in drawing]
    lines = [np.repeat(line, 2, axis=0) if len(line) == 1 else line for line in lines]  # dots
    ends: dict[str, Any] = {"capstyle": "round", "joinstyle": "round"}
    axes.add_collection(LineCollection(lines, colors=colors, linewidths=width, **ends))


def sheet(axes: Axes, drawing: strokes.Drawing, title: str = "") -> None:
    """Turn axes into a blank square of paper that a drawing fits on, y downwards."""
    low, high = strokes.bounding_box(drawing)
    (x, y), half = (low + high) / 2, 0.56 * ((high - low).max() or 1.0)
    axes.set(xlim=(x - half, x + half), ylim=(y + half, y - half), aspect="equal", title=title)
    axes.axis("off")
