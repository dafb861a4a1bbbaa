import inspect

import numpy as np
import pytest
from looking import drawn, rendered
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from sketchlib import figures
from sketchlib._shared.colors import BLUE, PALE
from sketchlib.figures import style

FIGURES = [
    name
    for name in figures.__all__
    if inspect.isfunction(getattr(figures, name))
    and inspect.signature(getattr(figures, name)).return_annotation is Figure
]


def test_figures_are_found():
    assert {"activations", "confusion", "gallery", "seeds", "top_k"} <= set(FIGURES)


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_is_styled(name):
    function = getattr(figures, name)
    assert inspect.unwrap(function) is not function


def test_the_style_ends_with_the_figure():
    @style.styled
    def size():
        return plt.rcParams["font.size"]

    before = plt.rcParams["font.size"]
    assert size() == style.STYLE["font.size"] != before == plt.rcParams["font.size"]


def test_many_lines_are_told_apart():
    @style.styled
    def lines():
        _, axes = style.new_figure(2, 2)
        return [axes.plot([0, 1])[0] for _ in range(6)]

    assert len({(line.get_color(), line.get_linestyle()) for line in lines()}) == 6


def test_percent():
    _, axes = style.new_figure(2, 2)
    style.percent(axes.xaxis)
    style.percent(axes.yaxis, digits=1)
    assert axes.xaxis.get_major_formatter()(0.5) == "50%"
    assert axes.yaxis.get_major_formatter()(0.125) == "12.5%"


def test_shades_run_from_the_first_color_to_the_last():
    shades = style.shades(BLUE, PALE)
    assert (to_hex(shades(0.0)), to_hex(shades(1.0))) == (BLUE, PALE)


@pytest.mark.parametrize(
    "drawing", [[np.array([[3, 4]])], [np.array([[0, 0, 0], [200, 10, 5]]), np.array([[9, 9, 9]])]]
)
def test_a_drawing_lies_on_its_sheet_even_if_it_is_a_dot(drawing):
    figure, axes = style.styled(style.new_figure)(2, 2)
    style.draw(axes, drawing, BLUE)
    style.sheet(axes, drawing, "a title")
    rendered(figure)
    points = np.concatenate(drawn(axes))
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    assert right - left == pytest.approx(bottom - top) and bottom > top, "a square, y downwards"
    assert np.all((points > [left, top]) & (points < [right, bottom]))
    assert len(drawn(axes)) == len(drawing)
