"""The layout of a data set on disk: names, classes, and the records within a shard."""

import struct

import pytest
import tensorflow as tf
from damaging import offsets, rewrite

from sketchlib._shared import files
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


@pytest.mark.parametrize("length", [2**20, 2**40, 2**63 - 1, 2**63, 2**64 - 20, 2**64 - 1])
def test_a_length_that_lies_is_damage(victim, length):
    path = layout.path(victim, "eval", 0)
    head = struct.pack("<Q", length)
    path.write_bytes(head + layout.frame(head)[20:] + b"payload")
    with pytest.raises(layout.Damage, match="cut off"):
        list(layout.frames(path))


def test_a_record_is_framed_as_tensorflow_does_it(tmp_path):
    payloads = [b"", b"x", bytes(range(256)) * 7]
    rewrite(tmp_path / "eval.tfrecord-00000-of-00001", payloads)
    written = (tmp_path / "eval.tfrecord-00000-of-00001").read_bytes()
    assert b"".join(map(layout.frame, payloads)) == written


@pytest.mark.parametrize("harm", ["cut", "doubled", "exchanged", "others", "untold", "no JSON"])
def test_sound_records_that_are_not_those_once_written_are_damage(victim, harm):
    path, contents = layout.path(victim, "eval", 0), layout.contents_path(victim, "eval")
    data = path.read_bytes()
    harms = {
        "cut": data[: offsets(path)[-1]],
        "doubled": data * 2,
        "exchanged": layout.path(victim, "eval", 1).read_bytes(),
        "others": b"".join(layout.frame(b"x") for _ in offsets(path)),
    }
    path.write_bytes(harms.get(harm, data))
    if harm in ("untold", "no JSON"):
        contents.write_text({"untold": "{}", "no JSON": "{"}[harm], "utf-8")
    with pytest.raises(layout.Damage, match=r"once written|tells nothing of it"):
        list(layout.records(path))
    contents.unlink()
    assert list(layout.records(path)) == list(layout.frames(path)), "there is nothing to compare"


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
        ("eval.tfrecord.contents", True),
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


@pytest.mark.parametrize(
    "read", [layout.read_classes, layout.inventory, lambda folder: layout.find(folder, "eval")]
)
def test_a_data_set_that_was_moved_aside_is_brought_back(victim, doodle_folder, read):
    victim.rename(layout.aside(victim))
    assert read(victim) is not None
    assert layout.inventory(victim) == layout.inventory(doodle_folder)
    assert not layout.aside(victim).exists()


def test_what_is_left_of_a_deleted_data_set_is_not_brought_back(victim):
    layout.classes_path(victim, "training").unlink()
    victim.rename(layout.aside(victim))
    with pytest.raises(FileNotFoundError, match="is no data set"):
        layout.read_classes(victim)


def test_a_data_set_that_somebody_just_moves_is_not_brought_back(victim):
    victim.rename(layout.aside(victim))
    with files.alone(victim, "writes"), pytest.raises(files.Busy, match=r"writes .*: wait for it"):
        layout.read_classes(victim)


def test_class_names_that_are_no_text_or_given_twice_are_told(tmp_path):
    for text, reason in (
        (b"sun\n\xff\xfe\n", "is no text"),
        (b"sun\nfish\nsun", "two classes 'sun'"),
    ):
        for split in layout.SPLITS:
            layout.classes_path(tmp_path, split).write_bytes(text)
        with pytest.raises(ValueError, match=f"{reason}.*make the data set anew"):
            layout.read_classes(tmp_path)


@pytest.mark.parametrize(
    "name", ["00000-of-00001", "00010-of-00010", "00000-of-00000", "00000-of-99999"]
)
def test_a_stray_shard_hides_none(victim, name):
    (victim / f"training.tfrecord-{name}").write_bytes(b"x")
    problems = []
    assert len(layout.find(victim, "training", problems)) == 10
    assert problems == [f"training.tfrecord-{name} is none of the 10 shards of training"]
    with pytest.raises(FileNotFoundError, match="is none of the 10 shards"):
        layout.find(victim, "training")


def test_a_name_that_claims_many_shards_is_told_briefly(tmp_path):
    (tmp_path / "eval.tfrecord-00000-of-99999").write_bytes(b"x")
    problems = []
    layout.find(tmp_path, "eval", problems)
    assert (
        len(problems) == layout.MOST_FAULTS + 1 and problems[-1] == "99,978 more of eval are amiss"
    )


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
