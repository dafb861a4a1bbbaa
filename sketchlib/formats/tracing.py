"""From a picture of a sketch to strokes as a pen would have drawn them.

Ink is thinned to its middle line, the line is cut where it meets itself, and put together again by
going straight on where lines cross. In which order and direction they were drawn no picture knows,
so `_in_order` guesses.
"""

from collections import defaultdict
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

import numpy as np
from scipy import ndimage
from scipy.sparse.csgraph import minimum_spanning_tree
from skimage import morphology
from skimage.graph import pixel_graph

from sketchlib.formats import photo

MARGIN = 4  # pixels of paper added all round, so that ink at the border is thinned well
LEAST_EXTENT = 0.05  # of the picture, for the largest stroke; else all are grain of the paper
MOST_BRANCHES = 3_000  # a sketch has tens; a photo of grass has more than this
STRAIGHT_ON = np.cos(np.radians(80))  # a stroke turns less than this where it crosses another


class Branch(NamedTuple):
    """A piece of the middle line between two nodes, points [n, 2] of x, y from first to last."""

    points: np.ndarray
    nodes: tuple[int, int]


def from_image(content: bytes) -> list[np.ndarray]:
    """Trace a picture's dark lines; strokes float64 [n, 2] in the picture's pixels.

    Takes PNG, JPEG, WebP, GIF, BMP and TIFF; light lines on a dark ground do as well. Raises
    ValueError for what is no picture, is too large or shows no drawing.
    """
    gray, scale = photo.read_gray(content)
    drawing = trace(np.pad(photo.find_ink(gray), MARGIN))
    if max(map(_extent, drawing), default=0) < LEAST_EXTENT * max(gray.shape):
        raise ValueError(photo.BLANK)
    return [(stroke - MARGIN + 0.5) * scale for stroke in drawing]


def trace(ink: np.ndarray) -> list[np.ndarray]:
    """Turn ink, bool [height, width], into ordered strokes, float64 [n, 2] of x, y."""
    depth = ndimage.distance_transform_edt(ink)
    middle = morphology.skeletonize(ink)
    if not middle.any():
        return []
    width = 2 * float(np.median(depth[middle]))
    ink = _without_specks(ink, width)
    middle &= ink
    dots, lines = _apart(middle)
    branches = _cleaned(_branches(lines), width) if lines.any() else []
    strokes = [_smooth(stroke, width) for stroke in _joined(branches, width)]
    return _in_order(strokes + dots)


def _without_specks(ink: np.ndarray, width: float) -> np.ndarray:
    """Drop what is too small for the dot that the pen which drew the lines would make."""
    labels, count = ndimage.label(ink, np.ones((3, 3)))
    areas = np.bincount(labels.ravel(), minlength=count + 1)
    large = areas >= max(0.35 * width**2, 4)
    large[0] = False
    return large[labels]


def _apart(middle: np.ndarray) -> tuple[list[np.ndarray], np.ndarray]:
    """Separate the single points of a middle line, as strokes [2, 2], from its lines."""
    labels, count = ndimage.label(middle, np.ones((3, 3)))
    single = np.bincount(labels.ravel(), minlength=count + 1) < 3
    single[0] = False
    centers = ndimage.center_of_mass(middle, labels, np.flatnonzero(single))
    dots = [np.array([[x, y], [x, y]], dtype=np.float64) for y, x in centers]
    return dots, middle & ~single[labels]


def _branches(middle: np.ndarray) -> list[Branch]:
    """Cut a middle line where it ends and where it meets itself."""
    ways = list(islice(_ways(_neighbors(middle)), MOST_BRANCHES + 1))
    if len(ways) > MOST_BRANCHES:
        raise ValueError("the picture is too busy for a sketch: take one of some lines on paper")
    points = np.argwhere(middle)[:, ::-1].astype(np.float64)
    return [Branch(points[way], (way[0], way[-1])) for way in ways]


def _neighbors(middle: np.ndarray) -> list[list[int]]:
    """Return, for each pixel of a middle line, the numbers of those that it is connected to.

    Where lines meet, several pixels touch each other crosswise. Of their connections only a
    spanning tree is kept, or there would be tiny loops.
    """
    graph, _ = pixel_graph(middle, connectivity=2)
    one, other = graph.nonzero()
    meeting = np.diff(graph.indptr) > 2
    tangle = graph.copy()
    tangle.data *= meeting[one] & meeting[other]
    tangle.eliminate_zeros()
    tree = minimum_spanning_tree(tangle)
    return (graph - tangle + tree + tree.T).tolil().rows.tolist()


def _ways(neighbors: list[list[int]]) -> Iterator[list[int]]:
    """Walk from node to node, then round the loops that have none; yields the pixels passed."""
    nodes = {pixel for pixel, near in enumerate(neighbors) if len(near) != 2}
    for start in [*sorted(nodes), *range(len(neighbors))]:
        while neighbors[start]:  # where a connection was walked, it is removed
            way = [start]
            while neighbors[way[-1]] and (len(way) == 1 or way[-1] not in nodes):
                following = neighbors[way[-1]].pop(0)
                neighbors[following].remove(way[-1])
                way.append(following)
            yield way


def _cleaned(branches: list[Branch], width: float) -> list[Branch]:
    """Drop the spurs that thinning leaves, and let nodes that one crossing was torn into be one."""
    ends = _ends(branches)
    loose = {node for node, there in ends.items() if len(there) == 1}
    kept, same = [], {node: node for node in ends}
    for branch in branches:
        first, last = branch.nodes
        length = _length(branch.points)
        spur = (first in loose) != (last in loose) and length < 0.8 * width
        bridge = first not in loose and last not in loose and length < 1.2 * width
        if bridge:
            same[_root(same, first)] = _root(same, last)
        if not spur and not bridge:
            kept.append(branch)
    return [Branch(b.points, (_root(same, b.nodes[0]), _root(same, b.nodes[1]))) for b in kept]


def _root(same: dict[int, int], node: int) -> int:
    while same[node] != node:
        node = same[node]
    return node


def _ends(branches: list[Branch]) -> dict[int, list[tuple[int, int]]]:
    """Return, for each node, the (branch, 0 or 1 for its first or last point) that end there."""
    ends = defaultdict(list)
    for number, branch in enumerate(branches):
        for side, node in enumerate(branch.nodes):
            ends[node].append((number, side))
    return ends


def _joined(branches: list[Branch], width: float) -> list[np.ndarray]:
    """Put branches together to strokes, going straight on at each node."""
    partner: dict[tuple[int, int], tuple[int, int]] = {}
    for there in _ends(branches).values():
        for one, other in _pairs(branches, there, width):
            partner[one], partner[other] = other, one
    free = set(range(len(branches)))
    starts = [(n, side) for n in free for side in (0, 1) if (n, side) not in partner]
    strokes = []
    for start in starts + [(n, 0) for n in sorted(free)]:  # what has no loose end is a loop
        if start[0] in free:
            strokes.append(_follow(branches, partner, start, free))
    return strokes


def _pairs(
    branches: list[Branch], there: list[tuple[int, int]], width: float
) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Pair the branch ends that meet at a node, the straightest first."""
    headings = [_heading(branches[number].points, side, width) for number, side in there]
    straightness = sorted(
        (
            (-float(headings[i] @ headings[j]), i, j)
            for i in range(len(there))
            for j in range(i + 1, len(there))
        ),
        reverse=True,
    )
    pairs = []
    taken: set[int] = set()
    for cosine, i, j in straightness:
        if not {i, j} & taken and (cosine > STRAIGHT_ON or len(there) == 2):
            pairs.append((there[i], there[j]))
            taken |= {i, j}
    return pairs


def _heading(points: np.ndarray, side: int, width: float) -> np.ndarray:
    """Return the direction in which a branch leaves its node, a unit vector [2].

    Next to the node the middle line is bent by the other lines, so it is looked at further on.
    """
    points = points[::-1] if side else points
    near = min(round(0.6 * width), len(points) // 3)
    far = min(round(3 * width), len(points) - 1)
    away = points[far] - points[near]
    return away / (np.hypot(*away) or 1.0)


def _follow(branches, partner, start: tuple[int, int], free: set[int]) -> np.ndarray:
    """Return the points from a branch's end on, through its partners, to a loose end or back."""
    pieces, end = [], start
    while end is not None and end[0] in free:
        number, side = end
        free.remove(number)
        pieces.append(branches[number].points[:: -1 if side else 1])
        end = partner.get((number, 1 - side))
    return np.concatenate(pieces)


def _smooth(stroke: np.ndarray, width: float) -> np.ndarray:
    """Smooth the steps from pixel to pixel; an open stroke's ends stay where they are."""
    closed = len(stroke) > 8 and np.hypot(*(stroke[0] - stroke[-1])) < 2
    sigma = min(max(width / 4, 1.0), len(stroke) / 8)
    smooth = ndimage.gaussian_filter1d(stroke, sigma, axis=0, mode="wrap" if closed else "nearest")
    if closed:
        return np.concatenate([smooth, smooth[:1]])
    smooth[[0, -1]] = stroke[[0, -1]]
    return smooth


def _in_order(strokes: list[np.ndarray]) -> list[np.ndarray]:
    """Put strokes in the order and direction in which people likely draw them.

    Large ones come first, and of like ones that at the upper left: of about ten orders this one
    was among the best recognised, though none regains what the true order tells.
    """
    strokes = [_directed(stroke) for stroke in strokes]
    return sorted(strokes, key=lambda s: s.min(axis=0).sum() - np.hypot(*np.ptp(s, axis=0)))


def _directed(stroke: np.ndarray) -> np.ndarray:
    """Turn a line to lead right and down, a loop to begin at its top and to go counterclockwise."""
    if len(stroke) > 8 and np.array_equal(stroke[0], stroke[-1]):
        loop = np.roll(stroke[:-1], -stroke[:-1, 1].argmin(), axis=0)
        loop = np.concatenate([loop, loop[:1]])
        (x, y), (next_x, next_y) = loop[:-1].T, loop[1:].T
        return loop[::-1] if (x * next_y - next_x * y).sum() > 0 else loop
    return stroke[::-1] if stroke[-1].sum() < stroke[0].sum() else stroke


def _extent(points: np.ndarray) -> float:
    return float(np.hypot(*np.ptp(points, axis=0)))


def _length(points: np.ndarray) -> float:
    return float(np.hypot(*np.diff(points, axis=0).T).sum())
