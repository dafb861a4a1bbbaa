import errno
import json
import os
import re
import shutil
import sys
import threading
from itertools import islice
from pathlib import Path

import keras
import numpy as np
import pytest
from little_world import DOODLES

from sketchlib import predictor
from sketchlib._shared import files
from sketchlib.drawing import quickdraw, strokes
from sketchlib.model import calibration, evaluation, export, models
from sketchlib.records import dataset


def test_a_model_folder_has_its_files_and_a_card(model_folder):
    names = {path.name for path in model_folder.iterdir()}
    files_of_it = {"model.keras", "model.tflite", "model.json", "prototypes.npz"}
    assert names == files_of_it | {"README.md"}


def test_the_card_says_how_the_model_was_made_and_how_good_it_is(
    model_folder, trained_run, doodle_settings
):
    card = files.read_json(model_folder / "model.json")
    model = keras.models.load_model(trained_run / "model.keras")
    assert card["name"] == "doodles"
    assert card["architecture"] == "conv_lstm"
    assert card["parameters"] == model.count_params()
    assert card["classes"] == list(DOODLES)
    assert card["input"]["shape"] == [100, 3] and card["output"]["shape"] == [len(DOODLES)]
    assert card["preprocessing"] == strokes.VERSION
    assert card["credit"] == "Procedural doodles"
    figures = files.read_json(trained_run / "metrics.json")["cropped"]
    told = card["metrics"]["cropped"]
    assert told["top_k_accuracy"] == figures["top_k_accuracy"]
    assert told["sketches"] == figures["sketches"]
    said = card["training"]
    assert said["epochs"] == doodle_settings.epochs
    assert said["settings"]["learning_rate"] == doodle_settings.learning_rate


def test_the_card_tells_no_path_of_this_machine(model_folder, doodle_settings):
    text = (model_folder / "model.json").read_text("utf-8")
    for name in ("dataset", "run"):
        path = json.dumps(str(doodle_settings.path(name).parent))
        assert path.strip('"') not in text


def test_the_card_describes_the_files_that_are_there(model_folder, trained_run):
    card = files.read_json(model_folder / "model.json")
    assert set(card["files"]) == {"model.keras", "model.tflite", "prototypes.npz"}
    for name, digest in card["files"].items():
        assert files.sha256(model_folder / name) == digest
    ours, theirs = (keras.models.load_model(f / "model.keras") for f in (model_folder, trained_run))
    assert all(map(np.array_equal, ours.get_weights(), theirs.get_weights()))


def test_a_temperature_is_built_into_both_models(trained_run, tmp_path, doodle_folder):
    folder = export.export(trained_run, tmp_path / "softer", temperature=2.0)
    plain = keras.models.load_model(trained_run / "model.keras")
    inks = evaluation.inks(dataset.load(doodle_folder, "test"))
    expected = calibration.scaled(plain.predict_on_batch(inks), 2.0)
    softer = predictor.Predictor.load(folder)
    assert softer.infer(inks) == pytest.approx(expected, abs=0.02)


def test_litert_answers_as_keras_does(model_folder, doodle_folder):
    model = keras.models.load_model(model_folder / "model.keras")
    sketches = dataset.load(doodle_folder, "eval")
    expected, _ = evaluation.predict(model, sketches)
    interpreter = predictor.load_litert((model_folder / "model.tflite").read_bytes())
    answers = predictor.run_litert(interpreter, evaluation.inks(sketches))
    assert np.abs(answers - expected).max() <= export.CLOSE[export.PRECISION]
    assert np.ptp(answers, axis=0).max() > 0.1, "the answers do depend on the ink"


def test_the_card_tells_the_precision(model_folder):
    told = files.read_json(model_folder / "model.json")["litert"]
    assert told["precision"] == export.PRECISION
    assert told["bytes"] == (model_folder / "model.tflite").stat().st_size
    assert 0 < told["difference_from_keras"] <= export.CLOSE[export.PRECISION]


def test_a_conversion_that_answers_otherwise_is_refused(model_folder):
    model = keras.models.load_model(model_folder / "model.keras")
    lite = export.to_litert(model)
    export.check_equal(model, lite)
    kernel, bias = model.layers[-1].get_weights()
    model.layers[-1].set_weights([kernel, bias + 0.01 * np.arange(len(bias))])
    with pytest.raises(
        RuntimeError, match="does not answer as the Keras model does: a probability"
    ):
        export.check_equal(model, lite)


@pytest.mark.parametrize("precision", export.CLOSE)
def test_no_precision_excuses_another_model(model_folder, precision):
    lite = (model_folder / "model.tflite").read_bytes()
    with pytest.raises(RuntimeError, match=f"and {precision} explains"):
        export.check_equal(models.build("conv_lstm", len(DOODLES)), lite, precision)


def test_a_model_that_answers_no_numbers_is_refused(trained_run, tmp_path):
    run = shutil.copytree(trained_run, tmp_path / "run")
    model = keras.models.load_model(run / "model.keras")
    model.layers[-1].set_weights([np.nan * weights for weights in model.layers[-1].get_weights()])
    model.save(run / "model.keras")
    with pytest.raises(RuntimeError, match="does not answer as"):
        export.export(run, tmp_path / "model")
    assert not (tmp_path / "model").exists()


@pytest.mark.parametrize("name", ["model.keras", "training.json", "settings.json"])
def test_an_unfinished_run_is_told(trained_run, tmp_path, name):
    run = shutil.copytree(trained_run, tmp_path / "run")
    (run / name).unlink()
    with pytest.raises(FileNotFoundError, match=f"is no finished run: {name} is missing"):
        export.export(run, tmp_path / "model")
    assert not (tmp_path / "model").exists()


def test_a_run_without_metrics_can_be_exported_and_exporting_replaces(trained_run, tmp_path):
    run = shutil.copytree(trained_run, tmp_path / "run")
    folder = export.export(run, tmp_path / "model")
    (run / "metrics.json").unlink()
    (run / "prototypes.npz").unlink()
    export.export(run, folder, name="another")
    card = predictor.read_card(folder)
    assert (card["name"], card["metrics"]) == ("another", None)
    assert {path.name for path in folder.iterdir()} == FILES - {"prototypes.npz"}


# --- old or new, at any moment -------------------------------------------------------------------

FILES = {"model.keras", "model.tflite", "model.json", "prototypes.npz", "README.md"}


def test_an_interrupted_export_leaves_the_old_model(trained_run, tmp_path, monkeypatch):
    folder = export.export(trained_run, tmp_path / "model", name="old")

    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(export, "_card", interrupted)
    with pytest.raises(KeyboardInterrupt):
        export.export(trained_run, folder, name="new")
    assert predictor.Predictor.load(folder).name == "old"
    assert {path.name for path in folder.iterdir()} == FILES


def staged(trained_run, tmp_path, monkeypatch) -> Path:
    """A model folder, as a sudden end leaves it between the making of a new model and its moves."""
    folder = export.export(trained_run, tmp_path / "model", name="old", temperature=2.0)
    with monkeypatch.context() as patch:
        patch.setattr(export, "settle", lambda folder: None)
        export.export(trained_run, folder, name="new")
    assert {path.name for path in (folder / predictor.STAGED).iterdir()} == FILES
    assert files.read_json(folder / "model.json")["name"] == "old"
    return folder


@pytest.mark.parametrize("moved", range(6))
def test_a_model_that_was_half_moved_is_the_new_one(trained_run, tmp_path, monkeypatch, moved):
    folder = staged(trained_run, tmp_path, monkeypatch)
    order = sorted(FILES, key=lambda name: name == "model.json")
    for name in order[:moved]:
        (folder / predictor.STAGED / name).replace(folder / name)
    with monkeypatch.context() as patch:  # as for a reader who may change nothing
        patch.setattr(predictor, "settle", lambda folder: None)
        assert predictor.Predictor.load(folder).name == "new"
        assert moved == 6 or (folder / predictor.STAGED).is_dir()
    assert predictor.Predictor.load(folder).name == "new"
    assert {path.name for path in folder.iterdir()} == FILES
    assert (folder / "README.md").read_text("utf-8").count("# new") == 1


def test_a_model_folder_can_be_read_while_it_is_replaced(trained_run, tmp_path):
    folder = export.export(trained_run, tmp_path / "model", name="0")
    copies = [tmp_path / str(number) for number in range(20)]
    for number, copy in enumerate(copies):  # what exports would stage
        shutil.copytree(folder, copy)
        card = files.read_json(copy / "model.json")
        with (copy / "model.keras").open("ab") as keras_file:
            keras_file.write(bytes(number))
        card["files"]["model.keras"] = files.sha256(copy / "model.keras")
        files.write_json(copy / "model.json", card | {"name": str(number)})

    def replace():
        for copy in copies:
            export.settle(folder)
            files.move(copy, folder / predictor.STAGED)
            export.settle(folder)

    writer, names = threading.Thread(target=replace), []
    writer.start()
    while writer.is_alive():
        names.append(int(predictor.read_card(folder)["name"]))
    writer.join()
    assert names == sorted(names)
    assert predictor.read_card(folder)["name"] == "19"


@pytest.mark.parametrize("name", ["README.md", "model.keras", "model.json"])
def test_what_is_not_ours_is_not_replaced(trained_run, tmp_path, name):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / name).write_text("something of my own", "utf-8")
    with pytest.raises(FileExistsError, match=f"has a {name} that no export has left there"):
        export.export(trained_run, folder)
    assert {path.name for path in folder.iterdir()} == {name}
    assert (folder / name).read_text("utf-8") == "something of my own"


def test_a_file_in_place_of_the_folder_is_told(trained_run, tmp_path):
    (tmp_path / "model").write_text("something of my own", "utf-8")
    with pytest.raises(FileExistsError, match="is a file: name a folder"):
        export.export(trained_run, tmp_path / "model")
    with pytest.raises(FileExistsError, match="is a file: name a folder"):
        export.export(trained_run, tmp_path / "model" / "within")


def test_a_full_disk_is_told_and_the_old_model_stays(trained_run, tmp_path, monkeypatch):
    folder = export.export(trained_run, tmp_path / "model", name="old")

    def full(*arguments):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch, pytest.raises(OSError, match="there is no room for"):
        patch.setattr(shutil, "copyfile", full)
        export.export(trained_run, folder, name="new")
    assert predictor.Predictor.load(folder).name == "old"
    assert {path.name for path in folder.iterdir()} == FILES


# --- answers in the card -------------------------------------------------------------------------


def test_the_card_has_drawings_and_their_answers(model_folder):
    told = files.read_json(model_folder / "model.json")["check"]
    assert len(told) == export.TOLD
    answers = predictor.Predictor.load(model_folder)
    for each in told:
        drawing = [np.transpose(stroke) for stroke in json.loads(each["drawing"])]
        assert strokes.is_simplified(drawing)
        assert dict(answers.top_k(drawing)) == pytest.approx(each["answers"], abs=1e-5)


@pytest.mark.parametrize("resolver", ["BUILTIN_REF", "BUILTIN_WITHOUT_DEFAULT_DELEGATES"])
def test_sums_in_another_order_answer_as_the_card_says(resolver):
    """As another processor adds up; 1e-3 is what may differ, and a thousandth of it does."""
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    interpreter = Interpreter(
        model_content=(predictor.SHIPPED / "model.tflite").read_bytes(),
        experimental_op_resolver_type=OpResolverType[resolver],
    )
    interpreter.allocate_tensors()
    other = predictor.Predictor(predictor.read_card(predictor.SHIPPED), interpreter)
    other.check(predictor.SHIPPED)
    for each in other.card["check"]:
        drawing = [np.transpose(stroke) for stroke in json.loads(each["drawing"])]
        assert dict(other.top_k(drawing)) == pytest.approx(each["answers"], abs=2e-5)


# --- precisions ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def converted() -> dict[str, bytes]:
    """The shipped model in each precision."""
    return {name: export.convert(predictor.SHIPPED, name)[0] for name in export.CLOSE}


@pytest.fixture(scope="module")
def real_ink(quickdraw_data) -> np.ndarray:
    """Two drawings of each class, by people, as the shipped model's ink."""
    in_proportion = predictor.read_card(predictor.SHIPPED)["input"].get("in_proportion", False)
    inks = [
        strokes.drawing_to_ink(record["drawing"], in_proportion)
        for path in sorted((quickdraw_data / "simplified").glob("*.ndjson"))
        for record in islice(quickdraw.read(path), 2)
    ]
    return keras.utils.pad_sequences(inks, 100, "float32", padding="post", truncating="post")


@pytest.mark.parametrize(
    "precision, usual, same", [("float32", 1e-5, 1), ("float16", 0.01, 0.99), ("int8", 0.2, 0.95)]
)
def test_real_drawings_get_the_same_answers(converted, real_ink, precision, usual, same):
    model = keras.models.load_model(predictor.SHIPPED / "model.keras")
    expected = model.predict_on_batch(real_ink)
    answers = predictor.run_litert(predictor.load_litert(converted[precision]), real_ink)
    difference = np.abs(answers - expected).max(axis=1)
    assert difference.max() <= max(export.CLOSE[precision], export.STRAY)
    assert np.quantile(difference, 0.99) <= usual
    assert (answers.argmax(axis=1) == expected.argmax(axis=1)).mean() >= same


def test_less_precision_takes_less_room(converted):
    size = {precision: len(lite) for precision, lite in converted.items()}
    assert size["float16"] < 0.55 * size["float32"] and size["int8"] < 0.35 * size["float32"]


def test_shipped_model_is_one_of_them(converted):
    told = predictor.read_card(predictor.SHIPPED)["litert"]
    interpreter = predictor.load_litert((predictor.SHIPPED / "model.tflite").read_bytes())
    again = predictor.load_litert(converted[told["precision"]])
    ink = np.random.default_rng(0).normal(0, 0.2, (9, 100, 3)).astype(np.float32)
    answers = predictor.run_litert(interpreter, ink)
    assert answers == pytest.approx(predictor.run_litert(again, ink), abs=1e-5)
    assert told["bytes"] == (predictor.SHIPPED / "model.tflite").stat().st_size <= 8e6


def test_phones_get_a_model_of_fixed_sizes_and_named_ends(model_folder):
    """With the interface that Android and browsers use, which refuses a size left open."""
    from ai_edge_litert.compiled_model import CompiledModel

    path = model_folder / "model.tflite"
    (feed,) = predictor.load_litert(path.read_bytes()).get_input_details()
    assert feed["shape_signature"].tolist() == [1, 100, 3]
    model = CompiledModel.from_file(str(path))
    (names,) = model.get_signature_list().values()
    assert names == {"inputs": ["ink"], "outputs": ["probabilities"]}
    inputs, outputs = model.create_input_buffers(0), model.create_output_buffers(0)
    ink = np.random.default_rng(0).normal(0, 0.2, (1, 100, 3)).astype(np.float32)
    inputs[0].write(ink)
    model.run_by_index(0, inputs, outputs)
    answers = predictor.Predictor.load(model_folder).infer(ink)[0]
    assert outputs[0].read(len(DOODLES), np.float32) == pytest.approx(answers, abs=1e-6)


def test_a_model_that_draws_a_picture_converts():
    model = models.build("picture", 6)
    export.check_equal(model, export.to_litert(model, "float16"), "float16")


def test_an_unknown_precision_is_told(model_folder):
    with pytest.raises(ValueError, match="unknown precision 'int4': it must be one of float32, fl"):
        export.convert(model_folder, "int4")


def test_one_command_converts(model_folder, tmp_path, monkeypatch, capsys):
    file = tmp_path / "small.tflite"
    monkeypatch.setattr(sys, "argv", ["export", str(model_folder), "int8", str(file)])
    export.main()
    text = capsys.readouterr().out
    assert re.fullmatch(
        rf"{re.escape(str(file))}: 0\.\d\d MB, within [\d.e-]+ of Keras' answers\n", text
    )
    assert predictor.load_litert(file.read_bytes()).get_output_details()[0]["shape"][-1] == 6


def test_the_command_tells_what_is_wrong(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["export", str(tmp_path), "int8", str(tmp_path / "a.tflite")])
    with pytest.raises(SystemExit, match="is no model folder"):
        export.main()
    assert not list(tmp_path.iterdir())
