"""Judges of single files: each opens one that nobody should have sent, and tells how that ended.

A file is read, or refused in one sentence; all else is wrong. A judge takes the number of the case,
a source of luck and a folder of its own.
"""

import contextlib
import gzip
import random
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import hostile
import numpy as np
from trials import SURVIVED, Verdict

from sketchlib.drawing import quickdraw, strokes, svg
from sketchlib.formats import reader

MOST_MEMORY = 1200  # MB that a process may have taken for any file

Judge = Callable[[int, random.Random, Path], Verdict]


def judge_on(judge: Judge, seed: int, cases: range, folder: Path, told) -> None:
    """Judge cases and tell of each; a number that overflows on the way counts as an error."""
    warnings.simplefilter("ignore")
    with contextlib.suppress(Exception):
        judge(0, random.Random(0), folder)  # loads whatever there is to load
    warnings.simplefilter("error", RuntimeWarning)
    told.send_bytes(b"ready")
    for case in cases:
        try:
            end, detail = judge(case, random.Random(seed + (case << 32)), folder)
        except Exception as error:
            end, detail = "wrong", repr(error)[:300]
        told.send_bytes(f"{end}\n{detail}".encode(errors="replace"))


def refused(error: Exception, begin: str) -> Verdict:
    """Tell whether an error is a sentence of ours."""
    text = str(error)
    if (
        type(error) is ValueError
        and text.startswith(begin)
        and "\n" not in text
        and len(text) < 999
    ):
        return SURVIVED
    return Verdict("wrong", repr(error)[:300])


def check(drawing: strokes.Drawing) -> None:
    """Make sure that a drawing which was read is one, and can be recognised, or that is told."""
    assert len(drawing) and not strokes.too_large(drawing)
    assert all(stroke.ndim == 2 and stroke.shape[1] in (2, 3) for stroke in drawing)
    assert all(len(stroke) and np.isfinite(stroke).all() for stroke in drawing)
    try:
        check_ink(strokes.batch([strokes.drawing_to_ink(drawing)], strokes.MAX_POINTS)[0])
    except ValueError as error:
        assert "leave some out" in str(error)


def check_ink(ink: np.ndarray) -> None:
    """Make sure that ink is finite, and stays in the box of one by one that it is scaled to."""
    assert np.isfinite(ink).all() and set(ink[:, 2].tolist()) <= {0, 1}
    assert len(ink) == 0 or np.abs(ink[:, :2]).max() <= 1.0001


def parse_a_line(case: int, rng: random.Random, folder: Path) -> Verdict:
    damage = rng.choice((hostile.damaged, hostile.damaged_json))
    line = damage(rng, rng.choice(hostile.lines()))
    try:
        record = quickdraw.parse(line)
    except Exception as error:
        return refused(error, "the line ")
    if rng.random() < 0.1:  # another trial is about the way to ink
        check(record["drawing"])
    again = quickdraw.parse(quickdraw.to_line(record))
    assert all(map(np.array_equal, again.pop("drawing"), record.pop("drawing")))
    assert again == record and "".join(map(str, record.values())).encode()
    return SURVIVED


def read_a_packed_file(case: int, rng: random.Random, folder: Path) -> Verdict:
    lines, path = hostile.lines()[:3], folder / "cat.ndjson.gz"
    path.write_bytes(hostile.damaged(rng, gzip.compress(b"".join(lines), 1)))
    try:
        records = list(quickdraw.read(path))
    except Exception as error:
        return refused(error, f"{path}")
    assert list(map(quickdraw.to_line, records)) == [line.decode().strip() for line in lines]
    return SURVIVED


NUMBERS = [0, 1, -1, 255, 0.5, 1e-320, 1e-30, 1e30, -1e30, 1e31, 1.7e308, float("nan"), 2**70]


def an_odd_drawing(rng: random.Random):
    """Return what may stand where a drawing should: mostly one, of any size and any numbers."""
    if rng.random() < 0.1:
        return rng.choice([None, 3, [], [None], "ab", [[]], [[[]]], [{}], {}, np.zeros(3), [5, []]])
    scale, offset = 10 ** rng.uniform(-30, 29), rng.choice((0, 0, 10 ** rng.uniform(-3, 9)))
    random_numbers = np.random.default_rng(rng.getrandbits(32))
    drawing: list = []
    for _ in range(rng.choice((1, 1, 2, 5))):
        points = random_numbers.normal(size=(rng.choice((0, 1, 2, 3, 9, 50)), rng.choice((2, 3))))
        way = rng.choice(
            (lambda p: p, np.round, np.zeros_like, np.sort, lambda p: p.cumsum(axis=0))
        )
        drawing.append(way(points) * scale + offset)
    if rng.random() < 0.3:
        stroke = rng.choice(drawing)
        for _ in range(min(stroke.size, 3)):
            stroke.flat[rng.randrange(stroke.size)] = float(rng.choice(NUMBERS))
    if rng.random() < 0.2:
        kinds = "float16", "float32", "int8", "int64", "bool", "object", "U9"
        with np.errstate(all="ignore"):
            drawing[0] = drawing[0].astype(rng.choice(kinds))
    if rng.random() < 0.2:
        drawing[0] = rng.choice((drawing[0].tolist(), drawing[0].T, drawing[0][None], [1, [2]]))
    return drawing


def simplify_something(case: int, rng: random.Random, folder: Path) -> Verdict:
    drawing = an_odd_drawing(rng)
    try:
        low, high = strokes.bounding_box(drawing)
        simple, ink = strokes.simplify(drawing), strokes.to_ink(drawing)
        recognised = strokes.drawing_to_ink(drawing, in_proportion=rng.random() < 0.5)
        strokes.ensure_simplified(drawing)
    except Exception as error:
        return refused(error, ("the drawing ", "a stroke is "))
    assert np.isfinite([low, high]).all() and (low <= high).all()
    corners = strokes.bounding_box(simple)
    assert np.min(corners) >= 0 and np.max(corners) <= strokes.BOX
    for part in (ink, recognised):
        short = strokes.shorten(part, most := rng.randint(1, 120))
        assert len(short) == min(len(part), most)
        check_ink(part), check_ink(short)
    svg.document(drawing), svg.inline(drawing, "")
    return SURVIVED


def open_content(content: bytes) -> Verdict:
    """Open a file as the pad does."""
    try:
        drawing = reader.read(content, "it")
    except Exception as error:
        return refused(error, "it ")
    check(drawing)
    return SURVIVED


def open_an_svg(case: int, rng: random.Random, folder: Path) -> Verdict:
    return open_content(hostile.damaged(rng, rng.choice(hostile.svgs())))


def open_a_picture(case: int, rng: random.Random, folder: Path) -> Verdict:
    return open_content(hostile.damaged(rng, rng.choice(hostile.pictures())))


def open_crafted(names: list[str], case: int, rng: random.Random, folder: Path) -> Verdict:
    end, detail = open_content(hostile.crafted()[names[case]]())
    if (most := megabytes()) > MOST_MEMORY:
        end, detail = "wrong", f"it took {most} MB"
    return Verdict(end, detail and f"{names[case]}: {detail}")


def megabytes() -> int:
    """Return the most memory that this process has had; 0 on Windows, which keeps it to itself."""
    try:
        import resource
    except ImportError:
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (
        2**20 if sys.platform == "darwin" else 2**10
    )
