"""Which pixels of a picture are ink: dark on light, whatever the light, the paper and the file."""

import contextlib

import numpy as np
import pytest
from photos import drawn, encoded, photographed
from PIL import Image

from sketchlib.formats import photo


@pytest.fixture
def sheet(house) -> np.ndarray:
    """A house in black on white, as large as pictures are looked at."""
    return drawn(house, photo.WORK_SIZE, 8)


def test_a_small_picture_is_taken_as_it_is(house):
    gray = drawn(house)
    read, scale = photo.read_gray(encoded(gray))
    assert read.dtype == np.uint8 and np.array_equal(read, gray) and scale == 1


def test_a_large_picture_is_reduced_and_its_scale_told():
    gray = np.full((900, 1600), 255.0)
    gray[440:460, 100:1500] = 0
    for kind in ("PNG", "JPEG"):
        read, scale = photo.read_gray(encoded(gray, kind))
        assert read.shape == (360, 640) and scale == pytest.approx(2.5)
        assert read[180, 320] < 20 and read[100, 320] > 235


def test_light_on_dark_and_ink_without_paper_become_dark_on_light(sheet):
    ink = 255 - sheet.astype(np.uint8)
    glass = np.stack([np.zeros_like(ink)] * 3 + [ink], axis=2)
    for content in (encoded(255 - sheet), encoded(glass)):
        read, _ = photo.read_gray(content)
        assert np.abs(read - sheet).max() <= 1


def test_a_sheet_in_bad_light_is_not_turned_into_a_blackboard(sheet):
    dim = sheet * 0.4
    assert np.median(dim) < 128
    read, _ = photo.read_gray(encoded(dim))
    assert np.array_equal(read, dim.astype(np.uint8))


def test_a_picture_stored_lying_stands_upright():
    gray = np.full((300, 400), 255.0)
    gray[20:26, 50:250] = 0
    exif = Image.Exif()
    exif[0x0112] = 6  # "turn it clockwise to look at it"
    read, scale = photo.read_gray(encoded(gray, "JPEG", exif=exif, quality=95))
    assert read.shape == (400, 300) and scale == 1
    assert read[50:250, 300 - 23].max() < 40 < 200 < read[:, 150].min()


@pytest.mark.parametrize("contrast", [0.8, 0.4])
def test_ink_is_told_from_a_shadow_on_the_paper(sheet, contrast):
    ink = photo.find_ink(np.clip(photographed(sheet, contrast), 0, 255).astype(np.uint8))
    assert ink.dtype == bool and ink.shape == sheet.shape
    assert ink[sheet < 64].mean() > 0.9, "the lines are found"
    assert ink[sheet == 255].mean() < 0.02, "and hardly anything else"


def test_what_is_dark_at_the_edge_is_no_ink(sheet):
    ink = photo.find_ink(sheet.astype(np.uint8))
    sheet[:, :12] = 60  # the table
    sheet[590:, 280:340] = 60  # a finger that holds the sheet
    found = photo.find_ink(sheet.astype(np.uint8))
    assert not found[600:].any() and not found[:, :10].any()
    assert found[:580].sum() == pytest.approx(ink[:580].sum(), rel=0.02)


@pytest.mark.parametrize("shade", [255, 200, 90, 0])
def test_a_sheet_of_one_shade_is_refused_in_a_sentence(shade):
    with pytest.raises(ValueError, match="no drawing found"):
        photo.find_ink(np.full((300, 300), shade, np.uint8))


def test_a_huge_picture_is_refused_before_it_is_decoded(house, monkeypatch):
    monkeypatch.setattr(photo, "MOST_PIXELS", 89_999)
    with pytest.raises(ValueError, match="300 x 300 pixels"):
        photo.read_gray(encoded(drawn(house)))


@pytest.mark.parametrize("size", [(20_001, 1), (1, 20_001)])
def test_a_picture_that_is_long_and_thin_is_refused_before_it_is_decoded(size):
    with pytest.raises(ValueError, match="a side of 20,000, can be traced"):
        photo.read_gray(encoded(np.zeros(size)))


def test_a_picture_that_pillow_takes_for_an_attack_is_refused_in_a_sentence(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(ValueError, match=r"too large to be traced \(Image size \(400 pixels\)"):
        photo.read_gray(encoded(np.zeros((20, 20))))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP"])
def test_a_damaged_picture_is_read_or_refused_in_a_sentence(house, kind):
    whole = encoded(drawn(house, 60), kind)
    rng = np.random.default_rng(0)
    for place in rng.integers(4, len(whole), 60):
        damaged = whole[:place] + rng.bytes(rng.integers(1, 4)) + whole[place + 2 :]
        for content in (damaged, whole[:place]):
            with contextlib.suppress(ValueError):  # and nothing else
                photo.read_gray(content)


@pytest.mark.parametrize(
    "content, message",
    [(b"GIF89a", "no picture|damaged"), (b"hello", "no picture of the kinds PNG, JPEG")],
)
def test_what_is_no_picture_is_refused_in_a_sentence(content, message):
    with pytest.raises(ValueError, match=message):
        photo.read_gray(content)
