"""The worker that answers: always about the latest drawing, and whatever happens."""

import threading
import time

import numpy as np
import pytest
from hands import wait_until
from sheets import workers

from sketchlib.pad import recogniser
from sketchlib.pad.recogniser import Recogniser


def test_an_answer_that_cannot_be_shown_does_not_end_the_worker(predictor, caplog):
    shown = []

    def show(answer):
        shown.append(answer)
        raise RuntimeError("no screen")

    recogniser = Recogniser(predictor, show)
    for number in (1, 2):
        recogniser.ask([np.zeros((4, 3))] * number)
        wait_until(lambda count=number: len(shown) == count)
    assert [answer.guesses[0][0] for answer in shown] == ["1 strokes", "2 strokes"]
    assert "no screen" in caplog.text
    recogniser.stop()


def test_submits_from_many_threads_need_one_worker(predictor):
    wait_until(lambda: not workers())  # those of earlier tests
    answers = []
    recogniser = Recogniser(predictor, answers.append)
    drawing = [np.zeros((4, 3))]
    threads = [
        threading.Thread(target=lambda: [recogniser.ask(drawing) for _ in range(200)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(workers()) == 1
    wait_until(lambda: answers)
    recogniser.stop()
    wait_until(lambda: not workers())


@pytest.fixture
def shown():
    return []


@pytest.fixture
def worker(predictor, shown):
    wait_until(lambda: not workers())  # those of earlier tests
    worker = Recogniser(predictor, shown.append, k=1)
    yield worker
    worker.stop()


def strokes(count: int) -> list[np.ndarray]:
    return [np.zeros((4, 3))] * count


def test_an_answer_has_as_many_guesses_as_asked_for_and_the_time_it_took(worker, shown):
    worker.ask(strokes(2))
    wait_until(lambda: shown)
    (answer,) = shown
    assert answer.guesses == [("2 strokes", 0.75)] and answer.error is None
    assert 0 < answer.milliseconds < 10_000


def test_of_drawings_that_come_meanwhile_only_the_last_is_looked_at(worker, predictor, shown):
    predictor.open.clear()
    worker.ask(strokes(1))
    wait_until(lambda: predictor.asked)
    for count in range(2, 9):
        worker.ask(strokes(count))
    predictor.open.set()
    wait_until(lambda: len(shown) == 2)
    assert [answer.guesses[0][0] for answer in shown] == ["1 strokes", "8 strokes"]
    assert len(predictor.asked) == 2


def test_an_answer_to_what_was_stopped_is_never_shown(worker, predictor, shown):
    predictor.open.clear()
    worker.ask(strokes(1))
    wait_until(lambda: predictor.asked)
    worker.stop()
    worker.ask(strokes(2))
    predictor.open.set()
    wait_until(lambda: shown)
    assert [answer.guesses[0][0] for answer in shown] == ["2 strokes"]


def test_between_two_answers_the_worker_rests_and_a_stop_ends_that():
    shown = []
    latest = recogniser.Latest(lambda item: item, shown.append, "sketch-tester", rest=600)
    latest.submit("first")
    wait_until(lambda: shown)
    latest.submit("never looked at")
    time.sleep(0.2)
    assert shown == ["first"]
    latest.stop()
    latest.submit("last")
    wait_until(lambda: len(shown) == 2)
    assert shown == ["first", "last"]
    latest.stop()


def test_what_the_predictor_raises_is_the_answer_and_the_worker_lives_on(worker, shown):
    worker.ask([])
    wait_until(lambda: shown)
    assert shown[0].guesses == [] and str(shown[0].error) == "the drawing is empty"
    worker.ask(strokes(1))
    wait_until(lambda: len(shown) == 2)
    assert shown[1].error is None and len(workers()) == 1


def test_a_worker_that_waited_long_ends_and_another_one_takes_over(worker, shown, monkeypatch):
    monkeypatch.setattr(recogniser, "IDLE_SECONDS", 0.05)
    for count in (1, 2):
        worker.ask(strokes(count))
        wait_until(lambda count=count: len(shown) == count)
        wait_until(lambda: not workers())
