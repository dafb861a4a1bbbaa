import itertools
import math
import time
import warnings

import numpy as np
import pytest

from sketchlib.drawing import quickdraw, strokes
from sketchlib.drawing.strokes import drawing_to_ink, from_ink, is_simplified, simplify, to_ink
from sketchlib.records import dataset, layout

SOME_CLASSES = ("cat", "hand", "line", "The Eiffel Tower", "snowflake", "circle", "zigzag")


def plain_ink(drawing) -> list[list[float]]:
    """The tutorial's recipe once more, word by word, in Python's own float64."""
    points = [
        [float(x), float(y), 1.0 if number == len(stroke) else 0.0]
        for stroke in drawing
        for number, (x, y) in enumerate(stroke, start=1)
    ]
    for axis in (0, 1):
        low = min(point[axis] for point in points)
        size = max(point[axis] for point in points) - low
        for point in points:
            point[axis] = (point[axis] - low) / (size or 1.0)
    return [
        [point[0] - before[0], point[1] - before[1], point[2]]
        for before, point in itertools.pairwise(points)
    ]


def same(one, other) -> bool:
    return len(one) == len(other) and all(map(np.array_equal, one, other))


@pytest.fixture(scope="module")
def raw(quickdraw_data):
    """Real raw drawings by their key."""
    return {record["key_id"]: record for record in quickdraw.read(quickdraw_data / "raw")}


@pytest.fixture(scope="module")
def simplified(quickdraw_data, raw):
    """Google's own simplification of the same drawings."""
    words = sorted({record["word"] for record in raw.values()})
    paths = [quickdraw_data / "simplified" / f"{word}.ndjson" for word in words]
    return {r["key_id"]: r for r in quickdraw.read(paths) if r["key_id"] in raw}


@pytest.fixture(scope="module")
def published(quickdraw_data):
    """Real simplified drawings of some classes."""
    paths = [quickdraw_data / "simplified" / f"{name}.ndjson" for name in SOME_CLASSES]
    return [record["drawing"] for record in quickdraw.read(paths)]


# --- simplify as it once was: slow, stroke by stroke, line by line ------------------------------


def plain_simplify(drawing) -> list[np.ndarray]:
    low, high = strokes.bounding_box(drawing)
    longer = strokes.longer_side(low, high)
    full = [np.asarray(stroke, dtype=np.float64)[:, :2] for stroke in drawing if len(stroke)]
    scaled = [(points - low) * strokes.BOX / longer for points in full]
    return [np.rint(plain_thin(plain_resample(points))).astype(np.int16) for points in scaled]


def plain_resample(points: np.ndarray) -> np.ndarray:
    arc = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    wanted = np.append(np.arange(0.0, arc[-1], 1.0), arc[-1])
    if len(wanted) == 1:  # a dot: the dataset writes its point twice
        wanted = np.zeros(2)
    return np.array([np.interp(wanted, arc, axis) for axis in points.T]).T


def plain_thin(points: np.ndarray) -> np.ndarray:
    keep = np.zeros(len(points), dtype=bool)
    ends = [*range(0, len(points) - 1, strokes.PIECE), len(points) - 1]
    keep[ends] = True
    stack = list(itertools.pairwise(ends))
    while stack:
        first, last = stack.pop()
        if last - first < 2:
            continue
        distance = plain_distance(points[first + 1 : last], points[first], points[last])
        farthest = int(distance.argmax())
        if distance[farthest] > strokes.EPSILON:
            middle = first + 1 + farthest
            keep[middle] = True
            stack += [(first, middle), (middle, last)]
    return points[keep]


def plain_distance(points: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    offset, along = points - start, end - start
    length = np.hypot(along[0], along[1])
    if length > 0:
        return np.abs(offset[:, 0] * along[1] - offset[:, 1] * along[0]) / length
    return np.hypot(offset[:, 0], offset[:, 1])


def spiral(points: int, turns: float = 48) -> np.ndarray:
    turn = np.linspace(0, 2 * np.pi * turns, points)
    return np.stack([turn * np.cos(turn), turn * np.sin(turn)], axis=1)


def teeth(points: int) -> np.ndarray:
    return np.stack([np.arange(points), np.arange(points) % 2 * points / 60], axis=1)


def generated() -> dict[str, list]:
    """Drawings of all kinds that may go wrong, by their name."""
    random = np.random.default_rng(5)
    square = np.array([[0, 0], [255, 0], [255, 255], [0, 255], [0, 0]])
    walk = random.normal(size=(300, 2)).cumsum(axis=0)
    timed = np.column_stack([walk, 16 * np.arange(300)])
    line = np.stack([np.linspace(0, 255, 40), np.linspace(0, 90, 40)], axis=1)
    kinds = {
        "spiral": [spiral(500, 7)],
        "zigzag": [teeth(61)],
        "closed": [square, square[::-1] / 3, spiral(100, 3)[[*range(100), 0]]],
        "out and back": [[[0, 0], [255, 0], [100, 0]], line[[*range(40), *range(39)[::-1]]]],
        "lines": [line, line[::-1], line * (1, 0), line * (0, 1)],
        "a dot": [[[7, 9]]],
        "dots": [[[7, 9]], [[7, 9]] * 3, [[0, 0], [100, 80]], [[50, 50]], [[50, 50]] * 2],
        "doubled points": [walk.repeat(3, axis=0), walk[:1].repeat(9, axis=0), walk[::-1]],
        "stroke to stroke": [line, line[::-1], line],  # each begins where the last one ended
        "many": list(random.random((200, 4, 2))),
        "with times": [timed, timed[100:110] + 3, [], timed[200:201]],
        "whole numbers": [np.rint(walk * 5), np.rint(walk[50:60] * 5) + (9, 2)],
        "whole pixels": [[[0, 0], [255, 0]], [[0, 3], [4, 0]], [[9, 9], [9, 10]]],
        "a scribble": [random.random((400, 2))],
        "longer than a piece": [spiral(9_000, 80), spiral(500, 3)],
    }
    for size in (1e27, 1e-45, 1e-290, 1e-299, 1e-310, 1e-322):
        kinds[f"of size {size}"] = [walk[:50] * size, walk[50:] * size]
    return kinds


# --- simplify ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", generated())
@pytest.mark.parametrize("piece", [strokes.PIECE, 100])
def test_all_strokes_at_once_give_what_one_by_one_did(name, piece, monkeypatch):
    monkeypatch.setattr(strokes, "PIECE", piece)
    drawing = generated()[name]
    assert same(simplify(drawing), plain_simplify(drawing))


def test_all_strokes_at_once_give_what_one_by_one_did_on_real_drawings(raw):
    for record in raw.values():
        drawing = record["drawing"]
        assert same(simplify(drawing), plain_simplify(drawing))
        expected = to_ink(plain_simplify(drawing))
        assert drawing_to_ink(drawing).tobytes() == expected.tobytes()


LONGEST = {  # each some 95,000 pixels of the box, of 100,000 at most
    "spiral": [spiral(20_000, 236)],
    "high zigzag": [teeth(373) * (1, 60)],
    "low zigzag": [teeth(20_000) * (1, 60 * 0.019)],
    "strokes": list(np.random.default_rng(0).random((350, 3, 2))),
}


@pytest.mark.parametrize("name", LONGEST)
def test_the_longest_drawings_take_less_than_a_second(name):
    """A fifth of one is measured; time that grows with the square would be minutes."""
    began = time.process_time()
    thinned = simplify(LONGEST[name])
    assert time.process_time() - began < 1.0
    assert same(thinned, plain_simplify(LONGEST[name]))


def test_real_drawings_come_out_as_google_published_them(raw, simplified):
    assert len(raw) == len(simplified) > 600
    hits = [same(simplify(raw[key]["drawing"]), simplified[key]["drawing"]) for key in raw]
    assert np.mean(hits) >= 0.93  # 94.4 % measured; the rest differ by rounding


def test_where_it_differs_from_google_it_is_by_little(raw, simplified):
    for key in raw:
        ours, theirs = simplify(raw[key]["drawing"]), simplified[key]["drawing"]
        assert len(ours) == len(theirs)
        ends = [[stroke[[0, -1]] for stroke in drawing] for drawing in (ours, theirs)]
        assert np.abs(np.array(ends[0]) - np.array(ends[1])).max() <= 1


def test_a_drawing_is_moved_and_scaled_uniformly_to_the_box():
    (stroke,) = simplify([[[100, 50], [300, 50], [300, 150]]])
    assert stroke.tolist() == [[0, 0], [255, 0], [255, 128]]
    assert stroke.dtype == np.int16


def test_place_size_and_times_do_not_matter():
    drawing = [np.array([[0, 0], [30, 80], [90, 10]]), np.array([[5, 5], [60, 70]])]
    moved = [stroke * 3.7 - (500, 20) for stroke in drawing]
    timed = [np.column_stack([stroke, 16 * np.arange(len(stroke))]) for stroke in drawing]
    assert same(simplify(moved), simplify(drawing))
    assert same(simplify(timed), simplify(drawing))


def test_points_on_a_straight_line_are_thinned_to_its_ends():
    line = np.stack([np.linspace(0, 255, 40), np.linspace(0, 255, 40)], axis=1)
    assert simplify([line])[0].tolist() == [[0, 0], [255, 255]]


@pytest.mark.parametrize("height, corners", [(1.9, 2), (2.1, 3)])
def test_a_bend_is_kept_if_it_is_more_than_two_pixels(height, corners):
    frame = [[0, 0], [0, 255]]  # fixes the scale
    bend = [[0, 0], [100, height], [200, 0]]
    assert len(simplify([frame, bend])[1]) == corners


def test_distance_is_to_the_endless_line_not_to_the_segment():
    overshooting = [[0, 0], [255, 0], [100, 0]]  # out and back along one line
    assert len(simplify([overshooting])[0]) == 2


def test_a_closed_stroke_keeps_its_corners():
    square = [[0, 0], [255, 0], [255, 255], [0, 255], [0, 0]]
    assert simplify([square])[0].tolist() == square


@pytest.mark.parametrize("dot", [[[7, 9]], [[7, 9], [7, 9], [7, 9]]])
def test_a_dot_is_a_point_written_twice(dot):
    assert simplify([dot])[0].tolist() == [[0, 0], [0, 0]]
    assert drawing_to_ink([dot]).tolist() == [[0, 0, 1]]


@pytest.mark.parametrize("axis", [0, 1])
def test_a_drawing_without_width_or_height(axis):
    stroke = np.zeros((3, 2))
    stroke[:, axis] = [10, 70, 40]
    (line,) = simplify([stroke])
    assert line[:, axis].tolist() == [0, 128]  # the turn at the far end lies on the line
    ink = drawing_to_ink([stroke])
    assert np.isfinite(ink).all() and (ink[:, 1 - axis] == 0).all()


def test_strokes_without_points_are_left_out():
    drawing = [[[0, 0], [10, 20]], [], np.zeros((0, 3)), [[5, 5], [20, 0]]]
    full = [drawing[0], drawing[3]]
    assert same(simplify(drawing), simplify(full))
    assert np.array_equal(drawing_to_ink(drawing), drawing_to_ink(full))


FUNCTIONS = [strokes.bounding_box, simplify, is_simplified, to_ink, drawing_to_ink]


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("drawing", [[], [[]], [np.zeros((0, 2)), []]])
def test_a_drawing_without_points_is_refused_in_a_sentence(function, drawing):
    with pytest.raises(ValueError, match="the drawing has no points"):
        function(drawing)


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_not_finite_is_refused_in_a_sentence(function, number):
    with pytest.raises(ValueError, match="not a finite number"):
        function([[[0, 0], [1, number]]])


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("stroke", [[1, 2, 3], [[0, 1, 2, 3], [5, 6, 7, 8]], [[1], [2]]])
def test_a_stroke_of_another_layout_is_refused_in_a_sentence(function, stroke):
    with pytest.raises(ValueError, match=r"\[n, 2\]"):
        function([stroke])


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_drawing_that_is_hardly_more_than_a_dot_is_taken_for_one(function):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        function([[[0, 0], [1e-320, 0]]])
        function([[[1e-45, 0], [0, 1e-44]]])


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("drawing", [None, 3, [None], [5], ["ab"], [[[1, 2], [3]]], [[{}, {}]]])
def test_what_is_no_drawing_at_all_is_refused_in_a_sentence(function, drawing):
    with pytest.raises(ValueError, match=r"\[n, 2\]"):
        function(drawing)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_coordinate_that_the_way_to_ink_does_not_hold_is_refused(function):
    with pytest.raises(ValueError, match="a huge one"):
        function([[[-1e38, 0], [3e38, 1]]])
    function([[[-1e30, 0], [1e30, 1]]])
    assert to_ink([[[-1e30, 0], [1e30, 1]]]).tolist() == [[1, 1, 1]]


def test_a_drawing_that_would_take_minutes_is_refused_with_its_size():
    scribble = np.random.default_rng(0).random((2_000, 2))
    with pytest.raises(ValueError, match=r"1 strokes, together 1,0\d\d times as long as itself"):
        simplify([scribble])
    with pytest.raises(ValueError, match=r"has 2,001 strokes"):
        simplify([[[n, n]] for n in range(2_001)])
    assert "has 2,001 strokes, 2,000 at most" in strokes.too_large([[[0, 0]]] * 2_001)
    assert "has 20,001 points, 20,000 at most" in strokes.too_large([np.zeros((20_001, 2))])
    assert strokes.too_large([np.zeros((10_000, 2))] * 2) == ""


@pytest.mark.parametrize("shape", [spiral, teeth])
def test_a_million_points_become_ink_of_a_hundred(shape):
    """Point by point, as it once was, this takes longer than anyone waits for a test."""
    ink = to_ink([shape(1_000_000)])
    short = strokes.shorten(ink, 100)
    assert short.shape == (100, 3) and short[:, 2].sum() == 1
    assert walk(short)[-1] == pytest.approx(walk(ink)[-1], abs=1e-3), "the end stays"


def test_ink_is_shortened_roughly_only_where_it_is_longer_than_any_persons(monkeypatch):
    ink = to_ink([spiral(strokes.LONG + 1)])
    short = strokes.shorten(ink, 100)
    monkeypatch.setattr(strokes, "LONG", 10 * strokes.LONG)
    assert np.array_equal(short, strokes.shorten(ink, 100))


def test_a_very_long_stroke_is_thinned_in_pieces(monkeypatch):
    monkeypatch.setattr(strokes, "PIECE", 100)
    assert simplify([[[0, 0], [255, 0]]])[0].tolist() == [[0, 0], [100, 0], [200, 0], [255, 0]]


def test_bounding_box_is_that_of_all_strokes():
    low, high = strokes.bounding_box([[[3, 9], [5, 1]], [[-2, 4, 999]]])
    assert (low.tolist(), high.tolist()) == ([-2, 1], [5, 9])


# --- is_simplified -------------------------------------------------------------------------------


def test_published_drawings_are_recognised_as_simplified(published):
    assert np.mean([is_simplified(drawing) for drawing in published]) > 0.99


def test_raw_drawings_are_not_even_without_times_or_in_whole_numbers(raw):
    for bare in (False, True):
        drawings = [record["drawing"] for record in raw.values()]
        if bare:
            drawings = [[np.rint(stroke[:, :2]) for stroke in drawing] for drawing in drawings]
        assert np.mean([is_simplified(drawing) for drawing in drawings]) < 0.1


def test_a_raw_drawing_that_only_fits_the_box_is_not_simplified(raw):
    fitted = []
    for record in raw.values():
        low, high = strokes.bounding_box(record["drawing"])
        scale = 255 / (high - low).max()
        fitted.append([np.rint((s[:, :2] - low) * scale) for s in record["drawing"]])
    assert np.mean([is_simplified(drawing) for drawing in fitted]) < 0.1


def test_nothing_is_simplified_twice(published):
    kept = [d for d in published if is_simplified(d)]
    assert all(strokes.ensure_simplified(drawing) is drawing for drawing in kept)
    assert all(np.array_equal(drawing_to_ink(d), to_ink(d)) for d in kept)


def test_what_simplify_returns_is_simplified(raw):
    twice = [simplify(record["drawing"]) for record in raw.values()]
    assert np.mean([is_simplified(drawing) for drawing in twice]) > 0.99


def test_raw_and_simplified_give_the_same_ink(raw, simplified):
    hits = [
        np.array_equal(drawing_to_ink(raw[key]["drawing"]), drawing_to_ink(record["drawing"]))
        for key, record in simplified.items()
    ]
    assert np.mean(hits) >= 0.92


# --- ink -----------------------------------------------------------------------------------------


def test_ink_of_a_small_drawing_by_hand():
    ink = to_ink([[[10, 0], [20, 0], [30, 100]], [[10, 50], [20, 50]]])
    expected = [[0.5, 0, 0], [0.5, 1, 1], [-1, -0.5, 0], [0.5, 0, 1]]
    assert ink.tolist() == expected
    assert ink.dtype == np.float32


def test_ink_follows_the_recipe_on_real_drawings(published):
    for drawing in published[::10]:
        assert to_ink(drawing) == pytest.approx(np.array(plain_ink(drawing)), abs=1e-6)


def test_ink_is_the_tutorials_own_to_the_last_bit(quickdraw_data):
    """Some drawings are in the genuine TFRecords as well: there, ink must be what they hold."""
    folder = quickdraw_data / "tutorial_tfrecords"
    names = layout.read_classes(folder)
    genuine = {}
    for inks, indices in dataset.load(folder, "training", batch_size=512, max_points=None):
        for ink, index in zip(inks.numpy(), indices.numpy(), strict=True):
            ink = dataset.unpadded(ink)
            shape = np.round(ink, 3) + 0.0  # + 0.0 makes one zero of two
            genuine.setdefault((names[index], shape.tobytes()), ink)
    met = []
    for name in ("ant", "fork", "pizza"):
        for record in quickdraw.read(quickdraw_data / "simplified" / f"{name}.ndjson"):
            ink = to_ink(record["drawing"])
            twin = genuine.get((name, (np.round(ink, 3) + 0.0).tobytes()))
            met += [np.array_equal(ink, twin)] if twin is not None else []
    assert len(met) > 100 and all(met)


def test_from_ink_takes_real_drawings_back(published):
    for drawing in published[::10]:
        low, high = strokes.bounding_box(drawing)
        boxed = [(stroke - low) / np.where(high > low, high - low, 1) for stroke in drawing]
        if len(drawing[0]) == 1:  # its pen lift is not in the ink
            continue
        back = from_ink(to_ink(drawing))
        assert [len(stroke) for stroke in back] == [len(stroke) for stroke in drawing]
        assert np.concatenate(back) == pytest.approx(np.concatenate(boxed), abs=1e-5)


def test_from_ink_of_what_has_no_end_or_no_steps():
    (stroke,) = from_ink(np.array([[1, 0, 0], [0, 1, 0]]))
    assert stroke.tolist() == [[0, 0], [1, 0], [1, 1]]
    assert [stroke.tolist() for stroke in from_ink(np.zeros((0, 3)))] == [[[0, 0]]]


def test_proportions_are_shares_of_the_longer_side():
    assert strokes.ink_and_proportions([[[0, 0], [254, 127]]])[1].tolist() == [1, 0.5]
    assert strokes.ink_and_proportions([[[3, 0], [3, 8]]])[1].tolist() == [0, 1]
    assert strokes.ink_and_proportions([[[3, 3]]])[1].tolist() == [1, 1]


def test_ink_in_proportion_has_lost_nothing_but_size_and_place():
    drawing = simplify([[[10, 0], [20, 0], [30, 100]], [[10, 50], [20, 50]]])
    back = [stroke * 255 for stroke in from_ink(drawing_to_ink(drawing, in_proportion=True))]
    for stroke, expected in zip(back, drawing, strict=True):
        assert stroke == pytest.approx(expected, abs=1e-3)


def test_a_beginning_has_the_first_points_and_at_least_two():
    drawing = [[[0, 0], [1, 0], [2, 0], [3, 0]], [[0, 9], [1, 9]]]
    assert [len(stroke) for stroke in strokes.beginning(drawing, 0.5)] == [3]
    assert [len(stroke) for stroke in strokes.beginning(drawing, 0.8)] == [4, 1]
    assert [len(stroke) for stroke in strokes.beginning(drawing, 1)] == [4, 2]
    assert [len(stroke) for stroke in strokes.beginning(drawing, 0.01)] == [2]
    assert drawing[0] == [[0, 0], [1, 0], [2, 0], [3, 0]], "the drawing itself stays whole"


def walk(ink):
    return np.cumsum(ink[:, :2], axis=0, dtype=np.float64)


def test_shortened_ink_keeps_what_bends_the_line_most():
    ink = np.array([[1, 0, 0], [1, 0.1, 0], [1, -0.1, 0], [0, 3, 0], [-3, 0, 1]], np.float32)
    assert walk(strokes.shorten(ink, 4)).tolist() == pytest.approx(walk(ink)[[1, 2, 3, 4]]), (
        "of two that bend it alike, one goes"
    )
    assert walk(strokes.shorten(ink, 3)) == pytest.approx(walk(ink)[[2, 3, 4]])
    assert np.array_equal(strokes.shorten(ink, 5), ink)
    assert len(strokes.shorten(ink[:0], 5)) == 0


def test_shortened_ink_keeps_the_ends_of_strokes_and_else_is_cropped():
    square = [[[0, 0], [4, 0]], [[0, 2], [4, 2]], [[0, 4], [4, 4]]]
    ink = to_ink(square)
    assert np.array_equal(strokes.shorten(ink, 4), ink[:4])
    along = np.linspace(0, 4, 50)
    rows = [np.stack([along, np.full(50, y)], axis=1) for y in (0.0, 2.0, 4.0)]
    assert strokes.shorten(to_ink(rows), 5) == pytest.approx(ink, abs=1e-6)


def test_long_published_drawings_keep_their_strokes_and_their_looks(published):
    inks = [drawing_to_ink(drawing, in_proportion=True) for drawing in published]
    long = [ink for ink in inks if len(ink) > 100]
    assert len(long) > 10
    lost = []
    for ink in long:
        short = strokes.shorten(ink, 100)
        assert len(short) == 100 and short[:, 2].sum() == ink[:, 2].sum()
        there = {tuple(point) for point in walk(ink).round(4)}
        assert {tuple(point) for point in walk(short).round(4)} <= there
        lost += [np.ptp(walk(ink), axis=0) - np.ptp(walk(short), axis=0)]
    assert np.abs(lost).mean() < 0.01 and np.max(lost) < 0.15, "of the longer side"


def test_a_batch_of_ink_is_filled_with_zeros():
    ink = to_ink([[[0, 0], [4, 0], [4, 4]]])
    (first, second) = strokes.batch([ink, np.tile(ink, (40, 1))], 6)
    assert np.array_equal(first[:2], ink) and not first[2:].any()
    assert len(second) == 6 and second.any(axis=1).all()
    assert strokes.batch([], 6).shape == (0, 6, 3)
