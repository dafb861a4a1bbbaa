"""The Keras layers that our own models are made of: from ink to positions, to a picture, to a sum.

They hold to operations that LiteRT knows, so that the exported models need nothing else.
"""

from typing import Any

import numpy as np

from sketchlib._shared.backend import keras

ops = keras.ops
HIDDEN = 1e4  # taken from what padding answers, so that it never is the maximum
CHANNELS = ("ink", "line, cos 2a", "line, sin 2a", "pen, cos a", "pen, sin a", "when")
SHORTEST = 1e-6  # length of a step that is drawn nevertheless


@keras.saving.register_keras_serializable("sketchlib")
class PenPath(keras.layers.Layer):
    """Recover the pen's path from ink float32 [b, p, 3], which holds only its steps.

    Returns a dict. start, end and step float32 [b, p, 2]: of each step, scaled until the longer
    side of the sketch is 1 and centred at 0. lift [b, p]: 1 where a stroke ends. drawn [b, p]: 1
    where the step leaves ink, 0 between strokes. real [b, p]: 0 for padding.
    """

    def call(self, ink: Any) -> dict[str, Any]:
        """Return the path of padded ink."""
        used = ops.cast(ops.any(ink != 0, axis=2), "float32")
        later = ops.flip(ops.cumsum(ops.flip(used, 1), 1), 1)
        first = ops.ones_like(used[:, :1])  # even a lone dot is a step
        real = ops.concatenate([first, ops.cast(later[:, 1:] > 0, "float32")], 1)
        step, lift = ink[:, :, :2], ink[:, :, 2]
        end = ops.cumsum(step, axis=1)  # padding stays where the pen was
        low = ops.minimum(ops.min(end, axis=1, keepdims=True), 0.0)
        high = ops.maximum(ops.max(end, axis=1, keepdims=True), 0.0)
        size = ops.maximum(ops.max(high - low, axis=2, keepdims=True), 1e-3)
        end, step = (end - (low + high) / 2) / size, step / size
        lifted_before = ops.concatenate([0 * first, lift[:, :-1]], 1)
        drawn = real * (1 - lifted_before)
        return {
            "start": end - step,
            "end": end,
            "step": step,
            "lift": lift,
            "drawn": drawn,
            "real": real,
        }


@keras.saving.register_keras_serializable("sketchlib")
class PathFeatures(keras.layers.Layer):
    """Say of each step of a path, float32 [b, p, 12], all in numbers of the same size.

    The step, its direction, where it ends and starts, whether the pen lifts after it, whether it is
    drawn and real, and how many there were before.
    """

    def call(self, path: dict[str, Any]) -> Any:
        """Return the features of a `PenPath`."""
        step, real = path["step"], path["real"][..., None]
        length = ops.sqrt(ops.sum(step * step, axis=-1, keepdims=True) + 1e-12)
        heading = step / ops.maximum(length, 1e-4)
        count = ops.cumsum(real, axis=1) / 50
        flags = [path["lift"][..., None], path["drawn"][..., None], real, count * real]
        places = [2 * path["end"] * real, 2 * path["start"] * real]
        return ops.concatenate([4 * step, heading, *places, *flags], -1)


@keras.saving.register_keras_serializable("sketchlib")
class DrawPicture(keras.layers.Layer):
    """Draw the pen's path as a picture float32 [b, size, size, 6].

    Channels: ink (0 to 1), and where there is ink the direction of the line (as cos and sin of the
    doubled angle, the same for both ways along it), of the pen (cos, sin), and when it came (0 to
    1). The path is sampled at equal distances; each sample is shared out among the four pixels
    around it, which is one matrix product: rows times columns.
    """

    def __init__(self, size: int, samples: int = 256, **keywords: Any):
        super().__init__(**keywords)
        self.size, self.samples = size, samples

    def call(self, path: dict[str, Any]) -> Any:
        """Return the picture of a `PenPath`."""
        time = ((np.arange(self.samples) + 0.5) / self.samples).astype(np.float32)
        position, heading, length = self._sample(path, time)
        margin = 0.04 * self.size
        pixel = (position + 0.5) * (self.size - 1 - 2 * margin) + margin
        share = ops.relu(1 - ops.abs(pixel[..., None] - np.arange(self.size, dtype=np.float32)))
        x, y = heading[:, :, :1], heading[:, :, 1:]
        when = ops.broadcast_to(time[None, :, None], ops.shape(x))
        told = ops.concatenate([ops.ones_like(x), x * x - y * y, 2 * x * y, x, y, when], -1)
        told = told * length[:, :, None] * (self.size / self.samples)  # ink per sample
        columns = share[:, :, 0, :, None] * told[:, :, None, :]
        columns = ops.reshape(columns, (-1, self.samples, self.size * 6))
        rows = ops.transpose(share[:, :, 1], (0, 2, 1))
        picture = ops.reshape(ops.matmul(rows, columns), (-1, self.size, self.size, 6))
        ink = picture[..., :1]
        rest = picture[..., 1:] / ops.maximum(ink, 1.0)
        return ops.concatenate([ops.minimum(ink, 1.0), rest], -1)

    def _sample(self, path: dict[str, Any], time: np.ndarray) -> tuple[Any, Any, Any]:
        """Return position and unit heading [b, n, 2] at shares of the drawn length, [b, 1].

        How much of each step lies behind a sample is a matrix; its product with the steps adds
        them up.
        """
        step, drawn = path["step"], path["drawn"]
        length = ops.sqrt(ops.sum(step * step, axis=-1) + SHORTEST**2) * drawn
        until = ops.cumsum(length, axis=1)
        total = ops.maximum(until[:, -1:], 1e-3)
        gone = (time[None, :] * total)[:, :, None] - (until - length)[:, None, :]
        behind = ops.clip(gone / ops.maximum(length, SHORTEST)[:, None, :], 0.0, 1.0)
        position = path["start"][:, :1] + ops.matmul(behind, step)
        within = ops.cast(behind > 0, "float32") * ops.cast(behind < 1, "float32")
        heading = step * (drawn / ops.maximum(length, SHORTEST))[..., None]
        return position, ops.matmul(within, heading), total

    def get_config(self) -> dict[str, Any]:
        """Return what the layer was made with."""
        return {**super().get_config(), "size": self.size, "samples": self.samples}


@keras.saving.register_keras_serializable("sketchlib")
class Summary(keras.layers.Layer):
    """Sum up steps [b, s, f] as [b, 2 f]: an average that attends to some more than to others, and
    the maximum. real [b, s] is 0 for padding, which counts for nothing.
    """

    def build(self, shapes: Any) -> None:
        """Make the weights of the attention."""
        self.attention = keras.layers.Dense(1, dtype=self.dtype_policy)
        self.attention.build(shapes[0])

    def call(self, inputs: list[Any]) -> Any:
        """Return the summary of [steps, real]."""
        steps, real = inputs
        hidden = (1 - real) * HIDDEN
        weights = ops.softmax(self.attention(steps)[..., 0] - hidden, axis=1)
        average = ops.sum(steps * weights[..., None], axis=1)
        return ops.concatenate([average, ops.max(steps - hidden[..., None], axis=1)], -1)
