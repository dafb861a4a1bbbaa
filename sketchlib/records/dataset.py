"""Shards to batches: parse, crop or pad, shuffle.

Sketches are batched before they are parsed, five times as fast as one by one.
"""

import contextlib
import functools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from sketchlib._shared.backend import tf
from sketchlib.drawing import strokes
from sketchlib.drawing.strokes import MAX_POINTS
from sketchlib.records import layout

HALVES = ("validation", "test")  # of the eval shards


def load(
    folder: str | Path,
    split: str,
    *,
    batch_size: int = 32,
    most_shards: int | None = None,
    max_points: int | None = MAX_POINTS,
    shortened: bool = False,
    shuffle: bool = False,
    repeat: bool = False,
    drop_remainder: bool = False,
    in_proportion: bool = False,
    augmentation: Callable[[tf.Tensor], tf.Tensor] | None = None,
    classes: Sequence[str] | None = None,
    seed: int = 0,
) -> tf.data.Dataset:
    """Load a split as batches (ink float32 [b, max_points, 3], class_index int64 [b]).

    split: "training", "eval", or a half of the eval shards: "validation" (the first, to choose by)
    and "test" (the second, to report). most_shards: read only so many of its files.
    max_points: sketches are cropped to that many points and padded with zeros; None crops nothing
    and pads a batch to its longest, at least to 100. shortened: longer ones are not cropped, but
    lose the points that bend the line least, as on the pad.
    in_proportion: a flat drawing stays flat, rather than being stretched to a square.
    augmentation: what changes the ink of each batch, as an `augmentation.Augmentation` does.
    classes: the names by which class_index counts, as a model does; None: those of the data set.
    Raises ValueError for an unknown split, for a class that is not among the given ones, or for
    records that do not tell their proportions; FileNotFoundError for a folder that is no data set.
    """
    files = _shards(folder, split)[:most_shards]
    index = None if classes is None else _index(folder, classes)
    if in_proportion:
        _check_proportions(files)
    sketches = tf.data.Dataset.from_tensor_slices([str(file) for file in files])
    if shuffle:
        sketches = sketches.shuffle(len(files), seed=seed)
    sketches = sketches.interleave(
        tf.data.TFRecordDataset, cycle_length=len(files) if shuffle else 1
    )
    if shuffle:
        sketches = sketches.shuffle(10_000, seed=seed)
    if repeat:
        sketches = sketches.repeat()
    batches = sketches.batch(batch_size, drop_remainder=drop_remainder)
    parsed = None if shortened else max_points
    batches = batches.map(lambda records: parse(records, parsed, in_proportion))
    if shortened and max_points:
        batches = batches.map(lambda ink, class_index: (_shortened(ink, max_points), class_index))
    if index is not None:
        batches = batches.map(lambda ink, class_index: (ink, tf.gather(index, class_index)))
    if augmentation:
        batches = batches.map(lambda ink, class_index: (augmentation(ink), class_index))
    return batches.prefetch(2)


def _shards(folder: str | Path, split: str) -> list[Path]:
    """Return the shards of a split, or of a half of the eval shards."""
    if split in HALVES:
        files = layout.find(folder, "eval")
        middle = len(files) // 2
        return files[:middle] if split == "validation" else files[middle:]
    if split not in layout.SPLITS:
        known = ", ".join([*layout.SPLITS, *HALVES])
        raise ValueError(f"unknown split {split!r}: it must be one of {known}")
    return layout.find(folder, split)


def _index(folder: str | Path, classes: Sequence[str]) -> np.ndarray:
    """Return the place among `classes` of each of the data set's classes, int64."""
    places = {name: place for place, name in enumerate(classes)}
    names = layout.read_classes(folder)
    if unknown := [name for name in names if name not in places]:
        raise ValueError(
            f"{folder} has classes that the model does not know: {', '.join(map(repr, unknown))}"
        )
    return np.array([places[name] for name in names], dtype=np.int64)


def _check_proportions(files: list[Path]) -> None:
    """Raise ValueError if the first record does not tell the proportions of its drawing."""
    for record in tf.data.TFRecordDataset(str(files[0])).take(1):
        if "proportions" not in tf.train.Example.FromString(record.numpy()).features.feature:
            raise ValueError(
                f"the records of {files[0].parent} do not tell their drawings' proportions, as "
                "those of the tutorial do not: set in_proportion=False, or make the data set anew "
                "from drawings with notebook 01_load_data"
            )


def parse(
    records: tf.Tensor, max_points: int | None = MAX_POINTS, in_proportion: bool = False
) -> tuple[tf.Tensor, tf.Tensor]:
    """Parse serialised Examples [b] into ink float32 [b, points, 3] and class_index int64 [b]."""
    features = {
        "ink": tf.io.RaggedFeature(tf.float32),
        "class_index": tf.io.FixedLenFeature([1], tf.int64),
    }
    if in_proportion:
        features["proportions"] = tf.io.FixedLenFeature([2], tf.float32)
    sketches = tf.io.parse_example(records, features)
    numbers = sketches["ink"]
    points = max_points or tf.maximum(numbers.bounding_shape()[1] // 3, MAX_POINTS)
    ink = numbers.to_tensor(shape=tf.stack([-1, tf.cast(points * 3, tf.int64)]))
    ink = tf.reshape(ink, [-1, points, 3])
    if in_proportion:
        ink *= tf.pad(sketches["proportions"], [[0, 0], [0, 1]], constant_values=1.0)[:, None]
    return tf.ensure_shape(ink, [None, max_points, 3]), sketches["class_index"][:, 0]


def _shortened(ink: tf.Tensor, points: int) -> tf.Tensor:
    """Return uncropped ink [b, n, 3] with so many points, float32 [b, points, 3]."""
    shorten = functools.partial(_shorten, points=points)
    return tf.ensure_shape(tf.numpy_function(shorten, [ink], tf.float32), [None, points, 3])


def _shorten(inks: np.ndarray, points: int) -> np.ndarray:
    return strokes.batch(map(unpadded, inks), points)


def facts(folder: str | Path, split: str) -> dict[str, np.ndarray]:
    """Return what a split's records tell of their drawings, str [n], in the order of `load`.

    recognized: "recognised" by the game, or "not recognised". countrycode: two letters. Both are
    empty where a record does not tell.
    """
    features = {
        "recognized": tf.io.FixedLenFeature([1], tf.int64, default_value=[-1]),
        "countrycode": tf.io.FixedLenFeature([], tf.string, default_value=""),
    }
    records = tf.data.TFRecordDataset([str(file) for file in _shards(folder, split)]).batch(4096)
    told = [tf.io.parse_example(batch, features) for batch in records]
    recognized = np.concatenate([batch["recognized"].numpy()[:, 0] for batch in told])
    countries = np.concatenate([batch["countrycode"].numpy() for batch in told])
    return {
        "recognized": np.array(["not recognised", "recognised", ""])[recognized],
        "countrycode": np.char.decode(countries.astype(bytes), "utf-8"),
    }


def unpadded(ink: np.ndarray) -> np.ndarray:
    """Return one sketch's ink [n, 3] without the zeros that pad it to [points, 3]."""
    used = np.flatnonzero(ink.any(axis=1))
    return ink[: used[-1] + 1] if len(used) else ink[:0]


def count(folder: str | Path, split: str, most_shards: int | None = None) -> int:
    """Count a split's sketches by walking over its records, without parsing them."""
    files = [str(file) for file in _shards(folder, split)[:most_shards]]
    dataset = tf.data.TFRecordDataset(files)
    with damage_told(folder):
        return int(dataset.reduce(tf.constant(0, tf.int64), lambda total, _: total + 1))


def class_counts(folder: str | Path, split: str, most_shards: int | None = None) -> np.ndarray:
    """Return how many sketches of a split each of the data set's classes has, int64 [classes]."""
    files = [str(file) for file in _shards(folder, split)[:most_shards]]
    feature = {"class_index": tf.io.FixedLenFeature([1], tf.int64)}
    counts = np.zeros(len(layout.read_classes(folder)), dtype=np.int64)
    with damage_told(folder):
        for records in tf.data.TFRecordDataset(files).batch(4096):
            labels = tf.io.parse_example(records, feature)["class_index"].numpy()[:, 0]
            counts += np.bincount(labels, minlength=len(counts))
    return counts


@contextlib.contextmanager
def damage_told(folder: str | Path) -> Iterator[None]:
    """Turn TensorFlow's error of a damaged shard into a ValueError that says what to do."""
    try:
        yield
    except tf.errors.DataLossError as error:
        raise ValueError(
            f"{folder} is damaged; `python -m sketchlib verify {folder}` says where"
        ) from error
