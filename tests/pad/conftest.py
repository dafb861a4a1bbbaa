"""A sheet, a pad, and what they tell their owner and the browser."""

import pytest
from sheets import FakePredictor

from sketchlib.pad.board import Board
from sketchlib.pad.sketchpad import SketchPad


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


@pytest.fixture
def predictor():
    predictor = FakePredictor()
    yield predictor
    predictor.open.set()


@pytest.fixture
def pad(predictor):
    pad = SketchPad(predictor)
    yield pad
    pad.close()
