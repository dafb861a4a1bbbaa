"""One drawing answered: the predictor that the pad uses, beside Keras' usual ways.

Prints the median of 200 calls each, taken in turns, and how many times slower than the predictor.
"""

import time

import numpy as np

from sketchlib._shared.backend import tf
from sketchlib.drawing import doodles, strokes
from sketchlib.model import models
from sketchlib.predictor import SHIPPED, Predictor

CALLS = 200


def main() -> None:
    predictor, model = Predictor.load(), models.load(SHIPPED / "model.keras")
    drawing = doodles.draw("house", np.random.default_rng(0))
    ink = np.zeros((1, 100, 3), np.float32)
    points = strokes.drawing_to_ink(drawing)
    ink[0, : len(points)] = points
    compiled = tf.function(model, jit_compile=True)
    ways = {
        "predictor, strokes to top 5": lambda: predictor.top_k(drawing),
        "tf.function with XLA, ink": lambda: compiled(ink, training=False).numpy(),
        "predict_on_batch, ink": lambda: model.predict_on_batch(ink),
        "model.predict, ink": lambda: model.predict(ink, verbose=0),
    }
    seconds = {name: [] for name in ways}
    for turn in range(CALLS + 5):
        for name, way in ways.items():
            start = time.perf_counter()
            way()
            if turn >= 5:
                seconds[name].append(time.perf_counter() - start)
    base = np.median(seconds["predictor, strokes to top 5"])
    for name, times in seconds.items():
        print(f"{name:32}{1e3 * np.median(times):8.2f} ms{np.median(times) / base:8.1f} x")


if __name__ == "__main__":
    main()
