import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import numpy as np
import pytest
from little_world import DOODLES, ROOT

from sketchlib._shared import files
from sketchlib.drawing import quickdraw, strokes
from sketchlib.predictor import SHIPPED, Predictor


@pytest.fixture(scope="module")
def doodler(model_folder) -> Predictor:
    return Predictor.load(model_folder)


@pytest.fixture(scope="module")
def drawings(doodle_records) -> list:
    return [record["drawing"] for record in doodle_records]


@pytest.fixture
def altered(model_folder, tmp_path):
    """A copy of the model folder, and a function that changes its card."""
    folder = shutil.copytree(model_folder, tmp_path / "model")

    def change(**fields):
        card = files.read_json(folder / "model.json") | fields
        kept = {name: value for name, value in card.items() if value is not None}
        files.write_json(folder / "model.json", kept)
        return folder

    return folder, change


# --- answers -------------------------------------------------------------------------------------


def test_each_drawing_gets_a_probability_of_each_class(doodler, drawings):
    answers = doodler.probabilities(drawings)
    assert answers.shape == (len(drawings), len(DOODLES)) and answers.dtype == np.float32
    assert (answers >= 0).all()
    assert answers.sum(axis=1) == pytest.approx(np.ones(len(drawings)), abs=1e-5)
    assert doodler.classes == list(DOODLES)


def test_no_drawings_get_no_answers(doodler):
    assert doodler.probabilities([]).shape == (0, len(DOODLES))


def test_many_at_once_are_answered_as_one_by_one(doodler, drawings):
    together = doodler.probabilities(drawings[:150])
    singly = np.concatenate([doodler.probabilities([drawing]) for drawing in drawings[:150]])
    assert together == pytest.approx(singly, abs=1e-6)


def test_top_k_is_sorted_and_agrees_with_the_probabilities(doodler, drawings):
    for drawing in drawings[:20]:
        (probabilities,) = doodler.probabilities([drawing])
        best = doodler.top_k(drawing, k=len(DOODLES))
        assert [p for _, p in best] == sorted(probabilities.tolist(), reverse=True)
        assert dict(best) == dict(zip(DOODLES, probabilities.tolist(), strict=True))
        assert doodler.top_k(drawing, k=2) == best[:2]


def test_top_k_gives_five_unless_told_and_never_more_than_there_are(doodler, drawings):
    assert len(doodler.top_k(drawings[0])) == 5
    assert len(doodler.top_k(drawings[0], k=100)) == len(DOODLES)
    name, probability = doodler.top_k(drawings[0], k=1)[0]
    assert type(name) is str and type(probability) is float


def test_it_recognises_better_than_by_chance(doodler, doodle_records):
    right = [doodler.top_k(r["drawing"], 1)[0][0] == r["word"] for r in doodle_records]
    assert np.mean(right) > 2 / len(DOODLES)


def test_through_tfrecords_or_straight_from_the_pen_the_answer_is_the_same(
    doodler, doodle_records, doodle_folder, model_folder
):
    """The whole way twice: converter, shards, data set and Keras; and drawing to LiteRT."""
    import keras
    import tensorflow as tf

    from sketchlib.records import dataset, layout

    model = keras.models.load_model(model_folder / "model.keras")
    by_key = {record["key_id"]: record["drawing"] for record in doodle_records}
    paths = [str(path) for path in layout.find(doodle_folder, "eval")]
    payloads = [payload.numpy() for payload in tf.data.TFRecordDataset(paths)]
    keys = [tf.train.Example.FromString(p).features.feature["key_id"] for p in payloads]
    drawings = [by_key[key.bytes_list.value[0].decode()] for key in keys]

    ink, _ = next(iter(dataset.load(doodle_folder, "eval", batch_size=len(payloads))))
    assert len(ink) == len(drawings) > 50
    for row, drawing in zip(ink.numpy(), drawings, strict=True):
        pen = strokes.drawing_to_ink(drawing)[:100]
        assert np.array_equal(row[: len(pen)], pen) and not row[len(pen) :].any()
    expected = model.predict_on_batch(ink)
    assert doodler.probabilities(drawings) == pytest.approx(expected, abs=0.02)  # float16


def test_a_long_drawing_is_answered_to_its_end(doodler):
    x = np.linspace(0, 255, 160)
    zigzag = np.rint(np.stack([x, 120 * (np.arange(160) % 2)], axis=1))
    ink = strokes.drawing_to_ink([zigzag])
    assert len(ink) > 100 and doodler.points == 100
    expected = doodler.infer(strokes.shorten(ink, 100)[None])
    assert np.array_equal(doodler.probabilities([[zigzag]]), expected)
    crossed_out = [zigzag, np.array([[0, 60], [255, 60]])]
    without, with_it = doodler.probabilities([[zigzag], crossed_out])
    assert not np.allclose(with_it, without, atol=1e-4), "what is drawn late counts as well"


@pytest.mark.parametrize(
    "drawing",
    [
        [[[3, 4]]],
        [[[0, 0], [0, 90]]],
        [[[5, 5]], [[80, 5]]],
        [[[10, 20, 0], [90, 30, 16], [40, 80, 32]]],
        [[(0.5, 1e4), (3e3, 2e4), (1e2, 0)]],
    ],
    ids=["dot", "no width", "two dots", "with times", "large"],
)
def test_odd_drawings_are_answered(doodler, drawing):
    answers = doodler.probabilities([drawing])
    assert np.isfinite(answers).all() and answers.sum() == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("drawing", [[], [[]]])
def test_a_drawing_without_points_is_refused_in_a_sentence(doodler, drawing):
    with pytest.raises(ValueError, match="the drawing has no points"):
        doodler.top_k(drawing)


def test_several_threads_get_the_answers_of_one(doodler, drawings):
    batches = [drawings[start : start + size] for start in range(0, 250, 25) for size in (1, 3, 25)]
    expected = [doodler.probabilities(batch) for batch in batches]
    with ThreadPoolExecutor(4) as threads:
        for _ in range(3):
            answers = threads.map(doodler.probabilities, batches)
            assert all(map(np.array_equal, answers, expected))


def test_answering_needs_no_tensorflow(model_folder):
    code = (
        "import sys; from sketchlib.predictor import Predictor;"
        "print(len(Predictor.load(sys.argv[1]).top_k([[[0, 0], [9, 9], [0, 9]]])));"
        "print([m for m in ('tensorflow', 'keras', 'matplotlib', 'jax') if m in sys.modules])"
    )
    told = subprocess.run(
        [sys.executable, "-c", code, model_folder], cwd=ROOT, capture_output=True, text=True
    )
    assert told.stdout.split("\n")[:2] == ["5", "[]"], told.stderr


# --- what can be wrong with a model folder -------------------------------------------------------


def test_a_folder_without_a_model_is_told(tmp_path):
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(FileNotFoundError, match=r"is no model folder: model\.json is missing"):
            Predictor.load(folder)


@pytest.mark.parametrize("name", ["model.tflite", "model.keras"])
def test_a_missing_file_is_named(altered, name):
    folder, _ = altered
    (folder / name).unlink()
    with pytest.raises(FileNotFoundError, match=rf"{name} is missing: restore it or export"):
        Predictor.load(folder)


@pytest.mark.parametrize("name", ["model.tflite", "model.keras"])
def test_an_altered_file_is_named(altered, name):
    folder, _ = altered
    data = bytearray((folder / name).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / name).write_bytes(data)
    with pytest.raises(ValueError, match=rf"{name} is not the file that model\.json describes"):
        Predictor.load(folder)


@pytest.mark.parametrize("content", ["", "{", "<html>404</html>"])
def test_a_broken_card_is_named(altered, content):
    folder, _ = altered
    (folder / "model.json").write_text(content, "utf-8")
    with pytest.raises(ValueError, match=r"model\.json holds no JSON: .*; restore it or export"):
        Predictor.load(folder)


@pytest.mark.parametrize("value", [[], None, 3, "model"])
def test_a_card_that_is_no_object_is_told(altered, value):
    folder, _ = altered
    (folder / "model.json").write_text(json.dumps(value), "utf-8")
    with pytest.raises(ValueError, match=r"model\.json lacks classes, files, .*; export it anew"):
        Predictor.load(folder)


@pytest.mark.parametrize("field", ["name", "classes", "preprocessing", "input", "files"])
def test_a_missing_field_is_named(altered, field):
    folder, change = altered
    change(**{field: None})
    with pytest.raises(ValueError, match=rf"model\.json lacks {field}; export it anew"):
        Predictor.load(folder)


def test_a_card_that_does_not_vouch_for_the_model_is_refused(altered):
    folder, change = altered
    change(files={"model.keras": files.sha256(folder / "model.keras")})
    with pytest.raises(ValueError, match=r"model\.tflite"):
        Predictor.load(folder)


def test_a_card_with_another_number_of_classes_is_refused(altered):
    folder, change = altered
    change(classes=list(DOODLES[:-1]))
    with pytest.raises(ValueError, match=r"names 5 classes, but the model answers for 6"):
        Predictor.load(folder)


def test_another_preprocessing_is_refused(altered):
    folder, change = altered
    change(preprocessing=strokes.VERSION + 1)
    with pytest.raises(ValueError, match="preprocessing version 2, this is version 1"):
        Predictor.load(folder)


@pytest.mark.parametrize(
    "fields, told",
    [
        ({"name": 3}, "name=3 is impossible: input should be a valid string"),
        ({"name": ""}, "name='' is impossible"),
        ({"classes": "circle"}, "classes='circle' is impossible: input should be a valid list"),
        ({"classes": ["sun"] * 6}, "classes=.* is impossible: .*the names must differ"),
        ({"classes": [*DOODLES[:-1], 6]}, "classes.5=6 is impossible"),
        ({"classes": []}, r"classes=\[\] is impossible"),
        ({"preprocessing": "1"}, "preprocessing='1' is impossible"),
        ({"preprocessing": True}, "preprocessing=True is impossible"),
        ({"input": {}}, "input.shape={} is impossible: field required"),
        ({"input": [100, 3]}, r"input=\[100, 3\] is impossible"),
        ({"input": {"shape": [100, 2]}}, r"input.shape=.* it must be \[points, 3\]"),
        ({"input": {"shape": [10**9, 3]}}, r"input.shape=.* it must be \[points, 3\]"),
        ({"input": {"shape": [100, 3], "in_proportion": "no"}}, "input.in_proportion='no'"),
        ({"files": {"../secret": "0" * 64}}, "files.../secret"),
        ({"files": {"model.tflite": 5}}, "files.model.tflite=5 is impossible"),
        ({"credit": {"to": "me"}}, "credit="),
        ({"check": [{"drawing": "[[[1, 2], [3]]]", "answers": {}}]}, "check.0.drawing"),
        ({"check": [{"drawing": "[", "answers": {}}]}, "check.0.drawing"),
        (
            {"check": [{"drawing": "[[[1], [2]]]", "answers": {"sun": float("nan")}}]},
            "check.0.answ",
        ),
    ],
)
def test_an_impossible_field_is_named(altered, fields, told):
    folder, change = altered
    change(**fields)
    with pytest.raises(ValueError, match=rf"model\.json: {told}.*: restore it or export") as found:
        Predictor.load(folder)
    assert "\n" not in str(found.value)


def test_a_card_nested_without_end_is_told(altered):
    folder, _ = altered
    (folder / "model.json").write_text("[" * 100_000, "utf-8")
    with pytest.raises(ValueError, match=r"model\.json holds no JSON: it is nested too deeply"):
        Predictor.load(folder)


def test_half_a_character_in_a_card_is_told(altered):
    folder, _ = altered
    text = (folder / "model.json").read_text("utf-8").replace('"doodles"', '"doodles\\ud800"', 1)
    (folder / "model.json").write_text(text, "utf-8")
    with pytest.raises(ValueError, match="has half a character, which is none: restore it"):
        Predictor.load(folder)


def test_a_card_of_any_size_is_not_read(altered):
    folder, _ = altered
    (folder / "model.json").write_bytes(b" " * 10_000_001)
    with pytest.raises(ValueError, match="has 10,000,001 bytes, too many for one"):
        Predictor.load(folder)


def test_a_card_without_answers_is_one_of_an_earlier_version(altered):
    folder, change = altered
    change(check=None)
    assert Predictor.load(folder).classes == list(DOODLES)


def test_a_model_that_answers_otherwise_than_its_card_says_is_refused(altered):
    folder, change = altered
    card = files.read_json(folder / "model.json")
    change(classes=[*card["classes"][1:], card["classes"][0]])
    with pytest.raises(ValueError, match=r"does not answer as its model\.json says: a drawing is"):
        Predictor.load(folder)
    with pytest.raises(ValueError, match="with a probability of nan, not"):
        Predictor.load(change(classes=[f"a {name}" for name in card["classes"]]))


@pytest.mark.parametrize("data", [b"", b"TFL3", bytes(1000)], ids=["nothing", "a name", "zeros"])
def test_what_is_no_model_is_told_though_its_hash_is_right(altered, data):
    folder, change = altered
    (folder / "model.tflite").write_bytes(data)
    change(files={"model.tflite": files.sha256(folder / "model.tflite")})
    with pytest.raises(ValueError, match=r"model\.tflite is no model of ink .*: restore it or"):
        Predictor.load(folder)


def test_a_model_of_other_ink_than_its_card_says_is_refused(altered):
    folder, change = altered
    card = files.read_json(folder / "model.json")
    change(input=card["input"] | {"shape": [90, 3]})
    with pytest.raises(ValueError, match=r"model\.tflite does not take what model\.json says"):
        Predictor.load(folder)


# --- the model that comes with the project -------------------------------------------------------


@pytest.fixture(scope="module")
def shipped() -> Predictor:
    return Predictor.load()


def test_shipped_model_knows_all_classes(shipped):
    assert len(shipped.classes) == 345
    assert set(shipped.classes) == set(quickdraw.CLASSES)


def test_shipped_model_credits_the_data(shipped):
    assert shipped.card["credit"] == "Quick, Draw! data by Google, Inc., CC BY 4.0"


def test_shipped_model_says_how_good_it_is(shipped):
    top = shipped.card["metrics"]["cropped"]["top_k_accuracy"]
    assert 0.3 < top["1"] < top["5"] <= 1
    assert shipped.card["metrics"]["cropped"]["sketches"] > 1000


def test_shipped_model_says_nothing_of_the_machine_it_was_made_on(shipped):
    text = (SHIPPED / "model.json").read_text("utf-8")
    assert "/home/" not in text and "/root/" not in text and str(ROOT) not in text


def test_shipped_model_is_as_good_as_it_says(shipped, quickdraw_data):
    """On some of the test drawings, which it was neither trained on nor chosen by."""
    from sketchlib.records.tfrecords import place

    words, drawings = [], []
    for path in sorted((quickdraw_data / "simplified").glob("*.ndjson")):
        for record in islice(quickdraw.read(path), 60):
            split, shard, _ = place(record["key_id"], 0.1)
            if split == "eval" and shard >= 5:
                words.append(record["word"])
                drawings.append(record["drawing"])
    assert len(drawings) > 800
    answers = shipped.probabilities(drawings).argmax(axis=1)
    right = [shipped.classes[a] == word for a, word in zip(answers, words, strict=True)]
    stated = shipped.card["metrics"]["cropped"]["top_k_accuracy"]["1"]
    assert np.mean(right) == pytest.approx(stated, abs=0.05)
