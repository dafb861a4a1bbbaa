"""The pad's panels: what they show of a drawing, and how it is kept and opened."""

import base64
import functools
import re
from xml.etree import ElementTree

import hands
import numpy as np
import pytest

from sketchlib.drawing import my_drawings, quickdraw, svg
from sketchlib.pad.sketchpad import SketchPad
from sketchlib.panels import contents as pages
from sketchlib.panels import panels as panels_module
from sketchlib.panels.panels import Panels

HOUSE = [
    np.array([(100, 700, 0), (100, 300, 200), (700, 300, 400), (700, 700, 600), (100, 700, 800)]),
    np.array([(100, 300, 1000), (400, 50, 1200), (700, 300, 1400)]),
    np.array([(300, 700, 1600), (300, 500, 1700), (450, 500, 1800), (450, 700, 1900)]),
]
DOOR = 2


class HousePredictor:
    """Sees a house where there is a roof, and a little less of one where there is a door."""

    classes = ("house", "<tent> & co")

    def probabilities(self, drawings):
        house = [0.1 + 0.6 * self._has(d, 1) - 0.2 * self._has(d, DOOR) for d in drawings]
        return np.array([(p, 1 - p) for p in house], dtype=np.float32)

    def top_k(self, drawing, k=5):
        (probabilities,) = self.probabilities([drawing])
        pairs = zip(self.classes, probabilities.tolist(), strict=True)
        return sorted(pairs, key=lambda pair: -pair[1])[:k]

    def _has(self, drawing, index):
        stroke = HOUSE[index]
        return any(len(s) == len(stroke) and (s[:, 2] == stroke[:, 2]).all() for s in drawing)


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
    assert "12 points" in panels._seen.value
    pad.undo()
    pad.redo()
    wait_until(lambda: "speaks for it" in panels._why.value)
    assert pad._problem.value == ""


def test_why_colours_each_stroke_by_what_it_does():
    page = pages.why(HousePredictor(), HOUSE, "house")
    yours = page[page.index("<svg") : page.index("</svg>")]
    colors = re.findall(r'stroke="(#\w+)"', yours)
    assert colors[:2] == [pages.NEITHER, pages.FOR + "ff"]
    assert colors[2].startswith(pages.AGAINST) and "6e" < colors[2][-2:] < "ff"
    assert "stroke 2 (+60 points), stroke 3 (\N{MINUS SIGN}20 points)" in page
    assert "stroke 1 (" not in page
    assert "<tent>" not in pages.why(HousePredictor(), HOUSE[:1], "<tent> & co")


def test_what_is_seen_is_the_simplified_drawing():
    page = pages.seen(HousePredictor(), HOUSE, "house")
    assert "Your 12 points in 3 strokes" in page and "the 12 that matter" in page
    assert page.count("<circle") == 12 and page.count("<polyline") == 3


def test_downloads_hold_the_drawing():
    page = pages.downloads(HousePredictor(), HOUSE, "house")
    links = re.findall(r'download="drawing\.(\w+)" href="data:[^;]+;base64,([^"]+)"', page)
    contents = {ending: base64.b64decode(text) for ending, text in links}
    assert set(contents) == {"ndjson", "svg", "png"}
    record = quickdraw.parse(contents["ndjson"])
    assert record["word"] == "house" and len(record["drawing"]) == 3
    np.testing.assert_array_equal(record["drawing"][0], HOUSE[0])
    assert ElementTree.fromstring(contents["svg"]) is not None
    assert contents["png"].startswith(b"\x89PNG")


def keep(panels, word):
    panels._word.value = word
    panels._keep.click()


def test_a_named_drawing_is_kept(pad, panels, tmp_path):
    pad.load(HOUSE)
    keep(panels, "house")
    (record,) = quickdraw.read(tmp_path / "house.ndjson")
    assert record["word"] == "house"
    np.testing.assert_allclose(record["drawing"][1], pad.drawing[1], atol=0.01)
    assert "Kept as “house” in" in panels._kept.value
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
    assert "Already kept as “house” in" in panels._kept.value and kept() == ["house"]
    keep(panels, "barn")
    pad.load(HOUSE[:DOOR])
    keep(panels, "house")
    assert kept() == ["barn", "house", "house"]
    (tmp_path / "house.ndjson").unlink()
    keep(panels, "house")
    assert "Kept as “house” in" in panels._kept.value and kept() == ["barn", "house"]


def test_a_drawing_without_a_word_is_not_kept(pad, panels, tmp_path):
    pad.load(HOUSE)
    panels._keep.click()
    assert "needs a word" in pad._problem.value and list(tmp_path.iterdir()) == []


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


def test_an_inline_svg_is_fitted_marked_and_escaped():
    picture = ElementTree.fromstring(
        svg.inline(HOUSE, '<a> "house"', size=100, margin=10, dots="#0072b2")
    )
    assert picture.get("aria-label") == '<a> "house"'
    points = [tuple(map(float, p.split(","))) for p in picture[0].get("points").split()]
    assert min(x for x, _ in points) >= 10 and max(y for _, y in points) <= 90
    assert len(picture.findall("circle")) == 12
