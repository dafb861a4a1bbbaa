"""The report of what is wrong, on environments that are, and one that is not."""

import json

import pytest

from sketchlib.commands import doctor

SOUND = {"a house is": "house, 64%, in 1.0 ms", "TensorFlow": "2.21.0, …"}
MANAGER = "@jupyter-widgets/jupyterlab-manager"


@pytest.fixture
def lab(tmp_path, monkeypatch):
    """Let this environment have a JupyterLab with extensions of these versions."""

    def make(**extensions):
        (tmp_path / "share" / "jupyter" / "lab").mkdir(parents=True)
        for name, version in extensions.items():
            folder = tmp_path / "share" / "jupyter" / "labextensions" / name
            folder.mkdir(parents=True)
            (folder / "package.json").write_text(json.dumps({"version": version}), "utf-8")
        monkeypatch.setattr(doctor.sys, "prefix", str(tmp_path))
        monkeypatch.setenv("PATH", "")

    return make


@pytest.fixture
def installed(monkeypatch):
    """Let these packages be installed, and no others."""

    def make(**packages):
        found = {name.replace("_", "-"): version for name, version in packages.items()}
        monkeypatch.setattr(doctor, "version", found.get)

    return make


def test_a_sound_environment_has_no_problems():
    assert doctor.problems(SOUND) == []


def test_the_report_says_what_a_bug_report_needs(capsys):
    assert doctor.report() == 0
    told = capsys.readouterr().out
    for part in ("Python:", "processor:", "numpy 2", "tensorflow", "ipycanvas", "oneDNN o"):
        assert part in told
    assert "a house is:  house" in told
    assert told.rstrip().endswith("Nothing is wrong, as far as can be seen from here.")


def test_what_fits_is_no_problem(lab, installed):
    lab(**{"ipycanvas": "0.14.9", MANAGER: "5.0.16"})
    installed(ipycanvas="0.14.3", ipywidgets="8.1.9")
    assert doctor.front_end() == []


@pytest.mark.parametrize(
    ("extensions", "packages", "sentence"),
    [
        ({MANAGER: "5.0.1"}, {"ipycanvas": "0.14.3", "ipywidgets": "8.1"}, "can't show the pad"),
        (
            {"ipycanvas": "0.13.1", MANAGER: "5.0.1"},
            {"ipycanvas": "0.14.3", "ipywidgets": "8.1.9"},
            r"ipycanvas is 0\.14\.3 here, but 0\.13\.1 in",
        ),
        (
            {"ipycanvas": "0.14.3"},
            {"ipycanvas": "0.14.3", "ipywidgets": "8.1.9"},
            "shows no widgets",
        ),
        (
            {"ipycanvas": "0.14.3", MANAGER: "5.0.16"},
            {"ipycanvas": "0.14.3", "ipywidgets": "7.7.1"},
            r"ipywidgets is 7\.7\.1 here, but the widget manager 5\.0\.16",
        ),
        ({"ipycanvas": "0.14.3", MANAGER: "5"}, {"ipywidgets": "8.1"}, "needs ipycanvas"),
        ({"ipycanvas": "0.14.3", MANAGER: "5"}, {"ipycanvas": "0.14.3"}, "needs ipywidgets"),
    ],
)
def test_a_front_end_that_does_not_fit_is_named(lab, installed, extensions, packages, sentence):
    lab(**extensions)
    installed(**packages)
    (problem,) = doctor.front_end()
    with pytest.raises(AssertionError, match=sentence):
        raise AssertionError(problem)


def test_two_tensorflows_are_one_too_many(installed):
    installed(
        **{"tensorflow": "2.21.0", "tensorflow-cpu": "2.21.0"}, ipycanvas="0.14", ipywidgets="8"
    )
    assert "overwrite each other" in doctor.problems(SOUND)[0]


def test_a_model_that_does_not_answer_is_told_with_its_last_word():
    failed = doctor._tried("import sys; print('hello'); sys.exit('no such processor')")
    assert failed == "fails: no such processor (exit code 1)"
    assert any(
        "no such processor" in line for line in doctor.problems(SOUND | {"a house is": failed})
    )


def test_a_process_that_dies_without_a_word_is_told_as_well():
    assert doctor._tried("import os; os._exit(9)") == "fails: no word of why (exit code 9)"
