import numpy as np
from looking import drawn, rendered

from sketchlib.figures import charts
from sketchlib.figures.summary import report

HISTORY = [{f"{way}{name}": 0.5 for way in ("", "val_") for name in charts.CURVES}] * 2


def test_a_report_has_the_curves_and_one_sketch_of_each_class():
    rng, labels = np.random.default_rng(0), np.array([1, 0, 1, 2, 0])
    inks, answers = rng.normal(size=(5, 20, 3)).astype(np.float32), rng.random((5, 3))
    inks[:, :, 2] = 0
    figure = report(HISTORY, inks, labels, answers, ["cat", "dog", "cow"])
    rendered(figure)
    curves, sketches = figure.subfigs
    assert [axes.get_title() for axes in curves.axes] == list(charts.CURVES.values())
    shown = {axes.get_title(): drawn(axes) for axes in sketches.axes if axes.get_title()}
    assert list(shown) == ["dog", "cat", "cow"] and all(map(len, shown.values()))
