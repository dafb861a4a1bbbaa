"""Every chart of a model's figures: training curves, top-k accuracy, confusions, its answers."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import Markdown, display
from matplotlib.figure import Figure

from sketchlib._shared.backend import keras
from sketchlib._shared.colors import BLUE, GREY, ORANGE
from sketchlib.drawing import strokes
from sketchlib.model.evaluation import Report
from sketchlib.records import dataset

STYLES = [
    {"color": BLUE, "marker": "."},
    {"color": ORANGE, "marker": "."},
    {"color": GREY, "marker": "."},
    {"color": BLUE, "linestyle": ":"},
    {"color": ORANGE, "linestyle": ":"},
    {"color": GREY, "linestyle": ":"},
]
MOST_CLASSES = 24  # shown by name in one figure


def training_curves(history: list[dict[str, float]]) -> Figure:
    """Plot loss, top-1 and top-5 accuracy on training and validation sketches, epoch by epoch."""
    figure, axes = plt.subplots(1, 3, figsize=(11, 3), layout="constrained")
    epochs = range(1, len(history) + 1)
    panels = [
        ("loss", "loss"),
        ("accuracy", "top-1 accuracy"),
        ("top_5_accuracy", "top-5 accuracy"),
    ]
    for ax, (name, title) in zip(axes, panels, strict=True):
        for key, label, color in [(name, "training", GREY), (f"val_{name}", "validation", BLUE)]:
            ax.plot(epochs, [epoch[key] for epoch in history], ".-", color=color, label=label)
        ax.set(title=title, xlabel="epoch")
        ax.xaxis.get_major_locator().set_params(integer=True)
        if name != "loss":
            ax.set_ylim(0, 1.02)
            ax.yaxis.set_major_formatter("{x:.0%}")
        _tidy(ax)
    axes[0].legend(frameon=False)
    return figure


class LiveCurves(keras.callbacks.Callback):
    """Draw the training curves anew after every epoch, in one output of the notebook."""

    def __init__(self, history: list[dict[str, float]] = ()):
        super().__init__()
        self.history = list(history)
        self.handle = None

    def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:
        """Add an epoch and show the curves."""
        self.history.append(dict(logs))
        figure = training_curves(self.history)
        if self.handle is None:
            self.handle = display(figure, display_id=True)
        else:
            self.handle.update(figure)
        plt.close(figure)  # or the notebook would show it once more


def top_k(reports: dict[str, Report]) -> Figure:
    """Plot top-k accuracy for k = 1…10, one line a report, of up to two."""
    figure, ax = plt.subplots(figsize=(6, 3.2), layout="constrained")
    styles = [(BLUE, 7), (ORANGE, -14)]  # the first line's figures stand above it
    for (label, report), (color, up) in zip(reports.items(), styles, strict=False):
        ks = range(1, min(10, len(report.classes)) + 1)
        ax.plot(ks, [report.top(k) for k in ks], ".-", color=color, label=label)
        for k in (1, 5):
            if k <= len(report.classes):
                ax.annotate(f"{report.top(k):.1%}", (k, report.top(k)), (-4, up),
                            textcoords="offset points", color=color)  # fmt: skip
    ax.set(xlabel="k", ylabel="top-k accuracy", ylim=(0, 1.12), xticks=list(ks))
    ax.yaxis.set_major_formatter("{x:.0%}")
    ax.legend(frameon=False, loc="lower right")
    _tidy(ax)
    return figure


def reliability(reports: dict[str, Report]) -> Figure:
    """Plot how often first answers were right against how sure they were, a line a report."""
    figure, ax = plt.subplots(figsize=(4, 3.6), layout="constrained")
    ax.plot([0, 1], [0, 1], ":", color=GREY)
    for (label, report), color in zip(reports.items(), [ORANGE, BLUE], strict=False):
        _, said, was = zip(*report.reliability(), strict=True)
        ax.plot(said, was, ".-", color=color, label=label)
    ax.set(xlabel="how sure it was", ylabel="how often it was right", xlim=(0, 1), ylim=(0, 1))
    _finish_shares(ax)
    return figure


def by_share(shares: Sequence[float], reports: Sequence[Report]) -> Figure:
    """Plot top-1 and top-5 accuracy against the share of a drawing's points that are there."""
    figure, ax = plt.subplots(figsize=(6, 3.2), layout="constrained")
    for k, color in [(5, ORANGE), (1, BLUE)]:
        heights = [report.top(k) for report in reports]
        ax.plot(shares, heights, ".-", color=color, label=f"top-{k}")
    ax.set(xlabel="share of the points drawn", ylabel="accuracy", xlim=(0, 1), ylim=(0, 1.02))
    _finish_shares(ax)
    return figure


def seeds(lines: Sequence[dict], figure: str, label: str) -> Figure:
    """Plot a figure of each variant of a comparison: a dot a seed, a bar their mean."""
    names = list(dict.fromkeys(line["variant"] for line in lines))
    chart, ax = plt.subplots(figsize=(7, 0.34 * len(names) + 0.9), layout="constrained")
    for row, name in enumerate(names):
        values = [line[figure] for line in lines if line["variant"] == name]
        ax.plot(values, [row] * len(values), "o", color=BLUE, alpha=0.5)
        ax.plot([sum(values) / len(values)], [row], "|", color=ORANGE, markersize=16)
    ax.set(yticks=range(len(names)), yticklabels=names, xlabel=label)
    ax.invert_yaxis()
    ax.xaxis.set_major_formatter("{x:.1%}")
    _tidy(ax)
    return chart


def by_ink(lines: Sequence[dict], shares: Sequence[float]) -> Figure:
    """Plot top-5 accuracy against the share of the points drawn, a line a variant (its mean)."""
    chart, ax = plt.subplots(figsize=(6, 3.4), layout="constrained")
    for name, style in zip(dict.fromkeys(line["variant"] for line in lines), STYLES, strict=False):
        runs = [line["top_5_by_share"] for line in lines if line["variant"] == name]
        heights = [sum(run[place] for run in runs) / len(runs) for place in range(len(shares))]
        ax.plot(shares, heights, label=name, **style)
    ax.set(xlabel="share of the points drawn", ylabel="top-5 accuracy", xlim=(0, 1), ylim=(0, 1))
    _finish_shares(ax)
    return chart


def against(lines: Sequence[dict], name: str, figures: dict[str, str], label: str) -> Figure:
    """Plot figures of a comparison against a number that its variants differ in, a dot a run."""
    chart, ax = plt.subplots(figsize=(6, 3.2), layout="constrained")
    for (figure, title), color in zip(figures.items(), [ORANGE, BLUE, GREY], strict=False):
        groups = {line[name]: [] for line in sorted(lines, key=lambda line: line[name])}
        for line in lines:
            groups[line[name]].append(line[figure])
            ax.plot(line[name], line[figure], ".", color=color, alpha=0.5)
        means = [sum(values) / len(values) for values in groups.values()]
        ax.plot(list(groups), means, color=color, label=title)
    ax.set(xlabel=label, ylabel="accuracy", xscale="log")
    ax.yaxis.set_major_formatter("{x:.0%}")
    ax.legend(frameon=False)
    _tidy(ax)
    return chart


def per_class(report: Report) -> Figure:
    """Plot top-1 accuracy of the classes, of the worst and the best where there are many."""
    shares = report.per_class()
    names = list(shares)
    if len(names) > MOST_CLASSES:
        names = names[: MOST_CLASSES // 2] + names[-MOST_CLASSES // 2 :]
    figure, ax = plt.subplots(figsize=(7, 0.24 * len(names) + 0.8), layout="constrained")
    colors = [ORANGE if shares[name] < report.top(1) else BLUE for name in names]
    ax.barh(names, [shares[name] for name in names], color=colors)
    ax.axvline(report.top(1), color=GREY, linestyle=":")
    if len(names) < len(shares):
        ax.axhline(MOST_CLASSES // 2 - 0.5, color=GREY, linewidth=0.8)
    ax.set(xlabel="top-1 accuracy", xlim=(0, 1), title=_which(len(names), len(shares)))
    ax.xaxis.set_major_formatter("{x:.0%}")
    ax.invert_yaxis()
    _tidy(ax)
    return figure


def _which(shown: int, total: int) -> str:
    which = f"the {shown // 2} worst and the {shown // 2} best" if shown < total else "worst first"
    return f"{which} (dotted: all sketches)"


def confusion(report: Report) -> Figure:
    """Plot the confusion matrix, of the classes that are most often mistaken where there are many.

    Rows are the drawn classes and add up to 1; columns are the first answers.
    """
    mistakes = report.confusion.copy()
    np.fill_diagonal(mistakes, 0)
    worst = np.argsort(mistakes.sum(axis=0) + mistakes.sum(axis=1))[::-1][:MOST_CLASSES]
    chosen = np.sort(worst)
    totals = np.maximum(report.confusion.sum(axis=1, keepdims=True), 1)
    shares = (report.confusion / totals)[np.ix_(chosen, chosen)]
    names = [report.classes[index] for index in chosen]
    figure, ax = plt.subplots(figsize=(8, 7), layout="constrained")
    image = ax.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    ax.set_xticks(range(len(names)), names, rotation=90)
    ax.set_yticks(range(len(names)), names)
    ax.set(xlabel="first answer", ylabel="drawn")
    figure.colorbar(image, shrink=0.6, format="{x:.0%}")
    return figure


def answers(
    inks: np.ndarray,
    labels: np.ndarray,
    probabilities: np.ndarray,
    classes: list[str],
    chosen: np.ndarray,
    count: int = 16,
) -> Figure:
    """Show the first `count` chosen sketches, what they are, and the model's first answers.

    inks: float32 [n, points, 3]; labels: int [n]; probabilities: [n, classes]; chosen: bool [n].
    """
    rows = np.flatnonzero(chosen)[:count]
    lines = max(-(-len(rows) // 8), 1)
    figure, axes = plt.subplots(lines, 8, figsize=(12, 2 * lines))
    for ax, row in zip(axes.flat, rows, strict=False):
        for stroke in strokes.from_ink(dataset.unpadded(inks[row])):
            ax.plot(stroke[:, 0], stroke[:, 1], color="black", linewidth=1.2)
        best = probabilities[row].argsort()[::-1][:2]
        color = BLUE if best[0] == labels[row] else ORANGE
        guesses = "\n".join(f"{classes[i]} {probabilities[row, i]:.0%}" for i in best)
        ax.set_title(classes[labels[row]], fontsize=9, fontweight="bold")
        ax.text(0.5, -0.05, guesses, fontsize=8, color=color, ha="center", va="top",
                transform=ax.transAxes)  # fmt: skip
        ax.set(xlim=(-0.05, 1.05), ylim=(1.05, -0.05))
    for ax in axes.flat:
        ax.set_axis_off()
    figure.tight_layout(h_pad=2.5)
    return figure


def table(rows: list[dict]) -> Markdown:
    """Show rows as a table, columns named by the keys of the first."""
    if not rows:
        return Markdown("*none*")
    lines = [list(rows[0]), ["---"] * len(rows[0]), *(row.values() for row in rows)]
    return Markdown("\n".join(f"| {' | '.join(map(str, line))} |" for line in lines))


def _finish_shares(ax: plt.Axes) -> None:
    """Label both axes, of shares, in per cent, and name the lines."""
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter("{x:.0%}")
    ax.legend(frameon=False)
    _tidy(ax)


def _tidy(ax: plt.Axes) -> None:
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(alpha=0.25)
