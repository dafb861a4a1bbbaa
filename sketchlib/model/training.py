"""Train a model from settings, in a run folder, so that it can be stopped and started again.

A run folder holds settings.json, history.csv (a line an epoch), model.keras, training.json and
prototypes.npz, by which the model can be taught more (`transfer`).
While training is under way its checkpoint is there too, and the same settings continue it.
"""

import contextlib
import csv
import shutil
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sketchlib._shared import files
from sketchlib._shared.backend import keras, tf
from sketchlib.model import hardware, models, transfer
from sketchlib.model.augmentation import Augmentation
from sketchlib.records import dataset, layout
from sketchlib.settings import Settings

__all__ = [
    "Course",
    "Settings",
    "ensure",
    "read_facts",
    "read_history",
    "read_settings",
    "train",
    "unfinished",
]

EVALUATION_BATCH = 512
BEST = "best.weights.h5"


def train(
    settings: Settings,
    verbose: int | str = "auto",
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> Path:
    """Train the model that the settings describe and return the run folder, as notebook 03 does.

    verbose: 1 for a progress bar, 2 for a line an epoch, 0 for silence, as in `keras.Model.fit`.
    callbacks: more Keras callbacks. Raises ValueError for an unknown model or a damaged data set,
    FileNotFoundError for a missing one.
    """
    course = Course(settings)
    models.compile_model(
        course.learner, course.optimizer(), settings.jit_compile, settings.label_smoothing
    )
    with dataset.damage_told(course.folder):
        course.learner.fit(
            course.training_set,
            validation_data=course.validation_set,
            epochs=settings.epochs,
            callbacks=[*course.callbacks(), *callbacks],
            verbose=verbose,
            **course.limits(),
        )
    return course.finish()


class Course:
    """One training of the settings: its facts, what it learns from, and what it leaves.

    classes: what the model will know. sketches, steps: how many an epoch has. model: what is saved
    in the end. learner: what is fitted, the same model, or its last layers where it is only taught
    new classes. training_set, validation_set: batches for the learner.
    """

    def __init__(self, settings: Settings):
        self.settings = settings
        self.run, self.folder = settings.path("run"), settings.path("dataset")
        self.classes = transfer.classes(settings)
        self.sketches = dataset.count(self.folder, "training", settings.training_shards)
        self.steps = settings.steps_per_epoch or -(-self.sketches // settings.batch_size)
        self.checkpoint = _checkpoint(settings)
        self.model, self.donors = _start(settings, self.classes)
        self.learner = self.model
        self.training_set, self.validation_set = _sets(settings, self.classes, self.steps)
        self.teacher = self.donors[0] if settings.learn == "new classes" else None
        if self.teacher:
            self.learner, self.training_set, self.validation_set = transfer.lesson(
                self.model, self.teacher, self.training_set, self.validation_set
            )

    def optimizer(self) -> keras.optimizers.Optimizer:
        """Return a new optimiser of the settings."""
        return _optimizer(self.settings, self.steps)

    def callbacks(self) -> list[keras.callbacks.Callback]:
        """Return what times and logs the epochs, and keeps checkpoints to go on from."""
        self.checkpoint.mkdir(parents=True, exist_ok=True)
        return _checkpoints(self.settings, self.checkpoint)

    def limits(self) -> dict[str, Any]:
        """Return what else `fit` is told: how long an epoch is, and what each class counts."""
        return {
            "steps_per_epoch": self.steps if self.settings.steps_per_epoch else None,
            "class_weight": _class_weight(self.settings),
            "shuffle": False,  # the data set shuffles itself
        }

    def finish(self) -> Path:
        """Save the model and how it was made, drop the checkpoint, and return the run folder."""
        if self.settings.keep == "best":
            self.learner.load_weights(self.checkpoint / BEST)
        _save(self.run, self.checkpoint, self.model)
        sketches = _load(self.settings, "training", self.classes)
        transfer.save_prototypes(self.model, sketches, self.run, self.teacher)
        files.write_json(self.run / "settings.json", self.settings.model_dump())
        files.write_json(self.run / "training.json", self._facts())
        shutil.rmtree(self.checkpoint)
        return self.run

    def _facts(self) -> dict[str, Any]:
        """Return what training.json says."""
        history = read_history(self.run)
        endless = self.settings.steps_per_epoch > 0
        each = self.steps * self.settings.batch_size if endless else self.sketches
        return {
            "classes": self.classes,
            "training_sketches": self.sketches,
            "sketches_seen": len(history) * each,
            "epochs": len(history),
            "seconds": round(sum(epoch["seconds"] for epoch in history), 1),
            "trained_on": hardware.sentence(self.settings),
            "started_from": [donor.course() for donor in self.donors],
        }


def _start(settings: Settings, classes: list[str]) -> tuple[keras.Model, list[transfer.Donor]]:
    """Return the model to train, with the weights it starts from, and whom it has them from."""
    keras.utils.set_random_seed(settings.seed)
    with _precision("mixed_bfloat16" if hardware.in_bfloat16(settings) else "float32"):
        model = models.build(settings.model, len(classes))
    donors = [transfer.Donor(folder) for folder in settings.init_from]
    models.inherit(model, classes, [(donor.model, donor.classes) for donor in donors])
    return model, donors


def ensure(settings: Settings) -> Path:
    """Return the settings' finished run; a missing one of the doodles is trained, in a minute.

    Raises FileNotFoundError for any other missing run.
    """
    run = settings.path("run")
    if (run / "model.keras").is_file():
        return run
    if settings.source != "doodles":
        raise FileNotFoundError(
            f"{run} holds no trained model: run 03_train with the same config first"
        )
    return train(settings, verbose=0)


def unfinished(settings: Settings) -> list[dict[str, float]]:
    """Return the history so far of a training that was stopped, which `train` will continue."""
    return read_history(_checkpoint(settings))


def _checkpoint(settings: Settings) -> Path:
    """Return the folder for a training under way; other settings or data have another one."""
    data = layout.inventory(settings.path("dataset"))
    return settings.path("run") / f"checkpoint-{settings.fingerprint(data)}"


def _sets(settings: Settings, classes: list[str], steps: int) -> list[tf.data.Dataset]:
    """Return the shuffled training sketches, and those to validate by.

    The first are one pass, or endless if the settings count steps.
    """
    endless = settings.steps_per_epoch > 0
    training_set = _load(
        settings,
        "training",
        classes,
        batch_size=settings.batch_size,
        most_shards=settings.training_shards,
        shuffle=True,
        repeat=endless,
        augmentation=augmentation(settings),
        seed=settings.seed,
    )
    batches = -(-dataset.count(settings.path("dataset"), "validation") // EVALUATION_BATCH)
    validation_set = _of_known_size(_load(settings, "validation", classes), batches)
    return [training_set if endless else _of_known_size(training_set, steps), validation_set]


def _load(
    settings: Settings, split: str, classes: list[str], batch_size: int = EVALUATION_BATCH, **more
) -> tf.data.Dataset:
    """Return a split of the settings' data set, as the model is to see and count it."""
    return dataset.load(
        settings.path("dataset"),
        split,
        batch_size=batch_size,
        in_proportion=settings.in_proportion,
        shortened=settings.shortened,
        classes=classes,
        **more,
    )


def augmentation(settings: Settings) -> Augmentation | None:
    """Return what varies the training sketches, if the settings ask for it."""
    if not settings.augmented:
        return None
    return Augmentation(settings.variation, settings.in_proportion, settings.seed)


def _class_weight(settings: Settings) -> dict[int, float] | None:
    """Return what a sketch of each class counts, if the settings ask for it: 1 on average."""
    if settings.class_weight == "none":
        return None
    folder = settings.path("dataset")
    counts = dataset.class_counts(folder, "training", settings.training_shards)
    return dict(enumerate(counts.sum() / len(counts) / np.maximum(counts, 1)))


def _of_known_size(batches: tf.data.Dataset, count: int) -> tf.data.Dataset:
    """Tell Keras how many batches come, which it would otherwise find out with a warning."""
    return batches.apply(tf.data.experimental.assert_cardinality(count))


def _optimizer(settings: Settings, steps: int) -> keras.optimizers.Optimizer:
    """Return the optimiser of the settings; a cosine schedule ends with the last of the steps."""
    rate, warmup = settings.learning_rate, settings.warmup_steps
    if settings.schedule == "cosine":
        rate = keras.optimizers.schedules.CosineDecay(
            0.0 if warmup else rate,
            max(steps * settings.epochs - warmup, 1),
            warmup_target=rate if warmup else None,
            warmup_steps=warmup,
        )
    common = {
        "clipnorm": settings.clipnorm,
        "use_ema": settings.averaging > 0,
        "ema_momentum": settings.averaging,
    }
    if settings.optimizer == "sgd":
        return keras.optimizers.SGD(rate, **common)
    optimizer = keras.optimizers.AdamW(rate, weight_decay=settings.weight_decay, **common)
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer


@contextlib.contextmanager
def _precision(policy: str) -> Iterator[None]:
    """Build layers that compute with a Keras dtype policy; their weights are float32 in any."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def _checkpoints(settings: Settings, checkpoint: Path) -> list[keras.callbacks.Callback]:
    """Return the callbacks that time and log epochs, keep the best weights and allow a restart."""
    seen = read_history(checkpoint)
    best = max((epoch["val_accuracy"] for epoch in seen), default=None)
    chosen = keras.callbacks.ModelCheckpoint(
        checkpoint / BEST,
        monitor="val_accuracy",
        mode="max",
        save_best_only=True,
        save_weights_only=True,
        initial_value_threshold=best,
    )
    return [
        _Seconds(),
        *([keras.callbacks.SwapEMAWeights()] if settings.averaging else []),  # to validate them
        *([chosen] if settings.keep == "best" else []),  # first: what the log says is best is there
        _Log(checkpoint / "history.csv"),
        keras.callbacks.BackupAndRestore(
            checkpoint / "backup",
            double_checkpoint=True,
            delete_checkpoint=False,  # not before the model is saved
        ),
    ]


class _Seconds(keras.callbacks.Callback):
    """Add the seconds that an epoch took to its logs."""

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.begin = time.monotonic()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any]) -> None:
        logs["seconds"] = round(time.monotonic() - self.begin, 3)


class _Log(keras.callbacks.Callback):
    """Add a line to a CSV file for each epoch; it is closed between them, so it can be deleted."""

    def __init__(self, path: Path):
        super().__init__()
        self.path = path

    def on_epoch_end(self, epoch: int, logs: dict[str, Any]) -> None:
        with open(self.path, "a", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, ["epoch", *sorted(logs)])
            if not file.tell():
                writer.writeheader()
            writer.writerow({"epoch": epoch, **logs})


def read_history(folder: Path) -> list[dict[str, float]]:
    """Return a run's epochs so far, each a dict of loss, accuracy, val_accuracy, seconds, …"""
    path = folder / "history.csv"
    if not path.is_file():
        return []
    with open(path, newline="", encoding="utf-8") as file:
        rows = {row["epoch"]: row for row in csv.DictReader(file)}  # a repeated epoch counts once
    return [{name: float(value) for name, value in row.items()} for row in rows.values()]


def read_settings(run: Path) -> Settings:
    """Return the settings that a finished run was trained with."""
    return Settings(**files.read_json(run / "settings.json"))


def read_facts(run: Path) -> dict[str, Any]:
    """Return what training.json says: classes, sketches_seen, epochs, seconds and so on."""
    return files.read_json(run / "training.json")


def _save(run: Path, checkpoint: Path, model: keras.Model) -> None:
    """Leave the trained model, without its optimiser's state, and the history in the run folder.

    The figures of an earlier model go.
    """
    (run / "metrics.json").unlink(missing_ok=True)
    with files.replaced(run / "model.keras") as temporary:
        models.with_points(model, models.INPUT_POINTS).save(temporary)
    with files.replaced(run / "history.csv") as temporary:
        shutil.copyfile(checkpoint / "history.csv", temporary)
