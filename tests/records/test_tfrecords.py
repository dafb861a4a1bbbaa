import itertools
import os
import shutil
import struct
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from killing import run_until_it_dies
from little_world import DOODLES, EVAL_SHARE, ROOT

from sketchlib.drawing import doodles, quickdraw, strokes
from sketchlib.records import dataset, layout, tfrecords, verification

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


# --- verifying -----------------------------------------------------------------------------------


def test_ours_is_sound_and_described(doodle_folder, doodle_records):
    report = tfrecords.verify(doodle_folder, progress=False)
    assert report.ok and report.raise_if_damaged() is report
    assert report.classes == list(DOODLES)
    for name in DOODLES:
        assert sum(report.counts[split][name] for split in layout.SPLITS) == 50
    points = [len(strokes.drawing_to_ink(record["drawing"])) for record in doodle_records]
    lengths = sum(report.lengths[split] for split in layout.SPLITS)
    assert np.array_equal(lengths, np.bincount(points, minlength=len(lengths)))
    assert f"{report.total('training')} training sketches" in str(report)
    assert "sound" in str(report)


def test_the_tutorials_is_sound(quickdraw_data):
    report = tfrecords.verify(quickdraw_data / "tutorial_tfrecords", progress=False)
    assert report.ok, report
    assert (report.total("training"), report.total("eval")) == (20_000, 2_000)
    assert len(report.classes) == 20


@pytest.fixture
def victim(doodle_folder, tmp_path) -> Path:
    """A copy that may be damaged."""
    return shutil.copytree(doodle_folder, tmp_path / "victim")


def offsets(path: Path) -> list[int]:
    """Where a shard's records begin, found without the code under test."""
    data, found = path.read_bytes(), [0]
    while found[-1] < len(data):
        (length,) = struct.unpack_from("<Q", data, found[-1])
        found.append(found[-1] + 16 + length)
    return found[:-1]


def flip(path: Path, position: int, bit: int = 3) -> None:
    data = bytearray(path.read_bytes())
    data[position] ^= 1 << bit
    path.write_bytes(data)


def only_problem(folder: Path) -> str:
    report = tfrecords.verify(folder, progress=False)
    assert not report.ok
    (problem,) = report.problems
    with pytest.raises(ValueError, match="is damaged"):
        report.raise_if_damaged()
    assert "DAMAGED" in str(report) and problem in str(report)
    return problem


@pytest.mark.parametrize(
    "place, reason",
    [(40, "its bytes have changed"), (-1, "its bytes have changed"), (0, "length"), (9, "length")],
    ids=["payload", "payload's checksum", "length", "length's checksum"],
)
def test_a_flipped_bit_is_located(victim, place, reason):
    path = layout.path(victim, "training", 4)
    *_, before, last = offsets(path)
    flip(path, before + place if place >= 0 else last - 1)
    problem = only_problem(victim)
    assert problem.startswith(f"training.tfrecord-00004-of-00010 at byte {before:,}: ")
    assert reason in problem


def test_every_flipped_bit_of_a_record_is_found(victim):
    path = layout.path(victim, "eval", 0)
    data, end = path.read_bytes(), offsets(path)[1]
    for position in range(0, end, 7):
        changed = bytearray(data)
        changed[position] ^= 1 << position % 8
        path.write_bytes(changed)
        with pytest.raises(layout.Damage) as damage:
            list(layout.frames(path))
        assert damage.value.offset == 0


def test_the_records_before_the_damage_are_counted(victim):
    whole = tfrecords.verify(victim, progress=False)
    path = layout.path(victim, "training", 2)
    last = offsets(path)[-1]
    flip(path, last + 30)
    damaged = tfrecords.verify(victim, progress=False)
    assert damaged.total("training") == whole.total("training") - 1


@pytest.mark.parametrize("cut", [1, 5, -3])
def test_a_cut_file_is_located(victim, cut):
    path = layout.path(victim, "eval", 7)
    last = offsets(path)[-1]
    path.write_bytes(path.read_bytes()[: last + 5 if cut == 5 else -abs(cut)])
    problem = only_problem(victim)
    assert problem.startswith(f"eval.tfrecord-00007-of-00010 at byte {last:,}: ")
    assert "cut off" in problem


def test_a_web_page_in_place_of_a_shard_is_told(victim):
    path = layout.path(victim, "training", 0)
    path.write_bytes(b"<!DOCTYPE html><html><title>404 Not Found</title></html>\n")
    problem = only_problem(victim)
    assert problem.startswith("training.tfrecord-00000-of-00010 at byte 0: no TFRecord begins here")


def test_an_empty_shard_is_told(victim):
    layout.path(victim, "eval", 9).write_bytes(b"")
    assert only_problem(victim) == "eval.tfrecord-00009-of-00010 at byte 0: the file is empty"


@pytest.mark.parametrize("shard", [0, 5, 9])
def test_a_missing_shard_is_told(victim, shard):
    layout.path(victim, "training", shard).unlink()
    problem = only_problem(victim)
    assert problem.startswith(f"training.tfrecord-0000{shard}-of-00010 is missing")


def test_a_split_without_any_shard_is_told(victim):
    for shard in range(10):
        layout.path(victim, "eval", shard).unlink()
    report = tfrecords.verify(victim, progress=False)
    assert len(report.problems) == 10
    assert report.total("eval") == 0 < report.total("training")


def serialise(**changes) -> bytes:
    """Return an Example of two points of class 1, changed; None leaves a feature out."""
    lists = {"ink": [0.5, 0.5, 0, 0.5, 0.5, 1], "shape": [2, 3], "class_index": [1], **changes}
    feature = {}
    for name, values in lists.items():
        if values is not None and name == "ink":
            feature[name] = tf.train.Feature(float_list=tf.train.FloatList(value=values))
        elif values is not None:
            feature[name] = tf.train.Feature(int64_list=tf.train.Int64List(value=values))
    return tf.train.Example(features=tf.train.Features(feature=feature)).SerializeToString()


def test_the_example_that_the_bad_ones_are_made_of_is_sound(victim):
    with tf.io.TFRecordWriter(str(layout.path(victim, "eval", 3))) as writer:
        writer.write(serialise())
    assert tfrecords.verify(victim, progress=False).ok


@pytest.mark.parametrize(
    "payload, reason",
    [
        (serialise(class_index=[6]), "class_index 6 is not in 0..5"),
        (serialise(class_index=[-1]), "class_index -1 is not in 0..5"),
        (serialise(shape=[3, 3]), "shape [3, 3] does not match 6 numbers of ink"),
        (serialise(shape=[3, 2]), "shape [3, 2] does not match 6 numbers of ink"),
        (serialise(ink=None), "shape [2, 3] does not match 0 numbers of ink"),
        (serialise(ink=[0.5, float("nan"), 0, 0.5, 0.5, 1]), "a number that is not finite"),
        (serialise(ink=[0.5, float("inf"), 0, 0.5, 0.5, 1]), "a number that is not finite"),
        (serialise(class_index=None), "the record is no Example with ink, shape"),
        (serialise(shape=[2]), "the record is no Example with ink, shape"),
        (b"garbage, but with a valid checksum", "the record is no Example with ink, shape"),
    ],
)
def test_a_record_with_a_valid_checksum_may_still_be_bad(victim, payload, reason):
    path = layout.path(victim, "training", 1)
    sound = [record for _, record in layout.frames(path)]
    with tf.io.TFRecordWriter(str(path)) as writer:
        for record in [*sound[:5], payload, *sound[5:]]:
            writer.write(record)
    problem = only_problem(victim)
    assert problem.startswith(f"{path.name} at byte {offsets(path)[5]:,}: ")
    assert reason in problem


def test_all_damage_is_told_but_not_without_end(victim):
    flip(layout.path(victim, "training", 3), 20)
    flip(layout.path(victim, "eval", 3), 20)
    with tf.io.TFRecordWriter(str(layout.path(victim, "eval", 6))) as writer:
        for _ in range(100):
            writer.write(b"garbage")
    problems = tfrecords.verify(victim, progress=False).problems
    assert problems[0].startswith("training.tfrecord-00003")
    assert problems[1].startswith("eval.tfrecord-00003")
    assert len(problems) == 2 + verification.MOST_PROBLEMS


def test_a_folder_without_classes_is_no_data_set(victim, tmp_path):
    (victim / "eval.tfrecord.classes").unlink()
    with pytest.raises(FileNotFoundError, match=r"no data set: eval\.tfrecord\.classes is missing"):
        tfrecords.verify(victim)
    with pytest.raises(FileNotFoundError, match="is no data set"):
        tfrecords.verify(tmp_path / "nowhere")


def test_classes_files_that_differ_are_told(victim):
    (victim / "training.tfrecord.classes").write_text("another\norder\n", "utf-8")
    with pytest.raises(ValueError, match=r"two \.classes files are empty or differ"):
        tfrecords.verify(victim)


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
