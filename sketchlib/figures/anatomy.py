"""What becomes of a sketch inside a model: its layers, how far each one sees, what they answer.

Layers are taken as one chain, as in "conv_lstm". A layer's *reach* is the number of points, one
after the other, that one of its steps is computed from; its *stride* is how many points the next
step lies further on.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure

from sketchlib._shared.backend import keras
from sketchlib._shared.colors import BLUE, GREY, ORANGE, ORDER, PALE
from sketchlib._shared.timing import median_seconds
from sketchlib.drawing import strokes
from sketchlib.figures.plots import part_of
from sketchlib.figures.style import FEW_CLASSES, draw, new_figure, shades, sheet, styled


class Layer(NamedTuple):
    """One layer of a chain that reads `points` points.

    Its output has `steps` steps, 0 where it is one answer for all.
    """

    name: str
    output: tuple[int, ...]
    parameters: int
    steps: int
    reach: int
    stride: int
    points: int

    def middles(self) -> np.ndarray:
        """Return where along the points each step looks: the middle of those it sees, [steps]."""
        return np.arange(self.steps) * self.stride + (self.reach - 1) / 2


def chain(model: keras.Model) -> list[Layer]:
    """Describe a model's layers from the input on, ink [points, 3]."""
    described, reach, stride = [], 1, 1
    points = model.input_shape[1]
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv1D):
            reach += (layer.kernel_size[0] - 1) * layer.dilation_rate[0] * stride
            stride *= layer.strides[0]
        elif isinstance(layer, keras.layers.RNN):
            reach = points  # it has read everything so far
        output = tuple(layer.output.shape[1:])
        steps = output[0] if len(output) == 2 else 0
        seen = (steps, min(reach, points), stride, points)
        described.append(Layer(layer.name, output, layer.count_params(), *seen))
    return described


def convolutions(model: keras.Model) -> list[Layer]:
    """Describe the layers that make points into fewer steps."""
    names = {layer.name for layer in model.layers if isinstance(layer, keras.layers.Conv1D)}
    return [layer for layer in chain(model) if layer.name in names]


def table(model: keras.Model) -> str:
    """Return a model's layers as a table in Markdown."""
    lines = ["| layer | output | parameters | one step sees |", "|:--|:--|--:|:--|"]
    for layer in chain(model):
        shape = " x ".join(map(str, layer.output))
        sees = "all so far" if layer.reach == layer.points else f"{layer.reach} points"
        sees = "1 point" if layer.reach == 1 else sees
        lines.append(f"| {layer.name} | {shape} | {layer.parameters:,} | {sees} |")
    lines.append(f"| **together** | | **{model.count_params():,}** | |")
    return "\n".join(lines)


def outputs(model: keras.Model, names: Sequence[str], ink: np.ndarray) -> dict[str, np.ndarray]:
    """Return what the named layers answer, as [steps, filters], for one sketch [points, 3]."""
    part = keras.Model(model.input, {name: model.get_layer(name).output for name in names})
    answers = part(ink[None], training=False)
    return {name: np.asarray(answers[name])[0] for name in names}


def microseconds(model: keras.Model, batch_size: int, batches: int = 20) -> float:
    """Time the model on batches of zeros and return the median, in microseconds per sketch."""
    ink = np.zeros((batch_size, *model.input_shape[1:]), dtype=np.float32)
    seconds = median_seconds(lambda: model.predict_on_batch(ink), batches)
    return seconds / batch_size * 1e6


# --- figures -------------------------------------------------------------------------------------


@styled
def funnel(chain: Sequence[Layer], points: int, step: int) -> Figure:
    """Show how the layers of a chain turn points into fewer steps.

    Each step is a dot over the middle of the points it sees. Coloured are one step of the last
    layer, and all that it is computed from.
    """
    figure, axes = new_figure(9, 0.62 * len(chain) + 1.1)
    first, last = step * chain[-1].stride, step * chain[-1].stride + chain[-1].reach - 1
    rows = [Layer("points", (points, 3), 0, points, 1, 1, points), *chain]
    for row, layer in enumerate(rows):
        start = np.arange(layer.steps) * layer.stride
        inside = (start >= first) & (start + layer.reach - 1 <= last)
        colors = np.where(inside, ORANGE, PALE)
        axes.scatter(layer.middles(), np.full(layer.steps, row), 9 + 9 * row, colors, zorder=2)
        axes.text(points + 1, row, f"{layer.name}: {layer.steps}", va="center")
    middle, top = (first + last) / 2, len(chain)
    axes.fill([first, last, middle], [0, 0, top], color=ORANGE, alpha=0.12, linewidth=0)
    axes.set(xlim=(-1, points + 16), ylim=(top + 0.4, -0.4), xticks=range(0, points + 1, 10))
    axes.spines["left"].set_visible(False)
    axes.spines["bottom"].set_bounds(0, points)
    axes.set_yticks([])
    axes.set_xlabel("place along the pen's path, in points")
    return figure


@styled
def reaches(ink: np.ndarray, spans: Mapping[str, tuple[int, int]]) -> Figure:
    """Draw a sketch once for each span (first, end) of its points, those points highlighted."""
    figure, panels = new_figure(2.2 * len(spans), 2.5, 1, len(spans), squeeze=False)
    drawing = strokes.from_ink(ink)
    for axes, (name, (first, end)) in zip(panels[0], spans.items(), strict=True):
        draw(axes, drawing, PALE, width=1.8)
        draw(axes, part_of(drawing, first, end), ORANGE, width=2.6)
        sheet(axes, drawing, name)
    return figure


@styled
def activations(answers: Mapping[str, np.ndarray], chain: Sequence[Layer], used: int) -> Figure:
    """Show what layers of a chain answer to one sketch, `used` points of which are no padding.

    Filters are sorted by where along the pen's path they answer most.
    """
    size = (8, 1.3 * len(answers) + 0.4)
    figure, panels = new_figure(*size, len(answers), 1, sharex=True, squeeze=False)
    layers = {layer.name: layer for layer in chain}
    for axes, (name, answer) in zip(panels[:, 0], answers.items(), strict=True):
        steps, filters = answer.shape
        ends = layers[name].middles()[[0, -1]] + np.array([-0.5, 0.5]) * layers[name].stride
        answer = answer[:, np.argsort(answer.argmax(axis=0), kind="stable")].T
        how = {"cmap": shades(*ORDER), "aspect": "auto", "interpolation": "nearest"}
        axes.imshow(answer, extent=(*ends, filters, 0), **how)
        axes.axvline(used - 0.5, color=PALE, linestyle=":")
        axes.grid(False)
        axes.set(ylabel=f"{filters} filters", yticks=[], title=f"{name}: {steps} steps")
    axes.set(xlim=(-0.5, chain[0].points - 0.5), xlabel="place along the pen's path, in points")
    return figure


@styled
def channels(picture: np.ndarray, names: Sequence[str]) -> Figure:
    """Show the channels of a picture [height, width, channels]; pale is 0, blue less than that."""
    figure, panels = new_figure(1.7 * len(names), 2, 1, len(names), squeeze=False)
    colors = shades(BLUE, PALE, ORANGE)
    for axes, name, channel in zip(panels[0], names, np.moveaxis(picture, -1, 0), strict=True):
        axes.imshow(channel, colors, vmin=-1, vmax=1, interpolation="nearest")
        axes.set(title=name, xticks=[], yticks=[])
    return figure


@styled
def guesses(probabilities: np.ndarray, classes: Sequence[str], right: int) -> Figure:
    """Show the probability of every class for one sketch; of the right one in colour."""
    figure, axes = new_figure(7, 2.2)
    colors = [ORANGE if index == right else BLUE for index in range(len(classes))]
    axes.bar(range(len(classes)), probabilities, color=colors)
    axes.axhline(1 / len(classes), color=GREY, linestyle=":")
    axes.set(ylabel="probability", ylim=(0, 2 / len(classes)), xlim=(-0.6, len(classes) - 0.4))
    axes.set_xlabel(f"the {len(classes)} classes; {classes[right]} is right")
    if len(classes) <= FEW_CLASSES:
        axes.set_xticks(range(len(classes)), classes, rotation=90)
    return figure
