"""A data set is read from end to end: what is there, and where it is damaged."""

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from damaging import flip, offsets, rewrite
from little_world import DOODLES

from sketchlib.drawing import strokes
from sketchlib.records import layout, verification


def test_ours_is_sound_and_described(doodle_folder, doodle_records):
    report = verification.verify(doodle_folder, progress=False)
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
    report = verification.verify(quickdraw_data / "tutorial_tfrecords", progress=False)
    assert report.ok, report
    assert (report.total("training"), report.total("eval")) == (20_000, 2_000)
    assert len(report.classes) == 20


def only_problem(folder: Path) -> str:
    report = verification.verify(folder, progress=False)
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


def test_the_records_before_the_damage_are_counted(victim):
    whole = verification.verify(victim, progress=False)
    path = layout.path(victim, "training", 2)
    last = offsets(path)[-1]
    flip(path, last + 30)
    damaged = verification.verify(victim, progress=False)
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
    report = verification.verify(victim, progress=False)
    assert len(report.problems) == 10
    assert report.total("eval") == 0 < report.total("training")


@pytest.mark.parametrize("harm", ["cut", "doubled", "exchanged"])
def test_sound_records_that_are_not_those_once_written_are_told(victim, harm):
    path, other = layout.path(victim, "training", 3), layout.path(victim, "training", 4)
    data, end = path.read_bytes(), offsets(path)[-1]
    path.write_bytes(
        {"cut": data[:end], "doubled": 2 * data, "exchanged": other.read_bytes()}[harm]
    )
    problem = only_problem(victim)
    assert problem.startswith(f"{path.name} at byte {path.stat().st_size:,}: ")
    assert "not those once written" in problem


def test_a_shard_that_hides_the_others_is_told(victim):
    layout.path(victim, "training", 0, 1).write_bytes(b"x")
    assert "00000-of-00001 is none of the 10 shards of training" in only_problem(victim)


@pytest.mark.parametrize("names", [b"sun\n\xff\n", b"sun\nfish\nsun\n", b"\n"])
def test_class_names_that_are_none_are_told(victim, names):
    for split in layout.SPLITS:
        layout.classes_path(victim, split).write_bytes(names)
    assert "make the data set anew" in only_problem(victim)
    assert verification.verify(victim, progress=False).total("eval") == 0


def test_a_length_that_lies_is_told(victim):
    path = layout.path(victim, "eval", 3)
    data, last = path.read_bytes(), offsets(path)[-1]
    head = (2**50).to_bytes(8, "little")
    path.write_bytes(data[:last] + head + layout.frame(head)[20:] + data[last + 12 :])
    assert only_problem(victim).startswith(f"{path.name} at byte {last:,}: the file is cut off")


def serialise(**changes) -> bytes:
    """Return an Example of two points of class 1, changed; None leaves a feature out."""
    lists = {"ink": [0.5, 0.5, 0, 0.5, 0.5, 1], "shape": [2, 3], "class_index": [1], **changes}
    feature = {}
    for name, values in lists.items():
        if values is not None and name in ("ink", "proportions"):
            feature[name] = tf.train.Feature(float_list=tf.train.FloatList(value=values))
        elif values is not None:
            feature[name] = tf.train.Feature(int64_list=tf.train.Int64List(value=values))
    return tf.train.Example(features=tf.train.Features(feature=feature)).SerializeToString()


def test_the_example_that_the_bad_ones_are_made_of_is_sound(victim):
    rewrite(layout.path(victim, "eval", 3), [serialise()])
    assert verification.verify(victim, progress=False).ok


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
        (
            serialise(class_index=None)[:-9] + b"\xd3" * 9,
            "the record is no Example with ink, shape",
        ),
        (serialise(ink=[0.5] * 7, shape=[(7 - 2**64) // 3, 3]), "7 numbers of ink"),
        (serialise(proportions=[1, float("nan")]), "proportions are not two numbers from 0 to 1"),
        (serialise(proportions=[1, 1.5]), "proportions are not two numbers from 0 to 1"),
        (serialise(proportions=[1]), "proportions are not two numbers from 0 to 1"),
        (serialise(), "the record has no proportions, as others have"),
        (serialise(recognized=[1, 1]), "the record is no Example with ink, shape"),
        (b"garbage, but with a valid checksum", "the record is no Example with ink, shape"),
    ],
)
def test_a_record_with_a_valid_checksum_may_still_be_bad(victim, payload, reason):
    path = layout.path(victim, "training", 1)
    sound = [record for _, record in layout.frames(path)]
    rewrite(path, [*sound[:5], payload, *sound[5:]])
    problem = only_problem(victim)
    assert problem.startswith(f"{path.name} at byte {offsets(path)[5]:,}: ")
    assert reason in problem


def test_all_damage_is_told_but_not_without_end(victim):
    flip(layout.path(victim, "training", 3), 20)
    flip(layout.path(victim, "eval", 3), 20)
    rewrite(layout.path(victim, "eval", 6), [b"garbage"] * 100)
    problems = verification.verify(victim, progress=False).problems
    assert problems[0].startswith("training.tfrecord-00003")
    assert problems[1].startswith("eval.tfrecord-00003")
    assert len(problems) == 2 + verification.MOST_PROBLEMS


def test_a_folder_without_classes_is_no_data_set(victim, tmp_path):
    (victim / "eval.tfrecord.classes").unlink()
    with pytest.raises(FileNotFoundError, match=r"no data set: eval\.tfrecord\.classes is missing"):
        verification.verify(victim)
    with pytest.raises(FileNotFoundError, match="is no data set"):
        verification.verify(tmp_path / "nowhere")


def test_classes_files_that_differ_are_told(victim):
    (victim / "training.tfrecord.classes").write_text("another\norder\n", "utf-8")
    assert "two .classes files are empty or differ" in only_problem(victim)


def test_what_is_checked_in_several_chunks_is_counted_alike(doodle_folder, monkeypatch):
    whole = verification.verify(doodle_folder, progress=False)
    monkeypatch.setattr(verification, "CHUNK", 3)
    parts = verification.verify(doodle_folder, progress=False)
    assert parts.ok and parts.counts == whole.counts
    assert all(np.array_equal(parts.lengths[s], whole.lengths[s]) for s in layout.SPLITS)


def test_workers_find_the_same(victim, monkeypatch):
    flip(layout.path(victim, "training", 2), 60)
    alone = verification.verify(victim, progress=False)
    monkeypatch.setattr(verification, "WORTH_WORKERS", 0)
    shared = verification.verify(victim, progress=False, workers=2)
    assert shared.problems == alone.problems != []
    assert shared.counts == alone.counts
    assert all(np.array_equal(shared.lengths[s], alone.lengths[s]) for s in layout.SPLITS)


def test_very_long_sketches_are_counted_together(victim):
    lengths = (verification.LONGEST - 1, verification.LONGEST, verification.LONGEST + 7)
    payloads = [serialise(ink=[0.5] * 3 * points, shape=[points, 3]) for points in lengths]
    rewrite(layout.path(victim, "eval", 3), payloads)
    report = verification.verify(victim, progress=False)
    assert report.ok and report.lengths["eval"][-2:].tolist() == [1, 2]
