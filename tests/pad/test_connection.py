"""The heartbeat between page and kernel, by a clock that stands still until it is told to go."""

import json

import numpy as np
import pytest
from clocks import Clock

from sketchlib.pad import connection
from sketchlib.pad.connection import Connection


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def returned():
    """The drawings that came back from the page."""
    return []


@pytest.fixture
def heart(clock, returned):
    heart = Connection(returned.append, clock)
    yield heart
    heart.close()


def test_a_page_that_never_asks_is_taken_for_one_that_is_there(heart, clock):
    clock.now += 3600
    assert heart.beats()


def test_every_question_is_answered_and_silence_is_noticed(heart, clock):
    answers = []
    heart._answer.observe(lambda change: answers.append(change.new), "value")
    for question in ("0.1", "0.2", "0.3"):
        heart._question.value = question
        clock.now += 1
        assert heart.beats()
    assert len(set(answers)) == 3
    clock.now += connection.LATE_SECONDS
    assert not heart.beats()
    heart._question.value = "0.4"
    assert heart.beats()


def test_a_drawing_that_the_page_kept_comes_back_as_it_was(heart, returned):
    drawing = [np.array([(1.0, 2.0, 0.0), (3.5, 4.0, 10.0)]), np.array([(5.0, 6.0, 20.0)])]
    heart.keep(drawing)
    assert json.loads(heart._kept.value) == [stroke.tolist() for stroke in drawing]
    heart._back.value = heart._kept.value
    for one, other in zip(*returned, drawing, strict=True):
        np.testing.assert_array_equal(one, other)
    heart.keep([])
    assert heart._kept.value == ""


def test_nobody_sees_it_and_it_leaves_nothing_behind(heart):
    assert heart.layout.display == "none"
    parts = [heart, *heart.children]
    heart.close()
    assert [part for part in parts if part.comm is not None] == []


def test_the_script_has_all_its_words():
    script = Connection()._script.value
    for words in (connection.IN_NOTEBOOK, connection.ON_PAGE, connection.ON_PAGE_KEPT):
        assert words in script
    assert "EVERY" not in script and "LATE" not in script and "ON_PAGE" not in script
