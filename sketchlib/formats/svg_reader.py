"""The lines of an SVG, whichever program drew it."""

import warnings
from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError

import numpy as np

MOST_BYTES = 2 * 2**20  # of an SVG to read; drawings take some kilobytes
MOST_POINTS = 20_000  # so that some bytes of curves do not become a huge drawing
STEP = 1 / 150  # of the picture's longer side: the distance of points along a curve
MOST_ARCS = 1_000  # a millisecond each
FARTHEST = 1e6  # a coordinate; beyond, numbers lose their fraction
PAPER = {"white", "#fff", "#ffffff"}  # a fill without an outline that is the background
UNSEEN = {"defs", "symbol", "clipPath", "mask", "pattern", "marker", "metadata"}


def from_svg(text: str | bytes) -> list[np.ndarray]:
    """Return the lines that an SVG draws, strokes float64 [n, 2] in its user units.

    Paths, lines, polylines, polygons, rectangles, circles and ellipses count, with the transforms
    of all groups around them; curves are sampled. Texts, `use` and style sheets do not. Raises
    ValueError for what is no SVG, is too large or draws no lines.
    """
    root, shapes, fault = _parse(text), [], "only paths and basic shapes can be read"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # svgpathtools tells how it mends what is out of order
        for element, matrix in _elements(root):
            try:
                shapes += [(path, matrix) for path in _paths(element)]
            except Exception as error:  # it raises all kinds of things on damaged shapes
                fault = f"a <{_tag(element)}> cannot be read ({error or type(error).__name__})"
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
    except (ParseError, ValueError) as error:
        raise ValueError(f"the SVG is damaged: {error}") from None
    if sum(element.get("d", "").upper().count("A") for element in root.iter()) > MOST_ARCS:
        raise ValueError(f"the SVG has over {MOST_ARCS:,} arcs: simplify it")
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
            matrix = matrix @ parse_transform(element.get("transform"))
            yield element, matrix
            stack += [(child, matrix) for child in reversed(element)]


def _paths(element: Element) -> list:
    """Return the connected paths that an element draws, as svgpathtools has them."""
    from svgpathtools import parse_path
    from svgpathtools.document import CONVERSIONS

    stroke, fill = element.get("stroke", "none"), element.get("fill", "")
    if _tag(element) not in CONVERSIONS or (stroke == "none" and fill.lower() in PAPER):
        return []
    path = parse_path(CONVERSIONS[_tag(element)](element))
    return path.continuous_subpaths() if len(path) else []


def _sampled(shapes: list[tuple]) -> list[np.ndarray]:
    """Return the strokes of shapes, each point moved by its shape's matrix."""
    moved = [_moved(np.array([(s.start, s.end) for s in p]).ravel(), m) for p, m in shapes]
    corners = np.concatenate(moved)
    if not (np.abs(corners) < FARTHEST).all():
        raise ValueError("the SVG has coordinates that are too large to draw")
    step = STEP * (np.ptp(corners, axis=0).max() or 1.0)
    drawing, points = [], 0
    for path, matrix in shapes:
        stroke = _moved(_points(path, step / max(_scale(matrix), 1e-9)), matrix)
        drawing.append(stroke)
        points += len(stroke)
        if points > MOST_POINTS:
            raise ValueError(f"the SVG has over {MOST_POINTS:,} points: simplify it")
    return drawing


def _scale(matrix: np.ndarray) -> float:
    return float(np.sqrt(abs(np.linalg.det(matrix[:2, :2]))))


def _moved(points: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Return complex points [n] after a transform, float64 [n, 2]."""
    with np.errstate(all="ignore"):  # numbers that overflow are refused later
        return np.stack([points.real, points.imag, np.ones(len(points))], axis=1) @ matrix[:2].T


def _points(part, step: float) -> np.ndarray:
    """Return points along a connected path, complex [n]: ends of lines, curves every `step`."""
    from svgpathtools import Line

    points = [part[0].start]
    for segment in part:
        count = 1 if isinstance(segment, Line) else _count(segment, step)
        points += [segment.point(t) for t in np.arange(1, count) / count] + [segment.end]
    return np.array(points)


def _count(segment, step: float) -> int:
    """Return into how many pieces to cut a curve, from a rough measure of its length."""
    rough = np.array([segment.point(t) for t in np.linspace(0, 1, 9)])
    return int(np.clip(np.abs(np.diff(rough)).sum() / step, 4, 400))
