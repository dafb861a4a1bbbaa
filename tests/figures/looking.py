"""How the tests look at figures."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine


def rendered(figure: Figure) -> np.ndarray:
    """Draw a figure as a notebook would."""
    assert not plt.get_fignums(), "pyplot would show it a second time"
    assert isinstance(figure.get_layout_engine(), ConstrainedLayoutEngine), "not in our style"
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())
    assert pixels.std() > 1, "the figure is blank"
    return pixels


def drawn(axes: Axes) -> list[np.ndarray]:
    """Return the strokes on axes."""
    found = [c for c in axes.collections if isinstance(c, LineCollection)]
    return [segment for collection in found for segment in collection.get_segments()]


def named(axes: Axes) -> dict[str, np.ndarray]:
    """Return the lines that a legend names, as points [n, 2]."""
    found = {line.get_label(): line.get_xydata() for line in axes.lines}
    return {label: points for label, points in found.items() if not label.startswith("_")}


def labels_of(axis: Axis) -> list[str]:
    """Return the labels of an axis's ticks."""
    return [label.get_text() for label in axis.get_ticklabels()]
