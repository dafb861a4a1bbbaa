"""A data set is written whole or not at all, the same from the same drawings."""

import errno
import itertools
import os
import subprocess
import sys
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import psutil
import pytest
import tensorflow as tf
from damaging import beside, flip
from killing import DIED, run_until_it_dies
from little_world import DOODLES, EVAL_SHARE, ROOT

from sketchlib._shared.files import Busy
from sketchlib.drawing import doodles, quickdraw, strokes
from sketchlib.records import dataset, layout, tfrecords

TUTORIAL_FEATURES = {  # as the tutorial's readers have it
    "ink": tf.io.VarLenFeature(tf.float32),
    "shape": tf.io.FixedLenFeature([2], tf.int64),
    "class_index": tf.io.FixedLenFeature([1], tf.int64),
}
SPLIT_FILES = ["tfrecord.classes"] + [f"tfrecord-{i:05d}-of-00010" for i in range(10)]
FILES = {f"{split}.{name}" for split in ("training", "eval") for name in SPLIT_FILES}
CONTENTS = {"training.tfrecord.contents", "eval.tfrecord.contents"}  # ours alone


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
    assert set(content(doodle_folder)) == FILES | CONTENTS
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


class Killing(Executor):
    """Hands on what it is to do, and ends a process when so much of it has been handed on."""

    def __init__(self, executor: Executor, victim: int, after: int):
        self.executor, self.victim, self.left = executor, victim, after

    def submit(self, function, /, *arguments, **more):
        self.left -= 1
        if self.left == 0:
            psutil.Process(self.victim).kill()
        return self.executor.submit(function, *arguments, **more)


def test_a_cluster_that_loses_a_worker_writes_and_verifies_the_same(
    doodle_records, doodle_folder, tmp_path, small_chunks
):
    distributed = pytest.importorskip("distributed")
    cluster = distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)
    with cluster, distributed.Client(cluster) as client:
        folder = tmp_path / "dask"
        victims = client.run(os.getpid)
        executor = Killing(client.get_executor(), min(victims.values()), after=9)
        tfrecords.write(doodle_records, folder, eval_share=EVAL_SHARE, executor=executor, workers=2)
        assert executor.left < 0 and set(client.run(os.getpid).values()) != set(victims.values())
        report = tfrecords.verify(folder, progress=False, executor=client.get_executor(), workers=2)
    assert content(folder) == content(doodle_folder)
    assert report.ok and report.total("training") + report.total("eval") == len(doodle_records)


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
    assert beside(tmp_path) == []

    tfrecords.write(doodle_records, folder)
    before = content(folder)
    with pytest.raises(KeyboardInterrupt):
        tfrecords.write(broken(doodle_records, after), folder)
    assert content(folder) == before
    assert beside(tmp_path) == ["sample"]


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
    assert ".sample.new" in beside(tmp_path), "nobody takes it for data"
    tfrecords.write(doodle_records, folder)
    assert content(folder) == before and beside(tmp_path) == ["sample"]


KILLED_BETWEEN_ITS_MOVES = """
import sys
from killing import die
from sketchlib.drawing import doodles
from sketchlib.records import tfrecords
move = tfrecords.move

def move_once(old, new):
    move(old, new)
    die()

tfrecords.move = move_once
tfrecords.write(doodles.records(["sun", "fish"], 40), sys.argv[1])
"""


def test_a_write_killed_between_its_two_moves_has_lost_nothing(doodle_records, tmp_path):
    folder = tfrecords.write(doodle_records, tmp_path / "sample")
    before = content(folder)
    run_until_it_dies(KILLED_BETWEEN_ITS_MOVES, folder)
    assert not folder.exists() and ".sample.old" in beside(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        tfrecords.write(broken(doodle_records, 20), folder)
    assert content(folder) == before
    tfrecords.write(doodle_records, folder)
    assert content(folder) == before and beside(tmp_path) == ["sample"]


ORPHANED_WORKERS = """
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

if __name__ == "__main__":
    tfrecords.write(records(), sys.argv[1], workers=2)
"""


def run_script(code: str, folder: Path, **options) -> subprocess.CompletedProcess:
    """Run a script that writes a data set into that folder, and wait for it and its workers."""
    (folder / "script.py").write_text(code, "utf-8")
    path = os.pathsep.join(map(str, [ROOT, ROOT / "tests"]))
    return subprocess.run(  # comes back when the last of those who may print has ended
        [sys.executable, folder / "script.py", folder / "data"],
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=500,
    )


def test_the_workers_of_a_killed_write_end_with_it(tmp_path):
    assert run_script(ORPHANED_WORKERS, tmp_path).returncode == DIED


UNGUARDED = """
import sys
from sketchlib.drawing import doodles
from sketchlib.records import tfrecords
tfrecords.write(doodles.records(["sun", "fish"], 40), sys.argv[1], workers=2)
"""


def test_a_script_that_its_workers_would_run_again_is_told_what_to_do(tmp_path):
    failed = run_script(UNGUARDED, tmp_path)
    *_, last = failed.stderr.strip().splitlines()
    assert failed.returncode == 1 and last.startswith(
        "RuntimeError: the worker processes have died"
    )
    assert 'below `if __name__ == "__main__":`' in last
    assert "BrokenProcessPool" not in failed.stderr and beside(tmp_path) == ["script.py"]


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
    assert beside(tmp_path) == ["data"] and set(content(folder)) == {"notes.txt"}


def test_a_file_that_arrives_at_the_last_moment_stays(doodle_records, tmp_path, monkeypatch):
    folder = tfrecords.write(doodle_records, tmp_path / "data")
    before, move = content(folder), tfrecords.move

    def arrive(old, new):
        if old == folder:
            (folder / "notes.txt").write_bytes(b"somebody's work")
        move(old, new)

    monkeypatch.setattr(tfrecords, "move", arrive)
    with pytest.raises(FileExistsError, match=r"holds 'notes\.txt'"):
        tfrecords.write(doodle_records[:200], folder)
    assert content(folder) == before | {"notes.txt": b"somebody's work"}
    assert beside(tmp_path) == ["data"]


@pytest.fixture
def link(tmp_path) -> Path:
    """A link that leads to `elsewhere/data`, where nothing is yet."""
    path = tmp_path / "link"
    try:
        path.symlink_to(tmp_path / "elsewhere" / "data", target_is_directory=True)
    except OSError:
        pytest.skip("links are not for everybody here")
    return path


def test_a_link_leads_to_the_data_set_and_stays_a_link(doodle_records, tmp_path, link):
    for records in (doodle_records, doodle_records[:200]):
        tfrecords.write(records, link)
        assert link.is_symlink() and "sun" in layout.read_classes(link)
        assert beside(tmp_path / "elsewhere") == ["data"]
    target = tmp_path / "elsewhere" / "data"
    target.rename(layout.aside(target))
    assert "sun" in layout.read_classes(link), "it has been brought back"
    (target / "notes.txt").write_text("somebody's work", "utf-8")
    with pytest.raises(FileExistsError, match=r"holds 'notes\.txt'"):
        tfrecords.write(doodle_records, link)


def test_a_link_within_a_data_set_is_nothing_of_ours(doodle_records, tmp_path, link):
    folder = tfrecords.write(doodle_records, tmp_path / "data")
    link.rename(folder / "eval.tfrecord-00010-of-00011")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "data").write_text("somebody's work", "utf-8")
    with pytest.raises(FileExistsError, match=r"'eval\.tfrecord-00010-of-00011', which is no part"):
        tfrecords.write(doodle_records, folder)


def test_who_comes_second_is_told_who_writes(doodle_records, tmp_path):
    def records():
        yield from doodle_records
        with pytest.raises(Busy, match=rf"process {os.getpid()} on .* writes .*data: wait for it"):
            tfrecords.write(doodle_records, tmp_path / "data")

    folder = tfrecords.write(records(), tmp_path / "data")
    assert tfrecords.verify(folder, progress=False).ok


@pytest.mark.parametrize("operation", ["sync", "move"])
def test_a_full_disk_is_told_and_leaves_what_was_there(
    doodle_records, tmp_path, monkeypatch, operation
):
    folder = tfrecords.write(doodle_records, tmp_path / "data")
    before = content(folder)

    def refuse(path, *_):
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr(tfrecords, operation, refuse)
    with pytest.raises(OSError, match=r"No space left on device; make room or .* has not changed"):
        tfrecords.write(doodle_records[:200], folder)
    assert content(folder) == before and beside(tmp_path) == ["data"]


def test_a_data_set_that_is_read_only_stays(doodle_records, tmp_path, monkeypatch):
    folder = tfrecords.write(doodle_records, tmp_path / "data")
    monkeypatch.setattr(os, "access", lambda path, mode: path != folder)  # who is root may write
    with pytest.raises(PermissionError, match="is read-only: name another folder"):
        tfrecords.write(broken(doodle_records, 0), folder)


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
    assert set(content(folder)) == FILES | CONTENTS


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
    assert beside(tmp_path) == []


def test_too_few_drawings_are_refused_with_a_way_out(doodle_records, tmp_path):
    with pytest.raises(ValueError, match=r"only [01] drawings fall to eval, .* 2 or more: give"):
        tfrecords.write(doodle_records[:3], tmp_path / "x")
    assert beside(tmp_path) == []


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
    assert beside(tmp_path) == []


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
    assert beside(tmp_path) == []


@pytest.mark.parametrize(
    "changes, reason",
    [
        ({"key_id": "a\ud800"}, r"drawing 'a\\ud800': its key_id is 'a\\ud800', which is no text"),
        (
            {"countrycode": "\udfff"},
            r"drawing '123': its countrycode is '\\udfff', which is no text",
        ),
        ({"countrycode": ["DE"]}, r"drawing '123': its countrycode is \['DE'\], which is no text"),
        ({"countrycode": 49}, r"drawing '123': its countrycode is 49, which is no text"),
        ({"word": "a\ud800"}, r"'a\\ud800' is no class name: it must be one line of text"),
    ],
)
def test_what_is_no_text_is_named(doodle_records, tmp_path, changes, reason):
    odd = [{**doodle_records[0], "key_id": "123", **changes}]
    with pytest.raises(ValueError, match=reason):
        tfrecords.write(doodle_records + odd, tmp_path / "x")


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
