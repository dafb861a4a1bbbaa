"""What the tests of trainings share: other settings, a sudden end, and a look at the outcome."""

import os
import subprocess
import sys
from pathlib import Path

import keras
import pytest
from little_world import ROOT

from sketchlib.model import models, training
from sketchlib.records import dataset
from sketchlib.settings import Settings


def changed(settings: Settings, **changes) -> Settings:
    return Settings(**{**settings.model_dump(), **changes})


class Stop(keras.callbacks.Callback):
    """Ends the training as Ctrl-C does, after so many epochs were logged."""

    def __init__(self, epoch: int):
        super().__init__()
        self.epoch = epoch

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.epoch:
            raise KeyboardInterrupt


class Count(keras.callbacks.Callback):
    """Notes the epochs that are really trained."""

    def __init__(self):
        super().__init__()
        self.epochs = []

    def on_epoch_begin(self, epoch, logs=None):
        self.epochs.append(epoch)


def stop_after(settings: Settings, epochs: int) -> None:
    with pytest.raises(KeyboardInterrupt):
        training.train(settings, verbose=0, callbacks=[Stop(epochs)])


def trained_epochs(settings: Settings) -> list[int]:
    count = Count()
    training.train(settings, verbose=0, callbacks=[count])
    return count.epochs


def validation(run: Path, folder: Path) -> dict[str, float]:
    model = keras.models.load_model(run / "model.keras")
    models.compile_model(model, keras.optimizers.SGD())
    return model.evaluate(dataset.load(folder, "validation"), verbose=0, return_dict=True)


def in_a_process(code: str, *arguments: str | os.PathLike) -> subprocess.CompletedProcess[str]:
    """Run code, with the tests' modules, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT / "tests")},
        capture_output=True,
        text=True,
    )
