"""What a model may say while one draws is fitted to beginnings, and to no more than is needed."""

import numpy as np
import pytest

from sketchlib.drawing import scribbles
from sketchlib.model import evaluation, live
from sketchlib.predictor import Predictor
from sketchlib.records import dataset

WAYS = 2 + live.BEGINNINGS  # in which each drawing is asked about


@pytest.fixture(scope="module")
def predictor(model_folder) -> Predictor:
    return Predictor.load(model_folder)


def test_each_validation_sketch_is_asked_about_in_all_ways_and_scribbles_too(
    predictor, doodle_folder
):
    found = live.examples(predictor, doodle_folder)
    sketches = dataset.count(doodle_folder, "validation")
    none = found.labels == len(predictor.classes)
    assert (~none).sum() == WAYS * sketches
    assert none.sum() == WAYS * max(round(live.SCRIBBLES * sketches), len(scribbles.KINDS))
    assert found.told.shape == (len(found.labels), live.FACTS + 1)
    assert set(found.told[:, -1]) == {0.0, 1.0} and np.isfinite(found.told).all()


def test_of_a_large_data_set_only_so_many_are_asked_about(predictor, doodle_folder, monkeypatch):
    usual = evaluation.uncut
    monkeypatch.setattr(evaluation, "uncut", lambda *given: usual(*given[:3], batch_size=10))
    monkeypatch.setattr(live, "MOST", 2_000)  # two batches
    found = live.examples(predictor, doodle_folder)
    assert (found.labels < len(predictor.classes)).sum() == WAYS * 20


def test_percentages_that_are_true_only_on_average_cost_more_than_those_true_at_every_moment():
    said, moments = 0.7, np.repeat([0, 1], 1000)
    logits = np.log(np.tile([said, 0.2, 0.1], (2000, 1))).astype(np.float32)

    def loss(*right: float) -> float:
        labels = np.concatenate([np.arange(1000) >= 1000 * share for share in right])
        truth = np.stack([labels, np.ones(2000), moments], axis=1).astype(np.float32)
        return float(live._loss(truth, logits))

    surprise = -(said * np.log(said) + (1 - said) * np.log(0.2))
    assert loss(said, said) == pytest.approx(surprise, abs=0.01)
    assert loss(said - 0.2, said + 0.2) == pytest.approx(
        surprise + live.TRUTH * 2 * 0.2**2, rel=0.05
    )
