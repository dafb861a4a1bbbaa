"""The drawing pad without a browser: its events are sent to it as ipycanvas would."""

import itertools
import subprocess
import sys
import threading
import time
from pathlib import Path

import nbformat
import numpy as np
import pytest
from ipycanvas.canvas import COMMANDS
from nbclient import NotebookClient

from sketchlib import pad_view, recogniser
from sketchlib.pad import HINT, SketchPad
from sketchlib.pad_view import guesses_html, smooth
from sketchlib.recogniser import Recogniser

NOTEBOOK = Path(__file__).parents[1] / "notebooks" / "05_draw.ipynb"


class FakePredictor:
    """Says how many strokes and points it was shown; answers only while `open` is set."""

    name = "fake"
    classes = ("strokes", "points", "<b>bold</b>")

    def __init__(self):
        self.open = threading.Event()
        self.open.set()
        self.asked = []

    def top_k(self, drawing, k=5):
        self.asked.append(drawing)
        assert self.open.wait(10)
        if not drawing:
            raise ValueError("the drawing is empty")
        return [(f"{len(drawing)} strokes", 0.75), (f"{sum(map(len, drawing))} points", 0.25)][:k]


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


@pytest.fixture
def sent(pad, monkeypatch):
    """The messages that go to the browser's canvases, each a list of commands or one command."""
    messages = []
    manager = pad._paper.canvas._canvas_manager
    monkeypatch.setattr(
        manager, "_send_custom", lambda command, buffers=(): messages.append(command)
    )
    monkeypatch.setattr(manager, "_current_canvas", None)
    yield messages
    assert not manager._caching


def event(pad, name, x=None, y=None, touches=None):
    content = {"event": name, "x": x, "y": y}
    if touches is not None:
        content["touches"] = [{"x": x, "y": y} for x, y in touches]
    pad._paper.canvas._handle_frontend_event(None, content, [])


def draw(pad, points):
    event(pad, "mouse_down", *points[0])
    for point in points[1:]:
        event(pad, "mouse_move", *point)
    event(pad, "mouse_up", *points[-1])


def wait_until(condition):
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def workers():
    return [thread for thread in threading.enumerate() if thread.name == "sketch-recogniser"]


LINE = [(10, 20), (20, 20), (30, 25), (40, 30), (50, 50)]
CORNER = [(100, 100), (150, 100), (150, 150), (150, 200)]


# The drawing


def test_strokes_have_places_and_times(pad):
    draw(pad, LINE)
    draw(pad, CORNER)
    first, second = pad.drawing
    assert first[:, :2].tolist() == [list(point) for point in LINE]
    assert second[:, :2].tolist() == [list(point) for point in CORNER]
    times = np.concatenate([first[:, 2], second[:, 2]])
    assert 0 <= times[0] < 100
    assert (np.diff(times) >= 0).all()


def test_moves_without_a_button_draw_nothing(pad):
    event(pad, "mouse_move", 5, 5)
    event(pad, "mouse_up", 5, 5)
    event(pad, "mouse_out", 5, 5)
    assert pad.drawing == []


def test_leaving_the_paper_ends_the_stroke(pad):
    event(pad, "mouse_down", 1, 2)
    event(pad, "mouse_out", 3, 4)
    event(pad, "mouse_move", 5, 6)
    assert [stroke[:, :2].tolist() for stroke in pad.drawing] == [[[1, 2]]]


def test_a_pen_at_rest_adds_no_points(pad):
    draw(pad, [(1, 2), (1, 2), (1, 2)])
    assert [len(stroke) for stroke in pad.drawing] == [1]


def test_only_the_first_finger_draws(pad):
    event(pad, "touch_start", touches=[(1, 1)])
    event(pad, "touch_start", touches=[(1, 1), (90, 90)])
    event(pad, "touch_move", touches=[(2, 2), (80, 80)])
    event(pad, "touch_end", touches=[(80, 80)])
    event(pad, "touch_move", touches=[(70, 70)])
    event(pad, "touch_end", touches=[])
    event(pad, "touch_start", touches=[(5, 5)])
    event(pad, "touch_cancel", touches=[])
    places = [stroke[:, :2].tolist() for stroke in pad.drawing]
    assert places == [[[1, 1], [2, 2]], [[5, 5]]]


def test_undo_and_clear(pad):
    draw(pad, LINE)
    draw(pad, CORNER)
    draw(pad, LINE)
    pad._undo.click()
    assert [len(stroke) for stroke in pad.drawing] == [len(LINE), len(CORNER)]
    pad.undo()
    assert [len(stroke) for stroke in pad.drawing] == [len(LINE)]
    pad._clear.click()
    pad.undo()
    assert pad.drawing == []


def test_undo_takes_the_stroke_under_the_pen(pad):
    event(pad, "mouse_down", 1, 2)
    pad.undo()
    event(pad, "mouse_move", 3, 4)
    assert pad.drawing == []


def test_the_drawing_is_a_copy(pad):
    draw(pad, LINE)
    pad.drawing[0][:] = 0
    assert pad.drawing[0][0, 0] == LINE[0][0]


def test_buttons_are_for_when_there_is_ink(pad):
    assert pad._undo.disabled and pad._clear.disabled
    draw(pad, LINE)
    assert not pad._undo.disabled and not pad._clear.disabled
    pad.clear()
    assert pad._undo.disabled and pad._clear.disabled


# What the browser is told


def commands(message):
    return [command[0] for command in message]


def test_nothing_is_drawn_before_a_browser_is_there(pad, sent):
    draw(pad, LINE)
    pad.undo()
    assert sent == []


def test_a_new_browser_gets_everything_in_one_message(pad, sent):
    draw(pad, LINE)
    for _ in range(2):  # first display, then a page reload
        sent.clear()
        event(pad, "client_ready")
        (message,) = sent
        switch, clear, set_style = (COMMANDS[name] for name in ["switchCanvas", "clear", "set"])
        expected = [switch, clear, switch, clear, *[set_style] * 4, COMMANDS["strokeLineSegments"]]
        assert commands(message) == expected
        last_canvas = [command[1] for command in message if command[0] == switch][-1]
        assert last_canvas == [f"IPY_MODEL_{pad._paper.canvas.model_id}"]


def test_every_move_is_one_small_message(pad, sent):
    event(pad, "client_ready")
    event(pad, "mouse_down", *LINE[0])
    sent.clear()
    for point in LINE[1:]:
        event(pad, "mouse_move", *point)
    # The second point waits for the third, which tells how the line bends.
    assert [message[0] for message in sent] == [COMMANDS["strokeLines"]] * (len(LINE) - 2)


def test_pieces_drawn_live_add_up_to_the_smooth_stroke(pad, monkeypatch):
    pieces = []
    event(pad, "client_ready")
    monkeypatch.setattr(
        type(pad._paper.canvas), "stroke_lines", lambda _, piece: pieces.append(piece)
    )
    event(pad, "mouse_down", *LINE[0])
    pieces.clear()
    for point in LINE[1:]:
        event(pad, "mouse_move", *point)
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


def test_a_failing_draw_does_not_stop_later_ones(pad, sent, monkeypatch):
    event(pad, "client_ready")
    draw(pad, LINE)
    with monkeypatch.context() as broken:
        broken.setattr(pad_view, "INK", "no colour")
        pad._undo.click()
    assert "no colour" in pad._problem.value
    sent.clear()
    draw(pad, CORNER)
    assert COMMANDS["strokeLineSegments"] in commands(sent[-1])
    assert pad._problem.value == ""


# Guesses


def test_bars_follow_the_drawing(pad):
    assert HINT in pad._bars.value
    draw(pad, LINE)
    wait_until(lambda: "1 strokes" in pad._bars.value and "5 points" in pad._bars.value)
    assert "75 %" in pad._bars.value and " ms" in pad._bars.value and HINT not in pad._bars.value
    draw(pad, CORNER)
    wait_until(lambda: "2 strokes" in pad._bars.value and "9 points" in pad._bars.value)
    pad.undo()
    wait_until(lambda: "1 strokes" in pad._bars.value)
    pad.clear()
    assert HINT in pad._bars.value and "strokes" not in pad._bars.value


def test_too_little_ink_is_not_recognised(pad, predictor):
    draw(pad, LINE[:3])
    assert predictor.asked == [] and HINT in pad._bars.value


def test_the_latest_drawing_wins(pad, predictor):
    predictor.open.clear()
    draw(pad, LINE)
    wait_until(lambda: predictor.asked)
    for _ in range(20):
        draw(pad, CORNER)
    predictor.open.set()
    wait_until(lambda: "21 strokes" in pad._bars.value)
    assert len(predictor.asked) == 2  # the one that it was busy with, and the latest


def test_drawing_does_not_wait_for_a_slow_predictor(pad, predictor):
    predictor.open.clear()
    draw(pad, LINE)
    assert len(pad.drawing[0]) == len(LINE)


def test_no_stale_answer_after_clear(pad, predictor):
    predictor.open.clear()
    draw(pad, LINE)
    wait_until(lambda: predictor.asked)
    pad.clear()
    predictor.open.set()
    wait_until(lambda: not workers())
    assert HINT in pad._bars.value


def test_no_stale_answer_once_a_new_drawing_has_begun(pad, predictor):
    predictor.open.clear()
    draw(pad, LINE)
    wait_until(lambda: predictor.asked)
    pad.clear()
    shown = []
    pad._bars.observe(lambda change: shown.append(change.new), "value")
    draw(pad, CORNER)
    predictor.open.set()
    wait_until(lambda: "4 points" in pad._bars.value)
    assert not any("5 points" in html for html in shown)


def test_a_failing_predictor_is_reported_and_the_pad_goes_on(pad, predictor, monkeypatch, caplog):
    with monkeypatch.context() as broken:
        broken.setattr(predictor, "top_k", lambda drawing, k: 1 / 0)
        draw(pad, LINE)
        wait_until(lambda: "ZeroDivisionError: division by zero" in pad._problem.value)
    assert "goes on" in caplog.text
    draw(pad, CORNER)
    wait_until(lambda: "2 strokes" in pad._bars.value)
    assert pad._problem.value == ""


def test_a_failing_callback_is_reported_and_the_pad_goes_on(pad):
    event(pad, "touch_start", touches=[(1, 1)])
    event(pad, "touch_move", touches=[])  # no browser sends this
    assert "IndexError" in pad._problem.value
    event(pad, "touch_move", touches=[(2, 2)])
    assert len(pad.drawing[0]) == 2


def test_html_is_escaped_and_speaks():
    html = guesses_html([("<script>&'\"", 0.876), ("cat", 0.001)], "<5 ms", rows=5)
    assert "<script>" not in html and "&lt;script&gt;&amp;&#x27;&quot;" in html
    assert "88 %" in html and "&lt; 1 %" in html and "&lt;5 ms" in html
    assert html.count("<li") == 5 and html.count('role="meter"') == 2
    assert 'aria-label="cat"' in html and 'aria-valuenow="87.6"' in html


# Workers


def test_closed_and_replaced_pads_leave_no_worker(predictor, monkeypatch):
    monkeypatch.setattr(recogniser, "IDLE_SECONDS", 0.05)
    for _ in range(3):  # a cell that is run again: nobody closes the old pad
        pad = SketchPad(predictor)
        draw(pad, LINE)
    wait_until(lambda: not workers())
    draw(pad, LINE)
    wait_until(lambda: "2 strokes" in pad._bars.value)  # an idle pad wakes up
    pad.close()
    wait_until(lambda: not workers())


def test_close_ends_the_worker_and_closes_the_widgets(predictor):
    pad = SketchPad(predictor)
    draw(pad, LINE)
    pad.close()
    wait_until(lambda: not workers())
    parts = [pad, pad._paper, pad._paper.canvas, pad._undo, pad._clear, pad._bars, pad._problem]
    assert [part.comm for part in parts] == [None] * len(parts)


def test_an_answer_that_cannot_be_shown_does_not_end_the_worker(predictor, caplog):
    shown = []

    def show(answer):
        shown.append(answer)
        raise RuntimeError("no screen")

    recogniser = Recogniser(predictor, show)
    for number in (1, 2):
        recogniser.submit([np.zeros((4, 3))] * number)
        wait_until(lambda count=number: len(shown) == count)
    assert [answer.guesses[0][0] for answer in shown] == ["1 strokes", "2 strokes"]
    assert "no screen" in caplog.text
    recogniser.stop()


def test_submits_from_many_threads_need_one_worker(predictor):
    wait_until(lambda: not workers())  # those of earlier tests
    answers = []
    recogniser = Recogniser(predictor, answers.append)
    drawing = [np.zeros((4, 3))]
    threads = [
        threading.Thread(target=lambda: [recogniser.submit(drawing) for _ in range(200)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(workers()) == 1
    wait_until(lambda: answers)
    recogniser.stop()
    wait_until(lambda: not workers())


# No TensorFlow

NO_TENSORFLOW = """
import sys
found = {name.partition(".")[0] for name in sys.modules} & {"tensorflow", "keras"}
assert not found, found
"""


def test_the_pad_and_the_predictor_leave_tensorflow_alone():
    code = f"import sketchlib.pad, sketchlib.predictor\n{NO_TENSORFLOW}"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_notebook_leaves_tensorflow_alone(tmp_path):
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(NO_TENSORFLOW))
    NotebookClient(notebook, resources={"metadata": {"path": tmp_path}}).execute()
