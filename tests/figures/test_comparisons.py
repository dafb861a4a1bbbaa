"""Charts of models side by side."""

import numpy as np
import pytest
from looking import labels_of, named, rendered

from sketchlib.figures import comparisons

LINES = [  # of a comparison
    {"variant": "large", "seed": 1, "drawings": 1000, "top_1": 0.8, "top_5_by_share": [0.3, 0.9]},
    {"variant": "small", "seed": 1, "drawings": 100, "top_1": 0.5, "top_5_by_share": [0.1, 0.6]},
    {"variant": "large", "seed": 2, "drawings": 1000, "top_1": 0.9, "top_5_by_share": [0.5, 0.9]},
]


def test_seeds_are_dots_with_a_bar_at_their_mean():
    figure = comparisons.seeds(LINES, "top_1", "top-1 accuracy")
    rendered(figure)
    (axes,) = figure.axes
    assert labels_of(axes.yaxis) == ["large", "small"] and axes.get_xlabel() == "top-1 accuracy"
    dots, mean, *_ = (line.get_xdata() for line in axes.lines)
    assert list(dots) == [0.8, 0.9] and mean == pytest.approx([0.85])
    assert "80.0%" in labels_of(axes.xaxis)


def test_by_ink_is_a_line_a_variant():
    figure = comparisons.by_ink(LINES, [0.5, 1.0])
    rendered(figure)
    lines = named(figure.axes[0])
    np.testing.assert_allclose(lines["large"], [[0.5, 0.4], [1.0, 0.9]])
    np.testing.assert_allclose(lines["small"], [[0.5, 0.1], [1.0, 0.6]])


def test_no_variant_is_left_out_however_many_there_are():
    lines = [{"variant": f"v{n}", "top_5_by_share": [n / 20, n / 14]} for n in range(14)]
    figure = comparisons.by_ink(lines, [0.5, 1.0])
    rendered(figure)
    assert len(named(figure.axes[0])) == 14


def test_against_a_number_joins_means_in_order():
    figure = comparisons.against(LINES, "drawings", {"top_1": "top-1"}, "training drawings")
    rendered(figure)
    (axes,) = figure.axes
    assert axes.get_xscale() == "log" and axes.get_xlabel() == "training drawings"
    np.testing.assert_allclose(named(axes)["top-1"], [[100, 0.5], [1000, 0.85]])
    mean, dots = axes.lines
    assert dots.get_xydata().tolist() == [[100, 0.5], [1000, 0.8], [1000, 0.9]]
    assert dots.get_color() == mean.get_color()


def test_variants_are_in_the_order_of_the_lines_from_above():
    figure = comparisons.seeds(LINES[::-1] + LINES[1:2], "drawings", "drawings")
    (axes,) = figure.axes
    assert labels_of(axes.yaxis) == ["large", "small"] and axes.yaxis_inverted()
    rows = [line.get_xydata() for line in axes.lines]
    assert [row.tolist() for row in rows] == [
        *[[[1000, 0], [1000, 0]], [[1000, 0]]],
        *[[[100, 1], [100, 1]], [[100, 1]]],
    ]


def test_a_figure_has_room_for_every_variant():
    def height(count: int) -> float:
        lines = [{"variant": f"v{n}", "top_1": n / count} for n in range(count)]
        figure = comparisons.seeds(lines, "top_1", "top-1 accuracy")
        rendered(figure)
        return figure.get_figheight()

    ten = height(20) - height(10)
    assert ten > 3 and height(30) - height(20) == pytest.approx(ten)


def test_several_figures_against_a_number_are_told_apart():
    lines = [line | {"top_5": line["top_1"] + 0.1} for line in LINES]
    figures = {"top_1": "top-1", "top_5": "top-5"}
    figure = comparisons.against(lines, "drawings", figures, "training drawings")
    rendered(figure)
    (axes,) = figure.axes
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["top-1", "top-5"]
    means = named(axes)
    assert means["top-5"] == pytest.approx(means["top-1"] + [0, 0.1])
    first, first_dots, second, second_dots = (line.get_color() for line in axes.lines)
    assert first == first_dots != second == second_dots
