"""The sheet without a browser: its events are sent to it as ipycanvas would."""

import numpy as np
import pytest
from hands import draw, event, touch
from sheets import CORNER, LINE, places

from sketchlib.pad.board import Board

# Mouse


def test_strokes_have_places_and_times(board):
    draw(board, LINE)
    draw(board, CORNER)
    assert places(board) == [[list(point) for point in stroke] for stroke in (LINE, CORNER)]
    times = np.concatenate([stroke[:, 2] for stroke in board.drawing])
    assert 0 <= times[0] < 100 and (np.diff(times) >= 0).all()


def test_a_pen_at_rest_adds_no_points(board):
    draw(board, [(1, 2), (1, 2), (1, 2)])
    assert places(board) == [[[1, 2]]]


def test_leaving_the_sheet_ends_the_stroke_at_its_edge(board, told):
    event(board, "mouse_down", 100, 100)
    event(board, "mouse_out", 100, -100)
    event(board, "mouse_move", 50, 60)
    event(board, "mouse_down", 700, 700)
    event(board, "mouse_out", 900, 720)
    assert places(board) == [[[100, 100], [100, 0]], [[700, 700], [800, 710]]]
    assert [settled for _, settled in told] == [False, True] * 2


def test_the_owner_hears_of_every_change(board, told):
    draw(board, LINE[:3])
    assert told == [(1, False)] * 3 + [(1, True)]
    board.undo()
    board.redo()
    board.clear()
    assert told[4:] == [(0, True), (1, True), (0, True)]


def test_no_error_of_the_owner_stops_the_pen(errors):
    board = Board(on_change=lambda drawing, settled: 1 / 0, on_error=errors.append)
    draw(board, LINE)
    assert len(board.drawing[0]) == len(LINE)
    assert len(errors) == len(LINE) + 1 and type(errors[0]) is ZeroDivisionError
    board.close()


# Eraser, enabled, loading


def test_the_eraser_takes_what_it_touches_until_it_is_lifted(board, told):
    draw(board, LINE)
    draw(board, CORNER)
    draw(board, [(700, 700), (720, 700)])
    board.erasing = True
    assert "sketchpad-erasing" in board.paper._dom_classes
    event(board, "mouse_move", *LINE[0])  # not pressed
    event(board, "mouse_down", 400, 400)
    event(board, "mouse_move", *LINE[2])
    event(board, "mouse_move", 130, 95)
    event(board, "mouse_up", 130, 95)
    event(board, "mouse_move", 710, 700)
    assert places(board) == [[[700, 700], [720, 700]]]
    assert told[-2:] == [(2, True), (1, True)]
    board.undo()
    assert len(board.drawing) == 2
    board.erasing = False
    assert "sketchpad-erasing" not in board.paper._dom_classes
    draw(board, LINE)
    assert len(board.drawing) == 3


def test_a_board_that_rests_ignores_the_pen(board):
    event(board, "mouse_down", *LINE[0])
    board.enabled = False
    event(board, "mouse_move", *LINE[1])
    draw(board, CORNER)
    touch(board, "start", (10, 10))
    assert places(board) == [[list(LINE[0])]] and "sketchpad-resting" in board.paper._dom_classes
    board.enabled = True
    draw(board, CORNER)
    assert len(board.drawing) == 2


def test_a_loaded_drawing_fills_the_sheet_undistorted(board):
    draw(board, LINE)
    board.load([np.array([(0, 0), (10, 0)]), np.array([(10, 5)])])
    points = np.concatenate(board.drawing)[:, :2]
    low, high = points.min(axis=0), points.max(axis=0)
    np.testing.assert_allclose((low + high) / 2, 400)
    assert (high - low)[0] == pytest.approx(2 * (high - low)[1]) and 600 < (high - low)[0] < 800
    board.undo()
    assert places(board) == [[list(point) for point in LINE]]


def test_a_loaded_dot_is_in_the_middle(board):
    board.load([[(3, 3)]])
    assert places(board) == [[[400, 400]]]


def test_an_empty_drawing_is_not_loaded(board):
    draw(board, LINE)
    with pytest.raises(ValueError, match="no points"):
        board.load([])
    assert len(board.drawing) == 1


# A browser


def test_a_second_view_does_not_end_the_stroke(board):
    event(board, "client_ready")
    event(board, "mouse_down", *LINE[0])
    event(board, "mouse_move", *LINE[1])
    event(board, "client_ready")
    event(board, "mouse_move", *LINE[2])
    event(board, "mouse_up", *LINE[2])
    assert places(board) == [[list(point) for point in LINE[:3]]]
