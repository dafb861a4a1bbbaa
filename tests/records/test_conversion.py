"""A chunk at once gives the records, and the faults, that its lines give one by one."""

import json
import pickle
import random
import subprocess
import sys
from pathlib import Path

import pytest

from sketchlib.drawing import quickdraw, strokes
from sketchlib.drawing.quickdraw import Lines
from sketchlib.records import conversion, examples, layout, prepare, tfrecords
from sketchlib.records.conversion import HEAD, Choice, Chunk, convert
from sketchlib.settings import ROOT, Settings

FILE = Path("some.ndjson")
CAT = {
    "word": "cat",
    "countrycode": "DE",
    "timestamp": "2017-03-10 12:30:10.019240 UTC",
    "recognized": True,
    "key_id": "5152802093400064",
    "drawing": [[[0, 255, 100], [0, 0, 200]], [[3, 9], [4, 80]]],
}


def chunk(texts, most=10**9, **choice) -> Chunk:
    """Return a chunk of which there may be too much, so that its records come one by one."""
    return Chunk(Lines(FILE, 1, list(texts)), Choice(most=most, **choice), eval_share=0.1)


def one_by_one(text: bytes) -> tuple:
    """Return what `convert` must make of a line: a record, or a fault."""
    try:
        record = quickdraw.parse(text, name="line 1")
    except ValueError as fault:
        return "fault", str(fault)
    ink, proportions = strokes.ink_and_proportions(record["drawing"])
    key, country = record["key_id"].encode(), (record["countrycode"] or "").encode()
    features = examples.features(
        ink.tobytes(), proportions.tobytes(), key, country, record["recognized"]
    )
    word = record["word"].encode()
    split, shard, order = tfrecords.place(record["key_id"], 0.1)
    waiting = HEAD.pack(order, len(word), len(features)) + word + features
    return record["word"], (split, shard), waiting


def converted(text: bytes) -> tuple:
    done = convert(chunk([text]))
    file, count, faults = done.lines
    assert (file, count, done.size, len(faults) + len(done.made)) == (FILE, 1, 1, 1)
    return done.made[0] if done.made else ("fault", faults[0])


ODD = {
    "a number as key": {"key_id": 17},
    "no key": {"key_id": None},
    "an empty key": {"key_id": ""},
    "true as key": {"key_id": True},
    "a key with half a letter": {"key_id": "\ud800"},
    "no word": {"word": ""},
    "a number as word": {"word": 3},
    "a number as country": {"countrycode": 3},
    "no country": {"countrycode": None},
    "text in recognized": {"recognized": "yes"},
    "nothing in recognized": {"recognized": None},
    "no drawing": {"drawing": []},
    "an empty stroke": {"drawing": [[[], []]]},
    "uneven strokes": {"drawing": [[[1, 2], [3]]]},
    "a stroke of one axis": {"drawing": [[[1, 2]]]},
    "a stroke of four": {"drawing": [[[0, 255], [1, 2], [3, 4], [5, 6]]]},
    "raw": {"drawing": [[[0, 400.5, 10], [1, 2, 300], [0, 10, 20]]]},
    "true as a number": {"drawing": [[[True, 255], [1, 2]]]},
    "numbers as text": {"drawing": [[["1", 255], [1, 2]]]},
    "whole floats": {"drawing": [[[0.0, 255.0, 10], [1, 2, 0]]]},
    "fractions": {"drawing": [[[0.5, 255, 10], [1, 2, 0]]]},
    "beyond 255": {"drawing": [[[0, 256, 10], [1, 2, 0]]]},
    "below 0": {"drawing": [[[-1, 254, 10], [1, 2, 0]]]},
    "small": {"drawing": [[[0, 100, 10], [1, 2, 0]]]},
    "huge": {"drawing": [[[0, 10**400], [1, 2]]]},
    "too many strokes": {"drawing": [[[0, 255], [1, 2]]] * 2001},
    "more fields": {"colour": "red", "more": [{"x": None}]},
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_line_is_what_it_is_alone(name):
    text = json.dumps(CAT | ODD[name]).encode()
    assert converted(text) == one_by_one(text)


@pytest.mark.parametrize(
    "text",
    [b"{oops", b"[]", b"\xff", b"{}", b'\xef\xbb\xbf{"word":"cat"}', b"[" * 10_000, b"1" * 5000],
)
def test_what_is_no_json_is_named_by_its_line(text):
    assert converted(text) == one_by_one(text)
    assert one_by_one(text)[0] == "fault" and "line 1" in one_by_one(text)[1]


def test_a_line_in_utf_16_is_read_as_well():
    text = json.dumps(CAT).encode("utf-16")
    assert converted(text) == one_by_one(text)


def test_changed_lines_are_what_they_are_alone():
    rng = random.Random(0)
    whole = json.dumps(CAT).encode()
    kinds = {True: 0, False: 0}
    for _ in range(5_000):
        changed = bytearray(whole)
        for _ in range(rng.randint(1, 3)):
            place = rng.randrange(len(changed))
            changed[place : place + rng.randint(0, 2)] = bytes(
                rng.choice(b'0123456789-.eE[]{}",: \\untrfals\x00\xc3\xff')
                for _ in range(rng.randint(0, 2))
            )
        expected = one_by_one(bytes(changed))
        assert converted(bytes(changed)) == expected, bytes(changed)
        kinds[expected[0] == "fault"] += 1
    assert min(kinds.values()) > 500


def test_real_drawings_raw_and_simplified(quickdraw_data):
    for kind in ("raw", "simplified"):
        lines = next(quickdraw.lines(quickdraw_data / kind / "tiger.ndjson"))
        assert len(lines.texts) > 10
        done = convert(Chunk(lines, Choice(most=10**9), 0.1))
        assert done.made == [one_by_one(text) for text in lines.texts]


def test_lines_without_drawings_are_counted_and_named():
    good, bad = json.dumps(CAT).encode(), b"{"
    done = convert(Chunk(Lines(FILE, 7, [good, b" \n", bad, good, b"\n", bad]), Choice(), 0.1))
    file, count, faults = done.lines
    assert (file, count, sorted(faults)) == (FILE, 4, [1, 3])
    assert faults[1].startswith("line 9 is not JSON") and faults[3].startswith("line 12 ")
    assert done.made.words == {"cat": 2}


def test_records_are_piled_up_by_their_spool():
    lines = [json.dumps(CAT | {"key_id": str(n), "word": f"w{n % 3}"}).encode() for n in range(99)]
    singly = convert(chunk(lines)).made
    piled = convert(Chunk(Lines(FILE, 1, lines), Choice(), 0.1)).made
    assert piled == conversion.pile(singly) and list(piled.words.items()) == [
        (word, 33) for word in ("w0", "w1", "w2")
    ]
    for spool, waiting in piled.spools.items():
        assert waiting == b"".join(data for _, where, data in singly if where == spool)


def test_what_is_not_wanted_is_not_converted():
    texts = [json.dumps(CAT | {"word": word}).encode() for word in ("cat", "dog", "cat")]
    assert len(convert(chunk(texts, words=frozenset(["dog"]))).made) == 1
    enough = chunk(texts, most=2)
    enough.choice.found["cat"] = 2
    assert [word for word, *_ in convert(enough).made] == ["dog"]
    assert len(convert(pickle.loads(pickle.dumps(enough))).made) == 1


def test_a_choice_counts_what_it_lets_through():
    choice = Choice(frozenset(["cat", "dog", "cow"]), most=1, source="there")
    assert [choice.takes(word) for word in ("cat", "cat", "fish", "dog")] == [1, 0, 0, 1]
    with pytest.raises(ValueError, match="there has no drawings of 'cow'"):
        choice.check()
    choice.elsewhere = frozenset(["cow"])
    choice.check()


# --- from ndjson to a data set --------------------------------------------------------------------


@pytest.fixture
def source(tmp_path):
    """Three files of five hundred lines, in which some hold nothing, and one drawing twice."""
    folder = tmp_path / "source"
    folder.mkdir()
    rng = random.Random(1)
    for word in ("ant", "bee", "cow"):
        lines = []
        for number in range(500):
            line = CAT | {"word": word, "key_id": f"{word}{number}"}
            line["drawing"] = [[[0, rng.randint(0, 255), 255], [rng.randint(0, 255), 9, 255]]]
            lines.append(json.dumps(line))
        lines[250:250] = ["", "{broken", lines[0]]
        (folder / f"{word}.ndjson").write_text("\n".join(lines) + "\n", "utf-8")
    return folder


def content(folder) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.filterwarnings("ignore:.*skipped 1 of")
@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("most, classes", [(0, []), (70, []), (499, ["cow", "ant"])])
def test_lines_and_records_make_the_same_data_set(
    source, tmp_path, monkeypatch, workers, most, classes
):
    monkeypatch.setattr(quickdraw, "BLOCK", 5_000)
    settings = Settings(
        source=str(source),
        classes=classes,
        drawings_per_class=most,
        workers=workers,
        dataset=str(tmp_path / "lines"),
    )
    ours = prepare.build(settings)
    theirs = tfrecords.write(
        prepare.records(settings), tmp_path / "records", classes=classes or None
    )
    assert content(ours) == content(theirs)
    report = tfrecords.verify(ours, progress=False).raise_if_damaged()
    assert sum(map(report.total, layout.SPLITS)) == (most or 501) * len(report.classes)


def test_bad_lines_are_told_once_a_file(source, tmp_path):
    settings = Settings(source=str(source), drawings_per_class=0, dataset=str(tmp_path / "data"))
    with pytest.warns(UserWarning) as told:
        prepare.build(settings)
    counted = "skipped 1 of 502 lines; first: line 252"
    assert [counted in str(warning.message) for warning in told] == [True] * 3


@pytest.mark.parametrize(
    "lines, reason",
    [
        (["{broken"] * 400, "100 of its first 100 lines hold no drawing"),
        ([json.dumps(CAT)] * 9 + ["{broken"], "1 of 10 lines hold no drawing"),
    ],
)
def test_a_file_of_too_many_bad_lines_is_no_source(tmp_path, lines, reason):
    path = tmp_path / "cat.ndjson"
    path.write_text("\n".join(lines), "utf-8")
    settings = Settings(source=str(path), drawings_per_class=0, dataset=str(tmp_path / "data"))
    with pytest.raises(ValueError, match=reason):
        prepare.build(settings)
    assert not (tmp_path / "data").exists()


@pytest.mark.filterwarnings("ignore:.*skipped 1 of")
def test_a_class_that_the_lines_lack_is_named(source, tmp_path):
    settings = Settings(
        source=str(source), classes=["ant", "yak"], dataset=str(tmp_path / "data"), workers=1
    )
    with pytest.raises(ValueError, match="source has no drawings of 'yak'"):
        prepare.build(settings)
    assert not (tmp_path / "data").exists()


def test_conversion_needs_no_tensorflow():
    """Each worker would load it: some 600 MB, and seconds."""
    code = f"import sys, {conversion.__name__}; sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0
