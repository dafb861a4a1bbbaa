"""What is committed is clean: style, types, notebooks without outputs, small files."""

import subprocess
import sys

import pytest

from sketchlib.settings import ROOT

NOTEBOOKS = sorted(map(str, (ROOT / "notebooks").glob("**/[!.]*.ipynb")))


@pytest.mark.parametrize(
    "command",
    [
        ["ruff", "check", "."],
        ["ruff", "format", "--check", "."],
        ["mypy", "sketchlib"],
        ["nbstripout", "--verify", *NOTEBOOKS],
    ],
    ids=["ruff check", "ruff format", "mypy", "nbstripout"],
)
def test_clean(command):
    python = [sys.executable, "-m"]
    done = subprocess.run([*python, *command], cwd=ROOT, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_tracked_file_is_large():
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if tracked.returncode != 0:
        pytest.skip("not a git checkout")
    large = [
        name
        for name in filter(None, tracked.stdout.split("\0"))
        if (ROOT / name).is_file() and (ROOT / name).stat().st_size > 20e6
    ]
    assert not large
