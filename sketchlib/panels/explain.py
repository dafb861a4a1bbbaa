"""Why a guess: what each stroke did for it, and how others draw the same thing."""

import os
import random
from itertools import islice
from pathlib import Path

import numpy as np

from sketchlib import settings
from sketchlib.drawing import doodles, my_drawings, strokes
from sketchlib.predictor import Predictor

SEED = 42
LOOK_AT = 1000  # drawings of a file, which may have a hundred thousand
MOST_WORK = 50_000  # strokes times points: the drawing is recognised once without each stroke


def stroke_importance(predictor: Predictor, drawing: strokes.Drawing, name: str) -> np.ndarray:
    """Return what each stroke does for a class's probability, float32 [strokes].

    That is the probability of the drawing less that of the drawing without the stroke: positive
    where the stroke speaks for the class, negative where it speaks against. The only stroke of a
    drawing does all of it. Raises ValueError for a name that the model does not know, and for a
    drawing that would take long.
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
    importance = np.zeros(len(drawing), dtype=np.float32)
    if not inked:
        return importance
    whole = [drawing[index] for index in inked]
    without = [whole[:left_out] + whole[left_out + 1 :] for left_out in range(len(whole))]
    variants = [whole, *(variant for variant in without if variant)]
    answers = predictor.probabilities(variants)[:, predictor.classes.index(name)]
    importance[inked] = answers[0] - (answers[1:] if len(whole) > 1 else 0.0)
    return importance


def typical(
    name: str, count: int, folder: str | os.PathLike | None = None
) -> list[list[np.ndarray]]:
    """Return up to `count` drawings of a class, simplified; the same ones every time.

    They come from `<folder>/<name>.ndjson`; without a folder, from the downloaded drawings, else
    from the user's own, else they are doodles. None at all where nobody has drawn the class.
    """
    folders = [Path(folder)] if folder else [settings.DOWNLOADED, settings.MY_DRAWINGS]
    try:
        paths = [my_drawings.labelled_path(name, place) for place in folders]
    except ValueError:  # no file can be called so
        return []
    for path in paths:
        if path.is_file() and (some := _some(path, count)):
            return some
    if name not in doodles.CLASSES or count < 1:
        return []
    return [strokes.simplify(r["drawing"]) for r in doodles.records([name], count, SEED)]


def _some(path: Path, count: int) -> list[list[np.ndarray]]:
    """Choose some drawings of a file, of those that were recognised where it says so."""
    records = islice(my_drawings.read(path), LOOK_AT)
    good = [record["drawing"] for record in records if record["recognized"] is not False]
    chosen = random.Random(SEED).sample(good, min(count, len(good)))
    return [list(strokes.ensure_simplified(drawing)) for drawing in chosen]
