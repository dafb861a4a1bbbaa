"""A drawing as a PNG."""

import io

import numpy as np
import pytest
from PIL import Image

from sketchlib.formats import png, reader


def test_png_is_white_with_the_drawing_in_the_middle(house):
    image = Image.open(io.BytesIO(png.to_png(house, 200)))
    assert image.format == "PNG" and image.size == (200, 200)
    gray = np.asarray(image.convert("L"))
    assert gray.min() < 10 and gray[[0, -1]].min() == 255 and gray[:, [0, -1]].min() == 255
    assert len(np.unique(gray)) > 20, "antialiased"
    rows, columns = np.nonzero(gray < 128)
    assert max(np.ptp(rows), np.ptp(columns)) == pytest.approx(180, abs=3)
    assert rows.min() + rows.max() == pytest.approx(199, abs=3)


def test_a_dot_and_a_thicker_pen_are_seen():
    dot = np.asarray(Image.open(io.BytesIO(png.to_png([[[5, 5]]], 100, thickness=10))))
    assert (dot < 128).sum() == pytest.approx(np.pi * 25, rel=0.15)


def test_a_png_comes_back_as_strokes():
    drawing = reader.read(png.to_png([[[0, 0], [100, 100]], [[0, 100], [100, 0]]], 300), "x")
    assert len(drawing) == 2 and all(stroke.shape[1] == 2 for stroke in drawing)


def test_an_empty_drawing_is_refused():
    for empty in ([], [np.zeros((0, 3))]):
        with pytest.raises(ValueError, match="no points"):
            png.to_png(empty)


def test_the_pen_is_as_thick_as_it_is_told(house):
    def ink(**options) -> int:
        return (np.asarray(Image.open(io.BytesIO(png.to_png(house, 240, **options)))) < 128).sum()

    assert ink(thickness=6) == pytest.approx(2 * ink(thickness=3), rel=0.15)
    assert ink() == ink(thickness=3), "an eightieth of the size"
