"""Three things that are not among the 345 classes, drawn by the hand that draws the doodles."""

import itertools
from unittest import mock

import numpy as np

from sketchlib.drawing import doodles
from sketchlib.records import tfrecords


def heart(pen):
    """Two bows that meet below, in one line or in two."""
    dip, wide, top = pen.between((-0.6, 1.1, -1.3), (-0.2, 1.7, -0.9))
    pen.curve((0, dip), (-0.3, top), (-wide, top), (-wide, 0.2), (0, 1))
    pen.curve((0, 1), (wide, 0.2), (wide, top), (0.3, top), (0, dip))
    if pen.chance(0.6):
        pen.strokes[:] = [np.concatenate(pen.strokes)]


def letter_b(pen):
    """A stem and two bows."""
    waist, upper, lower = pen.between((-0.2, 0.6, 0.8), (0.15, 1.0, 1.3))
    pen.line((-0.5, -1), (-0.5, 1))
    pen.curve((-0.5, -1), (upper, -1.05), (upper, waist), (-0.4, waist))
    pen.curve((-0.4, waist), (lower, waist), (lower, 1.05), (-0.5, 1))
    if pen.chance(0.7):
        pen.strokes[1:] = [np.concatenate(pen.strokes[1:])]


def infinity(pen):
    """An eight on its side, from anywhere."""
    angle = pen.between(0, 2 * np.pi) + np.linspace(0, 2 * np.pi, 49)
    tall = pen.between(0.7, 1.3)
    pen.strokes.append(np.stack([np.cos(angle), tall * np.sin(angle) * np.cos(angle)], axis=1))


RECIPES = {"heart": heart, "letter B": letter_b, "infinity": infinity}


def records(training: int, more: int, eval_share: float, seed: int = 0) -> list[dict]:
    """Return drawings of which so many of each class fall to training, and so many more to eval."""
    chosen = []
    with mock.patch.dict(doodles.RECIPES, RECIPES):
        for name in RECIPES:
            left = {"training": training, "eval": more}
            for number in itertools.count():
                key_id = f"doodle-{name}-{seed}-{number}"
                split = tfrecords.place(key_id, eval_share)[0]
                if left[split]:
                    chosen.append(doodles.record(name, seed, number))
                    left[split] -= 1
                if not any(left.values()):
                    break
    return chosen
