"""The contents of the pad's panels, as HTML made of the predictor, the drawing and a guess."""

import base64
import html

import numpy as np

from sketchlib._shared.colors import BLUE, GREY, ORANGE
from sketchlib._shared.words import percent
from sketchlib.drawing import my_drawings, strokes, svg
from sketchlib.drawing.strokes import Drawing
from sketchlib.formats import png
from sketchlib.panels import explain, pictures
from sketchlib.predictor import Predictor

NOTHING_YET = '<p class="sketchpad-pale">There is too little ink yet.</p>'
ONE_MOMENT = '<p class="sketchpad-pale">One moment…</p>'
FAILED = '<p class="sketchpad-pale">This could not be found out.</p>'
FOR, AGAINST, NEITHER = BLUE, ORANGE, GREY
NOTICEABLE = 0.005  # of probability; a stroke that changes less says neither yes nor no
TOLD = 3  # strokes, in words
EXAMPLES = 3
SIZE, MARGIN = 150, 12  # pixels of the page, of each picture
_PICTURE = (
    "display:block; max-width:100%; height:auto; border:1px solid #bdbdbd; border-radius:12px"
)


def seen(predictor: Predictor, drawing: Drawing, name: str) -> str:
    """Show what reaches the model: the ink that it is given, drawn again."""
    ink = strokes.drawing_to_ink(drawing, predictor.in_proportion)
    given = strokes.from_ink(strokes.shorten(ink, predictor.points))
    before, after, left = sum(map(len, drawing)), len(ink) + 1, sum(map(len, given))
    text = (
        f"Your {_count(before, 'point')} in {_count(len(drawing), 'stroke')}, scaled to one size "
        f"and thinned to the {after} that matter. Neither place, size nor speed is left."
    )
    if left < after:
        text += f" The model can read no more than {left} of them: those that bend the line most."
    picture = svg.inline(given, "What the model sees", None, SIZE, MARGIN, 2, dots=FOR)
    return f'<div class="sketchpad-pictures">{picture}<p>{text}</p></div>'


def why(predictor: Predictor, drawing: Drawing, name: str) -> str:
    """Show which strokes speak for the best guess, and how others draw that."""
    whole, without = explain.without_each(predictor, drawing, name)
    change = whole - without
    told = np.abs(change) >= NOTICEABLE
    numbers = [str(index + 1) if tells else "" for index, tells in enumerate(told)]
    label = f"Your drawing, taken for {name}"
    yours = svg.inline(drawing, label, _colors(change), SIZE, MARGIN, names=numbers)
    legend = f'<p style="margin-top:8px">{_legend()}</p>' if told.any() else ""
    return (
        f"<p>Best guess: <b>{html.escape(name)}</b>. {_verdict(whole, without)}</p>"
        f'<div class="sketchpad-pictures">{_figure(yours, "Your drawing")}{_others(name)}</div>'
        f"{legend}"
    )


def _verdict(whole: float, without: np.ndarray) -> str:
    """Say what the guess would be worth without a stroke, of the strokes that matter most."""
    if len(without) == 1:
        return (
            "Of one stroke there is no telling why. Draw another, and see what each does for the "
            "guess."
        )
    change = np.abs(whole - without)
    strongest = np.argsort(-change, kind="stable")[:TOLD]
    parts = [
        f"<b>{index + 1}</b>: {_percent(whole)} → {_percent(without[index])} without&nbsp;it"
        for index in strongest
        if change[index] >= NOTICEABLE
    ]
    if not parts:
        return "No stroke alone makes a difference."
    return f"The strokes that matter most: {'; '.join(parts)}."


def _percent(probability: float) -> str:
    """Return a probability as the bars have it, in one piece."""
    return html.escape(percent(probability)).replace(" ", "&nbsp;")


def _legend() -> str:
    """Explain the colours."""
    meanings = {FOR: "speaks for it", AGAINST: "against it", NEITHER: "hardly matters"}
    return " &emsp;".join(
        f'<span class="sketchpad-key" style="background:{color}"></span>{meaning}'
        for color, meaning in meanings.items()
    )


def _colors(change: np.ndarray) -> list[str]:
    """Return #rrggbbaa for each stroke: the hue says which way it pulls, the strength how much."""
    strongest = np.abs(change).max(initial=NOTICEABLE)
    return [
        (FOR if each > 0 else AGAINST) + f"{round(110 + 145 * abs(each) / strongest):02x}"
        if abs(each) >= NOTICEABLE
        else NEITHER
        for each in change
    ]


def _others(name: str) -> str:
    """Show how others draw it: real drawings where they are, else many laid over one another."""
    if examples := explain.typical(name, EXAMPLES):
        label = f"Typical drawing: {name}"
        return "".join(
            _figure(svg.inline(example, label, None, SIZE, MARGIN, 3), "Somebody else's")
            for example in examples
        )
    if not (laid := pictures.of(name)):
        return "<p>How others draw it is not known here.</p>"
    figures = [
        _figure(_image(picture.png, f"Many drawings: {name}"), f"{picture.drawings} by others")
        for picture in laid
    ]
    text = "So others draw it: many drawings laid over one another. Dark is where many have a line."
    return "".join(figures) + f"<p>{text}</p>"


def _image(content: bytes, label: str) -> str:
    source = f"data:image/png;base64,{base64.b64encode(content).decode()}"
    size = f'width="{SIZE}" height="{SIZE}" style="{_PICTURE}"'
    return f'<img src="{source}" alt="{html.escape(label)}" {size}>'


def _figure(picture: str, caption: str) -> str:
    return f"<figure>{picture}<figcaption>{html.escape(caption)}</figcaption></figure>"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


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
