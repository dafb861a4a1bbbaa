import numpy as np
import pytest
from looking import rendered

from sketchlib._shared.backend import keras
from sketchlib.figures import anatomy
from sketchlib.model import models


@pytest.fixture(scope="module")
def seed():
    return models.build("conv_lstm", 6)


@pytest.fixture(scope="module")
def convolutions(seed):
    return anatomy.convolutions(seed)


def test_steps_reach_and_stride_of_the_seeds_convolutions(convolutions):
    assert [layer.steps for layer in convolutions] == [48, 22, 10]
    assert [layer.reach for layer in convolutions] == [5, 13, 21]
    assert [layer.stride for layer in convolutions] == [2, 4, 8]


def test_a_step_depends_on_the_points_it_is_said_to_see_and_on_no_others(seed, convolutions):
    ink = np.random.default_rng(0).normal(0, 0.3, (100, 3)).astype(np.float32)
    names = [layer.name for layer in convolutions]
    before = anatomy.outputs(seed, names, ink)
    step = 4
    for layer in convolutions:
        first, end = step * layer.stride, step * layer.stride + layer.reach
        inside, outside = ink.copy(), ink.copy()
        inside[[first, end - 1]] += 1
        outside[:first] += 1
        outside[end:] += 1
        assert not np.allclose(
            anatomy.outputs(seed, names, inside)[layer.name][step], before[layer.name][step]
        )
        np.testing.assert_array_almost_equal(
            anatomy.outputs(seed, names, outside)[layer.name][step], before[layer.name][step]
        )


def test_dilation_widens_the_reach():
    inputs = keras.Input((100, 3))
    x = keras.layers.Conv1D(4, 3, dilation_rate=4)(inputs)
    model = keras.Model(inputs, keras.layers.Conv1D(4, 3, strides=2)(x))
    assert [layer.reach for layer in anatomy.convolutions(model)] == [9, 11]


def test_table_adds_up(seed):
    table = anatomy.table(seed)
    rows = [line.split("|")[1:-1] for line in table.splitlines()]
    parameters = [int(row[2].strip(" *").replace(",", "")) for row in rows[2:]]
    assert sum(parameters[:-1]) == parameters[-1] == seed.count_params()
    assert len({len(row) for row in rows}) == 1
    sees = {row[0].strip(): row[3].strip() for row in rows}
    assert sees["ink"] == "1 point" and sees["probabilities"] == "all so far"


def test_time_per_sketch(seed):
    assert 0 < anatomy.microseconds(seed, batch_size=4, batches=2) < 1e6


def test_figures(seed, convolutions):
    ink = np.zeros((100, 3), dtype=np.float32)
    ink[:40] = np.random.default_rng(1).normal(0, 0.2, (40, 3))
    ink[:40, 2] = np.arange(40) % 10 == 9
    answers = anatomy.outputs(seed, [layer.name for layer in convolutions], ink)
    rendered(anatomy.funnel(convolutions, 100, step=0))
    rendered(anatomy.funnel(convolutions, 100, step=9))
    rendered(anatomy.reaches(ink[:40], {"5 points": (3, 8), "too many": (30, 51)}))
    rendered(anatomy.activations(answers, convolutions, used=40))
    rendered(anatomy.channels(np.stack([ink] * 2, axis=-1), ["one", "two"]))
    rendered(anatomy.guesses(np.full(6, 1 / 6), list("abcdef"), right=2))
    many = [str(number) for number in range(345)]
    rendered(anatomy.guesses(np.full(345, 1 / 345), many, right=344))


@pytest.mark.parametrize("points", [60, 100])
def test_activations_lie_over_the_points_that_they_see(points):
    model = models.build("conv_lstm", 6, points)
    convolutions = anatomy.convolutions(model)
    answers = anatomy.outputs(
        model, [layer.name for layer in convolutions], np.ones((points, 3), dtype=np.float32)
    )
    figure = anatomy.activations(answers, convolutions, used=30)
    rendered(figure)
    assert figure.axes[-1].get_xlim() == (-0.5, points - 0.5)
    for axes, layer in zip(figure.axes, convolutions, strict=True):
        left, right, *_ = axes.images[0].get_extent()
        first = (layer.reach - 1) / 2
        last = first + (layer.steps - 1) * layer.stride
        assert (left, right) == (first - layer.stride / 2, last + layer.stride / 2)
        assert axes.lines[0].get_xdata()[0] == 29.5


def test_the_funnel_colors_one_step_and_all_that_it_is_made_of(convolutions):
    figure = anatomy.funnel(convolutions, 100, step=4)
    colored = []
    for row in figure.axes[0].collections:
        colors, counts = np.unique(row.get_facecolor(), axis=0, return_counts=True)
        assert len(colors) == 2
        colored.append(counts.min())
    assert colored == [21, 9, 3, 1]
