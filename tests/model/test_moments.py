import numpy as np
import pytest

from sketchlib.drawing import scribbles
from sketchlib.model import moments
from sketchlib.predictor import Predictor


class Modest(Predictor):
    """Notes whether drawings go on, and halves what the model says of those."""

    def sure(self, drawings, unfinished=False):
        self.told.append(unfinished)
        return self.probabilities(drawings) / (2 if unfinished else 1)


@pytest.fixture(scope="module")
def modest(model_folder):
    loaded = Predictor.load(model_folder)
    predictor = Modest(loaded.card, loaded._interpreter)
    predictor.told = []
    return predictor


def test_each_tenth_is_asked_as_the_pad_does(modest, doodle_folder):
    modest.told.clear()
    reports = moments.by_tenth(modest, doodle_folder)
    assert modest.told == [True] * 9 + [False]
    assert len({len(report.ranks) for report in reports}) == 1
    assert max(report.confidence.max() for report in reports[:-1]) <= 0.5
    assert reports[-1].top(1) > reports[0].top(1)


def test_scribbles_are_the_same_each_time_and_told_in_lines(modest, doodle_folder, monkeypatch):
    monkeypatch.setattr(moments, "SCRIBBLES", 5)
    claimed = moments.claims(modest)
    assert list(claimed) == list(scribbles.KINDS)
    again = moments.claims(modest)
    assert all(np.array_equal(claimed[kind], again[kind]) for kind in claimed)
    said = list(moments.lines(moments.by_tenth(modest, doodle_folder), claimed))
    assert sum("%" in line for line in said) == 1 + 4 + 1 + len(scribbles.KINDS) + 1
    assert said[-1].startswith("all")
