"""data/models: the example that needs nothing of the project, and the guide's worked example."""

import json
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest
from little_world import ROOT

from sketchlib._shared import files
from sketchlib.drawing import doodles, strokes
from sketchlib.predictor import SHIPPED, Predictor

MODELS = ROOT / "data" / "models"
GUIDE = (MODELS / "README.md").read_text("utf-8")
ALONE = """
import runpy, sys
for name in ("tensorflow", "keras", "sketchlib"):
    sys.modules[name] = None  # importing it fails
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0])
"""


def recognise(folder, drawing) -> list[tuple[str, float]]:
    """Run the example on a drawing, away from the project."""
    layout = json.dumps([np.transpose(stroke).tolist() for stroke in drawing])
    command = [sys.executable, "-I", "-c", ALONE, MODELS / "recognise.py", folder, layout]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    lines = [re.fullmatch(r" *([\d.]+)%  (.+)", line) for line in done.stdout.splitlines()]
    return [(line[2], float(line[1]) / 100) for line in lines]


def simplified(name: str, seed: int) -> strokes.Drawing:
    return strokes.simplify(doodles.draw(name, np.random.default_rng(seed)))


@pytest.mark.parametrize("in_proportion", [False, True])
@pytest.mark.parametrize("name", ["envelope", "flower"], ids=["short", "over 100 points"])
def test_the_example_answers_as_the_predictor_does(tmp_path, in_proportion, name):
    folder = shutil.copytree(SHIPPED, tmp_path / "model")
    card = files.read_json(folder / "model.json")
    card["input"]["in_proportion"] = in_proportion
    del card["check"]  # which tells answers in proportion
    files.write_json(folder / "model.json", card)
    drawing = simplified(name, seed=1) * (5 if name == "flower" else 1)
    assert strokes.is_simplified(drawing)
    assert (len(strokes.drawing_to_ink(drawing)) > 100) == (name == "flower")
    first_points = strokes.drawing_to_ink(drawing, in_proportion)[:100]  # it leaves out no others
    predictor = Predictor.load(folder)
    (expected,) = predictor.infer(strokes.batch([first_points], 100))
    answers = recognise(folder, drawing)
    best = np.argsort(expected)[::-1][:5]
    assert [name for name, _ in answers] == [predictor.classes[index] for index in best]
    assert [p for _, p in answers] == pytest.approx(expected[best], abs=6e-4)


def test_the_guide_s_triangle_is_recognised():
    (layout,) = re.findall(r"recognise\.py quickdraw '(.+)'", GUIDE)
    assert recognise(SHIPPED, [np.transpose(s) for s in json.loads(layout)])[0][0] == "triangle"


def test_a_line_of_no_height_is_answered():
    line, predictor = [np.array([[0, 0], [255, 0]])], Predictor.load()
    (expected,) = predictor.infer(predictor.ink([line]))
    name, probability = recognise(SHIPPED, line)[0]
    assert name == predictor.classes[expected.argmax()]
    assert probability == pytest.approx(expected.max(), abs=6e-4)


def test_the_guide_s_worked_example_is_what_the_project_makes():
    (layout,) = re.findall(r"An envelope, .*`(.+)`", GUIDE)
    drawing = [np.transpose(stroke) for stroke in json.loads(layout)]
    assert strokes.is_simplified(drawing)
    rows = re.findall(r"^\| \d+, \d+.*? \| (-?\d.*?) \| (.*?) \|$", GUIDE, re.MULTILINE)
    plain, in_proportion = (
        np.array([row.split(", ") for row in column], float) for column in zip(*rows, strict=True)
    )
    assert plain == pytest.approx(strokes.drawing_to_ink(drawing), abs=6e-5)
    assert in_proportion == pytest.approx(strokes.drawing_to_ink(drawing, True), abs=6e-5)
    assert f"Then {100 - len(rows)} rows of zeros." in GUIDE


def test_the_example_is_short():
    code = re.sub(r'""".*?"""', "", (MODELS / "recognise.py").read_text("utf-8"), flags=re.DOTALL)
    assert len([line for line in code.splitlines() if line]) <= 24
