"""How long something takes, by a clock that goes as it is told."""

from types import SimpleNamespace

import pytest

from sketchlib._shared import timing


@pytest.fixture
def work(monkeypatch):
    """What takes 100 seconds at first, then 1, 9 and 2."""
    passed, takes = [0.0], iter([100.0, 1.0, 9.0, 2.0])
    monkeypatch.setattr(timing, "time", SimpleNamespace(perf_counter=lambda: passed[0]))

    def work():
        passed[0] += next(takes)

    return work


def test_the_median_counts_and_neither_the_first_call_nor_a_hiccup(work):
    assert timing.median_seconds(work, 3) == 2.0
    with pytest.raises(StopIteration):
        work()  # it was called once more than counted


def test_what_fails_is_not_timed():
    with pytest.raises(ZeroDivisionError):
        timing.median_seconds(lambda: 1 / 0, 3)
