"""What is said of an exception: enough for whoever draws, and nothing of where things are here."""

import errno
import os
from pathlib import Path

import pytest
from hands import wait_until

from sketchlib.game import style
from sketchlib.pad.problems import said


def test_a_sentence_of_ours_stays_as_it_is():
    text = "the drawing has no points; see https://example.org/a/b.html and 3/4 of data/my_drawings"
    assert said(ValueError(text)) == text


def test_what_else_goes_wrong_is_named():
    assert (
        said(RuntimeError("two strokes are too much")) == "RuntimeError: two strokes are too much"
    )


@pytest.mark.parametrize(
    "folder",
    [str(Path.home()), "/srv/Jane Doe/pad", r"C:\Users\Jane Doe", r"\\server\share", "/tmp//x/./y"],
)
def test_a_file_is_named_and_its_folder_is_not(folder):
    path = f"{folder}{folder[0] if folder[0] in '/' else chr(92)}cat.ndjson"
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)
    for error in (full, ValueError(f"{path} holds no JSON: {path}"), KeyError(path)):
        told = said(error)
        assert "cat.ndjson" in told and "Jane" not in told and "home" not in told, told
        assert folder not in told and folder.replace("\\", "\\\\") not in told


def test_neither_the_pad_nor_the_game_tells_more(pad, predictor, monkeypatch):
    error = PermissionError(13, "Permission denied", "/srv/secret/cat.ndjson")
    monkeypatch.setattr(
        predictor, "top_k", lambda drawing, k=5, unfinished=False: (_ for _ in ()).throw(error)
    )
    pad.load([[(0, 0), (1, 0), (1, 1), (0, 1)]])
    wait_until(lambda: "cat.ndjson" in pad._problem.value)
    for told in (pad._problem.value, style.problem(error)):
        assert "Permission denied" in told and "secret" not in told
