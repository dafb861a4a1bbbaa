"""The Quick, Draw! dataset's source: its 345 class names, and its drawings as the official ndjson.

One line of ndjson is one drawing, a JSON object with `word`, `countrycode`, `timestamp`,
`recognized`, `key_id` and `drawing`. Two layouts exist, told apart by their strokes: *simplified*
`[[x…], [y…]]` in 0..255, and *raw* `[[x…], [y…], [t…]]` in the pen's own pixels and milliseconds
(github.com/googlecreativelab/quickdraw-dataset).
"""

import gzip
import hashlib
import json
import os
import warnings
import zlib
from collections.abc import Iterable, Iterator, Mapping
from importlib import resources
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple, TypedDict

import numpy as np

from sketchlib._shared.words import did_you_mean
from sketchlib.drawing import strokes

CLASSES: tuple[str, ...] = tuple(
    resources.files(__package__).joinpath("categories.txt").read_text("utf-8").splitlines()
)
GARBAGE_LINES = 100  # a file whose first hundred lines are all bad is not read any further
MAX_LINE_BYTES = 2 * 2**20  # the largest drawing that can be recognised takes fewer
WHOLE = 2**53  # larger floats are all whole numbers, and are not written as such
TEXTS = ("word", "countrycode", "timestamp", "key_id")
BLOCK = 400_000  # bytes, some thousand lines
GZIP_MAGIC = b"\x1f\x8b"
MAX_BAD_SHARE = 0.01  # of a file's lines may hold no drawing

Source = str | os.PathLike | Iterable[str | os.PathLike]  # a file, a folder, or a list of either


class Record(TypedDict):
    """One drawing as people drew it, with what the dataset knows about it."""

    word: str
    countrycode: str | None
    timestamp: str | None
    recognized: bool | None  # None: the source does not say
    key_id: str
    drawing: list[np.ndarray]  # strokes: float32 [n, 2] of x, y; raw: float64 [n, 3] of x, y, t


def check_classes(names: Iterable[str]) -> None:
    """Raise ValueError, with the closest match, if any of the names is not one of CLASSES."""
    faults = []
    for name in names:
        if name not in CLASSES:
            hint = f"; {meant}" if (meant := did_you_mean(name, CLASSES)) else "."
            faults.append(f"unknown class {name!r}{hint}")
    if faults:
        raise ValueError(" ".join([*faults, "All 345 are in sketchlib.drawing.quickdraw.CLASSES"]))


class Lines(NamedTuple):
    """Lines of an ndjson file that `parse` has yet to look at; `first` is the number of the first.

    The lines of a file count from 1.
    """

    file: Path
    first: int
    texts: list[bytes]


class Tally:
    """How many lines of a file hold no drawing; one warning at the end of a file counts them.

    Raises ValueError where they exceed a share of the lines, or make up the first hundred, or where
    there are none.
    """

    def __init__(self, max_bad_share: float):
        self._most = max_bad_share
        self._open(None)

    def _open(self, file: Path | None) -> None:
        self._file, self._total, self._bad, self._first = file, 0, 0, ""

    def add(self, file: Path, lines: int, faults: Mapping[int, str]) -> None:
        """Count so many lines more of a file, and the faults of some by their place among them."""
        if file != self._file:
            self._judge()
            self._open(file)
        for place, fault in faults.items():
            self._bad += 1
            self._first = self._first or fault
            seen = self._total + place + 1
            if self._most == 0 or self._bad == seen == GARBAGE_LINES:
                raise self._too_bad(f"its first {seen:,}")
        self._total += lines

    def close(self) -> None:
        """Judge the last file, of which all has been counted."""
        self._judge()

    def _judge(self) -> None:
        if self._file and not self._total:
            if self._most < 1:
                raise ValueError(f"{self._file} is empty: delete it and download it again")
            told = f"{self._file} is empty: whatever was to be there is not"
            warnings.warn(told, stacklevel=4)
        if self._bad > self._most * self._total:
            raise self._too_bad(f"{self._total:,}")
        if self._bad:
            report = f"skipped {self._bad:,} of {self._total:,} lines; first: {self._first}"
            warnings.warn(f"{self._file}: {report}", stacklevel=4)  # who reads

    def _too_bad(self, total: str) -> ValueError:
        return ValueError(
            f"{self._file}: {self._bad:,} of {total} lines hold no drawing; first: {self._first}. "
            "If it is a failed download, delete it and download it again; "
            "if you can do without those lines, raise max_bad_share"
        )


def read(path: Source, max_bad_share: float = MAX_BAD_SHARE) -> Iterator[Record]:
    """Iterate over the records of an ndjson file, of a folder of them, or of a list of either.

    Files may be raw or simplified, plain or gzipped; a folder's *.ndjson and *.ndjson.gz are read
    in the order of their names. Words are not checked: people may bring classes of their own.
    Bad lines are skipped, and one warning at the end of a file counts them. Raises ValueError
    where they exceed `max_bad_share` of a file's lines (0 tolerates none, 1 even an empty file) or
    make up its first hundred, or its compression is damaged; FileNotFoundError where none is.
    """
    return _parsed(lines(path, max_bad_share), Tally(max_bad_share))


def _parsed(found: Iterable[Lines], tally: Tally) -> Iterator[Record]:
    for file, first, texts in found:
        tally.add(file, 0, {})
        for number, text in enumerate(texts, first):
            if text.isspace():
                continue
            try:
                record = parse(text, name=f"line {number:,}")
            except ValueError as fault:
                tally.add(file, 1, {0: str(fault)})
            else:
                tally.add(file, 1, {})
                yield record
    tally.close()


def lines(path: Source, max_bad_share: float = MAX_BAD_SHARE) -> Iterator[Lines]:
    """Iterate over the lines that `read` would parse, some BLOCK bytes of a file at a time.

    Parsing them is left to the caller, and so is a Tally. Raises what `read` does of a file.
    """
    if not 0 <= max_bad_share <= 1:
        raise ValueError(f"max_bad_share is {max_bad_share}; it is a share, from 0 to 1")
    return chain.from_iterable(map(_lines, _files(path)))


def _files(path: Source) -> list[Path]:
    if not isinstance(path, str | os.PathLike):
        return [file for entry in path for file in _files(entry)]
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"{path} does not exist: check the path, or download it first")
    if not path.is_dir():
        return [path]
    # None that begins with a dot: macOS leaves such beside files on drives of other systems.
    files = sorted([*path.glob("[!.]*.ndjson"), *path.glob("[!.]*.ndjson.gz")])
    if not files:
        raise FileNotFoundError(
            f"the folder {path} has no *.ndjson or *.ndjson.gz: check the path, or download some"
        )
    return files


def _lines(path: Path) -> Iterator[Lines]:
    """Yield all lines of a file, unzipped where needed, or none once where it has none."""
    with path.open("rb") as file:
        gzipped = file.read(len(GZIP_MAGIC)) == GZIP_MAGIC
    first, size, texts = 1, 0, list[bytes]()
    try:
        with gzip.open(path) if gzipped else path.open("rb") as file:
            while line := file.readline(MAX_LINE_BYTES):
                texts.append(line)
                size += len(line)
                if len(line) == MAX_LINE_BYTES:
                    number = first + len(texts) - 1
                    raise ValueError(f"{path} is not ndjson: line {number:,} never seems to end")
                if size > BLOCK:
                    yield Lines(path, first, texts)
                    first, size, texts = first + len(texts), 0, []
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(
            f"{path}: the compressed data is damaged after line {first + len(texts) - 1:,} "
            f"({error}); delete it and download it again"
        ) from error
    if texts or first == 1:
        yield Lines(path, first, texts)


def parse(line: str | bytes, name: str = "the line") -> Record:
    """Return the record of one line of ndjson, raw or simplified.

    Only `word` and `drawing` must be there. Raises ValueError that says what is wrong with
    the line, calling it `name`.
    """
    if len(line) > MAX_LINE_BYTES:
        raise ValueError(f"{name} has {len(line):,} bytes, {MAX_LINE_BYTES:,} at most can be read")
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{name} is not JSON ({error})") from None
    if not isinstance(fields, dict):
        raise ValueError(f"{name} is not a JSON object")
    for field, kind in (("word", str), ("drawing", list)):
        if not isinstance(fields.get(field), kind) or not fields[field]:
            raise ValueError(f"{name} has no {field}")
    _check_texts(fields, name)
    drawing = _drawing(fields["drawing"], name)
    recognized = fields.get("recognized")
    return Record(
        word=fields["word"],
        countrycode=fields.get("countrycode"),
        timestamp=fields.get("timestamp"),
        recognized=recognized if isinstance(recognized, bool) else None,
        key_id=str(fields.get("key_id") or _key_id(fields["drawing"])),
        drawing=drawing,
    )


def _check_texts(fields: dict[str, Any], name: str) -> None:
    """Raise ValueError for what should be text and is not; a key may be a number as well."""
    for field in TEXTS:
        text = fields.get(field)
        if not isinstance(text, str | None) and not (field == "key_id" and isinstance(text, int)):
            raise ValueError(f"{name} has a {field} that is no text")
        try:
            str(text).encode()
        except UnicodeEncodeError:
            raise ValueError(f"{name} has half a letter in its {field}") from None


def _key_id(drawing: list) -> str:
    """Name a drawing by its content, so that it keeps its side of every split."""
    text = json.dumps(drawing, separators=(",", ":"))
    return f"nokey-{hashlib.sha1(text.encode()).hexdigest()[:16]}"


def _drawing(lists: list, name: str) -> list[np.ndarray]:
    try:
        drawing = [_stroke(axes) for axes in lists]
    except ValueError as error:
        raise ValueError(f"{name} has a stroke that {error}") from None
    if any(stroke.shape[1] != drawing[0].shape[1] for stroke in drawing):
        raise ValueError(f"{name} has strokes with and without times")
    if reason := strokes.too_large(drawing):
        raise ValueError(f"{name} {reason}")
    return drawing


def _stroke(axes: Any) -> np.ndarray:
    try:
        numbers = set(map(type, chain.from_iterable(axes))) <= {int, float}
        points = np.array(axes if numbers else None)
    except (TypeError, ValueError):  # no lists, or of unequal length
        points = np.array(None)
    if points.ndim != 2 or points.shape[0] not in (2, 3) or points.dtype.kind not in "iuf":
        raise ValueError("is not equally long lists of numbers, x and y or x, y and t")
    if points.shape[1] == 0:
        raise ValueError("has no points")
    if points.dtype.kind == "f" and not (np.abs(points) <= strokes.FARTHEST).all():
        raise ValueError("has a coordinate that is not a finite number")
    # A raw drawing's milliseconds may be more than float32 counts exactly.
    return points.T.astype(np.float32 if len(points) == 2 else np.float64, order="C")


def to_line(record: Mapping[str, Any]) -> str:
    """Return a record as one line of the official ndjson, without the line's end.

    Strokes may be any arrays [n, 2] or [n, 3]; only `word` and `drawing` must be there.
    Raises ValueError where `parse` would not read the line.
    """
    strokes.bounding_box(record.get("drawing", ()))
    drawing = [_axes(stroke) for stroke in record["drawing"]]
    fields = {field: record.get(field) for field in Record.__annotations__}
    fields |= {"key_id": record.get("key_id") or _key_id(drawing), "drawing": drawing}
    line = json.dumps(fields, separators=(",", ":"))
    parse(line, name="the record")
    return line


def _axes(stroke: np.ndarray) -> list[list[int | float]]:
    points = np.asarray(stroke)
    if points.dtype == np.float32:
        points = points.astype(str).astype(float)  # 0.1 and not 0.10000000149011612
    return [
        [int(value) if abs(value) < WHOLE and value == int(value) else value for value in axis]
        for axis in points.T.tolist()
    ]
