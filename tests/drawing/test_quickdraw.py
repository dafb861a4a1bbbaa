import contextlib
import gzip
import json
import re
import warnings

import numpy as np
import pytest

from sketchlib.drawing import quickdraw

CAT = {
    "word": "cat",
    "countrycode": "SE",
    "timestamp": "2017-03-13 18:12:12.26879 UTC",
    "recognized": True,
    "key_id": "6426944742621184",
    "drawing": [[[0, 255, 10], [0, 100, 20]], [[5, 6], [7, 8]]],
}
CAT_LINE = json.dumps(CAT, separators=(",", ":"))
RAW_DRAWING = [[[10.5, 300], [20.25, 40], [0, 16777217]]]


def cat(**changes) -> str:
    return json.dumps(CAT | changes)


def write(path, *lines):
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def words(path, **options):
    return [record["word"] for record in quickdraw.read(path, **options)]


def same_drawing(one, other):
    return len(one) == len(other) and all(map(np.array_equal, one, other))


def test_there_are_345_classes():
    assert len(quickdraw.CLASSES) == len(set(quickdraw.CLASSES)) == 345
    assert {"The Eiffel Tower", "cat", "zigzag"} <= set(quickdraw.CLASSES)


def test_check_classes_names_the_unknown_and_the_closest():
    quickdraw.check_classes(["cat", "dog"])
    with pytest.raises(ValueError, match=r"unknown class 'catt'; did you mean 'cat'\?") as error:
        quickdraw.check_classes(["dog", "catt", "qqqqqq"])
    assert "unknown class 'qqqqqq'." in str(error.value) and "'dog'" not in str(error.value)


def test_parse_simplified():
    record = quickdraw.parse(CAT_LINE)
    assert {**record, "drawing": None} == {**CAT, "drawing": None}
    assert [stroke.dtype for stroke in record["drawing"]] == [np.float32, np.float32]
    assert record["drawing"][0].tolist() == [[0, 0], [255, 100], [10, 20]]


def test_parse_raw_keeps_fractions_and_late_times():
    (stroke,) = quickdraw.parse(cat(drawing=RAW_DRAWING))["drawing"]
    assert stroke.tolist() == [[10.5, 20.25, 0], [300, 40, 16777217]]


def test_parse_copes_without_the_optional_fields():
    line = json.dumps({"word": "my own word", "drawing": CAT["drawing"]})
    record = quickdraw.parse(line)
    assert record["word"] == "my own word"
    assert record["recognized"] is record["countrycode"] is record["timestamp"] is None
    assert re.fullmatch("nokey-[0-9a-f]{16}", record["key_id"])
    assert record["key_id"] == quickdraw.parse(cat(key_id=None))["key_id"]
    assert record["key_id"] != quickdraw.parse(cat(key_id=None, drawing=RAW_DRAWING))["key_id"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("<!DOCTYPE html>", "is not JSON"),
        (CAT_LINE[:-9], "is not JSON"),
        pytest.param("[" * 100_000, "is not JSON", id="too deep"),
        (b"\xff\xfe\x00", "is not JSON"),
        ("[1, 2]", "is not a JSON object"),
        (cat(word=None), "has no word"),
        (cat(word=""), "has no word"),
        (cat(drawing=None), "has no drawing"),
        (cat(drawing=[]), "has no drawing"),
        (cat(drawing={"x": 1}), "has no drawing"),
        (cat(drawing=[[[], []]]), "has no points"),
        (cat(drawing=[[[1, 2], [3]]]), "equally long"),
        (cat(drawing=[[[1, 2]]]), "equally long"),
        (cat(drawing=[1, 2]), "equally long"),
        (cat(drawing=[[[1, 2], [3, None]]]), "equally long"),
        (cat(drawing=[[["1", "2"], ["3", "4"]]]), "equally long"),
        (cat(drawing=[[[1, 2], [3, float("nan")]]]), "finite"),
        (cat(drawing=[[[1, 2], [3, float("inf")]]]), "finite"),
        (cat(drawing=[[[1, 2], [3, 1e300]]]), "finite"),
        (cat(drawing=CAT["drawing"] + RAW_DRAWING), "with and without times"),
        (cat(drawing=[[[1, 2], [3, 1e36]]]), "finite"),
        (cat(drawing=[[[1, 2], [3, 10**400]]]), "equally long"),
        (cat(drawing=[[[1, True], [3, 4]]]), "equally long"),
        pytest.param(
            cat(drawing=[[["a" * 10**6], *[[1] * 10**5] * 2]]), "equally long", id="memory"
        ),
        pytest.param(cat(drawing=[[[1] * 20_001] * 2]), "has 20,001 points", id="points"),
        pytest.param(cat(drawing=[[[1], [2]]] * 2_001), "has 2,001 strokes", id="strokes"),
        pytest.param(cat(more="x" * 3_000_000), "has 3,000,... bytes", id="bytes"),
        pytest.param('{"word": 1' + "0" * 5000, "is not JSON", id="digits"),
        pytest.param(
            '{"word": "cat", "drawing": ' + "[" * 500 + "]" * 500 + "}", "stroke", id="deep"
        ),
        (cat(countrycode=5), "has a countrycode that is no text"),
        (cat(timestamp=["2017"]), "has a timestamp that is no text"),
        (cat(key_id={"a": 1}), "has a key_id that is no text"),
        (cat(key_id="\ud800"), "has half a letter in its key_id"),
        (cat(word="c\udc00t"), "has half a letter in its word"),
    ],
)
def test_parse_says_what_is_wrong(line, reason):
    with pytest.raises(ValueError, match=rf"^line 7 .*{reason}"):
        quickdraw.parse(line, name="line 7")


def test_parse_takes_a_key_that_is_a_number():
    assert quickdraw.parse(cat(key_id=6426944742621184))["key_id"] == CAT["key_id"]


def test_to_line_writes_the_official_layout():
    assert quickdraw.to_line(quickdraw.parse(CAT_LINE)) == CAT_LINE


def test_to_line_takes_a_drawing_of_ones_own():
    points = np.array([[0.1, 2.0], [1 / 3, 255]], dtype=np.float32)
    line = quickdraw.to_line({"word": "grüße", "drawing": [points]})
    assert json.loads(line)["drawing"] == [[[0.1, 0.33333334], [2, 255]]] and "2.0" not in line
    record = quickdraw.parse(line)
    assert record["word"] == "grüße" and same_drawing(record["drawing"], [points])
    assert quickdraw.to_line(record) == line


@pytest.mark.parametrize(
    "drawing",
    [None, [], [np.zeros((0, 2))], [[[1, np.nan]]], [[1, 2, 3]], [None], [np.zeros((20_001, 2))]],
)
def test_to_line_refuses_what_could_not_be_read(drawing):
    with pytest.raises(ValueError):
        quickdraw.to_line({"word": "cat", "drawing": drawing})


def test_read_file_folder_list_and_gzip(tmp_path):
    cats = write(tmp_path / "cat.ndjson", CAT_LINE, "", "  ", CAT_LINE)
    (tmp_path / "ant.ndjson.gz").write_bytes(gzip.compress(cat(word="ant").encode()))
    (tmp_path / "notes.txt").write_text("no drawing", "utf-8")
    (tmp_path / "._cat.ndjson").write_bytes(b"as macOS leaves")
    (tmp_path / "dog.ndjson.part").write_text("no drawing", "utf-8")
    renamed = tmp_path / "renamed"
    renamed.write_bytes((tmp_path / "ant.ndjson.gz").read_bytes())
    assert words(cats) == ["cat", "cat"]
    assert words(str(tmp_path)) == ["ant", "cat", "cat"]
    assert words([renamed, cats]) == ["ant", "cat", "cat"]


def test_read_skips_and_counts_bad_lines(tmp_path):
    path = write(tmp_path / "cat.ndjson", *[CAT_LINE] * 16, "{oops", *[CAT_LINE] * 982, "[]")
    with pytest.warns(UserWarning) as caught:
        assert len(words(path)) == 998
    (warning,) = caught
    assert f"{path}: skipped 2 of 1,000 lines; first: line 17 is not JSON" in str(warning.message)
    assert warning.filename == __file__


def test_read_does_not_warn_about_good_lines(tmp_path):
    path = write(tmp_path / "cat.ndjson", *[CAT_LINE] * 3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(words(path, max_bad_share=0)) == 3


def test_read_refuses_too_many_bad_lines(tmp_path):
    path = write(tmp_path / "cat.ndjson", *[CAT_LINE] * 97, "{oops", "{oops", CAT_LINE)
    with pytest.raises(ValueError, match=r"cat.ndjson: 2 of 100 lines .* line 98 .* download it"):
        words(path)
    with pytest.warns(UserWarning):
        assert len(words(path, max_bad_share=0.02)) == 98


def test_read_tolerates_none_where_none_is_allowed(tmp_path):
    path = write(tmp_path / "cat.ndjson", *[CAT_LINE] * 999, "{oops", *[CAT_LINE] * 9000)
    with pytest.raises(ValueError, match=r"1 of its first 1,000 lines .* line 1,000 is not JSON"):
        words(path, max_bad_share=0)


def test_read_gives_up_on_garbage_early(tmp_path):
    path = write(tmp_path / "cat.ndjson", *["<p>Not Found</p>"] * 100, CAT_LINE * 10)
    with pytest.raises(ValueError, match=r"100 of its first 100 lines .* line 1 is not JSON"):
        words(path, max_bad_share=1)


def test_read_gives_up_on_a_line_without_end(tmp_path, monkeypatch):
    monkeypatch.setattr(quickdraw, "MAX_LINE_BYTES", 1000)
    path = tmp_path / "cat.ndjson"
    path.write_bytes(CAT_LINE.encode() + b"\n" + b"\0" * 5000)
    with pytest.raises(ValueError, match="line 2 never seems to end"):
        words(path)


def test_read_says_where_compressed_data_is_damaged(tmp_path):
    path = tmp_path / "cat.ndjson.gz"
    numbered = "".join(f"{cat(key_id=str(number))}\n" for number in range(500))
    path.write_bytes(gzip.compress(numbered.encode())[:-50])
    with pytest.raises(ValueError, match=r"cat.ndjson.gz: the compressed data is damaged after"):
        words(path)


def test_read_says_it_whatever_the_damage_is(tmp_path):
    path, whole = tmp_path / "cat.ndjson.gz", gzip.compress(f"{CAT_LINE}\n".encode() * 500)
    for place in range(2, len(whole), 5):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        with contextlib.suppress(ValueError), warnings.catch_warnings():  # and nothing else
            warnings.simplefilter("ignore")
            words(path)


def test_read_says_what_is_missing_before_it_is_iterated(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere does not exist"):
        quickdraw.read(tmp_path / "nowhere")
    with pytest.raises(FileNotFoundError, match=r"has no \*\.ndjson"):
        quickdraw.read(tmp_path)
    with pytest.raises(ValueError, match="max_bad_share is 5"):
        quickdraw.read(tmp_path, max_bad_share=5)


@pytest.mark.parametrize("content", ["", "\n \n"])
def test_read_refuses_an_empty_file(tmp_path, content):
    path = tmp_path / "cat.ndjson"
    path.write_text(content, "utf-8")
    with pytest.raises(ValueError, match=r"cat\.ndjson is empty"):
        words(path)


def test_an_empty_file_costs_a_warning_where_all_is_tolerated(tmp_path):
    empty, cats = write(tmp_path / "ant.ndjson"), write(tmp_path / "cat.ndjson", CAT_LINE, "{oo")
    with pytest.warns(UserWarning) as caught:
        assert words(tmp_path, max_bad_share=1) == ["cat"]
    told = [str(warning.message) for warning in caught]
    assert f"{empty} is empty" in told[0] and f"{cats}: skipped 1 of 2 lines" in told[1]


def test_real_classes_are_the_names_of_the_real_files(quickdraw_data):
    files = (quickdraw_data / "simplified").glob("*.ndjson")
    assert {file.stem for file in files} == set(quickdraw.CLASSES)


@pytest.mark.parametrize("layout", ["simplified", "raw"])
def test_real_drawings_come_through_unchanged(quickdraw_data, layout):
    path = quickdraw_data / layout / "The Eiffel Tower.ndjson"
    lines = path.read_text("utf-8").splitlines()
    records = list(quickdraw.read(path, max_bad_share=0))
    assert {record["word"] for record in records} == {"The Eiffel Tower"}
    assert [quickdraw.to_line(record) for record in records] == lines


def test_real_keyless_drawings_get_their_published_key(quickdraw_data):
    path = quickdraw_data / "simplified" / "The Eiffel Tower.ndjson"
    records = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    keyless = [record for record in records if record["key_id"].startswith("nokey-")]
    assert keyless
    for record in keyless:
        line = json.dumps({**record, "key_id": None})
        assert quickdraw.parse(line)["key_id"] == record["key_id"]
