"""The imitated hand: what it draws is what was asked for, as nearly as a hand draws it."""

from itertools import pairwise

import numpy as np
import pytest

from sketchlib.drawing import hand
from sketchlib.drawing.hand import Pen

SQUARE = [(-1, -1), (-1, 1), (1, 1), (1, -1)]


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(4)


@pytest.fixture
def pen(rng) -> Pen:
    return Pen(rng)


def pens(count: int = 200) -> list[Pen]:
    return [Pen(np.random.default_rng(seed)) for seed in range(count)]


def test_degrees_go_from_the_right_downwards():
    places = hand.around(1, 2, 10, 5, [0, 90, 180, 270])
    assert places == pytest.approx(np.array([[11, 2], [1, 7], [-9, 2], [1, -3]]))


def test_what_is_drawn_perhaps_is_drawn_or_seen_by_nobody(pen):
    pen.perhaps(0).line((0, 0), (1, 1))
    assert pen.strokes == []
    pen.perhaps(1).line((0, 0), (1, 1))
    assert len(pen.strokes) == 1


def test_a_line_misses_its_points_by_little_and_never_alike():
    lines = []
    for pen in pens():
        pen.line((0, 0), (1, 2), (3, 3))
        lines += pen.strokes
    missed = np.array(lines) - [(0, 0), (1, 2), (3, 3)]
    assert 0.01 < missed.std() < 0.1 and np.abs(missed.mean()) < 0.01


def sides(strokes) -> list[list[tuple]]:
    """The lines of which strokes consist, in one way of writing each."""
    return [sorted(map(tuple, side)) for stroke in strokes for side in pairwise(stroke)]


def test_a_polygon_is_closed_and_has_all_its_sides_in_one_stroke_or_two():
    numbers, starts = set(), set()
    for pen in pens():
        pen.sloppiness = 0.0
        pen.polygon(*SQUARE)
        numbers.add(len(pen.strokes))
        starts.add(tuple(pen.strokes[0][0]))
        assert np.array_equal(pen.strokes[0][0], pen.strokes[-1][-1])
        assert sorted(sides(pen.strokes)) == sorted(sides([np.array([*SQUARE, SQUARE[0]])]))
    assert numbers == {1, 2} and starts == set(SQUARE)


def test_a_curve_joins_its_ends_and_leans_towards_what_is_between(pen):
    pen.curve((0, 0), (1, 2), (2, 0))
    (curve,) = pen.strokes
    assert curve[[0, -1]].tolist() == [[0, 0], [2, 0]]
    assert curve[len(curve) // 2] == pytest.approx([1, 1])


def test_an_arc_is_swept_and_grows_narrower_where_it_is_told(pen):
    pen.arc(1, 1, 2, 2, 0, 720, inward=0.5)
    (spiral,) = pen.strokes
    radius = np.hypot(*(spiral - 1).T)
    assert radius[[0, -1]] == pytest.approx([2, 1]) and (np.diff(radius) < 0).all()
    turned = np.diff(np.unwrap(np.arctan2(*(spiral - 1).T[::-1])))
    assert np.degrees(turned.sum()) == pytest.approx(720)


def test_an_ellipse_goes_round_either_way_and_its_ends_seldom_meet():
    ways, gaps = set(), []
    for pen in pens():
        pen.ellipse(0, 0, 1, 0.5)
        (round_,) = pen.strokes
        angle = np.unwrap(np.arctan2(round_[:, 1] / 0.5, round_[:, 0]))
        ways.add(np.sign(angle[-1] - angle[0]))
        gaps.append(np.abs(np.degrees(angle[-1] - angle[0])) - 360)
    assert ways == {-1, 1}
    assert 5 < np.std(gaps) < 30 and np.abs(np.mean(gaps)) < 5


def test_scallops_go_from_point_to_point_and_bulge_to_one_side(pen):
    pen.scallops(np.array([[0.0, 0], [2, 0], [4, 0]]), 1.0)
    (bumps,) = pen.strokes
    assert bumps[0] == pytest.approx([0, 0]) and bumps[-1] == pytest.approx([4, 0])
    assert np.hypot(*(bumps - [2, 0]).T).min() == pytest.approx(0, abs=1e-9)
    assert bumps[:, 1].max() == pytest.approx(0, abs=1e-9)
    assert -1.3 <= bumps[:, 1].min() <= -0.7


def test_habits_leave_most_strokes_and_none_far_from_where_it_was():
    kept, turned = [], []
    for pen in pens(500):
        pen.strokes = [np.array([[x, 0.0], [x, 1.0]]) for x in (-1.0, 0.0, 1.0)]
        strokes = hand.apply_habits(pen)
        kept.append(len(strokes))
        turned += [stroke[0, 1] > stroke[-1, 1] for stroke in strokes]
        for stroke in strokes:
            places = np.round(stroke.mean(axis=0) - [0, 0.5])
            assert np.abs(stroke.mean(axis=0) - [0, 0.5] - places).max() < 0.5
    assert set(kept) == {2, 3} and 0.85 < np.mean(np.equal(kept, 3)) < 0.99
    assert np.mean(turned) == pytest.approx(0.1, abs=0.03)


def test_strokes_that_nearly_meet_are_now_and_then_drawn_in_one():
    numbers = []
    for pen in pens(300):
        pen.strokes = [np.array([[0.0, 0], [1, 0]]), np.array([[1.0, 0], [1, 1]])]
        strokes = hand.apply_habits(pen)
        numbers.append(len(strokes))
        assert sum(map(len, strokes)) == 4
    assert set(numbers) == {1, 2} and np.mean(np.equal(numbers, 1)) == pytest.approx(0.26, abs=0.1)


def test_a_drawing_is_put_on_the_canvas_in_its_size(rng):
    circle = [hand.around(0, 0, 1, 1, np.linspace(0, 360, 90))]
    for _ in range(50):
        (placed,) = hand.place(circle, 100, rng)
        assert (placed.min(axis=0) >= 20).all() and (placed.min(axis=0) <= 150).all()
        assert 120 < np.sqrt(np.ptp(placed, axis=0).prod()) < 320
    assert np.abs(circle[0]).max() == 1, "what is placed is a copy"


def test_a_pen_reports_every_10_to_20_milliseconds_at_its_speed(rng):
    corner = np.array([[0.0, 0], [300, 0], [300, 300]])
    reported = hand.sample(corner, 1000, 0.5, rng)
    assert reported[[0, -1], :2].tolist() == [[0, 0], [300, 300]]
    steps = np.diff(reported[:, 2])
    assert steps.min() >= 10 and steps.max() <= 20 and 1010 <= reported[0, 2] <= 1020
    assert np.ptp(reported[:, 2]) == pytest.approx(600 / 0.5, rel=0.1)
    assert np.hypot(*(reported[:, :2] - [300, 0]).T).min() > 0.5, "the corner is rounded"
    assert len(hand.sample(corner / 3000, 0, 0.5, rng)) == 2, "and what is short has two points"


def test_a_tremble_moves_points_slowly_and_leaves_their_times(rng):
    points = np.column_stack([np.zeros((400, 2)), 15.0 * np.arange(400)])
    hand.tremble(points, 2.0, rng)
    assert np.array_equal(points[:, 2], 15.0 * np.arange(400))
    assert 1 < points[:, :2].std() < 6
    assert np.abs(np.diff(points[:, :2], axis=0)).max() < 1, "waves, not noise"
