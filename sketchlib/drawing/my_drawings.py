"""Drawings that a person has named: a data set of their own, an ndjson file per word.

`save_labelled` adds one, `read` has them all; notebook 01 adds them to what a model is trained on.
"""

import io
import os
import re
import unicodedata
import uuid
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from filelock import FileLock

from sketchlib.drawing import quickdraw, strokes

MOST_LETTERS = 60  # of a word; file names end at 255 bytes
# What Windows takes for a device in a file name, whatever the ending.
RESERVED = re.compile(r"^(con(in\$|out\$)?|prn|aux|nul|(com|lpt)[1-9¹²³])(?= *(\.|$))", re.I)


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
    """End a file's last line if that is whole, else take it away: a crash may have left half."""
    end = file.seek(0, os.SEEK_END)
    start = max(end - quickdraw.MAX_LINE_BYTES, 0)
    file.seek(end - 1 if end else 0)
    if end and file.read(1) != b"\n":
        file.seek(start)
        last = file.read().rpartition(b"\n")[2]
        try:
            quickdraw.parse(last)
            file.write(b"\n")
        except ValueError:
            file.truncate(end - len(last))


def read(path: str | os.PathLike | Iterable[str | os.PathLike]) -> Iterator[quickdraw.Record]:
    """Iterate over the drawings that were kept in a folder, or in some of its files.

    What a crash has left of one, half a line or an empty file, costs a warning and nothing else.
    Raises FileNotFoundError where none were kept.
    """
    return quickdraw.read(path, max_bad_share=1)


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
