"""The model card says what model.json says, and begins with YAML that model hubs read."""

import copy
import subprocess
import sys

import pytest
import yaml
from little_world import ROOT

from sketchlib._shared import files
from sketchlib.model import card

SHIPPED = ROOT / "data" / "models" / "quickdraw"


@pytest.fixture
def shipped() -> dict:
    return files.read_json(SHIPPED / "model.json")


def front_matter(text: str) -> dict:
    nothing, matter, _ = text.split("---\n", 2)
    assert nothing == ""
    return yaml.safe_load(matter)


def doodled(shipped: dict) -> dict:
    """A model of six doodles, trained from nothing and not evaluated."""
    other = copy.deepcopy(shipped)
    training = {"training_sketches": 210, "sketches_seen": 1260, "epochs": 6, "seconds": 30.0}
    return other | {
        "name": "little",
        "credit": "procedural doodles of this project",
        "classes": ["circle", "square"],
        "training": training | {"started_from": [], "settings": {"augmented": False}},
        "metrics": None,
    }


def test_the_bundled_card_is_of_the_bundled_model(shipped):
    told = (SHIPPED / "README.md").read_text("utf-8")
    assert told == card.text(shipped), "python -m sketchlib.model.card data/models/quickdraw"


def test_the_front_matter_is_what_hubs_read(shipped):
    matter = front_matter(card.text(shipped))
    assert matter["license"] == "mit" and matter["library_name"] == "keras"
    assert matter["datasets"] == ["google/quickdraw"] and matter["metrics"] == ["accuracy"]
    (model,) = matter["model-index"]
    (result,) = model["results"]
    assert model["name"] == shipped["name"]
    assert set(result) == {"task", "dataset", "metrics"}
    top = shipped["metrics"]["shortened"]["top_k_accuracy"]
    assert [figure["value"] for figure in result["metrics"]] == [top["1"], top["5"]]


def test_the_figures_are_those_of_the_json(shipped):
    told = card.text(shipped)
    assert f" {shipped['parameters']:,} " in told
    for way in ("shortened", "cropped", "uncropped"):
        figures = shipped["metrics"][way]
        shares = [figures["top_k_accuracy"][k] for k in ("1", "5")]
        shares += [figures[name] for name in ("balanced_top_1", "balanced_top_5")]
        shares.append(figures["calibration_error"])
        row = " | ".join(f"{100 * share:.1f} %" for share in shares)
        assert f"| {card.WAYS[way]} | {figures['sketches']:,} | {row} |\n" in told
    assert str(shipped["metrics"]["temperature"]) in told


def test_each_stage_of_the_training_is_told_once(shipped):
    told = card.text(shipped)
    assert "| 1 | `strokes` | nothing | 30 | 4,813,980 | 85 |\n" in told
    assert "| 3 | `fusion` | 1 and 2 | 3 |" in told
    assert "| 10 | `fusion` | the mean of 8 and 9 | 1 | 160,466 | 4 |\n" in told
    assert "| 11 | `fusion` | 10 | 162 | 25,928,504 | 5 |\n\n" in told
    prose = " ".join(told.split())
    assert "12,195,416 to `strokes`, 9,146,562 to `picture`, 30,421,552 to `fusion`." in prose
    assert "In stage 11 it learned the answers of four larger models" in prose


def test_limits_tell_of_confidence_where_a_model_has_it(shipped):
    unsure = shipped | {"files": {}}
    assert "`confidence.npz`" in card.text(shipped)
    assert "`confidence.npz`" not in card.text(unsure)
    assert "too sure of itself" in card.text(unsure)


def test_figures_of_an_unknown_kind_are_told_too(shipped):
    half = shipped["metrics"]["shortened"] | {"top_k_accuracy": {"1": 0.25, "5": 0.5}}
    told = card.text(shipped | {"metrics": shipped["metrics"] | {"half_drawn": half}})
    assert "| half drawn | 8,963 | 25.0 % | 50.0 % |" in told


def test_a_model_without_figures_has_a_card(shipped):
    told = card.text(doodled(shipped))
    assert "It has not been evaluated yet." in told
    assert not {"model-index", "datasets"} & set(front_matter(told))
    assert "| 1 | `fusion` | nothing | 6 | 1,260 | 0 |\n" in told
    assert "A program drew them" in " ".join(told.split()) and "Quick, Draw!" not in told


def test_fewer_than_five_classes_have_no_top_5(shipped):
    metrics = {"cropped": {"sketches": 9, "loss": 0.5, "top_k_accuracy": {"1": 0.8, "2": 1.0}}}
    told = card.text(doodled(shipped) | {"metrics": metrics})
    ((result,),) = [model["results"] for model in front_matter(told)["model-index"]]
    assert [figure["name"] for figure in result["metrics"]] == ["Top-1 accuracy"]
    assert f"| {card.WAYS['cropped']} | 9 | 80.0 % |  |" in told


def test_prose_is_wrapped_and_the_code_is_whole(shipped):
    told = card.text(shipped)
    prose = [line for line in told.splitlines() if not line.startswith(("|", "  "))]
    assert max(map(len, prose)) <= 100
    code = told.split("```python\n")[1].split("```")[0]
    compile(code, "README.md", "exec")


def test_the_command_writes_the_card(shipped, tmp_path):
    files.write_json(tmp_path / "model.json", shipped)
    command = [sys.executable, "-m", "sketchlib.model.card"]
    done = subprocess.run([*command, tmp_path], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "README.md").read_text("utf-8") == card.text(shipped)
    failed = subprocess.run([*command, tmp_path / "no"], cwd=ROOT, capture_output=True, text=True)
    assert failed.returncode == 1 and "Traceback" not in failed.stderr


@pytest.mark.parametrize(
    "changes, told",
    [
        ({"litert": 3}, "litert=3 is impossible"),
        ({"credit": ["me"]}, "credit="),
        (
            {"parameters": "many"},
            "parameters='many' is impossible: input should be",
        ),
        ({"training": {"epochs": 1}}, "training.sketches_seen"),
        ({"metrics": {"cropped": {"sketches": "all"}}}, "metrics.cropped"),
        ({"output": None}, "output=None"),
    ],
)
def test_what_a_card_cannot_tell_is_named(shipped, tmp_path, changes, told):
    files.write_json(tmp_path / "model.json", shipped | changes)
    with pytest.raises(ValueError, match=rf"model\.json: {told}.*: restore it or export"):
        card.write(tmp_path)
    assert not (tmp_path / "README.md").exists()
