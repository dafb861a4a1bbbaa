"""The geometry of many simplified drawings at once.

What `strokes` does for one drawing, done for a thousand in a few NumPy calls; the ink is the same
to the last bit.
"""

from collections.abc import Callable, Sequence
from itertools import chain, compress

import numpy as np

from sketchlib.drawing import strokes

# A drawing as ndjson has it: its strokes, each x and y, whole numbers.
Axes = tuple[list[int], list[int]]
Inked = tuple[np.ndarray, np.ndarray]


def ink_and_proportions(drawings: Sequence[Sequence[Axes]]) -> list[Inked | None]:
    """Return what `strokes.ink_and_proportions` would, for each drawing of one stroke or more.

    No list of numbers may be empty. None stands for a drawing that is not within 0..255, or does
    not fill it with few points, as a simplified one does, or has strokes of x and y that differ in
    length: it must be looked at alone.
    """
    if not drawings:
        return []
    axes = list(chain.from_iterable(chain.from_iterable(drawings)))  # x, y, x, y, …
    lengths = np.fromiter(map(len, axes), dtype=np.int64)
    try:
        numbers = np.frombuffer(bytes(chain.from_iterable(axes)), dtype=np.uint8)
    except (ValueError, OverflowError):  # not all are in 0..255
        return _of_those(drawings, _in_box)
    if (lengths[::2] != lengths[1::2]).any():
        return _of_those(drawings, _even)
    is_x = np.repeat(np.arange(len(axes)) % 2 == 0, lengths)
    x, y = numbers[is_x], numbers[~is_x]
    ends = np.cumsum(lengths[::2])  # of the strokes
    stops = ends[np.cumsum([len(drawing) for drawing in drawings]) - 1]  # of the drawings
    starts = np.append(0, stops[:-1])
    low, high = (
        np.stack([edge.reduceat(axis, starts) for axis in (x, y)])
        for edge in (np.minimum, np.maximum)
    )
    sides = (high - low).astype(np.float64)
    longer = sides.max(axis=0)
    simplified = (
        (longer >= strokes.FILLED * strokes.BOX)
        & (stops - starts <= strokes.MOST_DRAWN)
        & (_spare_shares(x, y, starts, ends) < strokes.MOST_SPARE)
    )
    ink = np.zeros((len(x), 3), dtype=np.float32)
    for column, axis in enumerate((x, y)):
        unit = axis - np.repeat(low[column].astype(np.float32), stops - starts)
        span = np.where(sides[column] > 0, sides[column], 1.0).astype(np.float32)
        unit /= np.repeat(span, stops - starts)
        np.subtract(unit[1:], unit[:-1], out=ink[1:, column])
    ink[ends - 1, 2] = 1.0
    shares = (sides / np.where(simplified, longer, 1.0)).T.astype(np.float32)
    return [
        (ink[start + 1 : stop], share) if whole else None
        for start, stop, share, whole in zip(
            starts.tolist(), stops.tolist(), shares, simplified.tolist(), strict=True
        )
    ]


def _of_those(
    drawings: Sequence[Sequence[Axes]], fit: Callable[[Sequence[Axes]], bool]
) -> list[Inked | None]:
    """Do it for those drawings that are fit for it."""
    fits = list(map(fit, drawings))
    answers = iter(ink_and_proportions(list(compress(drawings, fits))))
    return [next(answers) if fit else None for fit in fits]


def _even(drawing: Sequence[Axes]) -> bool:
    """Whether the strokes of a drawing have as many x as y."""
    return all(len(x) == len(y) for x, y in drawing)


def _in_box(drawing: Sequence[Axes]) -> bool:
    """Whether the numbers of a drawing are in 0..255."""
    return all(min(axis) >= 0 and max(axis) <= strokes.BOX for pair in drawing for axis in pair)


def _spare_shares(x: np.ndarray, y: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Return for each drawing what `strokes` calls the share of inner points that could be spared.

    All is whole numbers here, so that squares can be compared: that of the distance from a point to
    the line through its neighbours, times the length of that line.
    """
    inner = np.ones(len(x), dtype=bool)
    inner[ends - 1] = False
    inner[np.append(0, ends[:-1])] = False
    step_x, step_y = (axis[1:].astype(np.int32) - axis[:-1] for axis in (x, y))
    to_x, to_y, on_x, on_y = step_x[:-1], step_y[:-1], step_x[1:], step_y[1:]
    across = (to_x * on_y - to_y * on_x).astype(np.float64)
    along = (to_x + on_x) ** 2 + (to_y + on_y) ** 2
    spare = np.zeros(len(x), dtype=bool)
    spare[1:-1] = (across * across < along) | ((along == 0) & (to_x == 0) & (to_y == 0))
    spare &= inner
    count = [np.add.reduceat(marks, starts, dtype=np.int64) for marks in (spare, inner)]
    return count[0] / np.maximum(count[1], 1)
