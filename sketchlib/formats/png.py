"""A drawing as a PNG."""

import io

import numpy as np
from PIL import Image, ImageDraw

from sketchlib.drawing import strokes

OVERSAMPLING = 4  # Pillow draws without antialiasing, so it draws larger


def to_png(drawing: strokes.Drawing, size: int = 512, thickness: float | None = None) -> bytes:
    """Return a drawing as a PNG of size x size pixels, black on white.

    thickness is that of the pen, in pixels. Raises ValueError if there are no points.
    """
    low, high = strokes.bounding_box(drawing)
    pen = OVERSAMPLING * (thickness or size / 80)
    room = OVERSAMPLING * size * 0.9 - pen
    scale = room / strokes.longer_side(low, high)
    move = OVERSAMPLING * size / 2 - (low + high) / 2 * scale
    image = Image.new("L", (OVERSAMPLING * size,) * 2, "white")
    for stroke in drawing:
        if len(stroke):
            _draw(image, np.asarray(stroke, dtype=np.float64)[:, :2] * scale + move, pen)
    file = io.BytesIO()
    image.resize((size, size), Image.Resampling.LANCZOS).save(file, "PNG", optimize=True)
    return file.getvalue()


def _draw(image: Image.Image, points: np.ndarray, pen: float) -> None:
    """Draw a line with round ends and joins."""
    draw = ImageDraw.Draw(image)
    draw.line([tuple(point) for point in points], fill="black", width=round(pen))
    for x, y in points:
        draw.ellipse((x - pen / 2, y - pen / 2, x + pen / 2, y + pen / 2), fill="black")
