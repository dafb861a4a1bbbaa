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
    given = (ink, rng.random(2).astype(np.float32), key_id, countrycode, recognized)
    ours = examples.whole(class_index, examples.features(*given))
    assert ours == by_tensorflow(class_index, *given)


def test_a_varint_is_read_back():
    for number in [0, 1, 127, 128, 300, 2**14 - 1, 2**14, 2**31, 2**63 - 1]:
        data, read = examples.varint(number), 0
        for place, byte in enumerate(data):
            read |= (byte & 0x7F) << 7 * place
        assert read == number and all(byte & 0x80 for byte in data[:-1]) and data[-1] < 0x80
