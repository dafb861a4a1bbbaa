"""Why a guess: what each stroke does for it, and real drawings of the same thing."""

import os
import random
from itertools import islice
from pathlib import Path

import numpy as np

from sketchlib import settings
from sketchlib.drawing import my_drawings, strokes
from sketchlib.predictor import Predictor

SEED = 42
LOOK_AT = 1000  # drawings of a file, which may have a hundred thousand
MOST_WORK = 50_000  # strokes times points: the drawing is recognised once without each stroke


def without_each(
    predictor: Predictor, drawing: strokes.Drawing, name: str
) -> tuple[float, np.ndarray]:
    """Return a class's probability, and what it is without each stroke, float32 [strokes].

    A stroke speaks for the class where the probability is less without it. A stroke without points
    changes nothing, nor does the only one of a drawing: without it there is nothing to be asked
    about. Raises ValueError for a name that the model does not know, and for a drawing that would
    take long.
    """
    if name not in predictor.classes:
        raise ValueError(f"the model does not know {name!r}; predictor.classes has what it knows")
    inked = [index for index, stroke in enumerate(drawing) if len(stroke)]
    points = sum(map(len, drawing))
    if points * len(inked) > MOST_WORK:
        raise ValueError(
            f"what each stroke does is told of smaller drawings; this one has {points:,} points in "
            f"{len(inked):,} strokes"
        )
    whole = [drawing[index] for index in inked]
    without = [whole[:left_out] + whole[left_out + 1 :] for left_out in range(len(whole))]
    variants = [whole, *(variant for variant in without if variant)]
    first, *others = predictor.probabilities(variants)[:, predictor.classes.index(name)]
    answers = np.full(len(drawing), first, dtype=np.float32)
    if others:
        answers[inked] = others
    return float(first), answers


def typical(
    name: str, count: int, folder: str | os.PathLike | None = None
) -> list[list[np.ndarray]]:
    """Return up to `count` real drawings of a class, simplified; the same ones every time.

    They come from `<folder>/<name>.ndjson`, in the downloaded drawings if no folder is given; none
    at all where that file is not there.
    """
    try:
        path = my_drawings.labelled_path(name, Path(folder) if folder else settings.DOWNLOADED)
    except ValueError:  # no file can be called so
        return []
    return _some(path, count) if path.is_file() else []


def _some(path: Path, count: int) -> list[list[np.ndarray]]:
    """Choose some drawings of a file, of those that were recognised where it says so."""
    records = islice(my_drawings.read(path), LOOK_AT)
    good = [record["drawing"] for record in records if record["recognized"] is not False]
    chosen = random.Random(SEED).sample(good, min(count, len(good)))
    return [list(strokes.ensure_simplified(drawing)) for drawing in chosen]
