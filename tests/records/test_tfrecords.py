"""A data set is written whole or not at all, the same from the same drawings."""

import itertools
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from damaging import flip
from killing import run_until_it_dies
from little_world import DOODLES, EVAL_SHARE, ROOT

from sketchlib.drawing import doodles, quickdraw, strokes
from sketchlib.records import dataset, layout, tfrecords

TUTORIAL_FEATURES = {  # as the tutorial's readers have it
    "ink": tf.io.VarLenFeature(tf.float32),
    "shape": tf.io.FixedLenFeature([2], tf.int64),
    "class_index": tf.io.FixedLenFeature([1], tf.int64),
}
SPLIT_FILES = ["tfrecord.classes"] + [f"tfrecord-{i:05d}-of-00010" for i in range(10)]
FILES = {f"{split}.{name}" for split in ("training", "eval") for name in SPLIT_FILES}


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def placed(folder: Path) -> dict[str, tuple[str, int]]:
    """Return the split and the class index of each key_id."""
    found = {}
    for split in layout.SPLITS:
        for path in layout.find(folder, split):
            for _, payload in layout.frames(path):
                feature = tf.train.Example.FromString(payload).features.feature
                key = feature["key_id"].bytes_list.value[0].decode()
                assert key not in found, "each drawing is written once"
                found[key] = (split, feature["class_index"].int64_list.value[0])
    return found


# --- writing -------------------------------------------------------------------------------------


def test_a_data_set_is_laid_out_as_the_tutorials(doodle_folder, quickdraw_data):
    assert set(content(doodle_folder)) == FILES
    assert {path.name for path in (quickdraw_data / "tutorial_tfrecords").iterdir()} == FILES


@pytest.mark.skipif(os.name == "nt", reason="Windows knows no umask")
def test_the_folder_is_open_to_whom_the_umask_allows(doodle_folder):
    assert doodle_folder.stat().st_mode & 0o777 == 0o755


def test_the_tutorials_reader_reads_it(doodle_folder, doodle_records):
    by_key = {record["key_id"]: record for record in doodle_records}
    names = (doodle_folder / "eval.tfrecord.classes").read_text("utf-8").split()
    paths = [str(path) for split in layout.SPLITS for path in layout.find(doodle_folder, split)]
    seen = 0
    for payload in tf.data.TFRecordDataset(paths):
        sketch = tf.io.parse_single_example(payload, TUTORIAL_FEATURES)
        ink = tf.reshape(tf.sparse.to_dense(sketch["ink"]), sketch["shape"]).numpy()
        key = tf.train.Example.FromString(payload.numpy()).features.feature["key_id"]
        record = by_key[key.bytes_list.value[0].decode()]
        assert names[sketch["class_index"].numpy()[0]] == record["word"]
        assert np.array_equal(ink, strokes.drawing_to_ink(record["drawing"]))
        seen += 1
    assert seen == len(doodle_records)


def test_classes_are_in_order_of_first_appearance(doodle_records, tmp_path):
    backwards = doodle_records[::-1]
    folder = tfrecords.write(backwards, tmp_path / "backwards", eval_share=EVAL_SHARE)
    assert layout.read_classes(folder) == list(DOODLES[::-1])
    assert (folder / "training.tfrecord.classes").read_text("utf-8") == "".join(
        name + "\n" for name in DOODLES[::-1]
    )


def test_classes_are_in_the_order_that_is_given(doodle_records, tmp_path):
    names = [*sorted(DOODLES), "a class without drawings"]
    folder = tfrecords.write(doodle_records, tmp_path / "given", classes=names, eval_share=0.3)
    assert layout.read_classes(folder) == names
    where = placed(folder)
    assert all(names[where[r["key_id"]][1]] == r["word"] for r in doodle_records)


def test_a_drawings_split_is_decided_by_its_key_alone(doodle_records, doodle_folder, tmp_path):
    other = [r for r in doodle_records if r["word"] in ("sun", "star")][::-1]
    other += doodles.records(["fish", "clock"], 40, seed=3)
    folder = tfrecords.write(other, tmp_path / "other", eval_share=EVAL_SHARE)
    here, there = placed(doodle_folder), placed(folder)
    common = set(here) & set(there)
    assert len(common) == 100
    assert all(here[key][0] == there[key][0] for key in common)


def test_a_larger_eval_share_only_adds_to_the_smaller():
    keys = [str(number) for number in range(20_000)]
    sides = {
        share: {k for k in keys if tfrecords.place(k, share)[0] == "eval"} for share in (0.1, 0.3)
    }
    assert len(sides[0.1]) / 20_000 == pytest.approx(0.1, abs=0.01)
    assert len(sides[0.3]) / 20_000 == pytest.approx(0.3, abs=0.015)
    assert sides[0.1] < sides[0.3]


def test_place_does_not_change_between_versions():
    """The shipped model's test drawings are told by it: another hash would mix the sides."""
    split, shard, order = tfrecords.place("5152802093400064", 0.1)
    assert (split, shard, order.hex()) == ("eval", 2, "60307f728e137a08")


def test_shards_mix_the_classes(doodle_folder):
    path = layout.path(doodle_folder, "training", 0)
    payloads = [payload for _, payload in layout.frames(path)]
    indices = [
        tf.train.Example.FromString(p).features.feature["class_index"].int64_list.value[0]
        for p in payloads
    ]
    assert indices != sorted(indices) and len(set(indices)) == len(DOODLES)


def test_the_same_drawings_give_the_same_bytes(doodle_records, doodle_folder, tmp_path):
    again = tfrecords.write(iter(doodle_records), tmp_path / "again", eval_share=EVAL_SHARE)
    assert content(again) == content(doodle_folder)


def test_the_order_in_which_drawings_come_does_not_matter(doodle_records, doodle_folder, tmp_path):
    folder = tmp_path / "backwards"
    tfrecords.write(doodle_records[::-1], folder, classes=DOODLES, eval_share=EVAL_SHARE)
    assert content(folder) == content(doodle_folder)


@pytest.fixture
def small_chunks(monkeypatch):
    monkeypatch.setattr(tfrecords, "CHUNK", 17)


def test_processes_write_the_same_files(doodle_records, doodle_folder, tmp_path, small_chunks):
    folder = tmp_path / "two"
    tfrecords.write(doodle_records, folder, eval_share=EVAL_SHARE, workers=2)
    assert content(folder) == content(doodle_folder)


def test_threads_write_the_same_files(doodle_records, doodle_folder, tmp_path, small_chunks):
    with ThreadPoolExecutor(3) as executor:
        folder = tmp_path / "threads"
        tfrecords.write(doodle_records, folder, eval_share=EVAL_SHARE, executor=executor)
        assert executor.submit(int).result() == 0, "an executor that was lent stays open"
    assert content(folder) == content(doodle_folder)


def test_a_dask_cluster_writes_the_same_files(
    doodle_records, doodle_folder, tmp_path, small_chunks
):
    distributed = pytest.importorskip("distributed")
    cluster = distributed.LocalCluster(
        n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None
    )
    with cluster, distributed.Client(cluster) as client:
        folder = tmp_path / "dask"
        executor = client.get_executor()
        tfrecords.write(doodle_records, folder, eval_share=EVAL_SHARE, executor=executor)
    assert content(folder) == content(doodle_folder)


def test_real_drawings_raw_and_simplified_can_be_written(quickdraw_data, tmp_path):
    paths = [quickdraw_data / layout / "cow.ndjson" for layout in ("raw", "simplified")]
    records = list(quickdraw.read(paths))
    report = tfrecords.verify(tfrecords.write(records, tmp_path / "real"), progress=False)
    assert report.ok, report
    assert sum(map(report.total, layout.SPLITS)) == len(records)


def test_a_tiny_data_set_fills_all_shards(tmp_path):
    records = doodles.records(["sun", "fish", "star"], 10, seed=1)
    folder = tfrecords.write(records, tmp_path / "tiny", eval_share=0.5)
    report = tfrecords.verify(folder, progress=False)
    assert report.ok, report
    assert sum(map(report.total, layout.SPLITS)) == 30


def broken(records, after: int):
    yield from itertools.islice(records, after)
    raise KeyboardInterrupt


@pytest.mark.parametrize("after", [0, 150])
def test_an_interrupted_write_leaves_what_was_there(doodle_records, tmp_path, small_chunks, after):
    folder = tmp_path / "sample"
    with pytest.raises(KeyboardInterrupt):
        tfrecords.write(broken(doodle_records, after), folder)
    assert list(tmp_path.iterdir()) == []

    tfrecords.write(doodle_records, folder)
    before = content(folder)
    with pytest.raises(KeyboardInterrupt):
        tfrecords.write(broken(doodle_records, after), folder)
    assert content(folder) == before
    assert list(tmp_path.iterdir()) == [folder]


KILLED_WRITE = """
import sys
from killing import die
from sketchlib.drawing import doodles
from sketchlib.records import tfrecords
tfrecords.CHUNK = 10

def records():
    for number, record in enumerate(doodles.records(["sun", "fish"], 200)):
        if number == 300:
            die()
        yield record

tfrecords.write(records(), sys.argv[1])
"""


def everything(folder):
    """Return the content of every file below a folder."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_killed_write_leaves_what_was_there(doodle_records, tmp_path):
    folder = tmp_path / "sample"
    tfrecords.write(doodle_records, folder)
    before = content(folder)
    run_until_it_dies(KILLED_WRITE, folder)
    assert content(folder) == before
    remains = [path.name for path in tmp_path.iterdir() if path != folder]
    assert all(name.startswith(".sample-") for name in remains), "nobody takes it for data"


@pytest.mark.parametrize(
    "foreign", ["models/quickdraw/model.json", "README.md", ".hidden", "eval.tfrecord.classes/x"]
)
def test_a_folder_that_is_no_data_set_is_left_as_it_is(doodle_records, tmp_path, foreign):
    folder = tmp_path / "data"
    tfrecords.write(doodle_records, folder)
    (folder / "eval.tfrecord.classes").unlink()
    (folder / foreign).parent.mkdir(parents=True, exist_ok=True)
    (folder / foreign).write_text("somebody's work", "utf-8")
    before = everything(tmp_path)
    with pytest.raises(FileExistsError, match="which is no part of a data set"):
        tfrecords.write(broken(doodle_records, 0), folder)  # nothing is even read
    assert everything(tmp_path) == before


def test_a_file_that_arrives_while_a_data_set_is_written_stays(doodle_records, tmp_path):
    folder = tmp_path / "data"

    def records():
        yield from doodle_records
        folder.mkdir()
        (folder / "notes.txt").write_text("somebody's work", "utf-8")

    with pytest.raises(FileExistsError, match=r"holds 'notes\.txt'"):
        tfrecords.write(records(), folder)
    assert set(everything(tmp_path)) == {folder / "notes.txt"}


def test_a_file_in_the_place_of_a_data_set_stays(doodle_records, tmp_path):
    (tmp_path / "data").write_text("somebody's work", "utf-8")
    with pytest.raises(FileExistsError, match="is a file"):
        tfrecords.write(doodle_records, tmp_path / "data")
    assert (tmp_path / "data").read_text("utf-8") == "somebody's work"


def test_what_file_managers_leave_in_a_data_set_is_in_nobodys_way(doodle_records, tmp_path):
    folder = tfrecords.write(doodle_records, tmp_path / "data")
    for name in tfrecords.LITTER:
        (folder / name).touch()
    tfrecords.write(doodle_records, folder)
    assert set(content(folder)) == FILES


def test_a_data_set_that_cannot_take_its_place_leaves_what_was_there(
    doodle_records, tmp_path, monkeypatch
):
    folder = tfrecords.write(doodle_records[:200], tmp_path / "data", eval_share=EVAL_SHARE)
    before, move = everything(tmp_path), tfrecords.move

    def refuse(old, new):
        if new == folder and not old.name.endswith(".old"):
            raise PermissionError("a virus scanner reads it")
        move(old, new)

    monkeypatch.setattr(tfrecords, "move", refuse)
    with pytest.raises(PermissionError, match="a virus scanner"):
        tfrecords.write(doodle_records, folder)
    assert everything(tmp_path) == before


def test_an_empty_folder_is_filled(doodle_records, tmp_path):
    (tmp_path / "data").mkdir()
    folder = tfrecords.write(doodle_records, tmp_path / "data")
    assert layout.read_classes(folder) == list(DOODLES)


@pytest.mark.parametrize("share", [0, 1, -0.1, 10])
def test_an_impossible_share_is_named(doodle_records, tmp_path, share):
    with pytest.raises(ValueError, match=f"eval_share is {share}: it must lie between 0 and 1"):
        tfrecords.write(doodle_records, tmp_path / "x", eval_share=share)


def test_no_drawings_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"no drawings to write .* the source is empty"):
        tfrecords.write([], tmp_path / "x")
    with pytest.raises(ValueError, match=r"\d drawings"):
        tfrecords.write([], tmp_path / "x", classes=["sun"])
    assert list(tmp_path.iterdir()) == []


def test_too_few_drawings_are_refused_with_a_way_out(doodle_records, tmp_path):
    with pytest.raises(ValueError, match=r"only [01] drawings fall to eval, .* 2 or more: give"):
        tfrecords.write(doodle_records[:3], tmp_path / "x")
    assert list(tmp_path.iterdir()) == []


def test_a_handful_of_drawings_has_as_many_shards_as_it_fills(tmp_path):
    records = doodles.records(["sun", "fish"], 10, seed=1)
    folder = tfrecords.write(records, tmp_path / "handful", eval_share=0.3)
    report = tfrecords.verify(folder, progress=False).raise_if_damaged()
    assert 2 <= report.total("eval") < 10 <= report.total("training")
    assert len(layout.find(folder, "eval")) == report.total("eval")
    assert len(layout.find(folder, "training")) == 10
    halves = [dataset.count(folder, half) for half in dataset.HALVES]
    assert min(halves) >= 1 and sum(halves) == report.total("eval")


def test_a_class_that_was_not_given_is_named(doodle_records, tmp_path):
    with pytest.raises(ValueError, match=r"unknown class 'triangle'.* 2 given classes"):
        tfrecords.write(doodle_records, tmp_path / "x", classes=["circle", "square"])
    assert list(tmp_path.iterdir()) == []


def test_a_class_given_twice_is_named(doodle_records, tmp_path):
    with pytest.raises(ValueError, match=r"'sun'.*twice"):
        tfrecords.write(doodle_records, tmp_path / "x", classes=[*DOODLES, "sun"])


def test_a_class_name_that_is_no_line_is_refused(doodle_records, tmp_path):
    odd = [{**doodle_records[0], "word": "two\nlines"}]
    with pytest.raises(ValueError, match=r"'two\\nlines'"):
        tfrecords.write(doodle_records + odd, tmp_path / "x")


@pytest.mark.parametrize("executor", [None, "threads"])
def test_a_drawing_that_is_none_is_named_by_its_key(doodle_records, tmp_path, executor):
    odd = [{**doodle_records[0], "key_id": "123", "drawing": []}]
    with ThreadPoolExecutor(2) as threads, pytest.raises(ValueError, match=r"123.* has no points"):
        tfrecords.write(
            doodle_records + odd, tmp_path / "x", executor=threads if executor else None
        )
    assert list(tmp_path.iterdir()) == []


# --- the command line ----------------------------------------------------------------------------


def verify_command(*arguments) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "sketchlib.records.tfrecords", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def test_the_command_line_says_where_the_damage_is(victim):
    flip(layout.path(victim, "eval", 3), 20)
    told = verify_command("verify", victim)
    assert told.returncode == 1
    assert "DAMAGED" in told.stdout and "eval.tfrecord-00003-of-00010 at byte 0" in told.stdout
    assert "Traceback" not in told.stderr


def test_main_returns_0_for_a_sound_one_and_a_sentence_for_none(
    doodle_folder, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(sys, "argv", ["tfrecords", "verify", str(doodle_folder)])
    assert tfrecords.main() == 0
    assert "sound" in capsys.readouterr().out
    monkeypatch.setattr(sys, "argv", ["tfrecords", "verify", str(tmp_path)])
    with pytest.raises(SystemExit, match="is no data set"):
        tfrecords.main()
