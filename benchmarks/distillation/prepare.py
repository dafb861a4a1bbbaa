"""Write into one file what `train.py` learns from: drawings, scribbles, weights to start from."""

import argparse
from pathlib import Path

import numpy as np

from sketchlib._shared import files
from sketchlib.drawing import scribbles, strokes
from sketchlib.model import evaluation, models
from sketchlib.predictor import Predictor
from sketchlib.records import dataset

SCRIBBLES = 24_000
STROKES_OF_OTHERS = 12_000  # scribbles made of strokes of different drawings


def row(ink: np.ndarray) -> np.ndarray:
    """Return the points of ink, uint8 [n, 3], shortened if they are too many."""
    ink = strokes.shorten(ink, strokes.MAX_POINTS)
    places = np.concatenate([[[0, 0]], np.cumsum(ink[:, :2].astype(np.float64), axis=0)])
    places = np.rint((places - places.min(axis=0)) * strokes.BOX).clip(0, strokes.BOX)
    lifted = np.append(0, ink[:, 2])
    return np.concatenate([places, lifted[:, None]], axis=1).astype(np.uint8)


def load(predictor: Predictor, folder: str, split: str) -> dict[str, np.ndarray]:
    """Read a split of a data set."""
    rows, labels = [], []
    for inks, class_index in evaluation.uncut(predictor, folder, split, 1000).as_numpy_iterator():
        rows += [row(dataset.unpadded(ink)) for ink in inks]
        labels += class_index.tolist()
    return packed(rows, labels)


def nothing(drawings: dict[str, np.ndarray], seed: int) -> dict[str, np.ndarray]:
    """Return what shows none of the classes: scribbles, and strokes of different drawings."""
    rng = np.random.default_rng(seed)
    drawn = [scribbles.draw(kind, rng) for kind in rng.choice(list(scribbles.KINDS), SCRIBBLES)]
    whole = np.split(drawings["points"], drawings["lengths"].cumsum()[:-1])
    for _ in range(STROKES_OF_OTHERS):
        picked = [
            _stroke(whole[place]) for place in rng.integers(len(whole), size=rng.integers(3, 9))
        ]
        drawn.append([_anywhere(stroke, rng) for stroke in picked])
    rows = [row(strokes.drawing_to_ink(strokes.simplify(drawing), True)) for drawing in drawn]
    return packed(rows, [-1] * len(rows))


def _stroke(points: np.ndarray) -> np.ndarray:
    """Return the longest stroke of a drawing."""
    parts = np.split(points[:, :2].astype(float), np.flatnonzero(points[:, 2]) + 1)
    return max(parts, key=len)


def _anywhere(stroke: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return a stroke elsewhere, in another size."""
    size = max(np.ptp(stroke, axis=0).max(), 1) / rng.uniform(0.2, 1.2)
    return 100 * ((stroke - stroke.mean(axis=0)) / size + rng.uniform(-1, 1, 2))


def packed(rows: list[np.ndarray], labels: list[int]) -> dict[str, np.ndarray]:
    """Return all in three arrays."""
    lengths = np.array([len(row) for row in rows])
    return {"points": np.concatenate(rows), "lengths": lengths, "labels": np.array(labels)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dataset", help="a data set of all 345 classes")
    parser.add_argument("file", type=Path, help="what train.py reads")
    parser.add_argument("--start", default="data/models/quickdraw", help="the model to start from")
    options = parser.parse_args()
    predictor = Predictor.load(options.start)
    model = models.load(Path(options.start) / "model.keras")
    parts = {split: load(predictor, options.dataset, split) for split in ("training", "validation")}
    parts["nothing"] = nothing(parts["training"], seed=77)
    parts["weights"] = {
        f"{layer.name}/{place}": weight
        for layer in model.layers
        for place, weight in enumerate(layer.get_weights())
    }
    with files.replaced(options.file) as temporary, open(temporary, "wb") as file:
        arrays = {f"{a}/{b}": array for a, part in parts.items() for b, array in part.items()}
        np.savez_compressed(file, **arrays)


if __name__ == "__main__":
    main()
