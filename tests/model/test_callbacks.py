"""What a training does after every epoch: it is timed, logged, judged and kept."""

import keras
import numpy as np
import psutil
import pytest
from trainings import Stop, changed, validation

from sketchlib.model import callbacks, checkpoints, training


def test_the_history_has_a_line_an_epoch(trained_run, doodle_settings):
    history = training.read_history(trained_run)
    assert [row["epoch"] for row in history] == list(range(1, doodle_settings.epochs + 1))
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


@pytest.fixture
def network() -> keras.Model:
    """A model that is trained in no time."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", metrics=["accuracy"])
    return model


def keeping(network, folder, begun=checkpoints.START, best=False) -> callbacks.Keep:
    keep = callbacks.Keep(folder, begun, network.variables, best)
    keep.set_model(network)
    return keep


@pytest.mark.parametrize(
    ("wishes", "more"),
    [({"keep": "best"}, []), ({"keep": "last", "averaging": 0.9}, ["SwapEMAWeights"])],
)
def test_only_what_the_settings_ask_for_is_done(settings, tmp_path, network, wishes, more):
    found = callbacks.of(changed(settings, **wishes), keeping(network, tmp_path))
    expected = ["_Seconds", *more, "Keep"]
    assert [type(callback).__name__ for callback in found] == expected, (
        "what is kept comes after what it tells of"
    )


def test_a_checkpoint_holds_the_history_and_where_all_variables_are(settings, tmp_path, network):
    keep, data = keeping(network, tmp_path), (np.ones((4, 1)), np.ones((4, 1)))
    network.fit(
        *data, validation_data=data, epochs=3, callbacks=callbacks.of(settings, keep), verbose=0
    )
    kept = checkpoints.read(tmp_path)
    assert kept.history == keep.reached.history
    assert [row["epoch"] for row in kept.history] == [1, 2, 3]
    names = {"epoch", "loss", "accuracy", "val_loss", "val_accuracy", "seconds"}
    assert all(set(row) == names and row["seconds"] > 0 for row in kept.history)
    for value, variable in zip(kept.variables, network.variables, strict=True):
        assert np.array_equal(value, variable)


def test_weights_are_kept_only_if_they_beat_those_of_the_history(tmp_path, network):
    keep = keeping(network, tmp_path, best=True)
    for accuracy, kept in [(0.5, True), (0.4, False), (0.5, False), (0.6, True)]:
        keep = keeping(network, tmp_path, checkpoints.read(tmp_path), best=True)  # as if restarted
        network.set_weights([weight + 1 for weight in network.get_weights()])
        keep.on_epoch_end(0, {"val_accuracy": accuracy})
        best = checkpoints.read(tmp_path).best
        assert np.array_equal(best[0], network.get_weights()[0]) is kept
