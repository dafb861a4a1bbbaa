from pathlib import Path

import pytest
import yaml
from little_world import ROOT

from sketchlib.settings import NO_MATTER, Settings, from_notebook, injected

CONFIGS = sorted((ROOT / "notebooks" / "configs").glob("*.yaml"))


def message(**values) -> str:
    with pytest.raises(ValueError) as caught:
        Settings(**values)
    return str(caught.value)


def test_the_defaults_are_valid():
    assert Settings().epochs >= 1


def test_an_unknown_name_is_named_with_those_there_are():
    sentence = message(epoch=3)
    assert "unknown setting 'epoch'" in sentence
    assert "epochs" in sentence and "batch_size" in sentence
    assert "\n" not in sentence and "pydantic" not in sentence


@pytest.mark.parametrize(
    "name, value",
    [
        ("epochs", 0),
        ("epochs", "many"),
        ("epochs", 1.5),
        ("batch_size", -1),
        ("learning_rate", 0),
        ("learning_rate", float("nan")),
        ("eval_share", 1.0),
        ("optimizer", "adam"),
        ("schedule", None),
        ("classes", "cat"),
        ("pad_size", 10_000),
        ("game_rounds", 0),
        ("game_seconds", 2),
        ("seed", -1),
        ("workers", 0),
    ],
)
def test_an_impossible_value_is_named_in_one_sentence(name, value):
    sentence = message(**{name: value})
    assert sentence.startswith(f"{name}={value!r} is impossible: ")
    assert "\n" not in sentence and "pydantic" not in sentence


def test_all_faults_are_told_at_once():
    sentence = message(epochs=0, epoch=1)
    assert "epochs=0" in sentence and "'epoch'" in sentence


def test_settings_do_not_change_under_way():
    with pytest.raises(ValueError):
        Settings().epochs = 3


def test_relative_paths_start_at_the_project_and_absolute_ones_stay(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))  # on Windows
    assert Settings(dataset="data/tfrecords/x").path("dataset") == ROOT / "data/tfrecords/x"
    assert Settings(dataset=str(tmp_path / "x")).path("dataset") == tmp_path / "x"
    assert Settings(dataset="~/x").path("dataset") == tmp_path / "x"


def test_an_unknown_user_and_a_zero_byte_are_named():
    assert "no such user" in message(dataset="~nobody-of-that-name/x")
    assert "zero byte" in message(run="a\0b")


@pytest.mark.parametrize("name", ["dataset", "run"])
@pytest.mark.parametrize(
    "place", ["", ".", "..", "data", "notebooks", "data/my_drawings/x", ".git", "data/../tests/x"]
)
def test_what_the_project_keeps_is_not_written_into(name, place):
    sentence = message(**{name: place})
    assert sentence.startswith(f"{name}={place!r} is impossible: ") and "kept as it is" in sentence


def test_a_link_does_not_lead_into_what_the_project_keeps(tmp_path):
    try:
        (tmp_path / "link").symlink_to(ROOT / "data" / "my_drawings", target_is_directory=True)
    except OSError:
        pytest.skip("links need rights that Windows does not give to all")
    assert "kept as it is" in message(dataset=str(tmp_path / "link"))


def test_folders_that_contain_one_another_are_refused(tmp_path):
    outer, inner = str(tmp_path), str(tmp_path / "x")
    for one, other in (("run", "dataset"), ("dataset", "run"), ("dataset", "source")):
        assert f"is in {one}=" in message(**{one: outer, other: inner})
        assert "is in" in message(**{one: outer, other: outer})
    Settings(source=outer, dataset=inner, run=str(tmp_path / "xy"))


def test_the_fingerprint_tells_courses_apart_and_nothing_else():
    settings = Settings()
    assert settings.fingerprint() == Settings().fingerprint()
    others = {"source": "y", "classes": ["x"], "run": "x", "credit": "x", "model_folder": "x"}
    others |= {"my_drawings": True, "eval_share": 0.2, "jit_compile": True, "pad_size": 500}
    others |= {"drawings_per_class": 1, "workers": 1, "mixed_precision": False}
    others |= {"game_rounds": 1, "game_seconds": 3}
    assert set(others) == NO_MATTER
    assert settings.fingerprint() == Settings(**others).fingerprint()
    changes = {
        "dataset": "other",
        "model": "other",
        "optimizer": "sgd",
        "schedule": "cosine",
        "learn": "new classes",
        "class_weight": "balanced",
    }
    changes |= {"init_from": ["other"], "variation": {"turn": 0}, "training_shards": 9}
    assert set(Settings.model_fields) > NO_MATTER, "a new setting matters, unless it is named"
    for name in set(Settings.model_fields) - NO_MATTER:
        value = changes.get(name, "best" if name == "keep" else 0.5)
        if name not in changes and isinstance(getattr(settings, name), int):
            value = getattr(settings, name) + 1
        more = {"init_from": ["other"]} if name == "learn" else {}  # it needs something to teach
        before = Settings(**more).fingerprint()
        assert Settings(**{name: value}, **more).fingerprint() != before, name


def test_a_notebook_takes_its_parameters_and_ignores_its_other_variables():
    namespace = {"epochs": 3, "source": "doodles", "tf": object(), "In": ["", "epochs = 3"]}
    settings = from_notebook(namespace)
    assert (settings.epochs, settings.batch_size) == (3, Settings().batch_size)


def test_papermills_injected_parameters_are_taken():
    cells = ["", "epochs = 6\nseed = 1", "# Parameters\nepochs = 2\n"]
    assert from_notebook({"epochs": 2, "seed": 1, "In": cells}).epochs == 2


def test_a_misspelt_injected_parameter_is_named():
    cells = ["", "epochs = 6", "# Parameters\nbatch_size = 64\nepoch = 2\n"]
    namespace = {"epochs": 6, "epoch": 2, "batch_size": 64, "In": cells}
    with pytest.raises(ValueError, match="unknown setting 'epoch'"):
        from_notebook(namespace)


def test_the_injected_cell_is_told_from_the_others():
    assert injected([]) == []
    assert injected(["# parameters of ours\nx = 1", "y = 2"]) == []
    assert injected(["# Parameters\na = 1\nb = ['x', 'y']\n", "c = 3"]) == ["a", "b"]


def test_there_are_config_files():
    assert {"sample.yaml", "quickdraw.yaml", "baseline.yaml"} <= {path.name for path in CONFIGS}


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_every_config_file_is_valid(path: Path):
    settings = Settings(**yaml.safe_load(path.read_text("utf-8")))
    assert settings.path("run").is_relative_to(ROOT / "data" / "runs")


def test_averaged_weights_are_those_of_the_end():
    with pytest.raises(ValueError, match="keep='last'"):
        Settings(averaging=0.99, keep="best")


def test_a_misspelt_variation_is_named():
    with pytest.raises(ValueError, match=r"unknown setting 'variation\.trun'"):
        Settings(variation={"trun": 0.1})


def test_the_rows_tell_every_setting_with_its_value_and_its_meaning():
    rows = {row["setting"]: row for row in Settings(epochs=3, variation={"turn": 0.5}).rows()}
    assert list(rows) == list(Settings.model_fields)
    assert rows["epochs"]["value"] == "3" and rows["variation"]["value"] == "{'turn': 0.5}"
    assert all(len(row["meaning"]) > 5 and row["meaning"] != "None" for row in rows.values())
