"""What may be shown of an answer: while one draws less than the model says, and never nonsense."""

import numpy as np
import pytest

from sketchlib.confidence import ARRAYS, FACTS, Confidence, facts
from sketchlib.drawing import doodles, scribbles, strokes
from sketchlib.predictor import CONFIDENCE, SHIPPED, Predictor

CLASSES = 4


def arrays(**changes) -> dict[str, np.ndarray]:
    sizes = {"hidden": 3, "summary": 2, "classes": CLASSES + 1}
    made = {
        name: np.zeros([sizes.get(side, side) for side in sides]) for name, sides in ARRAYS.items()
    }
    return made | {"scale": np.ones(FACTS)} | changes


@pytest.fixture(scope="module")
def shipped() -> Predictor:
    return Predictor.load()


@pytest.fixture
def answer() -> np.ndarray:
    return np.array([[0.7, 0.2, 0.1, 0.0], [0.25, 0.25, 0.25, 0.25]], dtype=np.float32)


@pytest.fixture
def ink() -> np.ndarray:
    return np.random.default_rng(0).normal(0, 0.1, (2, 100, 3)).astype(np.float32)


def test_a_network_of_zeros_only_makes_room_for_none_of_the_classes(answer, ink):
    shown = Confidence(arrays())(answer, ink, unfinished=True)
    assert shown == pytest.approx(answer / 2, abs=1e-6)


def test_heat_flattens_and_biases_count_while_one_draws(answer, ink):
    bias = np.array([0, 5, 0, 0, -50])  # the second class more likely, none of them impossible
    network = Confidence(arrays(heat_bias=np.log([2.0]), classes_bias=bias))
    resting, drawing = (network(answer, ink, unfinished) for unfinished in (False, True))
    flat = np.sqrt(answer) / np.sqrt(answer).sum(axis=1, keepdims=True)
    assert resting == pytest.approx(flat, abs=1e-5)
    assert drawing.argmax(axis=1).tolist() == [1, 1]
    assert (np.argsort(resting[0]) == np.argsort(answer[0])).all()


def test_facts_are_finite_for_whatever_there_is():
    ink = np.zeros((3, 100, 3), dtype=np.float32)
    answers = np.array([[1, 0, 0], [0, 0, 1], [0.3, 0.3, 0.4]], dtype=np.float32)
    found = facts(answers, ink)
    assert found.shape == (3, FACTS) and np.isfinite(found).all()


def test_it_comes_back_from_a_file(answer, ink, tmp_path):
    rng = np.random.default_rng(3)
    network = Confidence({name: rng.normal(0, 0.1, a.shape) for name, a in arrays().items()})
    network.save(tmp_path / "confidence.npz")
    again = Confidence.load(tmp_path / "confidence.npz", CLASSES)
    assert np.array_equal(again(answer, ink, True), network(answer, ink, True))


@pytest.mark.parametrize(
    "harm",
    [
        lambda path: path.write_bytes(b"nothing of the kind"),
        lambda path: np.savez(path, other=np.zeros(3)),
        lambda path: np.savez(path, **arrays(heat=np.zeros((9, 1)))),
        lambda path: np.savez(path, **arrays(mean=np.full(FACTS, np.nan))),
        lambda path: np.savez(path, **arrays(classes=np.zeros((2, 9)))),
    ],
)
def test_what_is_no_confidence_is_refused(harm, tmp_path):
    path = tmp_path / "confidence.npz"
    harm(path)
    with pytest.raises(ValueError, match=r"holds no weights of confidence"):
        Confidence.load(path, CLASSES)


def test_a_folder_without_it_shows_what_the_model_says(shipped):
    bare = Predictor(shipped.card, shipped._interpreter)
    drawing = doodles.draw("house", np.random.default_rng(3))
    (said,) = bare.probabilities([drawing])
    assert np.array_equal(bare.sure([drawing], unfinished=True)[0], said)


def test_the_shipped_model_is_modest_about_the_first_line(shipped):
    """One bent line is a whole rainbow to the model, and the beginning of anything to the pad."""
    assert CONFIDENCE in shipped.card["files"] and (SHIPPED / CONFIDENCE).is_file()
    turn = np.linspace(np.pi, 2 * np.pi, 20)
    arc = [np.stack([100 + 80 * np.cos(turn), 100 + 80 * np.sin(turn)], axis=1)]
    said = shipped.probabilities([arc]).max()
    assert shipped.sure([arc], unfinished=True).max() < 0.5 < said


def test_the_shipped_models_order_of_whole_drawings_stays(shipped, doodle_records):
    drawings = [record["drawing"] for record in doodle_records[:60]]
    said, shown = shipped.probabilities(drawings), shipped.sure(drawings)
    assert np.array_equal(said.argmax(axis=1), shown.argmax(axis=1))
    assert (shown.sum(axis=1) <= 1 + 1e-5).all()


def test_the_shipped_model_claims_few_scribbles(shipped):
    rng = np.random.default_rng(11)
    kinds = [kind for kind in scribbles.KINDS for _ in range(12)]
    drawn = [strokes.simplify(scribbles.draw(kind, rng)) for kind in kinds]
    for answers in (shipped.sure(drawn), shipped.probabilities(drawn)):
        assert np.mean(answers.max(axis=1) >= 0.5) <= 0.05


@pytest.mark.filterwarnings("error")
def test_a_network_that_sharpens_without_measure_gives_numbers(shipped):
    arrays = {name: np.zeros_like(array) for name, array in shipped.confidence.arrays.items()}
    arrays["scale"] += 1
    arrays["heat_bias"] -= 9
    ink = shipped.ink([[np.array([[0, 0], [255, 255]])]])
    found = Confidence(arrays)(shipped.infer(ink), ink, True)
    assert np.isfinite(found).all() and 0.4 < found.sum() <= 1
