"""The pad's panels: what they show of a drawing, and how it is kept and opened."""

import functools
import threading

import hands
import numpy as np
import pytest
from houses import DOOR, HOUSE, HousePredictor

from sketchlib.drawing import my_drawings, quickdraw
from sketchlib.pad.sketchpad import SketchPad
from sketchlib.panels import contents as pages
from sketchlib.panels import panels as panels_module
from sketchlib.panels.panels import Panels


@pytest.fixture
def pad(tmp_path):
    pad = SketchPad(HousePredictor())
    pad.attach(Panels(pad, tmp_path))
    yield pad
    pad.close()


@pytest.fixture
def panels(pad):
    """The panels, all of them open."""
    for button, _ in pad.children[-1]._openers:
        button.value = True
    return pad.children[-1]


wait_until = functools.partial(hands.wait_until, seconds=20)  # a PNG takes a while


def upload(panels, name, content):
    file = {"name": name, "type": "", "size": len(content), "last_modified": 0}
    panels._file.set_state({"value": [file | {"content": memoryview(content)}]})  # the browser does


def test_names_that_older_ipywidgets_make_html_of_are_not_offered(panels):
    assert panels._word.options == ("house",)


def test_panels_are_closed_and_made_only_when_open(pad):
    pad.load(HOUSE)
    wait_until(lambda: pad._announcer.value)
    button, panel = pad.children[-1]._openers[0]
    assert panel.layout.display == "none" and "svg" not in pad.children[-1]._seen.value
    button.value = True
    assert panel.layout.display == ""
    wait_until(lambda: "svg" in pad.children[-1]._seen.value)
    assert "svg" not in pad.children[-1]._why.value
    button.value = False
    assert panel.layout.display == "none"


def test_panels_follow_the_drawing_and_nothing_stale_stays(pad, panels):
    pad.load(HOUSE)
    wait_until(lambda: "12 points" in panels._seen.value and "download" in panels._links.value)
    pad.undo()
    for part in (panels._seen, panels._why, panels._links):
        assert part.value == pages.NOTHING_YET
    assert panels._keep.disabled
    pad.redo()
    wait_until(lambda: "12 points" in panels._seen.value)


def test_a_failing_panel_is_reported_and_the_others_stay(pad, panels, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(pages, "why", lambda *_: 1 / 0)
        pad.load(HOUSE)
        wait_until(lambda: "ZeroDivisionError" in pad._problem.value)
    assert "12 points" in panels._seen.value and panels._why.value == pages.FAILED
    pad.undo()
    pad.redo()
    wait_until(lambda: "speaks for it" in panels._why.value)
    assert pad._problem.value == ""


def keep(panels, word):
    panels._word.value = word
    panels._keep.click()


def test_a_named_drawing_is_kept(pad, panels, tmp_path):
    pad.load(HOUSE)
    keep(panels, "house")
    (record,) = quickdraw.read(tmp_path / "house.ndjson")
    assert record["word"] == "house"
    np.testing.assert_allclose(record["drawing"][1], pad.drawing[1], atol=0.01)
    assert "Kept as “house”, on the computer that runs this notebook, in" in panels._kept.value
    pad.undo()
    assert panels._kept.value == ""


def test_an_unchanged_drawing_is_kept_once(pad, panels, tmp_path):
    def kept():
        return [record["word"] for record in quickdraw.read(tmp_path)]

    pad.load(HOUSE)
    keep(panels, "house")
    keep(panels, " house ")
    pad.undo()
    pad.redo()
    keep(panels, "house")
    assert "Already kept as “house”," in panels._kept.value and kept() == ["house"]
    keep(panels, "barn")
    pad.load(HOUSE[:DOOR])
    keep(panels, "house")
    assert kept() == ["barn", "house", "house"]
    (tmp_path / "house.ndjson").unlink()
    keep(panels, "house")
    assert "Kept as “house”," in panels._kept.value and kept() == ["barn", "house"]


def test_a_drawing_without_a_word_is_not_kept(pad, panels, tmp_path):
    pad.load(HOUSE)
    panels._keep.click()
    assert 'role="alert"' in panels._kept.value and "needs a word" in panels._kept.value
    assert pad._problem.value == "" and list(tmp_path.iterdir()) == []
    keep(panels, "house")
    assert "alert" not in panels._kept.value and len(list(tmp_path.glob("*.ndjson"))) == 1


def test_a_word_is_for_one_drawing(pad, panels):
    panels._word.value = "house"
    pad.load(HOUSE)
    assert panels._word.value == "house", "it may be there before the drawing"
    pad.load(HOUSE[:DOOR])
    pad.undo()
    assert panels._word.value == "house"
    pad.clear()
    assert panels._word.value == ""
    pad.load(HOUSE)
    panels._word.value = "house"
    pad.load([stroke[::-1] for stroke in HOUSE])
    assert panels._word.value == ""


@pytest.mark.parametrize(
    "software, name, said",
    [
        ("", "", "on the computer that runs this notebook"),
        ("voila/0.5.8", "localhost", "on this computer"),
        ("voila/0.5.8", "example.org", "on the server example.org"),
    ],
)
def test_it_is_said_which_computer_keeps(monkeypatch, software, name, said):
    monkeypatch.setenv("SERVER_SOFTWARE", software)
    monkeypatch.setenv("SERVER_NAME", name)
    assert panels_module.computer() == said


def test_a_panel_that_is_opened_says_that_it_takes_a_moment(pad, monkeypatch):
    ready = threading.Event()
    monkeypatch.setattr(pages, "why", lambda *_: ready.wait(20) and "because")
    pad.load(HOUSE)
    panels = pad.children[-1]
    panels._openers[1][0].value = True
    assert panels._why.value == pages.ONE_MOMENT
    ready.set()
    wait_until(lambda: panels._why.value == "because")
    pad.clear()
    assert panels._why.value == pages.NOTHING_YET


def test_a_file_is_opened_and_can_be_undone(pad, panels):
    pad.load(HOUSE[:1])
    upload(panels, "house.ndjson", my_drawings.to_ndjson(HOUSE, "house").encode())
    wait_until(lambda: [len(stroke) for stroke in pad.drawing] == [5, 3, 4])
    assert panels._file.value == ()  # so that the same file can be opened again
    pad.undo()
    assert [len(stroke) for stroke in pad.drawing] == [5]


@pytest.mark.parametrize(
    "value",
    [
        ({"name": "a.svg", "content": memoryview(b"<svg/>"), "size": 6},),
        {"a.svg": {"metadata": {"name": "a.svg"}, "content": b"<svg/>"}},  # ipywidgets 7
    ],
)
def test_what_is_uploaded_is_understood_of_any_ipywidgets(value):
    assert panels_module._uploaded(value) == ("a.svg", b"<svg/>")


def test_a_file_that_is_no_drawing_is_reported(pad, panels):
    pad.load(HOUSE)
    upload(panels, "<b>letter</b>.txt", b"Dear reader")
    wait_until(lambda: "sketchpad-problem" in pad._problem.value)
    assert "letter" in pad._problem.value and "<b>" not in pad._problem.value
    assert len(pad.drawing) == 3
