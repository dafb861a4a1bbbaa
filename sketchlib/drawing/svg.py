"""A drawing as SVG: a document that any program opens, or a small picture within a page."""

import html
from collections.abc import Sequence

import numpy as np

from sketchlib._shared.colors import INK
from sketchlib.drawing import strokes

THICKNESS = 0.0125  # of a document's pen, as a share of the drawing's longer side


def document(drawing: strokes.Drawing, title: str = "A drawing") -> str:
    """Return a drawing as an SVG document, a path per stroke; times are not kept.

    Raises ValueError if there are no points.
    """
    low, high = strokes.bounding_box(drawing)
    pen = THICKNESS * ((high - low).max() or 100.0)
    x, y = low - 2 * pen
    width, height = high - low + 4 * pen
    paths = [f'<path d="{_path(stroke)}"/>' for stroke in drawing if len(stroke)]
    return "\n".join(
        [
            '<svg xmlns="http://www.w3.org/2000/svg" role="img" '
            f'viewBox="{x:.2f} {y:.2f} {width:.2f} {height:.2f}">',
            f"<title>{html.escape(title)}</title>",
            f'<g fill="none" stroke="#000" stroke-width="{pen:.2f}" stroke-linecap="round" '
            'stroke-linejoin="round">',
            *paths,
            "</g>",
            "</svg>\n",
        ]
    )


def _path(stroke: np.ndarray) -> str:
    points = [f"{x:.2f} {y:.2f}" for x, y in np.asarray(stroke, dtype=np.float64)[:, :2]]
    return f"M{' L'.join(points if len(points) > 1 else points * 2)}"


def inline(
    drawing: strokes.Drawing,
    label: str,
    colors: Sequence[str] | None = None,
    size: int = 300,
    margin: int = 20,
    width: float = 4,
    dots: str = "",
    most: int | None = None,
    names: Sequence[str] = (),
) -> str:
    """Return a drawing, fitted into `size` pixels of the page, for screen readers called `label`.

    colors: one for each stroke. dots: a colour in which every point is marked, or none. most: how
    many points are shown; it is the whole drawing that decides where they are. names: what is
    written in the middle of each stroke, if anything is.
    Raises ValueError if the drawing has no points.
    """
    low, high = strokes.bounding_box(drawing)
    scale = (size - 2 * margin) / strokes.longer_side(low, high)
    move = size / 2 - (low + high) / 2 * scale
    lines, words = [], []
    for index, (stroke, color) in enumerate(
        zip(drawing, colors or [INK] * len(drawing), strict=True)
    ):
        if len(stroke) and most != 0:
            points = np.asarray(stroke, dtype=np.float64)[:most, :2] * scale + move
            lines.append(_polyline(points, color, width))
            lines += [_dot(point, dots, width) for point in points if dots]
            if names and names[index]:
                words.append(_word(names[index], points[len(points) // 2], color[:7]))
        most = None if most is None else max(most - len(stroke), 0)
    return (
        f'<svg width="{size}" height="{size}" viewBox="0 0 {size} {size}" role="img" '
        f'aria-label="{html.escape(label)}" fill="none" stroke-linecap="round" '
        'stroke-linejoin="round" style="background:#fff; border:1px solid #bdbdbd; '
        f'border-radius:12px">{"".join(lines + words)}</svg>'
    )


def _polyline(points: np.ndarray, color: str, width: float) -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in [*points, points[-1]])  # a dot shows as well
    return f'<polyline points="{path}" stroke="{color}" stroke-width="{width:g}"/>'


def _dot(point: np.ndarray, color: str, width: float) -> str:
    return f'<circle cx="{point[0]:.1f}" cy="{point[1]:.1f}" r="{width:g}" fill="{color}"/>'


def _word(text: str, place: np.ndarray, color: str) -> str:
    """Write a word on the lines, with a white edge that sets it off from them."""
    return (
        f'<text x="{place[0]:.1f}" y="{place[1] + 5:.1f}" text-anchor="middle" fill="{color}" '
        'font-family="sans-serif" font-size="15" font-weight="bold" stroke="#fff" '
        f'stroke-width="5" paint-order="stroke">{html.escape(text)}</text>'
    )
