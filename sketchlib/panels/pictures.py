"""How people draw each class: pictures of many drawings laid over one another.

No drawing is shown, only where many of them have ink, so that a picture says what they have in
common. Of each class the drawings are sorted into a few ways of drawing it, and the clearest ways
are kept. `python -m sketchlib.panels.pictures data/raw/simplified` makes those that come with the
project, `pictures.npz` beside the bundled model.
"""

import argparse
import functools
import io
import itertools
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image
from tqdm.auto import tqdm

from sketchlib._shared import files
from sketchlib.drawing import quickdraw, strokes
from sketchlib.predictor import SHIPPED

FILE = SHIPPED / "pictures.npz"
SIDE, MARGIN = 32, 2.5  # pixels of a picture; of its border
SHOWN = 128  # pixels of the PNG that is made of it
WAYS, KEPT = 8, 3  # ways to draw a class that are looked for; of them, those that are shown
LEAST = 25  # drawings in a picture: what few have in common may be one person's
NEAREST = 0.7  # of a way's drawings are laid over one another; the others are stragglers
MOST = 1000  # drawings of a class that are looked at
LEVELS = 16  # of grey, which is enough, and a small file
STARTS, STEPS = 4, 25  # of k-means


class Picture(NamedTuple):
    """A way to draw something: a PNG, and how many drawings were laid over one another."""

    png: bytes
    drawings: int


def of(name: str) -> list[Picture]:
    """Return up to KEPT pictures of a class, the clearest first; none of what is not known."""
    shades, counts = _saved().get(name, ((), ()))
    return [Picture(_png(shade), int(n)) for shade, n in zip(shades, counts, strict=True) if n]


def average(drawings: Sequence[strokes.Drawing]) -> tuple[np.ndarray, np.ndarray]:
    """Sort drawings into ways of drawing; return pictures of the clearest, and their drawings.

    The pictures are uint8 [KEPT, SIDE, SIDE], 0 for white paper, LEVELS - 1 for ink; the counts int
    [KEPT], 0 where there is no picture.
    """
    inked = np.stack([_raster(drawing) for drawing in drawings])
    places = _blurred(inked).reshape(len(inked), -1)
    places /= np.linalg.norm(places, axis=1, keepdims=True)
    ways = _ways(places)
    laid = [_together(inked, places, ways == number) for number in np.unique(ways)]
    found = sorted(filter(None, laid), key=lambda way: -way[0])
    shades, counts = np.zeros((KEPT, SIDE, SIDE), np.uint8), np.zeros(KEPT, int)
    for row, (_, shade, count) in enumerate(found[:KEPT]):
        shades[row], counts[row] = shade, count
    return shades, counts


def _together(
    inked: np.ndarray, places: np.ndarray, chosen: np.ndarray
) -> tuple[float, np.ndarray, int] | None:
    """Lay the most alike of some drawings over one another, if there are enough of them.

    Returns how clear that is, the picture, and the number of drawings in it.
    """
    if chosen.sum() < LEAST:
        return None
    middle = places[chosen].mean(axis=0)
    order = np.argsort(((places[chosen] - middle) ** 2).sum(axis=1))
    alike = order[: max(LEAST, round(NEAREST * len(order)))]
    mean = inked[chosen][alike].mean(axis=0)
    clearness = float(np.linalg.norm(middle) ** 4 * chosen.mean() ** 0.5)
    shade = np.clip(mean / np.quantile(mean, 0.99), 0, 1) ** 0.9
    return clearness, np.rint((LEVELS - 1) * shade).astype(np.uint8), len(alike)


def _raster(drawing: strokes.Drawing) -> np.ndarray:
    """Draw thin lines on a grid, float32 [SIDE, SIDE], 1 where there is ink."""
    low, high = strokes.bounding_box(drawing)
    scale = (SIDE - 2 * MARGIN) / strokes.longer_side(low, high)
    move = (SIDE - 1) / 2 - (low + high) / 2 * scale
    grid = np.zeros((SIDE, SIDE), np.float32)
    for stroke in drawing:
        points = _dense(np.asarray(stroke, dtype=float)[:, :2] * scale + move)
        corner = np.floor(points).astype(int)
        part = points - corner
        for right, down in itertools.product((0, 1), repeat=2):
            near = np.abs((1 - right - part[:, 0]) * (1 - down - part[:, 1]))
            cell = (corner[:, 1] + down, corner[:, 0] + right)
            np.maximum.at(grid, cell, np.minimum(1, 1.5 * near))
    return grid


def _dense(points: np.ndarray) -> np.ndarray:
    """Return points of a line every quarter of a pixel."""
    way = np.append(0, np.hypot(*np.diff(points, axis=0).T).cumsum())
    places = np.arange(0, way[-1] + 0.25, 0.25)
    return np.stack([np.interp(places, way, column) for column in points.T], axis=1)


def _blurred(pictures: np.ndarray) -> np.ndarray:
    """Blur pictures [n, SIDE, SIDE], so that lines a pixel apart are alike."""
    for axis in (1, 2, 1, 2):
        pictures = (np.roll(pictures, 1, axis) + 2 * pictures + np.roll(pictures, -1, axis)) / 4
    return pictures


def _ways(places: np.ndarray) -> np.ndarray:
    """Return the number of its way for each drawing, int [n]: k-means, the best of some starts."""
    return min((_k_means(places, start) for start in range(STARTS)), key=lambda found: found[1])[0]


def _k_means(places: np.ndarray, seed: int) -> tuple[np.ndarray, float]:
    """Sort points [n, d] into groups (k-means++); returns their numbers and what is left over."""
    random = np.random.default_rng(seed)
    middles = places[random.integers(len(places), size=1)]
    while len(middles) < min(WAYS, len(places)):
        left = _distances(places, middles).min(axis=1) + 1e-12
        middles = np.append(middles, places[[random.choice(len(places), p=left / left.sum())]], 0)
    for _ in range(STEPS):
        nearest = _distances(places, middles).argmin(axis=1)
        for number in np.unique(nearest):
            middles[number] = places[nearest == number].mean(axis=0)
    distances = _distances(places, middles)
    return distances.argmin(axis=1), float(distances.min(axis=1).sum())


def _distances(places: np.ndarray, middles: np.ndarray) -> np.ndarray:
    """Return squared distances, float [points, middles]."""
    squares = (places**2).sum(axis=1)[:, None] + (middles**2).sum(axis=1)
    return np.maximum(squares - 2 * places @ middles.T, 0)


def _png(shade: np.ndarray) -> bytes:
    """Return a picture as a PNG, dark ink on white."""
    grey = np.rint(255 * (1 - shade / (LEVELS - 1))).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(grey).resize((SHOWN, SHOWN), Image.Resampling.BICUBIC).save(file, "PNG")
    return file.getvalue()


@functools.cache
def _saved() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Read the pictures and their counts, by class."""
    if not FILE.is_file():
        return {}
    with np.load(FILE) as saved:
        told = [saved[name] for name in ("classes", "pictures", "drawings")]
    return {str(name): (shades, counts) for name, shades, counts in zip(*told, strict=True)}


def main() -> None:
    """Make the pictures of all classes that a folder has drawings of."""
    parser = argparse.ArgumentParser(description="Lay drawings of each class over one another.")
    parser.add_argument("folder", type=Path, help="ndjson files, as data/raw/simplified")
    parser.add_argument("--file", type=Path, default=FILE, help="where the pictures go")
    options = parser.parse_args()
    paths = sorted(options.folder.glob("*.ndjson"))
    if not paths:
        sys.exit(f"{options.folder} has no ndjson files: `python -m sketchlib data` fetches them")
    found = []
    for path in tqdm(paths, desc="Lay drawings over one another"):
        records = (r for r in quickdraw.read(path) if r["recognized"] is not False)
        found.append(average([r["drawing"] for r in itertools.islice(records, MOST)]))
    shades, counts = map(np.stack, zip(*found, strict=True))
    with files.replaced(options.file) as temporary:
        names = np.array([path.stem for path in paths])
        np.savez_compressed(temporary, classes=names, pictures=shades, drawings=counts)
    print(f"{options.file}: {len(paths)} classes")


if __name__ == "__main__":
    main()
