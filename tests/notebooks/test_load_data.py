"""Notebook 01 on its own, on doodles and on real data."""

import nbformat
import numpy as np
import papermill
import pytest

from sketchlib.records import dataset, layout, tfrecords
from sketchlib.settings import ROOT

NOTEBOOK = ROOT / "notebooks" / "01_load_data.ipynb"
CLASSES = ["sun", "house", "flower", "clock"]


def execute(folder, **parameters):
    """Run the notebook from an unrelated folder and return its cells, executed."""
    output = folder / "executed.ipynb"
    papermill.execute_notebook(NOTEBOOK, output, parameters, cwd=folder, progress_bar=False)
    return nbformat.read(output, as_version=4).cells


def printed(cells) -> str:
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    return "".join(o.text for o in outputs if o.output_type == "stream" and o.name == "stdout")


def count_figures(cells) -> int:
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    return sum("image/png" in output.get("data", {}) for output in outputs)


@pytest.fixture(scope="module")
def doodles(tmp_path_factory):
    folder = tmp_path_factory.mktemp("load_data")
    cells = execute(
        folder, classes=CLASSES, drawings_per_class=60, workers=1, dataset=str(folder / "data")
    )
    return folder, cells


def test_the_data_set_is_written_and_sound(doodles):
    report = tfrecords.verify(doodles[0] / "data", progress=False).raise_if_damaged()
    assert report.classes == CLASSES
    assert sum(map(report.total, layout.SPLITS)) == 4 * 60
    ink, class_index = next(iter(dataset.load(doodles[0] / "data", "training", batch_size=8)))
    assert ink.shape == (8, 100, 3) and np.all(class_index.numpy() < 4)


def test_nothing_but_the_data_set_is_left_behind(doodles):
    assert {path.name for path in doodles[0].iterdir()} == {"data", "executed.ipynb"}


def test_the_story_is_told_without_noise(doodles):
    cells = doodles[1]
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    assert not [o for o in outputs if o.output_type == "error" or o.get("name") == "stderr"]
    assert "of 4 classes, sound" in printed(cells)
    assert "ink (32, 100, 3) float32" in printed(cells)
    assert "the same\n" in printed(cells), "the cells that parse, and dataset.load"
    assert count_figures(cells) == 8


def test_each_code_cell_after_the_setup_has_a_sentence_before_it(doodles):
    cells = [c for c in doodles[1] if "injected-parameters" not in c.metadata.get("tags", [])]
    setup = next(n for n, cell in enumerate(cells) if "from_notebook" in cell.source)
    for before, cell in zip(cells[setup:], cells[setup + 1 :], strict=False):
        if cell.cell_type == "code":
            assert before.cell_type == "markdown" and before.source.rstrip().endswith(":")


def test_the_genuine_tutorial_records_are_only_read(quickdraw_data, tmp_path):
    folder = quickdraw_data / "tutorial_tfrecords"
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    cells = execute(tmp_path, source="tfrecords", dataset=str(folder))
    assert "20,000 training sketches and 2,000 eval sketches of 20 classes" in printed(cells)
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def test_real_drawings_of_all_classes(quickdraw_data, tmp_path):
    cells = execute(
        tmp_path,
        source=str(quickdraw_data / "simplified"),
        drawings_per_class=10,
        dataset=str(tmp_path / "data"),
    )
    assert "345 classes, sound" in printed(cells)
    assert "CC BY 4.0" in printed(cells) and count_figures(cells) == 8
