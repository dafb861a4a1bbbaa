"""Write and verify drawings as TFRecords, as the Quick, Draw! tutorial lays them out.

The folder is described in `layout`. A record is a tf.train.Example with `ink` (float32, the
flattened [n, 3]), `shape` (int64 [2] = [n, 3]) and `class_index` (int64 [1]). Ours also hold what
other readers may ignore: `proportions` (float32 [2], see `strokes.proportions`), `key_id`, and
where the source tells them `countrycode` and `recognized`. To check a folder:
`python -m sketchlib.records.tfrecords verify data/tfrecords/sample`.
"""

import argparse
import contextlib
import gc
import itertools
import json
import os
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor
from errno import EDQUOT, ENOSPC
from pathlib import Path

from tqdm.auto import tqdm

from sketchlib._shared.files import alone, move, sync
from sketchlib.drawing.quickdraw import MAX_BAD_SHARE, Lines, Record, Tally
from sketchlib.records import examples, layout
from sketchlib.records.conversion import (
    Choice,
    Chunk,
    Converted,
    Share,
    convert,
    count_waiting,
    features,
    pile,
    place,
    write_shard,
)
from sketchlib.records.processes import check_guarded, mapped, pool
from sketchlib.records.verification import Report, verify

__all__ = ["Report", "example", "place", "verify", "write"]

FEWEST = 2  # drawings in a split: the eval shards are halved, for validation and test
CHUNK = 1000  # drawings handed to a process at a time
LITTER = {".DS_Store", "Thumbs.db", "desktop.ini"}  # that file managers leave in any folder


def write(
    records: Iterable[Record | Lines],
    folder: str | Path,
    *,
    classes: Iterable[str] | None = None,
    choice: Choice | None = None,
    eval_share: float = 0.1,
    executor: Executor | None = None,
    workers: int = 1,
    total: int | None = None,
) -> Path:
    """Write records (as `quickdraw.read` yields them) as a data set, and return its folder.

    Lines, as `quickdraw.lines` yields them, are parsed on the way, which other processes can do;
    too many bad ones are an error, as there. choice: which of them are wanted; None: all.
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
    choice = choice or Choice()
    target = layout.location(folder)
    _check_replaceable(target)
    with _disk_told(target), alone(target, "writes"), _frozen():
        layout.bring_back(target)
        new = target.with_name(f".{target.name}.new")
        _remove(new)
        new.mkdir()
        try:
            index = _ClassIndex(classes)
            progress = tqdm(total=total, unit=" drawings", desc=f"Write {target.name}")
            chunks = _chunks(records, choice, eval_share)
            with progress, pool(1 if executor else workers) as own:
                done = mapped(convert, chunks, executor or own, workers)
                with contextlib.closing(done):
                    _spool(done, new, index, choice, progress)
                choice.check()
                if not index.names:
                    raise ValueError(f"no drawings to write to {folder}: the source is empty")
                contents = _write_shards(new, index, own, workers)  # no cluster has this disk
            for split in layout.SPLITS:
                _write_text(layout.contents_path(new, split), json.dumps(contents[split], indent=1))
                _write_text(layout.classes_path(new, split), "\n".join(index.names))
            _replace(target, new)
        finally:
            with contextlib.suppress(OSError):
                _remove(new)
    return Path(folder)


@contextlib.contextmanager
def _frozen() -> Iterator[None]:
    """Let Python not look for garbage among what was there before, such as all of TensorFlow.

    It would do so again and again while there are many lists, and take more time than they do.
    """
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


class _ClassIndex:
    """Class names in the order of their index: fixed beforehand, or that of first appearance."""

    def __init__(self, names: Iterable[str] | None):
        self.fixed = names is not None
        self.names: list[str] = []
        for name in names or []:
            if name in self.names:
                raise ValueError(f"class {name!r} is given twice")
            self._add(name)

    def know(self, name: str) -> None:
        """Add a name that is new; raises ValueError where it may not be."""
        if name in self.names:
            return
        if self.fixed:
            raise ValueError(
                f"unknown class {name!r}: it is not among the {len(self.names)} given classes"
            )
        self._add(name)

    def _add(self, name: str) -> None:
        if name.splitlines() != [name] or name != name.encode(errors="replace").decode():
            raise ValueError(f"{name!r} is no class name: it must be one line of text")
        self.names.append(name)


def _chunks(
    drawings: Iterable[Record | Lines], choice: Choice, eval_share: float
) -> Iterator[Chunk]:
    """Group drawings so that they are worth to be handed to another process."""
    some: list[Record] = []
    for drawing in drawings:
        if isinstance(drawing, Lines):
            yield Chunk(drawing, choice, eval_share)
            continue
        some.append(drawing)
        if len(some) == CHUNK:
            yield Chunk(some, choice, eval_share)
            some = []
    if some:
        yield Chunk(some, choice, eval_share)


def _spool(
    done: Iterable[Converted], folder: Path, index: _ClassIndex, choice: Choice, progress: tqdm
) -> None:
    """Spread what is converted, unsorted, over the shards."""
    tally = Tally(MAX_BAD_SHARE)
    with contextlib.ExitStack() as stack:
        spools = {
            key: stack.enter_context(open(layout.path(folder, *key), "wb"))
            for key in itertools.product(layout.SPLITS, range(layout.SHARDS))
        }
        for chunk in done:
            made = chunk.made
            if chunk.lines:
                tally.add(*chunk.lines)
            if isinstance(made, list):
                made = pile(record for record in made if choice.takes(record[0]))
            elif chunk.lines:
                choice.found.update(made.words)
            for word in made.words:
                index.know(word)
            for key, waiting in made.spools.items():
                spools[key].write(waiting)
            progress.update(chunk.size)
    tally.close()


def example(record: Record, class_index: int) -> bytes:
    """Serialise one drawing as a tf.train.Example.

    Raises ValueError, with the drawing's key_id, for one without points or otherwise impossible.
    """
    return examples.whole(class_index, features(record))


def _write_shards(
    folder: Path, index: _ClassIndex, executor: Executor | None, workers: int
) -> dict[str, dict[str, dict]]:
    """Sort the spools by their hashes, which shuffles the classes; return what each split holds."""
    shards: dict[Path, Share] = {}
    for split in layout.SPLITS:
        spools = [layout.path(folder, split, shard) for shard in range(layout.SHARDS)]
        if all(spool.stat().st_size for spool in spools):
            shards |= {spool: (spool, 0, 1) for spool in spools}
        else:  # so few drawings that the hash left one empty: deal them out evenly
            shards |= _dealt(folder, split, spools)
    classes = {name.encode(): place for place, name in enumerate(index.names)}
    work = ((path, share, classes) for path, share in shards.items())
    done = mapped(write_shard, work, executor, workers)
    written = dict(zip(shards, done, strict=True))
    for spool in {spool for spool, *_ in shards.values()} - set(shards):
        spool.unlink()
    return {
        split: {path.name: told for path, told in written.items() if path.name.startswith(split)}
        for split in layout.SPLITS
    }


def _dealt(folder: Path, split: str, spools: list[Path]) -> dict[Path, Share]:
    """Put the spools of a split into one, and return its shards with what each gets of that."""
    single = layout.path(folder, split, 0, 1)
    single.write_bytes(b"".join(spool.read_bytes() for spool in spools))
    for spool in spools:
        spool.unlink()
    total = count_waiting(single)
    if total < FEWEST:
        raise ValueError(
            f"only {total} drawings fall to {split}, which needs {FEWEST} or more: give more "
            "drawings or another eval_share"
        )
    count = min(layout.SHARDS, total)
    return {layout.path(folder, split, n, count): (single, n, count) for n in range(count)}


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
    parser.add_argument("--workers", type=int, default=1, help="processes that read")
    arguments = parser.parse_args()
    try:
        report = verify(arguments.folder, workers=arguments.workers)
    except (OSError, ValueError) as error:
        sys.exit(str(error))
    print(report)
    return 0 if report.ok else 1


if __name__ == "__main__":
    sys.exit(main())
