import pytest
import yaml
from tiny_model import tiny

from sketchlib.experiments import comparison
from sketchlib.model import models, training
from sketchlib.run import read_config
from sketchlib.settings import ROOT, Settings

PLANS = sorted((ROOT / "notebooks" / "comparisons").glob("*.yaml"))


@pytest.fixture(scope="module")
def base(doodle_folder, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(models.ARCHITECTURES, "tiny", tiny)
        yield Settings(
            dataset=str(doodle_folder),
            run=str(tmp_path_factory.mktemp("comparison")),
            model="tiny",
            epochs=1,
            steps_per_epoch=2,
            batch_size=8,
            mixed_precision=False,
        )


@pytest.fixture(scope="module")
def compared(base):
    variants = {"as it is": {}, "in proportion": {"in_proportion": True}}
    results = base.path("run") / "results.jsonl"
    return variants, results, comparison.compare(base, variants, [1, 2], results)


def test_there_is_a_line_for_each_variant_and_seed(compared):
    _, results, lines = compared
    keys = [(line["variant"], line["seed"]) for line in lines]
    assert keys == [(name, seed) for seed in (1, 2) for name in ("as it is", "in proportion")]
    assert comparison.read(results) == lines
    for line in lines:
        assert line["sketches_seen"] == 16 and line["test_sketches"] > 0
        assert len(line["top_5_by_share"]) == len(comparison.SHARES)
        assert all(0 <= line[figure] <= 1 for figure in comparison.FIGURES)
        assert line["top_5_by_share"][-1] <= 1 and line["megabytes"] > 0


def test_nothing_is_left_of_the_runs(compared, base):
    assert {path.name for path in base.path("run").glob("[!.]*")} == {"results.jsonl"}


def test_what_is_done_is_not_done_again_but_other_settings_are(compared, base, monkeypatch):
    variants, results, lines = compared

    class Trained(Exception):
        pass

    def refuse(*_, **__):
        raise Trained

    monkeypatch.setattr(training, "train", refuse)
    assert comparison.compare(base, variants, [1, 2], results) == lines
    (renamed,) = comparison.compare(base, {"other": {}}, [1], results.with_name("other.jsonl"))
    assert renamed == {**lines[0], "variant": "other"}, "found among the results beside it"
    with pytest.raises(Trained):
        comparison.compare(base.changed(learning_rate=0.5), variants, [1], results)
    with pytest.raises(Trained):
        comparison.compare(base, variants, [3], results)


def test_two_comparisons_at_once_train_in_folders_of_their_own(base, tmp_path, monkeypatch):
    trained = []

    def measure(settings):
        trained.append(settings.run)
        return {}

    monkeypatch.setattr(comparison, "measure", measure)
    for name, rate in (("one", 0.1), ("other", 0.2)):
        comparison.compare(
            base.changed(learning_rate=rate), {"a b": {}}, [1], tmp_path / f"{name}.jsonl"
        )
    assert len(set(trained)) == 2


def test_two_at_a_time_find_the_same_as_one(base, tmp_path):
    """Of an architecture that other processes know; a course that two variants share is one."""
    small = base.changed(model="conv_lstm", run=str(tmp_path / "run"), steps_per_epoch=1)
    variants = {"a": {}, "the same": {}}
    lines = comparison.compare(small, variants, [1], tmp_path / "two.jsonl", workers=2)
    assert [line["variant"] for line in lines] == list(variants)
    assert comparison.read(tmp_path / "two.jsonl") and not list((tmp_path / "run").glob("two*"))
    (alone,) = comparison.compare(small, {"a": {}}, [1], tmp_path / "apart" / "one.jsonl")
    for figure in ("settings", "test_sketches", *comparison.FIGURES):
        assert lines[0][figure] == lines[1][figure] == pytest.approx(alone[figure], abs=1e-3)


def test_the_table_gives_mean_and_spread():
    line = {"variant": "a", "parameters": 1000, "megabytes": 1.25, "milliseconds": 0.5}
    line |= {"training_sketches": 10, "sketches_seen": 20}
    line |= dict.fromkeys(comparison.FIGURES, 0.5)
    lines = [line, {**line, "top_1": 0.6}, {**line, "variant": "b"}]
    first, second = comparison.table(lines)
    assert first["top-1"] == "55.0 ± 7.1" and first["seeds"] == "2"
    assert second["top-1"] == "50.0" and second["seeds"] == "1"


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_plans_have_three_seeds_and_their_results_are_of_their_settings(path):
    plan = yaml.safe_load(path.read_text("utf-8"))
    assert len(plan["seeds"]) >= 3
    config = read_config(path.parent / plan["base"])
    base = Settings(**config).changed(**plan.get("settings", {}))
    variants = {name: base.changed(**changes) for name, changes in plan["variants"].items()}
    lines = comparison.read(comparison.FOLDER / f"{path.stem}.jsonl")
    assert lines, "some figures of each plan come along"
    for line in lines:
        settings = variants[line["variant"]].changed(seed=line["seed"])
        assert line["settings"] == settings.fingerprint(), line["variant"]


def test_results_that_are_missing_are_none(tmp_path):
    assert comparison.read(tmp_path / "nothing.jsonl") == []
