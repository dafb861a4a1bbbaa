import keras
import numpy as np
import pytest
import tensorflow as tf
from little_world import DOODLES

from sketchlib.drawing import doodles, quickdraw, strokes
from sketchlib.model import evaluation
from sketchlib.predictor import Predictor
from sketchlib.records import dataset, layout, tfrecords

SMALL = ["ant", "bee", "cat"]
ANSWERS = np.array(
    [[0.7, 0.2, 0.1], [0.5, 0.3, 0.2], [0.1, 0.6, 0.3], [0.25, 0.25, 0.5], [0.2, 0.5, 0.3]],
    dtype=np.float32,
)
LABELS = np.array([0, 1, 1, 1, 2])  # ranks 0, 1, 0, 2 (a tie) and 1


@pytest.fixture
def small():
    return evaluation.report(ANSWERS, LABELS, SMALL)


def test_a_small_example_by_hand(small):
    assert small.ranks.tolist() == [0, 1, 0, 2, 1]
    assert [small.top(k) for k in (1, 2, 3)] == pytest.approx([2 / 5, 4 / 5, 1])
    assert small.loss == pytest.approx(-np.log([0.7, 0.3, 0.6, 0.25, 0.3]).mean(), rel=1e-6)
    assert small.confusion.tolist() == [[1, 0, 0], [1, 1, 1], [0, 1, 0]]


def test_classes_are_listed_worst_first(small):
    assert small.per_class() == pytest.approx({"cat": 0, "bee": 1 / 3, "ant": 1})
    assert list(small.per_class()) == ["cat", "bee", "ant"]
    assert small.per_class(k=2) == pytest.approx({"bee": 2 / 3, "ant": 1, "cat": 1})


def test_a_class_without_sketches_has_no_accuracy():
    report = evaluation.report(ANSWERS[:3], LABELS[:3], SMALL)
    assert set(report.per_class()) == {"ant", "bee"}


def test_the_commonest_mistakes_come_first(small):
    assert small.most_confused() == [] or small.most_confused()[0][2] == 1
    assert {pair[:2] for pair in small.most_confused()} == {
        ("bee", "ant"),
        ("bee", "cat"),
        ("cat", "bee"),
    }
    labels = np.array([0, 0, 0, 0, 1, 1])
    answers = np.eye(3, dtype=np.float32)[[1, 1, 1, 0, 2, 1]]
    report = evaluation.report(answers, labels, SMALL)
    assert report.most_confused() == [("ant", "bee", 3, 0.75), ("bee", "cat", 1, 0.5)]
    assert report.most_confused(1) == [("ant", "bee", 3, 0.75)]


def test_ties_count_against_the_model():
    constant = np.full((4, 4), 0.25, dtype=np.float32)
    report = evaluation.report(constant, np.arange(4), list("abcd"))
    assert [report.top(k) for k in (1, 2, 3, 4)] == [0, 0, 0, 1]


def test_what_is_not_a_number_counts_against_the_model():
    broken = np.full((4, 4), np.nan, dtype=np.float32)
    report = evaluation.report(broken, np.arange(4), list("abcd"))
    assert [report.top(k) for k in (1, 3)] == [0, 0]


def test_figures_as_plain_values(small):
    figures = small.to_dict()
    assert figures["sketches"] == 5
    assert figures["top_k_accuracy"] == {"1": 0.4, "2": 0.8, "3": 1.0}
    assert figures["per_class_top_1"]["bee"] == 0.3333
    assert figures["loss"] == pytest.approx(small.loss, abs=1e-5)


def test_it_agrees_with_keras(trained_run, doodle_folder):
    model = keras.models.load_model(trained_run / "model.keras")
    model.compile(
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy", keras.metrics.SparseTopKCategoricalAccuracy(k=2, name="top_2")],
    )
    sketches = dataset.load(doodle_folder, "test")
    expected = model.evaluate(sketches, verbose=0, return_dict=True)
    report = evaluation.evaluate(model, sketches, list(DOODLES))
    assert len(report.ranks) == dataset.count(doodle_folder, "test")
    assert report.top(1) == pytest.approx(expected["accuracy"], abs=1e-6)
    assert report.top(2) == pytest.approx(expected["top_2"], abs=1e-6)
    assert report.loss == pytest.approx(expected["loss"], rel=1e-4)


def test_predict_answers_in_the_order_of_the_sketches(trained_run, doodle_folder):
    model = keras.models.load_model(trained_run / "model.keras")
    sketches = dataset.load(doodle_folder, "test", batch_size=16)
    answers, labels = evaluation.predict(model, sketches)
    inks = evaluation.inks(sketches)
    assert inks.shape == (len(labels), 100, 3)
    assert answers == pytest.approx(model.predict_on_batch(inks), abs=1e-6)
    assert labels.tolist() == [i for _, indices in sketches for i in indices.numpy()]


def test_a_trained_model_is_better_than_chance(trained_run, doodle_folder):
    model = keras.models.load_model(trained_run / "model.keras")
    report = evaluation.evaluate(model, dataset.load(doodle_folder, "test"), list(DOODLES))
    assert report.top(1) > 2 / len(DOODLES)


def test_an_empty_split_is_told(trained_run):
    model = keras.models.load_model(trained_run / "model.keras")
    nothing = tf.data.Dataset.from_tensor_slices(
        (np.zeros((0, 100, 3), np.float32), np.zeros(0, np.int64))
    ).batch(4)
    with pytest.raises(ValueError, match="no sketches to evaluate: the split is empty"):
        evaluation.evaluate(model, nothing, list(DOODLES))


def test_a_model_folder_is_evaluated_as_the_pad_uses_it(model_folder, trained_run, doodle_folder):
    whole, _ = evaluation.evaluate_predictor(Predictor.load(model_folder), doodle_folder)
    network = keras.models.load_model(trained_run / "model.keras")
    sketches = dataset.load(doodle_folder, "test")
    expected = evaluation.evaluate(network, sketches, layout.read_classes(doodle_folder))
    assert whole.top(1) == pytest.approx(expected.top(1), abs=0.03)  # the pad's is in float16
    assert whole.loss == pytest.approx(expected.loss, abs=0.01)


def test_classes_may_be_fewer_and_in_another_order(model_folder, tmp_path):
    records = doodles.records(("ladder", "circle"), 60, seed=1)
    folder = tfrecords.write(records, tmp_path / "two", eval_share=0.5)
    whole, _ = evaluation.evaluate_predictor(Predictor.load(model_folder), folder)
    assert set(whole.per_class()) == {"ladder", "circle"}
    assert whole.top(1) > 0.6


def test_a_class_that_the_model_does_not_know_is_named(model_folder, tmp_path):
    folder = tfrecords.write(doodles.records(("fish",), 60), tmp_path / "fish", eval_share=0.5)
    with pytest.raises(ValueError, match="the model does not know: 'fish'"):
        evaluation.evaluate_predictor(Predictor.load(model_folder), folder)


def test_balanced_accuracy_counts_every_class_alike():
    labels = np.array([0, 0, 0, 1])
    answers = np.eye(2, dtype=np.float32)[[0, 0, 0, 0]] * 0.8 + 0.1
    found = evaluation.report(answers, labels, ["often", "seldom"])
    assert found.top(1) == 0.75 and found.balanced(1) == 0.5


def test_half_of_a_drawing_is_asked_about_as_the_pad_would(model_folder, doodle_folder):
    loaded = Predictor.load(model_folder)
    whole, half = evaluation.evaluate_predictor(loaded, doodle_folder)
    assert len(whole.ranks) == len(half.ranks) and (whole.labels == half.labels).all()
    names = layout.read_classes(doodle_folder)
    inks = evaluation.inks(dataset.load(doodle_folder, "test"))
    drawings = [
        [stroke * 255 for stroke in strokes.from_ink(dataset.unpadded(ink))] for ink in inks
    ]
    begun = [strokes.beginning(drawing, 0.5) for drawing in drawings]
    expected = evaluation.report(loaded.probabilities(begun), half.labels, names)
    assert half.top(1) == pytest.approx(expected.top(1), abs=0.05)


def test_beginnings_are_the_drawings_own_first_points(quickdraw_data, tmp_path):
    cats = list(quickdraw.read(quickdraw_data / "simplified" / "cat.ndjson"))[:300]
    corners = [np.concatenate(strokes.bounding_box(r["drawing"])) for r in cats]
    filling = [r for r, c in zip(cats, corners, strict=True) if not c[:2].any() and c.max() == 255]
    folder = tfrecords.write(filling, tmp_path / "cats", eval_share=0.5)
    load = dataset.load(folder, "test", batch_size=500, max_points=None, in_proportion=True)
    begun = evaluation.beginnings(evaluation.inks(load), 0.5)
    known = {listed(strokes.beginning(record["drawing"], 0.5)) for record in filling}
    assert np.mean([listed(drawing) in known for drawing in begun]) > 0.95


def listed(drawing) -> tuple:
    return tuple(map(tuple, np.concatenate(drawing).astype(int).tolist()))


def test_pairs_that_are_taken_for_each_other():
    labels = np.array([0, 0, 1, 1, 2, 2])
    answers = np.eye(3, dtype=np.float32)[[1, 0, 0, 0, 2, 0]]
    found = evaluation.report(answers, labels, SMALL)
    assert found.mixed_up() == [("ant", "bee", 0.5, 1.0)]


def test_groups_are_listed_largest_first_and_small_ones_left_out(small):
    rows = evaluation.by_group(small, np.array(["US", "US", "", "", ""]), least=2)
    assert [row["group"] for row in rows] == ["(the record does not tell)", "US"]
    assert [row["top-1"] for row in rows] == ["33.3%", "50.0%"]
    assert evaluation.by_group(small, np.array(["US"] * 4 + ["DE"]), least=2)[-1]["group"] == "US"


def test_calibration_error_by_hand():
    labels = np.array([0, 0, 0, 1])
    answers = np.array([[0.9, 0.1]] * 4, dtype=np.float32)
    found = evaluation.report(answers, labels, ["a", "b"])
    assert found.reliability() == [(4, pytest.approx(0.9), 0.75)]
    assert found.calibration_error() == pytest.approx(0.15)


def test_the_summary_names_the_model_and_its_figures(model_folder, doodle_folder):
    found = evaluation.evaluate_predictor(Predictor.load(model_folder), doodle_folder)
    told = evaluation.summary(*found, Predictor.load(model_folder), model_folder / "model.tflite")
    text = "\n".join(told)
    assert "conv_lstm" in text and f"{found[0].top(1):.1%}" in text
    assert "first half of the points" in text and "MB" in text
