"""What people write without sketchlib: plain loops with TensorFlow's and Keras' own means."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sketchlib._shared.backend import keras, tf

POINTS = 100


def convert(source: str | Path, target: str | Path) -> int:
    """Write a folder of ndjson to one file of TFRecords, line by line; returns how many."""
    classes: dict[str, int] = {}
    count = 0
    with tf.io.TFRecordWriter(str(target)) as writer:
        for file in sorted(Path(source).glob("*.ndjson")):
            with open(file, encoding="utf-8") as lines:
                for line in lines:
                    drawing = json.loads(line)
                    index = classes.setdefault(drawing["word"], len(classes))
                    writer.write(_example(_ink(drawing["drawing"]), index))
                    count += 1
    return count


def _ink(drawing: list) -> np.ndarray:
    """Turn strokes [[x…], [y…]] into ink, as the tutorial does: float32 [n - 1, 3]."""
    ink = np.zeros((sum(len(stroke[0]) for stroke in drawing), 3), dtype=np.float32)
    end = 0
    for x, y in drawing:
        begin, end = end, end + len(x)
        ink[begin:end, 0] = x
        ink[begin:end, 1] = y
        ink[end - 1, 2] = 1
    low, high = ink[:, :2].min(axis=0), ink[:, :2].max(axis=0)
    size = high - low
    size[size == 0] = 1
    ink[:, :2] = (ink[:, :2] - low) / size
    ink[1:, :2] -= ink[:-1, :2].copy()
    return ink[1:]


def _example(ink: np.ndarray, class_index: int) -> bytes:
    feature = {
        "ink": tf.train.Feature(float_list=tf.train.FloatList(value=ink.flatten())),
        "shape": tf.train.Feature(int64_list=tf.train.Int64List(value=ink.shape)),
        "class_index": tf.train.Feature(int64_list=tf.train.Int64List(value=[class_index])),
    }
    return tf.train.Example(features=tf.train.Features(feature=feature)).SerializeToString()


def batches(files: Sequence[str], size: int) -> tf.data.Dataset:
    """Read as the tutorial does: parse one by one, then pad; it is not even shuffled."""
    features = {
        "ink": tf.io.VarLenFeature(tf.float32),
        "class_index": tf.io.FixedLenFeature([1], tf.int64),
    }

    def parse(record: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        sketch = tf.io.parse_single_example(record, features)
        ink = tf.reshape(tf.sparse.to_dense(sketch["ink"]), [-1, 3])[:POINTS]
        return ink, sketch["class_index"][0]

    return tf.data.TFRecordDataset(files).map(parse).padded_batch(size, ([POINTS, 3], []))


def verify(files: Sequence[str]) -> int:
    """Parse every record; returns how many."""
    count = 0
    for record in tf.data.TFRecordDataset(files):
        tf.train.Example.FromString(record.numpy())
        count += 1
    return count


def count(files: Sequence[str]) -> int:
    return sum(1 for _ in tf.data.TFRecordDataset(files))


def model(classes: int, optimizer: keras.optimizers.Optimizer) -> keras.Model:
    """Return the tutorial's model as notebook 02 writes it, compiled with Keras' defaults."""
    baseline = keras.Sequential([keras.Input((POINTS, 3))])
    for filters, kernel_size in [(32, 5), (64, 5), (128, 3)]:
        baseline.add(keras.layers.Conv1D(filters, kernel_size, strides=2, activation="relu"))
        baseline.add(keras.layers.BatchNormalization())
    baseline.add(keras.layers.LSTM(128, return_sequences=True))
    baseline.add(keras.layers.LSTM(128))
    baseline.add(keras.layers.Dense(classes, activation="softmax"))
    baseline.compile(
        optimizer=optimizer,
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy", keras.metrics.SparseTopKCategoricalAccuracy(k=5)],
    )
    return baseline
