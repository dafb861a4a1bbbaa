"""The geometry of one drawing: from the pen's raw points to the ink that a model reads, and back.

A *drawing* is a list of strokes; a stroke is an array [n, 2] of x, y in pixels (y grows downwards),
or [n, 3] with a time in milliseconds. Everything that is ever classified, a record of a dataset or
a sketch on the pad, goes through `drawing_to_ink`, so that training and use see the same thing.

The recipe for `simplify` is the one published with the dataset
(github.com/googlecreativelab/quickdraw-dataset), the one for `to_ink` is that of the Quick, Draw!
tutorial's TFRecords.
"""

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from sketchlib.drawing import thinning

Drawing = Sequence[np.ndarray]

BOX = 255  # a simplified drawing fits 0..255, and touches 0 on both axes and 255 on the longer one
FILLED, MOST_SPARE = 0.85, 0.25  # see `is_simplified`
EPSILON = 2.0  # pixels that Ramer-Douglas-Peucker may move the line
MAX_POINTS = 100  # of ink that a model reads; shorter ink is padded with zeros
# What a drawing may have at most, to be answered within a second. A person's has some hundreds of
# points in some tens of strokes, and one in a thousand is a tenth as long.
MOST_DRAWN, MOST_STROKES = 20_000, 2_000
MOST_LENGTH = 100_000  # pixels of BOX, of all strokes together
FARTHEST = 2.0**100  # a coordinate; float32 may not hold the differences of larger ones
PIECE = 30_000  # pixels of a stroke that are thinned at once: the time may grow with their square
LONG = 2_000  # points of ink; longer ink is shortened roughly at first
VERSION = 1  # of the recipe pen -> ink; a model folder says which one its model was trained on


class _Joined(NamedTuple):
    """All strokes of a drawing that have points, in one array: few calls of NumPy do for them."""

    points: np.ndarray  # [2, n] x and y, of one stroke after another
    sizes: np.ndarray  # [s] points of each stroke
    timed: bool = False  # whether any stroke came with times


def bounding_box(drawing: Drawing) -> tuple[np.ndarray, np.ndarray]:
    """Return the corners (min x, min y) and (max x, max y) of all points, each float64 [2].

    Raises ValueError if the drawing has no points, or is laid out in another way.
    """
    return _corners(_checked(drawing).points)


def longer_side(low: np.ndarray, high: np.ndarray) -> float:
    """Return how long a bounding box is, to divide by; 1.0 for a dot, which has no size."""
    longer = float((high - low).max())
    return longer if longer > 1e-300 else 1.0


def _checked(drawing: Drawing) -> _Joined:
    """Return the strokes that have points, float64, or raise that ValueError."""
    try:
        strokes = [np.asarray(stroke, dtype=np.float64) for stroke in drawing if len(stroke)]
    except (TypeError, ValueError, OverflowError):  # no lists, of unequal length, no numbers
        raise _laid_out("something else") from None
    if not strokes:
        raise ValueError("the drawing has no points: draw at least one stroke before using it")
    for stroke in strokes:
        if stroke.ndim != 2 or stroke.shape[1] not in (2, 3):
            raise _laid_out(str(list(stroke.shape)))
    points = np.concatenate([stroke[:, :2] for stroke in strokes]).T.copy()
    timed = any(stroke.shape[1] == 3 for stroke in strokes)
    return _Joined(points, np.array([len(stroke) for stroke in strokes]), timed)


def _laid_out(otherwise: str) -> ValueError:
    return ValueError(
        f"a stroke is an array [n, 2] of x, y or [n, 3] with times, this one is {otherwise}; "
        "`quickdraw.parse` reads the layout of ndjson files"
    )


def _corners(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the corners of points [2, n]."""
    low, high = points.min(axis=1), points.max(axis=1)
    if not (low.min() >= -FARTHEST and high.max() <= FARTHEST):  # NaN is passed on by all of them
        raise ValueError("the drawing has a coordinate that is not a finite number, or a huge one")
    return low, high


def too_large(drawing: Drawing) -> str:
    """Tell how much more a drawing has than can be recognised; nothing where it does not."""
    points = sum(map(len, drawing))
    for count, most, what in (
        (len(drawing), MOST_STROKES, "strokes"),
        (points, MOST_DRAWN, "points"),
    ):
        if count > most:
            return f"has {count:,} {what}, {most:,} at most can be recognised: simplify it"
    return ""


def simplify(drawing: Drawing) -> list[np.ndarray]:
    """Simplify a raw drawing as the dataset's authors did, to int16 strokes [m, 2] in 0..255.

    Move the drawing to the origin, scale it uniformly until its longer side is 255, resample each
    stroke at 1-pixel spacing, thin it with Ramer-Douglas-Peucker (epsilon 2.0), round last.
    Times are dropped. Raises ValueError if there are no points, or more strokes or longer ones than
    can be thinned in a second.
    """
    joined = _checked(drawing)
    points, sizes, _ = _simplified(joined, *_corners(joined.points))
    whole = points.T.astype(np.int16, order="C")
    return [whole[first:end] for first, end in pairwise([0, *sizes.cumsum().tolist()])]


def _simplified(joined: _Joined, low: np.ndarray, high: np.ndarray) -> _Joined:
    """Simplify checked strokes that have these corners; the points come as whole float64."""
    points = (joined.points - low[:, None]) * BOX / longer_side(low, high)
    arc = thinning.arc_lengths(points, joined.sizes)
    strokes, length = len(joined.sizes), float(arc[joined.sizes.cumsum() - 1].sum())
    if strokes > MOST_STROKES or length > MOST_LENGTH:
        raise ValueError(
            f"the drawing has {strokes:,} strokes, together {length / BOX:,.0f} times as long "
            f"as itself; {MOST_STROKES:,} and {MOST_LENGTH / BOX:.0f} times at most can be "
            "recognised: leave some out"
        )
    points, sizes = thinning.resample(points, arc, joined.sizes)
    kept = thinning.thin(points, sizes, EPSILON, PIECE)
    sizes = np.add.reduceat(kept, sizes.cumsum() - sizes, dtype=int)
    return _Joined(np.rint(points.compress(kept, axis=1)), sizes)


def is_simplified(drawing: Drawing) -> bool:
    """Tell whether a drawing already has the simplified layout; nothing is simplified twice.

    That is: no times, whole numbers that fill 0..255, and few points that thinning could spare.
    Of the inner points of a published drawing at most a tenth lie within a pixel of the line
    through their neighbours (in 99 % of them); of a raw one nearly half or more (in 95 %).
    """
    joined = _checked(drawing)
    return _looks_simplified(joined, *_corners(joined.points))


def _looks_simplified(joined: _Joined, low: np.ndarray, high: np.ndarray) -> bool:
    """Tell it of checked strokes that have these corners."""
    if joined.timed or low.min() < 0 or high.max() > BOX:
        return False
    if (joined.points != np.rint(joined.points)).any():
        return False
    return (high - low).max() >= FILLED * BOX and _spare_share(joined) < MOST_SPARE


def _spare_share(joined: _Joined) -> float:
    """Return the share of inner points within a pixel of the line through their neighbours."""
    before, point, after = joined.points[:, :-2], joined.points[:, 1:-1], joined.points[:, 2:]
    stroke = np.arange(len(joined.sizes)).repeat(joined.sizes)
    inner = stroke[:-2] == stroke[2:]
    if not inner.any():
        return 0.0
    along = after - before
    distance = thinning.distance_to_line((point - before).T, along.T, np.hypot(*along))
    return float((distance[inner] < 1.0).mean())


def ensure_simplified(drawing: Drawing) -> Drawing:
    """Return a drawing as it is if it is simplified already, else simplified."""
    return drawing if is_simplified(drawing) else simplify(drawing)


def to_ink(drawing: Drawing) -> np.ndarray:
    """Turn a simplified drawing of n points into ink, float32 [n - 1, 3].

    Columns: step in x, step in y (each axis scaled to 0..1 by its own range, so the aspect ratio
    is lost), and 1.0 on the last point of a stroke. The first point is dropped.
    Raises ValueError if there are no points.
    """
    joined = _checked(drawing)
    return _ink(joined, *_corners(joined.points))


def _ink(joined: _Joined, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Turn checked strokes that have these corners into ink."""
    low, high = low.astype(np.float32), high.astype(np.float32)
    size = np.where(high > low, high - low, np.float32(1.0))
    points = (joined.points.astype(np.float32) - low[:, None]) / size[:, None]
    ink = np.zeros((points.shape[1], 3), dtype=np.float32)
    ink[1:, :2] = (points[:, 1:] - points[:, :-1]).T
    ink[joined.sizes.cumsum() - 1, 2] = 1.0
    return ink[1:]


def ink_and_proportions(drawing: Drawing) -> tuple[np.ndarray, np.ndarray]:
    """Turn any drawing, raw or already simplified, into ink and what ink has lost.

    Returns ink, float32 [n - 1, 3], and the proportions: the drawing's width and height as shares
    of the longer of them, float32 [2]; `ink[:, :2] * proportions` has them again.
    """
    joined = _checked(drawing)
    low, high = _corners(joined.points)
    if not _looks_simplified(joined, low, high):
        joined = _simplified(joined, low, high)
        low, high = _corners(joined.points)
    sides = high - low
    proportions = sides / longer_side(low, high) if sides.any() else np.ones(2)
    return _ink(joined, low, high), proportions.astype(np.float32)


def beginning(drawing: Drawing, share: float) -> list[np.ndarray]:
    """Return the first strokes of a drawing up to a share of its points, two points at least."""
    strokes = [np.asarray(stroke) for stroke in drawing if len(stroke)]
    left = max(round(share * sum(map(len, strokes))), 2)
    begun = []
    for stroke in strokes:
        if left > 0:
            begun.append(stroke[:left])
            left -= len(stroke)
    return begun


def drawing_to_ink(drawing: Drawing, in_proportion: bool = False) -> np.ndarray:
    """Turn any drawing, raw or already simplified, into ink, float32 [n - 1, 3].

    in_proportion: only the longer axis fills 0..1, so that a flat drawing stays flat; otherwise
    each axis does, as the tutorial has it.
    """
    ink, proportions = ink_and_proportions(drawing)
    if in_proportion:
        ink[:, :2] *= proportions
    return ink


def shorten(ink: np.ndarray, most: int) -> np.ndarray:
    """Leave out points of ink [n, 3] until it has `most`, first those that bend the line least.

    That is Visvalingam's algorithm: what counts is the area of the triangle that a point makes with
    its neighbours. The ends of strokes stay, so ink that has nothing else to spare is cropped. Of
    LONG ink every second point may go: where the bends grow along the line, as in a spiral, but one
    is less than its neighbours, and one at a time would take minutes.
    """
    ink = ink.copy()
    while (excess := len(ink) - most) > 0:
        x, y, lifted = ink.T
        area = np.abs(x[:-1] * y[1:] - x[1:] * y[:-1])
        area[(lifted[:-1] > 0) | (np.append(0, lifted[:-2]) > 0)] = np.inf
        before, after = np.append(np.inf, area[:-1]), np.append(area[1:], np.inf)
        spare = np.flatnonzero((area <= before) & (area < after))  # never two neighbours at once
        if len(ink) > LONG:
            spare = np.flatnonzero(np.isfinite(area))[::2]  # nor here
        if not len(spare):
            return ink[:most]
        spare = spare[np.argsort(area[spare])][: math.ceil(excess / 4)]
        ink[spare + 1, :2] += ink[spare, :2]
        ink = np.delete(ink, spare, axis=0)
    return ink


def batch(inks: Iterable[np.ndarray], points: int) -> np.ndarray:
    """Return inks [n, 3] of any length as one array, float32 [b, points, 3].

    Longer ones are shortened, shorter ones get rows of zeros.
    """
    fitting = [shorten(ink, points) for ink in inks]
    array = np.zeros((len(fitting), points, 3), dtype=np.float32)
    for row, ink in zip(array, fitting, strict=True):
        row[: len(ink)] = ink
    return array


def from_ink(ink: np.ndarray) -> list[np.ndarray]:
    """Turn ink [n, 3] back into strokes, float32 [m, 2], in a unit box (each axis fills 0..1).

    Points come back to float32 rounding. What ink does not hold cannot come back: the aspect
    ratio, and the pen lift after a first stroke of a single point.
    """
    ink = np.asarray(ink, dtype=np.float32)
    points = np.concatenate([np.zeros((1, 2)), np.cumsum(ink[:, :2], axis=0, dtype=np.float64)])
    points -= points.min(axis=0)
    ends = np.flatnonzero(ink[:, 2]) + 2  # +1 for the dropped first point, +1 to end a slice
    strokes = np.split(points.astype(np.float32), ends)
    return [stroke for stroke in strokes if len(stroke)]
