import numpy as np
import pytest

from sketchlib import settings
from sketchlib.drawing import doodles, my_drawings, strokes
from sketchlib.panels import explain
from sketchlib.predictor import Predictor


class Counting:
    """Stands in for a predictor: each stroke's first x is what it adds to the class "cat"."""

    classes = ("dog", "cat")

    def __init__(self):
        self.calls = 0

    def probabilities(self, drawings):
        self.calls += 1
        cat = np.array([sum(float(stroke[0][0]) for stroke in drawing) for drawing in drawings])
        return np.stack([1 - cat, cat], axis=1).astype(np.float32)


@pytest.fixture
def no_files(tmp_path, monkeypatch):
    """Neither downloads nor drawings of the user's own."""
    monkeypatch.setattr(settings, "DOWNLOADED", tmp_path / "downloaded")
    monkeypatch.setattr(settings, "MY_DRAWINGS", tmp_path / "mine")
    return tmp_path


def stroke(x: float) -> np.ndarray:
    return np.array([[x, 0.0], [0.0, 1.0]])


def test_each_stroke_is_left_out_in_turn():
    predictor, drawing = Counting(), [stroke(0.5), stroke(-0.25), stroke(0.125)]
    whole, without = explain.without_each(predictor, drawing, "cat")
    assert whole == 0.375
    assert without.dtype == np.float32 and without.tolist() == [-0.125, 0.625, 0.25]
    assert explain.without_each(predictor, drawing, "dog")[1].tolist() == [1.125, 0.375, 0.75]
    assert predictor.calls == 2, "all variants at once"


def test_the_only_stroke_cannot_be_left_out():
    assert explain.without_each(Counting(), [stroke(0.75)], "cat") == (0.75, [0.75])


def test_empty_strokes_do_nothing():
    drawing = [np.zeros((0, 2)), stroke(0.5), np.zeros((0, 2)), stroke(0.25)]
    whole, without = explain.without_each(Counting(), drawing, "cat")
    assert whole == 0.75 and without.tolist() == [0.75, 0.25, 0.75, 0.5]


def test_an_unknown_class_is_named():
    with pytest.raises(ValueError, match="does not know 'cow'"):
        explain.without_each(Counting(), [stroke(1)], "cow")


def test_the_real_model_agrees_with_leaving_out_one_by_one():
    predictor = Predictor.load()
    drawing = doodles.draw("house", np.random.default_rng(1))
    column = predictor.classes.index("house")
    expected = [
        predictor.probabilities([drawing[:i] + drawing[i + 1 :]])[0, column]
        for i in range(len(drawing))
    ]
    whole, without = explain.without_each(predictor, drawing, "house")
    assert whole == pytest.approx(predictor.probabilities([drawing])[0, column], abs=1e-5)
    assert len(drawing) > 1 and without == pytest.approx(expected, abs=1e-5)


def test_a_drawing_that_would_be_recognised_for_minutes_is_refused_with_its_size():
    predictor = Counting()
    with pytest.raises(ValueError, match="60,000 points in 1,000 strokes"):
        explain.without_each(predictor, [np.zeros((60, 2))] * 1000, "cat")
    assert predictor.calls == 0


def test_typical_drawings_are_downloaded_ones_and_never_the_users_own(no_files):
    drawn = doodles.draw("ladder", np.random.default_rng(0))
    my_drawings.save_labelled(drawn, "sun", no_files / "mine")
    assert explain.typical("sun", 3) == []
    for _ in range(2):
        my_drawings.save_labelled(drawn, "sun", no_files / "downloaded")
    first, _ = explain.typical("sun", 3)
    assert all(map(np.array_equal, first, strokes.simplify(drawn)))
    assert len(explain.typical("sun", 3, no_files / "mine")) == 1


def test_typical_drawings_are_simplified_and_the_same_every_time(no_files):
    for record in doodles.records(["star"], 20):
        my_drawings.save_labelled(record["drawing"], "star", no_files / "downloaded")
    some, again = explain.typical("star", 5), explain.typical("star", 5)
    assert len(some) == 5 and all(map(strokes.is_simplified, some))
    for one, other in zip(some, again, strict=True):
        assert all(map(np.array_equal, one, other))


def test_where_nothing_was_downloaded_there_is_no_typical_drawing(no_files):
    assert explain.typical("The Mona Lisa", 3) == []
    assert explain.typical("../sun", 3) == []
    (no_files / "downloaded").mkdir()
    (no_files / "downloaded" / "sun.ndjson").touch()
    with pytest.warns(UserWarning, match="is empty"):
        assert explain.typical("sun", 3) == []


def test_real_typical_drawings(quickdraw_data):
    some = explain.typical("cat", 6, quickdraw_data / "simplified")
    assert len(some) == 6 and all(map(strokes.is_simplified, some))
