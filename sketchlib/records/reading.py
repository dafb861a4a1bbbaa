"""All sketches of some shards at once, as arrays.

Records that were written here are read without TensorFlow (`examples`), several times as fast; it
parses those of another layout, as the tutorial's are.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from sketchlib.records import examples, layout

CHUNK = 1000  # records looked at together


@dataclass
class Sketches:
    """What records hold: `ink` has the points of one sketch after the other.

    ink: float32 [points, 3]. lengths: int64 [n], the points of each sketch. class_index: int64 [n].
    proportions: float32 [n, 2], NaN where a record does not tell them.
    """

    ink: np.ndarray
    lengths: np.ndarray
    class_index: np.ndarray
    proportions: np.ndarray


def read(shards: Iterable[Path]) -> Sketches:
    """Read all records of shards, in their order.

    Raises layout.Damage for damaged ones and for those that are no sketches, or TensorFlow's error.
    """
    shards = list(shards)
    room = sum(shard.stat().st_size for shard in shards) // examples.POINT + 1
    ink = np.empty((room, 3), dtype=np.float32)  # more than is needed, which costs nothing
    used, found = 0, []
    for shard in shards:
        payloads = (payload for _, payload in layout.records(shard))
        while chunk := list(islice(payloads, CHUNK)):
            sketches = parse(chunk)
            ink[used : used + len(sketches.ink)] = sketches.ink
            used += len(sketches.ink)
            found.append((sketches.lengths, sketches.class_index, sketches.proportions))
    rest = (np.concatenate(arrays) for arrays in zip(*found, strict=True))
    return Sketches(ink[:used], *rest)


def parse(payloads: Sequence[bytes]) -> Sketches:
    """Return the sketches of serialised Examples; raises layout.Damage where one holds none."""
    return usual(payloads) or _parse_any(payloads)


def usual(payloads: Sequence[bytes]) -> Sketches | None:
    """Return the sketches of Examples that were written here; None where one has another layout."""
    parsed = examples.parse(payloads)
    if parsed is None:
        return None
    return Sketches(
        np.frombuffer(parsed.ink, dtype=np.float32).reshape(-1, 3),
        parsed.points,
        parsed.class_index,
        np.frombuffer(parsed.proportions, dtype=np.float32).reshape(-1, 2),
    )


def _parse_any(payloads: Sequence[bytes]) -> Sketches:
    """Do it with TensorFlow, in whatever order and form the features come."""
    from sketchlib._shared.backend import tf  # only here: it takes seconds to load

    features = {
        "ink": tf.io.RaggedFeature(tf.float32),
        "class_index": tf.io.FixedLenFeature([1], tf.int64),
        "proportions": tf.io.RaggedFeature(tf.float32),
    }
    told = tf.io.parse_example(list(payloads), features)
    numbers, shares = (told[name].row_lengths().numpy() for name in ("ink", "proportions"))
    if (numbers % 3).any() or not np.isin(shares, (0, 2)).all():
        raise layout.Damage(0, "ink of no whole points, or proportions that are not two numbers")
    proportions = np.full((len(numbers), 2), np.nan, dtype=np.float32)
    proportions[shares == 2] = told["proportions"].flat_values.numpy().reshape(-1, 2)
    return Sketches(
        told["ink"].flat_values.numpy().reshape(-1, 3),
        numbers.astype(np.int64) // 3,
        told["class_index"].numpy()[:, 0],
        proportions,
    )
