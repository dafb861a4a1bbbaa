import numpy as np
import pytest
from looking import drawn, rendered
from matplotlib.collections import LineCollection

from sketchlib.drawing import strokes
from sketchlib.figures import plots

DRAWING = [
    np.array([[0, 0], [200, 10], [255, 90]]),
    np.array([[30, 60], [30, 60]]),
    np.array([[10, 80], [120, 20], [40, 5], [60, 100]]),
]
INK = strokes.to_ink(DRAWING)


def test_stages_count_points_and_draw_every_stroke():
    figure = plots.stages(raw=DRAWING, as_ink=strokes.from_ink(INK))
    rendered(figure)
    assert [axes.get_title() for axes in figure.axes] == ["raw: 9 points", "as ink: 9 points"]
    assert len(drawn(figure.axes[0])) == 3
    assert figure.axes[0].yaxis_inverted()


def test_overlay_brings_ink_back_to_where_the_drawing_was():
    figure = plots.overlay(DRAWING, strokes.from_ink(INK))
    rendered(figure)
    lines = drawn(figure.axes[0])
    for original, decoded in zip(lines[:3], lines[3:], strict=True):
        np.testing.assert_allclose(decoded, original, atol=1e-3)


@pytest.mark.parametrize("classes", [1, 2, 5, 20])
def test_gallery_keeps_every_drawing_in_a_cell_of_its_own(classes):
    far = [stroke * 3.0 + 1000 for stroke in DRAWING]
    examples = {f"class {n}": [DRAWING, far, [np.array([[7, 7]])]] for n in range(classes)}
    figure = plots.gallery(examples, count=3)
    rendered(figure)
    drawings = [c for c in figure.axes[0].collections if isinstance(c, LineCollection)]
    cells = set()
    for drawing in drawings:
        points = np.concatenate(drawing.get_segments())
        assert np.ptp(points, axis=0).max() < 1
        cells.add(tuple(np.floor(points.mean(axis=0) - [0.5, 0])))
    assert len(drawings) == len(cells) == 3 * classes
    names = [text.get_text() for text in figure.axes[0].texts]
    assert names == list(examples)


def test_gallery_copes_with_a_class_that_has_few_drawings():
    rendered(plots.gallery({"cat": [DRAWING], "dog": []}))


@pytest.mark.parametrize(
    ("first", "end", "expected"),
    [
        (0, 8, [[0, 1, 2], [3, 4], [5, 6, 7, 8]]),
        (0, 1, [[0, 1]]),
        (1, 4, [[1, 2], [3, 4]]),
        (5, 8, [[5, 6, 7, 8]]),
        (8, 12, [[8]]),
    ],
)
def test_part_of_a_drawing(first, end, expected):
    numbers = np.arange(9).reshape(-1, 1) * [1, 1]
    drawing = np.split(numbers, [3, 5])
    parts = plots.part_of(drawing, first, end)
    assert [part[:, 0].tolist() for part in parts] == expected


def test_cropping_shows_what_is_lost():
    figure = plots.cropping(INK, max_points=6)
    rendered(figure)
    whole, kept = figure.axes
    assert whole.get_title() == "all 8 points" and "first 6" in kept.get_title()
    assert sum(map(len, drawn(whole))) == 9 and sum(map(len, drawn(kept))) == 7
    assert len(whole.lines[0].get_xdata()) == 2
    assert whole.get_xlim() == kept.get_xlim()


def test_cropping_of_a_short_sketch_loses_nothing():
    figure = plots.cropping(INK, max_points=100)
    rendered(figure)
    assert "first 8" in figure.axes[1].get_title() and figure.axes[0].get_legend() is None


def test_few_classes_are_named_and_many_are_counted():
    few = {"training": {"cat": 9, "dog": 8}, "eval": {"cat": 1, "dog": 2}}
    figure = plots.class_counts(few)
    rendered(figure)
    assert [text.get_text() for text in figure.axes[0].get_yticklabels()] == ["cat", "dog"]
    many = {
        split: {f"class {n}": count + n % 7 for n in range(345)}
        for split, count in (("training", 400), ("eval", 40))
    }
    figure = plots.class_counts(many)
    rendered(figure)
    assert figure.axes[0].get_ylabel() == "classes"
    assert sum(bar.get_height() for bar in figure.axes[0].patches) == 2 * 345


def test_lengths_mark_what_is_cropped():
    counts = np.zeros(1001, dtype=int)
    counts[[10, 100, 101, 140]] = [5, 4, 3, 2]
    figure = plots.lengths(counts, max_points=100)
    rendered(figure)
    bars = figure.axes[0].patches
    colors = [bars[n].get_facecolor() for n in (10, 100, 101, 140)]
    assert colors[0] == colors[1] != colors[2] == colors[3]


@pytest.mark.parametrize("points", [len(INK), 100])
def test_model_input_marks_the_padding(points):
    figure = plots.model_input(strokes.batch([INK], points)[0], "zigzag")
    rendered(figure)
    paper, numbers = figure.axes
    assert paper.get_title() == "zigzag" and len(drawn(paper)) == 3
    padding = numbers.patches[0]
    assert padding.get_x() == len(INK) - 0.5
