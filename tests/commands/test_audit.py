"""What pip-audit says is passed on, and where it could not ask, that is said."""

import contextlib
import json
import sys

import pytest

from sketchlib.commands import audit

SOUND = {"name": "numpy", "version": "2.0.0", "vulns": []}
FAULTY = {
    "name": "pillow",
    "version": "1.0",
    "vulns": [{"id": "CVE-1", "fix_versions": ["1.1", "2.0"]}, {"id": "CVE-2", "fix_versions": []}],
}


@pytest.fixture
def answer(monkeypatch):
    """Let a program of a few lines stand in for uv and pip-audit."""

    def make(code: str | None):
        command = [] if code is None else [sys.executable, "-c", code]
        monkeypatch.setattr(audit.environment, "uv", lambda python: contextlib.nullcontext(command))

    return make


def said(*packages: dict) -> str:
    return f"print({json.dumps(json.dumps({'dependencies': packages}))})"


def test_known_vulnerabilities_are_named(answer, capsys):
    answer(said(SOUND, FAULTY) + "; raise SystemExit(1)")
    assert audit.main() == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "pillow 1.0: CVE-1, mended in 1.1, 2.0"
    assert lines[1] == "pillow 1.0: CVE-2, mended in no version yet"
    assert lines[2] == "2 packages asked about, 2 known vulnerabilities."


def test_none_are_none(answer, capsys):
    answer(said(SOUND))
    assert audit.main() == 0
    assert "1 packages asked about, 0 known vulnerabilities." in capsys.readouterr().out


@pytest.mark.parametrize("code", [None, "raise SystemExit('no way to the service')", "print('x')"])
def test_what_could_not_be_asked_is_not_taken_for_sound(answer, code, capsys):
    answer(code)
    assert audit.main() == audit.NOT_RUN
    assert capsys.readouterr().out.startswith("Not audited: ")
