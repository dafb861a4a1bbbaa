"""The contents of the panels: what the model sees, why it guesses so, and files to take away."""

import base64
import re
from xml.etree import ElementTree

import numpy as np
from houses import HOUSE, HousePredictor

from sketchlib.drawing import quickdraw
from sketchlib.panels import contents


def test_why_colours_each_stroke_by_what_it_does():
    page = contents.why(HousePredictor(), HOUSE, "house")
    yours = page[page.index("<svg") : page.index("</svg>")]
    colors = re.findall(r'stroke="(#\w+)"', yours)
    assert colors[:2] == [contents.NEITHER, contents.FOR + "ff"]
    assert colors[2].startswith(contents.AGAINST) and "6e" < colors[2][-2:] < "ff"
    assert "stroke 2 (+60 points), stroke 3 (\N{MINUS SIGN}20 points)" in page
    assert "stroke 1 (" not in page
    assert "<tent>" not in contents.why(HousePredictor(), HOUSE[:1], "<tent> & co")


def test_what_is_seen_is_the_simplified_drawing():
    page = contents.seen(HousePredictor(), HOUSE, "house")
    assert "Your 12 points in 3 strokes" in page and "the 12 that matter" in page
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
    assert "No stroke alone makes a difference." in page
    yours = page[page.index("<svg") : page.index("</svg>")]
    assert re.findall(r'stroke="(#\w+)"', yours) == [contents.NEITHER] * 3
    assert "There is one stroke, and it says everything." in contents.why(
        Indifferent(), HOUSE[:1], "house"
    )


def test_typical_drawings_are_shown_beside(monkeypatch, house):
    monkeypatch.setattr(contents.explain, "typical", lambda name, count: [house] * count)
    page = contents.why(Indifferent(), HOUSE, "house")
    assert page.count("Typical drawing: house") == contents.EXAMPLES
    monkeypatch.setattr(contents.explain, "typical", lambda name, count: [])
    assert contents.why(Indifferent(), HOUSE, "house").count("<svg") == 1


def test_a_drawing_of_more_points_than_the_model_is_given_is_told():
    predictor = HousePredictor()
    predictor.card = {"input": {"shape": [11, 3]}}
    whole = contents.seen(predictor, HOUSE, "house")
    assert "The model is given" not in whole, "12 points have 11 ways between them"
    predictor.card = {"input": {"shape": [10, 3]}}
    page = contents.seen(predictor, HOUSE, "house")
    assert "The model is given the 10 of them that bend the line most." in page
    assert "in 1 stroke, scaled" in contents.seen(predictor, HOUSE[:1], "house")
