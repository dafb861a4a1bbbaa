"""How often a model is right: top-k accuracy, per class, and the classes it mixes up."""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm.auto import tqdm

from sketchlib._shared.backend import keras, tf
from sketchlib._shared.timing import median_seconds
from sketchlib.drawing import strokes
from sketchlib.predictor import Predictor
from sketchlib.records import dataset

MOST_K = 10
BINS = 15  # ranges of confidence that the calibration error compares


@dataclass
class Report:
    """What a model answered on a split.

    classes: the names. loss: mean cross-entropy in nats. ranks: int [n], the place of the right
    class among a sketch's answers, 0 for right. confusion: int [true class, first answer].
    confidence: float [n], the probability of the first answer.
    """

    classes: list[str]
    loss: float
    ranks: np.ndarray
    confusion: np.ndarray
    labels: np.ndarray
    confidence: np.ndarray

    def top(self, k: int) -> float:
        """Return top-k accuracy: the share of sketches whose class is among the first k answers."""
        return float((self.ranks < k).mean())

    def per_class(self, k: int = 1) -> dict[str, float]:
        """Return top-k accuracy of each class that has sketches, worst first."""
        counts = np.bincount(self.labels, minlength=len(self.classes))
        right = np.bincount(self.labels[self.ranks < k], minlength=len(self.classes))
        found = {name: right[i] / counts[i] for i, name in enumerate(self.classes) if counts[i]}
        return {name: float(found[name]) for name in sorted(found, key=found.__getitem__)}

    def balanced(self, k: int = 1) -> float:
        """Return top-k accuracy with every class counted alike, however many sketches it has."""
        return float(np.mean(list(self.per_class(k).values())))

    def most_confused(self, n: int = 10) -> list[tuple[str, str, int, float]]:
        """Return the n commonest mistakes as (class, taken for, count, share of the class)."""
        mistakes = self.confusion.copy()
        np.fill_diagonal(mistakes, 0)
        totals = self.confusion.sum(axis=1)
        order = np.argsort(mistakes, axis=None)[::-1][:n]
        pairs = (np.unravel_index(flat, mistakes.shape) for flat in order)
        return [
            (
                self.classes[t],
                self.classes[g],
                int(mistakes[t, g]),
                float(mistakes[t, g] / totals[t]),
            )
            for t, g in pairs
            if mistakes[t, g]
        ]

    def mixed_up(self, n: int = 10) -> list[tuple[str, str, float, float]]:
        """Return the n pairs most often taken for each other, as (one, other, there, back).

        there and back: the shares of each class that were taken for the other.
        """
        shares = self.confusion / np.maximum(self.confusion.sum(axis=1, keepdims=True), 1)
        both = np.triu(np.minimum(shares, shares.T), k=1)
        order = np.argsort(both, axis=None)[::-1][:n]
        pairs = (np.unravel_index(flat, both.shape) for flat in order)
        return [
            (self.classes[a], self.classes[b], float(shares[a, b]), float(shares[b, a]))
            for a, b in pairs
            if both[a, b]
        ]

    def reliability(self) -> list[tuple[int, float, float]]:
        """Return (sketches, mean confidence, share that was right) of each range of confidence.

        The ranges are `BINS` of the same width; empty ones are left out.
        """
        ranges = np.minimum((self.confidence * BINS).astype(int), BINS - 1)
        within = [ranges == i for i in range(BINS)]
        return [
            (int(w.sum()), float(self.confidence[w].mean()), float((self.ranks[w] < 1).mean()))
            for w in within
            if w.any()
        ]

    def calibration_error(self) -> float:
        """Return the expected calibration error: how far confidence is from accuracy on average.

        (Guo et al. 2017, "On Calibration of Modern Neural Networks".)
        """
        return sum(n * abs(said - was) for n, said, was in self.reliability()) / len(self.ranks)

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as plain values for metrics.json."""
        return {
            "sketches": len(self.ranks),
            "loss": round(self.loss, 5),
            "calibration_error": round(self.calibration_error(), 5),
            "balanced_top_1": round(self.balanced(1), 5),
            "balanced_top_5": round(self.balanced(5), 5),
            "top_k_accuracy": {
                str(k): round(self.top(k), 5) for k in range(1, min(MOST_K, len(self.classes)) + 1)
            },
            "per_class_top_1": {name: round(share, 4) for name, share in self.per_class().items()},
            "most_confused": self.most_confused(),
        }


def predict(model: keras.Model, sketches: tf.data.Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Return probabilities float32 [n, classes] and class_index int64 [n] of a whole split."""
    answer = tf.function(model, reduce_retracing=True)
    return answers(sketches, lambda ink: answer(ink, training=False).numpy())


def answers(
    sketches: tf.data.Dataset, answer: Callable[[tf.Tensor], np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Return what `answer` makes of the ink of all batches of a split, and the class indices."""
    progress = tqdm(sketches, desc="Evaluate", unit=" batches", leave=False)
    batches = [(answer(ink), class_index.numpy()) for ink, class_index in progress]
    if not batches:
        raise ValueError("no sketches to evaluate: the split is empty")
    found, labels = zip(*batches, strict=True)
    return np.concatenate(found), np.concatenate(labels)


def inks(sketches: tf.data.Dataset) -> np.ndarray:
    """Return the ink of a whole split, float32 [n, points, 3], in the order of `predict`."""
    return np.concatenate([ink.numpy() for ink, _ in sketches])


def report(probabilities: np.ndarray, labels: np.ndarray, classes: list[str]) -> Report:
    """Compare probabilities float32 [n, classes] with the right class_index int64 [n].

    A tie counts against the model, so that a constant answer earns nothing.
    """
    right = np.take_along_axis(probabilities, labels[:, None], axis=1)
    ranks = (~(probabilities < right)).sum(axis=1) - 1  # so does NaN, which is never less
    confusion = np.zeros((len(classes), len(classes)), dtype=np.int64)
    np.add.at(confusion, (labels, probabilities.argmax(axis=1)), 1)
    loss = float(-np.log(np.maximum(right, 1e-7)).mean())
    return Report(classes, loss, ranks, confusion, labels, probabilities.max(axis=1))


def evaluate(model: keras.Model, sketches: tf.data.Dataset, classes: list[str]) -> Report:
    """Evaluate a model on the batches (ink, class_index) of a split."""
    return report(*predict(model, sketches), classes)


def evaluate_predictor(predictor: Predictor, data_folder: str | Path) -> tuple[Report, Report]:
    """Evaluate a model as the pad uses it on the test sketches of a data set.

    Returns a report on the whole sketches, and one on their beginnings, up to half of the points,
    as if the pen had just got there. The data set may have fewer classes than the model, in any
    order. Raises ValueError for one that the model does not know.
    """
    view: dict[str, Any] = {"in_proportion": predictor.in_proportion, "classes": predictor.classes}
    load = functools.partial(dataset.load, data_folder, "test", batch_size=256, **view)
    whole, labels = answers(
        load(max_points=predictor.points, shortened=True), lambda ink: predictor.infer(ink.numpy())
    )
    half, _ = answers(
        load(max_points=None), lambda ink: predictor.probabilities(beginnings(ink.numpy(), 0.5))
    )
    return report(whole, labels, predictor.classes), report(half, labels, predictor.classes)


def beginnings(inks: np.ndarray, share: float) -> list[strokes.Drawing]:
    """Return the first strokes of sketches, up to a share of their points, as drawings in 0..255.

    inks: float32 [n, points, 3], padded and uncropped.
    """
    drawings = (strokes.from_ink(dataset.unpadded(ink)) for ink in inks)
    return [
        [np.rint(stroke * strokes.BOX) for stroke in strokes.beginning(drawing, share)]
        for drawing in drawings
    ]


def uncut(
    predictor: Predictor, data_folder: str | Path, split: str, batch_size: int
) -> tf.data.Dataset:
    """Return batches of a split with all their points, counted as the predictor counts classes."""
    return dataset.load(
        data_folder,
        split,
        batch_size=batch_size,
        max_points=None,
        in_proportion=predictor.in_proportion,
        classes=predictor.classes,
    )


def by_share(
    predictor: Predictor,
    sketches: tf.data.Dataset,
    shares: Sequence[float],
    ask: Callable[[list[strokes.Drawing], float], np.ndarray] | None = None,
) -> list[Report]:
    """Return a report for each share of the points that may be there.

    ask: what is asked about the drawings that a share leaves, None for the model's probabilities.
    """
    ask = ask or (lambda drawings, share: predictor.probabilities(drawings))
    inks, labels = map(np.concatenate, zip(*sketches.as_numpy_iterator(), strict=True))
    return [
        report(ask(beginnings(inks, share), share), labels, predictor.classes)
        for share in tqdm(shares, desc="Evaluate", leave=False)
    ]


def by_group(found: Report, groups: np.ndarray, least: int) -> list[dict[str, str]]:
    """Return a row for each group of sketches, of `least` or more, the largest first.

    groups: str [n], the name of each sketch's group; empty where it is not known.
    """
    names, counts = np.unique(groups, return_counts=True)
    rows = []
    for name, count in sorted(zip(names, counts, strict=True), key=lambda pair: -pair[1]):
        if count >= least:
            ranks = found.ranks[groups == name]
            row = {"group": str(name) or "(the record does not tell)", "sketches": f"{count:,}"}
            rows.append(row | {f"top-{k}": f"{(ranks < k).mean():.1%}" for k in (1, 5)})
    return rows


def milliseconds(predictor: Predictor, repetitions: int = 200) -> float:
    """Return the median time that the model takes for one sketch, on one thread."""
    ink = np.random.default_rng(0).normal(0, 0.1, (1, predictor.points, 3)).astype(np.float32)
    return 1000 * median_seconds(lambda: predictor.infer(ink), repetitions)


def summary(whole: Report, half: Report, predictor: Predictor, model: Path) -> list[str]:
    """Return the lines that say how good, how large and how fast a model is."""
    card, counts = predictor.card, np.bincount(whole.labels)
    lines = [
        f"{card['name']}: {card['architecture']}, {card['parameters']:,} parameters",
        f"{len(whole.ranks):,} test sketches of {len(whole.per_class())} classes, "
        f"{counts[counts > 0].min()} or more of each",
        "",
        f"{'':26}{'every class alike':^18}{'every sketch alike':^18}{'calibration':>12}",
        f"{'':26}{'top-1':>9}{'top-5':>9}{'top-1':>9}{'top-5':>9}{'error':>12}",
    ]
    for name, found in (("whole drawings", whole), ("first half of the points", half)):
        shares = [found.balanced(1), found.balanced(5), found.top(1), found.top(5)]
        lines.append(
            f"{name:26}"
            + "".join(f"{share:9.1%}" for share in shares)
            + f"{found.calibration_error():12.1%}"
        )
    return [
        *lines,
        "",
        f"{model.name}: {model.stat().st_size / 1e6:.2f} MB, "
        f"{milliseconds(predictor):.2f} ms per sketch on one thread of this machine",
    ]
