"""The lines of an SVG, whichever program drew it, and what is refused."""

import numpy as np
import pytest
from strokewise import same, xy

from sketchlib.drawing import svg
from sketchlib.formats import reader, svg_reader

SVG = '<svg xmlns="http://www.w3.org/2000/svg">{}</svg>'


@pytest.mark.parametrize(
    "shape, expected",
    [
        ('<path d="M1 2 L3 4 H9 V8 Z"/>', [[1, 2], [3, 4], [9, 4], [9, 8], [1, 2]]),
        ('<path d="m1 2 l2 2 h6 v4 z"/>', [[1, 2], [3, 4], [9, 4], [9, 8], [1, 2]]),
        ('<path d="M1,2 3,4-5.5.5"/>', [[1, 2], [3, 4], [-5.5, 0.5]]),
        ('<line x1="1" y1="2" x2="3" y2="4"/>', [[1, 2], [3, 4]]),
        ('<polyline points="1,2 3,4 5 6"/>', [[1, 2], [3, 4], [5, 6]]),
        ('<polygon points="1,2 3,4 5,6"/>', [[1, 2], [3, 4], [5, 6], [1, 2]]),
        ('<rect x="1" y="2" width="3" height="4"/>', [[1, 2], [4, 2], [4, 6], [1, 6], [1, 2]]),
        (
            '<g transform="translate(10 20)"><g transform="scale(2)">'
            '<path transform="rotate(90)" d="M0 0 L1 0"/></g></g>',
            [[10, 20], [10, 22]],
        ),
    ],
)
def test_lines_of_svg(shape, expected):
    (stroke,) = svg_reader.from_svg(SVG.format(shape))
    assert stroke == pytest.approx(np.array(expected), abs=1e-9)


@pytest.mark.parametrize(
    "shape",
    [
        '<circle cx="7" cy="8" r="5"/>',
        '<ellipse cx="7" cy="8" rx="5" ry="5"/>',
        '<path d="M2 8 A5 5 0 0 1 12 8 a5 5 0 0 1 -10 0 Z"/>',
        '<g transform="matrix(5 0 0 5 7 8)"><circle r="1"/></g>',
    ],
)
def test_round_shapes_are_sampled_finely(shape):
    (stroke,) = svg_reader.from_svg(SVG.format(shape))
    assert np.hypot(*(stroke - [7, 8]).T) == pytest.approx(5, abs=1e-6)
    assert len(stroke) > 50 and np.hypot(*np.diff(stroke, axis=0).T).max() < 0.5


@pytest.mark.parametrize(
    "path, middle",
    [
        ("M0 0 C0 10 10 10 10 0", [5, 7.5]),
        ("M0 0 Q5 10 10 0", [5, 5]),
        ("M-10 0 Q-5 -10 0 0 T10 0", [5, 5]),
        ("M-10 0 C-10 -10 0 -10 0 0 S10 10 10 0", [5, 7.5]),
    ],
)
def test_curves_go_where_they_should(path, middle):
    (stroke,) = svg_reader.from_svg(SVG.format(f'<path d="{path}"/>'))
    assert stroke[-1] == pytest.approx([10, 0])
    assert np.hypot(*(stroke - middle).T).min() < 0.1


def test_pen_lifts_within_a_path_and_the_order_of_shapes_are_kept():
    shapes = '<circle r="1"/><path d="M1 1 L2 2 M5 5 L6 6"/><g><line x2="3"/></g><path d="M9 9H8"/>'
    drawing = svg_reader.from_svg(SVG.format(shapes))
    assert [stroke[-1].tolist() for stroke in drawing[1:]] == [[2, 2], [6, 6], [3, 0], [8, 9]]


def test_what_is_not_seen_is_left_out():
    hidden = (
        '<rect width="100%" height="100%"/><rect width="9" height="9" fill="white"/>'
        '<defs><path d="M0 0H9"/></defs><g display="none"><path d="M0 0H9"/></g><text>hi</text>'
    )
    assert len(svg_reader.from_svg(SVG.format(hidden + '<path d="M1 1H2"/>'))) == 1


@pytest.mark.parametrize(
    "text, message",
    [
        (SVG.format(""), "draws no lines"),
        (SVG.format('<path d="M0 0"/>'), "draws no lines"),
        (SVG.format('<path d="M0 0 L hello"/>'), "<path> cannot be read"),
        (SVG.format('<path d="M0 0 L1e400 0"/>'), "too large"),
        pytest.param(
            SVG.format(f'<path d="M0 0{" H1 H2" * 15_000}"/>'), "points: simplify it", id="points"
        ),
        pytest.param(
            SVG.format(f'<path d="M0 0a{"1 1 0 0 1 2 2 " * 20_000}"/>'), "numbers", id="arcs"
        ),
        pytest.param(SVG.format('<circle r="1"/>' * 10_000), "numbers", id="circles"),
        pytest.param(SVG.format(f'<path d="M1 1{"Z" * 99_999}"/>'), "letters", id="letters"),
        pytest.param(SVG.format("<g/>" * 30_000), "elements", id="elements"),
        pytest.param(SVG.format(f'<polyline points="{"1" * 100_000}"/>'), "no lines", id="digits"),
        pytest.param(
            SVG.format(f'<g transform="{"a)" * 20_000}"/>'), "transforms", id="transforms"
        ),
        pytest.param(
            f'<path d="{"1" * 1000}"/>'.join(("<svg>", "</svg>")), "no lines.{,200}$", id="long"
        ),
        pytest.param("<svg>" + " " * 3_000_000 + "</svg>", "bytes", id="too long"),
        ("<svg><path", "damaged"),
        ("<html><body/></html>", "root is <html>"),
        ('<!DOCTYPE svg [<!ENTITY a "M0 0H9">]><svg><path d="&a;"/></svg>', "entities"),
        ('<!DOCTYPE s [<!ENTITY a SYSTEM "file:///etc/passwd">]><svg>&a;</svg>', "entities"),
    ],
)
def test_svg_that_cannot_be_read_is_refused_in_a_sentence(text, message):
    with pytest.raises(ValueError, match=message):
        svg_reader.from_svg(text)
    with pytest.raises(ValueError, match=r"^a\.svg could not be read: .*" + message):
        reader.read(text.encode(), "a.svg")


def test_groups_may_lie_deep():
    (stroke,) = svg_reader.from_svg(
        "<svg>" + "<g>" * 5_000 + '<line x2="1"/>' + "</g>" * 5_000 + "</svg>"
    )
    assert stroke.tolist() == [[0, 0], [1, 0]]


def test_a_drawing_of_ours_comes_back_in_text_and_in_bytes(house):
    text = svg.document(house)
    for form in (text, text.encode()):
        assert same(svg_reader.from_svg(form), xy(house), atol=0.0051)


def test_a_damaged_shape_does_not_hide_the_others():
    (stroke,) = svg_reader.from_svg(SVG.format('<path d="M0 0 L hello"/><line x2="3"/>'))
    assert stroke.tolist() == [[0, 0], [3, 0]]


def test_curves_are_as_fine_where_a_group_scales_them():
    small = SVG.format('<g transform="scale(0.01)"><circle r="500"/></g>')
    (plain,) = svg_reader.from_svg(SVG.format('<circle r="5"/>'))
    (scaled,) = svg_reader.from_svg(small)
    assert scaled == pytest.approx(plain, abs=1e-6)
