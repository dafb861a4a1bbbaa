"""What has arrived, and what the disk has against it."""

import errno
import os

import pytest
import requests
from buckets import names

from sketchlib.records.parts import Part, check_folder, disk_told
from sketchlib.records.remote import DownloadError, Remote


@pytest.fixture
def part(tmp_path):
    return Part(tmp_path / "numbers")


def test_a_part_grows_and_gets_its_name(bucket, part, tmp_path):
    bucket.files["numbers"], bucket.versions = bytes(range(250)) * 100, True
    assert part.size == 0 and part.version is None
    with requests.Session() as session:
        part.lengthen(Remote(session, f"{bucket.url}/numbers"), 1000)
        assert part.size == 1000 and len(part.version) == 42
        part.lengthen(Remote(session, f"{bucket.url}/numbers", part.version))
    part.finish()
    assert names(tmp_path) == ["numbers"]
    assert (tmp_path / "numbers").read_bytes() == bucket.files["numbers"]


def test_a_dropped_part_leaves_nothing(part, tmp_path):
    part.drop()
    part.path.write_bytes(b"1")
    part.note.write_bytes(b"\xff")
    assert part.version == "\N{REPLACEMENT CHARACTER}"  # so that it is no server's
    part.drop()
    assert names(tmp_path) == []


def test_a_version_without_bytes_says_nothing(part):
    part.note.write_text("1", "utf-8")
    assert part.version is None


@pytest.mark.parametrize("name", ["numbers", "numbers.part", "numbers.part.version"])
def test_what_is_no_file_is_refused(tmp_path, name):
    (tmp_path / name).mkdir()
    with pytest.raises(FileExistsError, match=f"{name} is no file of its own: move it"):
        Part(tmp_path / "numbers")


def test_a_folder_is_a_folder_or_not_there(tmp_path):
    check_folder(tmp_path)
    check_folder(tmp_path / "new")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(FileExistsError, match="file is there already and is no folder"):
        check_folder(tmp_path / "file")


@pytest.mark.parametrize(
    ("number", "said"), [(errno.ENOSPC, "make room"), (errno.EACCES, "mend that")]
)
def test_what_the_disk_refuses_is_a_sentence(tmp_path, number, said):
    match = rf"x: {os.strerror(number)}; {said} or name another folder; what arrived is kept"
    with pytest.raises(DownloadError, match=match), disk_told(tmp_path):
        raise OSError(number, os.strerror(number), "x")
    with pytest.raises(DownloadError, match=r"^a sentence$"), disk_told(tmp_path):
        raise DownloadError("a sentence")
