"""Every chart of a model's figures: training curves, top-k accuracy, confusions, its answers."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from IPython.display import DisplayHandle, Markdown, display
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sketchlib._shared.backend import keras
from sketchlib._shared.colors import BLUE, GREY, INK, ORANGE, PAPER
from sketchlib.drawing import strokes
from sketchlib.figures.style import (
    FEW_CLASSES,
    draw,
    in_shares,
    new_figure,
    percent,
    shades,
    sheet,
    styled,
)
from sketchlib.model.evaluation import Report
from sketchlib.records import dataset

CURVES = {"loss": "loss", "accuracy": "top-1 accuracy", "top_5_accuracy": "top-5 accuracy"}
IN_A_ROW = 6  # sketches of a gallery, so that what is written below can be read
EVERY_SECONDS, DRAWING = 1.0, 20  # between two live figures, at least; times what one takes to draw

# --- a training ----------------------------------------------------------------------------------


@styled
def training_curves(
    history: Sequence[dict[str, float]],
    epochs: int = 0,
    moving: Sequence[dict[str, float]] = (),
) -> Figure:
    """Plot loss, top-1 and top-5 accuracy on training and validation sketches, epoch by epoch.

    epochs: how many there will be, where not all are done. moving: figures on training sketches so
    far, of an epoch under way; their "epoch" is a fraction.
    """
    figure, panels = new_figure(11, 3, 1, len(CURVES))
    draw_curves(panels, history, epochs, moving)
    return figure


def draw_curves(
    panels: Sequence[Axes],
    history: Sequence[dict[str, float]],
    epochs: int = 0,
    moving: Sequence[dict[str, float]] = (),
) -> None:
    """Draw these curves on axes, one for each of CURVES; epochs count from 1."""
    done, last = range(1, len(history) + 1), max(epochs, len(history), 1)
    for axes, (name, title) in zip(panels, CURVES.items(), strict=True):
        for key, label, color in [(name, "training", GREY), (f"val_{name}", "validation", BLUE)]:
            axes.plot(done, [epoch[key] for epoch in history], ".-", color=color, label=label)
        places, figures = [[row[key] for row in moving] for key in ("epoch", name)]
        axes.plot(places, figures, color=GREY, linewidth=1)
        axes.set(title=title, xlabel="epoch", xlim=(0 if moving else 0.9, last + 0.1))
        axes.set_xticks(range(1, last + 1, -(-last // 10)))
        if name != "loss":
            axes.set_ylim(0, 1.02)
            percent(axes.yaxis)
    panels[0].legend()


class LiveCurves(keras.callbacks.Callback):
    """Draw the training curves as they grow, within epochs too, in one output of the notebook."""

    def __init__(self, history: Sequence[dict[str, float]] = ()):
        super().__init__()
        self.history = list(history)
        self.moving: list[dict[str, float]] = []  # of all epochs that were seen to grow
        self.handle: DisplayHandle | None = None
        self._due = 0.0

    def on_train_batch_end(self, batch: int, logs: dict[str, float]) -> None:
        """Go on with the curves of this epoch, so seldom that it costs a twentieth of the time."""
        now = time.monotonic()
        if now >= self._due:
            epoch = len(self.history) + (batch + 1) / (self.params["steps"] or np.inf)
            self.moving.append({"epoch": epoch, **logs})
            self._show()
            self._due = time.monotonic() + max(EVERY_SECONDS, DRAWING * (time.monotonic() - now))

    def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:
        """Add an epoch and show the curves."""
        self.history.append(dict(logs))
        self._show()

    def _show(self) -> None:
        figure = training_curves(self.history, self.params["epochs"], self.moving)
        if self.handle is None:
            self.handle = display(figure, display_id=True)
        else:
            self.handle.update(figure)


# --- reports -------------------------------------------------------------------------------------


@styled
def top_k(reports: Mapping[str, Report]) -> Figure:
    """Plot top-k accuracy for k = 1…10, a line a report; the best one's numbers stand above it."""
    figure, axes = new_figure(6, 3.2)
    best = max(reports, key=lambda label: reports[label].top(1))
    for label, report in reports.items():
        ks = range(1, min(10, len(report.classes)) + 1)
        (line,) = axes.plot(ks, [report.top(k) for k in ks], marker=".", label=label)
        place = {"xytext": (-4, 7 if label == best else -14), "textcoords": "offset points"}
        for k in {1, 5}.intersection(ks):
            point = (k, report.top(k))
            axes.annotate(f"{report.top(k):.1%}", point, color=line.get_color(), **place)
    axes.set(xlabel="k", ylabel="top-k accuracy", ylim=(0, 1.12), xticks=ks)
    percent(axes.yaxis)
    axes.legend(loc="lower right")
    return figure


@styled
def reliability(reports: Mapping[str, Report]) -> Figure:
    """Plot how often first answers were right against how sure they were, a line a report."""
    figure, axes = new_figure(4, 3.6)
    axes.plot([0, 1], [0, 1], ":", color=GREY)
    for label, report in reports.items():
        _, said, was = zip(*report.reliability(), strict=True)
        axes.plot(said, was, marker=".", label=label, clip_on=False)
    axes.set(xlabel="how sure it was", ylabel="how often it was right")
    in_shares(axes)
    return figure


@styled
def by_share(shares: Sequence[float], reports: Sequence[Report]) -> Figure:
    """Plot top-1 and top-5 accuracy, and what the best guess claims on average, against the share
    of a drawing's points that are there.
    """
    figure, axes = new_figure(6, 3.2)
    claimed = [report.confidence.mean() for report in reports]
    axes.plot(shares, claimed, color=GREY, linestyle=":", label="best guess, as it says")
    for k in (5, 1):
        axes.plot(
            shares,
            [report.top(k) for report in reports],
            marker=".",
            label=f"top-{k}",
            clip_on=False,
        )
    axes.set(xlabel="share of the points drawn", ylabel="share of the sketches")
    in_shares(axes)
    return figure


@styled
def per_class(reports: Mapping[str, Report]) -> Figure:
    """Plot top-1 accuracy of the classes, of the worst and the best where there are many."""
    figure, panels = new_figure(5 * len(reports), 6, 1, len(reports), squeeze=False)
    for axes, (label, report) in zip(panels[0], reports.items(), strict=True):
        _draw_per_class(axes, label, report)
    return figure


def _draw_per_class(axes: Axes, label: str, report: Report) -> None:
    shares, half = report.per_class(), FEW_CLASSES // 2
    names, which = list(shares), "worst first"
    if len(names) > FEW_CLASSES:
        names, which = names[:half] + names[-half:], f"the {half} worst and the {half} best"
    colors = [ORANGE if shares[name] < report.top(1) else BLUE for name in names]
    axes.barh(names, [shares[name] for name in names], color=colors)
    axes.axvline(report.top(1), color=GREY, linestyle=":")
    if len(names) < len(shares):
        axes.axhline(half - 0.5, color=GREY, linewidth=0.8)
    axes.set(xlabel="top-1 accuracy", xlim=(0, 1), title=f"{label}: {which}")
    axes.invert_yaxis()
    percent(axes.xaxis)


@styled
def mixed_up(report: Report, pairs: int = 12) -> Figure:
    """Plot the pairs of classes most often taken for each other, both ways."""
    found = report.mixed_up(pairs)
    figure, axes = new_figure(7, 0.36 * len(found) + 0.9)
    rows = np.arange(len(found))
    for move, color, place, label in ((-0.2, BLUE, 2, "left"), (0.2, ORANGE, 3, "right")):
        shares = [pair[place] for pair in found]
        label = f"drawings of the {label} one that are taken for the other"
        axes.barh(rows + move, shares, 0.38, color=color, label=label)
    axes.set(yticks=rows, yticklabels=[f"{one} · {other}" for one, other, *_ in found])
    axes.invert_yaxis()
    percent(axes.xaxis)
    axes.legend(loc="lower right")
    return figure


@styled
def confusion(report: Report) -> Figure:
    """Plot the confusion matrix, of the classes that are most often mistaken where there are many.

    Rows are the drawn classes and add up to 1; columns are the first answers.
    """
    mistakes = report.confusion.copy()
    np.fill_diagonal(mistakes, 0)
    worst = np.argsort(mistakes.sum(axis=0) + mistakes.sum(axis=1))[::-1][:FEW_CLASSES]
    chosen = np.sort(worst)
    totals = np.maximum(report.confusion.sum(axis=1, keepdims=True), 1)
    names = [report.classes[index] for index in chosen]
    figure, axes = new_figure(8, 7)
    shares = (report.confusion / totals)[np.ix_(chosen, chosen)]
    image = axes.imshow(shares, shades(PAPER, BLUE, INK), vmin=0, vmax=1)
    axes.set_xticks(range(len(names)), names, rotation=90)
    axes.set_yticks(range(len(names)), names)
    axes.set(xlabel="first answer", ylabel="drawn")
    axes.grid(False)
    percent(figure.colorbar(image, shrink=0.6).ax.yaxis)
    return figure


@styled
def answers(
    inks: np.ndarray,
    labels: np.ndarray,
    probabilities: np.ndarray,
    classes: Sequence[str],
    chosen: np.ndarray,
    count: int = 12,
) -> Figure:
    """Show the first `count` chosen sketches, what they are, and the model's first answers.

    inks: float32 [n, points, 3]; labels: int [n]; probabilities: [n, classes]; chosen: bool [n].
    """
    rows = np.flatnonzero(chosen)[:count]
    lines = max(-(-len(rows) // IN_A_ROW), 1)
    figure, panels = new_figure(10, 2.2 * lines, lines, IN_A_ROW, gridspec_kw={"hspace": 0.1})
    for axes in panels.flat:
        axes.axis("off")
    for axes, row in zip(panels.flat, rows, strict=False):
        draw_answer(axes, inks[row], classes[labels[row]], probabilities[row], classes)
    return figure


def draw_answer(
    axes: Axes, ink: np.ndarray, right: str, probabilities: np.ndarray, classes: Sequence[str]
) -> None:
    """Draw a sketch, ink [points, 3], what it is, and the model's first two answers."""
    drawing = strokes.from_ink(dataset.unpadded(ink))
    draw(axes, drawing, INK, width=1.2)
    sheet(axes, drawing)
    axes.set_title(right, fontsize=11)
    best = probabilities.argsort()[::-1][:2]
    guesses = "\n".join(f"{classes[i]} {probabilities[i]:.0%}" for i in best)
    color = BLUE if classes[best[0]] == right else ORANGE
    axes.text(
        0.5,
        -0.02,
        guesses,
        color=color,
        ha="center",
        va="top",
        fontsize=11,
        transform=axes.transAxes,
    )


# --- tables --------------------------------------------------------------------------------------

# A name may come from a stranger's model: neither HTML nor a link in it may work.
AS_TEXT = {ord(letter): f"&#{ord(letter)};" for letter in "&<>[|"}


def table(rows: Sequence[dict[str, Any]]) -> Markdown:
    """Show rows as a table, columns named by the keys of the first; all is plain text."""
    if not rows:
        return Markdown("*none*")
    lines = [list(rows[0]), ["---"] * len(rows[0]), *(row.values() for row in rows)]
    texts = [[str(cell).translate(AS_TEXT) for cell in line] for line in lines]
    return Markdown("\n".join(f"| {' | '.join(line)} |" for line in texts))
