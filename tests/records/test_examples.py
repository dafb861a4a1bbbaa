"""The bytes are those that TensorFlow writes."""

import numpy as np
import pytest
import tensorflow as tf

from sketchlib.records import examples


def by_tensorflow(class_index, ink, proportions, key_id, countrycode, recognized) -> bytes:
    def floats(values):
        return tf.train.Feature(float_list=tf.train.FloatList(value=values))

    def integers(values):
        return tf.train.Feature(int64_list=tf.train.Int64List(value=values))

    def text(value):
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))

    feature = {
        "ink": floats(ink.ravel()),
        "shape": integers(ink.shape),
        "class_index": integers([class_index]),
        "proportions": floats(proportions),
        "key_id": text(key_id),
    }
    if countrycode:
        feature["countrycode"] = text(countrycode)
    if recognized is not None:
        feature["recognized"] = integers([int(recognized)])
    whole = tf.train.Example(features=tf.train.Features(feature=feature))
    return whole.SerializeToString(deterministic=True)


@pytest.mark.parametrize("points", [0, 1, 7, 10, 11, 100, 1365, 1366, 20_000])
@pytest.mark.parametrize("class_index", [0, 1, 127, 128, 344, 100_000])
@pytest.mark.parametrize(
    "key_id, countrycode, recognized",
    [
        (b"5152802093400064", b"DE", True),
        (b"1", b"", None),
        ("schlüssel".encode() * 100, b"", False),
        (b"k" * 127, b"NOWHERE" * 50, None),
        (b"k" * 128, b"", True),
    ],
)
def test_every_byte_is_tensorflows(points, class_index, key_id, countrycode, recognized):
    rng = np.random.default_rng(points)
    ink = rng.normal(size=(points, 3)).astype(np.float32)
    proportions = rng.random(2).astype(np.float32)
    rest = (key_id, countrycode, recognized)
    features = examples.features(ink.tobytes(), proportions.tobytes(), *rest)
    ours = examples.whole(class_index, features)
    assert ours == by_tensorflow(class_index, ink, proportions, *rest)
    parsed = examples.parse([ours])
    if not points:
        assert parsed is None
        return
    assert (parsed.class_index, parsed.points) == (class_index, points)
    assert (parsed.ink, parsed.proportions) == (ink.tobytes(), proportions.tobytes())


def test_a_varint_is_read_back():
    for number in [0, 1, 127, 128, 300, 2**14 - 1, 2**14, 2**31, 2**63 - 1]:
        data, read = examples.varint(number), 0
        for place, byte in enumerate(data):
            read |= (byte & 0x7F) << 7 * place
        assert read == number and all(byte & 0x80 for byte in data[:-1]) and data[-1] < 0x80


def drawn(rng, points: int) -> tuple:
    """Return what `examples.features` takes: all kinds of sketches, of so many points."""
    return (
        rng.normal(size=(points, 3)).astype(np.float32).tobytes(),
        rng.random(2).astype(np.float32).tobytes(),
        b"1" * rng.integers(0, 200),
        b"DE" * rng.integers(0, 2) * rng.integers(1, 100),
        [None, False, True][rng.integers(3)],
    )


def told(payloads: list[bytes]) -> tuple[list, bytes, bytes, list]:
    """Return what TensorFlow reads of Examples: class indices, ink, proportions and shapes."""
    kinds = {"ink": tf.float32, "proportions": tf.float32, "class_index": tf.int64}
    features = {name: tf.io.RaggedFeature(kind) for name, kind in kinds.items()}
    found = tf.io.parse_example(payloads, features | {"shape": tf.io.FixedLenFeature(2, tf.int64)})
    return (
        found["class_index"].flat_values.numpy().tolist(),
        found["ink"].flat_values.numpy().tobytes(),
        found["proportions"].flat_values.numpy().tobytes(),
        found["shape"].numpy().tolist(),
    )


def same(parsed: examples.Parsed, payloads: list[bytes]) -> bool:
    shapes = [[points, 3] for points in parsed.points.tolist()]
    return told(payloads) == (
        *(parsed.class_index.tolist(), parsed.ink, parsed.proportions),
        shapes,
    )


def test_many_are_read_at_once_as_tensorflow_reads_them():
    rng = np.random.default_rng(0)
    sizes = rng.choice([1, 9, 10, 11, 100, 1365, 1366, 20_000], 1000, p=[0.1] * 5 + [0.2, 0.2, 0.1])
    payloads = [
        examples.whole(int(rng.integers(1000)), examples.features(*drawn(rng, size)))
        for size in sizes
    ]
    assert same(examples.parse(payloads), payloads)
    assert examples.parse([*payloads, b""]) is None


def test_another_layout_or_a_changed_byte_is_not_taken_for_ours():
    rng = np.random.default_rng(0)
    for given in [drawn(rng, 30) for _ in range(10)]:
        ours = examples.whole(int(rng.integers(1000)), examples.features(*given))
        assert examples.parse([ours]) is not None
        sketch = tf.train.Example.FromString(ours)
        assert examples.parse([sketch.SerializeToString() + b"\n\x00"]) is None
        taken = 0
        for place in range(len(ours)):
            changed = bytearray(ours)
            changed[place] ^= int(rng.integers(1, 256))
            for other in (bytes(changed), ours[:place], ours[:place] + ours[place + 1 :]):
                parsed = examples.parse([ours, other, ours])
                if parsed is not None:  # the change is within what it tells
                    assert same(parsed, [ours, other, ours])
                    taken += 1
        assert taken >= 30 * examples.POINT
