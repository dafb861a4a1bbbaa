"""Notebook 02 on its own."""

import keras
import nbformat
import papermill
import pytest

from sketchlib.model import models
from sketchlib.settings import ROOT

NOTEBOOK = ROOT / "notebooks" / "02_build_model.ipynb"


def execute(folder, **parameters):
    """Run the notebook from an unrelated folder and return the outputs of its cells."""
    output = folder / "executed.ipynb"
    papermill.execute_notebook(NOTEBOOK, output, parameters, cwd=folder, progress_bar=False)
    cells = nbformat.read(output, as_version=4).cells
    return [output for cell in cells for output in cell.get("outputs", [])]


def printed(outputs) -> str:
    return "".join(output.text for output in outputs if output.get("name") == "stdout")


@pytest.fixture(scope="module")
def outputs(doodle_folder, tmp_path_factory):
    return execute(tmp_path_factory.mktemp("build_model"), dataset=str(doodle_folder))


def test_it_runs_without_noise(outputs):
    assert not [o for o in outputs if o.output_type == "error" or o.get("name") == "stderr"]
    assert sum("image/png" in output.get("data", {}) for output in outputs) == 5


def test_it_states_the_seeds_figures(outputs):
    text = printed(outputs)
    assert "344,089" in text
    assert "93 of 100 points" in text
    assert " 21 points: an answer" in text and " 20 points: an error" in text
    table = next(o.data["text/markdown"] for o in outputs if "text/markdown" in o.get("data", {}))
    assert "| 10 x 128 | 24,704 | 21 points |" in table


def test_the_layers_in_the_open_answer_as_the_helper_does(outputs):
    line = next(line for line in printed(outputs).splitlines() if "largest difference" in line)
    assert float(line.split()[-1]) <= 1e-6


def test_the_cell_compiles_as_the_helper_does():
    cells = nbformat.read(NOTEBOOK, as_version=4).cells
    (cell,) = [cell.source for cell in cells if cell.source.startswith("network.compile(")]
    network = keras.Sequential([keras.Input((100, 3)), keras.layers.Flatten()])
    exec(cell, {"keras": keras, "network": network})
    ours, theirs = network.get_compile_config(), models.build("conv_lstm", 5).get_compile_config()
    assert ours["loss"] == theirs["loss"] and len(ours["metrics"]) == len(theirs["metrics"]) == 2
    optimizers = [each["optimizer"]["config"] | {"name": "sgd"} for each in (ours, theirs)]
    assert optimizers[0] == optimizers[1]
    assert optimizers[0]["learning_rate"] == pytest.approx(0.01) and optimizers[0]["clipnorm"] == 1


def test_an_untrained_model_guesses(outputs):
    line = next(line for line in printed(outputs).splitlines() if ", guessing" in line)
    loss, guessing = (float(part.split()[-1]) for part in line.split(","))
    assert loss == pytest.approx(guessing, abs=0.05)


def test_it_lists_all_architectures(outputs):
    tables = [o.data["text/markdown"] for o in outputs if "text/markdown" in o.get("data", {})]
    assert all(f"| {name} |" in tables[-1] for name in models.ARCHITECTURES)


def test_a_missing_data_set_of_another_source_is_named(tmp_path):
    with pytest.raises(papermill.PapermillExecutionError, match="nowhere"):
        execute(tmp_path, source="tfrecords", dataset=str(tmp_path / "nowhere"))
