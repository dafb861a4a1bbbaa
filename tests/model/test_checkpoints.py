"""A checkpoint is read as it was written, or not at all."""

import numpy as np
import pytest

from sketchlib.model import checkpoints
from sketchlib.model.checkpoints import START, Checkpoint


def checkpoint(epochs: int) -> Checkpoint:
    """One after so many epochs, as a training with AdamW might leave it."""
    rng = np.random.default_rng(epochs)
    history = [{"epoch": epoch, "loss": 1 / (epoch + 3)} for epoch in range(epochs)]
    variables = [rng.random(shape, np.float32) for shape in ((3, 4), (4,), ())]
    return Checkpoint(history, [variables[0] + 1], [*variables, np.array(epochs, np.int64)])


def same(one: Checkpoint, other: Checkpoint) -> bool:
    arrays = zip([*one.best, *one.variables], [*other.best, *other.variables], strict=True)
    return one.history == other.history and all(map(np.array_equal, *zip(*arrays, strict=True)))


@pytest.fixture
def folder(tmp_path):
    """Three checkpoints were written here."""
    for epochs in (1, 2, 3):
        checkpoints.write(tmp_path / "kept", checkpoint(epochs))
    return tmp_path / "kept"


def test_the_newest_is_read_as_it_was_written_and_the_one_before_it_is_kept(folder):
    assert same(checkpoints.read(folder), checkpoint(3))
    assert [path.name for path in sorted(folder.iterdir())] == [
        "epoch-000002.npz",
        "epoch-000003.npz",
    ]


def test_none_is_the_beginning(tmp_path):
    assert checkpoints.read(tmp_path) == checkpoints.read(tmp_path / "none") == START


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[: len(data) // 2],
        lambda data: data[:-1],
        lambda data: data[: len(data) // 2] + bytes(len(data) - len(data) // 2),
        lambda data: bytes(len(data)),
        lambda data: data[:300] + bytes([data[300] ^ 1]) + data[301:],
        lambda data: b"{}",
    ],
    ids=["empty", "half", "a byte less", "zeroed tail", "zeroed", "a bit", "something else"],
)
def test_a_damaged_one_is_told_and_the_one_before_it_read(folder, damage):
    newest = folder / "epoch-000003.npz"
    newest.write_bytes(damage(newest.read_bytes()))
    with pytest.warns(UserWarning, match="epoch-000003.npz cannot be used"):
        assert same(checkpoints.read(folder), checkpoint(2))


def test_one_of_another_model_is_not_taken(folder):
    like = checkpoint(3).variables
    assert same(checkpoints.read(folder, like), checkpoint(3))
    with pytest.warns(UserWarning, match="of another model"):
        assert checkpoints.read(folder, like[1:]) == START


def test_what_a_sudden_end_has_left_goes_with_the_next(folder):
    part = folder / ".epoch-000004.123.part.npz"
    part.write_bytes(b"half")
    assert same(checkpoints.read(folder), checkpoint(3))
    checkpoints.write(folder, checkpoint(4))
    assert not part.exists()


def test_only_checkpoints_are_removed(folder):
    (folder / "notes.txt").write_text("of mine", "utf-8")
    checkpoints.remove(folder)
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]
    (folder / "notes.txt").unlink()
    checkpoints.remove(folder)
    assert not folder.exists()
