"""What a model folder tells of its test: the same reports, and never those of another model."""

import shutil

import numpy as np
import pytest

from sketchlib._shared import files
from sketchlib.model import tested
from sketchlib.model.tested import Results
from sketchlib.predictor import SHIPPED, Predictor


@pytest.fixture(scope="module")
def found(model_folder, doodle_folder) -> Results:
    return tested.measure(Predictor.load(model_folder), doodle_folder)


@pytest.fixture
def folder(model_folder, found, tmp_path):
    copy = shutil.copytree(model_folder, tmp_path / "model")
    assert tested.write(copy, found) == copy / tested.FILE
    return copy


def test_what_was_written_is_read_again(folder, found):
    again = tested.read(folder)
    assert len(again.tenths) == 10 and again.reports().keys() == found.reports().keys()
    for name, report in again.reports().items():
        before = found.reports()[name]
        assert report.to_dict() == before.to_dict() and report.reliability() == before.reliability()
        for part in ("ranks", "confusion", "labels", "confidence"):
            np.testing.assert_array_equal(getattr(report, part), getattr(before, part))
    for group in ("scribbles", "facts"):
        kept = {name: told.tolist() for name, told in getattr(again, group).items()}
        assert kept == {name: told.tolist() for name, told in getattr(found, group).items()}


def test_a_test_of_another_model_is_refused(folder):
    card = files.read_json(folder / "model.json")
    del card["files"]["prototypes.npz"]
    model = folder / "model.tflite"
    model.write_bytes(model.read_bytes() + b"\0")
    card["files"]["model.tflite"] = files.sha256(model)
    files.write_json(folder / "model.json", card)
    with pytest.raises(ValueError, match=r"it is of another model.*--save` writes it anew"):
        tested.read(folder)


@pytest.mark.parametrize("damage", [b"", b"PK", b"no archive"])
def test_a_missing_or_damaged_file_says_what_to_do(folder, damage):
    (folder / tested.FILE).write_bytes(damage)
    with pytest.raises(ValueError, match=r"cannot be used .*--save` writes it anew"):
        tested.read(folder)
    (folder / tested.FILE).unlink()
    with pytest.raises(FileNotFoundError, match=r"tested.npz is missing: .*--save"):
        tested.read(folder)


def test_the_bundled_model_tells_what_its_card_does():
    """The test split is the card's, so its figures are too."""
    told, card = tested.read(), files.read_json(SHIPPED / "model.json")
    figures = card["metrics"]["shortened"]
    assert len(told.whole.ranks) == len(told.half.ranks) == figures["sketches"]
    assert told.whole.balanced() == pytest.approx(figures["balanced_top_1"], abs=0.002)
    for k in (1, 5):
        assert told.whole.top(k) == pytest.approx(figures["top_k_accuracy"][str(k)], abs=0.002)
    assert set(told.whole.per_class()) == set(card["classes"])
    assert all(len(of_each) == figures["sketches"] for of_each in told.facts.values())
    assert [len(found.ranks) for found in told.tenths] == [3450] * 10
    assert told.tenths[-1].top(1) > told.tenths[4].top(1) > told.tenths[0].top(1)


def test_the_command_saves_when_asked(folder, doodle_folder, monkeypatch, capsys):
    (folder / tested.FILE).unlink()
    monkeypatch.setattr("sys.argv", ["evaluate", str(folder), str(doodle_folder)])
    tested.main()
    assert not (folder / tested.FILE).exists()
    monkeypatch.setattr("sys.argv", ["evaluate", str(folder), str(doodle_folder), "--save"])
    tested.main()
    assert tested.read(folder).whole.top(1) > 0.5
    told = capsys.readouterr().out
    for row in ("first half of the points", "points drawn", "scribbles"):
        assert told.count(row) == 2, row
