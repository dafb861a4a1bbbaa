"""The paper and its ink: what the browser is told, and the curve that a stroke becomes."""

import itertools

import ipywidgets as widgets
import numpy as np
import pytest
from hands import draw, event
from ipycanvas.canvas import COMMANDS
from sheets import CORNER, LINE

from sketchlib.pad import paper
from sketchlib.pad.paper import smooth


def commands(message):
    return [command[0] for command in message]


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


def test_every_move_is_one_small_message(board, sent):
    event(board, "client_ready")
    event(board, "mouse_down", *LINE[0])
    sent.clear()
    for point in LINE[1:]:
        event(board, "mouse_move", *point)
    assert [message[0] for message in sent] == [COMMANDS["strokeLines"]] * (len(LINE) - 1)


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


@pytest.fixture
def sheet():
    sheet = paper.Paper(400)
    yield sheet
    sheet.close()


def test_a_sheet_has_two_pixels_for_each_of_the_page(sheet):
    assert sheet.pixels == sheet.canvas.width == sheet.canvas.height == 800
    inside, outside = [(0, 0), (800, 800), (400, 3)], [(-1, 5), (5, 801), (801, 801)]
    assert all(sheet.contains(*point) for point in inside)
    assert not any(sheet.contains(*point) for point in outside)


@pytest.mark.parametrize(
    ("point", "left"),
    [
        ((1200, 400), (800, 400)),
        ((400, -100), (400, 0)),
        ((0, 1200), (200, 800)),
        ((1600, 1600), (800, 800)),
        ((500, 600), (500, 600)),
        ((400, 400), (400, 400)),
    ],
)
def test_the_edge_is_where_the_way_leaves_the_sheet_if_it_does(sheet, point, left):
    assert sheet.edge((400, 400), point) == pytest.approx(left)


def test_a_closed_sheet_draws_nothing_more(board, sent):
    event(board, "client_ready")
    board.paper.close()
    sent.clear()
    board.paper.redraw([np.array([(1.0, 2.0), (3.0, 4.0)])])
    board.paper.extend(np.array([(1.0, 2.0), (3.0, 4.0), (5.0, 6.0)]))
    assert sent == []


def test_a_box_is_closed_with_all_that_it_is_made_of():
    inner = widgets.HTML()
    outer = widgets.VBox([widgets.HBox([inner])])
    paper.close_all(outer)
    assert inner.comm is None and outer.comm is None
