"""How well a pass over the training sketches is mixed, in memory and streamed.

    .venv/bin/python benchmarks/shuffling.py data/tfrecords/quickdraw

Each sketch is known again by its ink, so that a pass can be compared with the order on disk. Beside
it stands what a uniform shuffle would give: sketches move by a third of their number on average,
runs of one class are 1 / (1 - the sum of the squares of the classes' shares) long.
"""

import argparse

import numpy as np

from sketchlib.records import dataset, prepare
from sketchlib.settings import Settings

BATCH = 512


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", nargs="?", help="a data set; the doodles if none is named")
    folder = parser.parse_args().data or prepare.ensure(Settings())
    on_disk, classes = one_pass(folder, shuffle=False)
    shares = np.bincount(classes) / len(classes)
    print("| a pass | distance moved | a class at a time | same again | next pass the same |")
    print("|---|---|---|---|---|")
    print(f"| uniform | 0.333 | {1 / (1 - (shares**2).sum()):.3f} | | |")
    print(f"| on disk | 0 | {run_length(classes):.3f} | | |")
    for name, most in {"in memory": dataset.MOST_IN_MEMORY, "streamed": 0}.items():
        dataset.MOST_IN_MEMORY = most
        (keys, labels), (again, _) = (one_pass(folder, shuffle=True) for _ in range(2))
        later, _ = one_pass(folder, shuffle=True, seen=-(-len(keys) // BATCH))
        print(
            f"| {name} | {moved(on_disk, keys):.3f} | {run_length(labels):.3f} "
            f"| {np.array_equal(keys, again)} | {np.array_equal(keys, later)} |"
        )


def one_pass(folder: str, seen: int = 0, **how: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return a key and the class of each sketch, int64 [n] each, in their order."""
    if how["shuffle"]:
        how |= {"repeat": True, "whole_passes": True}
    batches = dataset.load(folder, "training", batch_size=BATCH, seen=seen, **how)
    count = dataset.count(folder, "training")
    keys, labels = [], []
    for ink, class_index in batches.take(-(-count // BATCH)).as_numpy_iterator():
        keys += [hash(sketch.tobytes()) for sketch in ink]
        labels.append(class_index)
    return np.array(keys), np.concatenate(labels)


def moved(before: np.ndarray, after: np.ndarray) -> float:
    """Return how far sketches are from where they were, as a share of their number, on average.

    Of sketches that are the same, each counts as the first of them.
    """
    first, places = np.unique(before, return_index=True)
    there = places[np.searchsorted(first, after)]
    return float(np.abs(np.arange(len(after)) - there).mean() / len(after))


def run_length(labels: np.ndarray) -> float:
    """Return how many sketches of one class follow each other on average."""
    return len(labels) / (1 + np.count_nonzero(np.diff(labels)))


if __name__ == "__main__":
    main()
