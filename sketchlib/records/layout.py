"""The layout of a data set on disk: its shards, its class names, and the records within a shard.

A data set is a folder laid out as the Quick, Draw! tutorial's archive: ten files
`training.tfrecord-0000i-of-00010`, ten `eval.tfrecord-0000i-of-00010`, and a `.classes` file for
each split with one class name per line, which is the only key to a record's `class_index`. A split
of fewer than ten drawings has fewer files, and their names say how many. Ours have a `.contents`
file, too, for each split, by which lost and exchanged records are found.
"""

import os
import re
import struct
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import google_crc32c

from sketchlib._shared import files

SPLITS = ("training", "eval")
SHARDS = 10
MOST_FAULTS = 20  # named of a split's shards: a name may claim that there are 99,999
_SHARD = r"\.tfrecord-\d{5}-of-\d{5}"
_OWN = re.compile(rf"({'|'.join(SPLITS)})({_SHARD}|\.tfrecord\.(classes|contents))")
_HEAD, _TAIL = struct.Struct("<QI"), struct.Struct("<I")  # around the payload of a record


def path(folder: str | Path, split: str, shard: int, shards: int = SHARDS) -> Path:
    """Return the path of one shard of a split."""
    return Path(folder) / f"{split}.tfrecord-{shard:05d}-of-{shards:05d}"


def classes_path(folder: str | Path, split: str) -> Path:
    """Return the path of a split's class names."""
    return Path(folder) / f"{split}.tfrecord.classes"


def contents_path(folder: str | Path, split: str) -> Path:
    """Return the path of what is told of a split's shards: JSON, `content` of each by its name."""
    return Path(folder) / f"{split}.tfrecord.contents"


def is_own(file: Path) -> bool:
    """Whether a file is one of those that make up a data set, by its name; a link is none."""
    return file.is_file() and not file.is_symlink() and _OWN.fullmatch(file.name) is not None


def location(folder: str | Path) -> Path:
    """Return where a data set is: where a link leads, if the folder is one."""
    return Path(os.path.realpath(folder))


def aside(folder: str | Path) -> Path:
    """Return where a data set lies for the moment in which another one takes its place."""
    return location(folder).with_name(f".{location(folder).name}.old")


def bring_back(folder: str | Path) -> None:
    """Put a data set back into its place, if a `write` was killed that had moved it aside."""
    whole = classes_path(aside(folder), SPLITS[0]).is_file()  # they are the first that is deleted
    if whole and not os.path.exists(folder):
        files.move(aside(folder), location(folder))


def _look(folder: str | Path) -> Path:
    """Return a folder that is to be read, and has been brought back where that was needed."""
    folder = Path(folder)
    if not os.path.exists(folder) and os.path.exists(aside(folder)):
        with files.alone(location(folder), "writes"):  # unless somebody is just moving it
            bring_back(folder)
    return folder


def read_classes(folder: str | Path) -> list[str]:
    """Return the class names of a data set, in the order that `class_index` counts them.

    Raises FileNotFoundError for a folder that is no data set, ValueError for names that are no
    text, missing, given twice, or not the same for both splits.
    """
    folder = _look(folder)
    training, names = (_read_names(classes_path(folder, split)) for split in SPLITS)
    if training != names or not all(names):
        raise ValueError(
            f"{folder}: the two .classes files are empty or differ; make the data set anew"
        )
    if len(set(names)) < len(names):
        twice, _ = Counter(names).most_common(1)[0]
        raise ValueError(f"{folder} has two classes {twice!r}; make the data set anew")
    return names


def _read_names(path: Path) -> list[str]:
    if not path.is_file():
        raise FileNotFoundError(
            f"{path.parent} is no data set: {path.name} is missing; "
            "notebook 01_load_data makes a data set, or downloads one"
        )
    try:
        return path.read_text("utf-8").rstrip("\n").split("\n")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is no text ({error}); make the data set anew") from None


def find(folder: str | Path, split: str, problems: list[str] | None = None) -> list[Path]:
    """Return a split's shards in order.

    One that is missing, empty, or of another number of shards is appended to `problems`; without
    that list it raises FileNotFoundError.
    """
    folder, found = _look(folder), []
    names = [file.name for file in folder.glob(f"{split}.*")]
    there = sorted((n for n in names if re.fullmatch(split + _SHARD, n)), reverse=True)
    counts = Counter(int(name[-5:]) for name in there).most_common(1)
    count = counts[0][0] if counts else SHARDS
    shards = [path(folder, split, shard, count) for shard in range(count)]
    strays = sorted(set(there) - {shard.name for shard in shards})
    faults = [f"{stray} is none of the {count} shards of {split}" for stray in strays]
    for shard in shards:
        if not shard.is_file():
            faults.append(f"{shard.name} is missing; {split} needs all {count} shards")
        elif shard.stat().st_size == 0:
            faults.append(f"{shard.name} at byte 0: the file is empty")
        else:
            found.append(shard)
    if len(faults) > MOST_FAULTS:
        faults[MOST_FAULTS:] = [f"{len(faults) - MOST_FAULTS:,} more of {split} are amiss"]
    if problems is None and faults:
        raise FileNotFoundError(
            f"{folder}: " + "; ".join(faults) + ". Make or download the data set again"
        )
    if problems is not None:
        problems += faults
    return found


def inventory(folder: str | Path) -> str:
    """Return the class names and the size of every shard, by which a data set is known again."""
    names = read_classes(folder)  # first: it says best what a folder lacks that is no data set
    return repr((names, [file.stat().st_size for split in SPLITS for file in find(folder, split)]))


class Damage(ValueError):
    """Bytes that are no TFRecord; the message says what is wrong, `offset` where."""

    def __init__(self, offset: int, reason: str):
        super().__init__(reason)
        self.offset = offset


def frame(payload: bytes) -> bytes:
    """Return a record as it is on disk.

    That is the length (8 bytes), its checksum (4), the payload, its checksum (4).
    """
    return b"".join((_head(len(payload)), payload, _TAIL.pack(_checksum(payload))))


@lru_cache(maxsize=10_000)
def _head(size: int) -> bytes:
    """Return what comes before so many bytes."""
    length = size.to_bytes(8, "little")
    return length + _TAIL.pack(_checksum(length))


def frames(file_path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield the offset and payload of each record; raises Damage at the first that is not sound."""
    size, offset = file_path.stat().st_size, 0
    with open(file_path, "rb") as file:
        while offset < size:
            head = file.read(_HEAD.size)
            if len(head) < _HEAD.size:
                raise Damage(offset, "the file is cut off within a record")
            length, checksum = _HEAD.unpack(head)
            if _checksum(head[:8]) != checksum:
                raise Damage(offset, "no TFRecord begins here (the length's checksum is wrong)")
            end = offset + _HEAD.size + length + _TAIL.size
            if end > size:  # or the length lies, and there is not so much memory
                raise Damage(offset, "the file is cut off within a record")
            payload, tail = file.read(length), file.read(_TAIL.size)
            if _TAIL.pack(_checksum(payload)) != tail:
                raise Damage(
                    offset, "the record's checksum is wrong: some of its bytes have changed"
                )
            yield offset, payload
            offset = end


def _checksum(data: bytes) -> int:
    """Return the TFRecord format's masked CRC-32C."""
    crc = google_crc32c.value(data)
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF


def records(shard: Path) -> Iterator[tuple[int, bytes]]:
    """Yield the offset and payload of each record of a shard, as `frames` does.

    In the end it raises Damage, too, if those that were written were others.
    """
    told, count = _told(shard), 0
    for record in frames(shard):
        yield record
        count += 1
    if told is not None and told != content(shard, count):
        reason = f"the {count:,} records before it are sound, but they are not those once written"
        raise Damage(shard.stat().st_size, reason)


def content(shard: Path, count: int) -> dict[str, Any]:
    """Return what `.contents` tells of a shard with so many records."""
    return {"records": count, "sha256": files.sha256(shard)}


def _told(shard: Path) -> Any:
    """Return what is told of a shard: None where its data set has no `.contents`."""
    path = contents_path(shard.parent, shard.name.partition(".")[0])
    if not path.is_file():
        return None
    try:
        return files.read_json(path)[shard.name]
    except (ValueError, KeyError, TypeError, IndexError, RecursionError):
        raise Damage(0, f"{path.name} tells nothing of it") from None
