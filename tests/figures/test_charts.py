import html

import numpy as np
import pytest
from looking import drawn, labels_of, named, rendered
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex

from sketchlib._shared.colors import BLUE, ORANGE
from sketchlib.drawing import strokes
from sketchlib.figures import charts
from sketchlib.model import evaluation

HISTORY = [
    {"loss": 2.0, "accuracy": 0.3, "top_5_accuracy": 0.6}
    | {"val_loss": 2.2, "val_accuracy": 0.25, "val_top_5_accuracy": 0.5},
    {"loss": 1.0, "accuracy": 0.7, "top_5_accuracy": 0.9}
    | {"val_loss": 1.4, "val_accuracy": 0.6, "val_top_5_accuracy": 0.8},
]


def made_up(classes: int, sure: float = 3.0, sketches: int = 800):
    """Return probabilities [n, classes] and labels [n] of a model that is somewhat sure."""
    random = np.random.default_rng(classes)
    labels = np.arange(sketches) % classes
    logits = random.normal(0, 1, (sketches, classes))
    logits[np.arange(sketches), labels] += sure * random.uniform(0, 1, sketches)
    powers = np.exp(logits)
    return powers / powers.sum(axis=1, keepdims=True), labels


def report(classes: int, sure: float = 3.0) -> evaluation.Report:
    return evaluation.report(*made_up(classes, sure), [f"class {n}" for n in range(classes)])


def test_training_curves_show_training_and_validation():
    figure = charts.training_curves(HISTORY)
    rendered(figure)
    titles = [axes.get_title() for axes in figure.axes]
    assert titles == ["loss", "top-1 accuracy", "top-5 accuracy"]
    for axes, name in zip(figure.axes, ("loss", "accuracy", "top_5_accuracy"), strict=True):
        lines = named(axes)
        assert lines["training"].tolist() == [[n + 1, HISTORY[n][name]] for n in (0, 1)]
        assert lines["validation"].tolist() == [[n + 1, HISTORY[n][f"val_{name}"]] for n in (0, 1)]
    assert "50%" not in labels_of(figure.axes[0].yaxis)
    assert "60%" in labels_of(figure.axes[1].yaxis)


class Output:
    """An output of a notebook, which can be told to show something else."""

    def __init__(self):
        self.shown = []

    def display(self, figure, display_id=False):
        assert display_id and not self.shown, "a second output"
        self.update(figure)
        return self

    def update(self, figure):
        rendered(figure)
        self.shown.append(figure)


def lively(monkeypatch, epochs, steps):
    """Return an output, and curves that are drawn there at every step."""
    output = Output()
    monkeypatch.setattr(charts, "display", output.display)
    monkeypatch.setattr(charts, "EVERY_SECONDS", 0)
    monkeypatch.setattr(charts, "DRAWING", 0)
    live = charts.LiveCurves(HISTORY[:1])
    live.set_params({"epochs": epochs, "steps": steps})
    return output, live


def test_live_curves_update_one_output_in_place(monkeypatch):
    output, live = lively(monkeypatch, 3, None)
    for epoch in (1, 2):
        live.on_epoch_end(epoch, HISTORY[1])
        assert not plt.get_fignums()
    epochs = [len(named(figure.axes[0])["training"]) for figure in output.shown]
    assert epochs == [2, 3], "after the epochs of a run that goes on"
    assert {labels_of(figure.axes[0].xaxis)[-1] for figure in output.shown} == {"3"}


def test_live_curves_move_within_an_epoch_on_an_axis_of_all_epochs(monkeypatch):
    output, live = lively(monkeypatch, 5, 4)
    for batch in range(2):
        live.on_train_batch_end(batch, {**HISTORY[1], "loss": 1.5 - batch / 4})
    for axes in output.shown[1].axes:
        assert labels_of(axes.xaxis) == ["1", "2", "3", "4", "5"] and axes.get_xlim() == (0, 5.1)
    moving = output.shown[1].axes[0].lines[-1]
    assert moving.get_xydata().tolist() == [[1.25, 1.5], [1.5, 1.25]]
    live.on_epoch_end(1, HISTORY[1])
    assert named(output.shown[2].axes[0])["training"].tolist() == [[1, 2.0], [2, 1.0]]


def test_live_curves_cost_little(monkeypatch):
    output, live = lively(monkeypatch, 5, 1000)
    monkeypatch.setattr(charts, "EVERY_SECONDS", 60)
    for batch in range(1000):
        live.on_train_batch_end(batch, HISTORY[1])
    assert len(output.shown) == 1


def test_pairs_that_are_mixed_up_are_shown_both_ways():
    found = report(6)
    figure = charts.mixed_up(found, 4)
    rendered(figure)
    (axes,) = figure.axes
    pairs = found.mixed_up(4)
    assert labels_of(axes.yaxis) == [f"{one} · {other}" for one, other, _, _ in pairs]
    widths = [bar.get_width() for bar in axes.patches]
    assert widths == [pair[2] for pair in pairs] + [pair[3] for pair in pairs]


def test_top_k_of_two_reports_has_the_better_ones_numbers_above():
    reports = {"worse": report(12), "better": report(12, sure=5.0)}
    figure = charts.top_k(reports)
    rendered(figure)
    (axes,) = figure.axes
    for label, points in named(axes).items():
        assert points.tolist() == [[k, reports[label].top(k)] for k in range(1, 11)]
    told = {text.get_text(): text.xyann[1] for text in axes.texts}
    assert {told[f"{reports['better'].top(k):.1%}"] for k in (1, 5)} == {7}
    assert {told[f"{reports['worse'].top(k):.1%}"] for k in (1, 5)} == {-14}


def test_top_k_ends_with_the_classes():
    figure = charts.top_k({"cropped": report(3)})
    rendered(figure)
    assert labels_of(figure.axes[0].xaxis) == ["1", "2", "3"]
    assert named(figure.axes[0])["cropped"][-1].tolist() == [3, 1.0]
    assert len(figure.axes[0].texts) == 1


def test_reliability_is_that_of_the_reports():
    reports = {
        "as trained": report(6),
        "calibrated": report(6, sure=4.0),
        "a third": report(6, 5.0),
    }
    figure = charts.reliability(reports)
    rendered(figure)
    lines = named(figure.axes[0])
    assert list(lines) == list(reports), "however many there are"
    for label, points in lines.items():
        assert points.tolist() == [[said, was] for _, said, was in reports[label].reliability()]
    assert "60%" in labels_of(figure.axes[0].xaxis)


def test_accuracy_by_share():
    reports = [report(12, sure) for sure in (1.0, 3.0)]
    figure = charts.by_share([0.5, 1.0], reports)
    rendered(figure)
    lines = named(figure.axes[0])
    assert lines["top-5"].tolist() == [[0.5, reports[0].top(5)], [1.0, reports[1].top(5)]]
    assert lines["top-1"].tolist() == [[0.5, reports[0].top(1)], [1.0, reports[1].top(1)]]


def bars(axes) -> dict[str, float]:
    return dict(zip(labels_of(axes.yaxis), [bar.get_width() for bar in axes.patches], strict=True))


def test_few_classes_are_all_shown_worst_first():
    found = report(6)
    figure = charts.per_class({"mine": found})
    rendered(figure)
    (axes,) = figure.axes
    assert bars(axes) == found.per_class() and axes.yaxis_inverted()
    assert axes.get_title() == "mine: worst first"
    colors = {bar.get_width() < found.top(1): to_hex(bar.get_facecolor()) for bar in axes.patches}
    assert colors == {True: ORANGE, False: BLUE}


def test_of_many_classes_the_worst_and_the_best_are_shown():
    found = report(60)
    figure = charts.per_class({"mine": found})
    rendered(figure)
    everyone = list(found.per_class().items())
    assert bars(figure.axes[0]) == dict(everyone[:12] + everyone[-12:])
    assert figure.axes[0].get_title().startswith("mine: the 12 worst and the 12 best")


def test_confusion_of_few_classes_is_whole():
    found = report(5)
    figure = charts.confusion(found)
    rendered(figure)
    axes = figure.axes[0]
    shares = axes.images[0].get_array()
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    np.testing.assert_allclose(shares.diagonal(), [found.per_class()[n] for n in found.classes])
    assert labels_of(axes.xaxis) == labels_of(axes.yaxis) == found.classes


def test_confusion_of_many_classes_keeps_those_most_often_mistaken():
    found = report(60)
    found.confusion = np.eye(60, dtype=int) * 10
    found.confusion[41, 7] = 30
    figure = charts.confusion(found)
    rendered(figure)
    names = labels_of(figure.axes[0].yaxis)
    assert len(names) == 24 and {"class 7", "class 41"} <= set(names)
    shares = figure.axes[0].images[0].get_array()
    assert shares[names.index("class 41"), names.index("class 7")] == 0.75


@pytest.fixture(scope="module")
def sketches() -> np.ndarray:
    """Padded ink [20, 30, 3] of two strokes each."""
    corner = [np.array([[0, 0], [90, 10], [255, 200]]), np.array([[30, 255], [60, 180]])]
    return np.repeat(strokes.batch([strokes.to_ink(corner)], 30), 20, axis=0)


def test_answers_show_the_chosen_sketches_and_whether_they_are_right(sketches):
    probabilities, labels = np.tile([0.7, 0.2, 0.1], (20, 1)), np.arange(20) % 3
    names = ["ant", "bee", "cat"]
    figure = charts.answers(sketches, labels, probabilities, names, labels < 2)
    rendered(figure)
    shown = [axes for axes in figure.axes if axes.get_title()]
    assert [axes.get_title() for axes in shown] == ["ant", "bee"] * 6
    assert len(figure.axes) == 12 and not any(axes.axison for axes in figure.axes)
    for axes in shown:
        (guesses,) = axes.texts
        assert guesses.get_text() == "ant 70%\nbee 20%"
        assert guesses.get_color() == (BLUE if axes.get_title() == "ant" else ORANGE)
        assert [len(stroke) for stroke in drawn(axes)] == [3, 2]


def test_answers_show_no_more_than_asked_for(sketches):
    probabilities, labels = made_up(3, sketches=20)
    every = np.full(20, True)
    figure = charts.answers(sketches, labels, probabilities, list("abc"), every, count=3)
    rendered(figure)
    assert sum(len(drawn(axes)) > 0 for axes in figure.axes) == 3
    figure = charts.answers(sketches, labels, probabilities, list("abc"), ~every)
    assert not any(drawn(axes) for axes in figure.axes) and not plt.get_fignums()


def test_a_table_has_a_line_a_row():
    table = charts.table([{"class": "cat", "share": "50%"}, {"class": "dog", "share": 1}])
    assert table.data.splitlines() == [
        "| class | share |",
        "| --- | --- |",
        "| cat | 50% |",
        "| dog | 1 |",
    ]
    assert charts.table([]).data == "*none*"


def test_a_table_has_neither_html_nor_links_of_what_it_shows():
    table = charts.table(
        [{"<b>": "<img src=x onerror=alert(1)>", "b": "[a|b](javascript:alert(1))"}]
    )
    assert not set("<>[") & set(table.data)
    assert {line.count("|") for line in table.data.splitlines()} == {3}
    assert "<img src=x onerror=alert(1)>" in html.unescape(table.data)
