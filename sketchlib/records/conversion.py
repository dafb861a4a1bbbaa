"""Drawings to records: a thousand at a time, in this process or in others.

What is usual, simplified drawings in ndjson of the official form, is parsed by msgspec and done at
once (`many`); everything else goes one by one through `quickdraw.parse` and `strokes`, which also
say what is wrong with it. The records are the same.
"""

import hashlib
import struct
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any

import msgspec

from sketchlib._shared import files
from sketchlib.drawing import many, quickdraw, strokes
from sketchlib.drawing.quickdraw import Lines, Record
from sketchlib.records import examples, layout

ORDER_BYTES = 8  # of hash: what a shard is sorted by
# Before what waits in a spool, a word and the features: its order, and the length of both.
HEAD = struct.Struct(f"<{ORDER_BYTES}sII")
KNOWN = {"countrycode": None, "recognized": None}  # what records may leave out
Share = tuple[Path, int, int]  # of a spool, in order: the first of its records, and the step


Text = Annotated[str, msgspec.Meta(min_length=1)]
Numbers = Annotated[list[int], msgspec.Meta(min_length=1)]
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
    """What is converted at a time: lines, or records that have been chosen already."""

    drawings: Lines | list[Record]
    choice: Choice
    eval_share: float


@dataclass
class Piled:
    """Records as they will wait in spools, those of a split's shard in one piece.

    words: how many there are of each, in the order in which they first came.
    """

    words: Counter[str]
    spools: dict[tuple[str, int], bytes]


@dataclass
class Converted:
    """What becomes of a chunk.

    size: the number of drawings and of lines without. lines: for a Tally, where there were lines.
    made: the records, in order, of each the word, its split and shard, and what is to wait there;
    or all of them piled up, unless some are still to be left out by the choice.
    """

    size: int
    lines: tuple[Path, int, dict[int, str]] | None
    made: "list[Made] | Piled"


Made = tuple[str, tuple[str, int], bytes]


def convert(chunk: Chunk) -> Converted:
    """Convert a chunk; raises ValueError, with its key_id, for a drawing that can't be a record."""
    if not isinstance(chunk.drawings, Lines):
        made = [_made(SimpleNamespace(**KNOWN | r), None, chunk) for r in chunk.drawings]
        return Converted(len(made), None, pile(made))
    file, first, texts = chunk.drawings
    numbered = [(n, text) for n, text in enumerate(texts, first) if not text.isspace()]
    sketches = [_usual(text) for _, text in numbered]
    inked = iter(many.ink_and_proportions([sketch.drawing for sketch in sketches if sketch]))
    made, faults = [], {}
    for place, ((number, text), sketch) in enumerate(zip(numbered, sketches, strict=True)):
        answer = next(inked) if sketch else None
        try:
            found = sketch if sketch and answer else _unusual(text, number)
        except ValueError as fault:
            faults[place] = str(fault)
            continue
        if chunk.choice.is_open(found.word):
            made.append(_made(found, answer, chunk))
    counted = (file, len(numbered), faults)
    return Converted(len(numbered), counted, made if chunk.choice.most else pile(made))


def pile(made: Iterable[Made]) -> Piled:
    """Put together what is to wait in the same spool."""
    words, pieces = Counter[str](), defaultdict[tuple[str, int], list[bytes]](list)
    for word, spool, waiting in made:
        words[word] += 1
        pieces[spool].append(waiting)
    return Piled(words, {spool: b"".join(parts) for spool, parts in pieces.items()})


def _usual(text: bytes) -> _Usual | None:
    try:
        return _DECODER.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def _unusual(text: bytes, number: int) -> Any:
    """Return what another line holds, with the fields of one that is usual."""
    return SimpleNamespace(**quickdraw.parse(text, name=f"line {number:,}"))


def _made(sketch: Any, answer: many.Inked | None, chunk: Chunk) -> Made:
    """Return a record but for its class, of which it has the name."""
    features, word = _features(sketch, answer), sketch.word.encode(errors="surrogatepass")
    split, shard, order = place(str(sketch.key_id), chunk.eval_share)
    waiting = HEAD.pack(order, len(word), len(features)) + word + features
    return sketch.word, (split, shard), waiting


def features(record: Record) -> bytes:
    """Return one drawing as a serialised tf.train.Example, but for its class.

    Raises ValueError, with the drawing's key_id, for one without points or otherwise impossible.
    """
    return _features(SimpleNamespace(**KNOWN | record), None)


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


def write_shard(work: tuple[Path, Share, dict[bytes, int]]) -> dict[str, Any]:
    """Write a share of what waits in a spool, sorted, and return the shard's content.

    It is given the place of each word among the classes. The shard may take the spool's place: all
    of it is in memory by then.
    """
    path, (spool, first, step), classes = work
    data = spool.read_bytes()
    places = _waiting(data)[first::step]
    with open(path, "wb") as file:
        for start, stop in places:
            _, word, _ = HEAD.unpack_from(data, start)
            middle = start + HEAD.size + word
            class_index = classes[data[start + HEAD.size : middle]]
            file.write(layout.frame(examples.whole(class_index, data[middle:stop])))
    files.sync(path)
    return layout.content(path, len(places))


def _waiting(data: bytes) -> list[list[int]]:
    """Return where the records of a spool begin and end, in their order."""
    places, start = [], 0
    while start < len(data):
        order, word, features = HEAD.unpack_from(data, start)
        stop = start + HEAD.size + word + features
        places.append((order, start, stop))
        start = stop
    if len({order for order, _, _ in places}) == len(places):
        places.sort()
    else:  # a drawing is given twice, and which of them comes first must not depend on the source
        places.sort(key=lambda place: data[slice(*place[1:])])  # begins with its order
    return [where for _, *where in places]
