"""The bytes of a tf.train.Example, written without TensorFlow.

A record's features are few and always the same, so their layout is: protobuf's wire format, the
features in the order of their names (protobuf.dev/programming-guides/encoding, and
tensorflow/core/example/example.proto).
"""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

BYTES, FLOATS, INTEGERS = b"\x0a", b"\x12", b"\x1a"  # the three kinds of Feature
POINT = 12  # bytes of ink: three float32
_PADDING = bytes(64)  # after the last record, so that a look beyond its end finds something
_MOST_BITS = 35  # of a number: five bytes


def whole(class_index: int, features: bytes) -> bytes:
    """Return an Example of its class, whose name is the first, and of all its other features."""
    return _field(b"\x0a", _class(class_index) + features)


def features(
    ink: bytes,
    proportions: bytes,
    key_id: bytes,
    countrycode: bytes = b"",
    recognized: bool | None = None,
) -> bytes:
    """Return all features of a sketch but its class; those that nobody knows are left out.

    ink: float32 [n, 3], proportions: float32 [2], both as they are in memory. The texts are UTF-8.
    """
    return b"".join(
        (
            _country(countrycode) if countrycode else b"",
            _head(b"ink", FLOATS, len(ink)),
            ink,
            _head(b"key_id", BYTES, len(key_id)),
            key_id,
            _head(b"proportions", FLOATS, len(proportions)),
            proportions,
            b"" if recognized is None else _recognized(recognized),
            _shape(len(ink) // POINT),
        )
    )


class _Other(Exception):
    """There is a record of another layout."""


@dataclass
class Parsed:
    """What Examples hold: class_index int64 [n], and in `points` int64 [n] how long their ink is.

    ink: the bytes of float32 [all points, 3]. proportions: those of float32 [n, 2].
    """

    class_index: np.ndarray
    points: np.ndarray
    ink: bytes
    proportions: bytes


def parse(payloads: Sequence[bytes]) -> Parsed | None:
    """Parse Examples that were written here, all at once; None where one has another layout.

    That is every Example that would be other bytes if it were written anew, or has no points.
    """
    try:
        return _sketches(_Reader(payloads))
    except _Other:
        return None


class _Reader:
    """Reads messages side by side: what it is to find at its place in each, it demands of all.

    at: int64 [n], places in the bytes of all messages. ends: int64 [n], where each of them ends.
    """

    def __init__(self, payloads: Sequence[bytes]):
        self._joined = b"".join((*payloads, _PADDING))
        self._bytes = np.frombuffer(self._joined, np.uint8)
        sizes = np.fromiter(map(len, payloads), np.int64, len(payloads))
        self.ends = np.cumsum(sizes)
        self.at = self.ends - sizes

    def literal(self, text: bytes) -> None:
        """Read what is the same in all messages."""
        there = self._bytes[self.at[:, None] + np.arange(len(text))]
        _demand(there == np.frombuffer(text, np.uint8))
        self.at = self.at + len(text)

    def varint(self) -> np.ndarray:
        """Read numbers, int64 [n], each in as few bytes as it takes."""
        byte = self._bytes[self.at].astype(np.int64)
        number, rows, shift = byte & 0x7F, np.flatnonzero(byte >= 0x80), 7
        self.at = self.at + 1
        while len(rows):
            byte = self._bytes[self.at[rows]].astype(np.int64)
            _demand((byte > 0) & (shift < _MOST_BITS))
            number[rows] |= (byte & 0x7F) << shift
            self.at[rows] += 1
            rows, shift = rows[byte >= 0x80], shift + 7
        return number

    def field(self, tag: bytes) -> np.ndarray:
        """Read the head of a field; returns where it ends."""
        self.literal(tag)
        ends = self.varint() + self.at
        _demand(ends <= self.ends)
        return ends

    def feature(self, name: bytes, kind: bytes) -> np.ndarray:
        """Read a feature up to its numbers or text; returns where they end."""
        ends = self.field(b"\x0a")
        self.literal(_field(b"\x0a", name))
        for tag in (b"\x12", kind, b"\x0a"):
            _demand(self.field(tag) == ends)
        return ends

    def pieces(self, ends: np.ndarray) -> bytes:
        """Read what there is until then, of one message after the other."""
        places = map(slice, self.at.tolist(), ends.tolist())
        self.at = ends
        return b"".join(map(self._joined.__getitem__, places))

    def optional(self, name: bytes, kind: bytes) -> tuple[np.ndarray, np.ndarray]:
        """Read a feature that only some messages have; returns of theirs the first byte and size.

        Which have it is told by the length of its name, which is not that of the next one.
        """
        ahead = copy(self)
        ahead.literal(b"\x0a")
        ahead.varint()
        ahead.literal(b"\x0a")
        having = np.flatnonzero(self._bytes[ahead.at] == len(name))
        ahead.at, ahead.ends = self.at[having], self.ends[having]
        self.at[having] = ends = ahead.feature(name, kind)
        return self._bytes[ahead.at], ends - ahead.at


def _demand(right: np.ndarray) -> None:
    if not right.all():
        raise _Other


def _sketches(reader: _Reader) -> Parsed:
    """Read Examples of sketches, feature by feature; raises _Other."""
    _demand(reader.field(b"\x0a") == reader.ends)
    ends = reader.feature(b"class_index", INTEGERS)
    class_index = reader.varint()
    _demand(reader.at == ends)
    _, size = reader.optional(b"countrycode", BYTES)
    _demand(size > 0)
    ends = reader.feature(b"ink", FLOATS)
    points, odd = np.divmod(ends - reader.at, POINT)
    _demand((points > 0) & (odd == 0))
    ink = reader.pieces(ends)
    reader.at = reader.feature(b"key_id", BYTES)
    ends = reader.feature(b"proportions", FLOATS)
    _demand(ends - reader.at == 8)
    proportions = reader.pieces(ends)
    recognized, size = reader.optional(b"recognized", INTEGERS)
    _demand((recognized <= 1) & (size == 1))
    ends = reader.feature(b"shape", INTEGERS)
    _demand(reader.varint() == points)
    reader.literal(varint(3))
    _demand((reader.at == ends) & (ends == reader.ends))
    return Parsed(class_index, points, ink, proportions)


def varint(number: int) -> bytes:
    """Return a number of 0 or more as protobuf has it: seven bits a byte, the lowest first."""
    if number < 0x80:
        return bytes((number,))
    return bytes((number & 0x7F | 0x80,)) + varint(number >> 7)


def _field(tag: bytes, data: bytes) -> bytes:
    return tag + varint(len(data)) + data


def _feature(name: bytes, kind: bytes, data: bytes) -> bytes:
    """Return an entry of the features: numbers are packed, and are left out where there is none."""
    values = _field(b"\x0a", data) if data or kind == BYTES else b""
    return _field(b"\x0a", _field(b"\x0a", name) + _field(b"\x12", _field(kind, values)))


def _integers(name: bytes, *values: int) -> bytes:
    return _feature(name, INTEGERS, b"".join(map(varint, values)))


@lru_cache(maxsize=100_000)
def _class(class_index: int) -> bytes:
    return _integers(b"class_index", class_index)


@lru_cache(maxsize=1_000)
def _country(code: bytes) -> bytes:
    return _feature(b"countrycode", BYTES, code)


@lru_cache(maxsize=100_000)
def _head(name: bytes, kind: bytes, size: int) -> bytes:
    """Return what comes before so many bytes of a text or of numbers."""
    data = bytes(size)
    return _feature(name, kind, data).removesuffix(data)


@lru_cache
def _recognized(by_the_game: bool) -> bytes:
    return _integers(b"recognized", by_the_game)


@lru_cache(maxsize=100_000)
def _shape(points: int) -> bytes:
    return _integers(b"shape", points, 3)
