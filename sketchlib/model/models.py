"""Keras architectures by name: `build("conv_lstm", 345)`."""

import io
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import h5py  # type: ignore[import-untyped]
import numpy as np

from sketchlib._shared.backend import keras, tf
from sketchlib.drawing.strokes import MAX_POINTS
from sketchlib.model.layers import DrawPicture, PathFeatures, PenPath, Summary

layers = keras.layers

MOST_BYTES = 1 << 30  # of a saved model, unpacked: a hundred times what ours have
PER_CLASS = ("logits", "probabilities")  # how the names of layers end that have a row per class


def build(name: str, num_classes: int, points: int | None = MAX_POINTS) -> keras.Model:
    """Build a model, ink float32 [b, points, 3] to probabilities [b, num_classes], and compile it.

    It is compiled as the baseline is: SGD 0.01 with clipnorm 1.0, sparse categorical cross-entropy,
    accuracy and top-5. points: None takes sketches of any length, of 21 points or more; the weights
    are the same. Raises ValueError for an unknown name or fewer than two classes.
    """
    if name not in ARCHITECTURES:
        raise ValueError(f"unknown model {name!r}: it must be one of {', '.join(ARCHITECTURES)}")
    if num_classes < 2:
        raise ValueError(f"num_classes is {num_classes}: a classifier needs at least 2 classes")
    model = ARCHITECTURES[name](num_classes, points)
    compile_model(model, keras.optimizers.SGD(learning_rate=0.01, clipnorm=1.0))
    return model


def load(path: str | Path) -> keras.Model:
    """Load a saved model, as model.keras, whose layers may be those of `layers`.

    Raises FileNotFoundError if there is none, ValueError if it is damaged, would run code or fill
    the memory, or is none.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f"{path} is missing: restore it, or train or export it anew")
    try:
        _check_size(path)
        return keras.models.load_model(path)
    except Exception as error:  # what a damaged or hostile file makes of Keras is any
        why = " ".join(str(error).split())[:200]
        raise ValueError(
            f"{path} cannot be loaded as a model ({type(error).__name__}: {why}): restore it, or "
            "train or export it anew"
        ) from error


def _check_size(path: str | Path) -> None:
    """Raise ValueError for a saved model that is damaged, or larger than any should be."""
    with zipfile.ZipFile(path) as archive:
        _check_sum(part.file_size for part in archive.infolist())
        if damaged := archive.testzip():
            raise ValueError(f"{damaged} in it is damaged")
        sizes: list[int] = []
        with h5py.File(io.BytesIO(archive.read("model.weights.h5"))) as weights:
            # They may be compressed once more.
            weights.visititems(lambda name, part: sizes.append(getattr(part, "nbytes", 0)))
        _check_sum(sizes)


def _check_sum(sizes: Iterable[int]) -> None:
    size = sum(sizes)
    if size > MOST_BYTES:
        raise ValueError(f"it would take {size:,} bytes, and {MOST_BYTES:,} are the most")


def compile_model(
    model: keras.Model,
    optimizer: keras.optimizers.Optimizer,
    jit_compile: bool | str = "auto",
    label_smoothing: float = 0.0,
) -> None:
    """Compile with the loss and the metrics that every model here is trained on."""
    model.compile(
        loss=loss(label_smoothing),
        optimizer=optimizer,
        metrics=[
            "accuracy",
            keras.metrics.SparseTopKCategoricalAccuracy(k=5, name="top_5_accuracy"),
        ],
        jit_compile=jit_compile,
    )


def loss(label_smoothing: float = 0.0) -> "str | SmoothedCrossentropy":
    """Return sparse categorical cross-entropy, smoothed or as Keras knows it by name."""
    if label_smoothing:
        return SmoothedCrossentropy(label_smoothing)
    return "sparse_categorical_crossentropy"


@keras.saving.register_keras_serializable("sketchlib")
class SmoothedCrossentropy(keras.losses.Loss):
    """Sparse categorical cross-entropy that gives a share of the certainty to all classes alike."""

    def __init__(self, smoothing: float, **keywords: Any):
        super().__init__(**keywords)
        self.smoothing = smoothing

    def call(self, class_index: Any, probabilities: Any) -> Any:
        """Return the loss of each sketch."""
        labels = keras.ops.one_hot(class_index, probabilities.shape[-1])
        return keras.losses.categorical_crossentropy(
            labels, probabilities, label_smoothing=self.smoothing
        )

    def get_config(self) -> dict[str, Any]:
        """Return what the loss was made with."""
        return {**super().get_config(), "smoothing": self.smoothing}


def conv_lstm(num_classes: int, points: int | None) -> keras.Model:
    """Return the baseline: three strided Conv1D, then two LSTMs; 344,089 parameters at 345.

    100 points become 48, 22 and 10 steps. The LSTMs are unrolled where the number of steps is
    known: on a CPU that is as fast as a loop (`benchmarks/compilation.py`).
    """
    inputs = x = keras.Input((points, 3), name="ink")
    for filters, kernel_size in [(32, 5), (64, 5), (128, 3)]:
        name = f"conv_{filters}"
        x = layers.Conv1D(filters, kernel_size, strides=2, activation="relu", name=name)(x)
        x = _normalised(x, name, momentum=0.99)
    unroll = points is not None
    x = layers.LSTM(128, return_sequences=True, unroll=unroll, name="lstm_1")(x)
    x = layers.LSTM(128, unroll=unroll, name="lstm_2")(x)
    outputs = _probabilities(x, num_classes)
    return keras.Model(inputs, outputs, name="conv_lstm")


def bigru(num_classes: int, points: int | None) -> keras.Model:
    """Return the field's usual baseline: two bidirectional GRUs, over the steps of one Conv1D."""
    inputs = keras.Input((points, 3), name="ink")
    x = layers.Conv1D(64, 5, strides=2, padding="same", activation="relu", name="conv")(inputs)
    unroll = points is not None
    first = layers.GRU(128, return_sequences=True, unroll=unroll)
    x = layers.Bidirectional(first, name="gru_1")(x)
    x = layers.Bidirectional(layers.GRU(128, unroll=unroll), name="gru_2")(x)
    outputs = _probabilities(x, num_classes)
    return keras.Model(inputs, outputs, name="bigru")


def strokes(num_classes: int, points: int | None) -> keras.Model:
    """Return a convolutional model of the pen's path: where it is, goes and lifts."""
    inputs = keras.Input((points, 3), name="ink")
    return _answering("strokes", inputs, _strokes_logits(inputs, num_classes))


def picture(num_classes: int, points: int | None) -> keras.Model:
    """Return a convolutional model of the picture that the ink makes, drawn inside the model."""
    inputs = keras.Input((points, 3), name="ink")
    return _answering("picture", inputs, _picture_logits(inputs, num_classes))


def fusion(num_classes: int, points: int | None) -> keras.Model:
    """Return `strokes` and `picture` in one: the logits of both, averaged.

    It may start from the two, trained apart: its layers have the names of theirs.
    """
    inputs = keras.Input((points, 3), name="ink")
    logits = [_strokes_logits(inputs, num_classes), _picture_logits(inputs, num_classes)]
    return _answering("fusion", inputs, layers.Average(name="average")(logits))


def _probabilities(x: Any, num_classes: int) -> Any:
    """End a model with one dense layer, in float32 whatever the rest computes with."""
    dense = layers.Dense(num_classes, activation="softmax", name="probabilities", dtype="float32")
    return dense(x)


def _answering(name: str, inputs: Any, logits: Any) -> keras.Model:
    outputs = layers.Softmax(name="probabilities", dtype="float32")(logits)
    return keras.Model(inputs, outputs, name=name)


def _strokes_logits(ink: Any, num_classes: int) -> Any:
    """Convolve along the path, in 100 steps, then 50 and 25; returns logits."""
    path = PenPath(name="strokes_path", dtype="float32")(ink)
    x, real = PathFeatures(name="strokes_features", dtype="float32")(path), path["real"]
    for filters, kernel, strides in [(48, 5, 1), (112, 3, 2), (224, 3, 2)]:
        name = f"strokes_{filters}"
        x = _convolution(layers.Conv1D, x, filters, 5, strides, name)
        x = _residual(layers.Conv1D, x, filters, kernel, name)
        real = real[:, ::strides]
    return _head(Summary(name="strokes_summary")([x, real]), num_classes, "strokes")


def _picture_logits(ink: Any, num_classes: int) -> Any:
    """Convolve over the picture, 32 pixels a side, then 16, 8, 4 and 2; returns logits."""
    path = PenPath(name="picture_path", dtype="float32")(ink)
    x = DrawPicture(32, name="picture", dtype="float32")(path)
    x = _convolution(layers.Conv2D, x, 48, 5, 2, "picture_48")
    for filters in (64, 112, 192):
        x = _convolution(layers.Conv2D, x, filters, 3, 2, f"picture_{filters}")
        x = _residual(layers.Conv2D, x, filters, 3, f"picture_{filters}")
    x = layers.Concatenate()([layers.GlobalAveragePooling2D()(x), layers.GlobalMaxPooling2D()(x)])
    return _head(x, num_classes, "picture")


def _convolution(kind: type, x: Any, filters: int, kernel: int, strides: int, name: str) -> Any:
    x = kind(filters, kernel, strides=strides, padding="same", use_bias=False, name=name)(x)
    return layers.ReLU()(_normalised(x, name))


def _residual(kind: type, x: Any, filters: int, kernel: int, name: str) -> Any:
    """Add to x what two convolutions make of it."""
    y = _convolution(kind, x, filters, kernel, 1, f"{name}_inner")
    y = kind(filters, kernel, padding="same", use_bias=False, name=f"{name}_outer")(y)
    return layers.ReLU()(layers.Add()([x, _normalised(y, f"{name}_outer")]))


def _head(x: Any, num_classes: int, name: str) -> Any:
    """Weigh up what was found; returns logits."""
    x = layers.Dense(512, use_bias=False, name=f"{name}_dense")(layers.Dropout(0.2)(x))
    x = layers.ReLU()(_normalised(x, f"{name}_dense"))
    return layers.Dense(num_classes, name=f"{name}_logits")(layers.Dropout(0.2)(x))


def _normalised(x: Any, name: str, momentum: float = 0.97) -> Any:
    """Normalise over batches, and over all of one where several devices share it."""
    shared = tf.distribute.get_strategy().num_replicas_in_sync > 1
    name = f"{name}_normalised"
    return layers.BatchNormalization(momentum=momentum, synchronized=shared, name=name)(x)


ARCHITECTURES = {
    architecture.__name__: architecture
    for architecture in (conv_lstm, bigru, strokes, picture, fusion)
}


def with_points(model: keras.Model, points: int | None) -> keras.Model:
    """Return the same model, weights and all, for sketches of another number of points."""
    name, num_classes = model.name, model.output_shape[-1]
    other = build(name, num_classes, points)
    other.set_weights(model.get_weights())
    return other


def inherit(
    model: keras.Model, classes: list[str], donors: Sequence[tuple[keras.Model, list[str]]]
) -> list[str]:
    """Give a model the weights of trained donors' layers; returns the names of its own.

    donors: models, each with its classes. Between models of one architecture it is layer by layer,
    else only layers of the same name. What is per class goes to the class of the same name; classes
    that no donor knows keep the weights they have. What several donors have, it gets the mean of:
    where they set out from the same weights, that is often better than any of them (Wortsman et al.
    2022, "Model soups"). Raises ValueError for a donor without a like layer.
    """
    given = defaultdict(list)
    for donor, known in donors:
        pairs = _alike(model, donor)
        if not pairs:
            raise ValueError(f"{donor.name} has no layer that {model.name} could start from")
        both = [name for name in classes if name in known]
        rows = [[side.index(name) for name in both] for side in (classes, known)]
        for own, layer in pairs:
            places = rows if own.name.endswith(PER_CLASS) else [slice(None)] * 2
            given[own.name].append((layer.get_weights(), *places))
    for name, gifts in given.items():
        layer = model.get_layer(name)
        layer.set_weights([_mean(i, old, gifts) for i, old in enumerate(layer.get_weights())])
    return list(given)


def _mean(place: int, old: np.ndarray, gifts: list[tuple]) -> np.ndarray:
    """Return the mean of what donors gave for a layer's weight, and the old where none did.

    place: the weight's among the layer's. gifts: the weights of a donor's layer, where in the last
    axis of the old they go, and where they are.
    """
    total, times = np.zeros_like(old), np.zeros_like(old)
    for weights, mine, theirs in gifts:
        total[..., mine] += weights[place][..., theirs]
        times[..., mine] += 1
    return np.where(times > 0, total / np.maximum(times, 1), old)


def _alike(model: keras.Model, donor: keras.Model) -> list[tuple[keras.Layer, keras.Layer]]:
    """Return the layers of a model that have weights, each with its like of the donor's."""
    mine, theirs = ([layer for layer in each.layers if layer.weights] for each in (model, donor))
    if model.name == donor.name:  # its layers may have had other names when it was saved
        return list(zip(mine, theirs, strict=True))
    named = {layer.name: layer for layer in theirs}
    return [(layer, named[layer.name]) for layer in mine if layer.name in named]


def last_layers(model: keras.Model) -> list[keras.Layer]:
    """Return the layers that have a row of weights per class."""
    return [layer for layer in model.layers if layer.weights and layer.name.endswith(PER_CLASS)]
