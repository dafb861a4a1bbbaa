"""What a training does after every epoch: it is timed, logged, judged and kept."""

import keras
import numpy as np
import psutil
import pytest
from trainings import Stop, changed, validation

from sketchlib.model import callbacks, training
from sketchlib.model.run_folder import HISTORY, read_history


def test_the_history_has_a_line_an_epoch(trained_run, doodle_settings):
    history = training.read_history(trained_run)
    assert [row["epoch"] for row in history] == list(range(doodle_settings.epochs))
    names = {"loss", "accuracy", "top_5_accuracy", "val_loss", "val_accuracy", "seconds"}
    assert all(names <= set(row) for row in history)
    assert history[-1]["loss"] < history[0]["loss"]


def test_best_keeps_the_weights_of_the_best_epoch(trained_run, doodle_folder):
    history = training.read_history(trained_run)
    best = max(history, key=lambda row: row["val_accuracy"])
    reached = validation(trained_run, doodle_folder)
    assert reached["accuracy"] == pytest.approx(best["val_accuracy"], abs=1e-6)
    assert reached["loss"] == pytest.approx(best["val_loss"], rel=1e-3)


class Forget(keras.callbacks.Callback):
    """Spoils the model before the last epoch, so that the best epoch is an earlier one."""

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.params["epochs"] - 1:
            kernel, bias = self.model.layers[-1].get_weights()
            self.model.layers[-1].set_weights([0 * kernel, bias - 50 * (np.arange(len(bias)) > 0)])


@pytest.mark.parametrize("keep", ["best", "last"])
def test_keep_decides_between_the_best_and_the_last_epoch(settings, doodle_folder, keep):
    settings = changed(settings, keep=keep, epochs=5)
    run = training.train(settings, verbose=0, callbacks=[Forget()])
    history = training.read_history(run)
    best = max(history, key=lambda row: row["val_accuracy"])
    assert best is not history[-1]
    expected = best if keep == "best" else history[-1]
    reached = validation(run, doodle_folder)
    assert reached["accuracy"] == pytest.approx(expected["val_accuracy"], abs=1e-6)


def test_averaged_weights_are_validated_and_saved(settings, doodle_folder):
    run = training.train(changed(settings, averaging=0.9), verbose=0)
    reached = validation(run, doodle_folder)
    history = training.read_history(run)
    assert reached["loss"] == pytest.approx(history[-1]["val_loss"], rel=1e-4)
    plain = training.train(changed(settings, run=settings.run + "plain"), verbose=0)
    losses = [row["loss"] for row in training.read_history(plain)]
    assert [row["loss"] for row in history] == pytest.approx(losses, rel=1e-3), "same course"
    assert validation(plain, doodle_folder)["loss"] != pytest.approx(reached["loss"], rel=1e-4)


def test_a_stopped_training_leaves_no_file_open(settings):
    """A notebook keeps the exception, and with it the callbacks; Windows deletes no open file."""
    with pytest.raises(KeyboardInterrupt) as kept:
        training.train(settings, verbose=0, callbacks=[Stop(1)])
    names = [file.path for file in psutil.Process().open_files()]
    assert kept and not [name for name in names if name.startswith(str(settings.path("run")))]


def fit(callbacks: list[keras.callbacks.Callback], epochs: int, initial_epoch: int = 0) -> None:
    """Train as little as may be, with nothing but the callbacks of a training."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", metrics=["accuracy"])
    data = np.ones((4, 1)), np.ones((4, 1))
    model.fit(
        *data,
        validation_data=data,
        epochs=epochs,
        initial_epoch=initial_epoch,
        callbacks=callbacks,
        verbose=0,
    )


@pytest.mark.parametrize(
    ("wishes", "more"),
    [
        ({"keep": "last"}, []),
        ({"keep": "best"}, ["ModelCheckpoint"]),
        ({"keep": "last", "averaging": 0.9}, ["SwapEMAWeights"]),
    ],
)
def test_only_what_the_settings_ask_for_is_done(settings, tmp_path, wishes, more):
    found = callbacks.of(changed(settings, **wishes), tmp_path)
    expected = ["_Seconds", *more, "_Log", "BackupAndRestore"]
    assert [type(callback).__name__ for callback in found] == expected, (
        "the log comes after what it tells of"
    )


def test_a_log_is_added_to_and_has_one_heading(settings, tmp_path):
    fit(callbacks.of(settings, tmp_path)[:-1], epochs=2)
    first = read_history(tmp_path)
    fit(callbacks.of(settings, tmp_path)[:-1], epochs=3, initial_epoch=2)
    history = read_history(tmp_path)
    assert [row["epoch"] for row in history] == [0, 1, 2] and history[:2] == first
    names = {"epoch", "loss", "accuracy", "val_loss", "val_accuracy", "seconds"}
    assert set(history[0]) == names and all(row["seconds"] > 0 for row in history)
    assert (tmp_path / HISTORY).read_text("utf-8").count("epoch") == 1


def test_weights_are_kept_only_if_they_beat_those_of_the_log(settings, tmp_path):
    settings = changed(settings, keep="best")
    best = callbacks.of(settings, tmp_path)[1]
    best.set_model(keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)]))
    best.on_epoch_end(0, {"val_accuracy": 0.5})
    assert (tmp_path / callbacks.BEST).is_file()

    (tmp_path / callbacks.BEST).unlink()
    (tmp_path / HISTORY).write_text("epoch,val_accuracy\n0,0.5\n1,0.25\n", "utf-8")
    again = callbacks.of(settings, tmp_path)[1]
    again.set_model(best.model)
    for accuracy, kept in [(0.4, False), (0.5, False), (0.6, True)]:
        again.on_epoch_end(2, {"val_accuracy": accuracy})
        assert (tmp_path / callbacks.BEST).is_file() is kept
