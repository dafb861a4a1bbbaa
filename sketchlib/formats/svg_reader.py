"""The lines of an SVG, whichever program drew it."""

import re
import warnings
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element, ParseError

import numpy as np

from sketchlib.drawing.strokes import MOST_DRAWN

MOST_BYTES = 2**20  # of an SVG to read; drawings take some kilobytes
MOST_ELEMENTS, MOST_TRANSFORMS = 20_000, 10_000
MOST_MARKS = 80_000  # numbers and letters in the paths of all shapes
STEP = 1 / 150  # of the picture's longer side: the distance of points along a curve
FARTHEST = 1e6  # a coordinate; beyond, numbers lose their fraction
PAPER = {"white", "#fff", "#ffffff"}  # a fill without an outline that is the background
NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
MARK = re.compile(f"{NUMBER.pattern}|[A-Za-z]")
UNSEEN = {"defs", "symbol", "clipPath", "mask", "pattern", "marker", "metadata"}


def from_svg(text: str | bytes) -> list[np.ndarray]:
    """Return the lines that an SVG draws, strokes float64 [n, 2] in its user units.

    Paths, lines, polylines, polygons, rectangles, circles and ellipses count, with the transforms
    of all groups around them; curves are sampled. Texts, `use` and style sheets do not. Raises
    ValueError for what is no SVG, is too large or draws no lines.
    """
    root, fault = _parse(text), "only paths and basic shapes can be read"
    shapes: list[tuple[Any, np.ndarray]] = []
    marks = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # svgpathtools tells how it mends what is out of order
        for element, matrix in _elements(root):
            try:
                path = _path(element)
                marks += len(MARK.findall(path))
                if marks <= MOST_MARKS:
                    shapes += [(part, matrix) for part in _parts(path)]
            except Exception as error:  # it raises all kinds of things on damaged shapes
                reason = str(error) or type(error).__name__
                fault = f"a <{_tag(element)}> cannot be read ({reason[:100]})"
        if marks > MOST_MARKS:
            raise ValueError(
                f"the SVG has {marks:,} numbers and letters in its shapes, more than "
                f"{MOST_MARKS:,}: simplify it"
            )
        if not shapes:
            raise ValueError(f"the SVG draws no lines: {fault}")
        return _sampled(shapes)


def _parse(text: str | bytes) -> Element:
    """Parse an SVG that a stranger may have made."""
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import fromstring  # no entities: they may expand without end

    if len(text) > MOST_BYTES:
        raise ValueError(f"the SVG has {len(text):,} bytes, more than {MOST_BYTES:,}: simplify it")
    try:
        root = fromstring(text)
    except DefusedXmlException:
        raise ValueError(
            "the SVG defines XML entities, which may be harmful: save it as plain SVG"
        ) from None
    except (ParseError, ValueError, LookupError) as error:  # LookupError: an unknown encoding
        raise ValueError(f"the SVG is damaged: {error}") from None
    transforms = [element.get("transform", "").count(")") for element in root.iter()]
    for count, most, what in (
        (len(transforms), MOST_ELEMENTS, "elements"),
        (sum(transforms), MOST_TRANSFORMS, "transforms"),
    ):
        if count > most:
            raise ValueError(f"the SVG has {count:,} {what}, more than {most:,}: simplify it")
    if _tag(root) != "svg":
        raise ValueError(f"this is XML, but its root is <{_tag(root)}> and not <svg>")
    return root


def _tag(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _elements(root: Element) -> Iterator[tuple[Element, np.ndarray]]:
    """Iterate over all that is seen, in the order of drawing, with its transform [3, 3]."""
    from svgpathtools.parser import parse_transform

    stack = [(root, np.eye(3))]  # and no recursion: a stranger's groups may lie very deep
    while stack:
        element, matrix = stack.pop()
        if _tag(element) not in UNSEEN and element.get("display") != "none":
            if transform := element.get("transform"):
                matrix = matrix @ parse_transform(transform)
            yield element, matrix
            stack += [(child, matrix) for child in reversed(element)]


def _path(element: Element) -> str:
    """Return what an element draws, in the language of paths; nothing where it is not seen."""
    from svgpathtools.document import CONVERSIONS

    stroke, fill = element.get("stroke", "none"), element.get("fill", "")
    if _tag(element) not in CONVERSIONS or (stroke == "none" and fill.lower() in PAPER):
        return ""
    if _tag(element) in ("polyline", "polygon"):  # svgpathtools takes hours for a long number
        numbers = NUMBER.findall(element.get("points", ""))
        end = "Z" if _tag(element) == "polygon" else ""
        return f"M{' '.join(numbers[: len(numbers) // 2 * 2])}{end}"
    return CONVERSIONS[_tag(element)](element)


def _parts(path: str) -> list:
    """Return the connected parts of a path, as svgpathtools has them."""
    from svgpathtools import parse_path

    parsed = parse_path(path)
    return parsed.continuous_subpaths() if len(parsed) else []


def _sampled(shapes: list[tuple]) -> list[np.ndarray]:
    """Return the strokes of shapes, each point moved by its shape's matrix."""
    moved = [_moved(np.array([(s.start, s.end) for s in p]).ravel(), m) for p, m in shapes]
    corners = _near(np.concatenate(moved))
    step = STEP * (np.ptp(corners, axis=0).max() or 1.0)
    drawing, points = [], 0
    for path, matrix in shapes:
        stroke = [path[0].start]
        for segment in path:
            stroke += _points(segment, step / max(_scale(matrix), 1e-9))
            if points + len(stroke) > MOST_DRAWN:
                raise ValueError(f"the SVG has over {MOST_DRAWN:,} points: simplify it")
        points += len(stroke)
        drawing.append(_near(_moved(np.array(stroke), matrix)))
    return drawing


def _near(points: np.ndarray) -> np.ndarray:
    if not (np.abs(points) < FARTHEST).all():
        raise ValueError("the SVG has coordinates that are too large to draw")
    return points


def _scale(matrix: np.ndarray) -> float:
    return float(np.sqrt(abs(np.linalg.det(matrix[:2, :2]))))


def _moved(points: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Return complex points [n] after a transform, float64 [n, 2]."""
    with np.errstate(all="ignore"):  # numbers that overflow are refused later
        return np.stack([points.real, points.imag, np.ones(len(points))], axis=1) @ matrix[:2].T


def _points(segment, step: float) -> list[complex]:
    """Return points along a segment after its start: the end of a line, of a curve every `step`."""
    from svgpathtools import Line

    count = 1 if isinstance(segment, Line) else _count(segment, step)
    return [*(segment.point(t) for t in np.arange(1, count) / count), segment.end]


def _count(segment, step: float) -> int:
    """Return into how many pieces to cut a curve, from a rough measure of its length."""
    rough = np.array([segment.point(t) for t in np.linspace(0, 1, 9)])
    return int(np.nan_to_num(np.clip(np.abs(np.diff(rough)).sum() / step, 4, 400)))
