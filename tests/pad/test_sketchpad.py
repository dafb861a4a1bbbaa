"""The drawing pad without a browser: its events are sent to it as ipycanvas would."""

import html
import subprocess
import sys
import time
from pathlib import Path

import ipywidgets as widgets
import nbformat
import numpy as np
import pytest
from hands import draw, event, wait_until
from ipycanvas import Canvas
from nbclient import NotebookClient
from sheets import CORNER, LINE, widgets_of, workers

from sketchlib.pad import recogniser, sketchpad
from sketchlib.pad.bars import NOT_SURE, UNSURE
from sketchlib.pad.sketchpad import HINT, TOO_LITTLE, SketchPad
from sketchlib.predictor import Predictor

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "05_draw.ipynb"


def press(pad, key, shift=False, control=False, meta=False):
    event(pad, "key_down", key=key, shift_key=shift, ctrl_key=control, meta_key=meta)


# Buttons and keys


def lengths(pad):
    return [len(stroke) for stroke in pad.drawing]


def test_undo_redo_and_clear(pad):
    for stroke in (LINE, CORNER):
        draw(pad, stroke)
    pad._undo.click()
    assert lengths(pad) == [5]
    pad._redo.click()
    assert lengths(pad) == [5, 4]
    pad._clear.click()
    assert lengths(pad) == []
    pad.undo()
    assert lengths(pad) == [5, 4]
    pad.redo()
    pad.undo()
    pad.undo()
    assert lengths(pad) == [5]


def test_the_eraser_is_a_switch_and_can_be_undone(pad):
    draw(pad, LINE)
    draw(pad, CORNER)
    pad._eraser.value = True
    event(pad, "mouse_down", 150, 120)
    event(pad, "mouse_up", 150, 120)
    assert lengths(pad) == [5]
    pad.undo()
    pad._eraser.value = False
    draw(pad, LINE)
    assert lengths(pad) == [5, 4, 5]


@pytest.mark.parametrize("empty", ["clear", "undo"])
def test_the_eraser_ends_with_what_there_was_to_erase(pad, empty):
    draw(pad, LINE)
    pad._eraser.value = True
    getattr(pad, empty)()
    assert not pad._eraser.value and not pad.board.erasing and pad._eraser.disabled
    press(pad, "e")
    draw(pad, CORNER)
    assert lengths(pad) == [4] and not pad._eraser.disabled


def test_buttons_are_for_when_they_do_something(pad):
    buttons = [pad._undo, pad._redo, pad._clear, pad._replay]

    def enabled():
        return [button.description for button in buttons if not button.disabled]

    assert enabled() == []
    draw(pad, LINE)
    assert enabled() == ["Undo", "Clear", "Replay"]
    pad.clear()
    assert enabled() == ["Undo"]
    pad.undo()
    assert enabled() == ["Undo", "Redo", "Clear", "Replay"]


def test_keys_on_the_sheet(pad):
    draw(pad, LINE)
    draw(pad, CORNER)
    press(pad, "z", control=True)
    assert lengths(pad) == [5]
    press(pad, "y", control=True)
    assert lengths(pad) == [5, 4]
    press(pad, "z", meta=True)
    press(pad, "Z", meta=True, shift=True)
    assert lengths(pad) == [5, 4]
    press(pad, "e")
    assert pad.board.erasing and pad._eraser.value
    press(pad, "E", shift=True)
    assert not pad.board.erasing
    press(pad, "Delete")
    assert lengths(pad) == []
    press(pad, "z", control=True)
    press(pad, "c", control=True)  # copying is the browser's business
    assert lengths(pad) == [5, 4]
    press(pad, "c")
    assert lengths(pad) == []


def test_escape_leaves_the_sheet(pad, monkeypatch):
    asked = []
    canvas = pad.board.paper.canvas
    monkeypatch.setattr(type(canvas), "blur", lambda self: asked.append(self), raising=False)
    press(pad, "Escape")
    assert asked == [canvas]


def test_escape_does_no_harm_where_the_sheet_cannot_be_left(pad, monkeypatch):
    """As with ipywidgets 7, which hosted notebooks still have."""
    monkeypatch.delattr(widgets.DOMWidget, "blur", raising=False)
    press(pad, "Escape")
    draw(pad, LINE)
    wait_until(lambda: "1 strokes" in pad._bars.value)


def test_load_shows_and_recognises_a_drawing(pad):
    pad.load([np.array([(0, 0), (1, 0), (1, 1), (0, 1)])])
    wait_until(lambda: "1 strokes" in pad._bars.value and "4 points" in pad._bars.value)
    assert pad.top == [("1 strokes", 0.75), ("4 points", 0.25)]
    pad.undo()
    assert pad.drawing == [] and pad.top == []


# Guesses


def test_a_drawing_counts_as_finished_once_it_has_rested(pad, predictor, monkeypatch):
    monkeypatch.setattr(sketchpad, "REST_SECONDS", 0.3)
    draw(pad, LINE)
    wait_until(lambda: predictor.unfinished and not predictor.unfinished[-1])
    assert all(predictor.unfinished[:-1]) and len(predictor.unfinished) > 1
    monkeypatch.setattr(sketchpad, "REST_SECONDS", 30)
    predictor.unfinished.clear()
    draw(pad, CORNER)
    wait_until(lambda: "2 strokes" in pad._bars.value)
    time.sleep(0.5)
    assert predictor.unfinished and all(predictor.unfinished)


def test_a_rest_ends_with_the_next_stroke_and_with_the_pad(pad, predictor, monkeypatch):
    monkeypatch.setattr(sketchpad, "REST_SECONDS", 0.5)
    draw(pad, LINE)
    event(pad, "mouse_down", 100, 100)
    time.sleep(0.8)
    assert predictor.unfinished and all(predictor.unfinished)
    event(pad, "mouse_up", 100, 100)
    pad.close()
    time.sleep(0.8)
    assert all(predictor.unfinished)


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


@pytest.mark.parametrize("stroke", [LINE[:3], [(x, x) for x in range(30)]])
def test_too_little_ink_is_not_recognised(pad, predictor, stroke):
    draw(pad, stroke)
    assert predictor.asked == [] and TOO_LITTLE in pad._bars.value
    pad.clear()
    assert HINT in pad._bars.value


def test_screen_readers_hear_the_guess_once_the_pen_is_up(pad):
    heard = []
    pad._announcer.observe(lambda change: heard.append(change.new), "value")
    draw(pad, LINE)
    wait_until(lambda: heard)
    wait_until(lambda: "75 %" in pad._bars.value)
    assert heard == ["Best guess: 1 strokes, 75 percent"]


def test_the_announcer_is_silent_after_clear(pad):
    draw(pad, LINE)
    wait_until(lambda: pad._announcer.value)
    pad.clear()
    assert pad._announcer.value == ""


def test_it_says_when_it_is_not_sure(pad, predictor, monkeypatch):
    monkeypatch.setattr(
        predictor, "top_k", lambda drawing, k, unfinished: [("cat", NOT_SURE - 0.01)]
    )
    draw(pad, LINE)
    wait_until(lambda: f">{UNSURE}<" in pad._bars.value)
    assert pad._announcer.value == f"{UNSURE}: cat, {100 * NOT_SURE - 1:.0f} percent"
    assert " ms" not in pad._bars.value


def test_an_order_that_comes_too_early_is_shown_later(pad, predictor):
    shown = []
    pad._bars.observe(lambda change: shown.append(time.monotonic()), "value")
    for count in (1, 2, 3):
        draw(pad, LINE)  # each has other names
        wait_until(lambda count=count: f"{count} strokes" in pad._bars.value)
    draw(pad, LINE)
    wait_until(lambda: "4 strokes" in pad._bars.value)
    assert shown[-1] - shown[0] >= 0.99


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
        broken.setattr(predictor, "top_k", lambda drawing, k, unfinished: 1 / 0)
        draw(pad, LINE)
        wait_until(lambda: "ZeroDivisionError: division by zero" in pad._problem.value)
    assert "goes on" in caplog.text
    draw(pad, CORNER)
    wait_until(lambda: "2 strokes" in pad._bars.value)
    assert pad._problem.value == ""


def test_no_stale_problem_stays_once_the_drawing_has_changed(pad, predictor, monkeypatch):
    def fails(drawing, k, unfinished):
        assert predictor.open.wait(10)
        raise RuntimeError("too late")

    def let_it_fail(change):
        predictor.open.set()
        wait_until(lambda: pad._problem.value or not workers())

    monkeypatch.setattr(predictor, "top_k", fails)
    predictor.open.clear()
    draw(pad, LINE)
    pad._problem.value = "an earlier problem"
    pad._problem.observe(let_it_fail, "value")  # at the moment when that is taken away
    pad.clear()
    assert pad._problem.value == ""


def test_a_failing_callback_is_reported_and_the_pad_goes_on(pad):
    event(pad, "touch_start", touches=[(1, 1)])
    event(pad, "touch_move", touches=[])  # no browser sends this
    assert "ValueError" in pad._problem.value or "empty" in pad._problem.value
    event(pad, "touch_move", touches=[(2, 2)])
    assert len(pad.drawing[0]) == 2 and pad._problem.value == ""


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
    parts = widgets_of(pad)
    draw(pad, LINE)
    pad.close()
    wait_until(lambda: not workers())
    assert [part for part in parts if part.comm is not None] == []


# The pad that a reader can take home


def test_the_pad_of_the_notebook_in_the_open_answers():
    cells = nbformat.read(NOTEBOOK, as_version=4).cells
    (cell,) = [cell for cell in cells if "canvas.on_mouse_down" in cell.source]
    assert "notebook-only" in cell.metadata.tags and len(cell.source.splitlines()) <= 25
    here = {"Canvas": Canvas, "widgets": widgets, "escape": html.escape}
    here["predictor"] = Predictor.load()
    exec(cell.source, here)
    triangle = [(150, 40), (60, 220), (240, 220), (150, 40)]
    for name, points in [("mouse_down", triangle[:1]), ("mouse_move", triangle[1:])]:
        for x, y in points:
            here["canvas"]._handle_frontend_event(None, {"event": name, "x": x, "y": y}, [])
    here["canvas"]._handle_frontend_event(None, {"event": "mouse_up", "x": 150, "y": 40}, [])
    assert here["drawn"] == [triangle]
    expected = [name for name, _ in here["predictor"].top_k([triangle])]
    lines = here["guesses"].value.split("<br>")
    assert len(lines) == 5 and "█" in lines[0]
    assert all(name in line for name, line in zip(expected, lines, strict=True))


# No TensorFlow

NO_TENSORFLOW = """
import sys
found = {name.partition(".")[0] for name in sys.modules} & {"tensorflow", "keras"}
assert not found, found
"""


def test_the_pad_and_the_predictor_leave_tensorflow_alone():
    code = f"import sketchlib.pad.sketchpad, sketchlib.predictor\n{NO_TENSORFLOW}"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_notebook_leaves_tensorflow_alone(tmp_path):
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(NO_TENSORFLOW))
    NotebookClient(notebook, resources={"metadata": {"path": tmp_path}}).execute()
