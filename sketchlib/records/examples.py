"""The bytes of a tf.train.Example, written without TensorFlow.

A record's features are few and always the same, so their layout is: protobuf's wire format, the
features in the order of their names (protobuf.dev/programming-guides/encoding, and
tensorflow/core/example/example.proto).
"""

import re
from functools import lru_cache

BYTES, FLOATS, INTEGERS = b"\x0a", b"\x12", b"\x1a"  # the three kinds of Feature
POINT = 12  # bytes of ink: three float32
_VARINT = rb"[\x80-\xff]{0,9}[\x00-\x7f]"


def _pattern(name: str, kind: bytes, data: bytes) -> bytes:
    """Return a pattern of a feature whose numbers or text match `data`, a group of its name."""
    entry = rb"\n%(v)b\n%(v)b%(name)b\x12%(v)b%(kind)b%(v)b\n%(v)b"
    parts = {b"v": _VARINT, b"name": name.encode(), b"kind": re.escape(kind)}
    return entry % parts + (rb"(?P<%b>%b)" % (name.encode(), data))


_BEGIN = re.compile(
    rb"\n%b%b(?:%b)?%b"
    % (
        _VARINT,
        _pattern("class_index", INTEGERS, _VARINT),
        _pattern("countrycode", BYTES, rb".*?"),
        _pattern("ink", FLOATS, b"").replace(_VARINT + rb"(?P<ink>)", rb"(?P<ink>%b)" % _VARINT),
    ),
    re.DOTALL,
)
_END = re.compile(
    rb"%b%b(?:%b)?%b\Z"
    % (
        _pattern("key_id", BYTES, rb".*?"),
        _pattern("proportions", FLOATS, rb".{8}"),
        _pattern("recognized", INTEGERS, _VARINT),
        _pattern("shape", INTEGERS, rb".*"),
    ),
    re.DOTALL,
)


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


def parse(payload: bytes) -> tuple[int, bytes, bytes] | None:
    """Return class index, ink and proportions of an Example that was written here, else None.

    Whatever is not the same to the last byte when it is written again has another layout.
    """
    if not (begin := _BEGIN.match(payload)):
        return None
    start = begin.end()
    stop = start + _number(begin["ink"])
    if stop - start > len(payload) or not (end := _END.match(payload, stop)):
        return None
    class_index, ink = _number(begin["class_index"]), payload[start:stop]
    recognized = None if end["recognized"] is None else end["recognized"] == b"\x01"
    rest = features(ink, end["proportions"], end["key_id"], begin["countrycode"] or b"", recognized)
    return (class_index, ink, end["proportions"]) if whole(class_index, rest) == payload else None


def _number(data: bytes) -> int:
    """Return what `varint` wrote."""
    if len(data) == 1:
        return data[0]
    return sum((byte & 0x7F) << 7 * place for place, byte in enumerate(data))


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
