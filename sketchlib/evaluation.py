"""How often a model is right: top-k accuracy, per class, and the classes it mixes up."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from tqdm.auto import tqdm

from sketchlib.backend import keras, tf

MOST_K = 10


@dataclass
class Report:
    """What a model answered on a split.

    classes: the names. loss: mean cross-entropy in nats. ranks: int [n], the place of the right
    class among a sketch's answers, 0 for right. confusion: int [true class, first answer].
    """

    classes: list[str]
    loss: float
    ranks: np.ndarray
    confusion: np.ndarray
    labels: np.ndarray

    def top(self, k: int) -> float:
        """Return top-k accuracy: the share of sketches whose class is among the first k answers."""
        return float((self.ranks < k).mean())

    def per_class(self, k: int = 1) -> dict[str, float]:
        """Return top-k accuracy of each class that has sketches, worst first."""
        counts = np.bincount(self.labels, minlength=len(self.classes))
        right = np.bincount(self.labels[self.ranks < k], minlength=len(self.classes))
        found = {name: right[i] / counts[i] for i, name in enumerate(self.classes) if counts[i]}
        return {name: float(found[name]) for name in sorted(found, key=found.get)}

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

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as plain values for metrics.json."""
        return {
            "sketches": len(self.ranks),
            "loss": round(self.loss, 5),
            "top_k_accuracy": {
                str(k): round(self.top(k), 5) for k in range(1, min(MOST_K, len(self.classes)) + 1)
            },
            "per_class_top_1": {name: round(share, 4) for name, share in self.per_class().items()},
            "most_confused": self.most_confused(),
        }


def predict(model: keras.Model, sketches: tf.data.Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Return probabilities float32 [n, classes] and class_index int64 [n] of a whole split."""
    answer = tf.function(model, reduce_retracing=True)
    answers, labels = [], []
    for ink, class_index in tqdm(sketches, desc="Evaluate", unit=" batches", leave=False):
        answers.append(answer(ink, training=False).numpy())
        labels.append(class_index.numpy())
    if not labels:
        raise ValueError("no sketches to evaluate: the split is empty")
    return np.concatenate(answers), np.concatenate(labels)


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
    return Report(classes, loss, ranks, confusion, labels)


def evaluate(model: keras.Model, sketches: tf.data.Dataset, classes: list[str]) -> Report:
    """Evaluate a model on the batches (ink, class_index) of a split."""
    return report(*predict(model, sketches), classes)
