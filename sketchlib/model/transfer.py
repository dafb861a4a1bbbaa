"""Start from a trained model; teach it new classes from a few drawings, and lose nothing it knows.

All of the network but its last layers is frozen: it turns ink into *features*. Only the rows that
the new classes have in the last layers are learned, from many variants of the new drawings. What
stands for the old classes meanwhile is a *prototype* of each, the mean features of some of its
drawings, which every run leaves beside its model. So no old drawing is needed.
"""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from sketchlib._shared import files
from sketchlib._shared.backend import keras, tf
from sketchlib.model import models, run_folder
from sketchlib.model.run_folder import MODEL, PROTOTYPES
from sketchlib.predictor import CARD, located, read_card
from sketchlib.records import dataset, layout
from sketchlib.settings import ROOT, Settings

ENOUGH = 10  # sketches of each class make its prototype
MOST_BATCHES = 64  # are read for that, however rare a class is
REACH = 0.7  # of the mean length of the old rows, for the new: learned from less, they know less


class Donor:
    """A trained model to start from: a finished run, or a model folder, whose hashes are checked.

    classes: what it knows, in its order. settings: those it was trained with. Raises
    FileNotFoundError if the folder is neither, ValueError if it is a damaged one.
    """

    def __init__(self, folder: str | Path):
        self.folder = ROOT / Path(folder).expanduser()
        if run_folder.finished(self.folder):
            self.facts = run_folder.read_facts(self.folder)
            self.settings = files.read_json(self.folder / run_folder.SETTINGS)
            self.classes: list[str] = self.facts["classes"]
        elif located(self.folder, CARD).is_file():
            card = read_card(self.folder)
            self.facts, self.classes = card.get("training", {}), card["classes"]
            self.settings = self.facts.get("settings", {})
        else:
            raise FileNotFoundError(
                f"init_from: {self.folder} is neither a finished run nor a model folder"
            )

    def course(self) -> dict[str, Any]:
        """Return how the model was trained, to be told of those that start from it."""
        told = ("sketches_seen", "epochs", "seconds", "taught_by", "started_from")
        return {"model": self.model.name, **{name: self.facts.get(name) for name in told}}

    @property
    def in_proportion(self) -> bool:
        """Whether it has seen flat drawings flat."""
        return self.settings.get("in_proportion", False)

    @functools.cached_property
    def model(self) -> keras.Model:
        """The trained model."""
        model = models.load(self.folder / MODEL)
        if model.output_shape[-1] != len(self.classes):
            raise ValueError(
                f"{self.folder} names {len(self.classes)} classes, but {MODEL} answers for "
                f"{model.output_shape[-1]}: restore it, or train or export it anew"
            )
        return model

    def prototypes(self) -> list[np.ndarray]:
        """Return float32 [classes, features] for each of the model's layers with rows per class.

        Raises FileNotFoundError where the run left none.
        """
        path = self.folder / PROTOTYPES
        if not path.is_file():
            raise FileNotFoundError(
                f"{path} is missing, without which new classes would push out the old: restore it, "
                "or train the model anew"
            )
        layers = models.last_layers(self.model)
        try:
            with np.load(path) as saved:
                found = [saved[layer.name].astype(np.float32) for layer in layers]
        except Exception as error:  # what a damaged archive makes of zipfile and NumPy is any
            raise ValueError(
                f"{path} cannot be read ({type(error).__name__}: {error}): restore it, or train "
                "the model anew"
            ) from error
        return found


def teacher(settings: Settings) -> Donor | None:
    """Return the model that is to be taught new classes and forget nothing, if one is.

    Raises ValueError where the settings do not suit it.
    """
    if settings.learn == "all":
        return None
    donor = Donor(settings.init_from[0])
    _check_suits(settings, donor)
    return donor


def classes(folder: Path, teacher: Donor | None) -> list[str]:
    """Return what the model will know: a data set's classes, or the teacher's and then the new.

    Raises ValueError where there are no new ones, or one of them has no training drawings, all
    having fallen to the eval shards.
    """
    names = layout.read_classes(folder)
    if not teacher:
        return names
    new = [name for name in names if name not in teacher.classes]
    if not new:
        raise ValueError(
            f"learn='new classes', but {teacher.folder} knows all classes of {folder}: add "
            "drawings of something else, or set learn='all' to train it on these classes alone"
        )
    counts = dict(zip(names, dataset.class_counts(folder, "training"), strict=True))
    if missing := [name for name in new if not counts[name]]:
        raise ValueError(
            f"{folder} has no training drawings of {', '.join(map(repr, missing))}: draw "
            "more of it (ten will do), or leave it out by naming the others in `classes`"
        )
    return teacher.classes + new


def _check_suits(settings: Settings, donor: Donor) -> None:
    """Raise ValueError unless the settings describe a model like the donor's."""
    for name, value in {"model": donor.model.name, "in_proportion": donor.in_proportion}.items():
        if getattr(settings, name) != value:
            raise ValueError(
                f"{name}={getattr(settings, name)!r}, but {donor.folder} was trained with "
                f"{value!r}: to teach it new classes, set {name}={value!r}"
            )


def learner(model: keras.Model, donor: Donor) -> keras.Model:
    """Return what to train so that a model learns new classes: its last layers, from features.

    The model has inherited all else from the donor. They share their weights, and only the rows of
    the classes after the donor's can change.
    """
    last = models.last_layers(model)
    for layer in last:
        for variable in layer.trainable_variables:
            variable.constraint = NewRows(variable[..., : len(donor.classes)])
    return keras.Model([layer.input for layer in last], model.output)


def lesson(
    model: keras.Model, donor: Donor, sketches: tf.data.Dataset, validation: tf.data.Dataset
) -> tuple[tf.data.Dataset, tf.data.Dataset]:
    """Return the two sets of a learner, batches (features, class_index).

    Those for training each have all the donor's prototypes.
    """
    prototypes, look = donor.prototypes(), _features(model)

    def see(ink: tf.Tensor, class_index: tf.Tensor) -> tuple[tuple[tf.Tensor, ...], tf.Tensor]:
        return tuple(look(ink)), class_index

    def remind(found: tuple[tf.Tensor, ...], class_index: tf.Tensor) -> tuple[Any, tf.Tensor]:
        joined = (tf.concat(pair, axis=0) for pair in zip(found, prototypes, strict=True))
        return tuple(joined), tf.concat([class_index, np.arange(len(donor.classes))], axis=0)

    return sketches.map(see).map(remind), validation.map(see)


def _features(model: keras.Model) -> Callable[[tf.Tensor], list[tf.Tensor]]:
    """Return a function from ink to what each of a model's last layers is given."""
    frozen = keras.Model(model.input, [layer.input for layer in models.last_layers(model)])

    @tf.function(reduce_retracing=True)
    def look(ink: tf.Tensor) -> list[tf.Tensor]:
        found = keras.tree.flatten(frozen(ink, training=False))  # one is no list
        return [tf.cast(features, tf.float32) for features in found]

    return look


class NewRows(keras.constraints.Constraint):
    """Keeps the rows of known classes as they were, and those of new ones from growing too long.

    known: the rows as they were [..., classes]. Rows are the columns of a kernel [features,
    classes]; the entries of a bias [classes] may grow as they like.
    """

    def __init__(self, known: Any):
        self.known = np.array(known)

    def __call__(self, weight: Any) -> Any:
        """Return a weight as it may be."""
        new = weight[..., self.known.shape[-1] :]
        if self.known.ndim > 1:
            longest = REACH * np.linalg.norm(self.known, axis=0).mean()
            length = keras.ops.norm(new, axis=0, keepdims=True)
            new = new * (longest / keras.ops.maximum(length, longest))
        return keras.ops.concatenate([self.known, new], axis=-1)


def save_prototypes(
    model: keras.Model, sketches: tf.data.Dataset, folder: Path, donor: Donor | None = None
) -> None:
    """Leave the prototypes of a model's classes in a folder; a donor's classes keep theirs.

    sketches: batches (ink, class_index) of the training set. A model of which no layer is known to
    have rows per class leaves none.
    """
    layers = models.last_layers(model)
    if not layers:
        return
    found = _means(_features(model), sketches, model.output_shape[-1])
    if donor:
        for mine, theirs in zip(found, donor.prototypes(), strict=True):
            mine[: len(theirs)] = theirs
    means = zip(layers, found, strict=True)
    rows: dict[str, Any] = {layer.name: mean.astype(np.float16) for layer, mean in means}
    with files.replaced(folder / PROTOTYPES) as temporary:
        np.savez_compressed(temporary, **rows)


def _means(look: Callable, sketches: tf.data.Dataset, count: int) -> list[np.ndarray]:
    """Return the mean features of each class's first sketches, float32 [count, features] each.

    A class without sketches has zeros.
    """
    sums: list[np.ndarray] = []
    members = np.zeros(count, dtype=np.float32)
    for ink, class_index in sketches.take(MOST_BATCHES):
        belongs = np.eye(count, dtype=np.float32)[class_index].T
        found = [belongs @ features.numpy() for features in look(ink)]
        sums = [total + more for total, more in zip(sums, found, strict=True)] if sums else found
        members += belongs.sum(axis=1)
        if members.min() >= ENOUGH:
            break
    return [total / np.maximum(members, 1)[:, None] for total in sums]
