"""How often a model is right: top-k accuracy, per class, and the classes it mixes up.

`python -m sketchlib.evaluation data/models/quickdraw data/tfrecords/quickdraw` evaluates a model
folder, as the pad uses it, on a data set's test sketches.
"""

import argparse
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
from tqdm.auto import tqdm

from sketchlib import dataset, shards
from sketchlib.backend import keras, tf
from sketchlib.predictor import Predictor

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


def evaluate_folder(model_folder: str, data_folder: str) -> Report:
    """Evaluate a model folder's LiteRT model on the test sketches of a data set.

    The data set may have fewer classes than the model, in any order. Raises ValueError for one
    that the model does not know.
    """
    predictor, names = Predictor.load(model_folder), shards.read_classes(data_folder)
    if unknown := sorted(set(names) - set(predictor.classes)):
        raise ValueError(f"{model_folder} does not know {', '.join(unknown)} of {data_folder}")
    index = np.array([predictor.classes.index(name) for name in names])
    batches = [
        (predictor.infer(ink.numpy()), index[class_index.numpy()])
        for ink, class_index in tqdm(dataset.load(data_folder, "test", batch_size=256), leave=False)
    ]
    answers, labels = map(np.concatenate, zip(*batches, strict=True))
    return report(answers, labels, predictor.classes)


def main() -> None:
    """Evaluate a model folder from the command line."""
    parser = argparse.ArgumentParser(description="Evaluate a model folder on test sketches.")
    parser.add_argument("model", help="a model folder, as data/models/quickdraw")
    parser.add_argument("dataset", help="a folder of TFRecords, as data/tfrecords/quickdraw")
    options = parser.parse_args()
    try:
        found = evaluate_folder(options.model, options.dataset)
    except (OSError, ValueError) as error:
        sys.exit(str(error))
    print(f"{len(found.ranks):,} test sketches of {len(found.per_class())} classes")
    for k in (1, 3, 5):
        print(f"top-{k} {found.top(k):6.1%}   every class counted alike {found.balanced(k):6.1%}")


if __name__ == "__main__":
    main()
