from collections import Counter
from itertools import islice

import numpy as np
import pytest

from sketchlib.drawing import doodles, my_drawings, quickdraw, strokes
from sketchlib.records import layout, prepare, tfrecords
from sketchlib.settings import Settings


@pytest.fixture
def ndjson(tmp_path):
    """A folder of six suns, six fish and six stars of ndjson, raw as the pen made them."""
    folder = tmp_path / "ndjson"
    folder.mkdir()
    for name in ("sun", "fish", "star"):
        records = doodles.records([name], 6, seed=2)
        (folder / f"{name}.ndjson").write_text(
            "".join(quickdraw.to_line(r) + "\n" for r in records)
        )
    return folder


def settings(**values) -> Settings:
    return Settings(**{"drawings_per_class": 20, "eval_share": 0.3, "workers": 1, **values})


def words(some: Settings) -> Counter:
    return Counter(record["word"] for record in prepare.records(some))


def test_doodles_of_all_classes_or_of_some():
    assert words(settings()) == dict.fromkeys(doodles.CLASSES, 20)
    assert words(settings(classes=["sun", "fish"])) == {"sun": 20, "fish": 20}


def test_the_seed_decides_the_doodles():
    first, again, other = (next(prepare.records(settings(seed=seed))) for seed in (1, 1, 2))
    assert all(map(np.array_equal, first["drawing"], again["drawing"]))
    assert first["key_id"] == again["key_id"] != other["key_id"]


def test_an_unknown_doodle_is_named():
    with pytest.raises(ValueError, match="no doodle is called 'cat'"):
        list(prepare.records(settings(classes=["cat"])))


@pytest.mark.parametrize("limit, expected", [(0, 6), (4, 4), (100, 6)])
def test_ndjson_up_to_so_many_of_each_class(ndjson, limit, expected):
    found = words(settings(source=str(ndjson), drawings_per_class=limit))
    assert found == dict.fromkeys(["sun", "fish", "star"], expected)


def test_ndjson_of_some_classes(ndjson):
    assert words(settings(source=str(ndjson), classes=["sun"])) == {"sun": 6}
    assert words(settings(source=str(ndjson / "fish.ndjson"))) == {"fish": 6}


def test_a_class_that_the_source_lacks_is_named(ndjson):
    with pytest.raises(ValueError, match="has no drawings of 'bee', 'cat'"):
        list(prepare.records(settings(source=str(ndjson), classes=["sun", "cat", "bee"])))


def test_a_missing_source_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere does not exist"):
        list(prepare.records(settings(source=str(tmp_path / "nowhere"))))


@pytest.fixture
def mine(tmp_path, monkeypatch):
    """Two suns and three yetis of the user's own."""
    folder = tmp_path / "my_drawings"
    monkeypatch.setattr(prepare, "MY_DRAWINGS", folder)
    for word, count in {"sun": 2, "yeti": 3}.items():
        for record in doodles.records(["star"], count, seed=9):
            my_drawings.save_labelled(record["drawing"], word, folder)
    return folder


def test_the_users_own_drawings_join_the_others_where_asked(ndjson, mine):
    source = str(ndjson)
    assert "yeti" not in words(settings(source=source))
    found = words(settings(source=source, my_drawings=True, drawings_per_class=4))
    assert found == {"sun": 4 + 2, "fish": 4, "star": 4, "yeti": 3}, "all of them"
    assert words(settings(my_drawings=True)) == {
        **dict.fromkeys(doodles.CLASSES, 20),
        "sun": 22,
        "yeti": 3,
    }


@pytest.mark.parametrize("doodled", [True, False])
def test_the_users_own_drawings_of_some_classes(ndjson, mine, doodled):
    source = "doodles" if doodled else str(ndjson)
    some = settings(source=source, my_drawings=True, classes=["yeti", "fish"], drawings_per_class=6)
    assert words(some) == {"fish": 6, "yeti": 3}
    with pytest.raises(ValueError, match="'cat'"):
        list(prepare.records(settings(source=source, my_drawings=True, classes=["yeti", "cat"])))


def test_what_a_crash_left_of_own_drawings_does_not_hide_the_others(mine):
    (mine / "barn.ndjson").touch()
    with (mine / "sun.ndjson").open("ab") as file:
        file.write(b'{"word":"sun","draw')
    for some in (settings(classes=["yeti", "sun"], my_drawings=True), settings(source=str(mine))):
        with pytest.warns(UserWarning, match="(barn|sun).ndjson"):
            found = words(some)
        assert found["yeti"] == 3 and found["sun"] in (2, 22)


def test_own_drawings_that_are_not_there_are_asked_for_in_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(prepare, "MY_DRAWINGS", tmp_path / "none")
    assert words(settings(classes=["sun"])) == {"sun": 20}
    with pytest.raises(FileNotFoundError, match=r"none has no drawings yet: name some on .* pad"):
        list(prepare.records(settings(my_drawings=True)))
    with pytest.raises(FileNotFoundError, match=r"none has no drawings yet: name some on .* pad"):
        list(prepare.records(settings(source=str(tmp_path / "none"))))


def test_own_drawings_become_a_part_of_the_data_set(mine, tmp_path):
    some = settings(
        my_drawings=True,
        classes=["star", "yeti"],
        drawings_per_class=80,
        eval_share=0.5,
        dataset=str(tmp_path / "data"),
    )
    report = tfrecords.verify(prepare.build(some), progress=False)
    assert report.ok and report.classes == ["star", "yeti"]
    assert report.total("training") + report.total("eval") == 83
    assert len(prepare.examples(some, ["yeti"], 5)["yeti"]) == 3
    assert some.data_credit().endswith("and the user's own drawings")


def test_own_drawings_cannot_join_tfrecords(doodle_folder, mine):
    with pytest.raises(ValueError, match="my_drawings=True needs a source"):
        prepare.build(settings(source="tfrecords", dataset=str(doodle_folder), my_drawings=True))


def test_build_writes_what_the_settings_ask_for(tmp_path):
    some = settings(classes=["star", "sun", "fish"], dataset=str(tmp_path / "data"))
    folder = prepare.build(some)
    assert folder == tmp_path / "data"
    assert layout.read_classes(folder) == ["star", "sun", "fish"]
    report = tfrecords.verify(folder, progress=False)
    assert report.ok and report.total("training") + report.total("eval") == 60


def test_build_only_looks_for_tfrecords(doodle_folder, tmp_path):
    before = {path: path.stat().st_mtime_ns for path in doodle_folder.iterdir()}
    assert prepare.build(settings(source="tfrecords", dataset=str(doodle_folder))) == doodle_folder
    assert {path: path.stat().st_mtime_ns for path in doodle_folder.iterdir()} == before
    with pytest.raises(FileNotFoundError, match="is no data set"):
        prepare.build(settings(source="tfrecords", dataset=str(tmp_path / "nowhere")))


def test_ensure_draws_doodles_once_and_never_makes_other_data(tmp_path, ndjson):
    some = settings(classes=["star", "sun"], dataset=str(tmp_path / "data"))
    folder = prepare.ensure(some)
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert len(before) == 24
    assert prepare.ensure(some) == folder
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before
    with pytest.raises(FileNotFoundError, match="is no data set"):
        prepare.ensure(settings(source=str(ndjson), dataset=str(tmp_path / "other")))


def test_examples_are_the_first_simplified_drawings_of_each_class(ndjson):
    found = prepare.examples(settings(source=str(ndjson)), ["sun", "fish"], 3)
    assert {name: len(drawings) for name, drawings in found.items()} == {"sun": 3, "fish": 3}
    for name, drawings in found.items():
        for drawing, record in zip(drawings, doodles.records([name], 3, seed=2), strict=True):
            assert all(map(np.array_equal, drawing, strokes.simplify(record["drawing"])))


def test_examples_are_fewer_where_there_are_fewer(ndjson):
    found = prepare.examples(settings(source=str(ndjson)), ["sun"], 50)
    assert len(found["sun"]) == 6


def test_examples_of_tfrecords_are_drawn_from_the_ink(doodle_folder, doodle_records):
    some = settings(source="tfrecords", dataset=str(doodle_folder))
    found = prepare.examples(some, ["sun", "star"], 4)
    inks = [strokes.drawing_to_ink(r["drawing"]) for r in doodle_records if r["word"] == "sun"]
    assert [len(drawings) for drawings in found.values()] == [4, 4]
    for drawing in found["sun"]:
        low, high = strokes.bounding_box(drawing)
        assert low == pytest.approx([0, 0]) and high == pytest.approx([255, 255], abs=0.01)
        ink = strokes.to_ink(drawing)
        assert any(len(ink) == len(i) and np.allclose(ink, i, atol=1e-5) for i in inks)


def test_real_drawings_of_one_class(quickdraw_data):
    some = settings(source=str(quickdraw_data / "simplified" / "cat.ndjson"))
    expected = islice(quickdraw.read(quickdraw_data / "simplified" / "cat.ndjson"), 20)
    assert [r["key_id"] for r in prepare.records(some)] == [r["key_id"] for r in expected]
