"""Keras architectures by name: `build("conv_lstm", 345)`."""

from sketchlib.backend import keras

layers = keras.layers

INPUT_POINTS = 100


def build(name: str, num_classes: int, points: int | None = INPUT_POINTS) -> keras.Model:
    """Build a model, ink float32 [b, points, 3] to probabilities [b, num_classes], and compile it.

    It is compiled as the seed is: SGD 0.01 with clipnorm 1.0, sparse categorical cross-entropy,
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


def compile_model(
    model: keras.Model, optimizer: keras.optimizers.Optimizer, jit_compile: bool | str = "auto"
) -> None:
    """Compile with the loss and the metrics that every model here is trained on."""
    model.compile(
        loss="sparse_categorical_crossentropy",
        optimizer=optimizer,
        metrics=[
            "accuracy",
            keras.metrics.SparseTopKCategoricalAccuracy(k=5, name="top_5_accuracy"),
        ],
        jit_compile=jit_compile,
    )


def conv_lstm(num_classes: int, points: int | None) -> keras.Model:
    """Return the seed's model: three strided Conv1D, then two LSTMs; 344,089 parameters at 345.

    100 points become 48, 22 and 10 steps. Keras runs the LSTMs unrolled where it knows the number
    of steps, twice as fast on a CPU.
    """
    inputs = x = keras.Input((points, 3), name="ink")
    for filters, kernel_size in [(32, 5), (64, 5), (128, 3)]:
        x = layers.Conv1D(filters, kernel_size, strides=2, activation="relu")(x)
        x = layers.BatchNormalization()(x)
    unroll = points is not None
    x = layers.LSTM(128, return_sequences=True, unroll=unroll)(x)
    x = layers.LSTM(128, unroll=unroll)(x)
    outputs = layers.Dense(num_classes, activation="softmax", name="probabilities")(x)
    return keras.Model(inputs, outputs, name="conv_lstm")


ARCHITECTURES = {"conv_lstm": conv_lstm}


def with_points(model: keras.Model, points: int | None) -> keras.Model:
    """Return the same model, weights and all, for sketches of another number of points."""
    name, num_classes = model.name, model.output_shape[-1]
    other = build(name, num_classes, points)
    other.set_weights(model.get_weights())
    return other
