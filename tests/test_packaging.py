"""The ways in agree: pyproject.toml, environment.yml, the Makefile."""

import re
import subprocess
import sys
import tomllib

import pytest
import yaml

from sketchlib.settings import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_conda_installs_what_pyproject_lists():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    *conda, pip = environment["dependencies"]
    assert f"python{PROJECT['requires-python']}" in conda
    (editable,) = pip["pip"]
    extras = re.fullmatch(r"-e \.\[(.*)\]", editable)[1].split(",")
    assert sorted(extras) == sorted(PROJECT["optional-dependencies"])


def test_every_line_of_environment_yml_is_commented():
    lines = (ROOT / "environment.yml").read_text().splitlines()
    uncommented = [line for line in lines if "#" not in line and not line.endswith(":")]
    assert not uncommented


def test_dependencies_are_bounded():
    for group in [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()]:
        assert all("<" in requirement for requirement in group)


def test_the_package_cannot_be_uploaded_by_accident():
    assert PROJECT["name"] != "sketchlib"
    assert "Private :: Do Not Upload" in PROJECT["classifiers"]


def test_importing_sketchlib_costs_nothing():
    code = (
        "import sys; before = set(sys.modules); import sketchlib; print(set(sys.modules) - before)"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout
    assert loaded.strip() == "{'sketchlib'}"


def make(*arguments, **options):
    return subprocess.run(["make", *arguments], capture_output=True, text=True, **options)


def test_make_alone_prints_help():
    text = make(cwd=ROOT).stdout
    for target in ["setup", "run", "test", "lab", "app", "data", "lint", "bench", "clean"]:
        assert f"make {target} " in text


@pytest.fixture
def bare_folder(tmp_path):
    """A folder with the project's Makefile, and a folder for programs that stand in for others."""
    (tmp_path / "Makefile").write_bytes((ROOT / "Makefile").read_bytes())
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "programs").mkdir()
    for program in ["sh", "make", "awk", "df", "echo", "touch"]:
        path = subprocess.run(["sh", "-c", f"command -v {program}"], capture_output=True, text=True)
        (tmp_path / "programs" / program).symlink_to(path.stdout.strip())
    return tmp_path


def setup_with(folder, **programs):
    """Run `make setup` where the PATH holds these programs, given as shell scripts."""
    for name, script in programs.items():
        path = folder / "programs" / name
        path.unlink(missing_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
    done = make("setup", cwd=folder, env={"PATH": str(folder / "programs")})
    assert done.returncode != 0
    assert not (folder / ".venv" / "complete").exists()
    return done.stdout.strip()


def test_setup_without_a_fitting_python_says_so(bare_folder):
    assert "Python 3.11, 3.12 or 3.13 is needed" in setup_with(bare_folder, python3="exit 1")


def test_setup_without_the_venv_module_says_how_to_get_it(bare_folder):
    script = 'case "$2" in *ensurepip*) exit 1;; esac'
    assert "apt install python3-venv" in setup_with(bare_folder, python3=script)


def test_setup_without_disk_says_how_much_is_needed(bare_folder):
    df = "echo head; echo /dev/disk 100 100 1000 99% /"
    assert "needs 5 GB of free disk" in setup_with(bare_folder, python3="exit 0", df=df)
