from itertools import islice

import numpy as np
import pytest
from photos import drawn, encoded, photographed
from PIL import Image
from scipy import ndimage
from skimage import morphology

from sketchlib.drawing import quickdraw, strokes, thinning
from sketchlib.formats import png, reader, tracing
from sketchlib.predictor import Predictor
from sketchlib.records import tfrecords

SQUARE = [[40, 40], [200, 40], [200, 200], [40, 200], [40, 40]]
CROSS = [[[0, 0], [100, 100]], [[100, 0], [0, 100]]]


def distance(drawing, traced) -> float:
    """Return the largest distance from a point of either drawing to the other, in pixels."""

    def dense(some):
        sizes = np.array([len(stroke) for stroke in some])
        points = np.concatenate([np.asarray(s, dtype=float)[:, :2] for s in some]).T
        return thinning.resample(points, thinning.arc_lengths(points, sizes), sizes)[0].T

    one, other = dense(drawing), dense(traced)
    apart = np.hypot(*(one[:, None] - other[None]).transpose(2, 0, 1))
    return float(max(apart.min(axis=0).max(), apart.min(axis=1).max()))


def in_picture(drawing, size: int = 300, thickness: float = 5) -> list[np.ndarray]:
    """Return where `png.to_png` draws the points."""
    low, high = strokes.bounding_box(drawing)
    scale = (0.9 * size - thickness) / (high - low).max()
    return [(np.asarray(s) - (low + high) / 2) * scale + size / 2 for s in drawing]


# --- clean pictures ------------------------------------------------------------------------------


@pytest.mark.parametrize("size, thickness", [(150, 3), (300, 5), (512, 8), (1500, 20)])
@pytest.mark.parametrize("drawing", [[SQUARE], CROSS, [SQUARE, [[80, 120], [160, 120]]]])
def test_lines_are_found_where_they_are(drawing, size, thickness):
    traced = tracing.from_image(encoded(drawn(drawing, size, thickness)))
    assert len(traced) == len(drawing)
    assert all(stroke.dtype == np.float64 and stroke.shape[1] == 2 for stroke in traced)
    assert distance(in_picture(drawing, size, thickness), traced) < 0.75 * thickness + 1


def test_lines_go_straight_on_where_they_cross():
    for stroke in tracing.from_image(encoded(drawn(CROSS))):
        low, high = strokes.bounding_box([stroke])
        assert (high - low > 230).all(), "from corner to corner"


def test_a_loop_is_one_closed_stroke_from_its_top_counterclockwise():
    angle = np.linspace(0, 2 * np.pi, 60)
    (loop,) = tracing.from_image(encoded(drawn([np.stack([np.cos(angle), np.sin(angle)], axis=1)])))
    assert loop[0] == pytest.approx(loop[-1]) and loop[0, 1] == loop[:, 1].min()
    assert loop[len(loop) // 4, 0] < loop[3 * len(loop) // 4, 0], (
        "down on the left, up on the right"
    )


def test_the_largest_stroke_comes_first_and_lines_lead_right_and_down():
    drawing = [[[90, 95], [80, 90]], [[100, 0], [0, 0]], [[0, 60], [0, 30]]]
    first, *others = tracing.from_image(encoded(drawn(drawing)))
    assert np.ptp(first[:, 0]) > 200
    assert all(stroke[0].sum() < stroke[-1].sum() for stroke in (first, *others))


def test_a_dot_is_a_stroke_and_a_speck_is_none():
    gray = drawn([SQUARE, [[120, 120]]], 300, 8)
    gray[60, 60] = 0
    _, dot = tracing.from_image(encoded(gray))
    assert dot == pytest.approx(np.full((len(dot), 2), 150), abs=4)


def test_wobbling_ink_grows_no_spurs():
    rng = np.random.default_rng(1)
    gray = drawn([[[0, 0], [100, 5]]], 400, 9)
    edge = (gray > 60) & (gray < 250)
    gray[edge] = rng.choice([0, 255], edge.sum())
    assert len(tracing.from_image(encoded(gray))) == 1


# --- branches ------------------------------------------------------------------------------------


def middle(rows: str) -> np.ndarray:
    return np.array([[letter == "#" for letter in row] for row in rows.split()])


@pytest.mark.parametrize(
    "rows, expected",  # of each branch the first and last point, from above, and their number
    [
        pytest.param("#####", [((0, 0), (4, 0), 5)], id="line"),
        pytest.param("##... ..##.", [((0, 0), (3, 1), 4)], id="line with a step"),
        pytest.param("##.. .... .###", [((0, 0), (1, 0), 2), ((1, 2), (3, 2), 3)], id="two lines"),
        pytest.param(".##. #..# #..# .##.", [((1, 0), (1, 0), 9)], id="ring without a node"),
        pytest.param(
            "##### ..#.. ..#..",
            [((0, 0), (2, 0), 3), ((2, 0), (4, 0), 3), ((2, 0), (2, 2), 3)],
            id="T",
        ),
        pytest.param(
            "..#.. ..#.. ##### ..#.. ..#..",
            [((2, 0), (2, 2), 3), ((0, 2), (2, 2), 3), ((2, 2), (4, 2), 3), ((2, 2), (2, 4), 3)],
            id="upright cross",
        ),
        pytest.param(
            "#...# .#.#. ..#.. .#.#. #...#",
            [((0, 0), (2, 2), 3), ((4, 0), (2, 2), 3), ((2, 2), (0, 4), 3), ((2, 2), (4, 4), 3)],
            id="slanting cross",
        ),
        pytest.param(
            ".##... #..### .##...",
            [((3, 1), (3, 1), 7), ((3, 1), (5, 1), 3)],
            id="loop with a tail",
        ),
        pytest.param(".##.##. #..#..# .##.##.", [((3, 1), (3, 1), 7)] * 2, id="figure eight"),
    ],
)
def test_a_middle_line_is_cut_where_it_ends_and_meets_itself(rows, expected):
    lines = middle(rows)
    branches = tracing._branches(lines)
    found = []
    for points, _ in branches:
        ends = sorted([tuple(points[0]), tuple(points[-1])], key=lambda end: end[::-1])
        found.append((*ends, len(points)))
    assert sorted(found) == sorted(expected)

    points = np.concatenate([branch.points for branch in branches])
    assert points.dtype == np.float64
    assert set(map(tuple, points)) == set(map(tuple, np.argwhere(lines)[:, ::-1]))
    assert all(np.abs(np.diff(b.points, axis=0)).max() == 1 for b in branches), "no gaps"


def test_branches_that_meet_share_a_node():
    branches = tracing._branches(middle("##### ..#.. ..#.. ..... #####"))
    where = {(b.nodes[side], tuple(b.points[-side])) for b in branches for side in (0, 1)}
    nodes, points = zip(*where, strict=True)
    assert len(where) == len(set(nodes)) == len(set(points)) == 4 + 2


@pytest.mark.parametrize("rows", [".#. #.# .#. ... .#. #.# .#.", "#####.##### ..#.....#.."])
def test_rings_count_as_branches_and_so_do_pieces(rows, monkeypatch):
    count = len(tracing._branches(middle(rows)))
    monkeypatch.setattr(tracing, "MOST_BRANCHES", count)
    assert len(tracing._branches(middle(rows))) == count
    monkeypatch.setattr(tracing, "MOST_BRANCHES", count - 1)
    with pytest.raises(ValueError, match="too busy"):
        tracing._branches(middle(rows))


def test_a_middle_line_of_noise_is_too_busy():
    noise = np.random.default_rng(0).random((1000, 1000)) < 0.3
    with pytest.raises(ValueError, match="too busy"):
        tracing._branches(morphology.skeletonize(noise))


# --- all kinds of pictures -----------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"])
def test_all_kinds_of_files(kind):
    traced = reader.read(encoded(drawn([SQUARE]), kind), "x")
    assert distance(in_picture([SQUARE]), traced) < 5


def test_light_lines_on_a_dark_ground():
    (stroke,) = tracing.from_image(encoded(255 - drawn([SQUARE])))
    assert distance(in_picture([SQUARE]), [stroke]) < 5


def test_transparent_paper():
    ink = 255 - drawn([SQUARE]).astype(np.uint8)
    layers = np.stack([np.zeros_like(ink)] * 3 + [ink], axis=2)
    (stroke,) = tracing.from_image(encoded(layers))
    assert distance(in_picture([SQUARE]), [stroke]) < 5


def test_a_photo_taken_sideways_is_turned_upright():
    gray = np.full((300, 400), 255.0)
    gray[20:26, 50:250] = 0  # stored lying: a line along the top
    exif = Image.Exif()
    exif[0x0112] = 6  # "turn it clockwise to look at it"
    (stroke,) = tracing.from_image(encoded(gray, "JPEG", exif=exif, quality=95))
    assert stroke[:, 0] == pytest.approx(np.full(len(stroke), 300 - 23), abs=3)
    assert (stroke[0, 1], stroke[-1, 1]) == pytest.approx((50, 250), abs=7)


def test_results_are_in_the_pixels_of_a_large_picture():
    gray = np.full((1200, 2400), 255.0)
    gray[600:620, 200:2200] = 0
    for kind in ("PNG", "JPEG"):
        (stroke,) = tracing.from_image(encoded(gray, kind))
        assert stroke[:, 1] == pytest.approx(np.full(len(stroke), 610), abs=6)
        assert (stroke[0, 0], stroke[-1, 0]) == pytest.approx((200, 2200), abs=20)


@pytest.mark.parametrize("contrast", [0.8, 0.4])
def test_a_photo_with_a_shadow_and_noise(contrast):
    gray = photographed(drawn([SQUARE, *CROSS], 600, 7), contrast)
    traced = tracing.from_image(encoded(gray, "JPEG", quality=80))
    assert distance(in_picture([SQUARE, *CROSS], 600, 7), traced) < 14
    assert len(traced) <= 6


@pytest.mark.parametrize("noise", [0, 3])
def test_a_blank_sheet_has_no_lines(noise):
    for gray in (np.full((300, 300), 255.0), np.full((300, 300), 90.0)):
        with pytest.raises(ValueError, match="no drawing found"):
            tracing.from_image(encoded(photographed(gray, 0, noise)))


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("grain, roughness", [(12, 0), (25, 0), (80, 2)])
def test_neither_grain_nor_uneven_light_is_a_drawing(seed, grain, roughness):
    def sheet(gray):
        paper = photographed(gray, 0.6, 0)
        rough = np.random.default_rng(seed).normal(0, grain, gray.shape)
        return encoded(paper + ndimage.gaussian_filter(rough, roughness), "JPEG", quality=85)

    with pytest.raises(ValueError, match="no drawing found"):
        tracing.from_image(sheet(np.full((600, 600), 255.0)))
    largest, *_ = tracing.from_image(sheet(drawn([SQUARE], 600, 9)))
    assert distance(in_picture([SQUARE], 600, 9), [largest]) < 14


@pytest.mark.parametrize(
    "content, message",
    [
        (b"", "no picture"),
        (b"GIF89a", "no picture|damaged"),
        (encoded(drawn([SQUARE]))[:400], "damaged"),
        (encoded(np.zeros((1, 1))), "no drawing"),
        (encoded(np.random.default_rng(0).choice([0, 255], (600, 600))), "busy|dark|no drawing"),
    ],
)
def test_what_cannot_be_traced_is_refused_in_a_sentence(content, message):
    with pytest.raises(ValueError, match=message):
        tracing.from_image(content)


# --- people's drawings ---------------------------------------------------------------------------


def test_traced_drawings_are_still_recognised(quickdraw_data):
    """The true order of strokes is lost; `benchmarks/other_hands.py` measures what that costs."""
    drawings, names = [], []
    for path in sorted((quickdraw_data / "simplified").glob("*.ndjson"))[::3]:
        records = (
            r for r in quickdraw.read(path) if tfrecords.place(r["key_id"], 0.1)[0] == "eval"
        )
        for record in islice(records, 1):
            drawings.append(record["drawing"])
            names.append(record["word"])
    assert len(drawings) > 100
    predictor = Predictor.load()
    traced = [tracing.from_image(png.to_png(drawing, 320, 5)) for drawing in drawings]

    def top_5(some) -> int:
        return sum(name in dict(predictor.top_k(d)) for d, name in zip(some, names, strict=True))

    assert top_5(traced) > 0.85 * top_5(drawings)
