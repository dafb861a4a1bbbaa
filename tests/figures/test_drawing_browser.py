import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from sketchlib.figures import drawing_browser
from sketchlib.figures.drawing_browser import DrawingBrowser

HOUSE = [np.array([[0, 100], [0, 40], [60, 40], [60, 100]]), np.array([[0, 40], [30, 0], [60, 40]])]
DOT = [np.array([[9, 9]])]


@pytest.fixture
def widget():
    examples = {"house": [HOUSE], "dot & dash": [DOT, [np.array([[0, 0], [50, 0]])]], "none": []}
    return DrawingBrowser(examples)


def polylines(svg: str) -> list[list[tuple[float, ...]]]:
    """Return the points of each line of an SVG, the last point's double left out."""
    tree = ElementTree.fromstring(svg)
    texts = [line.attrib["points"].split() for line in tree.iter("polyline")]
    return [[tuple(map(float, xy.split(","))) for xy in text[:-1]] for text in texts]


def test_it_shows_the_first_class_whole(widget):
    assert widget.chosen.options == ("house", "dot & dash")
    assert [len(line) for line in polylines(widget.paper.value)] == [4, 3]
    assert (widget.slider.value, widget.slider.max) == (7, 7)
    assert widget.caption.value == "stroke 2 of 2, point 7 of 7"


@pytest.mark.parametrize(
    ("points", "lengths", "stroke"), [(0, [], 0), (1, [1], 1), (4, [4], 1), (5, [4, 1], 2)]
)
def test_the_slider_draws_stroke_by_stroke(widget, points, lengths, stroke):
    widget.slider.value = points
    assert [len(line) for line in polylines(widget.paper.value)] == lengths
    assert widget.caption.value == f"stroke {stroke} of 2, point {points} of 7"


def test_the_play_button_runs_over_the_same_points(widget):
    assert (widget.play.min, widget.play.max) == (0, 7)
    widget.chosen.value = "dot & dash"
    assert widget.play.max == widget.slider.max <= 2
    assert widget.play.value == widget.slider.value == widget.slider.max


def test_another_one_is_another_one(widget):
    widget.chosen.value = "dot & dash"
    seen = []
    for _ in range(6):
        seen.append(len(widget.drawing[0]))
        widget.shuffle.click()
    assert seen in ([1, 2] * 3, [2, 1] * 3)


def test_a_class_with_one_drawing_keeps_showing_it(widget):
    widget.slider.value = 2
    widget.shuffle.click()
    assert widget.drawing is HOUSE and widget.slider.value == 7


def test_names_are_escaped(widget):
    widget.chosen.value = "dot & dash"
    assert "dot &amp; dash" in widget.paper.value


def test_a_drawing_is_centred_undistorted_and_within_the_paper(widget):
    lines = np.concatenate(polylines(widget.paper.value))
    low, high = lines.min(axis=0), lines.max(axis=0)
    np.testing.assert_allclose((low + high) / 2, drawing_browser.SIZE / 2, atol=0.1)
    np.testing.assert_allclose(
        (high - low) / (drawing_browser.SIZE - 2 * drawing_browser.MARGIN), (0.6, 1)
    )


def test_a_dot_is_in_the_middle():
    half = drawing_browser.SIZE / 2
    widget = DrawingBrowser({"dot": [DOT]})
    assert polylines(widget.paper.value) == [[(half, half)]]


def test_nothing_to_browse_is_said():
    with pytest.raises(ValueError, match="at least one drawing"):
        DrawingBrowser({"cat": []})


def test_it_begins_with_the_class_that_is_asked_for():
    examples = {"circle": [DOT], "house": [DOT, DOT]}
    assert DrawingBrowser(examples, first="house").chosen.value == "house"
    assert DrawingBrowser(examples, first="cat").chosen.value == "circle"
