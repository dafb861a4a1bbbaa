"""Sketches as another hand, or the same one on another day, might have drawn them.

All of it works on whole batches of padded ink inside the tf.data graph, and differs at every pass.
"""

import math

from sketchlib.backend import tf

MIRRORED = 0.5  # share of the sketches, left to right
STRETCH = 0.25  # logarithm of how much wider, and less high, either way
TURN = 0.25  # radians either way
SLANT = 0.25  # of the height
SHIFT = 0.03  # of the box: how far strokes are misplaced, standard deviation
WOBBLE = 0.01  # of the box: how far points are, standard deviation
DROPPED = 0.1  # share of the points within strokes that are left out, up to twice that in a sketch
FORGOTTEN = 0.05  # share of the strokes, except the first, that are left out
UNFINISHED = 0.4  # share of the sketches that end early,
SHORTEST = 0.3  # with no less than this share of their points


def augment(ink: tf.Tensor, random: tf.random.Generator, in_proportion: bool = False) -> tf.Tensor:
    """Thin, cut short, mirror, stretch, turn, slant and wobble sketches at random.

    ink: float32 [b, points, 3], padded with zeros, as it is returned: in its unit box again, which
    each axis fills, or only the longer one if the sketches are in proportion. random: goes on where
    it was, so that no two passes are alike.
    """
    points, lifted, drawn = _positions(ink)
    points += _misplacement(points, lifted, random)
    points = tf.matmul(points, _affine(tf.shape(ink)[0], random), transpose_b=True)
    return _ink(*_thin(points, lifted, drawn, random), in_proportion)


def _positions(ink: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Return points [b, p + 1, 2] from 0, 0 on, where the pen is lifted, and which are real."""
    start = [[0, 0], [1, 0]]
    points = tf.pad(tf.cumsum(ink[:, :, :2], axis=1), [*start, [0, 0]])
    lifted = tf.pad(ink[:, :, 2] > 0, start)
    drawn = tf.pad(tf.reduce_any(ink != 0, axis=2), start, constant_values=True)
    return points, lifted, drawn


def _misplacement(points: tf.Tensor, lifted: tf.Tensor, random: tf.random.Generator) -> tf.Tensor:
    """Return how far each point is off: some for the whole stroke, and a little for itself."""
    stroke = _stroke(lifted)
    strokes = random.normal(tf.shape(points), stddev=SHIFT)
    own = random.normal(tf.shape(points), stddev=WOBBLE)
    return tf.gather(strokes, stroke, batch_dims=1) + own


def _stroke(lifted: tf.Tensor) -> tf.Tensor:
    """Return the number of the stroke that each point belongs to, int32 [b, p]."""
    return tf.cumsum(tf.cast(lifted, tf.int32), axis=1, exclusive=True)


def _affine(count: tf.Tensor, random: tf.random.Generator) -> tf.Tensor:
    """Return matrices [count, 2, 2] that mirror, stretch and slant, and then turn."""
    angle, slant, stretch = (
        random.uniform([count], -most, most) for most in (TURN, SLANT, STRETCH)
    )
    wider, zero = tf.exp(stretch), tf.zeros(count)
    side = tf.where(random.uniform([count]) < MIRRORED, -1.0, 1.0)
    turn = tf.stack([tf.cos(angle), -tf.sin(angle), tf.sin(angle), tf.cos(angle)], axis=1)
    shape = tf.stack([side * wider, slant, zero, 1 / wider], axis=1)
    return tf.reshape(turn, [-1, 2, 2]) @ tf.reshape(shape, [-1, 2, 2])


def _thin(
    points: tf.Tensor, lifted: tf.Tensor, drawn: tf.Tensor, random: tf.random.Generator
) -> tuple[tf.Tensor, ...]:
    """Leave out points, strokes, and the ends of some sketches; what is kept moves up."""
    shape = tf.shape(drawn)
    stroke = _stroke(lifted)
    forgotten = tf.gather(random.uniform(shape) < FORGOTTEN, stroke, batch_dims=1)
    dropped = random.uniform([shape[0], 1], 0.0, 2 * DROPPED)
    spared = (lifted | (random.uniform(shape) > dropped)) & (~forgotten | (stroke == 0))
    share = random.uniform([shape[0], 1], SHORTEST, 1.0)
    share = tf.where(random.uniform([shape[0], 1]) < UNFINISHED, share, 1.0)
    length = tf.math.count_nonzero(drawn, axis=1, keepdims=True, dtype=tf.float32)
    last = tf.maximum(tf.cast(tf.round(share * length), tf.int32) - 1, 1)
    place = tf.range(shape[1])[None]
    kept = drawn & (spared | (place == 0) | (place == last)) & (place <= last)
    lifted |= place == last
    order = tf.argsort(tf.cast(~kept, tf.int32), axis=1, stable=True)
    return tuple(tf.gather(part, order, batch_dims=1) for part in (points, lifted, kept))


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
