"""Help with a name that is not known."""

import pytest

from sketchlib._shared.words import did_you_mean
from sketchlib.drawing import quickdraw


@pytest.mark.parametrize(
    ("name", "meant"),
    [("catt", "cat"), ("bicicle", "bicycle"), ("eiffel tower", "The Eiffel Tower")],
)
def test_the_likeliest_name_is_asked_about(name, meant):
    assert did_you_mean(name, quickdraw.CLASSES) == f"did you mean {meant!r}?"


def test_nothing_is_asked_where_no_name_is_alike():
    assert did_you_mean("qqqqqq", quickdraw.CLASSES) == did_you_mean("cat", []) == ""


def test_a_number_in_place_of_a_name_will_do():
    assert did_you_mean(41, ("41 ", "x")) == "did you mean '41 '?"
