"""The bars with the guesses, for those who look and those who listen."""

from xml.etree import ElementTree

import pytest
from clocks import Clock

from sketchlib.pad.bars import NOT_SURE, Pace, guesses_html, speed, sure


def test_html_is_escaped_and_speaks():
    html = guesses_html([("<script>&'\"", 0.876), ("cat", 0.001)], "<5 ms", rows=5)
    assert "<script>" not in html and "&lt;script&gt;&amp;&#x27;&quot;" in html
    assert "88 %" in html and "&lt; 1 %" in html and "&lt;5 ms" in html
    assert html.count("<li") == html.count("<meter") == 5
    assert 'aria-label="cat"' in html and 'value="87.6"' in html


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
    ("probability", "text", "value"),
    [
        (1.0, "> 99 %", "100.0"),
        (0.994, "99 %", "99.4"),
        (0.252, "25 %", "25.2"),
        (0.01, "1 %", "1.0"),
        (0.004, "< 1 %", "0.4"),
    ],
)
def test_a_bar_is_as_long_as_its_guess_is_likely(probability, text, value):
    page = ElementTree.fromstring(f"<div>{guesses_html([('cat', probability)], '', 1)}</div>")
    _, percent = page.findall("ol/li/span")
    assert percent.text == text
    meter = page.find("ol/li/meter")
    assert (meter.get("value"), meter.get("max")) == (value, "100")


@pytest.mark.parametrize(("took", "text"), [(56.8, "60 ms"), (2.31, "2 ms"), (0.84, "0.8 ms")])
def test_the_speed_is_one_figure(took, text):
    assert speed(took) == f"Recognised in {text}"


def test_it_is_sure_from_a_probability_on():
    assert sure([("cat", NOT_SURE), ("dog", 0.1)])
    assert not sure([("cat", NOT_SURE - 0.01), ("dog", 0.1)]) and not sure([])


# How often names may change places


def test_the_order_changes_at_most_three_times_within_any_second():
    clock = Clock()
    pace, changes = Pace(clock), []
    for step in range(500):  # as an answer every 10 ms, of which every one has another order
        if pace.allows([str(step)], settled=step % 7 == 0):
            changes.append(clock.now)
        clock.now += 0.01
    assert len(changes) > 10
    assert all(later - first >= 0.999 for first, later in zip(changes, changes[3:], strict=False))


def test_the_last_answer_need_not_wait_for_those_while_the_pen_was_down():
    clock = Clock()
    pace = Pace(clock)
    for name in ("cat", "dog"):
        assert pace.allows([name], settled=False)
        clock.now += 0.1
        assert not pace.allows(["cow"], settled=False)
        clock.now += 0.4
    clock.now -= 0.4
    assert pace.allows(["horse"], settled=True)


def test_percentages_may_change_at_any_time():
    clock = Clock()
    pace = Pace(clock)
    assert all(pace.allows(["cat", "dog"], settled=False) for _ in range(20))
    pace.forget()
    clock.now += 0.5
    assert pace.allows(["cat", "dog"], settled=False)
