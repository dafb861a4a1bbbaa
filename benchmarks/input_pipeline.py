"""Sketches a second out of TFRecords: batched before they are parsed, or parsed one by one.

Uses the sample of doodles, which is made if it is not there.
"""

import time

from sketchlib._shared.backend import tf
from sketchlib.records import dataset, layout, prepare
from sketchlib.settings import Settings

BATCH = 128


def one_by_one(folder) -> tf.data.Dataset:
    """Read as the tutorial does: parse_single_example, then padded_batch."""
    features = {
        "ink": tf.io.VarLenFeature(tf.float32),
        "class_index": tf.io.FixedLenFeature([1], tf.int64),
    }

    def parse(record):
        sketch = tf.io.parse_single_example(record, features)
        ink = tf.reshape(tf.sparse.to_dense(sketch["ink"]), [-1, 3])[:100]
        return ink, sketch["class_index"][0]

    files = [str(path) for path in layout.find(folder, "training")]
    return tf.data.TFRecordDataset(files).map(parse).padded_batch(BATCH, ([100, 3], []))


def rate(batches: tf.data.Dataset) -> float:
    start = time.perf_counter()
    count = sum(len(labels) for _, labels in batches)
    return count / (time.perf_counter() - start)


def main() -> None:
    folder = prepare.ensure(Settings())
    ways = {
        "dataset.load": lambda: dataset.load(folder, "training", batch_size=BATCH),
        "one by one": lambda: one_by_one(folder),
    }
    rates = {name: [rate(way()) for _ in range(4)][1:] for name, way in ways.items()}
    best = {name: sorted(values)[1] for name, values in rates.items()}
    for name, value in best.items():
        print(f"{name:16}{value:10,.0f} sketches/s{value / best['one by one']:8.1f} x")


if __name__ == "__main__":
    main()
