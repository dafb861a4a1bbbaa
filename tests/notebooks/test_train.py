"""Notebook 03 on its own: its cells train as the helper does, and go on where they were stopped."""

import json
import subprocess
import sys

import numpy as np
import papermill
import pytest
from papermill.iorw import load_notebook_node
from papermill.parameterize import parameterize_notebook

from sketchlib.model import models, training
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


ON_TWO_DEVICES = """
import json, sys
import tensorflow as tf
from IPython.core.interactiveshell import InteractiveShell
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
shell = InteractiveShell.instance()
for cell in json.loads(open(sys.argv[1], encoding="utf-8").read())["cells"]:
    if cell["cell_type"] == "code":
        shell.run_cell(cell["source"]).raise_error()
"""


def test_two_devices_learn_the_same_as_one(settings, tmp_path):
    """Each gets half of a batch; the notebook is the same, and the model is at home on one."""
    settings |= {"optimizer": "sgd", "clipnorm": 1.0, "averaging": 0.9, "keep": "last"}
    run = tmp_path / "two"
    notebook = parameterize_notebook(
        load_notebook_node(str(NOTEBOOK)), settings | {"run": str(run)}
    )
    file = tmp_path / "notebook.ipynb"
    file.write_text(json.dumps(notebook), "utf-8")
    command = [sys.executable, "-c", ON_TWO_DEVICES, str(file)]
    done = subprocess.run(command, cwd=ROOT / "notebooks", capture_output=True, text=True)
    assert not done.returncode, done.stdout[-3000:] + done.stderr[-3000:]
    alone = training.train(Settings(**settings, run=str(tmp_path / "one")), verbose=0)
    for one, two in zip(*map(training.read_history, (alone, run)), strict=True):
        for figure in ("loss", "val_loss"):
            assert two[figure] == pytest.approx(one[figure], rel=1e-3), figure
    assert models.load(run / "model.keras").predict(np.zeros((1, 100, 3)), verbose=0).shape[0] == 1


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
