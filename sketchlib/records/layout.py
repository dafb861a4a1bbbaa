"""The layout of a data set on disk: its shards, its class names, and the records within a shard.

A data set is a folder laid out as the Quick, Draw! tutorial's archive: ten files
`training.tfrecord-0000i-of-00010`, ten `eval.tfrecord-0000i-of-00010`, and a `.classes` file for
each split with one class name per line, which is the only key to a record's `class_index`. A split
of fewer than ten drawings has fewer files, and their names say how many.
"""

import re
import struct
from collections.abc import Iterator
from pathlib import Path

import google_crc32c

SPLITS = ("training", "eval")
SHARDS = 10
_OWN = re.compile(rf"({'|'.join(SPLITS)})\.tfrecord(-\d{{5}}-of-\d{{5}}|\.classes)")


def path(folder: str | Path, split: str, shard: int, shards: int = SHARDS) -> Path:
    """Return the path of one shard of a split."""
    return Path(folder) / f"{split}.tfrecord-{shard:05d}-of-{shards:05d}"


def is_own(file: Path) -> bool:
    """Whether a file is one of those that make up a data set, by its name."""
    return file.is_file() and _OWN.fullmatch(file.name) is not None


def read_classes(folder: str | Path) -> list[str]:
    """Return the class names of a data set, in the order that `class_index` counts them."""
    named = {}
    for split in SPLITS:
        path = Path(folder) / f"{split}.tfrecord.classes"
        if not path.is_file():
            raise FileNotFoundError(
                f"{folder} is no data set: {path.name} is missing; "
                "notebook 01_load_data makes a data set, or downloads one"
            )
        named[split] = path.read_text(encoding="utf-8").split("\n")
        named[split] = [name for name in named[split] if name]
    if named["training"] != named["eval"] or not named["eval"]:
        raise ValueError(
            f"{folder}: the two .classes files are empty or differ; make the data set anew"
        )
    return named["eval"]


def find(folder: str | Path, split: str, problems: list[str] | None = None) -> list[Path]:
    """Return a split's shards in order.

    A missing or empty one is appended to `problems`; without that list it raises FileNotFoundError.
    """
    folder, found = Path(folder), []
    names = sorted(folder.glob(f"{split}.tfrecord-?????-of-?????"))
    count = int(names[0].name[-5:]) if names else SHARDS
    faults = []
    for shard in range(count):
        file = path(folder, split, shard, count)
        if not file.is_file():
            faults.append(f"{file.name} is missing; {split} needs all {count} shards")
        elif file.stat().st_size == 0:
            faults.append(f"{file.name} at byte 0: the file is empty")
        else:
            found.append(file)
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


def frames(file_path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield the offset and payload of each record; raises Damage at the first that is not sound.

    On disk: the length (8 bytes), its checksum (4), the payload, its checksum (4).
    """
    size, offset = file_path.stat().st_size, 0
    with open(file_path, "rb") as file:
        while offset < size:
            head = file.read(12)
            if len(head) < 12:
                raise Damage(offset, "the file is cut off within a record")
            if _checksum(head[:8]) != head[8:]:
                raise Damage(offset, "no TFRecord begins here (the length's checksum is wrong)")
            (length,) = struct.unpack("<Q", head[:8])
            body = file.read(length + 4)
            if len(body) < length + 4:
                raise Damage(offset, "the file is cut off within a record")
            if _checksum(body[:-4]) != body[-4:]:
                raise Damage(
                    offset, "the record's checksum is wrong: some of its bytes have changed"
                )
            yield offset, body[:-4]
            offset += 16 + length


def _checksum(data: bytes) -> bytes:
    """Return the TFRecord format's masked CRC-32C."""
    crc = google_crc32c.value(data)
    return struct.pack("<I", (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF)
