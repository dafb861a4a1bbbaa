"""What a training leaves in its run folder is read back as it was written."""

import subprocess
import sys

import pytest
from little_world import ROOT

from sketchlib._shared import files
from sketchlib.model import run_folder
from sketchlib.settings import Settings


def test_a_history_is_numbers_by_name_and_a_repeated_epoch_counts_once(tmp_path):
    lines = ["epoch,loss,seconds", "0,2.5,1.0", "1,2.0,1.0", "1,1.5,2.0", "2,1e-3,1.0"]
    (tmp_path / run_folder.HISTORY).write_text("\n".join([*lines, ""]), "utf-8")
    assert run_folder.read_history(tmp_path) == [
        {"epoch": 0.0, "loss": 2.5, "seconds": 1.0},
        {"epoch": 1.0, "loss": 1.5, "seconds": 2.0},
        {"epoch": 2.0, "loss": 0.001, "seconds": 1.0},
    ]


def test_a_run_that_has_not_begun_has_no_history(tmp_path):
    assert run_folder.read_history(tmp_path) == run_folder.read_history(tmp_path / "none") == []


def test_settings_and_facts_come_back_as_they_were(tmp_path):
    settings = Settings(run=str(tmp_path), epochs=7, classes=["sun"], augmented=True)
    files.write_json(tmp_path / run_folder.SETTINGS, settings.model_dump())
    files.write_json(tmp_path / run_folder.FACTS, {"classes": ["sun"], "seconds": 1.5})
    assert run_folder.read_settings(tmp_path) == settings
    assert run_folder.read_facts(tmp_path) == {"classes": ["sun"], "seconds": 1.5}
    with pytest.raises(FileNotFoundError):
        run_folder.read_settings(tmp_path / "none")


def test_metrics_are_none_until_there_are_some(tmp_path):
    assert run_folder.read_metrics(tmp_path) is None
    figures = {"cropped": {"top_k_accuracy": {"1": 0.5}}}
    assert run_folder.write_metrics(tmp_path, figures) == tmp_path / "metrics.json"
    assert run_folder.read_metrics(tmp_path) == figures
    run_folder.write_metrics(tmp_path, {})
    assert run_folder.read_metrics(tmp_path) == {}, "an empty one is one"


def test_reading_a_run_needs_no_tensorflow():
    code = "import sys, sketchlib.model.run_folder; print({'tensorflow', 'keras'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.strip() == "set()", done.stderr


def test_a_line_that_a_crash_has_cut_off_does_not_count(tmp_path):
    (tmp_path / run_folder.HISTORY).write_text("epoch,loss\n0,1.5\n1", "utf-8")
    assert run_folder.read_history(tmp_path) == [{"epoch": 0, "loss": 1.5}]
