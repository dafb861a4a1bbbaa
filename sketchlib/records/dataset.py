"""Shards to batches: parse, crop or pad, shuffle.

All sketches are read into memory once, and each pass takes them out of it in an order of its own.
Larger data sets are streamed, batched before they are parsed: that is five times as fast as parsing
them one by one.
"""

import contextlib
import functools
import itertools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from sketchlib._shared.backend import tf
from sketchlib.drawing import strokes
from sketchlib.drawing.strokes import MAX_POINTS
from sketchlib.records import layout, reading

MOST_IN_MEMORY = 1_000_000_000  # bytes of shards, some 1.5 M sketches: larger ones are streamed
HALVES = ("validation", "test")  # of the eval shards
SIGNS = ("Could not parse example", "ParseExample", ".tfrecord-")  # that an error is of records
APART = 1_000_003  # so far are the seeds of two courses, so that no pass of theirs is the same


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
    whole_passes: bool = False,
    seen: int = 0,
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
    repeat: pass after pass without end, each in an order that `seed` and its number decide.
    whole_passes: a pass ends with a smaller batch, rather than one that the next pass fills up.
    seen: begin after so many batches, as if they had been read.
    in_proportion: a flat drawing stays flat, rather than being stretched to a square.
    augmentation: what changes the ink of each batch, as an `augmentation.Augmentation` does.
    classes: the names by which class_index counts, as a model does; None: those of the data set.
    Raises ValueError for an unknown split, for a class that is not among the given ones, for
    records that do not tell their proportions, or for damaged ones, for which all are looked at;
    FileNotFoundError for a folder that is no data set. Of a data set that is streamed, records that
    are sound, but no sketches, are found later: `damage_told` has a sentence for TensorFlow's
    errors.
    """
    files = _shards(folder, split)[:most_shards]
    index = None if classes is None else _index(folder, classes)
    if in_proportion:
        _check_proportions(folder, files)
    points = None if shortened else max_points
    if sum(file.stat().st_size for file in files) <= MOST_IN_MEMORY:
        with damage_told(folder):
            sketches = reading.read(files)
        count = len(sketches.lengths)
        one_pass = functools.partial(_indices, count, shuffle)
        to_ink = _taker(sketches, points, in_proportion)
    else:
        count = _sound(folder, files)
        one_pass = functools.partial(_records, [str(file) for file in files], shuffle)
        to_ink = functools.partial(parse, max_points=points, in_proportion=in_proportion)
    if repeat:
        batches = _passes(one_pass, seed, batch_size, whole_passes, seen, count)
    else:
        batches = one_pass(seed).batch(batch_size, drop_remainder=drop_remainder)
    batches = batches.map(to_ink, num_parallel_calls=tf.data.AUTOTUNE)
    if shortened and max_points:
        batches = batches.map(lambda ink, class_index: (_shortened(ink, max_points), class_index))
    if index is not None:
        batches = batches.map(lambda ink, class_index: (ink, tf.gather(index, class_index)))
    if augmentation:
        batches = batches.map(lambda ink, class_index: (augmentation(ink), class_index))
    return batches.prefetch(2)


def _indices(count: int, shuffle: bool, seed: int | tf.Tensor) -> tf.data.Dataset:
    """Return the places of sketches that are in memory, one pass over them."""
    places = tf.data.Dataset.range(count)
    return places.shuffle(count, seed=seed) if shuffle else places


def _taker(
    sketches: reading.Sketches, max_points: int | None, in_proportion: bool
) -> Callable[[tf.Tensor], tuple[tf.Tensor, tf.Tensor]]:
    """Return what takes sketches out of memory by their places [b], as `parse` parses records."""
    blank = len(sketches.ink)  # the place of a row of zeros, after all points
    points = tf.constant(np.append(sketches.ink, np.zeros((1, 3), np.float32), axis=0))
    ends = np.cumsum(sketches.lengths)
    starts, lengths = tf.constant(ends - sketches.lengths), tf.constant(sketches.lengths)
    class_index = tf.constant(sketches.class_index)
    proportions = tf.constant(np.pad(sketches.proportions, [(0, 0), (0, 1)], constant_values=1))

    def take(places: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        length = tf.gather(lengths, places)[:, None]
        columns = max_points or tf.maximum(tf.reduce_max(length), MAX_POINTS)
        steps = tf.range(tf.cast(columns, tf.int64))
        ink = tf.gather(
            points, tf.where(steps < length, tf.gather(starts, places)[:, None] + steps, blank)
        )
        if in_proportion:
            ink *= tf.gather(proportions, places)[:, None]
        return tf.ensure_shape(ink, [None, max_points, 3]), tf.gather(class_index, places)

    return take


def _records(files: list[str], shuffle: bool, seed: int | tf.Tensor) -> tf.data.Dataset:
    """Return the records of shards, one pass over them."""
    shards = tf.data.Dataset.from_tensor_slices(files)
    if not shuffle:
        return shards.interleave(tf.data.TFRecordDataset, cycle_length=1)
    shards = shards.shuffle(len(files), seed=seed)
    records = shards.interleave(tf.data.TFRecordDataset, cycle_length=len(files))
    return records.shuffle(10_000, seed=seed)


def _passes(
    records: Callable[[tf.Tensor], tf.data.Dataset],
    seed: int,
    batch_size: int,
    whole: bool,
    seen: int,
    count: int,
) -> tf.data.Dataset:
    """Return the batches of endless passes over `count` records, without those that were seen.

    Whole passes are skipped unread. So the order is the same whether all is read or the rest alone.
    """
    if whole:
        first, rest = divmod(seen, -(-count // batch_size))
    else:
        first, rest = divmod(seen * batch_size, count)

    def one_pass(number: tf.Tensor) -> tf.data.Dataset:
        tf.compat.v1.set_random_seed(1)  # here alone: after set_seed(0), `shuffle` takes no tensor
        found = records(seed * APART + number)
        return found.batch(batch_size) if whole else found

    passes = tf.data.Dataset.range(first, tf.int64.max).flat_map(one_pass).skip(rest)
    return passes if whole else passes.batch(batch_size)


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


def _sound(folder: str | Path, files: list[Path]) -> int:
    """Return how many records shards have, after a look at all of them.

    A length that lies would end the process as soon as TensorFlow saw it.
    """
    with damage_told(folder):
        return sum(1 for file in files for _ in layout.records(file))


def _check_proportions(folder: str | Path, files: list[Path]) -> None:
    """Raise ValueError if the first record does not tell the proportions of its drawing."""
    first = [record for _, record in itertools.islice(layout.frames(files[0]), 1)]
    with damage_told(folder):
        found = tf.io.parse_example(first, {"proportions": tf.io.RaggedFeature(tf.float32)})
    if not found["proportions"].flat_values.shape[0]:
        raise ValueError(
            f"the records of {folder} do not tell their drawings' proportions, as those of the "
            "tutorial do not: set in_proportion=False, or make the data set anew from drawings "
            "with notebook 01_load_data"
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
    short = inks[:, :points].copy()
    for row in np.flatnonzero(inks[:, points:].any(axis=(1, 2))):
        short[row] = strokes.shorten(unpadded(inks[row]), points)
    return short


def facts(folder: str | Path, split: str) -> dict[str, np.ndarray]:
    """Return what a split's records tell of their drawings, str [n], in the order of `load`.

    recognized: "recognised" by the game, or "not recognised". countrycode: two letters. Both are
    empty where a record does not tell.
    """
    features = {
        "recognized": tf.io.FixedLenFeature([1], tf.int64, default_value=[-1]),
        "countrycode": tf.io.FixedLenFeature([], tf.string, default_value=""),
    }
    told = list(_parsed(folder, _shards(folder, split), features))
    recognized = np.concatenate([batch["recognized"].numpy()[:, 0] for batch in told])
    countries = np.concatenate([batch["countrycode"].numpy() for batch in told])
    return {
        "recognized": np.array(["", "not recognised", "recognised"])[recognized.clip(-1, 1) + 1],
        "countrycode": np.char.decode(countries.astype(bytes), "utf-8", "replace"),
    }


def unpadded(ink: np.ndarray) -> np.ndarray:
    """Return one sketch's ink [n, 3] without the zeros that pad it to [points, 3]."""
    used = np.flatnonzero(ink.any(axis=1))
    return ink[: used[-1] + 1] if len(used) else ink[:0]


def count(folder: str | Path, split: str, most_shards: int | None = None) -> int:
    """Count a split's sketches by walking over its records, without parsing them."""
    return _sound(folder, _shards(folder, split)[:most_shards])


def class_counts(folder: str | Path, split: str, most_shards: int | None = None) -> np.ndarray:
    """Return how many sketches of a split each of the data set's classes has, int64 [classes]."""
    files = _shards(folder, split)[:most_shards]
    feature = {"class_index": tf.io.FixedLenFeature([1], tf.int64)}
    counts = np.zeros(len(layout.read_classes(folder)), dtype=np.int64)
    with damage_told(folder):
        for parsed in _parsed(folder, files, feature):
            labels = parsed["class_index"].numpy()[:, 0]
            if labels.min() < 0 or labels.max() >= len(counts):
                raise layout.Damage(0, "a class_index is the place of no class")
            counts += np.bincount(labels, minlength=len(counts))
    return counts


def _parsed(
    folder: str | Path, files: list[Path], features: dict
) -> Iterator[dict[str, tf.Tensor]]:
    """Yield features of all records of shards, some thousand at a time."""
    _sound(folder, files)
    with damage_told(folder):
        for records in tf.data.TFRecordDataset([str(file) for file in files]).batch(4096):
            yield tf.io.parse_example(records, features)


@contextlib.contextmanager
def damage_told(folder: str | Path) -> Iterator[None]:
    """Turn errors of damaged records, ours and TensorFlow's, into one ValueError with a remedy."""
    try:
        yield
    except (layout.Damage, tf.errors.OpError, UnicodeDecodeError) as error:
        text = str(getattr(error, "object", error))  # TensorFlow quotes bytes that are no UTF-8
        known = isinstance(error, layout.Damage | tf.errors.DataLossError)
        if not known and not any(sign in text for sign in SIGNS):
            raise
        raise ValueError(
            f"{folder} is damaged; `python -m sketchlib verify {folder}` says where"
        ) from error
