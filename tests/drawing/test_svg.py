"""Drawings as SVG: documents that come back, and small pictures within a page."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest
from strokewise import same, xy

from sketchlib._shared.colors import INK
from sketchlib.drawing import strokes, svg
from sketchlib.formats import reader


def test_svg_has_a_path_for_each_stroke_and_comes_back(house):
    text = svg.document([*house, np.array([[5.0, 5.0]])], "a <house>")
    root = ElementTree.fromstring(text)
    space = "{http://www.w3.org/2000/svg}"
    assert root.find(f"{space}title").text == "a <house>" and root.get("role") == "img"
    assert len(root.findall(f".//{space}path")) == len(house) + 1
    back = reader.read(text.encode(), "house.svg")
    assert same(back[:-1], xy(house), atol=0.0051) and back[-1].tolist() == [[5, 5], [5, 5]]


def test_the_view_box_holds_the_drawing_and_its_pen(house):
    x, y, width, height = map(float, re.search(r'viewBox="(.*?)"', svg.document(house))[1].split())
    low, high = strokes.bounding_box(house)
    assert (low > [x, y]).all() and (high < [x + width, y + height]).all()
    assert width < 1.2 * (high - low)[0] + 0.2 * (high - low)[1]


def test_an_empty_drawing_is_refused():
    for empty in ([], [np.zeros((0, 3))]):
        for write in (svg.document, lambda drawing: svg.inline(drawing, "nothing")):
            with pytest.raises(ValueError, match="no points"):
                write(empty)


def test_an_inline_svg_is_fitted_marked_and_escaped(house):
    picture = ElementTree.fromstring(
        svg.inline(house, '<a> "house"', size=100, margin=10, dots="#0072b2")
    )
    assert picture.get("aria-label") == '<a> "house"'
    points = [tuple(map(float, p.split(","))) for p in picture[0].get("points").split()]
    assert min(x for x, _ in points) >= 10 and max(y for _, y in points) <= 90
    assert len(picture.findall("circle")) == sum(map(len, house))


def test_strokes_have_the_colours_that_are_given_or_that_of_ink(house):
    given = [f"#{number:06x}" for number in range(len(house))]
    for colors in (given, None):
        lines = ElementTree.fromstring(svg.inline(house, "a house", colors)).findall("polyline")
        assert [line.get("stroke") for line in lines] == (colors or [INK] * len(house))


def test_a_drawing_that_grows_stays_where_it_is(house):
    def lines(most):
        picture = ElementTree.fromstring(svg.inline(house, "a house", most=most))
        return [line.get("points").split()[:-1] for line in picture]  # the last point comes twice

    whole = lines(None)
    first = len(house[0])
    assert [len(points) for points in whole] == [len(stroke) for stroke in house]
    assert lines(first + 3) == [whole[0], whole[1][:3]]
    assert lines(first) == whole[:1] and lines(0) == []


def test_a_dot_is_in_the_middle_of_a_page_and_of_a_document():
    dot = [np.array([[7.0, 9.0]])]
    (line,) = ElementTree.fromstring(svg.inline(dot, "a dot", size=100))
    assert line.get("points") == "50.0,50.0 50.0,50.0"
    x, y, width, height = map(float, re.search(r'viewBox="(.*?)"', svg.document(dot))[1].split())
    assert (x + width / 2, y + height / 2) == (7, 9) and width > 0
