"""Augmented ink is ink: drawings that someone might have made."""

import numpy as np
import pytest
import tensorflow as tf

from sketchlib.drawing import doodles, strokes
from sketchlib.model.augmentation import Augmentation
from sketchlib.records import dataset
from sketchlib.settings import Variation


@pytest.fixture(scope="module")
def plain():
    """Padded ink of a few hundred doodles, float32 [n, 100, 3]."""
    drawings = [record["drawing"] for record in doodles.records(count=15)]
    ink = np.zeros((len(drawings), 100, 3), np.float32)
    for row, drawing in zip(ink, drawings, strict=True):
        points = strokes.drawing_to_ink(drawing)[:100]
        row[: len(points)] = points
    return ink


@pytest.fixture(scope="module")
def varied(plain):
    return changed(plain)


def changed(ink: np.ndarray, in_proportion: bool = False, **variation) -> np.ndarray:
    """Return varied ink; what is not named varies as usual."""
    return Augmentation(Variation(**variation), in_proportion, seed=1)(ink).numpy()


def only(**variation) -> dict[str, float]:
    """Switch off all other variations."""
    names = set(Variation.model_fields) - {"shortest"}
    return {**dict.fromkeys(names, 0.0), **variation}


def test_it_is_finite_and_padded_at_the_end_only(plain, varied):
    assert varied.shape == plain.shape and np.isfinite(varied).all()
    for before, after in zip(plain, varied, strict=True):
        rows = after.any(axis=1)
        assert rows[: rows.sum()].all(), "no padding between points"
        assert 1 <= rows.sum() <= before.any(axis=1).sum()


def test_it_fills_its_unit_box(varied):
    sizes = [
        np.ptp(np.concatenate(strokes.from_ink(dataset.unpadded(ink))), axis=0) for ink in varied
    ]
    assert np.array(sizes) == pytest.approx(1, abs=1e-3)


def test_it_ends_with_the_pen_lifted(varied):
    assert all(dataset.unpadded(ink)[-1, 2] == 1 for ink in varied)


def test_pen_lifts_are_neither_invented_nor_lost_but_at_an_early_end(plain, varied):
    before, after = plain[:, :, 2].sum(axis=1), varied[:, :, 2].sum(axis=1)
    assert (after <= before).all()
    assert 0.6 < (after == before).mean() < 1


def test_some_are_cut_short_or_lack_strokes_but_few_points_never_remain(plain, varied):
    kept = varied.any(axis=2).sum(axis=1) / plain.any(axis=2).sum(axis=1)
    assert kept.mean() == pytest.approx(0.75, abs=0.06)
    assert (kept == 1).any() and kept.min() > 0


def test_whole_sketches_stay_close(plain):
    varied = changed(plain, dropped=0, forgotten=0, unfinished=0, mirrored=0)
    assert np.array_equal(varied[:, :, 2], plain[:, :, 2])
    moved = np.abs(np.cumsum(varied[..., :2], axis=1) - np.cumsum(plain[..., :2], axis=1))
    assert 0.01 < np.median(moved[plain.any(axis=2)]) < 0.2


def test_without_any_variation_it_returns_the_same_ink(plain):
    assert changed(plain, **only()) == pytest.approx(plain, abs=1e-5)


def test_mirrored_sketches_go_the_other_way(plain):
    expected = pytest.approx(plain * [-1, 1, 1], abs=1e-5)
    assert changed(plain, **only(mirrored=1)) == expected


def drawn_strokes(ink):
    """Return a sketch's strokes as it is placed on the sheet, rounded, as comparable tuples."""
    return [tuple(map(tuple, stroke.round(3).tolist())) for stroke in strokes.from_ink(ink)]


def test_reordered_sketches_have_the_same_strokes_in_another_order(plain):
    orders = 0
    for before, after in zip(plain, changed(plain, **only(reordered=1)), strict=True):
        before, after = (drawn_strokes(dataset.unpadded(ink)) for ink in (before, after))
        assert [len(s) for s in sorted(after)] == [len(s) for s in sorted(before)]
        assert np.concatenate(sorted(after)) == pytest.approx(
            np.concatenate(sorted(before)), abs=2e-3
        )
        orders += [len(s) for s in after] != [len(s) for s in before]
    assert orders > len(plain) / 3


def test_reversed_strokes_go_the_other_way(plain):
    for before, after in zip(plain, changed(plain, **only(reversed=1)), strict=True):
        before, after = (strokes.from_ink(dataset.unpadded(ink)) for ink in (before, after))
        assert len(after) == len(before)
        for stroke, other in zip(before, after, strict=True):
            assert other[::-1] == pytest.approx(stroke, abs=1e-3)


def test_a_cropped_sketch_is_rearranged_as_well():
    ink = np.array([[[1, 0, 1], [-1, 1, 0], [1, 0, 0]]], np.float32)  # no lift at the end
    found = {tuple(changed(ink, **only(reordered=1))[0, :, 2]) for _ in range(2)}
    assert found <= {(1, 0, 1), (0, 1, 1)}
    assert changed(ink, **only(reversed=1))[0].tolist() == [[-1, 0, 1], [1, 1, 0], [-1, 0, 1]]


def test_a_point_on_the_one_before_it_is_not_taken_for_padding():
    ink = np.array([[[1, 0, 0], [0, 0, 0], [0, 1, 1], [0, 0, 0]]], np.float32)
    expected = [[0, -1, 0], [0, 0, 0], [-1, 0, 1], [0, 0, 0]]
    assert changed(ink, **only(reversed=1))[0].tolist() == expected


def test_forgotten_strokes_leave_the_first_and_the_last_point(plain):
    first = plain[:, :, 2].argmax(axis=1) + 1  # steps of the first stroke
    left = changed(plain, **only(forgotten=1)).any(axis=2).sum(axis=1)
    several = plain[:, :, 2].sum(axis=1) > 1
    assert (left[several] == first[several] + 1).all() and (left[~several] == first[~several]).all()


def test_sketches_in_proportion_fill_the_longer_axis_only(plain):
    flat = plain * np.array([1, 0.5, 1], np.float32)
    steps = changed(flat, in_proportion=True)[..., :2]
    size = np.ptp(np.pad(np.cumsum(steps, axis=1), ((0, 0), (1, 0), (0, 0))), axis=1)
    assert size.max(axis=1) == pytest.approx(1, abs=1e-3) and np.median(size.min(axis=1)) < 0.8
    assert changed(flat, in_proportion=True, **only()) == pytest.approx(flat, abs=1e-5)


def test_no_two_passes_are_alike(plain):
    augmentation = Augmentation(seed=3)
    assert not np.array_equal(augmentation(plain), augmentation(plain))
    assert np.array_equal(Augmentation(seed=3)(plain), Augmentation(seed=3)(plain))


def test_a_number_decides_what_is_done_however_often(plain):
    augmentation, number = Augmentation(seed=3), tf.constant(7, tf.int64)
    first, again = augmentation(plain, number), augmentation(plain, number)
    assert np.array_equal(first, again)
    for other in (augmentation(plain, number + 1), Augmentation(seed=4)(plain, number)):
        assert not np.array_equal(first, other)


def test_the_shortest_sketches_survive():
    ink = np.zeros((64, 100, 3), np.float32)
    ink[:, 0] = 1, 1, 1
    assert np.isfinite(changed(ink)).all()
