"""A thousand drawings at once get the ink that each would get alone."""

import numpy as np
import pytest

from sketchlib.drawing import many, quickdraw, strokes


def arrays(drawing) -> list[np.ndarray]:
    return [np.array(axes, dtype=np.float32).T for axes in drawing]


def lists(drawing) -> list:
    return [tuple(axis.astype(int).tolist() for axis in stroke.T) for stroke in drawing]


def check(drawings) -> int:
    """Compare with one at a time, to the last bit; returns how many were done at once."""
    done = 0
    for drawing, answer in zip(drawings, many.ink_and_proportions(drawings), strict=True):
        alone = arrays(drawing)
        assert (answer is not None) == strokes.is_simplified(alone)
        if answer is not None:
            done += 1
            for ours, theirs in zip(answer, strokes.ink_and_proportions(alone), strict=True):
                assert ours.dtype == theirs.dtype == np.float32
                assert np.array_equal(ours, theirs)
    return done


def test_real_drawings(quickdraw_data):
    paths = [quickdraw_data / "simplified" / f"{name}.ndjson" for name in ("cat", "line", "zigzag")]
    drawings = [lists(record["drawing"]) for record in quickdraw.read(paths)]
    assert check(drawings) > 0.99 * len(drawings)


def wandering(rng) -> list:
    """A drawing that may or may not be simplified, with doubled points, dots and straight lines."""
    drawing = []
    for _ in range(rng.integers(1, 6)):
        count = rng.integers(1, 9)
        steps = rng.integers(-1, 2, (count, 2)) * rng.choice([1, 1, 40, 127])
        points = np.clip(rng.integers(0, 256, 2) + steps.cumsum(axis=0), 0, 255)
        drawing.append(tuple(axis.tolist() for axis in points.T))
    return drawing


def test_drawings_of_every_kind():
    rng = np.random.default_rng(0)
    drawings = [wandering(rng) for _ in range(20_000)]
    assert 500 < check(drawings) < 19_500, "of both kinds there are many"


CROSS = [([0, 255], [0, 255]), ([0, 255], [255, 0])]


@pytest.mark.parametrize(
    "drawing",
    [
        [([7], [7])],  # a dot
        [([0, 255], [3, 3])],  # flat
        [([0, 0, 0], [0, 128, 255])],  # thin, with a point to spare
        [([0, 255, 0], [0, 0, 0])],  # there and back
        [([0, 0, 0, 255], [0, 0, 0, 9])],  # the same point three times
        [([0] * 20_001, [0, 255] * 10_000 + [0])],  # too many points
        CROSS,
    ],
)
def test_odd_drawings_among_others(drawing):
    plain = [CROSS, drawing, CROSS]
    first, answer, last = many.ink_and_proportions(plain)
    assert np.array_equal(first[0], last[0]) and np.array_equal(first[0], many_alone(CROSS)[0])
    if len(drawing[0][0]) <= strokes.MOST_DRAWN:
        check(plain)
    else:
        assert answer is None


def many_alone(drawing):
    return strokes.ink_and_proportions(arrays(drawing))


@pytest.mark.parametrize("number", [-1, 256, -(2**70), 2**70])
def test_numbers_beyond_the_box_are_left_to_others(number):
    first, far, last = many.ink_and_proportions([CROSS, [([0, number], [0, 9])], CROSS])
    assert far is None and np.array_equal(first[0], last[0])


def test_strokes_of_more_x_than_y_are_left_to_others():
    first, uneven, last = many.ink_and_proportions([CROSS, [([0, 255], [0])], CROSS])
    assert uneven is None and np.array_equal(first[0], last[0])
    assert many.ink_and_proportions([]) == []
