"""The baseline model to the same accuracy: by its own recipe, and by a faster one.

    .venv/bin/python benchmarks/equal_accuracy.py --source data/raw/simplified

First, as people write it, `compile` and `fit` with SGD 0.01, clipnorm 1.0 and batches of 32, for 2
epochs, on arrays in memory. Then `training.train` with the settings in FASTER, until it knows as
many validation sketches. Larger batches are no faster: how soon that is depends on the steps that
batch normalisation's averages take to settle. Timed is all until then, but for imports and for
loading the arrays. Without a folder of simplified ndjson, doodles are drawn, which are soon learned
by any recipe.
"""

import argparse
import tempfile
import time
from pathlib import Path
from statistics import mean

import numpy as np
from _baselines import model
from _rows import Bench

from sketchlib._shared.backend import keras
from sketchlib.model import training
from sketchlib.records import dataset, layout
from sketchlib.settings import Settings

EPOCHS = 2  # of the baseline's recipe
FASTER = {
    **{"optimizer": "adamw", "learning_rate": 0.003, "clipnorm": 1.0, "batch_size": 32},
    **{"schedule": "cosine", "warmup_steps": 100, "steps_per_epoch": 150, "epochs": 20},
}


class Enough(keras.callbacks.Callback):
    """Ends a training that has reached an accuracy of the validation sketches, and knows when."""

    def __init__(self, accuracy: float):
        super().__init__()
        self.accuracy, self.reached, self.end = accuracy, 0.0, 0.0

    def on_epoch_end(self, epoch, logs=None):
        self.reached, self.end = logs["val_accuracy"], time.perf_counter()
        self.model.stop_training = self.reached >= self.accuracy


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--source", type=Path, help="folder of simplified ndjson")
    parser.add_argument("--drawings", type=int, default=178_000)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    print("| seed | plain recipe | | faster one | | ratio |\n|---|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        bench = Bench(Path(folder), options.drawings, options.source)
        ratios = [row(bench, seed) for seed in range(options.seeds)]
    print(f"\nmean ratio {mean(ratios):.1f}")


def row(bench: Bench, seed: int) -> float:
    """Train both ways, print a line, and return how many times as fast ours is."""
    usual, accuracy = plain(bench.records, seed)
    ours, reached = faster(bench, seed, accuracy)
    ratio = usual / ours if reached >= accuracy else 0.0
    print(
        f"| {seed} | {usual:.0f} s | {accuracy:.1%} | {ours:.0f} s | {reached:.1%} | {ratio:.1f} |",
        flush=True,
    )
    return ratio


def plain(folder: Path, seed: int) -> tuple[float, float]:
    """Train as people would; returns the seconds, and the validation accuracy in the end."""
    sets = [arrays(folder, split) for split in ("training", "validation")]
    begin = time.perf_counter()
    keras.utils.set_random_seed(seed)
    baseline = model(len(layout.read_classes(folder)), keras.optimizers.SGD(0.01, clipnorm=1.0))
    fitted = baseline.fit(*sets[0], 32, EPOCHS, verbose=0, validation_data=sets[1])
    return time.perf_counter() - begin, fitted.history["val_accuracy"][-1]


def arrays(folder: Path, split: str) -> tuple[np.ndarray, np.ndarray]:
    batches = dataset.load(folder, split, batch_size=512).as_numpy_iterator()
    ink, labels = map(np.concatenate, zip(*batches, strict=True))
    return ink, labels


def faster(bench: Bench, seed: int, accuracy: float) -> tuple[float, float]:
    """Train until an accuracy is reached; returns the seconds, and the accuracy."""
    enough = Enough(accuracy)
    with bench.place() as run:
        where = {"source": "tfrecords", "dataset": str(bench.records), "run": str(run)}
        settings = Settings(**where, **FASTER, seed=seed)
        begin = time.perf_counter()
        training.train(settings, verbose=0, callbacks=[enough])
        return enough.end - begin, enough.reached


if __name__ == "__main__":
    main()
