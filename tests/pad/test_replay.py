"""A drawing is drawn once more, at the speed at which it was drawn."""

import threading

import numpy as np
import pytest
from hands import draw, event, wait_until
from sheets import CORNER, LINE, places

from sketchlib.pad import replay
from sketchlib.pad.replay import frames, timetable


def replays():
    return [thread for thread in threading.enumerate() if thread.name == "sketch-replay"]


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


class Page:
    """Stands in for the paper: it only notes what it is to show."""

    def __init__(self):
        self.shown = []

    def redraw(self, strokes):
        self.shown.append(("all of", sum(map(len, strokes))))

    def extend(self, stroke):
        self.shown.append(("up to", len(stroke)))


def test_a_replay_that_is_over_left_nothing_to_restore():
    page, drawing = Page(), [np.array([(0, 0, 0), (5, 5, 10)]), np.array([(9, 9, 20)])]
    played = replay.Replay(page, drawing, pytest.fail)
    wait_until(lambda: not replays())
    assert page.shown == [
        *[("all of", 0), ("up to", 1), ("up to", 2), ("all of", 2)],
        *[("up to", 1), ("all of", 3)],
    ]
    assert not played.stop()


def test_a_replay_that_is_stopped_shows_nothing_more():
    page = Page()
    played = replay.Replay(page, [np.array([(x, x, 500 * x) for x in range(30)])], pytest.fail)
    wait_until(lambda: len(page.shown) >= 2)
    assert played.stop() and not played.stop()
    shown = list(page.shown)
    wait_until(lambda: not replays())
    assert page.shown == shown
