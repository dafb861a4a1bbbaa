"""Procedural doodles of twenty Quick, Draw! classes, so that everything runs offline.

These are not people's drawings. Each class is a small recipe with some luck in it, and one
imitated hand makes all of them wobble. They stand in for real sketches where there are none, and
a model's accuracy on them says nothing about its accuracy on drawings made by people.
"""

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from sketchlib._shared.words import did_you_mean
from sketchlib.drawing.hand import Pen, around, finished
from sketchlib.drawing.quickdraw import Record

RECIPES: dict[str, Callable] = {}


def recipe(function: Callable) -> Callable:
    """Register a function that draws the class it is named after, such as `ice_cream`."""
    RECIPES[function.__name__.replace("_", " ")] = function
    return function


@recipe
def circle(pen):
    """One round outline, now and then gone over twice."""
    pen.ellipse(0, 0, 1, pen.between(0.8, 1.2), turns=2 if pen.chance(0.1) else 1)


@recipe
def square(pen):
    """Four sides."""
    pen.box(-1, -1, pen.between(0.5, 1.3), 1)


@recipe
def triangle(pen):
    """Three sides: sharp, flat or right-angled."""
    pen.polygon((pen.between(-0.8, 0.8), -1), (-1, pen.between(0.7, 1)), (1, 1))


@recipe
def star(pen):
    """Five points, as one crossing line or as an outline."""
    if pen.chance(0.6):
        pen.polygon(*around(0, 0, 1, 1, np.arange(5) * 144 - 90))
    else:
        radius = np.tile([1, pen.between(0.35, 0.55)], 5)
        pen.polygon(*around(0, 0, radius, radius, np.arange(10) * 36 - 90))


@recipe
def house(pen):
    """Walls and a roof, with or without door, windows and chimney."""
    wall, over, eaves = pen.between((0.6, 0, -0.4), (1, 0.25, 0))
    roof = eaves - pen.between(0.4, 0.8)
    door, lintel = pen.between((-0.6, 0.3), (0.2, 0.5))
    pen.box(-wall, eaves, wall, 1)
    pen.line((-wall - over, eaves), (0, roof), (wall + over, eaves))
    pen.perhaps(0.6).line((door, 1), (door, lintel), (door + 0.35, lintel), (door + 0.35, 1))
    for x in (-0.8, 0.4):
        pen.perhaps(0.3).box(x * wall, 0.05, (x + 0.4) * wall, 0.4)
    pen.perhaps(0.25).box(wall * 0.5, roof, wall * 0.7, (roof + eaves) / 2)


@recipe
def envelope(pen):
    """A wide box with a flap; perhaps folds below and a seal."""
    tall, flap = pen.between((0.5, -0.15), (0.8, 0.3))
    pen.box(-1, -tall, 1, tall)
    pen.line((-1, -tall), (0, flap), (1, -tall))
    folds = pen.perhaps(0.3)
    folds.line((-1, tall), (-0.25, flap - 0.15))
    folds.line((1, tall), (0.25, flap - 0.15))
    pen.perhaps(0.15).ellipse(0, flap, 0.12, 0.12)


@recipe
def ladder(pen):
    """Two rails and some rungs, upright or leaning."""
    half, lean, rung = pen.between((0.2, -0.5, 0.9), (0.5, 0.5, 1.2))
    for side in (-half, half):
        pen.line((side * 0.85 + lean, -1), (side, 1))
    for y in np.linspace(-0.8, 0.8, pen.count(3, 8)):
        middle = lean * (1 - y) / 2
        pen.line((middle - half * rung, y), (middle + half * rung, y))


@recipe
def sun(pen):
    """A disc with rays all round, touching it or not; it seldom smiles."""
    radius, gap, length, first = pen.between((0.35, 0, 0.2, 0), (0.6, 0.2, 0.5, 60))
    pen.ellipse(0, 0, radius, radius)
    for degrees in np.linspace(first, first + 360, pen.count(6, 13), endpoint=False):
        end = radius + gap + length * pen.between(0.6, 1.2)
        pen.spoke(radius + gap, end, degrees + pen.between(-8, 8))
    pen.perhaps(0.08).face(0, 0, radius)


@recipe
def cloud(pen):
    """Bumps all round, or over a flat bottom."""
    start, sweep = (180, 180) if pen.chance(0.3) else (pen.between(90, 270), 360)
    degrees = start + np.linspace(0, sweep, pen.count(6, 11))
    outline = around(0, 0, 1, pen.between(0.45, 0.8), degrees + pen.rng.normal(0, 5, len(degrees)))
    pen.scallops(outline, pen.between(0.6, 1.1))
    if sweep < 360:
        pen.curve(outline[-1], (0, pen.between(-0.1, 0.3)), outline[0])


@recipe
def smiley_face(pen):
    """A face, nearly always in a circle."""
    pen.perhaps(0.9).ellipse(0, 0, 1, pen.between(0.85, 1.15))
    pen.face(0, 0, pen.between(0.75, 1.1))


@recipe
def ice_cream(pen):
    """A cone under one to three scoops, perhaps with a waffle pattern."""
    half, wide, tall = pen.between((0.35, 0.9, 0.5), (0.6, 1.3, 1.3))
    pen.line((-half, 0), (0, 1.2), (half, 0))
    pen.perhaps(0.6).line((-half, 0), (half, 0))
    for floor in range(pen.count(1, 3) if pen.chance(0.4) else 1):
        if pen.chance(0.6):
            pen.arc(0, -floor * half, half * wide, half * tall, 180, 180)
        else:
            pen.ellipse(0, -(floor + 0.6) * half, half * wide, half * 0.7)
    waffle = pen.perhaps(0.3)
    for side in (-half, half):
        for y in (0.1, 0.4):
            waffle.line((side * (1.1 - y), y), (-side * (0.75 - y), y + 0.3))


@recipe
def lollipop(pen):
    """A disc on a stick, often with a spiral in it or made of one spiral."""
    radius, end, inner, turn = pen.between((0.4, 0.7, 0.6, 500), (0.6, 1.4, 0.9, 1000))
    if pen.chance(0.25):
        pen.arc(0, -0.5, radius, radius, 90, turn, inward=0.9)
    else:
        pen.ellipse(0, -0.5, radius, radius)
        inner *= radius
        pen.perhaps(0.5).arc(0, -0.5, inner, inner, pen.between(0, 360), turn, inward=0.9)
    pen.line((0, radius - 0.5), (0, end))


@recipe
def fish(pen):
    """A body and tail in one loop or in two parts; perhaps an eye and a fin."""
    plump, tail = pen.between((0.35, 0.3), (0.65, 0.6))
    if pen.chance(0.5):
        pen.curve((1, -tail), (0, plump * 3), (-2.4, 0), (0, -plump * 3), (1, tail))
        pen.line((1, tail), (1, -tail))
    else:
        pen.ellipse(-0.2, 0, 0.8, plump)
        pen.polygon((0.6, 0), (1.1, -tail), (1.1, tail))
    pen.perhaps(0.75).ellipse(-0.55, -0.1, 0.05, 0.05)
    pen.perhaps(0.3).curve((-0.3, -plump * 0.9), (0.1, -plump * 1.8), (0.2, -plump * 0.8))


@recipe
def flower(pen):
    """Petals round a middle, more often than not on a stem with leaves."""
    radius, stem_end = pen.between((0.12, 0.8), (0.25, 1.4))
    degrees = pen.between(0, 360) + np.linspace(0, 360, pen.count(6, 9))
    pen.ellipse(0, -0.4, radius, radius)
    if pen.chance(0.6):
        pen.scallops(around(0, -0.4, radius * 1.2, radius * 1.2, degrees), pen.between(2.5, 5))
    else:
        for x, y in around(0, -0.4, radius * 2, radius * 2, degrees[:-1]):
            pen.ellipse(x, y, radius * 0.9, radius * 0.9)
    pen.perhaps(0.85).curve((0, radius * 3 - 0.4), (pen.between(-0.2, 0.2), 0.6), (0, stem_end))
    for side in (-1, 1):
        pen.perhaps(0.4).curve((0, 0.8), (side * 0.2, 0.2), (side * 0.8, 0.4), (0, 0.8))


@recipe
def clock(pen):
    """A dial with two hands, perhaps with marks for the hours."""
    pen.ellipse(0, 0, 1, pen.between(0.85, 1.15))
    marks = pen.rng.choice([0, 4, 12], p=[0.5, 0.3, 0.2])
    for degrees in np.linspace(0, 360, marks, endpoint=False):
        pen.spoke(0.75, 0.92, degrees - 90)
    pen.spoke(0.75, 0, pen.between(0, 360))
    pen.spoke(0, 0.45, pen.between(0, 360))


@recipe
def eyeglasses(pen):
    """Two round or square lenses, a bridge and often the temples."""
    wide, tall, up, reach = pen.between((0.3, 0.25, 0.1, -0.2), (0.42, 0.4, 0.7, 0.4))
    square_lenses, temples = pen.chance(0.3), pen.perhaps(0.7)
    for x in (-0.55, 0.55):
        if square_lenses:
            pen.box(x - wide, -tall, x + wide, tall)
        else:
            pen.ellipse(x, 0, wide, tall)
    pen.curve((wide - 0.55, 0), (0, pen.between(-0.3, 0.1)), (0.55 - wide, 0))
    for side in (-1, 1):
        temples.line((side * (0.55 + wide), 0), (side * (0.55 + wide + reach), -up))


@recipe
def mountain(pen):
    """One to four peaks, perhaps on a base."""
    turns = np.arange(2 * pen.count(1, 4) + 1)
    x = np.linspace(-1, 1, len(turns)) + pen.between(-0.3, 0.3, len(turns)) / len(turns)
    y = np.where(turns % 2, pen.between(-1, -0.3, len(turns)), 0.2)
    y[[0, -1]] = 0.7
    pen.line(*np.stack([x, y], axis=1))
    pen.perhaps(0.2).line((x[0], 0.7), (x[-1], 0.7))


@recipe
def umbrella(pen):
    """A dome with a straight or scalloped hem and a hooked handle."""
    tall, hook = pen.between((0.7, 0.2), (1.1, 0.45))
    pen.arc(0, 0, 1, tall, 180, 180)
    if pen.chance(0.6):
        pen.scallops(np.linspace((-1, 0), (1, 0), pen.count(4, 6)), pen.between(0.3, 0.8))
    else:
        pen.line((-1, 0), (1, 0))
    pen.curve((0, 0), (0, 1.2), (0, 1.5), (-hook, 1.5), (-hook, 0.9))


@recipe
def sailboat(pen):
    """A hull, a mast and one or two sails, sometimes on waves."""
    deck, keel, top, boom = pen.between((0.3, 0.4, -1.1, 0.4), (0.5, 0.7, -0.7, 0.9))
    if pen.chance(0.6):
        pen.polygon((-1, deck), (-keel, 0.9), (keel, 0.9), (1, deck))
    else:
        pen.curve((-1, deck), (-0.6, 1.2), (0.6, 1.2), (1, deck))
        pen.line((1, deck), (-1, deck))
    pen.line((0, deck), (0, top))
    pen.line((0, top), (boom, deck - 0.2), (0, deck - 0.2))
    pen.perhaps(0.4).line((0, top + 0.1), (-boom * 0.7, deck - 0.2), (0, deck - 0.2))
    pen.perhaps(0.15).scallops(np.linspace((-1.3, 1.1), (1.3, 1.1), 7), 0.5)


@recipe
def snowman(pen):
    """Two or three balls, with any of face, buttons, arms and hat."""
    radii = np.array([0.28, 0.38, 0.5] if pen.chance(0.6) else [0.4, 0.6])
    heights = np.cumsum([-0.9, *radii[:-1] + radii[1:]])
    for y, radius in zip(heights, radii, strict=True):
        pen.ellipse(0, y, radius * pen.between(0.9, 1.2), radius)
    pen.perhaps(0.6).face(0, heights[0], radii[0])
    buttons, arms = pen.perhaps(0.35), pen.perhaps(0.4)
    for side in (-1, 1):
        buttons.ellipse(0, heights[1] + side * 0.12, 0.04, 0.04)
        arms.line((side * radii[1], heights[1] - 0.1), (side, heights[1] - pen.between(-0.1, 0.4)))
    top, brim, rim = heights[0] - radii[0] - 0.4, heights[0] - radii[0], radii[0] * 1.1
    hat = pen.perhaps(0.4)
    hat.line((-rim, brim), (rim, brim))
    hat.line((-0.2, brim), (-0.2, top), (0.2, top), (0.2, brim))


CLASSES: tuple[str, ...] = tuple(RECIPES)


def check(name: str) -> None:
    """Raise ValueError unless `name` is one of CLASSES."""
    if name not in RECIPES:
        meant = did_you_mean(name, CLASSES)
        hint = f"{meant} " if meant else ""
        raise ValueError(f"no doodle is called {name!r}; {hint}doodles.CLASSES lists them all")


def draw(name: str, rng: np.random.Generator) -> list[np.ndarray]:
    """Draw one doodle of class `name`: strokes [n, 3] of x, y in pixels (y down) and t in ms."""
    check(name)
    pen = Pen(rng)
    RECIPES[name](pen)
    return finished(pen)


def record(name: str, seed: int, number: int) -> Record:
    """Return doodle `number` of a class in the layout of the official ndjson files."""
    return {
        "word": name,
        "countrycode": "--",  # drawn nowhere, at no time
        "timestamp": "1970-01-01 00:00:00.00000 UTC",
        "recognized": True,
        "key_id": f"doodle-{name}-{seed}-{number}",
        "drawing": draw(name, np.random.default_rng([seed, number, *name.encode()])),
    }


def records(classes: Iterable[str] = CLASSES, count: int = 200, seed: int = 0) -> Iterator[Record]:
    """Return `count` records of each class, the classes taking turns; `drawing` is as from `draw`.

    A record depends on its class, its number and `seed` alone, not on what else is asked for.
    """
    classes = tuple(classes)
    for name in classes:
        check(name)
    if count < 1:
        raise ValueError(f"count is {count}, but each class needs at least 1 drawing")
    return (record(name, seed, number) for number in range(count) for name in classes)
