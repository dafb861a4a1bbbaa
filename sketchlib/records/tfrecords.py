"""Write and verify drawings as TFRecords, as the Quick, Draw! tutorial lays them out.

The folder is described in `layout`. A record is a tf.train.Example with `ink` (float32, the
flattened [n, 3]), `shape` (int64 [2] = [n, 3]) and `class_index` (int64 [1]). Ours also hold what
other readers may ignore: `proportions` (float32 [2], see `strokes.proportions`), `key_id`, and
where the source tells them `countrycode` and `recognized`. To check a folder:
`python -m sketchlib.records.tfrecords verify data/tfrecords/sample`.
"""

import argparse
import glob
import hashlib
import itertools
import os
import shutil
import sys
import time
import uuid
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import ExitStack
from multiprocessing import get_context
from pathlib import Path

from numpy.typing import ArrayLike
from tqdm.auto import tqdm

from sketchlib._shared.backend import tf
from sketchlib._shared.files import move
from sketchlib.drawing import quickdraw, strokes
from sketchlib.records import layout
from sketchlib.records.verification import Report, verify

__all__ = ["Report", "example", "place", "verify", "write"]

FEWEST = 2  # drawings in a split: the eval shards are halved, for validation and test
CHUNK = 1000  # drawings handed to a process at a time
MOST_WORKERS = 61 if os.name == "nt" else sys.maxsize  # Windows can't wait for more processes
ORDER_BYTES = 8  # of hash, before a spooled record: what a shard is sorted by
LITTER = {".DS_Store", "Thumbs.db", "desktop.ini"}  # that file managers leave in any folder

Numbered = tuple[int, quickdraw.Record]  # a class index, and a drawing of that class


def place(key_id: str, eval_share: float) -> tuple[str, int, bytes]:
    """Decide a drawing's split, shard and order within it from a hash of its key_id alone.

    So a drawing never changes sides, whatever else is in the data set and however often it is made.
    """
    digest = hashlib.blake2b(key_id.encode(), digest_size=16 + ORDER_BYTES).digest()
    side, shard, order = digest[:8], digest[8:16], digest[16:]
    split = "eval" if int.from_bytes(side) < eval_share * 2**64 else "training"
    return split, int.from_bytes(shard) % layout.SHARDS, order


def write(
    records: Iterable[quickdraw.Record],
    folder: str | Path,
    *,
    classes: Iterable[str] | None = None,
    eval_share: float = 0.1,
    executor: Executor | None = None,
    workers: int = 1,
    total: int | None = None,
) -> Path:
    """Write records (as `quickdraw.read` yields them) as a data set, and return its folder.

    classes: the names in order of their index; None takes them in order of first appearance.
    eval_share: the share of drawings, chosen by a hash of their key_id, kept for evaluation.
    workers: processes that convert; 1 does the work here. executor: any concurrent.futures.Executor
    to use instead, a cluster's as well; `workers` is then how many it has. total: the number of
    records, for the progress bar.

    Everything is written to a temporary folder that takes the place of `folder` at the very end.
    Raises ValueError for no records, an unknown class, or a share outside 0..1, FileExistsError for
    a folder that holds anything but a data set.
    """
    folder = Path(folder)
    _check_replaceable(folder)
    if not 0 < eval_share < 1:
        raise ValueError(f"eval_share is {eval_share}: it must lie between 0 and 1, 0.1 is usual")
    folder.parent.mkdir(parents=True, exist_ok=True)
    _sweep(folder)
    partial = folder.parent / f".{folder.name}-{uuid.uuid4().hex[:8]}"
    partial.mkdir()
    try:
        index = _ClassIndex(classes)
        progress = tqdm(records, total=total, unit=" drawings", desc=f"Write {folder.name}")
        _spool(_chunks(progress, index), partial, eval_share, executor, workers)
        if not index.names:
            raise ValueError(f"no drawings to write to {folder}: the source is empty")
        for split in layout.SPLITS:
            _write_split(partial, split)
            names = "".join(name + "\n" for name in index.names)
            (partial / f"{split}.tfrecord.classes").write_text(names, "utf-8", newline="\n")
        _check_replaceable(folder)  # again, for writing takes a while
        _replace_folder(partial, folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return folder


class _ClassIndex:
    """Class names and their index, either fixed beforehand or in order of first appearance."""

    def __init__(self, names: Iterable[str] | None):
        self.fixed = names is not None
        self.names: list[str] = []
        self.index: dict[str, int] = {}
        for name in names or []:
            if name in self.index:
                raise ValueError(f"class {name!r} is given twice")
            self._add(name)

    def __getitem__(self, name: str) -> int:
        if name not in self.index:
            if self.fixed:
                raise ValueError(
                    f"unknown class {name!r}: it is not among the {len(self.names)} given classes"
                )
            self._add(name)
        return self.index[name]

    def _add(self, name: str) -> None:
        if name.splitlines() != [name]:
            raise ValueError(f"{name!r} is no class name: it must be one line of text")
        self.index[name] = len(self.names)
        self.names.append(name)


def _chunks(records: Iterable[quickdraw.Record], index: _ClassIndex) -> Iterator[list[Numbered]]:
    """Group records as lists of (class index, record), small enough to send around."""
    wanted = ((index[record["word"]], record) for record in records)
    while chunk := list(itertools.islice(wanted, CHUNK)):
        yield chunk


def _spool(
    chunks, folder: Path, eval_share: float, executor: Executor | None, workers: int
) -> None:
    """Serialise chunks and spread them over one unsorted file a shard."""
    work = ((chunk, eval_share) for chunk in chunks)
    with ExitStack() as files:
        spools = {
            key: files.enter_context(tf.io.TFRecordWriter(str(_spool_path(folder, *key))))
            for key in itertools.product(layout.SPLITS, range(layout.SHARDS))
        }
        for placed in _mapped(_serialise, work, executor, workers):
            for split, shard, order, payload in placed:
                spools[split, shard].write(order + payload)


def _spool_path(folder: Path, split: str, shard: int) -> Path:
    return folder / f"{split}-{shard}.spool"


def _mapped(function, arguments, executor: Executor | None, workers: int) -> Iterator:
    """Map in order and lazily, here or in other processes with only a few chunks in flight."""
    if executor is None and workers == 1:
        yield from map(function, arguments)
        return
    with ExitStack() as stack:
        if executor is None:
            # Not fork: TensorFlow's threads would be copied in an unknown state.
            pool = ProcessPoolExecutor(min(workers, MOST_WORKERS), mp_context=get_context("spawn"))
            executor = stack.enter_context(pool)
        pending: deque[Future] = deque()
        for argument in arguments:
            pending.append(executor.submit(function, argument))
            if len(pending) > 2 * workers:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()


def _serialise(work: tuple[list[Numbered], float]) -> list[tuple[str, int, bytes, bytes]]:
    """Turn a chunk of drawings into (split, shard, order, serialised Example)."""
    chunk, eval_share = work
    return [
        (*place(str(record["key_id"]), eval_share), example(record, class_index))
        for class_index, record in chunk
    ]


def example(record: quickdraw.Record, class_index: int) -> bytes:
    """Serialise one drawing as a tf.train.Example.

    Raises ValueError, with the drawing's key_id, for one without points or otherwise impossible.
    """
    try:
        ink, proportions = strokes.ink_and_proportions(record["drawing"])
    except ValueError as error:
        raise ValueError(f"drawing {record['key_id']}: {error}") from None
    feature = {
        "ink": _floats(ink.ravel()),
        "shape": _integers(ink.shape),
        "class_index": _integers([class_index]),
        "proportions": _floats(proportions),
        "key_id": _text(str(record["key_id"])),
    }
    if country := record.get("countrycode"):
        feature["countrycode"] = _text(country)
    if (recognized := record.get("recognized")) is not None:
        feature["recognized"] = _integers([int(recognized)])
    sketch = tf.train.Example(features=tf.train.Features(feature=feature))
    return sketch.SerializeToString(deterministic=True)  # else each process has its own order


def _floats(values: ArrayLike) -> tf.train.Feature:
    return tf.train.Feature(float_list=tf.train.FloatList(value=values))


def _integers(values: ArrayLike) -> tf.train.Feature:
    return tf.train.Feature(int64_list=tf.train.Int64List(value=values))


def _text(value: str) -> tf.train.Feature:
    return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value.encode()]))


def _write_split(folder: Path, split: str) -> None:
    """Turn a split's spools into shards, each sorted by its hashes, which shuffles the classes."""
    spools = [_spool_path(folder, split, shard) for shard in range(layout.SHARDS)]
    dealt: Iterable[list[bytes]]
    if all(spool.stat().st_size for spool in spools):
        dealt, count = (sorted(_payloads(spool)) for spool in spools), layout.SHARDS
    else:  # so few drawings that the hash left a shard empty: deal them out evenly
        records = sorted(itertools.chain.from_iterable(map(_payloads, spools)))
        if len(records) < FEWEST:
            raise ValueError(
                f"only {len(records)} drawings fall to {split}, which needs {FEWEST} or more: give "
                "more drawings or another eval_share"
            )
        count = min(layout.SHARDS, len(records))
        dealt = [records[shard::count] for shard in range(count)]
    for shard, records in enumerate(dealt):
        with tf.io.TFRecordWriter(str(layout.path(folder, split, shard, count))) as writer:
            for record in records:
                writer.write(record[ORDER_BYTES:])
        spools[shard].unlink()
    for spool in spools[count:]:
        spool.unlink()


def _payloads(path: Path) -> Iterator[bytes]:
    return (payload for _, payload in layout.frames(path))


def _sweep(folder: Path) -> None:
    """Delete what writers of this data set left behind that were killed over a day ago."""
    for leftover in folder.parent.glob(f".{glob.escape(folder.name)}-????????"):
        if time.time() - leftover.stat().st_mtime > 86_400:
            shutil.rmtree(leftover, ignore_errors=True)


def _check_replaceable(folder: Path) -> None:
    """Raise FileExistsError where a data set would take the place of anything but another one."""
    if folder.is_file():
        raise FileExistsError(f"{folder} is a file: name a folder for the data set")
    others = [
        entry.name
        for entry in folder.glob("*")
        if not layout.is_own(entry) and entry.name not in LITTER
    ]
    if others:
        raise FileExistsError(
            f"{folder} holds {min(others)!r}, which is no part of a data set, so a data set can't "
            "take its place: name another folder, one that is empty or not there yet"
        )


def _replace_folder(new: Path, old: Path) -> None:
    """Move a finished folder to its place; what stood there is deleted only after that."""
    trash = new.with_name(new.name + ".old")
    if old.exists():
        move(old, trash)
    try:
        move(new, old)
    except OSError:
        if trash.exists():
            move(trash, old)
        raise
    shutil.rmtree(trash, ignore_errors=True)


def main() -> int:
    """Verify a data set from the command line."""
    parser = argparse.ArgumentParser(description="Check every record of a data set.")
    parser.add_argument("command", choices=["verify"])
    parser.add_argument("folder")
    arguments = parser.parse_args()
    try:
        report = verify(arguments.folder)
    except (OSError, ValueError) as error:
        sys.exit(str(error))
    print(report)
    return 0 if report.ok else 1


if __name__ == "__main__":
    sys.exit(main())
