"""Notebook 03 on its own: its cells train as the helper does, and go on where they were stopped."""

import papermill
import pytest

from sketchlib.model import training
from sketchlib.settings import ROOT, Settings

NOTEBOOK = ROOT / "notebooks" / "03_train.ipynb"
SMALL = {"source": "tfrecords", "epochs": 3, "steps_per_epoch": 5, "batch_size": 8}


def execute(folder, settings):
    papermill.execute_notebook(
        NOTEBOOK, folder / "executed.ipynb", settings, cwd=folder, progress_bar=False
    )


@pytest.fixture
def settings(doodle_folder):
    return SMALL | {"dataset": str(doodle_folder), "label_smoothing": 0.1, "keep": "best"}


def test_its_cells_train_as_the_helper_does(settings, tmp_path):
    execute(tmp_path, settings | {"run": str(tmp_path / "notebook")})
    training.train(Settings(**settings, run=str(tmp_path / "helper")), verbose=0)
    here, there = (training.read_history(tmp_path / name) for name in ("notebook", "helper"))
    assert len(here) == len(there) == 3
    for one, other in zip(here, there, strict=True):
        assert one.keys() == other.keys()
        assert one["loss"] == pytest.approx(other["loss"], rel=1e-3)
        assert one["val_loss"] == pytest.approx(other["val_loss"], rel=1e-3)
    names = [{path.name for path in (tmp_path / run).iterdir()} for run in ("notebook", "helper")]
    assert names[0] == names[1]


class Stop(training.keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 2:
            raise KeyboardInterrupt


def test_it_goes_on_from_the_last_finished_epoch(settings, tmp_path):
    run = {"run": str(tmp_path / "run")}
    with pytest.raises(KeyboardInterrupt):
        training.train(Settings(**settings, **run), verbose=0, callbacks=[Stop()])
    before = training.unfinished(Settings(**settings, **run))
    assert len(before) == 2
    execute(tmp_path, settings | run)
    assert training.read_history(tmp_path / "run")[:2] == before
