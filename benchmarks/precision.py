"""A training step in float32 and in bfloat16, and which of them `mixed_precision: auto` takes here.

Run it with TF_ENABLE_ONEDNN_OPTS=0 as well, to see a processor that only imitates bfloat16.
"""

import time

import numpy as np

from sketchlib._shared.backend import keras
from sketchlib.drawing import strokes
from sketchlib.model import hardware, models
from sketchlib.settings import Settings

BATCH, CLASSES, TRIES = 128, 345, 10


def milliseconds(name: str, policy: str) -> float:
    """Return the shortest time of a step of a model, of some tries."""
    keras.config.set_dtype_policy(policy)
    model = models.build(name, CLASSES)
    models.compile_model(model, keras.optimizers.AdamW())
    ink = np.random.default_rng(0).normal(0, 0.05, (BATCH, strokes.MAX_POINTS, 3))
    ink[:, :, 2] = 0
    labels = np.arange(BATCH) % CLASSES
    taken = []
    for _ in range(TRIES):
        start = time.perf_counter()
        model.train_on_batch(ink, labels)
        taken.append(time.perf_counter() - start)
    return 1000 * min(taken)


print(f"{hardware.device()}, oneDNN {hardware.onednn()}, batches of {BATCH} sketches")
print(f"a convolution in bfloat16 is {hardware.bfloat16_gain():.2f} times as fast as in float32")
for name in models.ARCHITECTURES:
    single, mixed = (milliseconds(name, policy) for policy in ("float32", "mixed_bfloat16"))
    taken = "bfloat16" if hardware.in_bfloat16(Settings(model=name)) else "float32"
    print(
        f"{name:10} float32 {single:6.0f} ms, bfloat16 {mixed:6.0f} ms "
        f"({single / mixed:.2f} times as fast); auto takes {taken}"
    )
