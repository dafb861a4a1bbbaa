"""Read a data set from end to end: is every record sound, and what is there?"""

import contextlib
import itertools
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
from tqdm.auto import tqdm

from sketchlib.records import layout, reading
from sketchlib.records.processes import check_guarded, mapped, pool

CHUNK = 1000  # records parsed at a time
LONGEST = 1000  # points up to which lengths are counted one by one
MOST_PROBLEMS = 20  # named per shard: one that has more is not read further
WORTH_WORKERS = 100_000_000  # bytes of a data set; other processes take longer to start than less


@dataclass
class Report:
    """What `verify` found: `problems`, one sentence each, and figures that describe the data set.

    counts: drawings per split and class name. lengths: per split, how many sketches have n points
    (index n; the last entry counts that many or more).
    """

    folder: Path
    classes: list[str]
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    lengths: dict[str, np.ndarray] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """True if nothing is wrong with the data set."""
        return not self.problems

    def total(self, split: str) -> int:
        """Return the number of sound sketches of a split."""
        return sum(self.counts.get(split, {}).values())

    def raise_if_damaged(self) -> "Report":
        """Return the report itself, or raise ValueError with every problem."""
        if self.problems:
            raise ValueError(
                f"{self.folder} is damaged:\n" + "\n".join(f"- {p}" for p in self.problems)
            )
        return self

    def __str__(self) -> str:
        """Say how much there is and whether it is sound."""
        totals = " and ".join(f"{self.total(split):,} {split} sketches" for split in layout.SPLITS)
        state = "sound" if self.ok else "\n".join(["DAMAGED:", *self.problems])
        return f"{self.folder}: {totals} of {len(self.classes)} classes, {state}"


@dataclass
class _Shard:
    """What one shard holds: sketches per class and per length, as in `Report`, and problems."""

    counts: np.ndarray
    lengths: np.ndarray
    problems: list[str] = field(default_factory=list)


def verify(
    folder: str | Path,
    progress: bool = True,
    *,
    executor: Executor | None = None,
    workers: int = 1,
) -> Report:
    """Read every record of every shard and check it; damage is named by shard and byte offset.

    Checked: .classes files, the set of shards, record lengths and checksums, that the records are
    those once written where a .contents file tells of them, that each is an Example whose shape
    matches its ink, with finite numbers and a class index in range, and that all of a shard tell
    the proportions of their drawings, or none.
    workers: processes that read; 1 does the work here, and so is a small data set done. executor:
    any concurrent.futures.Executor to use instead, whose processes see the folder under the same
    path; `workers` is then how many it has.
    Raises FileNotFoundError if the folder is no data set at all, RuntimeError where workers die.
    """
    folder = Path(folder)
    try:
        report = Report(folder, layout.read_classes(folder))
    except ValueError as error:  # without class names there is no way to judge the rest
        return Report(folder, [], problems=[str(error)])
    shards = {split: layout.find(folder, split, report.problems) for split in layout.SPLITS}
    paths = list(itertools.chain(*shards.values()))
    if executor is None and sum(path.stat().st_size for path in paths) < WORTH_WORKERS:
        workers = 1
    if executor is None and workers > 1:
        check_guarded()
    bar = tqdm(total=len(paths), desc=f"Verify {folder.name}", unit=" shards", disable=not progress)
    with bar, pool(1 if executor else workers) as own:
        work = partial(_verify_shard, len(report.classes))
        done = mapped(work, paths, executor or own, workers)
        with contextlib.closing(done):
            for split, own_paths in shards.items():
                counts = np.zeros(len(report.classes), dtype=np.int64)
                report.lengths[split] = np.zeros(LONGEST + 1, dtype=np.int64)
                for shard in itertools.islice(done, len(own_paths)):
                    counts += shard.counts
                    report.lengths[split] += shard.lengths
                    report.problems += shard.problems
                    bar.update()
                report.counts[split] = dict(zip(report.classes, counts.tolist(), strict=True))
    return report


def _verify_shard(classes: int, path: Path) -> _Shard:
    """Check one shard of a data set with so many classes."""
    shard = _Shard(np.zeros(classes, np.int64), np.zeros(LONGEST + 1, np.int64))
    shard.problems += itertools.islice(_problems(path, shard), MOST_PROBLEMS)
    return shard


def _problems(path: Path, shard: _Shard) -> Iterator[str]:
    """Add the sound sketches of a file to its shard's figures, and yield what is wrong."""
    damage: list[layout.Damage] = []
    records = _until_damage(path, damage)
    untold: list[int] = []
    while chunk := list(itertools.islice(records, CHUNK)):
        for offset, fault in _check_examples(chunk, shard.counts, shard.lengths, untold):
            yield f"{path.name} at byte {offset:,}: {fault}"
    if len(untold) < shard.counts.sum():
        for offset in untold:
            yield f"{path.name} at byte {offset:,}: the record has no proportions, as others have"
    for found in damage:
        yield f"{path.name} at byte {found.offset:,}: {found}"


def _until_damage(path: Path, damage: list[layout.Damage]) -> Iterator[tuple[int, bytes]]:
    """Yield a shard's records; where they end in damage, append that to the list."""
    try:
        yield from layout.records(path)
    except layout.Damage as found:
        damage.append(found)


def _check_examples(
    chunk: list, counts: np.ndarray, lengths: np.ndarray, untold: list[int]
) -> Iterator[tuple[int, str]]:
    """Check (offset, payload) pairs as sketches; yield the offset and fault of each bad one.

    The sound are added to counts and lengths, and to `untold` where they have no proportions.
    """
    offsets, payloads = zip(*chunk, strict=True)
    told = _told(payloads)
    if told is None and len(chunk) == 1:
        yield offsets[0], "the record is no Example with ink, shape [2] and class_index [1]"
        return
    if told is None:
        for half in (chunk[: len(chunk) // 2], chunk[len(chunk) // 2 :]):
            yield from _check_examples(half, counts, lengths, untold)
        return
    shape, index = told.shape, told.class_index
    numbers, finite = told.ink.all_of(np.isfinite)
    given, shares = told.proportions.all_of(lambda value: (value >= 0) & (value <= 1))
    fits = (shape[:, 1] == 3) & (shape[:, 0] == numbers // 3) & (numbers % 3 == 0)
    known = (index >= 0) & (index < len(counts))
    sized = (given == 0) | (given == 2) & shares
    sound = fits & finite & known & sized
    np.add.at(counts, index[sound], 1)
    np.add.at(lengths, np.minimum(shape[sound, 0], LONGEST), 1)
    untold += itertools.compress(offsets, sound & (given == 0))
    for row in np.flatnonzero(~sound):
        faults = {
            f"shape {shape[row].tolist()} does not match {numbers[row]} numbers of ink": fits,
            "the ink holds a number that is not finite": finite,
            f"class_index {index[row]} is not in 0..{len(counts) - 1}": known,
            "the proportions are not two numbers from 0 to 1": sized,
        }
        yield from ((offsets[row], fault) for fault, right in faults.items() if not right[row])


@dataclass
class _Rows:
    """Numbers, float32, of one record after the other, so many of each."""

    values: np.ndarray
    lengths: np.ndarray

    def all_of(self, right: Callable[[np.ndarray], np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Return the length of each row, and whether all of its values are right."""
        wrong = np.repeat(np.arange(len(self.lengths)), self.lengths)[~right(self.values)]
        return self.lengths, np.bincount(wrong, minlength=len(self.lengths)) == 0


@dataclass
class _Told:
    """What records say: shape int64 [n, 2], class_index int64 [n]."""

    shape: np.ndarray
    class_index: np.ndarray
    ink: _Rows
    proportions: _Rows


def _told(payloads: Sequence[bytes]) -> _Told | None:
    """Return what records say; None where one of them is no Example of a sketch."""
    sketches = reading.usual(payloads)
    if sketches is None:
        return _told_by_any(payloads)
    points = sketches.lengths  # their shape says so: else the records would be other bytes
    return _Told(
        np.stack([points, np.full_like(points, 3)], axis=1),
        sketches.class_index,
        _Rows(sketches.ink.ravel(), 3 * points),
        _Rows(sketches.proportions.ravel(), np.full_like(points, 2)),
    )


def _told_by_any(payloads: Sequence[bytes]) -> _Told | None:
    """Do it with TensorFlow, for records of any layout."""
    from sketchlib._shared.backend import tf  # only here: it takes seconds to load

    features = {
        "ink": tf.io.RaggedFeature(tf.float32),
        "shape": tf.io.FixedLenFeature([2], tf.int64),
        "class_index": tf.io.FixedLenFeature([1], tf.int64),
        "proportions": tf.io.RaggedFeature(tf.float32),
        "recognized": tf.io.FixedLenFeature([1], tf.int64, default_value=[0]),
        "countrycode": tf.io.FixedLenFeature([], tf.string, default_value=""),
    }
    try:
        told = tf.io.parse_example(list(payloads), features)
    except (tf.errors.InvalidArgumentError, UnicodeDecodeError):  # which is the former, badly told
        return None
    ink, proportions = (
        _Rows(told[name].flat_values.numpy(), told[name].row_lengths().numpy())
        for name in ("ink", "proportions")
    )
    return _Told(told["shape"].numpy(), told["class_index"].numpy()[:, 0], ink, proportions)
