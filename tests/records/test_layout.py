"""The layout of a data set on disk: names, classes, and the records within a shard."""

import pytest
import tensorflow as tf
from damaging import offsets

from sketchlib.records import layout


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


def test_frames_are_the_payloads_and_where_they_begin(doodle_folder):
    path = layout.path(doodle_folder, "training", 0)
    starts, payloads = zip(*layout.frames(path), strict=True)
    assert list(starts) == offsets(path)
    assert list(payloads) == [record.numpy() for record in tf.data.TFRecordDataset(str(path))]


def test_a_shards_path_says_which_of_how_many_it_is(tmp_path):
    assert layout.path(tmp_path, "eval", 3) == tmp_path / "eval.tfrecord-00003-of-00010"
    assert layout.path("x", "training", 0, 2).name == "training.tfrecord-00000-of-00002"


@pytest.mark.parametrize(
    ("name", "own"),
    [
        ("eval.tfrecord.classes", True),
        ("training.tfrecord-00012-of-00345", True),
        ("test.tfrecord-00000-of-00010", False),
        ("eval.tfrecord-00000-of-00010.part", False),
        ("my eval.tfrecord.classes", False),
        ("README.md", False),
    ],
)
def test_a_file_of_a_data_set_is_known_by_its_name(tmp_path, name, own):
    (tmp_path / name).touch()
    assert layout.is_own(tmp_path / name) is own
    assert not layout.is_own(tmp_path / "eval.tfrecord-00000-of-00001"), "it is not there"


def test_classes_are_read_line_by_line_and_in_order(tmp_path):
    for split in layout.SPLITS:
        (tmp_path / f"{split}.tfrecord.classes").write_text("sun\nThe Mona Lisa\nčaj\n", "utf-8")
    assert layout.read_classes(tmp_path) == ["sun", "The Mona Lisa", "čaj"]
    (tmp_path / "eval.tfrecord.classes").write_text("sun\nčaj\nThe Mona Lisa\n", "utf-8")
    with pytest.raises(ValueError, match="differ"):
        layout.read_classes(tmp_path)
    for split in layout.SPLITS:
        (tmp_path / f"{split}.tfrecord.classes").write_text("\n", "utf-8")
    with pytest.raises(ValueError, match="are empty"):
        layout.read_classes(tmp_path)


def test_shards_are_found_in_order_and_what_is_wrong_is_told_or_raised(victim):
    assert [path.name[-14:-9] for path in layout.find(victim, "eval")] == [
        f"{shard:05d}" for shard in range(10)
    ]
    layout.path(victim, "eval", 4).unlink()
    layout.path(victim, "eval", 7).write_bytes(b"")
    problems = ["an earlier one"]
    assert len(layout.find(victim, "eval", problems)) == 8
    assert [problem.split()[0] for problem in problems[1:]] == [
        layout.path(victim, "eval", shard).name for shard in (4, 7)
    ]
    with pytest.raises(FileNotFoundError, match=r"00004-of-00010 is missing; .*00007.* is empty"):
        layout.find(victim, "eval")


def test_few_shards_are_as_many_as_their_names_say(tmp_path):
    for shard in (0, 1, 2):
        layout.path(tmp_path, "eval", shard, 3).write_bytes(b"x")
    assert len(layout.find(tmp_path, "eval")) == 3
    layout.path(tmp_path, "eval", 2, 3).unlink()
    with pytest.raises(FileNotFoundError, match="eval needs all 3 shards"):
        layout.find(tmp_path, "eval")


def test_another_size_or_another_class_is_another_data_set(victim, doodle_folder):
    assert layout.inventory(victim) == layout.inventory(doodle_folder)
    for split in layout.SPLITS:
        path = victim / f"{split}.tfrecord.classes"
        path.write_text(path.read_text("utf-8").replace("sun", "son"), "utf-8")
    renamed = layout.inventory(victim)
    assert renamed != layout.inventory(doodle_folder)
    with layout.path(victim, "eval", 3).open("ab") as file:
        file.write(b"x")
    assert layout.inventory(victim) != renamed
