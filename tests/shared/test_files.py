import hashlib
import os

import killing
import pytest

from sketchlib._shared import files


def test_a_replaced_file_is_there_only_when_it_is_whole(tmp_path):
    path = tmp_path / "model.keras"
    with files.replaced(path) as temporary:
        temporary.write_text("whole", "utf-8")
        assert not path.exists()
        assert temporary.parent == path.parent, "another file system could not be moved from"
        assert temporary.suffix == ".keras", "Keras goes by the ending"
    assert path.read_text("utf-8") == "whole"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.name == "nt", reason="Windows replaces no file that is open")
def test_who_reads_the_old_file_reads_it_to_its_end(tmp_path):
    path = tmp_path / "model.tflite"
    path.write_text("old", "utf-8")
    with open(path, encoding="utf-8") as reader:
        with files.replaced(path) as temporary:
            temporary.write_text("new", "utf-8")
        assert reader.read() == "old"
    assert path.read_text("utf-8") == "new"


def test_a_failed_replacement_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "model.json"
    path.write_text("old", "utf-8")
    with pytest.raises(KeyboardInterrupt), files.replaced(path) as temporary:
        temporary.write_text("half of the n", "utf-8")
        raise KeyboardInterrupt
    assert path.read_text("utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_what_another_program_has_open_for_a_moment_is_waited_for(tmp_path, monkeypatch):
    replace, tried = os.replace, []

    def replace_if_free(old, new):
        tried.append(old)
        if len(tried) < 3:
            raise PermissionError("a virus scanner reads it")
        replace(old, new)

    monkeypatch.setattr(files.os, "replace", replace_if_free)
    monkeypatch.setattr(files, "PATIENCE", 0.0)
    with pytest.raises(PermissionError, match="a virus scanner"):
        files.write_json(tmp_path / "value.json", 1)
    assert not list(tmp_path.iterdir()) and len(tried) == 1
    monkeypatch.setattr(files, "PATIENCE", 30.0)
    files.write_json(tmp_path / "value.json", 2)
    assert files.read_json(tmp_path / "value.json") == 2


def test_json_comes_back_as_it_was(tmp_path):
    value = {"name": "žluťoučký", "classes": ["a", "b"], "loss": 0.125, "metrics": None}
    files.write_json(tmp_path / "value.json", value)
    assert files.read_json(tmp_path / "value.json") == value
    assert "žluťoučký" in (tmp_path / "value.json").read_text("utf-8"), "readable as it stands"


def test_a_value_that_is_no_json_leaves_the_old_file(tmp_path):
    files.write_json(tmp_path / "value.json", 1)
    with pytest.raises(TypeError):
        files.write_json(tmp_path / "value.json", {"path": tmp_path})
    assert files.read_json(tmp_path / "value.json") == 1


@pytest.mark.parametrize("content", [b"", b'{"a": 1', b"\xff\xfe\x00"])
def test_broken_json_is_named(tmp_path, content):
    path = tmp_path / "broken.json"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"broken\.json holds no JSON"):
        files.read_json(path)


def test_sha256_is_that_of_the_content(tmp_path):
    (tmp_path / "file").write_bytes(b"ink" * 100_000)
    assert files.sha256(tmp_path / "file") == hashlib.sha256(b"ink" * 100_000).hexdigest()


def test_who_comes_second_is_told_who_is_there(tmp_path):
    run = tmp_path / "new" / "run"
    with files.alone(run, "trains in"):
        told = pytest.raises(
            files.Busy, match=rf"process {os.getpid()} on .* trains in .*run: wait"
        )
        with told, files.alone(run, "trains in"):
            raise AssertionError("there were two")
        with files.alone(run.with_name("other"), "trains in"):
            pass
    with files.alone(run, "trains in"):
        pass


def test_the_lock_of_a_process_that_died_is_free(tmp_path):
    killing.run_until_it_dies(
        "import sys, killing\n"
        "from sketchlib._shared import files\n"
        "with files.alone(sys.argv[1], 'trains in'):\n"
        "    killing.die()\n",
        tmp_path / "run",
    )
    with files.alone(tmp_path / "run", "trains in"):
        pass
