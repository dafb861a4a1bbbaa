"""What the layers of our own models make of ink, checked on drawings whose answer is plain."""

import numpy as np
import pytest

from sketchlib.drawing import doodles, strokes
from sketchlib.model import layers

SIZE = 32


def padded(drawing, in_proportion: bool = True) -> np.ndarray:
    ink = np.zeros((1, 100, 3), np.float32)
    points = strokes.drawing_to_ink(drawing, in_proportion)[:100]
    ink[0, : len(points)] = points
    return ink


def path_of(drawing) -> dict[str, np.ndarray]:
    return {name: np.asarray(part)[0] for name, part in layers.PenPath()(padded(drawing)).items()}


def picture_of(drawing) -> np.ndarray:
    return np.asarray(layers.DrawPicture(SIZE)(layers.PenPath()(padded(drawing))))[0]


def test_the_path_is_the_drawing_centred_with_its_longer_side_one():
    for record in doodles.records(count=3):
        drawing = strokes.simplify(record["drawing"])
        points = np.concatenate(drawing).astype(float)[:101]
        low, high = points.min(axis=0), points.max(axis=0)
        expected = (points - (low + high) / 2) / (high - low).max()
        path = path_of(drawing)
        used = len(points) - 1
        assert path["real"].tolist() == [1] * used + [0] * (100 - used)
        assert path["start"][:used] == pytest.approx(expected[:-1], abs=1e-4)
        assert path["end"][:used] == pytest.approx(expected[1:], abs=1e-4)


def test_the_way_between_strokes_is_not_drawn():
    path = path_of([[[0, 0], [255, 0]], [[0, 255], [255, 255]]])
    assert path["drawn"][:4].tolist() == [1, 0, 1, 0]
    assert path["lift"][:4].tolist() == [1, 0, 1, 0]


def test_lines_are_drawn_where_they_are_and_nowhere_else():
    ink = picture_of([[[0, 0], [255, 0]], [[0, 255], [255, 255]]])[..., 0]
    inked = ink > 0.3
    rows = np.flatnonzero(inked.any(axis=1))
    assert set(rows) <= {0, 1, 2, SIZE - 3, SIZE - 2, SIZE - 1} and len(rows) >= 2
    assert ink[5:-5].max() == 0, "nothing between the strokes"
    assert ink[:4].sum(axis=0)[3:-3].min() > 0.8, "no gaps in the line"


def test_the_channels_tell_direction_and_order():
    right, down = [[0, 0], [255, 0]], [[255, 0], [255, 255]]
    picture = picture_of([right, down])
    on_top, on_the_side = picture[1, 5:-5], picture[5:-5, -2]
    assert on_top[..., 1].min() > 0.5 and on_the_side[..., 1].max() < -0.5  # cos 2a
    assert on_top[..., 3].min() > 0.5 and on_the_side[..., 4].min() > 0.5  # cos a, sin a
    assert on_top[..., 5].max() < on_the_side[..., 5].min()  # when


def test_the_same_line_drawn_backwards_differs_only_in_the_pens_way():
    there, back = picture_of([[[0, 0], [255, 90]]]), picture_of([[[255, 90], [0, 0]]])
    assert there[..., :3] == pytest.approx(back[..., :3], abs=1e-2)
    assert there[..., 3:5] == pytest.approx(-back[..., 3:5], abs=1e-2)


def test_a_dot_gives_numbers():
    for ink in (padded([[[5, 5]]]), np.zeros((1, 100, 3), np.float32)):
        path = layers.PenPath()(ink)
        assert np.isfinite(np.asarray(layers.DrawPicture(SIZE)(path))).all()
        assert np.isfinite(np.asarray(layers.PathFeatures()(path))).all()


def test_padding_counts_for_nothing_in_a_summary():
    steps = np.random.default_rng(0).normal(size=(2, 10, 4)).astype(np.float32)
    real = np.array([[1] * 6 + [0] * 4, [1] * 10], np.float32)
    summary = layers.Summary()
    whole = np.asarray(summary([steps, real]))
    changed = steps.copy()
    changed[0, 6:] = 99
    assert np.asarray(summary([changed, real])) == pytest.approx(whole, abs=1e-5)
    assert whole[0, 4:] == pytest.approx(steps[0, :6].max(axis=0))
