"""How the tests damage a data set, and find out by themselves where its records begin."""

import struct
from pathlib import Path

import tensorflow as tf


def offsets(path: Path) -> list[int]:
    """Where a shard's records begin, found without the code under test."""
    data, found = path.read_bytes(), [0]
    while found[-1] < len(data):
        (length,) = struct.unpack_from("<Q", data, found[-1])
        found.append(found[-1] + 16 + length)
    return found[:-1]


def rewrite(path: Path, payloads: list[bytes]) -> None:
    """Give a shard other records, as by somebody who tells nothing of what he wrote."""
    with tf.io.TFRecordWriter(str(path)) as writer:
        for payload in payloads:
            writer.write(payload)
    path.with_name(f"{path.name.partition('.')[0]}.tfrecord.contents").unlink(missing_ok=True)


def beside(folder: Path) -> list[str]:
    """What lies in a folder, but for the locks, which stay and are empty."""
    return sorted(path.name for path in folder.iterdir() if path.suffix != ".lock")


def flip(path: Path, position: int, bit: int = 3) -> None:
    data = bytearray(path.read_bytes())
    data[position] ^= 1 << bit
    path.write_bytes(data)
