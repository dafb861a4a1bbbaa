"""The bars with the guesses, for those who look and those who listen."""

from xml.etree import ElementTree

import pytest

from sketchlib.pad.bars import guesses_html


def test_html_is_escaped_and_speaks():
    html = guesses_html([("<script>&'\"", 0.876), ("cat", 0.001)], "<5 ms", rows=5)
    assert "<script>" not in html and "&lt;script&gt;&amp;&#x27;&quot;" in html
    assert "88 %" in html and "&lt; 1 %" in html and "&lt;5 ms" in html
    assert html.count("<li") == 5 and html.count('role="meter"') == 2
    assert 'aria-label="cat"' in html and 'aria-valuenow="87.6"' in html


def test_there_are_as_many_rows_as_the_pad_has_room_for():
    few = [("cat", 0.7), ("dog", 0.2)]
    page = ElementTree.fromstring(f"<div>{guesses_html(few, 'of late', rows=5)}</div>")
    rows = page.findall("ol/li")
    names = [row.findtext("span") for row in rows]
    assert names == ["cat", "dog", None, None, None]
    assert [row.get("aria-hidden") for row in rows] == [None, None, "true", "true", "true"]
    assert page.findtext("div") == "of late"
    assert guesses_html([("cat", 1 / 9)] * 9, "", rows=5).count("<li") == 9


@pytest.mark.parametrize(
    ("probability", "text", "width"),
    [
        (1.0, "100 %", "100.0%"),
        (0.252, "25 %", "25.2%"),
        (0.01, "1 %", "1.0%"),
        (0.004, "< 1 %", "0.4%"),
    ],
)
def test_a_bar_is_as_long_as_its_guess_is_likely(probability, text, width):
    page = ElementTree.fromstring(f"<div>{guesses_html([('cat', probability)], '', 1)}</div>")
    _, percent = page.findall("ol/li/span")
    assert percent.text == text
    assert page.find("ol/li/div/div").get("style") == f"width:{width}"
