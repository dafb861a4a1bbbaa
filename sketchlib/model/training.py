"""Train a model from settings, in a run folder, so that it can be stopped and started again.

What it leaves there is listed in `run_folder`. While training is under way its checkpoint is there
too, and the same settings continue it.
"""

import contextlib
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sketchlib._shared import files
from sketchlib._shared.backend import keras, tf
from sketchlib.drawing.strokes import MAX_POINTS
from sketchlib.model import callbacks, hardware, models, run_folder, transfer
from sketchlib.model.augmentation import Augmentation
from sketchlib.model.run_folder import read_facts, read_history, read_settings, write_metrics
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
    "write_metrics",
]

EVALUATION_BATCH = 512


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
        self.teacher = transfer.teacher(settings)
        self.classes = transfer.classes(self.folder, self.teacher)
        counts = dataset.class_counts(self.folder, "training", settings.training_shards)
        self.sketches, self.class_weight = int(counts.sum()), _class_weight(settings, counts)
        self.steps = settings.steps_per_epoch or -(-self.sketches // settings.batch_size)
        self.checkpoint = _checkpoint(settings)
        self.model, self.donors = _start(settings, self.classes)
        self.learner = self.model
        self.training_set, self.validation_set = self._training_set(), self._validation_set()
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
        return callbacks.of(self.settings, self.checkpoint)

    def limits(self) -> dict[str, Any]:
        """Return what else `fit` is told: how long an epoch is, and what each class counts."""
        return {
            "steps_per_epoch": self.settings.steps_per_epoch or None,
            "class_weight": self.class_weight,
            "shuffle": False,  # the data set shuffles itself
        }

    def finish(self) -> Path:
        """Save the model and how it was made, drop the checkpoint, and return the run folder."""
        if self.settings.keep == "best":
            self.learner.load_weights(self.checkpoint / callbacks.BEST)
        _save(self.run, self.checkpoint, self.model)
        transfer.save_prototypes(self.model, self._load("training"), self.run, self.teacher)
        files.write_json(self.run / run_folder.SETTINGS, self.settings.model_dump())
        files.write_json(self.run / run_folder.FACTS, self._facts())
        shutil.rmtree(self.checkpoint)
        return self.run

    def _training_set(self) -> tf.data.Dataset:
        """Return the shuffled training sketches: one pass, or endless if steps are counted."""
        endless = self.settings.steps_per_epoch > 0
        batches = self._load(
            "training",
            batch_size=self.settings.batch_size,
            most_shards=self.settings.training_shards,
            shuffle=True,
            repeat=endless,
            augmentation=augmentation(self.settings),
            seed=self.settings.seed,
        )
        return batches if endless else _of_known_size(batches, self.steps)

    def _validation_set(self) -> tf.data.Dataset:
        """Return the sketches to validate by."""
        batches = -(-dataset.count(self.folder, "validation") // EVALUATION_BATCH)
        return _of_known_size(self._load("validation"), batches)

    def _load(self, split: str, batch_size: int = EVALUATION_BATCH, **more: Any) -> tf.data.Dataset:
        """Return a split of the data set, as the model is to see and count it."""
        return dataset.load(
            self.folder,
            split,
            batch_size=batch_size,
            in_proportion=self.settings.in_proportion,
            shortened=self.settings.shortened,
            classes=self.classes,
            **more,
        )

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
    if (run / run_folder.MODEL).is_file():
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


def augmentation(settings: Settings) -> Augmentation | None:
    """Return what varies the training sketches, if the settings ask for it."""
    if not settings.augmented:
        return None
    return Augmentation(settings.variation, settings.in_proportion, settings.seed)


def _class_weight(settings: Settings, counts: np.ndarray) -> dict[int, float] | None:
    """Return what a sketch of each class counts, if the settings ask for it: 1 on average.

    counts: int [classes], the training sketches of each.
    """
    if settings.class_weight == "none":
        return None
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


def _save(run: Path, checkpoint: Path, model: keras.Model) -> None:
    """Leave the trained model, without its optimiser's state, and the history in the run folder.

    The figures of an earlier model go.
    """
    (run / run_folder.METRICS).unlink(missing_ok=True)
    with files.replaced(run / run_folder.MODEL) as temporary:
        models.with_points(model, MAX_POINTS).save(temporary)
    with files.replaced(run / run_folder.HISTORY) as temporary:
        shutil.copyfile(checkpoint / run_folder.HISTORY, temporary)
