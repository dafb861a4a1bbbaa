"""The drawing and its history, without any widget."""

import numpy as np
import pytest
from clocks import Clock

from sketchlib.pad.sketch import LIFT, PEN_SPEED, Sketch


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def sketch(clock):
    return Sketch(clock)


def draw(sketch, points):
    sketch.pen_down(*points[0])
    for point in points[1:]:
        sketch.pen_move(*point)
    sketch.pen_up()


def places(sketch):
    return [stroke[:, :2].tolist() for stroke in sketch.drawing()]


LINE, CORNER, DOT = [(0, 0), (100, 0)], [(0, 50), (50, 50), (50, 90)], [(70, 20)]
A, B, C = ([list(map(float, point)) for point in stroke] for stroke in (LINE, CORNER, DOT))


def test_points_have_places_and_times(sketch, clock):
    sketch.pen_down(1, 2)
    clock.now += 0.25
    assert sketch.pen_move(3, 4) and not sketch.pen_move(3, 4)
    sketch.pen_up()
    clock.now += 1
    draw(sketch, DOT)
    first, second = sketch.drawing()
    assert first.dtype == np.float64
    np.testing.assert_allclose(first, [[1, 2, 0], [3, 4, 250]])
    np.testing.assert_allclose(second, [[70, 20, 1250]])


def test_a_drawing_starts_its_own_clock(sketch, clock):
    draw(sketch, LINE)
    sketch.clear()
    clock.now += 7
    draw(sketch, LINE)
    assert sketch.drawing()[0][0, 2] == 0


def test_the_stroke_under_the_pen_belongs_to_the_drawing(sketch):
    sketch.pen_down(1, 2)
    assert sketch.pen_is_down and places(sketch) == [[[1, 2]]]
    sketch.pen_down(5, 6)  # a lift that was never told
    assert places(sketch) == [[[1, 2]], [[5, 6]]]


def test_the_drawing_cannot_be_written_to(sketch):
    draw(sketch, LINE)
    with pytest.raises(ValueError, match="read-only"):
        sketch.drawing()[0][:] = -1
    assert places(sketch) == [A]


def test_undo_and_redo_walk_through_the_strokes(sketch):
    for stroke in (LINE, CORNER, DOT):
        draw(sketch, stroke)
    whole = sketch.drawing()
    for left in ([A, B], [A], [], []):
        sketch.undo()
        assert places(sketch) == left
    assert not sketch.can_undo and sketch.can_redo
    for back in ([A], [A, B], [A, B, C], [A, B, C]):
        sketch.redo()
        assert places(sketch) == back
    assert sketch.can_undo and not sketch.can_redo
    for before, after in zip(whole, sketch.drawing(), strict=True):
        np.testing.assert_array_equal(before, after)  # with its times


def test_a_new_stroke_forgets_what_could_be_redone(sketch):
    draw(sketch, LINE)
    draw(sketch, CORNER)
    sketch.undo()
    draw(sketch, DOT)
    assert not sketch.can_redo
    sketch.redo()
    assert places(sketch) == [A, C]


@pytest.mark.parametrize(
    "change",
    [
        lambda sketch: sketch.clear(),
        lambda sketch: sketch.erase(50, 2, 5),
        lambda sketch: sketch.replace([[(1, 1), (9, 9)]]),
    ],
)
def test_every_change_can_be_taken_back_and_made_again(sketch, change):
    draw(sketch, LINE)
    draw(sketch, CORNER)
    sketch.undo()
    change(sketch)
    changed = places(sketch)
    assert changed != [A] and not sketch.can_redo
    sketch.undo()
    assert places(sketch) == [A]
    sketch.redo()
    assert places(sketch) == changed


def test_clearing_nothing_is_no_change(sketch):
    sketch.clear()
    assert not sketch.can_undo


def test_undo_takes_the_stroke_under_the_pen(sketch):
    sketch.pen_down(1, 2)
    sketch.undo()
    assert sketch.drawing() == [] and not sketch.pen_is_down
    sketch.redo()
    assert places(sketch) == [[[1, 2]]]


@pytest.mark.parametrize(
    ("x", "y", "left"),
    [
        (50, 4, [B, C]),  # between the points of the line
        (50, 6, [A, B, C]),
        (104, 0, [B, C]),  # beyond its end
        (106, 0, [A, B, C]),
        (53, 70, [A, C]),
        (72, 21, [A, B]),
    ],
)
def test_the_eraser_takes_the_stroke_within_its_radius(sketch, x, y, left):
    for stroke in (LINE, CORNER, DOT):
        draw(sketch, stroke)
    assert sketch.erase(x, y, 5) == (len(left) < 3)
    assert places(sketch) == left


def test_of_crossing_strokes_the_newest_goes_first(sketch):
    draw(sketch, LINE)
    draw(sketch, [(50, -20), (50, 20)])
    assert sketch.erase(50, 0, 5)
    assert places(sketch) == [A]


def test_erasing_nothing_keeps_what_could_be_redone(sketch):
    draw(sketch, LINE)
    draw(sketch, CORNER)
    sketch.undo()
    assert not sketch.erase(500, 500, 5)
    assert sketch.can_redo


def test_a_drawing_without_times_gets_some(sketch):
    sketch.replace([[(0, 0), (80, 0)], [], [(80, 40)]])
    first, second = sketch.drawing()
    np.testing.assert_allclose(first[:, 2], [0, 80 / PEN_SPEED])
    np.testing.assert_allclose(second[:, 2], [80 / PEN_SPEED + LIFT])


def test_times_of_a_loaded_drawing_are_kept_and_go_on(sketch, clock):
    sketch.replace([[(0, 0, 5000), (80, 0, 9000)]])
    clock.now += 2
    draw(sketch, DOT)
    loaded, drawn = sketch.drawing()
    assert loaded[:, 2].tolist() == [5000, 9000]
    assert drawn[0, 2] == pytest.approx(11000)


def test_times_never_go_back_after_undo(sketch, clock):
    sketch.replace([[(0, 0, 0), (80, 0, 60_000)]])
    sketch.clear()
    draw(sketch, LINE)
    sketch.undo()
    sketch.undo()  # the loaded drawing, a minute long, is back
    draw(sketch, DOT)
    assert sketch.drawing()[-1][0, 2] >= 60_000


def test_an_empty_drawing_is_not_loaded(sketch):
    draw(sketch, LINE)
    with pytest.raises(ValueError, match="no points"):
        sketch.replace([])
    assert places(sketch) == [A]
