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
    expected = (class_index, ink.tobytes(), proportions.tobytes())
    assert examples.parse(ours) == (expected if points else None)


def test_a_varint_is_read_back():
    for number in [0, 1, 127, 128, 300, 2**14 - 1, 2**14, 2**31, 2**63 - 1]:
        data, read = examples.varint(number), 0
        for place, byte in enumerate(data):
            read |= (byte & 0x7F) << 7 * place
        assert read == number and all(byte & 0x80 for byte in data[:-1]) and data[-1] < 0x80


def test_another_layout_or_a_changed_byte_is_not_taken_for_ours():
    rng = np.random.default_rng(0)
    ink = rng.normal(size=(30, 3)).astype(np.float32)
    given = (ink.tobytes(), rng.random(2).astype(np.float32).tobytes(), b"123", b"DE", True)
    ours = examples.whole(7, examples.features(*given))
    assert examples.parse(ours) is not None
    sketch = tf.train.Example.FromString(ours)
    assert examples.parse(sketch.SerializeToString() + b"\n\x00") is None
    numbers = [*range(256)]
    for place in range(len(ours)):
        changed = bytearray(ours)
        changed[place] ^= rng.choice(numbers[1:])
        for cut in (bytes(changed), ours[:place]):
            found = examples.parse(cut)
            if found is not None:  # the change is within what it tells
                told = tf.io.parse_single_example(
                    cut, {name: tf.io.VarLenFeature(kind) for name, kind in KINDS.items()}
                )
                assert found[0] == told["class_index"].values[0]
                assert found[1] == told["ink"].values.numpy().tobytes()
                assert found[2] == told["proportions"].values.numpy().tobytes()
                assert told["shape"].values.numpy().tolist() == [30, 3]


KINDS = {"class_index": tf.int64, "ink": tf.float32, "proportions": tf.float32, "shape": tf.int64}
