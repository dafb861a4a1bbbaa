"""How sure a model may be, while one draws and when it is done; neither needs TensorFlow.

A model knows whole drawings. The first line of a rich drawing looks like a whole simple one, and
so its percentages are far too high while one draws. A small network, fitted to beginnings of
drawings that the model never saw (`model.live`), knows better: from the model's answer and a few
facts of the ink it finds by how much to divide the logits, how likely it is that this is none of
the classes, and, while one draws, what to add for each class.
"""

import zipfile
from pathlib import Path

import numpy as np

# After a rest of so many seconds a drawing is probably finished. Of 663 raw drawings of Quick,
# Draw!, which tell the times, so are 47 % of those that rest for 0.7 s, 65 % after 1 s, 85 % after
# 1.5 s, 91 % after 2 s and 97 % after 3 s.
REST_SECONDS = 2.0
NOT_SURE = 0.5  # a guess less likely than this is more often wrong than right

FACTS = 14  # what the network is told of an answer
TIERS = (2, 10, 100)  # places of an answer that tell how its probabilities fall off
ARRAYS: dict[str, tuple[int | str, ...]] = {  # by name, the sides of each
    **{"mean": (FACTS,), "scale": (FACTS,)},
    **{"hidden": (FACTS + 1, "hidden"), "hidden_bias": ("hidden",)},
    **{"heat": ("hidden", 1), "heat_bias": (1,)},
    **{"summary": ("hidden", "summary"), "summary_bias": ("summary",)},
    **{"classes": ("summary", "classes"), "classes_bias": ("classes",)},
}
LEAST = 1e-12  # of a probability whose logarithm is taken


def facts(probabilities: np.ndarray, ink: np.ndarray) -> np.ndarray:
    """Return what tells how sure an answer may be, float32 [n, FACTS].

    probabilities: [n, classes]. ink: [n, points, 3], padded with zeros.
    """
    falling = -np.sort(-probabilities, axis=1)
    logs = np.log(np.maximum(falling, LEAST))
    steps = np.hypot(ink[..., 0], ink[..., 1])
    along = np.abs(np.cumsum(ink[..., :2], axis=1)).max(axis=1)
    places = [min(place, falling.shape[1]) - 1 for place in TIERS]
    columns = [
        falling[:, 0],
        falling[:, places[0]],
        falling[:, :5].sum(axis=1),
        *(logs[:, 0], logs[:, places[0]], logs[:, places[1]], logs[:, places[2]]),
        -(falling * logs).sum(axis=1),
        np.log1p((ink != 0).any(axis=2).sum(axis=1)),
        np.log1p(ink[..., 2].sum(axis=1)),
        steps.sum(axis=1),
        (steps * (1 - ink[..., 2])).sum(axis=1),
        *along.T,
    ]
    return np.stack(columns, axis=1).astype(np.float32)


class Confidence:
    """The network: called with a model's answers, it returns what may be shown of them.

    arrays: its weights, by ARRAYS' names.
    """

    def __init__(self, arrays: dict[str, np.ndarray]):
        self.arrays = {name: np.asarray(arrays[name], dtype=np.float32) for name in ARRAYS}

    @classmethod
    def load(cls, path: Path, classes: int) -> "Confidence":
        """Read the weights of a network for so many classes; ValueError where they are not that."""
        try:
            with np.load(path, allow_pickle=False) as stored:
                network = cls({name: stored[name] for name in ARRAYS})
            shapes = [array.shape for array in network.arrays.values()]
            sizes = {"hidden": shapes[2][-1], "summary": shapes[6][-1], "classes": classes + 1}
        except (OSError, ValueError, KeyError, IndexError, EOFError, zipfile.BadZipFile) as error:
            raise ValueError(f"{path} holds no weights of confidence ({error})") from None
        wanted = [tuple(sizes.get(str(side), side) for side in sides) for sides in ARRAYS.values()]
        sound = all(np.isfinite(array).all() for array in network.arrays.values())
        if shapes != wanted or not sound:
            raise ValueError(f"{path} holds no weights of confidence for {classes} classes")
        return network

    def save(self, path: Path) -> None:
        """Write the weights; the same weights are the same bytes."""
        np.savez(path, **self.arrays)  # type: ignore[arg-type]

    def __call__(self, probabilities: np.ndarray, ink: np.ndarray, unfinished: bool) -> np.ndarray:
        """Return the probability of each class, float32 [n, classes].

        What they lack of 1 is that of none of them. probabilities, ink: as for `facts`.
        unfinished: whether the pen is drawing, or was a moment ago.
        """
        a = self.arrays
        flag = np.full((len(ink), 1), unfinished, dtype=np.float32)
        told = np.concatenate([(facts(probabilities, ink) - a["mean"]) / a["scale"], flag], axis=1)
        hidden = np.tanh(told @ a["hidden"] + a["hidden_bias"])
        heat = np.exp(hidden @ a["heat"] + a["heat_bias"])
        added = np.tanh(hidden @ a["summary"] + a["summary_bias"]) @ a["classes"]
        added += a["classes_bias"]
        if not unfinished:
            added[:, :-1] = 0  # the model knows whole drawings: the order of its answers stays
        logits = np.log(np.maximum(probabilities, LEAST)) / heat
        logits -= logits.max(axis=1, keepdims=True)  # or nothing but zeros may be left of powers
        logits -= np.log(np.exp(logits).sum(axis=1, keepdims=True))
        logits = np.concatenate([logits, np.zeros_like(logits[:, :1])], axis=1) + added
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        return (shares / shares.sum(axis=1, keepdims=True))[:, :-1].astype(np.float32)
