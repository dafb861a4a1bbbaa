"""Charts of models side by side.

A line of a comparison is a dictionary of what `experiments.comparison` found of one training.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from sketchlib._shared.colors import BLUE, ORANGE
from sketchlib.figures.style import in_shares, new_figure, percent, styled


def _grouped(lines: Sequence[dict[str, Any]], name: str, figure: str) -> dict[Any, list]:
    """Return one figure of all lines, by what they have under a name."""
    groups: dict[Any, list] = {}
    for line in lines:
        groups.setdefault(line[name], []).append(line[figure])
    return groups


@styled
def seeds(lines: Sequence[dict[str, Any]], figure: str, label: str) -> Figure:
    """Plot a figure of each variant of a comparison: a dot a seed, a bar their mean."""
    variants = _grouped(lines, "variant", figure)
    chart, axes = new_figure(7, 0.34 * len(variants) + 0.9)
    for row, values in enumerate(variants.values()):
        axes.plot(values, [row] * len(values), "o", color=BLUE, alpha=0.5)
        axes.plot([np.mean(values)], [row], "|", color=ORANGE, markersize=16)
    axes.set(yticks=range(len(variants)), yticklabels=list(variants), xlabel=label)
    axes.invert_yaxis()
    percent(axes.xaxis, digits=1)
    return chart


@styled
def by_ink(lines: Sequence[dict[str, Any]], shares: Sequence[float]) -> Figure:
    """Plot top-5 accuracy against the share of the points drawn, a line a variant (its mean)."""
    chart, axes = new_figure(6, 3.4)
    for name, runs in _grouped(lines, "variant", "top_5_by_share").items():
        axes.plot(shares, np.mean(runs, axis=0), marker=".", label=name, clip_on=False)
    axes.set(xlabel="share of the points drawn", ylabel="top-5 accuracy")
    in_shares(axes)
    return chart


@styled
def against(
    lines: Sequence[dict[str, Any]], name: str, figures: Mapping[str, str], label: str
) -> Figure:
    """Plot figures of a comparison against a number that its variants differ in, a dot a run."""
    chart, axes = new_figure(6, 3.2)
    lines = sorted(lines, key=lambda line: line[name])
    for figure, title in figures.items():
        groups = _grouped(lines, name, figure)
        means = [np.mean(values) for values in groups.values()]
        (mean,) = axes.plot(list(groups), means, label=title)
        dots = [[line[key] for line in lines] for key in (name, figure)]
        axes.plot(*dots, ".", color=mean.get_color(), alpha=0.5)
    axes.set(xlabel=label, ylabel="accuracy", xscale="log")
    percent(axes.yaxis)
    axes.legend()
    return chart
