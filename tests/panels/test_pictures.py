"""Many drawings laid over one another: what they have in common, and no single one of them."""

import io

import numpy as np
import pytest
from PIL import Image

from sketchlib.drawing import doodles, quickdraw
from sketchlib.panels import pictures

SQUARE = [np.array([(0, 0), (100, 0), (100, 100), (0, 100), (0, 0)], dtype=float)]
CROSS = [np.array([(0, 0), (100, 100)], dtype=float), np.array([(100, 0), (0, 100)], dtype=float)]


def test_ways_of_drawing_are_told_apart_and_laid_over_one_another():
    random = np.random.default_rng(0)
    drawings = [
        [stroke + random.normal(0, 1, stroke.shape) for stroke in way]
        for way in [SQUARE] * 300 + [CROSS] * 200
    ]
    shades, counts = pictures.average(drawings)
    assert shades.shape == (3, 32, 32) and shades.dtype == np.uint8
    assert shades.max() == pictures.LEVELS - 1 and (counts >= pictures.LEAST).all()
    middle, side = shades[:, 15:17, 15:17].mean((1, 2)), shades[:, 14:18, 2:4].max((1, 2))
    assert ((middle > 8) != (side > 8)).all(), "each is a square or a cross, and not both"


def test_what_few_have_drawn_is_not_shown():
    shades, counts = pictures.average([SQUARE] * (pictures.LEAST - 1))
    assert counts.tolist() == [0, 0, 0] and not shades.any()


def test_every_class_has_pictures_of_many_drawings_each():
    for name in quickdraw.CLASSES:
        found = pictures.of(name)
        assert found and all(picture.drawings >= pictures.LEAST for picture in found), name
    image = Image.open(io.BytesIO(pictures.of("house")[0].png))
    assert image.size == (pictures.SHOWN, pictures.SHOWN)
    low, high = image.getextrema()
    assert low < 30 and high > 225, "dark lines on white paper"
    assert pictures.of("gnome") == []


def test_the_command_makes_pictures_of_a_folder(tmp_path, monkeypatch, capsys):
    lines = [quickdraw.to_line(record) for record in doodles.records(["star"], 60)]
    (tmp_path / "star.ndjson").write_text("\n".join(lines) + "\n", "utf-8")
    monkeypatch.setattr(pictures, "WAYS", 2)
    file = tmp_path / "pictures.npz"
    monkeypatch.setattr("sys.argv", ["pictures", str(tmp_path), "--file", str(file)])
    pictures.main()
    assert "1 classes" in capsys.readouterr().out
    with np.load(file) as saved:
        assert saved["classes"].tolist() == ["star"] and saved["drawings"][0, 0] >= pictures.LEAST
    monkeypatch.setattr("sys.argv", ["pictures", str(tmp_path / "nothing")])
    with pytest.raises(SystemExit, match="no ndjson files"):
        pictures.main()
