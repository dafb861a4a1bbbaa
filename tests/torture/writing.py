"""Data sets whose writing is killed, doubled or out of room, and damaged, crafted and foreign ones.

Every harm is done in a process of its own, forked from one that has imported TensorFlow and never
used it. Signals, limits and rights are those of Linux and macOS.
"""

import contextlib
import functools
import itertools
import math
import multiprocessing
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any, NamedTuple

from trials import SURVIVED, Verdict, trial

sys.path.append(str(Path(__file__).parents[1] / "records"))
from damaging import beside, offsets, rewrite

from sketchlib._shared.backend import tf
from sketchlib._shared.files import Busy
from sketchlib.drawing import doodles
from sketchlib.records import dataset, layout, tfrecords, verification

METHOD = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
PROCESSES = multiprocessing.get_context(METHOD)
if METHOD == "forkserver":  # where TensorFlow is imported, but never used
    PROCESSES.set_forkserver_preload(["sketchlib.records.tfrecords", "sketchlib.records.dataset"])
PATIENCE = 120  # seconds after which a process counts as hung
OLD, NEW = 25, 30  # drawings of each class in the data set that is there, and the one that comes
SENTENCES = (ValueError, OSError, FileNotFoundError, FileExistsError, PermissionError, Busy)
WAITING = 10  # drawings that are read before one is converted, where two workers do that
MOST_MEMORY = 2**29  # bytes that reading damaged files may take more than it took at first
NOBODY = 65534
FILE_OPERATIONS = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "os.link"}


class Failed(NamedTuple):
    """What an error says, and whether it is raw: not one sentence."""

    text: str
    raw: bool


def failed(error: Exception) -> Failed:
    raw = type(error) not in SENTENCES or getattr(error, "errno", None) is not None
    return Failed(f"{type(error).__name__}: {error}", raw or "\n" in str(error))


class Ended(NamedTuple):
    """How a process ended: its exit code, None if it hung, and what its job returned or raised."""

    code: int | None
    outcome: Any


def child(connection, job: Callable, arguments: tuple) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # without bars of progress
    try:
        outcome = job(*arguments)
    except Exception as error:
        outcome = failed(error)
    connection.send(outcome)


def begun(job: Callable, *arguments: Any) -> tuple:
    ours, theirs = PROCESSES.Pipe(duplex=False)
    process = PROCESSES.Process(target=child, args=(theirs, job, arguments))
    process.start()
    theirs.close()
    return process, ours


def ended(process, connection) -> Ended:
    outcome, hung = None, not connection.poll(PATIENCE)
    with contextlib.suppress(EOFError):
        outcome = None if hung else connection.recv()
    if hung:
        process.kill()
    process.join()
    return Ended(None if hung else process.exitcode, outcome)


def done(job: Callable, *arguments: Any) -> Ended:
    """Do a job in a process of its own."""
    return ended(*begun(job, *arguments))


def write(folder: Path, each: int, workers: int = 1) -> None:
    """Write so many drawings of two classes."""
    tfrecords.write(doodles.records(["sun", "fish"], each, each), folder, eval_share=0.3)


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@functools.cache
def written(each: int) -> dict[str, bytes]:
    """Return the files of the data set of an undisturbed write."""
    with tempfile.TemporaryDirectory() as folder:
        assert done(write, Path(folder) / "data", each) == Ended(0, None)
        return content(Path(folder) / "data")


def made(folder: Path, files: dict[str, bytes]) -> Path:
    folder.mkdir(parents=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder


def homes(folder: Path) -> Iterator[Path]:
    """Yield folders, in each of which lies the old data set, as `data`."""
    for number in itertools.count():
        yield made(folder / f"{number}" / "data", written(OLD)).parent
        shutil.rmtree(folder / f"{number}", ignore_errors=True)


def after(home: Path) -> Verdict:
    """Judge what a write that was killed or failed has left, and whether the next one succeeds."""
    data = home / "data"
    try:
        layout.read_classes(data)
    except (OSError, ValueError) as error:
        return Verdict("lost", str(error))
    if content(data) not in (written(OLD), written(NEW)):
        return Verdict("lost", f"neither the old data set nor the new one: {sorted(content(data))}")
    again = done(write, data, NEW)
    if again != Ended(0, None):
        return Verdict("hung" if again.code is None else "stuck", str(again))
    if content(data) != written(NEW):
        return Verdict("wrong", "the rerun wrote something else")
    left = [name for name in beside(home) if name != "data"]
    return Verdict("wrong", f"left behind: {left}") if left else SURVIVED


# --- kills ---------------------------------------------------------------------------------------


def changes(event: str, arguments: tuple, home: str) -> bool:
    """Whether an audited event is a file operation that changes something in a folder."""
    if event == "open":
        path, _, flags = arguments
        writing = flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC)
        return bool(writing) and str(path).startswith(home)
    return event in FILE_OPERATIONS and str(arguments[0]).startswith(home)


def write_and_die(home: Path, each: int, before: float) -> int:
    """Write, but die before a file operation; return how many there are if it does not come."""
    count = 0

    def hook(event: str, arguments: tuple) -> None:
        nonlocal count
        if changes(event, arguments, str(home)):
            count += 1
            if count == before:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)
    write(home / "data", each)
    return count


@trial("SIGKILL before each file operation of writing a data set", cases=135, few=4)
def killed_before_operations(cases: int, rng: random.Random, folder: Path) -> Iterator[Verdict]:
    """Kill it before each of them in turn, so that an old data set is replaced."""
    home = homes(folder)
    count = done(write_and_die, next(home), NEW, math.inf).outcome
    order = [number % count + 1 for number in range(cases)]
    for before in order if cases >= count else rng.sample(range(count), cases):
        place = next(home)
        killed = done(write_and_die, place, NEW, before + 1)
        if killed.code not in (-signal.SIGKILL, 0):
            yield Verdict("hung", f"before operation {before}: {killed}")
            continue
        yield after(place)


def write_with_workers(connection, data: Path) -> None:
    """Write with two workers, and print a dot for each drawing."""
    os.dup2(connection.fileno(), 1)
    connection.close()

    def records() -> Iterator:
        for record in doodles.records(["sun", "fish"], NEW, NEW):
            os.write(1, b".")
            yield record

    tfrecords.CHUNK = WAITING // 5
    tfrecords.write(records(), data, eval_share=0.3, workers=2)


def all_gone(connection) -> bool:
    """Wait until the last of those who may write to a pipe has ended."""
    deadline = time.monotonic() + PATIENCE
    while wait([connection], max(deadline - time.monotonic(), 0)):
        if not os.read(connection.fileno(), 4096):
            return True
    return False


@trial("SIGKILL of writing a data set with 2 workers, at random", cases=24, few=1)
def killed_at_random(cases: int, rng: random.Random, folder: Path) -> Iterator[Verdict]:
    """Kill it after some drawings and some while, and wait for the end of its workers."""
    for home in itertools.islice(homes(folder), cases):
        ours, theirs = PROCESSES.Pipe(duplex=False)
        process, _ = begun(write_with_workers, theirs, home / "data")
        theirs.close()
        drawings = rng.randrange(3 * NEW)  # more than there are: when all are read
        left = min(drawings, 2 * NEW)
        while left > 0 and (dots := os.read(ours.fileno(), left)):
            left -= len(dots)
        if drawings < WAITING:  # and so before the workers have begun
            time.sleep(rng.uniform(0, 3))
        elif drawings > 2 * NEW:
            time.sleep(rng.uniform(0, 0.5))
        process.kill()
        process.join()
        if all_gone(ours):
            yield after(home)
        else:
            yield Verdict("wrong", "its workers are still there")


# --- disks, and others ---------------------------------------------------------------------------


def write_with_little_room(home: Path, room: int) -> None:
    """Write where no file may have more bytes."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
    write(home / "data", NEW)


@contextlib.contextmanager
def small_disk(folder: Path, size: int) -> Iterator[bool]:
    """Make a folder a disk of its own, if that is allowed here."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(folder)]
    with contextlib.suppress(OSError):
        if not subprocess.run(mount, capture_output=True).returncode:
            try:
                yield True
            finally:
                subprocess.run(["umount", str(folder)], check=True)
            return
    yield False


@trial("a full disk while a data set is written", cases=20, few=2)
def full_disk(cases: int, rng: random.Random, folder: Path) -> Iterator[Verdict]:
    """Let the room end anywhere: on a small disk where that can be, or else for each file."""
    pages = sum(-(-len(data) // 4096) for data in written(OLD).values())
    largest = max(map(len, written(NEW).values()))
    for number in range(cases):
        size = 4096 * (pages + 2 + rng.randrange(pages))
        with small_disk(folder / f"{number}", size) as small:
            home = made(folder / f"{number}" / "home" / "data", written(OLD)).parent
            if small and number % 2:
                told = done(write, home / "data", NEW).outcome
            else:
                told = done(write_with_little_room, home, rng.randrange(largest)).outcome
            unchanged = content(home / "data") == written(OLD) and beside(home) == ["data"]
            home = Path(shutil.copytree(home, folder / f"{number}-moved"))
        if told is None or told.raw or "has not changed" not in told.text:
            yield Verdict("wrong", f"not told in a sentence: {told}")
        elif not unchanged:
            yield Verdict("wrong", f"the old data set has changed, or has company: {beside(home)}")
        else:
            yield after(home)


def write_as_nobody(home: Path) -> None:
    """Write without the rights that an administrator has everywhere."""
    if os.getuid() == 0:
        os.setuid(NOBODY)
    write(home / "data", NEW)


@trial("a data set that may not be replaced", cases=9, few=2)
def read_only(cases: int, rng: random.Random, folder: Path) -> Iterator[Verdict]:
    """Take away the right to write into the data set, into the folder around it, or both."""
    folder.chmod(0o755)
    for number, home in enumerate(itertools.islice(homes(folder), cases)):
        home.chmod(0o555 if number % 3 else 0o777)
        (home / "data").chmod(0o555 if number % 3 < 2 else 0o777)
        told = done(write_as_nobody, home).outcome
        (home / "data").chmod(0o755)
        home.chmod(0o755)
        if told is None or told.raw:
            yield Verdict("wrong", f"not told in a sentence: {told}")
        else:
            unchanged = content(home / "data") == written(OLD) and beside(home) == ["data"]
            yield after(home) if unchanged else Verdict("lost", str(beside(home)))


@trial("three processes write the same data set at once", cases=60, few=3)
def at_once(cases: int, rng: random.Random, folder: Path) -> Iterator[Verdict]:
    """Let them begin together: each writes all of its own, or says who does."""
    for home in itertools.islice(homes(folder), cases // 3):
        writers = [begun(write, home / "data", each) for each in (OLD, NEW, NEW)]
        ends = [ended(*writer) for writer in writers]
        whole = content(home / "data") in (written(OLD), written(NEW)) and beside(home) == ["data"]
        for end in ends:
            busy = isinstance(end.outcome, Failed) and "Busy: process" in end.outcome.text
            if not whole or all(end.outcome for end in ends):
                yield Verdict("lost", f"{beside(home)} after {ends}")
            elif (end.outcome is None and end.code == 0) or busy:
                yield SURVIVED
            else:
                yield Verdict("hung" if end.code is None else "wrong", str(end))


FOREIGN = {  # what may stand where a data set is to be written, each made by others
    "a file in it": lambda data: (data / "notes.txt").write_bytes(b"work"),
    "a hidden file in it": lambda data: (data / ".env").write_bytes(b"work"),
    "a folder in it": lambda data: made(data / "more", {"notes.txt": b"work"}),
    "a folder with a name of ours": lambda data: made(data / "eval.tfrecord.contents.d", {}),
    "a link with a name of ours": lambda data: (data / "eval.tfrecord-00010-of-00011").symlink_to(
        data.parent.parent
    ),
    "a project": lambda data: made(data / ".git" / "objects", {"00": b"work"}),
    "a file": lambda data: (shutil.rmtree(data), data.write_bytes(b"work")),
    "a pipe": lambda data: (shutil.rmtree(data), os.mkfifo(data)),
    "a link to somebody's folder": lambda data: (
        shutil.rmtree(data),
        data.symlink_to(made(data.parent / "elsewhere", {"notes.txt": b"work"})),
    ),
    "a link to itself": lambda data: (shutil.rmtree(data), data.symlink_to(data)),
    "a file where the new one is made": lambda data: made(
        data.parent / ".data.new", {"notes.txt": b"work"}
    ),
    "a file where the old one goes": lambda data: made(
        data.parent / ".data.old", {"notes.txt": b"work"}
    ),
}


def tree(folder: Path) -> dict[Path, bytes | str]:
    """Return all that is below a folder, but for locks."""
    found: dict[Path, bytes | str] = {}
    for path in folder.rglob("*"):
        if path.is_symlink():
            found[path] = os.readlink(path)
        elif path.suffix != ".lock":
            found[path] = path.read_bytes() if path.is_file() else ""
    return found


@trial("what others made where a data set is to be written", cases=len(FOREIGN), few=3)
def foreign(cases: int, rng: random.Random, folder: Path) -> Iterator[Verdict]:
    """Name their folder: all of it stays, and a sentence says so."""
    for name, home in zip(rng.sample(list(FOREIGN), cases), homes(folder), strict=False):
        FOREIGN[name](home / "data")
        before = tree(home)
        told = done(write, home / "data", NEW).outcome
        if tree(home) != before:
            yield Verdict("lost", f"{name}: {before.keys() ^ tree(home).keys()}")
        elif told is None or told.raw:
            yield Verdict("wrong", f"{name}: {told}")
        else:
            yield SURVIVED


# --- damaged and crafted files -------------------------------------------------------------------


def mutated(data: bytes, other: bytes, starts: Sequence[int], rng: random.Random) -> bytes:
    """Return a shard's bytes with one kind of harm; `other` is another shard."""
    at, end = sorted(rng.choices(range(len(data)), k=2))
    first, second = sorted(rng.choices([*starts, len(data)], k=2))
    piece = data[at:end]
    return rng.choice(
        [
            lambda: data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :],
            lambda: data[:at] + rng.randbytes(len(piece)) + data[end:],
            lambda: data[:at] + bytes(len(piece)) + data[end:],
            lambda: data[:at] + bytes(len(data) - at),
            lambda: data[:at],
            lambda: data[:at] + data[end:],
            lambda: data[:at] + piece + data[at:],
            lambda: data + data[:at],
            lambda: data[:first],
            lambda: data[:first] + data[second:],
            lambda: data + data[first:],
            lambda: data[second:] + data[first:second] + data[:first],
            lambda: other,
            lambda: data + other,
        ]
    )()


def sketches(folder: Path) -> list:
    """Return all that a training would be given, and the names of its classes."""
    batches = [batch for split in layout.SPLITS for batch in dataset.load(folder, split)]
    return [layout.read_classes(folder), *(part.numpy().tobytes() for b in batches for part in b)]


def judge_mutated(folder: Path, name: str, expected: list) -> Verdict:
    """Judge whether damage to one file is named, and never loaded as something else."""
    try:
        problems = verification.verify(folder, progress=False).problems
    except Exception as error:
        return Verdict("wrong", f"verify raises {error!r}")
    try:
        found = sketches(folder)
    except Exception as error:
        if failed(error).raw:
            return Verdict("wrong", f"{name} is told by a raw {error!r}")
    else:
        if found != expected or ".tfrecord-" in name:
            return Verdict("wrong", f"{name} is read, changed as it is; verify: {problems}")
        return SURVIVED  # another way to write the same, as with a space more
    if any(name.removesuffix(".contents") in problem for problem in problems) or (
        name.endswith(".classes") and problems
    ):
        return SURVIVED
    return Verdict("wrong", f"{name} is not named: {problems}")


def mutate(folder: Path, cases: int, seed: int) -> list[Verdict]:
    """Change one file of a data set after the other, and judge what is said of it."""
    rng = random.Random(seed)
    files, expected = content(folder), sketches(folder)
    shards = [name for name in files if ".tfrecord-" in name]
    starts = {name: offsets(folder / name) for name in shards}
    verdicts = []
    while len(verdicts) < cases:
        name = rng.choice(shards if rng.random() < 0.95 else sorted(set(files) - set(shards)))
        harmed = mutated(files[name], files[rng.choice(shards)], starts.get(name, [0]), rng)
        if harmed != files[name]:
            (folder / name).write_bytes(harmed)
            verdicts.append(judge_mutated(folder, name, expected))
            (folder / name).write_bytes(files[name])
    return verdicts


def judged(cases: int, ends: Ended) -> Iterator[Verdict]:
    """Yield what a process found, or the same sad verdict for all of its cases."""
    if isinstance(ends.outcome, list):
        yield from ends.outcome
    else:
        end = "hung" if ends.code is None else "wrong"
        yield from [Verdict(end, f"the process ended with {ends}")] * cases


@trial("shards and what is told of them, changed in any way", cases=3000, few=40)
def mutations(cases: int, rng: random.Random, folder: Path) -> Iterator[Verdict]:
    """Change one file after the other of a data set of twelve drawings, so of twelve shards."""
    for begin in range(0, cases, 500):
        size, data = min(500, cases - begin), folder / f"{begin}"
        assert done(write, data, 6) == Ended(0, None)
        yield from judged(size, done(mutate, data, size, rng.randrange(2**32)))


def lying(length: int, place: int) -> Callable[[Path], None]:
    """Return what gives the first or last record of a shard another length, its checksum right."""

    def craft(folder: Path) -> None:
        shard = layout.find(folder, "eval")[0]
        data, start = shard.read_bytes(), offsets(shard)[place]
        head = length.to_bytes(8, "little")
        shard.write_bytes(data[:start] + head + layout.frame(head)[20:] + data[start + 12 :])
        layout.contents_path(folder, "eval").unlink()

    return craft


def adding(*payloads: bytes) -> Callable[[Path], None]:
    """Return what puts records, their checksums right, before the others of a shard."""

    def craft(folder: Path) -> None:
        shard = layout.find(folder, "eval")[0]
        rewrite(shard, [*payloads, *(payload for _, payload in layout.frames(shard))])

    return craft


def altered(change: Callable[[Any], Any]) -> Callable[[Path], None]:
    """Return what adds a sound record with other features."""

    def craft(folder: Path) -> None:
        _, payload = next(layout.frames(layout.find(folder, "eval")[0]))
        sketch = tf.train.Example.FromString(payload)
        change(sketch.features.feature)
        adding(sketch.SerializeToString())(folder)

    return craft


def floats(name: str, values: list[float]) -> Callable[[Path], None]:
    return altered(lambda f: f[name].float_list.value.__setitem__(slice(None), values))


def integers(name: str, values: list[int]) -> Callable[[Path], None]:
    return altered(lambda f: f[name].int64_list.value.__setitem__(slice(None), values))


def named(text: bytes, *splits: str) -> Callable[[Path], Any]:
    """Return what writes other class names for some splits."""
    return lambda folder: [layout.classes_path(folder, s).write_bytes(text) for s in splits]


def told_of(text: bytes) -> Callable[[Path], Any]:
    """Return what tells something else of the eval shards."""
    return lambda folder: layout.contents_path(folder, "eval").write_bytes(text)


def stray(name: str) -> Callable[[Path], Any]:
    return lambda folder: shutil.copy(layout.find(folder, "eval")[0], folder / name)


def instead(make: Callable[[Path], Any]) -> Callable[[Path], None]:
    """Return what makes something else of a shard."""

    def craft(folder: Path) -> None:
        shard = layout.find(folder, "eval")[0]
        shard.unlink()
        make(shard)

    return craft


NAN, BOTH = float("nan"), layout.SPLITS
CRAFTED: dict[str, Callable[[Path], Any]] = {
    **{
        f"record {place} has {length:,} bytes": lying(length, place)
        for place in (0, -1)
        for length in (2**20, 2**31, 2**40, 2**63 - 1, 2**64 - 16, 2**64 - 1)
    },
    "a record of nothing": adding(b""),
    "a record of zeros": adding(bytes(500)),
    "a record of text": adding(b"<!DOCTYPE html>"),
    "a record that is no UTF-8": adding(b"\n\xd3\x05\n\x14\xff\xfe"),
    "a record that ends early": altered(lambda f: f["ink"].bytes_list.value.append(b"\n\xd3")),
    "no ink": altered(lambda f: f.pop("ink")),
    "ink of seven numbers": floats("ink", [0.5] * 7),
    "ink of whole numbers": integers("ink", [1] * 6),
    "ink that is not a number": altered(lambda f: f["ink"].float_list.value.__setitem__(0, NAN)),
    "ink without end": altered(lambda f: f["ink"].float_list.value.__setitem__(0, math.inf)),
    "no shape": altered(lambda f: f.pop("shape")),
    "a shape of one number": integers("shape", [3]),
    "a shape below nothing": integers("shape", [-1, 3]),
    "a shape without bounds": integers("shape", [2**62, 3]),
    "no class": altered(lambda f: f.pop("class_index")),
    "two classes": integers("class_index", [0, 1]),
    "a class before the first": integers("class_index", [-1]),
    "a class after the last": integers("class_index", [2]),
    "a class far after the last": integers("class_index", [2**62]),
    "a class below all": integers("class_index", [-(2**63)]),
    "proportions that are not numbers": floats("proportions", [NAN, 1]),
    "three proportions": floats("proportions", [1, 1, 1]),
    "proportions below nothing": floats("proportions", [-1, 1]),
    "proportions in one record less": altered(lambda f: f.pop("proportions")),
    "proportions of whole numbers": integers("proportions", [1, 1]),
    "a country that is a number": integers("countrycode", [49]),
    "a recognition that is a number": floats("recognized", [0.5]),
    "class names that are no UTF-8": named(b"sun\n\xff\xfe\n", *BOTH),
    "class names in UTF-16": named("sun\nfish\n".encode("utf-16"), *BOTH),
    "a class name twice": named(b"sun\nsun\n", *BOTH),
    "an empty class name": named(b"sun\n\nfish\n", *BOTH),
    "no class names": named(b"", *BOTH),
    "other class names for one split": named(b"fish\nsun\n", "eval"),
    "one class name less": named(b"sun\n", *BOTH),
    "class names of one split": lambda folder: layout.classes_path(folder, "eval").unlink(),
    "a shard that hides a split": stray("eval.tfrecord-00000-of-00001"),
    "a shard too many": stray("eval.tfrecord-00010-of-00010"),
    "a shard of none": stray("eval.tfrecord-00000-of-00000"),
    "a shard of very many": stray("eval.tfrecord-00000-of-99999"),
    "a shard less": instead(lambda shard: None),
    "an empty shard": instead(lambda shard: shard.touch()),
    "a folder for a shard": instead(lambda shard: shard.mkdir()),
    "a pipe for a shard": instead(os.mkfifo),
    "a link to itself for a shard": instead(lambda shard: shard.symlink_to(shard.name)),
    "contents that are no JSON": told_of(b"{"),
    "contents that are no text": told_of(b"\xff\xfe"),
    "contents that are a list": told_of(b"[]"),
    "contents without end": told_of(b"[" * 100_000),
    "contents of nothing": told_of(b"{}"),
}


def judge_crafted(folder: Path) -> list[Verdict]:
    """Judge whether everything that reads a data set says in a sentence that it is none."""
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        if verification.verify(folder, progress=False).ok:
            return [Verdict("wrong", "verify calls it sound")]
    except FileNotFoundError as error:
        if failed(error).raw:
            return [Verdict("wrong", f"verify: {error!r}")]
    for read in (
        layout.inventory,
        lambda folder: list(dataset.load(folder, "eval")),
        lambda folder: list(dataset.load(folder, "eval", max_points=None, in_proportion=True)),
        lambda folder: dataset.load(folder, "eval", repeat=True, classes=["fish", "sun"]),
        lambda folder: dataset.count(folder, "eval"),
        lambda folder: dataset.class_counts(folder, "eval"),
        lambda folder: dataset.facts(folder, "eval"),
    ):
        try:
            with dataset.damage_told(folder):
                read(folder)
        except Exception as error:
            if failed(error).raw:
                return [Verdict("wrong", f"a reader: {error!r}")]
    more = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory
    more *= 1 if sys.platform == "darwin" else 1024
    return [SURVIVED if more < MOST_MEMORY else Verdict("wrong", f"{more:,} bytes more")]


@trial("data sets crafted to crash or to deceive", cases=len(CRAFTED), few=4)
def crafted(cases: int, rng: random.Random, folder: Path) -> Iterator[Verdict]:
    """Read each in a process of its own, and see whether it ends as it should."""
    for name, home in zip(rng.sample(list(CRAFTED), cases), homes(folder), strict=False):
        CRAFTED[name](home / "data")
        for end, detail in judged(1, done(judge_crafted, home / "data")):
            yield Verdict(end, detail and f"{name}: {detail}")
