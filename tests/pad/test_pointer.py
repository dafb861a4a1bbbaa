"""Mouse and fingers: what they do on a sheet, and what a pointer alone makes of them."""

from types import SimpleNamespace

import pytest
from hands import draw, event, touch
from ipycanvas import Canvas
from sheets import places

from sketchlib.pad.pointer import SAME_FINGER, Pointer


def test_moves_without_a_button_draw_nothing(board, told):
    event(board, "mouse_move", 5, 5)
    event(board, "mouse_up", 5, 5)
    event(board, "mouse_out", 5, -5)
    assert board.drawing == [] and told == []


def test_a_second_finger_neither_draws_nor_disturbs(board):
    touch(board, "start", (10, 10))
    touch(board, "start", (10, 10), (600, 600))
    touch(board, "move", (20, 20), (580, 580))
    touch(board, "move", (580, 590), (30, 30))  # whatever their order
    touch(board, "end", (30, 30))
    touch(board, "move", (40, 40))
    touch(board, "end")
    assert places(board) == [[[10, 10], [20, 20], [30, 30], [40, 40]]]


def test_the_stroke_ends_with_the_finger_that_draws(board):
    touch(board, "start", (10, 10))
    touch(board, "start", (10, 10), (600, 600))
    touch(board, "end", (600, 600))
    touch(board, "move", (590, 590))
    touch(board, "start", (590, 590), (50, 50))  # a finger is still on the sheet
    touch(board, "move", (590, 590), (60, 60))
    touch(board, "end", (590, 590))
    touch(board, "end")
    touch(board, "start", (5, 5))
    touch(board, "cancel")
    touch(board, "move", (7, 7))
    assert places(board) == [[[10, 10]], [[5, 5]]]


def test_a_finger_that_leaves_the_sheet_goes_on_when_it_comes_back(board):
    touch(board, "start", (100, 100))
    touch(board, "move", (-100, 100))
    touch(board, "move", (-50, 300))
    touch(board, "move", (50, 300))
    touch(board, "move", (80, 300))
    touch(board, "end")
    touch(board, "move", (90, 300))
    assert places(board) == [[[100, 100], [0, 100]], [[0, 300], [50, 300], [80, 300]]]


def test_a_finger_that_was_lifted_beyond_the_edge_stays_away(board):
    touch(board, "start", (100, 100))
    touch(board, "move", (-100, 100))
    touch(board, "end")
    event(board, "mouse_move", 50, 50)
    assert places(board) == [[[100, 100], [0, 100]]]


@pytest.fixture
def heard():
    """What a pointer made of a canvas's events: each call with its place."""
    return []


@pytest.fixture
def canvas(heard):
    """A canvas with nothing but a pointer, whose callbacks pass through `safely`."""
    canvas = Canvas(width=800, height=800)

    def safely(callback):
        return lambda *place: callback(*place)

    def hears(name):
        return lambda *place: heard.append((name, *place))

    Pointer(canvas, safely, hears("down"), hears("move"), hears("up"))
    yield SimpleNamespace(paper=SimpleNamespace(canvas=canvas))
    canvas.close()


def test_a_mouse_goes_down_moves_and_up_and_out_where_it_says_so(canvas, heard):
    draw(canvas, [(1, 2), (3, 4)])
    event(canvas, "mouse_out", 900, 5)
    assert heard == [("down", 1, 2), ("move", 3, 4), ("up",), ("up", 900, 5)]


def test_one_finger_does_what_a_mouse_does(canvas, heard):
    touch(canvas, "start", (1, 2))
    touch(canvas, "move", (3, 4))
    touch(canvas, "end")
    touch(canvas, "start", (5, 6))
    touch(canvas, "cancel", (5, 6))
    assert heard == [("down", 1, 2), ("move", 3, 4), ("up",), ("down", 5, 6), ("up",)]


def test_two_fingers_that_come_at_once_draw_nothing(canvas, heard):
    touch(canvas, "start", (1, 2), (300, 300))
    touch(canvas, "move", (3, 4), (310, 300))
    touch(canvas, "end", (3, 4))
    assert heard == []


def test_another_finger_that_is_lifted_nearby_ends_nothing(canvas, heard):
    touch(canvas, "start", (100, 100))
    touch(canvas, "end", (100 + SAME_FINGER, 100))
    assert heard == [("down", 100, 100)]
    touch(canvas, "end", (101 + SAME_FINGER, 100))
    assert heard[1:] == [("up",)]
