"""The bytes of a tf.train.Example, written without TensorFlow.

A record's features are few and always the same, so their layout is: protobuf's wire format, the
features in the order of their names (protobuf.dev/programming-guides/encoding, and
tensorflow/core/example/example.proto).
"""

from functools import lru_cache

import numpy as np

BYTES, FLOATS, INTEGERS = b"\x0a", b"\x12", b"\x1a"  # the three kinds of Feature


def whole(class_index: int, features: bytes) -> bytes:
    """Return an Example of its class, whose name is the first, and of all its other features."""
    return _field(b"\x0a", _class(class_index) + features)


def features(
    ink: np.ndarray,
    proportions: np.ndarray,
    key_id: bytes,
    countrycode: bytes = b"",
    recognized: bool | None = None,
) -> bytes:
    """Return all features of a sketch but its class; those that nobody knows are left out.

    ink: float32 [n, 3], proportions: float32 [2]. The texts are UTF-8.
    """
    points = len(ink)
    return b"".join(
        (
            _country(countrycode) if countrycode else b"",
            _head(b"ink", FLOATS, ink.nbytes),
            ink.tobytes(),
            _head(b"key_id", BYTES, len(key_id)),
            key_id,
            _head(b"proportions", FLOATS, proportions.nbytes),
            proportions.tobytes(),
            b"" if recognized is None else _recognized(recognized),
            _shape(points),
        )
    )


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
