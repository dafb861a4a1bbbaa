"""What a training leaves in its run folder is read back as it was written."""

import errno
import os
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


@pytest.mark.parametrize("line", ["epoch,loss", "one,two", "2,", ",", "1,2,3"])
def test_a_line_that_is_no_epoch_does_not_count(tmp_path, line):
    text = f"epoch,loss\n0,1.5\n{line}\n1,1.25\n"
    (tmp_path / run_folder.HISTORY).write_text(text, "utf-8")
    history = run_folder.read_history(tmp_path)
    assert history == [{"epoch": 0, "loss": 1.5}, {"epoch": 1, "loss": 1.25}]


def test_a_history_comes_back_as_it_was_written(tmp_path):
    history = [{"epoch": 0.0, "loss": 1 / 3}, {"epoch": 1.0, "loss": 1e-9}]
    run_folder.write_history(tmp_path, history)
    assert run_folder.read_history(tmp_path) == history


def test_a_run_is_finished_when_all_of_it_is_there(tmp_path):
    for name in run_folder.FINISHED:
        assert not run_folder.finished(tmp_path)
        (tmp_path / name).touch()
    assert run_folder.finished(tmp_path)


@pytest.mark.parametrize("name", run_folder.LEFT)
def test_a_file_that_no_training_has_left_is_not_replaced(tmp_path, name):
    run_folder.check_free(tmp_path)
    (tmp_path / name).write_text("of mine", "utf-8")
    with pytest.raises(FileExistsError, match=f"has a {name} that no training has left there"):
        run_folder.check_free(tmp_path)
    (tmp_path / "checkpoint-0123456789ab").mkdir()  # one was under way
    run_folder.check_free(tmp_path)


def test_a_finished_run_may_be_replaced(tmp_path):
    files.write_json(tmp_path / run_folder.FACTS, {"classes": ["sun"]})
    (tmp_path / run_folder.MODEL).touch()
    run_folder.check_free(tmp_path)


def test_a_full_disk_is_told_and_other_errors_pass(tmp_path):
    told = pytest.raises(OSError, match=r"there is no room for .* do the same again")
    with told, run_folder.room_told(tmp_path):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with pytest.raises(PermissionError), run_folder.room_told(tmp_path):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
