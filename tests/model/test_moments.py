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


def test_scribbles_are_the_same_each_time(modest, monkeypatch):
    monkeypatch.setattr(moments, "SCRIBBLES", 5)
    claimed = moments.claims(modest)
    assert list(claimed) == list(scribbles.KINDS)
    again = moments.claims(modest)
    assert all(np.array_equal(claimed[kind], again[kind]) for kind in claimed)
    rows = moments.claimed(claimed)
    assert [row["scribbles"] for row in rows] == [*scribbles.KINDS, "all"]
    at_least = [float(row["claimed with 50 %"].rstrip("%")) for row in rows]
    assert at_least[-1] == pytest.approx(np.mean(at_least[:-1]), abs=0.1)


def test_the_rows_of_tenths_tell_the_reports_and_fit_below_each_other(modest, doodle_folder):
    reports = moments.by_tenth(modest, doodle_folder)
    rows = moments.tenths(reports)
    assert [row["points drawn"] for row in rows] == [f"{n}0%" for n in range(1, 11)]
    assert rows[4]["calibration error"] == f"{reports[4].calibration_error():.1%}"
    said = list(moments.lines(rows))
    assert len(said) == 11 and len({len(line) for line in said}) == 1
    assert said[-1].split() == list(rows[-1].values())
