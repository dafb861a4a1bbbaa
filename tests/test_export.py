import shutil

import keras
import numpy as np
import pytest
from little_world import DOODLES

from sketchlib import calibration, dataset, evaluation, export, files, models, predictor, strokes


def test_a_model_folder_has_three_files(model_folder):
    names = {path.name for path in model_folder.iterdir()}
    assert names == {"model.keras", "model.tflite", "model.json"}


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
    text = (model_folder / "model.json").read_text()
    assert str(doodle_settings.path("dataset").parent) not in text
    assert str(doodle_settings.path("run").parent) not in text


def test_the_card_describes_the_files_that_are_there(model_folder, trained_run):
    card = files.read_json(model_folder / "model.json")
    assert set(card["files"]) == {"model.keras", "model.tflite"}
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
    assert softer.infer(inks) == pytest.approx(expected, abs=1e-4)


def test_litert_answers_as_keras_does(model_folder, doodle_folder):
    model = keras.models.load_model(model_folder / "model.keras")
    sketches = dataset.load(doodle_folder, "eval")
    expected, _ = evaluation.predict(model, sketches)
    interpreter = predictor.load_litert((model_folder / "model.tflite").read_bytes())
    answers = predictor.run_litert(interpreter, evaluation.inks(sketches))
    assert len(answers) > predictor.MOST_AT_ONCE, "more than fit into one call"
    assert np.abs(answers - expected).max() <= 1e-5
    assert np.ptp(answers, axis=0).max() > 0.1, "the answers do depend on the ink"


def test_a_conversion_that_answers_otherwise_is_refused(model_folder):
    lite = (model_folder / "model.tflite").read_bytes()
    model = keras.models.load_model(model_folder / "model.keras")
    export.check_equal(model, lite)
    kernel, bias = model.layers[-1].get_weights()
    model.layers[-1].set_weights([kernel, bias + 0.01 * np.arange(len(bias))])
    with pytest.raises(RuntimeError, match="does not answer as the Keras model does"):
        export.check_equal(model, lite)


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


def test_a_run_without_metrics_can_be_exported_and_exporting_replaces(
    trained_run, tmp_path, monkeypatch
):
    run = shutil.copytree(trained_run, tmp_path / "run")
    (run / "metrics.json").unlink()
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "model.json").write_text("of an older model")
    export.export(run, folder, name="another")
    card = predictor.read_card(folder)
    assert (card["name"], card["metrics"]) == ("another", None)


def test_an_interrupted_export_leaves_no_card(trained_run, tmp_path, monkeypatch):
    folder = export.export(trained_run, tmp_path / "model")

    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(export, "_card", interrupted)
    with pytest.raises(KeyboardInterrupt):
        export.export(trained_run, folder)
    with pytest.raises(FileNotFoundError, match=r"model\.json is missing"):
        predictor.Predictor.load(folder)


def test_an_untrained_model_of_the_full_size_converts():
    model = models.build("conv_lstm", 345)
    export.check_equal(model, export.to_litert(model))
