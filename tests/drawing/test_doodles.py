from itertools import islice, pairwise
from pathlib import Path

import numpy as np
import pytest

from sketchlib.drawing import doodles

QUICK_DRAW = Path(doodles.__file__).with_name("categories.txt").read_text("utf-8").splitlines()
EACH_CLASS = pytest.mark.parametrize("name", doodles.CLASSES)


@pytest.fixture(scope="module")
def drawings():
    """Thirty drawings of every class, by class."""
    found = {name: [] for name in doodles.CLASSES}
    for record in doodles.records(count=30, seed=7):
        found[record["word"]].append(record["drawing"])
    return found


def same(one, other):
    return len(one) == len(other) and all(map(np.array_equal, one, other))


def extent(drawing):
    return np.ptp(np.concatenate(drawing)[:, :2], axis=0)


def picture(drawing, side=12):
    """A blurred thumbnail [side * side] of unit length, in which only the shape counts."""
    shift = np.concatenate(drawing)[:, :2].min(axis=0)
    image = np.zeros((side + 2, side + 2))
    for stroke in drawing:
        cells = (stroke[:, :2] - shift) / extent(drawing).max() * (side - 1) + 1
        image[tuple(np.rint(cells).astype(int).T)] = 1
    image = sum(np.roll(image, (x, y), (0, 1)) for x in (-1, 0, 1) for y in (-1, 0, 1))
    return image.ravel() / np.linalg.norm(image)


def test_twenty_names_that_quick_draw_knows():
    assert len(doodles.CLASSES) == len(set(doodles.CLASSES)) == 20
    assert set(doodles.CLASSES) <= set(QUICK_DRAW)


@EACH_CLASS
def test_strokes_are_what_a_pen_makes(drawings, name):
    for drawing in drawings[name]:
        assert len(drawing) >= 1
        assert all(s.ndim == 2 and s.shape[1] == 3 and len(s) >= 2 for s in drawing)
        points = np.concatenate(drawing)
        steps = np.diff(points[:, 2])
        assert np.isfinite(points).all()
        assert points[0, 2] == 0 and steps.min() >= 10
        assert all(np.diff(s[:, 2]).max() <= 20 for s in drawing)
        pauses = [b[0, 2] - a[-1, 2] for a, b in pairwise(drawing)]
        assert min(pauses, default=100) >= 100
        assert 50 < extent(drawing).max() < 900
        assert points[:, :2].min() > -60


@EACH_CLASS
def test_lines_are_smooth_not_noisy(drawings, name):
    steps = [np.diff(s[:, :2], axis=0) for d in drawings[name] for s in d if len(s) > 20]
    turned = np.concatenate([np.sum(s[1:] * s[:-1], axis=1) for s in steps])
    assert np.mean(turned > 0) > 0.8


def test_same_seed_same_records_other_seed_others():
    first, again = (list(doodles.records(count=3, seed=5)) for _ in range(2))
    other = list(doodles.records(count=3, seed=6))
    for one, two, three in zip(first, again, other, strict=True):
        assert same(one.pop("drawing"), two.pop("drawing"))
        assert one == two
        assert one["key_id"] != three["key_id"]
    assert not any(
        same(one["drawing"], two["drawing"])
        for one, two in zip(doodles.records(count=3, seed=5), other, strict=True)
    )


def test_a_record_depends_on_nothing_else_that_is_asked_for():
    few = list(doodles.records(["star", "fish"], count=2, seed=1))
    many = {record["key_id"]: record for record in doodles.records(count=4, seed=1)}
    assert [record["word"] for record in few] == ["star", "fish", "star", "fish"]
    for record in few:
        assert same(record["drawing"], many[record["key_id"]]["drawing"])


def test_records_have_the_official_fields():
    made = list(doodles.records(count=2, seed=3))
    fields = {"word", "countrycode", "timestamp", "recognized", "key_id", "drawing"}
    assert all(set(record) == fields and record["recognized"] is True for record in made)
    assert [record["word"] for record in made] == list(doodles.CLASSES) * 2
    assert len({record["key_id"] for record in made}) == len(made)
    assert made[20]["key_id"] == f"doodle-{doodles.CLASSES[0]}-3-1"


def test_draw_takes_its_luck_from_the_generator_it_is_given():
    one, again, next_one = (
        doodles.draw("house", rng)
        for rng in [np.random.default_rng(2), *[np.random.default_rng(2)] * 2]
    )
    assert same(one, again) and not same(again, next_one)


@EACH_CLASS
def test_no_two_drawings_are_alike(drawings, name):
    pictures = np.array([picture(drawing) for drawing in drawings[name]])
    likeness = pictures @ pictures.T - np.eye(len(pictures))
    assert likeness.max() < 0.999
    aspects = [np.divide(*extent(drawing)) for drawing in drawings[name]]
    assert np.std(np.log(aspects)) > 0.1
    sizes = [extent(drawing).max() for drawing in drawings[name]]
    assert max(sizes) > 1.5 * min(sizes)


@EACH_CLASS
def test_number_of_strokes_varies(drawings, name):
    numbers = {len(drawing) for drawing in drawings[name]}
    assert len(numbers) >= (1 if name == "circle" else 2)
    assert len(numbers) >= (4 if name in ("house", "sun", "flower", "ladder", "snowman") else 1)


@pytest.mark.parametrize(
    ("name", "hint"), [("cirle", "did you mean 'circle'? "), ("The Mona Lisa", "")]
)
def test_unknown_class_is_named_with_the_closest(name, hint):
    message = f"no doodle is called {name!r}; {hint}doodles.CLASSES lists them all"
    with pytest.raises(ValueError) as by_draw:
        doodles.draw(name, np.random.default_rng(0))
    with pytest.raises(ValueError) as by_records:
        doodles.records(["circle", name])
    assert str(by_draw.value) == str(by_records.value) == message


@pytest.mark.parametrize("count", [0, -3])
def test_count_below_one_is_refused_at_once(count):
    with pytest.raises(ValueError, match=f"count is {count}"):
        doodles.records(count=count)


def test_records_are_made_one_by_one():
    assert len(list(islice(doodles.records(count=10**9), 3))) == 3


def test_classes_can_be_told_apart_but_not_perfectly(drawings):
    pictures = np.array([[picture(d) for d in drawings[name]] for name in doodles.CLASSES])
    known, asked = pictures[:, :20], pictures[:, 20:]
    likeness = np.einsum("cip,kjp->cikj", asked, known).reshape(20, 10, -1)
    nearest = likeness.argmax(axis=-1) // 20
    accuracy = np.mean(nearest == np.arange(20)[:, None])
    assert 0.5 < accuracy < 0.99
