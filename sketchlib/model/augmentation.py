"""Sketches as another hand, or the same one on another day, might have drawn them.

All of it works on whole batches of padded ink inside the tf.data graph, and differs at every pass.
"""

import math

from sketchlib._shared.backend import tf
from sketchlib.settings import Variation


class Augmentation:
    """Rearranges, thins, cuts short, mirrors, stretches, turns, slants and wobbles sketches.

    variation: how much of each. in_proportion: the sketches are, so that only the longer axis of
    the result fills its unit box, not both. seed: where the random numbers start; they go on from
    call to call, so that no two passes are alike, unless a call is told its number.
    """

    def __init__(
        self, variation: Variation | None = None, in_proportion: bool = False, seed: int = 0
    ):
        self.variation = variation or Variation()
        self.in_proportion = in_proportion
        self.seed = seed
        self.random = tf.random.Generator.from_seed(seed)

    @tf.autograph.experimental.do_not_convert  # it takes seconds, and there is nothing to convert
    def __call__(self, ink: tf.Tensor, number: tf.Tensor | None = None) -> tf.Tensor:
        """Change sketches, float32 [b, points, 3], padded with zeros, as they are returned.

        number: int64, of a batch; seed and number alone decide what is done to it.
        """
        if number is not None:
            self.random.reset_from_key_counter(self.seed, tf.stack([tf.zeros_like(number), number]))
        points, lifted, drawn = self._rearrange(*_positions(ink))
        points += self._misplacement(points, lifted)
        points = tf.matmul(points, self._affine(tf.shape(ink)[0]), transpose_b=True)
        return _ink(*self._thin(points, lifted, drawn), self.in_proportion)

    def _rearrange(
        self, points: tf.Tensor, lifted: tf.Tensor, drawn: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Draw some strokes from their other end, and the strokes of some sketches in any order."""
        count, width = tf.unstack(tf.shape(drawn))
        place = tf.repeat(tf.range(width)[None], count, axis=0)
        last = tf.reduce_max(tf.where(drawn, place, 0), axis=1, keepdims=True)
        lifted |= place == last  # where the end was cropped
        drawn = place <= last  # also a point on the one before it, which padding looks like
        stroke = tf.where(drawn, _stroke(lifted), width)  # the padding is the last of them
        first, after = (tf.searchsorted(stroke, stroke, side) for side in ("left", "right"))
        backwards = self._chance([count, width + 1], self.variation.reversed)
        backwards = tf.gather(backwards, stroke, batch_dims=1) & drawn
        points = tf.gather(
            points, tf.where(backwards, first + after - 1 - place, place), batch_dims=1
        )
        any_order = tf.gather(self.random.uniform([count, width + 1]), stroke, batch_dims=1)
        shuffled = self._chance([count, 1], self.variation.reordered) & drawn
        order = tf.argsort(
            tf.where(shuffled, any_order, tf.cast(stroke, tf.float32)), axis=1, stable=True
        )
        return tuple(tf.gather(part, order, batch_dims=1) for part in (points, lifted, drawn))

    def _misplacement(self, points: tf.Tensor, lifted: tf.Tensor) -> tf.Tensor:
        """Return how far each point is off: some for the whole stroke, and a little for itself."""
        strokes = self.random.normal(tf.shape(points), stddev=self.variation.shift)
        own = self.random.normal(tf.shape(points), stddev=self.variation.wobble)
        return tf.gather(strokes, _stroke(lifted), batch_dims=1) + own

    def _affine(self, count: tf.Tensor) -> tf.Tensor:
        """Return matrices [count, 2, 2] that mirror, stretch and slant, and then turn."""
        most = (self.variation.turn, self.variation.slant, self.variation.stretch)
        angle, slant, stretch = (self.random.uniform([count], -m, m) for m in most)
        wider, zero = tf.exp(stretch), tf.zeros(count)
        side = tf.where(self._chance([count], self.variation.mirrored), -1.0, 1.0)
        turn = tf.stack([tf.cos(angle), -tf.sin(angle), tf.sin(angle), tf.cos(angle)], axis=1)
        shape = tf.stack([side * wider, slant, zero, 1 / wider], axis=1)
        return tf.reshape(turn, [-1, 2, 2]) @ tf.reshape(shape, [-1, 2, 2])

    def _thin(
        self, points: tf.Tensor, lifted: tf.Tensor, drawn: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Leave out points, strokes, and the ends of some sketches; what is kept moves up."""
        shape = tf.shape(drawn)
        stroke, place = _stroke(lifted), tf.range(shape[1])[None]
        forgotten = self._chance(shape, self.variation.forgotten)
        forgotten = tf.gather(forgotten, stroke, batch_dims=1) & (stroke > 0)
        rate = self.random.uniform([shape[0], 1], 0.0, 2 * self.variation.dropped)
        dropped = self._chance(shape, rate) & ~lifted & (place > 0)
        share = self.random.uniform([shape[0], 1], self.variation.shortest, 1.0)
        ended = self._chance([shape[0], 1], self.variation.unfinished)
        length = tf.math.count_nonzero(drawn, axis=1, keepdims=True, dtype=tf.float32)
        last = tf.cast(tf.round(tf.where(ended, share, 1.0) * length), tf.int32) - 1
        last = tf.maximum(last, 1)
        kept = drawn & (place <= last) & ((place == last) | ~(dropped | forgotten))
        order = tf.argsort(tf.cast(~kept, tf.int32), axis=1, stable=True)
        parts = (points, lifted | (place == last), kept)
        return tuple(tf.gather(part, order, batch_dims=1) for part in parts)

    def _chance(self, shape: tf.Tensor, share: float | tf.Tensor) -> tf.Tensor:
        """Return bool [shape] that are true so often."""
        return self.random.uniform(shape) < share


def _positions(ink: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Return points [b, p + 1, 2] from 0, 0 on, where the pen is lifted, and which are real."""
    start = [[0, 0], [1, 0]]
    points = tf.pad(tf.cumsum(ink[:, :, :2], axis=1), [*start, [0, 0]])
    lifted = tf.pad(ink[:, :, 2] > 0, start)
    drawn = tf.pad(tf.reduce_any(ink != 0, axis=2), start, constant_values=True)
    return points, lifted, drawn


def _stroke(lifted: tf.Tensor) -> tf.Tensor:
    """Return the number of the stroke that each point belongs to, int32 [b, p]."""
    return tf.cumsum(tf.cast(lifted, tf.int32), axis=1, exclusive=True)


def _ink(points: tf.Tensor, lifted: tf.Tensor, drawn: tf.Tensor, in_proportion: bool) -> tf.Tensor:
    """Return ink [b, p, 3] of points [b, p + 1, 2], scaled to its unit box."""
    shown = drawn[..., None]
    low = tf.reduce_min(tf.where(shown, points, math.inf), axis=1, keepdims=True)
    high = tf.reduce_max(tf.where(shown, points, -math.inf), axis=1, keepdims=True)
    size = high - low
    if in_proportion:
        size = tf.reduce_max(size, axis=2, keepdims=True)
    steps = (points[:, 1:] - points[:, :-1]) / tf.maximum(size, 1e-3)
    ink = tf.concat([steps, tf.cast(lifted[:, 1:, None], tf.float32)], axis=2)
    return tf.where(shown[:, 1:], ink, 0.0)
