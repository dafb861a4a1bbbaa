"""A heartbeat to the browser and back, by a clock that stands still until it is told to go."""

import pytest
from clocks import Clock

from sketchlib.game import heartbeat
from sketchlib.game.heartbeat import Heartbeat


def test_a_heartbeat_asks_and_waits_for_the_answer():
    clock = Clock()
    heart = Heartbeat(clock)
    assert heart.beats()
    assert heart._question.value == 1
    clock.now += 60
    assert heart.beats()  # nobody has ever answered
    heart._answer.value = 1
    assert heart.beats()
    assert heart._question.value == 2
    clock.now += heartbeat.LATE_SECONDS / 2
    assert heart.beats()
    clock.now += heartbeat.LATE_SECONDS
    assert not heart.beats()
    heart._answer.value = 2
    assert heart.beats()
    heart.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def heart(clock):
    heart = Heartbeat(clock)
    yield heart
    heart.close()


def test_a_question_a_second_is_enough(heart, clock):
    for _ in range(20):
        assert heart.beats()
        heart._answer.value = heart._question.value  # as the browser does, at once
        clock.now += 0.25
    assert heart._question.value == 5


def test_who_comes_back_is_heard_again(heart, clock):
    heart.beats()
    heart._answer.value = 1
    clock.now += 1
    heart.beats()
    clock.now += 3600
    assert not heart.beats() and heart._question.value == 2, "no question before an answer"
    heart._answer.value = 2
    assert heart.beats() and heart._question.value == 3


def test_the_browser_answers_by_itself_and_nobody_sees_it(heart):
    link = heart._link
    assert link.source == (heart._question, "value") and link.target == (heart._answer, "value")
    assert heart.layout.display == "none"


def test_a_closed_heart_leaves_nothing_behind(clock):
    heart = Heartbeat(clock)
    parts = [heart, heart._link, heart._question, heart._answer]
    heart.close()
    assert [part for part in parts if part.comm is not None] == []
