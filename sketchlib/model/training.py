"""Train a model from settings, in a run folder, so that it can be stopped and started again.

What it leaves there is listed in `run_folder`. While training is under way its checkpoints are
there too, and the same settings continue it: with the weights, the optimiser, the random numbers
and the order of sketches that it would have had anyway. An epoch that was cut off begins anew. What
is left to chance is the last digits of sums, which a GPU or several threads add up in any order.
"""

import contextlib
import shutil
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from sketchlib._shared import files, interrupts
from sketchlib._shared.backend import keras, tf
from sketchlib.drawing.strokes import MAX_POINTS
from sketchlib.model import callbacks, checkpoints, hardware, models, run_folder, transfer
from sketchlib.model.augmentation import Augmentation
from sketchlib.model.callbacks import Keep
from sketchlib.model.run_folder import read_facts, read_history, read_settings, write_metrics
from sketchlib.records import dataset, layout
from sketchlib.settings import Settings

__all__ = [
    "Course",
    "Settings",
    "course",
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
    FileNotFoundError for a missing one, FileExistsError for a run folder that holds something else,
    OSError where another process trains in it or the disk is full.
    """
    with course(settings) as one:
        models.compile_model(one.learner, one.optimizer, one.jit_compile, settings.label_smoothing)
        one.learner.fit(
            one.training_set,
            validation_data=one.validation_set,
            epochs=settings.epochs,
            callbacks=[*one.callbacks(), *callbacks],
            verbose=verbose,
            **one.limits(),
        )
        return one.finish()


@contextlib.contextmanager
def course(settings: Settings) -> Iterator["Course"]:
    """Give the training of the settings, which nobody else is at until the end of the block.

    What goes wrong meanwhile is told in a sentence, as `train` does.
    """
    run, folder = settings.path("run"), settings.path("dataset")
    run_folder.check_free(run)
    with (
        files.alone(run, "trains in"),
        dataset.damage_told(folder),
        run_folder.room_told(run),
    ):
        yield Course(settings)


class Course:
    """One training of the settings: its facts, what it learns from, and what it leaves.

    classes: what the model will know. sketches, steps: how many an epoch has. model: what is saved
    in the end. learner: what is fitted, the same model, or its last layers where it is only taught
    new classes. optimizer: the settings'. training_set, validation_set: batches for the learner.
    All of them are where the last checkpoint has them.
    """

    def __init__(self, settings: Settings):
        self.settings = settings
        self.run, self.folder = settings.path("run"), settings.path("dataset")
        self.teacher = transfer.teacher(settings)
        self.classes = transfer.classes(self.folder, self.teacher)
        counts = dataset.class_counts(self.folder, "training", settings.training_shards)
        self.sketches, self.class_weight = int(counts.sum()), _class_weight(settings, counts)
        if not self.sketches:
            raise ValueError(
                f"{self.folder} has no training drawings in {settings.training_shards} of its "
                "shards: raise training_shards, or make it anew from more drawings"
            )
        self.steps = settings.steps_per_epoch or -(-self.sketches // settings.batch_size)
        self.checkpoint = _checkpoint(settings)
        with hardware.strategy().scope():
            self.model, self.donors = _start(settings, self.classes)
            self.learner = self.model
            if self.teacher:
                self.learner = transfer.learner(self.model, self.teacher)
            self.optimizer = _optimizer(settings, self.steps)
            self.keep = self._go_on()
        self.training_set, self.validation_set = self._training_set(), self._validation_set()
        if self.teacher:
            self.training_set, self.validation_set = transfer.lesson(
                self.model, self.teacher, self.training_set, self.validation_set
            )

    @cached_property
    def jit_compile(self) -> bool:
        """Whether to compile the learner with XLA, which may be tried out first."""
        left = self.steps * (self.settings.epochs - len(self.history))
        return hardware.with_xla(self.settings, self.learner, left)

    @property
    def history(self) -> list[dict[str, float]]:
        """The epochs that are done."""
        return self.keep.reached.history

    def callbacks(self) -> list[keras.callbacks.Callback]:
        """Return what times the epochs, and keeps checkpoints to go on from."""
        return callbacks.of(self.settings, self.keep)

    def limits(self) -> dict[str, Any]:
        """Return what else `fit` is told: where to begin, how long an epoch is, what counts."""
        return {
            "initial_epoch": len(self.history),
            "steps_per_epoch": self.steps,
            "class_weight": self.class_weight,
            "shuffle": False,  # the data set shuffles itself
        }

    def finish(self) -> Path:
        """Leave the model and how it was made, drop the checkpoints, and return the run folder.

        All is made among the checkpoints and then moved, so that a run is the old or the new one,
        or else unfinished, and the same settings finish it. The figures of an earlier model go.
        """
        if self.settings.keep == "best":
            self.learner.set_weights(self.keep.reached.best)
        made = self.checkpoint / "finished"
        shutil.rmtree(made, ignore_errors=True)  # what a killed training has left of it
        made.mkdir(parents=True)
        self._make(made)
        with interrupts.held():
            run_folder.replace(self.run, made)
        made.rmdir()
        checkpoints.remove(self.checkpoint)
        return self.run

    def _make(self, folder: Path) -> None:
        """Write all that a run leaves: the trained model, without its optimiser, and the rest."""
        with files.replaced(folder / run_folder.MODEL) as temporary:
            models.with_points(self.model, MAX_POINTS).save(temporary)
        transfer.save_prototypes(self.model, self._load("training"), folder, self.teacher)
        run_folder.write_history(folder, self.history)
        files.write_json(folder / run_folder.SETTINGS, self.settings.model_dump())
        files.write_json(folder / run_folder.FACTS, self._facts())

    def _go_on(self) -> Keep:
        """Set all that training changes to where the last checkpoint has it, if there is one."""
        self.optimizer.build(self.learner.trainable_variables)
        variables = [*self.learner.variables, *self.optimizer.variables]
        begun = checkpoints.read(self.checkpoint, variables)
        for variable, value in zip(variables, begun.variables, strict=bool(begun.variables)):
            variable.assign(value)
        return Keep(self.checkpoint, begun, variables, self.settings.keep == "best")

    def _training_set(self) -> tf.data.Dataset:
        """Return the shuffled training sketches without end, from the first of the epochs to do."""
        seen = len(self.history) * self.steps
        batches = self._load(
            "training",
            batch_size=self.settings.batch_size,
            most_shards=self.settings.training_shards,
            shuffle=True,
            repeat=True,
            whole_passes=not self.settings.steps_per_epoch,
            seen=seen,
            seed=self.settings.seed,
        )
        vary = augmentation(self.settings)
        if not vary:
            return batches
        numbered = tf.data.Dataset.zip(batches, tf.data.Dataset.counter(seen))
        return numbered.map(
            lambda sketches, number: (vary(sketches[0], number), sketches[1])
        ).prefetch(2)

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
        counted = self.settings.steps_per_epoch > 0
        each = self.steps * self.settings.batch_size if counted else self.sketches
        return {
            "classes": self.classes,
            "training_sketches": self.sketches,
            "sketches_seen": len(self.history) * each,
            "epochs": len(self.history),
            "seconds": round(sum(epoch["seconds"] for epoch in self.history), 1),
            "trained_on": hardware.sentence(self.settings) + ", with XLA" * self.jit_compile,
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
    if run_folder.finished(run):
        return run
    if settings.source != "doodles":
        raise FileNotFoundError(
            f"{run} holds no trained model: run 03_train with the same config first"
        )
    return train(settings, verbose=0)


def unfinished(settings: Settings) -> list[dict[str, float]]:
    """Return the history so far of a training that was stopped, which `train` will continue."""
    return checkpoints.read(_checkpoint(settings)).history


def _checkpoint(settings: Settings) -> Path:
    """Return the folder of a training's checkpoints; other settings or data have another one."""
    data = layout.inventory(settings.path("dataset"))
    return settings.path("run") / f"{run_folder.CHECKPOINT}{settings.fingerprint(data)}"


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
