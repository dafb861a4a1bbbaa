"""Drawings that somebody has named: they are kept whole, and come back as a data set."""

import json
import re
import subprocess
import sys
import threading

import numpy as np
import pytest
from little_world import ROOT
from strokewise import same, xy

from sketchlib.drawing import my_drawings, quickdraw
from sketchlib.formats import reader


def test_ndjson_brings_everything_back(house):
    text = my_drawings.to_ndjson(house, "house")
    assert text.endswith("\n") and text.count("\n") == 1
    record = quickdraw.parse(text)
    assert record["word"] == "house" and record["drawing"][0].shape[1] == 3
    assert same(reader.read(text.encode(), "house.ndjson"), house)


def test_its_fields_are_those_of_the_official_files(house):
    fields = json.loads(my_drawings.to_ndjson(house, "house"))
    official = ["word", "countrycode", "timestamp", "recognized", "key_id", "drawing"]
    assert list(fields) == official and fields["recognized"] is None
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6} UTC", fields["timestamp"])


def test_a_drawing_without_times_or_with_some_is_kept_without(house):
    for drawing in (xy(house), [house[0][:, :2], *house[1:]]):
        assert same(reader.read(my_drawings.to_ndjson(drawing).encode(), "x"), xy(house), atol=1e-3)


def test_an_empty_drawing_is_neither_written_nor_saved(tmp_path):
    for empty in ([], [np.zeros((0, 3))]):
        with pytest.raises(ValueError, match="no points"):
            my_drawings.to_ndjson(empty)
        with pytest.raises(ValueError, match="no points"):
            my_drawings.save_labelled(empty, "cat", tmp_path)
    assert not list(tmp_path.iterdir())


def test_saved_drawings_are_read_as_a_data_set(house, tmp_path):
    folder = tmp_path / "data" / "mine"
    path = my_drawings.save_labelled(house, "house", folder)
    assert path == folder / "house.ndjson" == my_drawings.save_labelled(xy(house), "house", folder)
    my_drawings.save_labelled(house, "hut", folder)
    first, second, hut = quickdraw.read(folder)
    assert [first["word"], second["word"], hut["word"]] == ["house", "house", "hut"]
    assert same(first["drawing"], house) and same(second["drawing"], xy(house), atol=1e-3)
    assert len({first["key_id"], second["key_id"], hut["key_id"]}) == 3
    assert next(quickdraw.read(folder))["key_id"] == first["key_id"]


@pytest.mark.parametrize(
    "word, name",
    [
        ("  fire   truck ", "fire truck"),
        ("čajník", "čajník"),
        ("c\u030cajni\u0301k", "čajník"),
        ("寿司 🍣", "寿司 🍣"),
        ("../../etc/passwd", "_._.._etc_passwd"),
        ("..", "__"),
        ("a\\b:c", "a_b_c"),
        ("a\0b\nc", "a b c"),
        ("NUL", "NUL_"),
        ("con .d", "con_ .d"),
        ("com1.x", "com1_.x"),
        ("con man", "con man"),
    ],
)
def test_any_word_makes_a_file_in_the_folder(house, tmp_path, word, name):
    folder = tmp_path / "mine"
    path = my_drawings.save_labelled(house, word, folder)
    assert path.parent == folder and path.name == f"{name}.ndjson" and path.is_file()
    (record,) = quickdraw.read(path)
    assert "\n" not in record["word"] and "\0" not in record["word"]
    assert {p.name for p in tmp_path.iterdir()} == {"mine"}


@pytest.mark.parametrize("word, message", [(" \n", "needs a word"), ("", "word"), ("x" * 99, "99")])
def test_a_word_that_is_none_is_refused(house, tmp_path, word, message):
    with pytest.raises(ValueError, match=message):
        my_drawings.save_labelled(house, word, tmp_path)
    assert not list(tmp_path.iterdir())


def test_the_longest_word_of_the_widest_letters_fits_a_file_name(house, tmp_path):
    assert my_drawings.save_labelled(house, "🍣" * my_drawings.MOST_LETTERS, tmp_path).is_file()


def test_half_a_line_that_a_crash_left_does_not_spoil_the_next(house, tmp_path):
    path = my_drawings.save_labelled(house, "house", tmp_path)
    whole = path.read_bytes()
    for rest in (whole + whole[:50], whole[:50]):
        path.write_bytes(rest)
        my_drawings.save_labelled(house, "house", tmp_path)
        records = list(quickdraw.read(path, max_bad_share=0))
        assert len(records) == 1 + (len(rest) > len(whole))


def test_a_last_line_that_lacks_only_its_end_is_kept(house, tmp_path):
    path = my_drawings.save_labelled(house, "house", tmp_path)
    path.write_bytes(path.read_bytes().rstrip(b"\n"))  # as some editors save
    my_drawings.save_labelled(house, "house", tmp_path)
    assert len(list(quickdraw.read(path, max_bad_share=0))) == 2


@pytest.mark.parametrize("rest", [b"", b"\n", b'{"word":"hut","drawing":[[[1', b"\0" * 5000])
def test_what_a_crash_left_of_one_word_does_not_hide_the_others(house, tmp_path, rest):
    my_drawings.save_labelled(house, "house", tmp_path)
    path = my_drawings.save_labelled(house, "hut", tmp_path)
    (tmp_path / "barn.ndjson").write_bytes(rest)
    path.write_bytes(path.read_bytes() + rest.lstrip())
    with pytest.warns(UserWarning, match="(barn|hut).ndjson"):
        assert [record["word"] for record in my_drawings.read(tmp_path)] == ["house", "hut"]
    for word in ("hut", "barn"):
        my_drawings.save_labelled(house, word, tmp_path)
    words = [record["word"] for record in quickdraw.read(tmp_path, max_bad_share=0)]
    assert words == ["barn", "house", "hut", "hut"], "the next drawing mends it"


def test_where_none_were_kept_that_is_said(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no \*\.ndjson"):
        my_drawings.read(tmp_path)


def test_a_full_disk_leaves_what_was_there(house, tmp_path, monkeypatch):
    path = my_drawings.save_labelled(house, "house", tmp_path)
    before = path.read_bytes()

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        my_drawings.save_labelled(house, "house", tmp_path)
    assert path.read_bytes() == before


SAVER = """
import sys, numpy as np
from sketchlib.drawing import my_drawings
who, folder = int(sys.argv[1]), sys.argv[2]
sys.stdin.readline()  # so that all begin together
for number in range(200):
    points = np.full((1500, 3), [who, number, 0.125])  # longer than a pipe or a page takes at once
    my_drawings.save_labelled([points], "cat", folder)
"""


def test_two_processes_that_save_at_once_lose_nothing(tmp_path):
    command = [sys.executable, "-c", SAVER]
    savers = [
        subprocess.Popen([*command, str(who), str(tmp_path)], stdin=subprocess.PIPE, cwd=ROOT)
        for who in (1, 2)
    ]
    for saver in savers:
        saver.stdin.write(b"\n")
        saver.stdin.flush()
    assert [saver.wait(timeout=120) for saver in savers] == [0, 0]
    records = list(quickdraw.read(tmp_path / "cat.ndjson", max_bad_share=0))
    found = {tuple(record["drawing"][0][0, :2].astype(int)) for record in records}
    assert len(records) == 400 and found == {(who, n) for who in (1, 2) for n in range(200)}
    assert len({record["key_id"] for record in records}) == 400


def test_threads_lose_nothing_either(house, tmp_path):
    def save():
        for _ in range(20):
            my_drawings.save_labelled(house, "house", tmp_path)

    threads = [threading.Thread(target=save) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(list(quickdraw.read(tmp_path, max_bad_share=0))) == 80
