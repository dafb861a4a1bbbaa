"""What this computer trains on, and how it is fast: found out at run time, not assumed."""

import functools
import os
import random
import time

import numpy as np

from sketchlib._shared.backend import keras, tf
from sketchlib.settings import Settings

RECURRENT = ("conv_lstm", "bigru")  # step after step, too small for bfloat16 to help
# So many times as fast as in float32 must a convolution be: where it is 1.6 times (AVX512-BF16),
# whole models gain a tenth or nothing, and bfloat16 also rounds.
WORTH_IT = 2.0
TRIES = 10
FEWEST_STEPS = 5_000  # fewer are done before XLA, which has to compile the model, is tried out


def strategy() -> tf.distribute.Strategy:
    """Return how to train on the devices that TensorFlow has: each GPU gets its share of a batch.

    So does each logical CPU, where there are several; one device is used as ever. A model and its
    optimiser are made in the strategy's scope, and then fitted as usual.
    """
    for kind in ("GPU", "CPU"):
        devices = [device.name for device in tf.config.list_logical_devices(kind)]
        if len(devices) > 1:
            return tf.distribute.MirroredStrategy(devices)
        if devices:
            break
    return tf.distribute.get_strategy()


def with_xla(settings: Settings, model: keras.Model, steps: int) -> bool:
    """Whether to train a model with XLA for so many steps, as it is set or found out.

    It is tried on a copy of the model, and taken where it is ready sooner, compiling included.
    """
    if settings.jit_compile != "auto":
        return settings.jit_compile
    if steps < FEWEST_STEPS:
        return False
    before = random.getstate()  # a copy's seeds come from there, and the model's shall not change
    try:
        _, usual = _step_seconds(model, settings.batch_size, jit_compile=False)
        compiling, fast = _step_seconds(model, settings.batch_size, jit_compile=True)
    except (tf.errors.OpError, RuntimeError):  # there are builds without it
        return False
    finally:
        random.setstate(before)
    taken = compiling + steps * fast < steps * usual
    use = "so it is used" if taken else "so it is not used"
    print(f"With XLA a training step takes {fast / usual:.0%} of the time here, {use}.")
    return taken


def _step_seconds(model: keras.Model, batch_size: int, jit_compile: bool) -> tuple[float, float]:
    """Return how long a copy of a model takes for its first training step, and then for one."""
    copy = keras.models.clone_model(model)
    copy.compile("sgd", "sparse_categorical_crossentropy", jit_compile=jit_compile)
    sketches = np.zeros((batch_size, *model.input_shape[1:]), dtype=np.float32)
    labels, taken = np.zeros(batch_size, dtype=np.int64), []
    for _ in range(1 + TRIES):
        start = time.perf_counter()
        copy.train_on_batch(sketches, labels)
        taken.append(time.perf_counter() - start)
    return taken[0], min(taken[1:])


def in_bfloat16(settings: Settings) -> bool:
    """Whether these settings train in mixed precision on this computer."""
    if settings.mixed_precision == "auto":
        return settings.model not in RECURRENT and bfloat16_gain() >= WORTH_IT
    return settings.mixed_precision


def sentence(settings: Settings) -> str:
    """Say what these settings train on, and in which precision."""
    if settings.mixed_precision != "auto":
        why = "as set"
    elif settings.model in RECURRENT:
        why = f"{settings.model} gains nothing from bfloat16"
    else:
        why = f"a convolution in bfloat16 is {bfloat16_gain():.1f} times as fast here"
    return f"{device()}, in {'bfloat16' if in_bfloat16(settings) else 'float32'} ({why})"


def device() -> str:
    """Name the GPUs that TensorFlow found, or else the CPU with its number of cores."""
    gpus = tf.config.list_physical_devices("GPU")
    if not gpus:
        return f"CPU with {cores()} core{'s' * (cores() > 1)}"
    names = [tf.config.experimental.get_device_details(gpu).get("device_name", "?") for gpu in gpus]
    return f"GPU: {', '.join(names)}"


def onednn() -> str:
    """Say whether TensorFlow computes with oneDNN: on some processors only, if nothing is set.

    With and without it, results differ in their last digits, and some errors in their type.
    """
    try:
        from tensorflow.python.util import _pywrap_util_port as port

        return "on" if port.IsMklEnabled() else "off"
    except (ImportError, AttributeError):  # TensorFlow says it nowhere else
        return "unknown"


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):  # on Linux, where a process may be given some of them
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@functools.cache
def bfloat16_gain() -> float:
    """Return how many times as fast as float32 a convolution learns in bfloat16, tried out.

    It is 0.05 to 0.6 where a processor only imitates it. Which do depends on the processor,
    TensorFlow's build and its settings, so a list would be wrong somewhere; trying takes a second.
    """
    return _seconds(tf.float32) / _seconds(tf.bfloat16)


def _seconds(dtype: tf.DType) -> float:
    """Return the shortest time that the gradient of a convolution takes, of some tries."""
    images = tf.random.stateless_normal((32, 16, 16, 64), seed=(0, 0))
    kernel = tf.random.stateless_normal((3, 3, 64, 64), seed=(0, 1))

    @tf.function
    def gradient() -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch(kernel)
            answer = tf.nn.conv2d(tf.cast(images, dtype), tf.cast(kernel, dtype), 1, "SAME")
            total = tf.reduce_sum(tf.cast(answer, tf.float32))
        return tape.gradient(total, kernel)

    gradient()  # traces it
    taken = []
    for _ in range(TRIES):
        start = time.perf_counter()
        gradient().numpy()
        taken.append(time.perf_counter() - start)
    return min(taken)
