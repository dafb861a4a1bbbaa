"""A training under way, kept after every epoch: all that the rest of its course depends on.

Each checkpoint is one file, which is there whole or not at all, with a checksum of every part. The
last two are kept: should the newest be damaged, the one before it is gone on from.
"""

import contextlib
import json
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from sketchlib._shared import files, interrupts
from sketchlib._shared.backend import keras

KEPT = 2


class Checkpoint(NamedTuple):
    """Where a training is after some epochs.

    history: of each epoch, what it reached. best: the weights of the best epoch, none where they
    are not kept. variables: what training changes, of the model and of the optimiser.
    """

    history: list[dict[str, float]]
    best: list[np.ndarray]
    variables: list[np.ndarray]


START = Checkpoint([], [], [])


def write(folder: Path, checkpoint: Checkpoint) -> None:
    """Keep a checkpoint, and only so many of the earlier ones; an interrupt waits meanwhile."""
    folder.mkdir(parents=True, exist_ok=True)
    _sweep(folder)
    arrays = {
        f"{name}-{place}": array
        for name in ("best", "variables")
        for place, array in enumerate(getattr(checkpoint, name))
    }
    path = folder / f"epoch-{len(checkpoint.history):06}.npz"
    with interrupts.held():
        with files.replaced(path) as temporary:
            np.savez(temporary, history=json.dumps(checkpoint.history), **arrays)
        for old in _found(folder)[:-KEPT]:
            old.unlink()


def read(folder: Path, like: Sequence[keras.Variable] | None = None) -> Checkpoint:
    """Return the newest checkpoint that is whole, and warn of those that are not; else START.

    like: the variables that it must fit, as it does not after a change of the model's code.
    """
    for path in reversed(_found(folder)):
        try:
            return _read(path, like)
        except Exception as error:  # what a damaged archive makes of zipfile and NumPy is any
            warnings.warn(
                f"{path} cannot be used ({type(error).__name__}: {error}): the training goes on "
                "from the checkpoint before it, or else from the beginning",
                stacklevel=2,
            )
    return START


def remove(folder: Path) -> None:
    """Remove the checkpoints of a finished training, and nothing else that may be there."""
    _sweep(folder)
    for path in _found(folder):
        path.unlink()
    with contextlib.suppress(OSError):  # something else is there
        folder.rmdir()


def _sweep(folder: Path) -> None:
    """Remove what a killed training has begun to write."""
    for part in folder.glob(".epoch-*.part.npz"):
        part.unlink()


def _found(folder: Path) -> list[Path]:
    """Return the checkpoints in a folder, the oldest first."""
    return sorted(folder.glob("epoch-[0-9]*.npz"))


def _read(path: Path, like: Sequence[keras.Variable] | None) -> Checkpoint:
    """Return one checkpoint, every part of which is compared with its checksum."""
    with open(path, "rb") as file, np.load(file) as saved:
        arrays = {name: saved[name] for name in saved.files}
    history = json.loads(str(arrays.pop("history")))
    best, variables = (
        [arrays[f"{name}-{place}"] for place in range(sum(key.startswith(name) for key in arrays))]
        for name in ("best", "variables")
    )
    if like is not None and [v.shape for v in variables] != [tuple(v.shape) for v in like]:
        raise ValueError("it is of another model, or of another version of the project")
    return Checkpoint(history, best, variables)
