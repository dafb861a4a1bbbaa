"""One picture of a finished training: how it learned, and what it says to new sketches."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from sketchlib.figures.charts import CURVES, draw_answer, draw_curves
from sketchlib.figures.style import new_figure, styled

COLUMNS, MOST_ROWS = 8, 3  # of sketches


@styled
def report(
    history: Sequence[dict[str, float]],
    inks: np.ndarray,
    labels: np.ndarray,
    probabilities: np.ndarray,
    classes: Sequence[str],
) -> Figure:
    """Draw the training curves, and below them some test sketches with the model's first answers.

    inks: float32 [n, points, 3]; labels: int [n]; probabilities: [n, classes]. Of each class there
    is one sketch, the first, as far as there is room.
    """
    firsts = np.sort(np.unique(labels, return_index=True)[1])[: MOST_ROWS * COLUMNS]
    rows = -(-len(firsts) // COLUMNS)
    figure, axes = new_figure(12, 3 + 2 * rows)
    axes.remove()
    (above,), (below,) = figure.subfigures(2, 1, squeeze=False, height_ratios=(3, 2 * rows))
    above.suptitle("How it learned")
    draw_curves(above.subplots(1, len(CURVES)), history)
    below.suptitle("What it says to sketches that it had not seen")
    panels = below.subplots(rows, COLUMNS, squeeze=False).ravel()
    for panel in panels:
        panel.axis("off")
    for panel, row in zip(panels, firsts, strict=False):
        draw_answer(panel, inks[row], classes[labels[row]], probabilities[row], classes)
    return figure
