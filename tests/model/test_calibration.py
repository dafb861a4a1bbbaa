import numpy as np
import pytest

from sketchlib.model import calibration, evaluation, models


@pytest.fixture(scope="module")
def overconfident():
    """Probabilities three times too sure of themselves, in logits, and labels drawn honestly."""
    random = np.random.default_rng(3)
    honest = calibration.scaled(random.dirichlet(np.ones(8), 4000), 0.5)
    labels = np.array([random.choice(8, p=p / p.sum()) for p in honest.astype(float)])
    return calibration.scaled(honest, 1 / 3), labels


def test_the_temperature_that_was_put_in_is_found(overconfident):
    assert calibration.temperature(*overconfident) == pytest.approx(3, rel=0.1)


def test_it_makes_percentages_honest_and_leaves_the_order(overconfident):
    probabilities, labels = overconfident
    scaled = calibration.scaled(probabilities, calibration.temperature(probabilities, labels))
    before, after = (
        evaluation.report(p, labels, list("abcdefgh")) for p in (probabilities, scaled)
    )
    assert before.calibration_error() > 0.1 and after.calibration_error() < 0.03
    assert before.top(1) == pytest.approx(after.top(1), abs=1e-3)


@pytest.mark.parametrize("name", ["conv_lstm", "fusion"])
def test_softened_weights_answer_as_scaled_probabilities(name):
    model = models.build(name, 5)
    ink = np.random.default_rng(0).normal(0, 0.3, (8, 100, 3)).astype(np.float32)
    expected = calibration.scaled(model.predict_on_batch(ink), 1.7)
    calibration.soften(model, 1.7)
    assert model.predict_on_batch(ink) == pytest.approx(expected, abs=1e-5)
