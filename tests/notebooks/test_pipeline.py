"""All notebooks in a row, as `make run` runs them."""

import json
import re
import subprocess
import sys

import nbformat
import new_words
import papermill
import pytest

from sketchlib import run
from sketchlib.drawing import quickdraw
from sketchlib.predictor import Predictor
from sketchlib.records import layout

SMALL = {"epochs": 1, "workers": 1}
NUMBERED = sorted(path.name for path in run.FOLDER.glob("0*.ipynb"))
MORE = sorted(f"more/{path.name}" for path in run.FOLDER.glob("more/*.ipynb"))


def outputs(path):
    """Return the outputs of all code cells of an executed notebook."""
    cells = nbformat.read(path, as_version=4).cells
    return [output for cell in cells for output in cell.get("outputs", [])]


@pytest.fixture(scope="module")
def doodle_run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pipeline")
    config = {
        **SMALL,
        "classes": ["circle", "star", "house"],
        "drawings_per_class": 80,
        "eval_share": 0.3,
        "dataset": str(folder / "tfrecords"),
        "run": str(folder / "run"),
    }
    for notebook in MORE:
        run.execute(run.FOLDER / notebook, config, folder / "more")
    return run.run(config)


def test_the_run_folder_holds_all_that_a_run_leaves(doodle_run):
    left = {path.name for path in doodle_run.iterdir()}
    assert left >= {
        *NUMBERED,
        "report.png",
        "history.csv",
        "metrics.json",
        "model",
        "model.keras",
        "settings.json",
        "training.json",
    }


def test_no_notebook_complains(doodle_run):
    executed = [*doodle_run.glob("*.ipynb"), *doodle_run.parent.glob("more/*.ipynb")]
    assert len(executed) == len(NUMBERED) + len(MORE)
    for path in executed:
        noise = [o for o in outputs(path) if o.output_type == "error" or o.get("name") == "stderr"]
        assert not noise, (path.name, noise)


def test_metrics_state_all_ways_of_measuring(doodle_run):
    metrics = json.loads((doodle_run / "metrics.json").read_text("utf-8"))
    for way in ("cropped", "uncropped", "shortened"):
        top = metrics[way]["top_k_accuracy"]
        assert list(top) == ["1", "2", "3"] and 0 <= top["1"] <= top["3"] == 1
    assert metrics["cropped"]["sketches"] == metrics["uncropped"]["sketches"] > 10


def test_top_k_counted_in_the_open_is_that_of_the_report(doodle_run):
    text = "".join(o.text for o in outputs(doodle_run / "04_evaluate.ipynb") if "text" in o)
    counted = re.findall(r"top-\d accuracy ([\d.]+%)", text)
    (reported,) = re.findall(r"^loss [\d.]+, top-1 ([\d.]+%), top-5 ([\d.]+%)", text, re.M)
    assert len(counted) == 2 and counted == list(reported)


def test_the_exported_model_answers(doodle_run):
    predictor = Predictor.load(doodle_run / "model")
    assert sorted(predictor.classes) == ["circle", "house", "star"]
    assert predictor.card["credit"] == "procedural doodles of this project"
    assert predictor.card["metrics"]["cropped"]["sketches"] > 10


def test_the_summary_names_accuracy_and_what_is_next(doodle_run):
    text = run.summary(doodle_run)
    assert "Top-1 accuracy" in text and "top-3" in text and "make lab" in text


def test_words_of_ones_own_are_taught_to_the_shipped_model(tmp_path):
    """Three drawn ten times each, as the config for that says, are too few for ten eval shards."""
    for record in new_words.records(7, 3, 0.3):
        with open(tmp_path / f"{record['word']}.ndjson", "a", encoding="utf-8") as file:
            file.write(quickdraw.to_line(record) + "\n")
    config = run.read_config(run.FOLDER / "configs" / "mine.yaml") | {
        "source": str(tmp_path),
        "dataset": str(tmp_path / "tfrecords"),
        "run": str(tmp_path / "run"),
        "model_folder": str(tmp_path / "run" / "model"),
    }
    trained = run.run(config)
    assert len(layout.find(tmp_path / "tfrecords", "eval")) == 9
    predictor = Predictor.load(trained / "model")
    assert predictor.classes == [*Predictor.load().classes, *sorted(new_words.RECIPES)]
    drawn = new_words.records(10, 1, 0.5, seed=9)
    right = [predictor.top_k(each["drawing"])[0][0] == each["word"] for each in drawn]
    assert sum(right) / len(right) >= 0.8
    assert "on 5 test sketches" in run.summary(trained)


def test_genuine_tutorial_records_train_and_evaluate_unchanged(quickdraw_data, tmp_path):
    folder = quickdraw_data / "tutorial_tfrecords"
    config = {
        **SMALL,
        "source": "tfrecords",
        "dataset": str(folder),
        "run": str(tmp_path / "run"),
        "batch_size": 128,
    }
    trained = run.run(config)
    facts = json.loads((trained / "training.json").read_text("utf-8"))
    assert facts["classes"] == layout.read_classes(folder)
    assert facts["sketches_seen"] == facts["training_sketches"] == 20_000
    metrics = json.loads((trained / "metrics.json").read_text("utf-8"))
    assert sum(1 for share in metrics["cropped"]["per_class_top_1"].values() if share >= 0) == 20


def test_real_drawings_go_from_ndjson_to_a_report(quickdraw_data, tmp_path):
    config = {
        **SMALL,
        "source": str(quickdraw_data / "simplified"),
        "classes": ["cat", "The Eiffel Tower", "zigzag"],
        "drawings_per_class": 100,
        "eval_share": 0.3,
        "dataset": str(tmp_path / "tfrecords"),
        "run": str(tmp_path / "run"),
    }
    trained = run.run(config)
    assert layout.read_classes(tmp_path / "tfrecords") == config["classes"]
    credit = Predictor.load(trained / "model").card["credit"]
    assert credit == "Quick, Draw! data by Google, Inc., CC BY 4.0"


@pytest.mark.parametrize("notebook", [*NUMBERED, *MORE])
def test_a_misspelt_parameter_stops_any_notebook_with_its_name(notebook, tmp_path):
    with pytest.raises(papermill.PapermillExecutionError, match="unknown setting 'epocs'"):
        papermill.execute_notebook(
            run.FOLDER / notebook, tmp_path / "x.ipynb", {"epocs": 3}, progress_bar=False
        )


def run_command(*arguments):
    command = [sys.executable, "-m", "sketchlib.run", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("epocs=3", "unknown setting 'epocs'"),
        ("epochs=0", "epochs=0 is impossible"),
        ("optimizer=adam", "optimizer='adam' is impossible"),
    ],
)
def test_the_command_refuses_settings_before_it_runs_anything(change, sentence):
    done = run_command(run.FOLDER / "configs" / "sample.yaml", change)
    assert done.returncode == 1 and sentence in done.stderr
    assert "Traceback" not in done.stderr and ".ipynb" not in done.stdout


def test_the_command_says_what_is_wrong_with_a_source(tmp_path):
    done = run_command(
        run.FOLDER / "configs" / "sample.yaml",
        f"source={tmp_path / 'nowhere'}",
        f"run={tmp_path / 'run'}",
        f"dataset={tmp_path / 'tfrecords'}",
    )
    assert done.returncode == 1 and "nowhere does not exist" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_config_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no\.yaml"):
        run.read_config(tmp_path / "no.yaml")


@pytest.mark.parametrize("change", ["classes=[cat", "epochs=2024-13-45", "x=\0", "a=" + "[" * 9000])
def test_a_change_that_is_no_yaml_is_named(change):
    with pytest.raises(ValueError, match="is no YAML") as caught:
        run.read_config("sample", [change])
    assert str(caught.value).startswith(change[:10]) and "\n" not in str(caught.value)


def test_a_config_of_another_encoding_is_named(tmp_path):
    (tmp_path / "mine.yaml").write_bytes(b"run: caf\xe9")
    with pytest.raises(ValueError, match=r"mine\.yaml is no YAML"):
        run.read_config(tmp_path / "mine.yaml")


def test_a_notebook_of_ones_own_is_not_replaced_by_an_executed_one(tmp_path):
    mine = tmp_path / "01_load_data.ipynb"
    mine.write_text('{"cells": []}', "utf-8")
    with pytest.raises(FileExistsError, match=r"01_load_data\.ipynb is a notebook of yours"):
        run.run({"run": str(tmp_path), "dataset": str(tmp_path / "../tfrecords")})
    assert mine.read_text("utf-8") == '{"cells": []}'
