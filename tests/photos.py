"""Pictures of sketches, for the tests: as a program draws them, and as a phone sees them."""

import io

import numpy as np
from PIL import Image

from sketchlib.formats import png


def encoded(gray: np.ndarray, kind: str = "PNG", **options) -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.clip(gray, 0, 255).astype(np.uint8)).save(file, kind, **options)
    return file.getvalue()


def drawn(drawing, size: int = 300, thickness: float = 5) -> np.ndarray:
    """Return a drawing in black on white, float64 [size, size]."""
    content = png.to_png(drawing, size, thickness)
    return np.asarray(Image.open(io.BytesIO(content)), dtype=np.float64)


def photographed(gray: np.ndarray, contrast: float = 0.6, noise: float = 4) -> np.ndarray:
    """Return how a phone sees a sheet: grayish ink, light from one side, a shadow, noise."""
    down, right = np.mgrid[: len(gray), : len(gray)] / len(gray)
    shadow = 1 - 0.35 / (1 + np.exp(-40 * (down + right - 1.1)))
    light = (0.5 + 0.35 * right + 0.15 * down) * shadow
    paper = 235 * light * (1 - contrast * (1 - gray / 255))
    return paper + np.random.default_rng(5).normal(0, noise, gray.shape)
