"""Drawings to records: a thousand at a time, in this process or in others.

What is usual, simplified drawings in ndjson of the official form, is parsed by msgspec and done at
once (`many`); everything else goes one by one through `quickdraw.parse` and `strokes`, which also
say what is wrong with it. The records are the same.
"""

import hashlib
import struct
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any

import msgspec

from sketchlib._shared import files
from sketchlib.drawing import many, quickdraw, strokes
from sketchlib.drawing.quickdraw import Line, Record
from sketchlib.records import examples, layout

ORDER_BYTES = 8  # of hash: what a shard is sorted by
CLASS = struct.Struct("<I")  # before a record that waits in a spool, and then
HEAD = struct.Struct(f"<{ORDER_BYTES}sI")  # its order and its length
Share = tuple[Path, int, int]  # of a spool, in order: the first of its records, and the step


Text = Annotated[str, msgspec.Meta(min_length=1)]
Numbers = Annotated[
    list[Annotated[int, msgspec.Meta(ge=0, le=strokes.BOX)]], msgspec.Meta(min_length=1)
]
Strokes = Annotated[
    list[tuple[Numbers, Numbers]],
    msgspec.Meta(min_length=1, max_length=strokes.MOST_STROKES),
]


class _Usual(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """What a line of ndjson holds, nearly always; the rest is left to `quickdraw.parse`."""

    word: Text
    key_id: Text
    drawing: Strokes
    countrycode: str | None = None
    timestamp: str | None = None
    recognized: bool | None = None


_DECODER = msgspec.json.Decoder(_Usual)


@dataclass
class Choice:
    """The drawings that are wanted of a source: of some words or all, and so many of each.

    words: none means all. most: of each word, 0 means all. elsewhere: words that the source, which
    has a name, may lack. found: how many have been let through.
    """

    words: frozenset[str] = frozenset()
    most: int = 0
    elsewhere: frozenset[str] = frozenset()
    source: str = ""
    found: Counter[str] = field(default_factory=Counter)

    def is_open(self, word: str) -> bool:
        """Whether one more drawing of a word is wanted."""
        return (word in self.words or not self.words) and (
            self.most == 0 or self.found[word] < self.most
        )

    def takes(self, word: str) -> bool:
        """Whether a drawing of a word is wanted; if so, it counts."""
        wanted = self.is_open(word)
        self.found[word] += wanted
        return wanted

    def check(self) -> None:
        """Raise ValueError for words of which the source had nothing."""
        lacking = {word for word in self.words if not self.found[word]}
        if absent := sorted(lacking - self.elsewhere):
            raise ValueError(f"{self.source} has no drawings of {', '.join(map(repr, absent))}")


@dataclass
class Chunk:
    """What is converted at a time. It may leave out what the choice, as it was, had enough of."""

    drawings: Sequence[Line | Record]
    choice: Choice
    eval_share: float


@dataclass
class Converted:
    """What becomes of a chunk, in order.

    records: of each the word, whether it is still to be chosen, where it belongs (split, shard) and
    what is to wait there. lines: of each file, how many lines were read, and the faults of those
    that hold no drawing, by their place among them.
    """

    records: list[tuple[str, bool, tuple[str, int], bytes]]
    lines: list[tuple[Path, int, dict[int, str]]]


def convert(chunk: Chunk) -> Converted:
    """Convert a chunk; raises ValueError, with its key_id, for a drawing that can't be a record."""
    usual = {
        number: sketch
        for number, source in enumerate(chunk.drawings)
        if isinstance(source, Line) and (sketch := _usual(source))
    }
    drawings = [sketch.drawing for sketch in usual.values()]
    inked = dict(zip(usual, many.ink_and_proportions(drawings), strict=True))
    done, faults = Converted([], []), dict[int, str]()
    for number, source in enumerate(chunk.drawings):
        answer, choosing = inked.get(number), isinstance(source, Line)
        if answer is not None:
            sketch = usual[number]
        else:
            try:
                sketch = _record(source)
            except ValueError as fault:
                faults[number] = str(fault)
                continue
        if choosing and not chunk.choice.is_open(sketch.word):
            continue
        features = _features(sketch, answer)
        split, shard, order = place(str(sketch.key_id), chunk.eval_share)
        waiting = HEAD.pack(order, len(features)) + features
        done.records.append((sketch.word, choosing, (split, shard), waiting))
    done.lines += _by_file(chunk.drawings, faults)
    return done


def _usual(line: Line) -> _Usual | None:
    try:
        return _DECODER.decode(line.text)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def _record(source: Line | Record) -> Any:
    """Return what is not usual as an object with the fields of one that is."""
    if isinstance(source, Line):
        source = quickdraw.parse(source.text, name=f"line {source.number:,}")
    return SimpleNamespace(**{"countrycode": None, "recognized": None} | source)


def _features(sketch: Any, answer: many.Inked | None) -> bytes:
    """Return a record but for its class."""
    try:
        ink, proportions = answer or strokes.ink_and_proportions(sketch.drawing)
        return examples.features(
            ink.tobytes(),
            proportions.tobytes(),
            _text("key_id", str(sketch.key_id)),
            _text("countrycode", sketch.countrycode or ""),
            sketch.recognized,
        )
    except ValueError as error:
        raise ValueError(f"drawing {sketch.key_id!a}: {error}") from None


def _text(name: str, value: str) -> bytes:
    try:
        return value.encode()
    except (AttributeError, UnicodeEncodeError):  # another type, or half a character
        raise ValueError(f"its {name} is {value!a}, which is no text") from None


def _by_file(
    drawings: Sequence[Line | Record], faults: dict[int, str]
) -> Iterator[tuple[Path, int, dict[int, str]]]:
    """Yield each file of which there are lines, their number, and their faults."""
    lines = ((n, d.file) for n, d in enumerate(drawings) if isinstance(d, Line))
    for file, group in groupby(lines, key=itemgetter(1)):
        numbers = [number for number, _ in group]
        yield file, len(numbers), {n - numbers[0]: faults[n] for n in numbers if n in faults}


def place(key_id: str, eval_share: float) -> tuple[str, int, bytes]:
    """Decide a drawing's split, shard and order within it from a hash of its key_id alone.

    So a drawing never changes sides, whatever else is in the data set and however often it is made.
    """
    digest = hashlib.blake2b(key_id.encode(), digest_size=16 + ORDER_BYTES).digest()
    side, shard, order = digest[:8], digest[8:16], digest[16:]
    split = "eval" if int.from_bytes(side) < eval_share * 2**64 else "training"
    return split, int.from_bytes(shard) % layout.SHARDS, order


def count_waiting(spool: Path) -> int:
    """Return how many records wait in a spool."""
    return len(_waiting(spool.read_bytes()))


def write_shard(work: tuple[Path, Share]) -> dict[str, Any]:
    """Write a share of what waits in a spool, sorted, and return the shard's content.

    The shard may take the spool's place: all of it is in memory by then.
    """
    path, (spool, first, step) = work
    data = spool.read_bytes()
    places = _waiting(data)[first::step]
    with open(path, "wb") as file:
        for start, stop in places:
            (class_index,) = CLASS.unpack_from(data, start)
            features = data[start + CLASS.size + HEAD.size : stop]
            file.write(layout.frame(examples.whole(class_index, features)))
    files.sync(path)
    return layout.content(path, len(places))


def _waiting(data: bytes) -> list[tuple[int, int]]:
    """Return where the records of a spool begin and end, in their order."""
    places, start = [], 0
    while start < len(data):
        order, length = HEAD.unpack_from(data, start + CLASS.size)
        stop = start + CLASS.size + HEAD.size + length
        places.append((order, start, stop))
        start = stop
    found: list[tuple[int, int]] = []
    for _, same in groupby(sorted(places), key=itemgetter(0)):  # one, or a drawing given twice
        found += sorted((where[1:] for where in same), key=lambda where: data[slice(*where)])
    return found
