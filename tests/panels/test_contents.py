"""The contents of the panels: what the model sees, why it guesses so, and files to take away."""

import base64
import re
from xml.etree import ElementTree

import numpy as np
import pytest
from houses import HOUSE, HousePredictor

from sketchlib.drawing import quickdraw
from sketchlib.panels import contents
from sketchlib.predictor import Predictor


def test_why_colours_each_stroke_by_what_it_does():
    page = contents.why(HousePredictor(), HOUSE, "house")
    yours = page[page.index("<svg") : page.index("</svg>")]
    colors = re.findall(r'stroke="(#\w+)"', yours)
    assert colors[:2] == [contents.NEITHER, contents.FOR + "ff"]
    assert colors[2].startswith(contents.AGAINST) and "6e" < colors[2][-2:] < "ff"
    said = page.replace("&nbsp;", " ")  # no line may break there
    assert "<b>2</b>: 50 % → &lt; 1 % without it; <b>3</b>: 50 % → 70 % without it." in said
    assert re.findall(r"<text .*?>(\w+)</text>", yours) == ["2", "3"], "numbers on the picture"
    assert "<b>1</b>" not in page
    assert "<tent>" not in contents.why(HousePredictor(), HOUSE[:1], "<tent> & co")


def test_what_is_seen_is_the_simplified_drawing():
    page = contents.seen(HousePredictor(), HOUSE, "house")
    assert "Your 12 points in 3 strokes" in page and "the 12 that matter" in page
    assert "can read no more" not in page
    assert page.count("<circle") == 12 and page.count("<polyline") == 3


def test_downloads_hold_the_drawing():
    page = contents.downloads(HousePredictor(), HOUSE, "house")
    links = re.findall(r'download="drawing\.(\w+)" href="data:[^;]+;base64,([^"]+)"', page)
    files = {ending: base64.b64decode(text) for ending, text in links}
    assert set(files) == {"ndjson", "svg", "png"}
    record = quickdraw.parse(files["ndjson"])
    assert record["word"] == "house" and len(record["drawing"]) == 3
    np.testing.assert_array_equal(record["drawing"][0], HOUSE[0])
    assert ElementTree.fromstring(files["svg"]) is not None
    assert files["png"].startswith(b"\x89PNG")


class Indifferent(HousePredictor):
    """Always says the same."""

    def probabilities(self, drawings):
        return np.tile(np.float32([0.6, 0.4]), (len(drawings), 1))


def test_where_no_stroke_matters_that_is_said():
    page = contents.why(Indifferent(), HOUSE, "house")
    assert "No stroke alone makes a difference." in page and "speaks for it" not in page
    yours = page[page.index("<svg") : page.index("</svg>")]
    assert re.findall(r'stroke="(#\w{4,})"', yours) == [contents.NEITHER] * 3
    assert "<text" not in yours


def test_of_one_stroke_there_is_no_why():
    page = contents.why(Indifferent(), HOUSE[:1], "house")
    assert "Of one stroke there is no telling why." in page and "speaks for it" not in page


def test_others_drawings_are_shown_beside(monkeypatch, house):
    monkeypatch.setattr(contents.explain, "typical", lambda name, count: [house] * count)
    page = contents.why(Indifferent(), HOUSE, "house")
    assert page.count("Typical drawing: house") == contents.EXAMPLES and "<img" not in page


def test_where_no_drawings_are_at_hand_many_laid_over_one_another_are_shown(monkeypatch):
    monkeypatch.setattr(contents.explain, "typical", lambda name, count: [])
    page = contents.why(Indifferent(), HOUSE, "house")
    assert page.count('alt="Many drawings: house"') == len(contents.pictures.of("house")) > 0
    assert "laid over one another" in page
    monkeypatch.setattr(contents.pictures, "of", lambda name: [])
    page = contents.why(Indifferent(), HOUSE, "house")
    assert page.count("<svg") == 1 and "How others draw it is not known here." in page


@pytest.mark.parametrize("in_proportion", [True, False])
def test_what_is_seen_is_what_the_model_is_given(in_proportion):
    """A drawing of far more points than are read, drawn again from the very ink."""
    given = []

    class Listening(HousePredictor):
        points, ink = 12, Predictor.ink

        def infer(self, ink):
            given.extend(ink)
            return np.zeros((len(ink), 2))

    listening = Listening()
    listening.in_proportion = in_proportion
    way = np.linspace(0, 60, 700)
    flat = [np.stack([200 + 3 * way, 90 + way * np.sin(way)], axis=1)]
    Predictor.probabilities(listening, [flat])
    page = contents.seen(listening, flat, "house")
    shown = np.array(re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)"', page), dtype=float)
    assert len(shown) == 13 and "no more than 13 of them" in page and "Your 700 points" in page
    steps = np.diff(shown, axis=0) / (contents.SIZE - 2 * contents.MARGIN)
    np.testing.assert_allclose(steps, given[0][:, :2], atol=0.002)
