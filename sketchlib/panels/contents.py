"""The contents of the pad's panels, as HTML made of the predictor, the drawing and a guess."""

import base64
import html

import numpy as np

from sketchlib._shared.colors import BLUE, GREY, ORANGE
from sketchlib.drawing import my_drawings, strokes, svg
from sketchlib.drawing.strokes import Drawing
from sketchlib.formats import png
from sketchlib.panels import explain
from sketchlib.predictor import Predictor

NOTHING_YET = '<p class="sketchpad-pale">There is too little ink yet.</p>'
FOR, AGAINST, NEITHER = BLUE, ORANGE, GREY
NOTICEABLE = 0.005  # of probability; a stroke that changes less says neither yes nor no
EXAMPLES = 3
SIZE, MARGIN = 150, 12  # pixels of the page, of each picture


def seen(predictor: Predictor, drawing: Drawing, name: str) -> str:
    """Show the simplified drawing and how little of it reaches the model."""
    simplified = strokes.ensure_simplified(drawing)
    before, after = (sum(map(len, part)) for part in (drawing, simplified))
    most = predictor.card["input"]["shape"][0] if hasattr(predictor, "card") else after
    text = (
        f"Your {before} points in {len(simplified)} {_strokes(len(simplified))}, scaled to one "
        f"size and thinned to the {after} that matter. Neither place, size nor speed is left."
    )
    if after - 1 > most:
        text += f" The model is given the {most} of them that bend the line most."
    picture = svg.inline(simplified, "What the model sees", None, SIZE, MARGIN, 2, dots=FOR)
    return f'<div class="sketchpad-pictures">{picture}<p>{text}</p></div>'


def why(predictor: Predictor, drawing: Drawing, name: str) -> str:
    """Show which strokes speak for the best guess, and how others draw that."""
    importance = explain.stroke_importance(predictor, drawing, name)
    title, examples = html.escape(name), explain.typical(name, EXAMPLES)
    colors = _colors(importance)
    pictures = [_figure(svg.inline(drawing, f"Your {name}", colors, SIZE, MARGIN), "Your drawing")]
    pictures += [
        _figure(svg.inline(example, f"Typical drawing: {name}", None, SIZE, MARGIN, 3), "Typical")
        for example in examples
    ]
    return (
        f"<p>Best guess: <b>{title}</b>. {_verdict(importance)}</p>"
        f'<div class="sketchpad-pictures">{"".join(pictures)}</div>'
        f'<p style="margin-top:8px">{_legend()}</p>'
    )


def _verdict(importance: np.ndarray) -> str:
    """Say which strokes matter, the strongest three first."""
    if len(importance) == 1:
        return "There is one stroke, and it says everything."
    order = np.argsort(-np.abs(importance), kind="stable")[:3]
    parts = [
        f"stroke {index + 1} ({100 * importance[index]:+.0f} points)"
        for index in order
        if abs(importance[index]) >= NOTICEABLE
    ]
    if not parts:
        return "No stroke alone makes a difference."
    return f"What matters most: {', '.join(parts)}.".replace("-", "\N{MINUS SIGN}")


def _legend() -> str:
    """Explain the colours."""
    meanings = {FOR: "speaks for it", AGAINST: "against it", NEITHER: "hardly matters"}
    return " &emsp;".join(
        f'<span class="sketchpad-key" style="background:{color}"></span>{meaning}'
        for color, meaning in meanings.items()
    )


def _colors(importance: np.ndarray) -> list[str]:
    """Return #rrggbbaa for each stroke: the hue says which way it pulls, the strength how much."""
    strongest = np.abs(importance).max(initial=NOTICEABLE)
    return [
        (FOR if change > 0 else AGAINST) + f"{round(110 + 145 * abs(change) / strongest):02x}"
        if abs(change) >= NOTICEABLE
        else NEITHER
        for change in importance
    ]


def _figure(picture: str, caption: str) -> str:
    return f"<figure>{picture}<figcaption>{html.escape(caption)}</figcaption></figure>"


def _strokes(count: int) -> str:
    return "stroke" if count == 1 else "strokes"


def downloads(predictor: Predictor, drawing: Drawing, name: str) -> str:
    """Link to the drawing as files; their content is in the links."""
    kinds = {
        "ndjson": ("application/x-ndjson", my_drawings.to_ndjson(drawing, name).encode()),
        "svg": ("image/svg+xml", svg.document(drawing).encode()),
        "png": ("image/png", png.to_png(drawing)),
    }
    links = [
        f'<a download="drawing.{ending}" href="data:{kind};base64,'
        f'{base64.b64encode(content).decode()}">{ending.upper()}</a>'
        for ending, (kind, content) in kinds.items()
    ]
    return f"<p>Download as {''.join(links)}</p>"
