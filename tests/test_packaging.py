"""The ways in agree: pyproject.toml, environment.yml, and all imports."""

import ast
import itertools
import re
import subprocess
import sys

import pytest
import yaml
from declared import PROJECT
from packaging.requirements import Requirement

from sketchlib.commands import lock
from sketchlib.commands.environment import ROOT


def test_conda_installs_what_pyproject_lists():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))
    *conda, pip = environment["dependencies"]
    assert f"python{PROJECT['requires-python']}" in conda
    (editable,) = pip["pip"]
    extras = re.fullmatch(r"-e \.\[(.*)\]", editable)[1].split(",")
    assert sorted(extras) == sorted(lock.EXTRAS)


def test_every_line_of_environment_yml_is_commented():
    lines = (ROOT / "environment.yml").read_text("utf-8").splitlines()
    uncommented = [line for line in lines if "#" not in line and not line.endswith(":")]
    assert not uncommented


def test_dependencies_are_bounded():
    for group in [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()]:
        assert all("<" in line for line in group if Requirement(line).name != PROJECT["name"])


def test_the_package_cannot_be_uploaded_by_accident():
    assert PROJECT["name"] != "sketchlib"
    assert "Private :: Do Not Upload" in PROJECT["classifiers"]


def test_importing_sketchlib_costs_nothing():
    code = (
        "import sys; before = set(sys.modules); import sketchlib; print(set(sys.modules) - before)"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout
    assert loaded.strip() == "{'sketchlib'}"


# --- what is installed ---------------------------------------------------------------------------

HEAVY = ("tensorflow", "keras", "matplotlib", "papermill", "requests", "jupyterlab", "scipy")


def test_the_pads_dependencies_are_without_tensorflow():
    names = {Requirement(line).name for line in PROJECT["dependencies"]}
    assert names.isdisjoint(HEAVY)


MODULES = {"PIL": "pillow", "yaml": "pyyaml", "skimage": "scikit-image", "IPython": "ipython"}
MODULES |= {
    "jupyter_server": "jupyter-server",
    "google_crc32c": "google-crc32c",
    "ai_edge_litert": "ai-edge-litert",
    "axe_playwright_python": "axe-playwright-python",
}
FOLDERS = {"sketchlib": ("notebooks", "images", "app"), "tests": ("notebooks", "images", "test")}


@pytest.mark.parametrize("folder", FOLDERS)
def test_what_is_imported_is_declared(folder):
    groups = [PROJECT["optional-dependencies"][extra] for extra in FOLDERS[folder]]
    lines = itertools.chain(PROJECT["dependencies"], *groups)
    declared = {Requirement(line).name for line in lines} | {"tensorflow", "distributed"}
    files = list((ROOT / folder).rglob("*.py"))
    known = {path.stem for path in files} | set(sys.stdlib_module_names) | {"sketchlib"}
    for path in files:
        foreign = imports(path) - known
        assert {MODULES.get(name, name) for name in foreign} <= declared, path


def imports(path) -> set[str]:
    """Return the modules that a file imports, without what they are in turn made of."""
    nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
    found = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    found += [node.module for node in nodes if isinstance(node, ast.ImportFrom)]
    return {name.split(".")[0] for name in found}
