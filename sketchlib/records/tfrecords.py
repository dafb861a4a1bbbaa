"""Write and verify drawings as TFRecords, as the Quick, Draw! tutorial lays them out.

The folder is described in `layout`. A record is a tf.train.Example with `ink` (float32, the
flattened [n, 3]), `shape` (int64 [2] = [n, 3]) and `class_index` (int64 [1]). Ours also hold what
other readers may ignore: `proportions` (float32 [2], see `strokes.proportions`), `key_id`, and
where the source tells them `countrycode` and `recognized`. To check a folder:
`python -m sketchlib.records.tfrecords verify data/tfrecords/sample`.
"""

import argparse
import contextlib
import hashlib
import itertools
import json
import os
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor
from errno import EDQUOT, ENOSPC
from pathlib import Path

from numpy.typing import ArrayLike
from tqdm.auto import tqdm

from sketchlib._shared.backend import tf
from sketchlib._shared.files import alone, move, sync
from sketchlib.drawing import quickdraw, strokes
from sketchlib.records import layout
from sketchlib.records.processes import check_guarded, mapped
from sketchlib.records.verification import Report, verify

__all__ = ["Report", "example", "place", "verify", "write"]

FEWEST = 2  # drawings in a split: the eval shards are halved, for validation and test
CHUNK = 1000  # drawings handed to a process at a time
ORDER_BYTES = 8  # of hash, before a record that waits: what a shard is sorted by
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

    Everything is written to a temporary folder that takes the place of `folder` at the very end;
    if it is killed, the next one sweeps, and whoever reads sees the old data set or the new one.
    Raises ValueError for no records, an unknown class, or a share outside 0..1, FileExistsError for
    a folder that holds anything but a data set, Busy where another process writes the same one,
    RuntimeError where the workers die, another OSError for what the disk refuses.
    """
    if executor is None and workers > 1:
        check_guarded()
    if not 0 < eval_share < 1:
        raise ValueError(f"eval_share is {eval_share}: it must lie between 0 and 1, 0.1 is usual")
    target = layout.location(folder)
    _check_replaceable(target)
    with _disk_told(target), alone(target, "writes"):
        layout.bring_back(target)
        new = target.with_name(f".{target.name}.new")
        _remove(new)
        new.mkdir()
        try:
            index = _ClassIndex(classes)
            progress = tqdm(records, total=total, unit=" drawings", desc=f"Write {target.name}")
            _spool(_chunks(progress, index), new, eval_share, executor, workers)
            if not index.names:
                raise ValueError(f"no drawings to write to {folder}: the source is empty")
            for split in layout.SPLITS:
                contents = _write_split(new, split)
                _write_text(layout.contents_path(new, split), json.dumps(contents, indent=1))
                _write_text(layout.classes_path(new, split), "\n".join(index.names))
            _replace(target, new)
        finally:
            with contextlib.suppress(OSError):
                _remove(new)
    return Path(folder)


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
        if name.splitlines() != [name] or name != name.encode(errors="replace").decode():
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
    """Serialise chunks and spread them, unsorted, over the shards."""
    work = ((chunk, eval_share) for chunk in chunks)
    with contextlib.ExitStack() as stack:
        spools = {
            key: stack.enter_context(open(layout.path(folder, *key), "wb"))
            for key in itertools.product(layout.SPLITS, range(layout.SHARDS))
        }
        done = stack.enter_context(contextlib.closing(mapped(_serialise, work, executor, workers)))
        for split, shard, order, payload in itertools.chain.from_iterable(done):
            spools[split, shard].write(layout.frame(order + payload))


def _serialise(work: tuple[list[Numbered], float]) -> list[tuple[str, int, bytes, bytes]]:
    """Turn a chunk of drawings into (split, shard, order, serialised Example)."""
    chunk, eval_share = work
    examples = [example(record, class_index) for class_index, record in chunk]
    places = [place(str(record["key_id"]), eval_share) for _, record in chunk]
    return [(*where, payload) for where, payload in zip(places, examples, strict=True)]


def example(record: quickdraw.Record, class_index: int) -> bytes:
    """Serialise one drawing as a tf.train.Example.

    Raises ValueError, with the drawing's key_id, for one without points or otherwise impossible.
    """
    try:
        return _example(record, class_index)
    except ValueError as error:
        raise ValueError(f"drawing {record['key_id']!a}: {error}") from None


def _example(record: quickdraw.Record, class_index: int) -> bytes:
    ink, proportions = strokes.ink_and_proportions(record["drawing"])
    feature = {
        "ink": _floats(ink.ravel()),
        "shape": _integers(ink.shape),
        "class_index": _integers([class_index]),
        "proportions": _floats(proportions),
        "key_id": _text("key_id", str(record["key_id"])),
    }
    if country := record.get("countrycode"):
        feature["countrycode"] = _text("countrycode", country)
    if (recognized := record.get("recognized")) is not None:
        feature["recognized"] = _integers([int(bool(recognized))])
    sketch = tf.train.Example(features=tf.train.Features(feature=feature))
    return sketch.SerializeToString(deterministic=True)  # else each process has its own order


def _floats(values: ArrayLike) -> tf.train.Feature:
    return tf.train.Feature(float_list=tf.train.FloatList(value=values))


def _integers(values: ArrayLike) -> tf.train.Feature:
    return tf.train.Feature(int64_list=tf.train.Int64List(value=values))


def _text(name: str, value: str) -> tf.train.Feature:
    try:
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value.encode()]))
    except (AttributeError, UnicodeEncodeError):  # another type, or half a character
        raise ValueError(f"its {name} is {value!a}, which is no text") from None


def _write_split(folder: Path, split: str) -> dict[str, dict]:
    """Sort a split's shards by their hashes, which shuffles the classes; return what they hold."""
    spools = [layout.path(folder, split, shard) for shard in range(layout.SHARDS)]
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
        for spool in spools:
            spool.unlink()
    contents = {}
    for shard, records in enumerate(dealt):
        path = layout.path(folder, split, shard, count)
        with open(path, "wb") as file:
            file.writelines(layout.frame(record[ORDER_BYTES:]) for record in records)
        sync(path)
        contents[path.name] = layout.content(path, len(records))
    return contents


def _payloads(path: Path) -> Iterator[bytes]:
    return (payload for _, payload in layout.frames(path))


def _write_text(path: Path, text: str) -> None:
    path.write_text(text + "\n", "utf-8", newline="\n")
    sync(path)


@contextlib.contextmanager
def _disk_told(folder: Path) -> Iterator[None]:
    """Turn what the disk refuses, as room or the right to write, into a sentence."""
    try:
        yield
    except OSError as error:
        if error.errno is None:  # a sentence already
            raise
        remedy = "make room" if error.errno in (ENOSPC, EDQUOT) else "mend that"
        raise OSError(
            f"{error.filename or folder}: {error.strerror}; {remedy} or name another folder; the "
            "data set has not changed"
        ) from error


def _check_replaceable(folder: Path) -> None:
    """Raise FileExistsError where a data set would take the place of anything but another one."""
    if not os.path.lexists(folder):
        return
    if folder.is_symlink() or not folder.is_dir():
        raise FileExistsError(f"{folder} is a file: name a folder for the data set")
    if not os.access(folder, os.W_OK):  # though it might be moved, it is kept from changes
        raise PermissionError(f"{folder} is read-only: name another folder for the data set")
    others = [
        entry.name
        for entry in folder.iterdir()
        if not layout.is_own(entry) and entry.name not in LITTER
    ]
    if others:
        raise FileExistsError(
            f"{folder} holds {min(others)!r}, which is no part of a data set, so a data set can't "
            "take its place: name another folder, one that is empty or not there yet"
        )


def _remove(folder: Path) -> None:
    """Delete a data set, and never anything else; its class names first, so that it is none."""
    _check_replaceable(folder)
    if folder.exists():
        for file in sorted(folder.iterdir(), reverse=True):
            file.unlink()
        folder.rmdir()


def _replace(target: Path, new: Path) -> None:
    """Move a finished data set to its place; what stood there is deleted only after that."""
    old = layout.aside(target)
    _remove(old)
    try:
        _check_replaceable(target)  # again, for writing takes a while
        if target.exists():
            move(target, old)
        _check_replaceable(old)  # and again, for now nothing comes into it any more
        move(new, target)
    finally:
        if old.exists() and not target.exists():
            move(old, target)
    with contextlib.suppress(OSError):  # what is left is deleted the next time
        _remove(old)


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
