"""A training step of the baseline: with XLA and without, its LSTMs unrolled and as a loop.

    .venv/bin/python benchmarks/compilation.py

Each way trains the same model on the same sketches, in turns; the losses tell that it is the same
training. The first step, which compiles, is told apart. `plain` is what `compile` and `fit` do.
"""

import argparse
from statistics import median

import numpy as np
from _rows import Clock

from sketchlib._shared.backend import keras
from sketchlib.model import models

CLASSES, BATCH, STEPS = 345, 32, 400
WAYS = {  # name: unrolled, with XLA
    "plain": (False, False),
    "unrolled": (True, False),
    "XLA": (False, True),
    "unrolled, XLA": (True, True),
}


def trained(unrolled: bool, with_xla: bool, sketches: np.ndarray, labels: np.ndarray) -> tuple:
    """Train a new model one way for two epochs; returns what was timed, and the last loss."""
    keras.utils.set_random_seed(0)
    model, clock = models.build("conv_lstm", CLASSES), Clock()
    for name in ("lstm_1", "lstm_2"):
        model.get_layer(name).unroll = unrolled
    models.compile_model(model, keras.optimizers.SGD(0.01, clipnorm=1.0), with_xla)
    fitted = model.fit(sketches, labels, BATCH, epochs=2, verbose=0, callbacks=[clock])
    return clock, fitted.history["loss"][-1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turns", type=int, default=3)
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    sketches = rng.normal(0, 0.1, (STEPS * BATCH, 100, 3)).astype(np.float32)
    labels = rng.integers(CLASSES, size=len(sketches))
    turns = [
        {name: trained(*way, sketches, labels) for name, way in WAYS.items()}
        for _ in range(options.turns)
    ]
    print("| way | steps/s | times plain | first step | loss |\n|---|---|---|---|---|")
    for name in WAYS:
        clock, loss = turns[0][name]
        rates = [turn[name][0].rate for turn in turns]
        ratios = [turn[name][0].rate / turn["plain"][0].rate for turn in turns]
        print(
            f"| {name} | {median(rates):.0f} | {median(ratios):.2f} "
            f"({min(ratios):.2f} to {max(ratios):.2f}) "
            f"| {clock.first:.1f} s | {loss:.4f} |"
        )


if __name__ == "__main__":
    main()
