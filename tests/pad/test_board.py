"""The sheet without a browser: its events are sent to it as ipycanvas would."""

import itertools
import threading
import time

import numpy as np
import pytest
from hands import draw, event
from ipycanvas.canvas import COMMANDS

from sketchlib.pad import paper, replay
from sketchlib.pad.board import Board
from sketchlib.pad.paper import smooth
from sketchlib.pad.replay import frames, timetable

LINE = [(10, 20), (20, 20), (30, 25), (40, 30), (50, 50)]
CORNER = [(100, 100), (150, 100), (150, 150), (150, 200)]


@pytest.fixture
def told():
    """What the board told its owner: (strokes, settled) of every change."""
    return []


@pytest.fixture
def errors():
    return []


@pytest.fixture
def board(told, errors):
    board = Board(
        on_change=lambda drawing, settled: told.append((len(drawing), settled)),
        on_error=errors.append,
    )
    yield board
    board.close()


@pytest.fixture
def sent(board, monkeypatch):
    """The messages that go to the browser's canvases, each a list of commands or one command."""
    messages = []
    manager = board.paper.canvas._canvas_manager
    monkeypatch.setattr(
        manager, "_send_custom", lambda command, buffers=(): messages.append(command)
    )
    monkeypatch.setattr(manager, "_current_canvas", None)
    yield messages
    assert not manager._caching


def places(board):
    return [stroke[:, :2].tolist() for stroke in board.drawing]


def commands(message):
    return [command[0] for command in message]


def replays():
    return [thread for thread in threading.enumerate() if thread.name == "sketch-replay"]


def wait_until(condition):
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


# Mouse


def test_strokes_have_places_and_times(board):
    draw(board, LINE)
    draw(board, CORNER)
    assert places(board) == [[list(point) for point in stroke] for stroke in (LINE, CORNER)]
    times = np.concatenate([stroke[:, 2] for stroke in board.drawing])
    assert 0 <= times[0] < 100 and (np.diff(times) >= 0).all()


def test_moves_without_a_button_draw_nothing(board, told):
    event(board, "mouse_move", 5, 5)
    event(board, "mouse_up", 5, 5)
    event(board, "mouse_out", 5, -5)
    assert board.drawing == [] and told == []


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


# Fingers


def touch(board, name, *touches):
    event(board, f"touch_{name}", touches=touches)


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


def test_a_finger_that_leaves_the_sheet_stops_drawing(board):
    touch(board, "start", (100, 100))
    touch(board, "move", (-100, 100))
    touch(board, "move", (50, 50))
    touch(board, "end")
    assert places(board) == [[[100, 100], [0, 100]]]


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


# What the browser is told


def test_nothing_is_drawn_before_a_browser_is_there(board, sent):
    draw(board, LINE)
    board.undo()
    assert sent == []


def test_a_new_browser_gets_everything_in_one_message(board, sent):
    draw(board, LINE)
    for _ in range(2):  # first display, then a page reload or a second view
        sent.clear()
        event(board, "client_ready")
        (message,) = sent
        switch, clear, set_style = (COMMANDS[name] for name in ["switchCanvas", "clear", "set"])
        expected = [switch, clear, switch, clear, *[set_style] * 4, COMMANDS["strokeLineSegments"]]
        assert commands(message) == expected
        last_canvas = [command[1] for command in message if command[0] == switch][-1]
        assert last_canvas == [f"IPY_MODEL_{board.paper.canvas.model_id}"]


def test_a_second_view_does_not_end_the_stroke(board):
    event(board, "client_ready")
    event(board, "mouse_down", *LINE[0])
    event(board, "mouse_move", *LINE[1])
    event(board, "client_ready")
    event(board, "mouse_move", *LINE[2])
    event(board, "mouse_up", *LINE[2])
    assert places(board) == [[list(point) for point in LINE[:3]]]


def test_every_move_is_one_small_message(board, sent):
    event(board, "client_ready")
    event(board, "mouse_down", *LINE[0])
    sent.clear()
    for point in LINE[1:]:
        event(board, "mouse_move", *point)
    # The second point waits for the third, which tells how the line bends.
    assert [message[0] for message in sent] == [COMMANDS["strokeLines"]] * (len(LINE) - 2)


def test_pieces_drawn_live_add_up_to_the_smooth_stroke(board, monkeypatch):
    pieces = []
    event(board, "client_ready")
    canvas = type(board.paper.canvas)
    monkeypatch.setattr(canvas, "stroke_lines", lambda _, piece: pieces.append(piece))
    event(board, "mouse_down", *LINE[0])
    pieces.clear()
    for point in LINE[1:]:
        event(board, "mouse_move", *point)
    for piece, following in itertools.pairwise(pieces):
        assert piece[-1] == pytest.approx(following[0])
    drawn = np.concatenate([pieces[0], *[piece[1:] for piece in pieces[1:]]])
    np.testing.assert_allclose(drawn, smooth(np.array(LINE, dtype=float))[:-1])


def test_smooth_rounds_corners_and_keeps_ends():
    corner = smooth(np.array([(0, 0), (10, 0), (10, 10)], dtype=float))
    assert corner[[0, -1]].tolist() == [[0, 0], [10, 10]]
    assert np.hypot(*(corner - (10, 0)).T).min() > 1.5
    assert smooth(np.array([(0, 0), (4, 4)], dtype=float)).tolist() == [[0, 0], [2, 2], [4, 4]]
    assert len(smooth(np.array([(3.0, 4.0)]))) == 2


def test_a_failing_draw_does_not_stop_later_ones(board, sent, errors, monkeypatch):
    event(board, "client_ready")
    with monkeypatch.context() as broken:
        broken.setattr(paper, "INK", "no colour")
        draw(board, LINE)
    assert len(errors) == 1 and "no colour" in str(errors[0])
    sent.clear()
    draw(board, CORNER)
    assert COMMANDS["strokeLineSegments"] in commands(sent[-1])


def test_the_sheet_has_a_name_for_those_who_cannot_see_it():
    board = Board(label='Draw "here" & <now>')
    assert "<now>" not in board._extras.value
    assert "Draw \\&quot;here\\&quot; &amp; &lt;now&gt;" in board._extras.value
    board.close()


# Replay


def test_a_replay_keeps_the_time_but_shortens_long_pauses():
    drawing = [
        np.array([(0, 0, 500), (1, 1, 540)]),
        np.array([(5, 5, 9540), (6, 6, 9500), (7, 7, 9600)]),  # a clock that went back
    ]
    assert timetable(drawing) == [0, 40, 1040, 1040, 1140]
    assert timetable([]) == []


def test_a_replay_shows_every_stroke_growing():
    drawing = [np.array([(0, 0, 0), (1, 1, 40)]), np.array([(5, 5, 90)])]
    shown = [
        (due, len(done), live is not None and len(live)) for due, done, live in frames(drawing)
    ]
    assert shown == [
        *[(0, 0, False), (0, 0, 1), (40, 0, 2), (40, 1, False)],
        *[(90, 1, 1), (90, 2, False)],
    ]


def test_a_replay_ends_with_the_whole_drawing_and_changes_nothing(board, sent, told):
    event(board, "client_ready")
    draw(board, LINE)
    draw(board, CORNER)
    before, changes = places(board), len(told)
    sent.clear()
    board.replay()
    wait_until(lambda: not replays())
    redraws = [message for message in sent if isinstance(message[0], list)]
    assert len(redraws) == 3  # clean paper, and one for each stroke
    assert len(sent) > len(redraws) + len(LINE) - 2
    assert places(board) == before and len(told) == changes


@pytest.mark.parametrize(
    "interrupt",
    [
        lambda board: board.undo(),
        lambda board: event(board, "mouse_down", 300, 300),
        lambda board: event(board, "client_ready"),
        lambda board: board.close(),
    ],
)
def test_any_change_ends_a_replay(board, sent, interrupt):
    event(board, "client_ready")
    draw(board, LINE)
    board.load([np.array([(x, x, 2000 * x)]) for x in range(30)])  # would take half a minute
    sent.clear()
    board.replay()
    wait_until(lambda: len(sent) >= 3)
    interrupt(board)
    wait_until(lambda: not replays())
    assert board.drawing


def test_a_replay_that_fails_is_reported(board, errors, monkeypatch):
    draw(board, LINE)
    monkeypatch.setattr(replay, "timetable", lambda drawing: 1 / 0)
    board.replay()
    wait_until(lambda: errors)
    assert type(errors[0]) is ZeroDivisionError
