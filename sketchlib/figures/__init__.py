"""Everything that is looked at in a notebook, in one style: `figures.gallery(examples)`.

`plots` has drawings and data sets, `charts` a model's figures, `anatomy` its inside; what they
have in common is in `style`.
"""

from sketchlib.figures.anatomy import (
    activations,
    channels,
    convolutions,
    funnel,
    guesses,
    microseconds,
    outputs,
    reaches,
)
from sketchlib.figures.anatomy import table as layer_table
from sketchlib.figures.charts import (
    LiveCurves,
    answers,
    by_share,
    confusion,
    mixed_up,
    per_class,
    reliability,
    table,
    top_k,
    training_curves,
)
from sketchlib.figures.comparisons import against, by_ink, seeds
from sketchlib.figures.drawing_browser import DrawingBrowser
from sketchlib.figures.plots import (
    class_counts,
    cropping,
    gallery,
    lengths,
    model_input,
    overlay,
    stages,
)
from sketchlib.figures.summary import report

__all__ = [
    "DrawingBrowser",
    "LiveCurves",
    "activations",
    "against",
    "answers",
    "by_ink",
    "by_share",
    "channels",
    "class_counts",
    "confusion",
    "convolutions",
    "cropping",
    "funnel",
    "gallery",
    "guesses",
    "layer_table",
    "lengths",
    "microseconds",
    "mixed_up",
    "model_input",
    "outputs",
    "overlay",
    "per_class",
    "reaches",
    "reliability",
    "report",
    "seeds",
    "stages",
    "table",
    "top_k",
    "training_curves",
]
