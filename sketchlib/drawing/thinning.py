"""Walk along strokes at even spacing, and thin them with Ramer-Douglas-Peucker: all at once.

The pad does this at every move of the pen. With some hundreds of points the time goes not into
sums but into calls of NumPy, so each of these functions takes all strokes of a drawing together:
`points` [2, n] has x and y, in pixels, of one stroke after another, and `sizes` [s] tells how many
points each stroke has, one at least.
"""

from itertools import pairwise

import numpy as np


def arc_lengths(points: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Return how far along its stroke each point lies, [n]; 0 at the first of each stroke."""
    lengths = np.hypot(*(points[:, 1:] - points[:, :-1]))
    arc = np.zeros(points.shape[1])
    for first, end in pairwise([0, *sizes.cumsum().tolist()]):
        lengths[first : end - 1].cumsum(out=arc[first + 1 : end])
    return arc


def resample(
    points: np.ndarray, arc: np.ndarray, sizes: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return each stroke's points at its arc lengths 0, 1, 2, … and its end, with their sizes.

    It is `np.interp` of x and y over `arc`, to the last bit. A dot comes out as two points.
    """
    place = np.ceil(arc).astype(int)  # the first whole arc length at each point or beyond it
    counts = np.maximum(place[sizes.cumsum() - 1] + 1, 2)
    starts = counts.cumsum() - counts
    place += starts.repeat(sizes)  # now its place among all that are returned
    places = np.full(len(arc), counts.sum()) - place
    places[:-1] = place[1:] - place[:-1]  # how many there are from each point to the next one

    gap = arc[1:] - arc[:-1]
    gap[gap <= 0] = np.inf  # doubled points have no place between them, nor have two strokes
    slope = np.zeros(points.shape)
    slope[:, :-1] = (points[:, 1:] - points[:, :-1]) / gap
    beyond = np.arange(counts.sum()) - starts.repeat(counts) - arc.repeat(places)
    return slope.repeat(places, axis=1) * beyond + points.repeat(places, axis=1), counts


def thin(points: np.ndarray, sizes: np.ndarray, epsilon: float, piece: int) -> np.ndarray:
    """Ramer-Douglas-Peucker: mark, bool [n], the points that bend a stroke by over `epsilon`.

    The distance is to the infinite line through the ends, not to the segment between them; only
    that reproduces the published drawings. Every `piece`th point stays, and so do both ends of a
    stroke. All lines that are still open are divided at the same time.
    """
    points = points.T.copy()  # x and y side by side: they are fetched together
    ends = sizes.cumsum()
    keep = np.zeros(len(points), dtype=bool)
    for start, end in pairwise([0, *ends.tolist()]):
        keep[start:end:piece] = True
    keep[ends - 1] = True
    corners = keep.nonzero()[0]
    first, last = corners[:-1], corners[1:]  # some lead from stroke to stroke: nothing is between
    while len(first):
        middle, distance = _farthest(points, first, last)
        bent = (distance > epsilon).nonzero()[0]
        middle = middle[bent]
        keep[middle] = True
        starts, ends = first[bent], last[bent]
        first, last = np.concatenate([starts, middle]), np.concatenate([middle, ends])
    return keep


def _farthest(
    points: np.ndarray, first: np.ndarray, last: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return, for lines between points [n, 2], which point lies farthest off, and how far, [s].

    Of equally far ones it is the first.
    """
    sizes = last - first
    begins = sizes.cumsum() - sizes
    index = (first - begins).repeat(sizes)
    index += np.arange(len(index))  # of the points of every line, but for its last one
    origin = points.take(first, axis=0)
    along = points.take(last, axis=0) - origin
    offset = points.take(index, axis=0)
    offset -= origin.repeat(sizes, axis=0)
    length = np.hypot(*along.T).repeat(sizes)
    distance = distance_to_line(offset, along.repeat(sizes, axis=0), length)
    most = np.maximum.reduceat(distance, begins)
    farthest = (distance == most.repeat(sizes)).nonzero()[0]
    return index[farthest[farthest.searchsorted(begins)]], most


def distance_to_line(offset: np.ndarray, along: np.ndarray, length: np.ndarray) -> np.ndarray:
    """Return how far points lie from lines, [n], or from where a line's ends meet.

    offset [n, 2]: from the line's start to the point; along [n, 2]: to the line's end; length [n]:
    that of `along`.
    """
    across = np.abs(offset[:, 0] * along[:, 1] - offset[:, 1] * along[:, 0])
    if length.all():
        return across / length
    beside = np.hypot(*offset.T)
    return np.where(length > 0, across / np.where(length > 0, length, 1.0), beside)
