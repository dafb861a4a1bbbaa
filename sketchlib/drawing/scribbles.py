"""Drawings of nothing that has a class: scribbles, letters, digits, strokes from different things.

A recogniser sees such drawings too, and should not claim to know them. They are made by program, by
the same imitated hand as the doodles.
"""

from collections.abc import Callable

import numpy as np

from sketchlib.drawing import doodles
from sketchlib.drawing.hand import Pen, finished

# Letters and digits as lines between points (x, y) of a grid, 0..2 and 0..4 from the top.
_GLYPHS = {
    **{"A": "04 10 24,02 22", "B": "00 04 14 23 12 02,12 21 10 00", "D": "00 04 14 23 21 10 00"},
    **{"E": "20 00 04 24,02 12", "F": "20 00 04,02 12", "G": "21 10 01 03 14 23 22 12"},
    **{"H": "00 04,20 24,02 22", "K": "00 04,20 02 24", "M": "04 00 12 20 24", "N": "04 00 24 20"},
    **{"P": "04 00 10 21 12 02", "Q": "10 01 03 14 23 21 10,13 24", "R": "04 00 10 21 12 02 24"},
    **{"S": "21 10 01 12 23 14 03", "T": "00 20,10 14", "W": "00 04 12 24 20", "X": "00 24,20 04"},
    **{"Y": "00 12 20,12 14", "2": "01 10 21 04 24", "3": "00 20 12 23 14 03", "4": "14 10 02 22"},
    **{"5": "20 00 02 12 23 14 04", "6": "20 02 03 14 23 12 02", "7": "00 20 04"},
    **{"8": "12 01 10 21 12 03 14 23 12", "9": "22 12 01 10 21 22 14"},
}

KINDS: dict[str, Callable[[Pen], None]] = {}


def _kind(function: Callable[[Pen], None]) -> Callable[[Pen], None]:
    KINDS[function.__name__.strip("_").replace("_", " ")] = function
    return function


def draw(kind: str, rng: np.random.Generator) -> list[np.ndarray]:
    """Draw one of KINDS; returns strokes [n, 3] of x, y in pixels and t in ms."""
    pen = Pen(rng)
    KINDS[kind](pen)
    return finished(pen)


@_kind
def _wandering_line(pen: Pen) -> None:
    """One to four lines that turn softly this way and that."""
    for _ in range(pen.count(1, 4)):
        turns = np.cumsum(pen.rng.normal(0, pen.between(0.1, 0.6), pen.count(15, 80)))
        steps = np.stack([np.cos(turns), np.sin(turns)], axis=1)
        pen.strokes.append(pen.rng.uniform(-0.5, 0.5, 2) + np.cumsum(steps, axis=0) / 15)


@_kind
def _angry_scribble(pen: Pen) -> None:
    """To and fro, without lifting the pen."""
    pen.strokes.append(pen.rng.normal(0, pen.between(0.3, 0.8, 2), (pen.count(8, 50), 2)))


@_kind
def _straight_lines(pen: Pen) -> None:
    """Lines from anywhere to anywhere."""
    for _ in range(pen.count(2, 12)):
        pen.line(*pen.rng.uniform(-1, 1, (2, 2)))


@_kind
def _hatching(pen: Pen) -> None:
    """Parallel lines."""
    way, count = pen.between(0, np.pi), pen.count(3, 15)
    along, across = np.array([[np.cos(way), np.sin(way)], [-np.sin(way), np.cos(way)]])
    for place in np.linspace(-1, 1, count):
        ends = pen.rng.uniform((-1, 0.2), (-0.2, 1))
        pen.line(*(end * along + place * across for end in ends))


@_kind
def _bits_and_pieces(pen: Pen) -> None:
    """Short lines, arcs and dots all over the sheet."""
    for _ in range(pen.count(3, 20)):
        x, y = pen.rng.uniform(-1, 1, 2)
        if pen.chance(0.5):
            pen.line((x, y), (x + pen.between(-0.3, 0.3), y + pen.between(-0.3, 0.3)))
        else:
            pen.curve((x, y), *((x, y) + pen.rng.uniform(-0.5, 0.5, (2, 2))))


@_kind
def _letters_and_digits(pen: Pen) -> None:
    """One to four of them, side by side."""
    count = pen.count(1, 4)
    for place, name in enumerate(pen.rng.choice(list(_GLYPHS), count)):
        for line in _GLYPHS[name].split(","):
            points = np.array([tuple(map(int, point)) for point in line.split()]) / 4
            pen.line(*(points + (0.75 * place - 0.4 * count, -0.5)))


@_kind
def _strokes_of_different_things(pen: Pen) -> None:
    """Strokes of doodles of several classes, each anywhere."""
    for name in pen.rng.choice(sorted(doodles.CLASSES), pen.count(3, 8)):
        strokes = doodles.draw(name, pen.rng)
        stroke = strokes[pen.count(0, len(strokes) - 1)][:, :2]
        size = max(np.ptp(stroke, axis=0).max(), 1)
        pen.strokes.append((stroke - stroke.mean(axis=0)) / size + pen.rng.uniform(-1, 1, 2))
