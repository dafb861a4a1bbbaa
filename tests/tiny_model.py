"""An architecture for tests that are of training, not of what is trained."""

import keras


def tiny(num_classes: int, points: int | None) -> keras.Model:
    """A model that is trained in no time."""
    inputs = keras.Input((points, 3))
    x = keras.layers.Conv1D(8, 5, activation="relu", name="conv")(inputs)
    x = keras.layers.GlobalAveragePooling1D()(x)
    last = keras.layers.Dense(
        num_classes, activation="softmax", name="probabilities", dtype="float32"
    )
    outputs = last(x)
    return keras.Model(inputs, outputs, name="tiny")
