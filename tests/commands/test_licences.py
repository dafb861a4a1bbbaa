"""LICENCES.md is of the lock as it is now, and a package's licence is what it says itself."""

import pytest

from sketchlib.commands import licences


def test_every_locked_package_has_its_row():
    lines = licences.FILE.read_text("utf-8").splitlines()
    rows = [tuple(cell.strip() for cell in line.split("|")[1:3]) for line in lines if "|" in line]
    assert rows[-len(licences.pins()) :] == licences.pins(), "`make lock` writes them anew"
    assert licences.FILE.read_text("utf-8").startswith(licences.HEAD)


def test_a_package_tells_its_licence_in_one_way_or_another():
    assert "MIT" in licences.licence("pydantic", "1")
    assert "BSD" in licences.licence("ipycanvas", "1")
    assert "Apache" in licences.licence("tensorflow", "1")


def test_a_package_that_is_not_to_be_had_ends_it(monkeypatch):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setattr(licences, "SYSTEMS", ["win_amd64"])
    with pytest.raises(SystemExit, match=r"no-such-package 1\.0 is not here, nor to be had"):
        licences.licence("no-such-package", "1.0")
