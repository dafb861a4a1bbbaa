"""Pictures of sketches, scans and photos: which of their pixels are ink."""

import contextlib
import io
from collections.abc import Iterator

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError
from scipy import ndimage
from skimage import filters, morphology

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
MOST_PIXELS = 50_000_000  # of a picture, as cameras take it; more may be an attack on the memory
MOST_SIDE = 20_000  # pixels of a picture's longer side: each row takes memory, however short it is
WORK_SIZE = 640  # pixels of the longer side that are looked at
CERTAIN = 5.0  # standard deviations of the noise that ink must stand out by
LEAST_CONTRAST = 24  # of 255 between ink and paper; less is the noise of a blank sheet
MOST_INK = 0.5  # share of the picture; more is no sketch on paper
BLANK = "no drawing found in the picture: take one of dark lines on light paper"


def read_gray(content: bytes) -> tuple[np.ndarray, float]:
    """Decode a picture to gray uint8 [height, width], dark on light, and tell its reduction."""
    with _sentences():
        file = Image.open(io.BytesIO(content), formats=FORMATS)
    width, height = file.size
    if width * height > MOST_PIXELS or max(width, height) > MOST_SIDE:
        raise ValueError(
            f"the picture has {width} x {height} pixels, {MOST_PIXELS:,} at most, and a side of "
            f"{MOST_SIDE:,}, can be traced: make it smaller"
        )
    with _sentences(), file:
        file.draft("L", (WORK_SIZE, WORK_SIZE))  # JPEG decodes itself smaller, and quicker
        image = ImageOps.exif_transpose(file)
        width = width if (width > height) == (image.width > image.height) else height
        if image.has_transparency_data:
            image = image.convert("RGBA")
            sheet = Image.new("L", image.size, "white")
            sheet.paste(image.convert("L"), mask=image.getchannel("A"))
            image = sheet
        image = image.convert("L")
        image.thumbnail((WORK_SIZE, WORK_SIZE), Image.Resampling.LANCZOS)
    gray = np.asarray(image)
    if _is_light_on_dark(gray):
        gray = 255 - gray
    return gray, width / image.width


@contextlib.contextmanager
def _sentences() -> Iterator[None]:
    """Say in a sentence what Pillow, which raises all kinds of things, does not like."""
    try:
        yield
    except UnidentifiedImageError:
        raise ValueError(f"this is no picture of the kinds {', '.join(FORMATS)}") from None
    except Image.DecompressionBombError as error:
        raise ValueError(f"the picture is too large to be traced ({error})") from None
    except Exception as error:
        raise ValueError(f"the picture is damaged ({error}): save or take it again") from None


def _is_light_on_dark(gray: np.ndarray) -> bool:
    """Tell a blackboard from a sheet in bad light: its fine lines are the lighter part."""
    if np.median(gray) >= 128:
        return False
    smooth, window = ndimage.gaussian_filter(gray.astype(np.float32), 1.0), max(gray.shape) // 20
    dark_lines = ndimage.grey_closing(smooth, window) - smooth
    light_lines = smooth - ndimage.grey_opening(smooth, window)
    return light_lines.sum() > dark_lines.sum()


def find_ink(gray: np.ndarray) -> np.ndarray:
    """Tell ink from paper, bool [height, width], by the contrast to the paper nearby.

    So neither a shadow across the sheet nor the table beside it counts. Raises ValueError where
    nothing or nearly everything is ink.
    """
    contrast = _contrast(gray)
    noise = 1.4826 * float(np.median(np.abs(contrast)))  # most of a picture is paper
    least = max(LEAST_CONTRAST, CERTAIN * noise)
    visible = contrast[contrast > least / 2]
    if contrast.max() < least:
        raise ValueError(BLANK)
    sure = max(least, filters.threshold_otsu(contrast), 0.4 * np.percentile(visible, 95))
    ink = filters.apply_hysteresis_threshold(contrast, 0.6 * sure, sure)
    if ink.mean() > MOST_INK:
        raise ValueError("most of the picture is dark: take one of dark lines on light paper")
    return _without_shadows(ink)


def _without_shadows(ink: np.ndarray) -> np.ndarray:
    """Drop what reaches in from the picture's border and is far wider than a line."""
    depth = ndimage.distance_transform_edt(ink)
    labels, count = ndimage.label(ink, np.ones((3, 3)))
    border = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    deepest = ndimage.maximum(depth, labels, np.arange(count + 1))
    line = float(np.median(depth[morphology.skeletonize(ink)]))
    wide = deepest > min(4 * line, max(ink.shape) / 30)
    return ink & ~(wide & np.isin(np.arange(count + 1), border))[labels]


def _contrast(gray: np.ndarray) -> np.ndarray:
    """Return how much darker than the paper around it a pixel is, float32, up to 255, mostly 0."""
    window = max(gray.shape) // 8 | 1  # wider than any line
    smooth = ndimage.gaussian_filter(gray.astype(np.float32), 1.0)
    # Padded, as a dark corner of the picture would count as a dark line across it.
    wider = ndimage.grey_closing(np.pad(smooth, window, mode="edge"), window)
    paper = wider[window:-window, window:-window]
    # Blurred, as closing leaves blocks, but never lighter: light paper is no measure for the table.
    paper = np.minimum(paper, ndimage.gaussian_filter(paper, window / 8))
    light = np.maximum(paper, np.percentile(paper, 90) / 2)  # in the dark, little is much
    contrast = 255 * (paper - smooth) / np.maximum(light, 1)
    return contrast - np.median(contrast)
