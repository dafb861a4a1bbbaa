"""The drawing in a file of any kind: ndjson, SVG, or a picture or photo of a sketch."""

import contextlib
import gzip
import io
import zlib
from collections.abc import Iterator

import numpy as np

from sketchlib.drawing import quickdraw
from sketchlib.drawing.strokes import too_large
from sketchlib.formats import svg_reader

MOST_BYTES = 50 * 2**20  # of a file to read; larger ones are no drawings
PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*")
HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"mif1", b"msf1", b"avif", b"avis")


def read(content: bytes, name: str = "the file") -> list[np.ndarray]:
    """Return the drawing in a file's content, strokes [n, 2] or [n, 3]; `name` is for messages.

    It is known by the content and not by the name. Of an ndjson file with several drawings it is
    the first. Raises ValueError, in a sentence, for whatever holds no drawing.
    """
    if len(content) > MOST_BYTES:
        raise ValueError(f"{name} has {len(content):,} bytes: a drawing has {MOST_BYTES:,} at most")
    if not content.strip():
        raise ValueError(f"{name} is empty")
    if reason := _foreign(content):
        raise ValueError(f"{name} {reason}")
    try:
        drawing = _read(content)
    except ValueError as error:
        raise ValueError(f"{name} could not be read: {error}") from None
    if reason := too_large(drawing):
        raise ValueError(f"{name} {reason}")
    return drawing


def _foreign(content: bytes) -> str:
    """Tell why a file of a well-known kind cannot be read; nothing if it may be one of ours."""
    if content.startswith(b"%PDF"):
        return "is a PDF: save the page as PNG or JPEG"
    if content[4:8] == b"ftyp" and content[8:12] in HEIC_BRANDS:
        return "is a HEIC or AVIF photo, which cannot be read: save it as JPEG or PNG"
    if content.startswith(b"PK\x03\x04"):
        return "is a ZIP archive or an office document: take the drawing out of it"
    return ""


def _read(content: bytes) -> list[np.ndarray]:
    if content.startswith(quickdraw.GZIP_MAGIC):
        content = _unzipped(content)
    if content.startswith(PICTURES) or (content[:4] == b"RIFF" and content[8:12] == b"WEBP"):
        return from_image(content)
    text = content.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"{"):
        line = text.split(b"\n", 1)[0]
        return quickdraw.parse(line, name="its first line")["drawing"]
    if text.startswith(b"<") or content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return from_svg(content if content != text else text)
    raise ValueError("it is neither ndjson of Quick, Draw! nor SVG, PNG, JPEG, WebP, GIF or BMP")


def _unzipped(content: bytes) -> bytes:
    """Unzip .ndjson.gz and .svgz, as much of it as a drawing may take."""
    try:
        with gzip.open(io.BytesIO(content)) as file:
            return file.read(quickdraw.MAX_LINE_BYTES)
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"its compressed data is damaged ({error})") from None


def from_svg(text: str | bytes) -> list[np.ndarray]:
    """Return the lines that an SVG draws, strokes float64 [n, 2]; see `svg_reader`."""
    with _images("SVG"):
        return svg_reader.from_svg(text)


def from_image(content: bytes) -> list[np.ndarray]:
    """Return the lines in a picture of a sketch, strokes float64 [n, 2]; see `tracing`.

    Raises ValueError where there are none, ImportError where the extra "images" is missing.
    """
    with _images("pictures"):
        from sketchlib.formats import (
            tracing,  # its libraries take a second to load, and few need them
        )

        return tracing.from_image(content)


@contextlib.contextmanager
def _images(kind: str) -> Iterator[None]:
    """Say how to get the libraries for a kind of file, if they are not installed."""
    try:
        yield
    except ImportError as error:
        raise ImportError(
            f"reading {kind} needs {error.name}, which is not installed: "
            "pip install -e '.[images]'",
            name=error.name,
        ) from error
