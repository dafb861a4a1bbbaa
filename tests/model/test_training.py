import csv
import errno
import os
import shutil

import keras
import numpy as np
import pytest
from killing import run_until_it_dies
from little_world import DOODLES
from trainings import changed, in_a_process, stop_after, trained_epochs, validation

from sketchlib._shared import files
from sketchlib.model import checkpoints, export, models, run_folder, training
from sketchlib.records import dataset, layout, tfrecords

RUN_FILES = {"settings.json", "training.json", "history.csv", "model.keras", "prototypes.npz"}


# --- a run from beginning to end -----------------------------------------------------------------


def test_a_run_folder_holds_all_that_a_run_leaves(trained_run, doodle_settings):
    assert {path.name for path in trained_run.iterdir()} == RUN_FILES | {"metrics.json"}
    assert files.read_json(trained_run / "settings.json") == doodle_settings.model_dump()
    assert trained_run == doodle_settings.path("run")


def test_the_run_says_what_it_was_trained_on(trained_run, doodle_settings, doodle_folder):
    said = files.read_json(trained_run / "training.json")
    sketches = dataset.count(doodle_folder, "training")
    assert said["classes"] == list(DOODLES)
    assert said["training_sketches"] == sketches
    assert said["epochs"] == doodle_settings.epochs
    assert said["sketches_seen"] == 6 * 60 * 8
    assert said["seconds"] > 0


def test_the_model_is_the_seeds_and_takes_100_points(trained_run):
    model = keras.models.load_model(trained_run / "model.keras")
    assert model.name == "conv_lstm"
    assert (model.input_shape, model.output_shape) == ((None, 100, 3), (None, len(DOODLES)))


def test_the_same_seed_gives_the_same_run(settings, tmp_path):
    runs = [changed(settings, run=str(tmp_path / name)) for name in ("one", "two")]
    runs += [changed(settings, run=str(tmp_path / "three"), seed=1)]
    losses = [
        [row["loss"] for row in training.read_history(training.train(run, verbose=0))]
        for run in runs
    ]
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)
    assert losses[0] != pytest.approx(losses[2], rel=1e-5)


def test_without_steps_an_epoch_is_one_pass(settings):
    run = training.train(settings, verbose=0)
    said = training.read_facts(run)
    assert said["sketches_seen"] == 3 * said["training_sketches"]


def test_a_cosine_schedule_ends_at_zero(settings):
    last = {}

    class Rate(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            last["rate"] = float(self.model.optimizer.learning_rate)

    for schedule in ("constant", "cosine"):
        one = changed(settings, schedule=schedule, run=settings.run + schedule)
        training.train(one, verbose=0, callbacks=[Rate()])
        expected = 0.01 if schedule == "constant" else 0.0
        assert last["rate"] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("name, kind", [("sgd", "SGD"), ("adamw", "AdamW")])
def test_the_optimizer_is_that_of_the_settings(settings, name, kind):
    optimizer = training._optimizer(
        changed(settings, optimizer=name, clipnorm=0.5, weight_decay=0.125), steps=1
    )
    assert type(optimizer).__name__ == kind
    assert optimizer.clipnorm == 0.5
    assert optimizer.weight_decay == (0.125 if name == "adamw" else None)


def test_a_warm_up_climbs_to_the_learning_rate_and_then_falls_to_zero(settings):
    climbing = changed(settings, schedule="cosine", warmup_steps=10, epochs=3)
    rate = training._optimizer(climbing, steps=20)._learning_rate
    assert [float(rate(step)) for step in (0, 5, 10, 60)] == pytest.approx([0, 0.005, 0.01, 0])


def test_label_smoothing_is_that_of_keras():
    answers = np.array([[0.7, 0.2, 0.1], [0.3, 0.3, 0.4]], np.float32)
    expected = keras.losses.CategoricalCrossentropy(label_smoothing=0.3)(np.eye(3)[[0, 2]], answers)
    found = models.SmoothedCrossentropy(0.3)(np.array([0, 2]), answers)
    assert float(found) == pytest.approx(float(expected), rel=1e-6)


def test_balanced_classes_count_alike_however_many_sketches_they_have(
    settings, doodle_records, tmp_path
):
    common = doodle_records[0]["word"]
    rare = [record for record in doodle_records if record["word"] != common][::6]
    ours = [record for record in doodle_records if record["word"] == common]
    folder = tfrecords.write(ours + rare, tmp_path / "uneven", eval_share=0.2)
    still = changed(settings, dataset=str(folder), epochs=1, learning_rate=1e-9)
    losses = {}
    for weight in ("none", "balanced"):
        run = training.train(changed(still, class_weight=weight), verbose=0)
        losses[weight] = training.read_history(run)[0]["loss"]
    model = keras.models.load_model(run / "model.keras")
    inks, labels = map(np.concatenate, zip(*dataset.load(folder, "training"), strict=True))
    each = keras.losses.sparse_categorical_crossentropy(labels, model.predict(inks, verbose=0))
    each = keras.ops.convert_to_numpy(each)
    assert losses["none"] == pytest.approx(each.mean(), rel=1e-4)
    of_classes = [each[labels == label].mean() for label in np.unique(labels)]
    assert losses["balanced"] == pytest.approx(np.mean(of_classes), rel=1e-4)
    assert losses["balanced"] != pytest.approx(losses["none"], rel=1e-3)


def test_a_training_may_start_from_a_run_or_a_model_folder(settings, tmp_path):
    first = training.train(changed(settings, epochs=8), verbose=0)
    folder = export.export(first, tmp_path / "model")
    reached = training.read_history(first)[-1]["val_loss"]
    for donor in (first, folder):
        further = changed(
            settings, run=str(tmp_path / donor.name) + "2", init_from=[str(donor)], epochs=1
        )
        further = changed(further, learning_rate=1e-6)
        run = training.train(further, verbose=0)
        history = training.read_history(run)
        assert history[0]["val_loss"] == pytest.approx(reached, rel=1e-2)
        (told,) = training.read_facts(run)["started_from"]
        assert (told["model"], told["epochs"], told["started_from"]) == ("tiny", 8, [])


def test_what_is_no_model_cannot_be_started_from(settings, tmp_path):
    with pytest.raises(FileNotFoundError, match="neither a finished run nor a model folder"):
        training.train(changed(settings, init_from=[str(tmp_path)]), verbose=0)


def test_mixed_precision_leaves_a_float32_model(settings):
    run = training.train(changed(settings, mixed_precision=True), verbose=0)
    model = keras.models.load_model(run / "model.keras")
    assert {layer.compute_dtype for layer in model.layers} == {"float32"}
    assert keras.config.dtype_policy().name == "float32"


# --- stopped and started again -------------------------------------------------------------------

TRAIN = """
import sys
import keras
from killing import die
from tiny_model import tiny
from sketchlib._shared import files
from sketchlib.model import models, training
from sketchlib.settings import Settings

class Kill(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 2:
            die()

models.ARCHITECTURES["tiny"] = tiny
training.train(Settings(**files.read_json(sys.argv[1])), verbose=0, callbacks=[Kill()])
"""


def test_a_killed_training_goes_on_where_it_was(settings, tmp_path):
    settings = changed(settings, epochs=5, keep="best")
    files.write_json(tmp_path / "settings.json", settings.model_dump())
    run_until_it_dies(TRAIN, tmp_path / "settings.json")
    run = settings.path("run")
    assert not (run / "model.keras").exists()
    before = training.unfinished(settings)
    assert [row["epoch"] for row in before] == [1, 2]

    assert trained_epochs(settings) == [2, 3, 4]
    assert {path.name for path in run.iterdir()} == RUN_FILES
    with open(run / "history.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["1", "2", "3", "4", "5"]
    assert training.read_history(run)[:2] == before
    assert files.read_json(run / "training.json")["epochs"] == 5
    best = max(row["val_accuracy"] for row in training.read_history(run))
    reached = validation(run, settings.path("dataset"))
    assert reached["accuracy"] == pytest.approx(best, abs=1e-6)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"augmented": True},
        {"augmented": True, "steps_per_epoch": 7},
        {"averaging": 0.9, "schedule": "cosine", "seed": 0},
        {"optimizer": "sgd", "keep": "best", "class_weight": "balanced"},
    ],
    ids=["passes", "augmented", "steps", "averaged", "best"],
)
def test_a_stopped_training_ends_where_it_would_have_ended(settings, tmp_path, changes):
    """Weights, optimiser, random numbers and the order of sketches go on as they would have."""
    settings = changed(settings, epochs=4, **changes)
    whole = training.train(settings, verbose=0)
    stopped = changed(settings, run=str(tmp_path / "stopped"))
    for epoch in (1, 3):
        stop_after(stopped, epoch)
    training.train(stopped, verbose=0)
    weights, histories = [], []
    for run in (whole, stopped.path("run")):
        weights.append(keras.models.load_model(run / "model.keras").get_weights())
        rows = training.read_history(run)
        histories.append([{**row, "seconds": 0} for row in rows])
    for one, other in zip(*weights, strict=True):
        assert one == pytest.approx(other, rel=1e-5, abs=1e-6)
    for one, other in zip(*histories, strict=True):
        assert one == pytest.approx(other, rel=1e-5)


def test_dropout_goes_on_as_well(settings, tmp_path):
    settings = changed(settings, model="strokes", epochs=2, batch_size=64)
    whole = training.train(settings, verbose=0)
    stopped = changed(settings, run=str(tmp_path / "stopped"))
    stop_after(stopped, 1)
    training.train(stopped, verbose=0)
    losses = [training.read_history(run)[1]["loss"] for run in (whole, stopped.path("run"))]
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)


def test_a_damaged_checkpoint_is_told_and_the_one_before_it_gone_on_from(settings):
    stop_after(settings, 2)
    (folder,) = settings.path("run").glob("checkpoint-*")
    second = max(folder.iterdir())
    second.write_bytes(second.read_bytes()[:-1000])
    with pytest.warns(UserWarning, match="epoch-000002.npz cannot be used .* before it"):
        assert trained_epochs(settings) == [1, 2]


def test_two_damaged_checkpoints_are_told_and_it_begins_anew(settings):
    stop_after(settings, 2)
    (folder,) = settings.path("run").glob("checkpoint-*")
    for path in folder.iterdir():
        path.write_bytes(bytes(100))
    with pytest.warns(UserWarning, match="or else from the beginning"):
        assert trained_epochs(settings) == [0, 1, 2]


INTERRUPTED = """
import os, signal, sys, threading
from tiny_model import tiny
from sketchlib._shared import files
from sketchlib.model import checkpoints, models, training
from sketchlib.settings import Settings

save = checkpoints.np.savez

def stopped(path, **arrays):
    os.kill(os.getpid(), signal.SIGINT)
    save(path, **arrays)
    print("saved", flush=True)

checkpoints.np.savez = stopped
models.ARCHITECTURES["tiny"] = tiny
training.train(Settings(**files.read_json(sys.argv[1])), verbose=0)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal to send")
def test_an_interrupt_waits_until_the_checkpoint_is_saved(settings, tmp_path):
    files.write_json(tmp_path / "settings.json", settings.model_dump())
    done = in_a_process(INTERRUPTED, tmp_path / "settings.json")
    assert done.stdout == "saved\n" and "KeyboardInterrupt" in done.stderr
    assert len(training.unfinished(settings)) == 1
    assert trained_epochs(settings) == [1, 2]


def test_a_run_stopped_in_its_first_epoch_starts_anew(settings):
    stop_after(settings, 0)
    assert training.unfinished(settings) == []
    assert trained_epochs(settings) == [0, 1, 2]


def test_a_training_stopped_after_its_last_epoch_is_only_finished(settings, monkeypatch):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(training.Course, "_make", interrupted)
        training.train(settings, verbose=0)
    before = training.unfinished(settings)
    assert len(before) == settings.epochs
    assert trained_epochs(settings) == []
    assert training.read_history(settings.path("run")) == before


def test_a_finished_run_survives_an_unfinished_attempt(settings):
    run = training.train(settings, verbose=0)
    files.write_json(run / "metrics.json", {"of": "the finished run"})
    before = {path.name: path.read_bytes() for path in run.iterdir()}
    stop_after(changed(settings, learning_rate=0.5), 1)
    assert {path.name: path.read_bytes() for path in run.iterdir() if path.is_file()} == before


AT_THE_NTH = """
import sys
from killing import die
from tiny_model import tiny
from sketchlib._shared import files
from sketchlib.model import models, training
from sketchlib.settings import Settings

models.ARCHITECTURES["tiny"] = tiny
settings, left = Settings(**files.read_json(sys.argv[1])), int(sys.argv[2])
replace = training.run_folder.replace

def watched(run, made):
    sys.addaudithook(count)
    replace(run, made)

def count(event, arguments):
    global left
    if event in ("os.remove", "os.rename"):
        left -= 1
        if left < 0:
            die()

training.run_folder.replace = watched
training.train(settings, verbose=0)
"""


@pytest.mark.parametrize("operations", [0, 1, 4, 7, 10])
def test_a_run_whose_replacement_was_cut_off_is_the_old_or_unfinished(
    settings, tmp_path, operations
):
    run = training.train(settings, verbose=0)
    old = training.read_facts(run)
    new = changed(settings, epochs=1, learning_rate=0.5)
    files.write_json(tmp_path / "settings.json", new.model_dump())
    run_until_it_dies(AT_THE_NTH, tmp_path / "settings.json", str(operations))
    if run_folder.finished(run):
        assert training.read_facts(run) == old and training.read_settings(run) == settings
    else:
        with pytest.raises(FileNotFoundError, match="is no finished run"):
            export.export(run, tmp_path / "model")
    assert trained_epochs(new) == [], "it was trained, and is only finished"
    assert training.read_settings(run) == new
    assert {path.name for path in run.iterdir()} == RUN_FILES


def test_a_new_model_does_not_inherit_the_metrics_of_the_old(settings):
    run = training.train(settings, verbose=0)
    files.write_json(run / "metrics.json", {"of": "the old model"})
    training.train(changed(settings, seed=3), verbose=0)
    assert not (run / "metrics.json").exists()


def test_a_finished_run_is_trained_anew_when_asked_again(settings):
    training.train(settings, verbose=0)
    assert trained_epochs(settings) == [0, 1, 2]
    assert len(training.read_history(settings.path("run"))) == 3


def test_other_settings_start_afresh(settings):
    stop_after(settings, 2)
    assert trained_epochs(changed(settings, learning_rate=0.02)) == [0, 1, 2]


def test_settings_that_do_not_matter_go_on(settings):
    stop_after(settings, 2)
    assert trained_epochs(changed(settings, pad_size=300)) == [2]


# --- what can be wrong ---------------------------------------------------------------------------


def test_a_missing_data_set_is_told_with_a_way_out(settings, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"is no data set: .*01_load_data"):
        training.train(changed(settings, dataset=str(tmp_path / "nowhere")), verbose=0)
    assert not settings.path("run").exists()


@pytest.mark.parametrize("split", ["training", "eval"])
def test_a_damaged_data_set_is_told_with_the_command_that_locates_it(settings, tmp_path, split):
    folder = shutil.copytree(settings.path("dataset"), tmp_path / "damaged")
    path = layout.path(folder, split, 3)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 16
    path.write_bytes(data)
    settings = changed(settings, dataset=str(folder))
    with pytest.raises(ValueError, match=r"is damaged; `python -m sketchlib verify .*`"):
        training.train(settings, verbose=0)


def test_a_run_folder_with_something_else_in_it_is_left_alone(settings):
    run = settings.path("run")
    run.mkdir()
    (run / "settings.json").write_text("of my editor", "utf-8")
    with pytest.raises(FileExistsError, match=r"settings\.json that no training has left there"):
        training.train(settings, verbose=0)
    assert {path.name for path in run.iterdir()} == {"settings.json"}
    (run / "settings.json").rename(run / "notes.txt")
    training.train(settings, verbose=0)
    assert (run / "notes.txt").read_text("utf-8") == "of my editor"


def test_what_else_lies_among_the_checkpoints_stays(settings):
    stop_after(settings, 1)
    (folder,) = settings.path("run").glob("checkpoint-*")
    (folder / "notes.txt").write_text("of mine", "utf-8")
    training.train(settings, verbose=0)
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]


def test_a_file_in_place_of_the_run_is_told(settings):
    settings.path("run").write_text("of mine", "utf-8")
    for name in (settings.run, f"{settings.run}/within"):
        with pytest.raises(FileExistsError, match="is a file: name a folder"):
            training.train(changed(settings, run=name), verbose=0)


def test_the_second_who_trains_in_a_run_is_told_of_the_first(settings):
    busy = pytest.raises(files.Busy, match=f"process {os.getpid()} .*trains in")
    with training.course(settings), busy:
        training.train(changed(settings, seed=3), verbose=0)
    assert trained_epochs(settings) == [0, 1, 2], "who was interrupted locks nobody out"


def test_a_full_disk_is_told_and_the_same_goes_on_when_there_is_room(settings, monkeypatch):
    def full(*arguments, **more):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    stop_after(settings, 1)
    with monkeypatch.context() as patch, pytest.raises(OSError, match="there is no room for"):
        patch.setattr(checkpoints.np, "savez", full)
        training.train(settings, verbose=0)
    assert trained_epochs(settings) == [1, 2]


def test_shards_without_drawings_are_told(settings, monkeypatch):
    """Ours have some each; another program's need not."""
    monkeypatch.setattr(dataset, "class_counts", lambda *_: np.zeros(len(DOODLES), np.int64))
    with pytest.raises(ValueError, match="no training drawings in 1 of its shards"):
        training.train(changed(settings, training_shards=1), verbose=0)


def test_an_unknown_model_is_named(settings):
    with pytest.raises(ValueError, match="unknown model 'huge'"):
        training.train(changed(settings, model="huge"), verbose=0)
    assert not settings.path("run").exists()


def test_ensure_returns_a_finished_run_and_trains_only_doodles(settings):
    assert training.ensure(settings) == settings.path("run")
    modified = (settings.path("run") / "model.keras").stat().st_mtime_ns
    assert training.ensure(settings) == settings.path("run")
    assert (settings.path("run") / "model.keras").stat().st_mtime_ns == modified
    other = changed(settings, source="somewhere", run=settings.run + "2")
    with pytest.raises(FileNotFoundError, match="holds no trained model: run 03_train"):
        training.ensure(other)
