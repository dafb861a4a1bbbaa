"""Bring drawings and keep them: ndjson, SVG and PNG out; ndjson, SVG, PNG and photos in.

`save_labelled` keeps a drawing that a person has named, as one more record of a data set of their
own; notebook 01 adds these to what a model is trained on.
"""

import contextlib
import gzip
import io
import os
import re
import unicodedata
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from filelock import FileLock
from PIL import Image, ImageDraw

from sketchlib import quickdraw, strokes, svg

MOST_BYTES = 50 * 2**20  # of a file to load; larger ones are no drawings
MOST_LETTERS = 60  # of a word; file names end at 255 bytes
# What Windows takes for a device in a file name, whatever the ending.
RESERVED = re.compile(r"^(con(in\$|out\$)?|prn|aux|nul|(com|lpt)[1-9¹²³])(?= *(\.|$))", re.I)
OVERSAMPLING = 4  # Pillow draws without antialiasing, so it draws larger
PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*")
HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"mif1", b"msf1", b"avif", b"avis")


def to_svg(drawing: strokes.Drawing, title: str = "A drawing") -> str:
    """Return a drawing as an SVG document, a path per stroke; times are not kept.

    Raises ValueError if there are no points.
    """
    return svg.to_svg(drawing, title)


def from_svg(text: str | bytes) -> list[np.ndarray]:
    """Return the lines that an SVG draws, strokes float64 [n, 2]; see `sketchlib.svg`."""
    with _images("SVG"):
        return svg.from_svg(text)


def from_image(content: bytes) -> list[np.ndarray]:
    """Return the lines in a picture of a sketch, strokes float64 [n, 2]; see `sketchlib.tracing`.

    Raises ValueError where there are none, ImportError where the extra "images" is missing.
    """
    with _images("pictures"):
        from sketchlib import tracing  # its libraries take a second to load, and few need them

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


def to_png(drawing: strokes.Drawing, size: int = 512, thickness: float | None = None) -> bytes:
    """Return a drawing as a PNG of size x size pixels, black on white.

    thickness is that of the pen, in pixels. Raises ValueError if there are no points.
    """
    low, high = strokes.bounding_box(drawing)
    pen = OVERSAMPLING * (thickness or size / 80)
    room = OVERSAMPLING * size * 0.9 - pen
    scale = room / ((high - low).max() or 1.0)
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


def to_ndjson(drawing: strokes.Drawing, word: str = "drawing") -> str:
    """Return a drawing as a line of the official ndjson, with its end; raw where it has times."""
    return quickdraw.to_line(_record(drawing, word)) + "\n"


def _record(drawing: strokes.Drawing, word: str) -> quickdraw.Record:
    """Return a drawing as a record of now."""
    strokes.bounding_box(drawing)  # a drawing, and not an empty one
    kept = [np.asarray(stroke, dtype=np.float64) for stroke in drawing if len(stroke)]
    timed = all(stroke.shape[1] == 3 for stroke in kept)
    return quickdraw.Record(
        word=word,
        countrycode="--",  # unknown, in as many letters as a known one
        timestamp=f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f} UTC",
        recognized=None,
        key_id=f"own-{uuid.uuid4().hex}",
        drawing=[stroke if timed else stroke[:, :2] for stroke in kept],
    )


def load(content: bytes, name: str = "the file") -> list[np.ndarray]:
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
        return _read(content)
    except ValueError as error:
        raise ValueError(f"{name} could not be read: {error}") from None


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
    except (OSError, EOFError) as error:
        raise ValueError(f"its compressed data is damaged ({error})") from None


def save_labelled(drawing: strokes.Drawing, word: str, folder: str | os.PathLike) -> Path:
    """Add a drawing to `<folder>/<word>.ndjson` and return that path.

    It is written whole or not at all, and any number of processes may save at once. Raises
    ValueError for an empty drawing or word.
    """
    path = labelled_path(word, folder)
    line = quickdraw.to_line(_record(drawing, _clean(word))).encode() + b"\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    # A lock and not O_APPEND alone: network drives and Windows do not append atomically, and what
    # a crash or a full disk left of a line must be taken away before the next one follows.
    with FileLock(path.parent / ".lock"), path.open("ab+", buffering=0) as file:
        _mend(file)
        end = file.seek(0, os.SEEK_END)
        try:
            if file.write(line) < len(line):
                raise OSError(f"the disk of {path} is full: the drawing was not saved")
            os.fsync(file.fileno())
        except OSError:
            os.ftruncate(file.fileno(), end)
            raise
    return path


def _mend(file: io.FileIO) -> None:
    """Take away the half line that a crash may have left at a file's end."""
    end = file.seek(0, os.SEEK_END)
    start = max(end - quickdraw.MAX_LINE_BYTES, 0)
    file.seek(end - 1 if end else 0)
    if end and file.read(1) != b"\n":
        file.seek(start)
        file.truncate(start + file.read().rfind(b"\n") + 1)


def labelled_path(word: str, folder: str | os.PathLike) -> Path:
    """Return the file of a word's drawings; what no file name may hold becomes an underscore.

    A name that Windows keeps for a device gets one, on every system, so that folders can be moved.
    Raises ValueError for an empty word or a very long one.
    """
    name = re.sub(r'[/\\<>:"|?*]', "_", _clean(word))
    name = re.sub(r"^\.|\.$", "_", name)
    name = RESERVED.sub(r"\g<0>_", name)
    return Path(folder) / f"{name}.ndjson"


def _clean(word: str) -> str:
    """Return a word in one way of writing it: no control characters, single spaces."""
    text = unicodedata.normalize("NFC", word)
    text = "".join(c if unicodedata.category(c) not in ("Cc", "Cs") else " " for c in text)
    text = " ".join(text.split())
    if not text:
        raise ValueError("the drawing needs a word: say what it shows")
    if len(text) > MOST_LETTERS:
        raise ValueError(f"the word has {len(text)} letters, {MOST_LETTERS} at most: shorten it")
    return text
