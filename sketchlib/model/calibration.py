"""Temperature scaling: so that percentages mean what they say.

A model trained to be right is rarely right about how sure it may be. Dividing its logits by one
number, chosen on the validation sketches, leaves the order of its answers as it is and mends that
(Guo et al. 2017, "On Calibration of Modern Neural Networks").
"""

import numpy as np

from sketchlib._shared.backend import keras
from sketchlib.model import models

RANGE = (0.2, 5.0)  # temperatures that are tried
STEPS = 30  # each narrows the range to 0.62 of what it was
GOLDEN = (5**0.5 - 1) / 2


def scaled(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Return probabilities [n, classes] as they are when the logits are divided by temperature."""
    logits = np.log(np.maximum(probabilities.astype(np.float64), 1e-12)) / temperature
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)


def temperature(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Return the temperature with the least cross-entropy, found by golden-section search.

    probabilities: [n, classes] of sketches that the model was not trained on. labels: int [n].
    """

    def loss(logarithm: float) -> float:
        right = scaled(probabilities, np.exp(logarithm))[np.arange(len(labels)), labels]
        return float(-np.log(np.maximum(right, 1e-12)).mean())

    low, high = np.log(RANGE)
    for _ in range(STEPS):
        left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
        if loss(left) < loss(right):
            high = right
        else:
            low = left
    return float(np.exp((low + high) / 2))


def soften(model: keras.Model, temperature: float) -> None:
    """Divide a model's logits by the temperature, in the weights of the layers they come from."""
    for layer in models.last_layers(model):
        layer.set_weights([weight / temperature for weight in layer.get_weights()])
