"""Downloads that are killed, cut off, lied to and doubled, from a real server on this machine."""

import contextlib
import functools
import gzip
import io
import multiprocessing
import os
import random
import sys
import tarfile
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

from tqdm import tqdm
from trials import SURVIVED, Verdict, trial

sys.path.append(str(Path(__file__).parents[1] / "records"))
from bad_servers import FAULTS
from buckets import Bucket
from little_world import DOODLES

from sketchlib.drawing import doodles
from sketchlib.records import archive, remote, tfrecords
from sketchlib.records.downloads import download_archive, download_drawings

KINDS = ("archive", "drawings")
LINES, WANTED = 600, 300  # drawings on the server, and as many as are fetched
PATIENCE = 90  # seconds after which a download counts as hung
METHOD = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
PROCESSES = multiprocessing.get_context(METHOD)
if METHOD == "forkserver":  # where TensorFlow is imported, but never used
    PROCESSES.set_forkserver_preload(
        ["sketchlib.records.verification", "sketchlib.records.archive"]
    )


def pack(files: dict[str, bytes], *more: tuple[tarfile.TarInfo, bytes]) -> bytes:
    """Return a .tar.gz of files, and of members of any kind."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=6) as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(f"quickdraw/{name}")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
        for member, data in more:
            tar.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


@functools.cache
def sound_shards() -> dict[str, bytes]:
    """Return the files of a small data set in the archive's layout."""
    with (
        tempfile.TemporaryDirectory() as folder,
        contextlib.redirect_stderr(io.StringIO()),  # without a bar of progress
    ):
        made = tfrecords.write(doodles.records(DOODLES, 40, 7), f"{folder}/made", eval_share=0.3)
        return {name: (made / name).read_bytes() for name in sorted(archive.ARCHIVE_FILES)}


class World:
    """A server with cats and a small archive, and a folder to download them to."""

    def __init__(self, folder: Path):
        self.folder, self.shards = folder, sound_shards()
        self.lines = [
            f'{{"word":"cat","key_id":"{n}","drawing":[[{list(range(40))},{[n % 256] * 40}]]}}\n'
            for n in range(LINES)
        ]
        self.server = Bucket()
        self.server.versions = True
        self.serve(pack(self.shards))

    def __enter__(self):
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()
        os.environ["NO_PROXY"] = "127.0.0.1"
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def serve(self, packed: bytes) -> None:
        self.packed = packed
        self.server.files = {
            "tutorial.tar.gz": packed,
            "simplified/cat.ndjson": "".join(self.lines).encode(),
        }

    def heal(self) -> None:
        self.server.fault, self.server.pause, self.server.versions = None, 0.0, True

    def place(self, kind: str, number: int) -> Path:
        """Return where a case downloads to: a folder of its own, with nothing in it."""
        home = self.folder / f"{kind}-{number}"
        home.mkdir()
        return home / "target"

    def options(self, kind: str, place: Path) -> tuple:
        return kind, self.server.url, str(place), len(self.packed)

    def expected(self, kind: str) -> dict[str, bytes]:
        cats = "".join(self.lines[:WANTED]).encode()
        return self.shards if kind == "archive" else {"cat.ndjson": cats}

    def most(self, kind: str) -> int:
        """Return how many bytes a download may ever have on the disk."""
        limit = archive.MOST_UNPACKED * len(self.packed) + archive.MOST_AT_ONCE
        return limit + len(self.packed) if kind == "archive" else 2 * sum(map(len, self.lines))

    def fault_of(self, kind: str, place: Path) -> str:
        """Say what is wrong in the place of a finished download, if anything."""
        found = {path.name: path.read_bytes() for path in place.iterdir()} if place.is_dir() else {}
        beside = {p.name for p in place.parent.iterdir() if p.suffix not in (".lock", ".owner")}
        if found != self.expected(kind):
            return f"{kind}: {len(found)} files, but not those of an undisturbed download"
        return f"{kind}: leftovers {beside}" if beside != {"target"} else ""


def download(kind: str, url: str, place: str, size: int) -> None:
    """Do it, as a person would."""
    with mock.patch.object(remote, "BACKOFF_SECONDS", 0.001), contextlib.redirect_stdout(None):
        if kind == "archive":
            address = f"{url}/tutorial.tar.gz"
            download_archive(place, url=address, expected_size=size, progress=False)
        else:
            download_drawings(["cat"], WANTED, place, base_url=url, progress=False)


def said(function: Callable, *arguments) -> str:
    """Call a function; return what it says when it gives up, or what else it ended with."""
    told: list[str] = []

    def call() -> None:
        try:
            function(*arguments)
        except (OSError, ValueError) as error:
            raw = type(error).__module__ != "sketchlib.records.remote" and error.args[1:]
            told.append(f"RAW {error!r}" if raw or "\n" in str(error) else str(error))
        except BaseException as error:
            told.append(f"RAW {error!r}")

    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    thread.join(PATIENCE)
    return "HUNG" if thread.is_alive() else "".join(told)


def again(world: World, kind: str, place: Path) -> Verdict:
    """Run the same command again, undisturbed: now all must be there, and nothing else."""
    told = said(download, *world.options(kind, place))
    if told == "HUNG":
        return Verdict("hung", f"{kind}: the second run")
    if told:
        return Verdict("stuck", f"{kind}: {told}")
    fault = world.fault_of(kind, place)
    return Verdict("wrong", fault) if fault else SURVIVED


def on_disk(folder: Path) -> int:
    """Return how many bytes the files in a folder have."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):  # gone by now
                total += os.path.getsize(os.path.join(parent, name))
    return total


# Killed

CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "shutil.copyfile"}


def watched(connection, kill_before: int, *options) -> None:
    """Download in a process of its own, which kills itself before the nth change of a file."""
    place, changes = Path(options[2]).parent, 0

    def watch(event: str, arguments: tuple) -> None:
        nonlocal changes
        opened = event == "open" and arguments[2] & (os.O_CREAT | os.O_WRONLY | os.O_RDWR)
        if (event in CHANGES or opened) and str(place) in str(arguments[0]):
            changes += 1
            if changes == kill_before:
                import killing

                killing.die()

    if kill_before:
        sys.addaudithook(watch)
    tqdm.set_lock(threading.RLock())  # else a lock between processes is left when this one dies
    connection.send("ready")
    connection.recv()
    told = said(download, *options)
    connection.send((changes, told))


class Child:
    """A download in a process of its own."""

    def __init__(self, kill_before: int, *options):
        self.pipe, theirs = PROCESSES.Pipe()
        self.process = PROCESSES.Process(target=watched, args=(theirs, kill_before, *options))
        self.process.start()
        theirs.close()
        assert self.pipe.recv() == "ready"

    def begin(self) -> "Child":
        self.pipe.send("begin")
        return self

    def result(self) -> tuple[int, str] | None:
        """Return how many files it changed and what it said, or None if it died."""
        if not self.pipe.poll(PATIENCE):
            self.process.kill()
            return 0, "HUNG"
        with contextlib.suppress(EOFError):
            return self.pipe.recv()
        self.process.join()  # the pipe ends a little before the lock does
        return None

    def kill(self) -> None:
        self.process.kill()
        self.process.join()


@trial("SIGKILL of a download, before every change of a file", cases=60, few=3)
def killed_before_changes(cases: int, rng: random.Random, folder: Path) -> Iterator[Verdict]:
    """Each rerun must end with the very files that an undisturbed download has, and no others."""
    with World(folder) as world:
        counts = {}
        for kind in KINDS:
            child = Child(10**9, *world.options(kind, world.place(kind, -1))).begin()
            counts[kind], told = child.result()
            assert counts[kind] > 5 and not told, told
        moments = [(kind, n) for kind in KINDS for n in range(1, counts[kind] + 1)]
        moments = [moments[int(i * len(moments) / cases)] for i in range(cases)]
        for case, (kind, moment) in enumerate(moments):
            place = world.place(kind, case)
            result = Child(moment, *world.options(kind, place)).begin().result()
            if result is not None:
                yield Verdict("wrong", f"not killed: {result}")
                continue
            yield again(world, kind, place)


@trial("SIGKILL of a download, at any moment", cases=60, few=2)
def killed_at_random(cases: int, rng: random.Random, folder: Path) -> Iterator[Verdict]:
    """The archive, and cats of which some are there already: these must still be there."""
    with World(folder) as world:
        seconds = {}
        for kind in KINDS:
            world.server.pause = 0.005
            child = Child(0, *world.options(kind, world.place(kind, -1)))
            begin = time.monotonic()
            assert child.begin().result() == (0, "")
            seconds[kind] = time.monotonic() - begin
        for case in range(cases):
            kind = KINDS[case % 2]
            place = world.place(kind, case)
            before = "".join(world.lines[: WANTED // 10]).encode()
            if kind == "drawings":
                place.mkdir()
                (place / "cat.ndjson").write_bytes(before)
            world.server.pause = 0.005
            child = Child(0, *world.options(kind, place)).begin()
            time.sleep(rng.uniform(0, seconds[kind]))
            child.kill()
            world.heal()
            if kind == "drawings" and not (place / "cat.ndjson").read_bytes().startswith(before):
                yield Verdict("lost", "the cats that were there")
                continue
            yield again(world, kind, place)


# Lied to


@trial("faults of HTTP", cases=2 * len(FAULTS), few=10)
def bad_servers(cases: int, rng: random.Random, folder: Path) -> Iterator[Verdict]:
    """All is right at once, or a sentence says what is wrong; and the next day it goes on.

    Half of the faults meet a download that has begun.
    """
    names = sorted(FAULTS)
    rng.shuffle(names)
    with World(folder) as world:
        for case in range(cases):
            kind, name = KINDS[(case + case // len(names)) % 2], names[case % len(names)]
            place = world.place(kind, case)
            world.heal()
            if case % 4 > 1:  # begun before
                world.server.budget = rng.randrange(20_000, 60_000)
                said(download, *world.options(kind, place))
                world.server.budget = float("inf")
            world.server.fault = FAULTS[name]
            with mock.patch.object(remote, "TIMEOUT_SECONDS", 0.3):
                told = said(download, *world.options(kind, place))
            size = on_disk(place.parent)
            world.heal()
            if told == "HUNG" or told.startswith("RAW"):
                yield Verdict("hung" if told == "HUNG" else "wrong", f"{kind}, {name}: {told}")
            elif size > world.most(kind):
                yield Verdict("wrong", f"{kind}, {name}: {size:,} bytes on the disk")
            elif not told and (fault := world.fault_of(kind, place)):
                yield Verdict("wrong", f"{name}, and nobody is told: {fault}")
            else:
                end = again(world, kind, place)
                yield end if end == SURVIVED else Verdict(end.end, f"{name}: {end.detail}")


@trial("one bit flipped in the archive, or in what is packed in it", cases=150, few=6)
def flipped_bits(cases: int, rng: random.Random, folder: Path) -> Iterator[Verdict]:
    """It is refused, unless the bit is one that changes nothing of what is unpacked.

    Half of the bits are flipped before packing, so that gzip's checksum is right. No digest comes
    from the server; a third of the archives lie on the disk already.
    """
    with World(folder) as world:
        sound = world.packed
        content = gzip.decompress(sound)
        for case in range(cases):
            damaged = bytearray(sound if case % 2 else content)
            damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
            world.serve(bytes(damaged) if case % 2 else gzip.compress(damaged, 1))
            world.server.fault = FAULTS["ignores_the_range"]
            place = world.place("archive", case)
            if case % 3 == 0:
                place.with_name("tutorial.tar.gz").write_bytes(world.packed)
            told = said(download, *world.options("archive", place))
            found = {p.name: p.read_bytes() for p in place.iterdir()} if place.exists() else None
            if told == "HUNG" or told.startswith("RAW"):
                yield Verdict("hung" if told == "HUNG" else "wrong", told)
            elif found is not None and found != world.shards:
                yield Verdict("wrong", f"case {case}: accepted, said {told!r}")
            elif not told and found is None:
                yield Verdict("wrong", f"case {case}: nothing there, and nothing said")
            else:
                place.with_name("tutorial.tar.gz").unlink(missing_ok=True)
                world.serve(sound)
                world.heal()
                yield again(world, "archive", place)


def member(name: str, kind: bytes = tarfile.REGTYPE, **fields) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type = kind
    for field, value in fields.items():
        setattr(made, field, value)
    return made


def raw_member(name: str, size: int, kind: bytes = tarfile.REGTYPE) -> bytes:
    """Return a header that claims a size, whatever comes after it."""
    return member(name, kind, size=size).tobuf(tarfile.GNU_FORMAT)


def hostile_tars(files: dict[str, bytes], outside: Path) -> dict[str, tuple[bytes, bool]]:
    """Return archives by what is bad in them, and whether there is a whole data set in them."""
    shard, data = sorted(files.items())[3]
    others = {name: content for name, content in files.items() if name != shard}
    plain, zeros = gzip.decompress(pack(files)), bytes(2**20)
    bomb = b"".join([raw_member("run.sh", 2**36), *[zeros] * 64])
    pax = b"30 size=99999999999999999999\n"
    loop = raw_member("x", len(pax), tarfile.XHDTYPE) + pax.ljust(512, b"\0")
    odd = {f"training.tfrecord-{n:05}-of-00010 ": b"x" for n in range(10)}

    def zipped(*pieces: bytes) -> bytes:
        return gzip.compress(b"".join(pieces), 6)

    def links(kind: bytes, target: str) -> bytes:
        return pack(others, (member(shard, kind, linkname=target), b""))

    def swapped(header: bytes) -> bytes:
        return zipped(header, gzip.decompress(pack(others)))

    return {
        "names that climb": (pack({f"../../{n}": d for n, d in files.items()}), True),
        "names from the root": (
            pack(files, (member("/etc/evil"), b""), (member(str(outside / "evil")), b"")),
            True,
        ),
        "strangers among the files": (pack(files | {"run.sh": b"rm -rf"}), True),
        "a link to a folder, and files in it": (
            pack(
                {},
                (member("quickdraw", tarfile.SYMTYPE, linkname=str(outside)), b""),
                *((member(f"quickdraw/{n}", size=len(d)), d) for n, d in files.items()),
            ),
            True,
        ),
        "a symlink for a shard": (links(tarfile.SYMTYPE, str(outside / "secret")), False),
        "a hard link for a shard": (links(tarfile.LNKTYPE, "quickdraw/" + min(others)), False),
        "a pipe for a shard": (links(tarfile.FIFOTYPE, ""), False),
        "a device for a shard": (links(tarfile.CHRTYPE, ""), False),
        "a folder for a shard": (links(tarfile.DIRTYPE, ""), False),
        "a shard twice": (pack(files, (member(shard, size=9), b"something")), False),
        "a shard twice, the bad one first": (
            zipped(raw_member(shard, 0), gzip.decompress(pack(files))),
            False,
        ),
        "an empty shard": (pack(files | {shard: b""}), False),
        "a shard of garbage": (pack(files | {shard: random.Random(1).randbytes(9999)}), False),
        "a web page for a shard": (pack(files | {shard: b"<html>"}), False),
        "a shard cut off": (pack(files | {shard: data[:-9]}), False),
        "shards of nothing but zeros": (
            pack({n: d if "classes" in n else bytes(len(d)) for n, d in files.items()}),
            False,
        ),
        "class names that differ": (pack(files | {"eval.tfrecord.classes": b"cat\n"}), False),
        "class names in no encoding": (
            pack(files | {f"{s}.tfrecord.classes": b"\xff\n" for s in ("eval", "training")}),
            False,
        ),
        "a stranger of 64 MB": (zipped(bomb, plain), False),
        "a shard of 64 MB of zeros": (
            zipped(raw_member(shard, 2**26), *[zeros] * 64, plain),
            False,
        ),
        "a shard that claims an exabyte": (swapped(raw_member(shard, 2**60)), False),
        "a stranger that claims an exabyte": (zipped(raw_member("x", 2**60), plain), False),
        "64 MB behind the end": (zipped(plain, *[zeros] * 64), False),
        "a long name of 64 MB": (
            zipped(raw_member("x", 2**26, tarfile.GNUTYPE_LONGNAME), *[b"a" * 2**20] * 64, plain),
            False,
        ),
        "a long name": (pack(files, (member("a" * 5000), b"")), True),
        "a header of 64 MB": (
            zipped(raw_member("x", 2**26, tarfile.XHDTYPE), *[b"a" * 2**20] * 64, plain),
            False,
        ),
        "a member of negative size": (zipped(raw_member("x", -1024), plain), False),
        "sizes beyond all numbers": (zipped(loop, plain), False),
        "ten thousand headers in each other": (zipped(loop * 10_000, plain), False),
        "a hundred thousand members": (zipped(raw_member("x", 0) * 100_000, plain), False),
        "a sparse shard": (swapped(raw_member(shard, 2**20, tarfile.GNUTYPE_SPARSE)), False),
        "a checksum that is wrong": (zipped(b"quickdrew" + plain[9:]), False),
        "cut off within the tar": (zipped(plain[: len(plain) // 2]), False),
        "cut off within gzip": (pack(files)[:-2000], False),
        "cut off before gzip's checksum": (pack(files)[:-8], False),
        "garbage behind gzip": (pack(files) + b"garbage", False),
        "names with spaces at their ends": (pack(others | odd), False),
        "no tar": (gzip.compress(random.Random(2).randbytes(50_000)), False),
        "no gzip": (random.Random(3).randbytes(50_000), False),
        "a tar without gzip": (plain, False),
        "an empty tar": (pack({}), False),
        "nothing": (gzip.compress(b""), False),
    }


@trial("hostile tars", cases=42, few=11)
def hostile(cases: int, rng: random.Random, folder: Path) -> Iterator[Verdict]:
    """Nothing is written outside, or more than the limit, and only a sound data set is accepted."""
    with World(folder) as world:
        outside = folder / "outside"
        outside.mkdir()
        (outside / "secret").write_bytes(b"secret")
        sound = world.packed
        tars = list(hostile_tars(world.shards, outside).items())
        chosen = [tars[case * len(tars) // cases] for case in range(cases)]
        for case, (name, (packed, holds)) in enumerate(chosen):
            # Some are small: they may unpack to as much as a sound archive, and no more.
            world.serve(packed.ljust(len(sound), b"\0"))
            place = world.place("archive", case)
            with most_on_disk(place.parent) as most:
                told = said(download, *world.options("archive", place))
            entries = {path.name for path in folder.glob("*") if "archive-" not in path.name}
            if told == "HUNG" or told.startswith("RAW"):
                yield Verdict("hung" if told == "HUNG" else "wrong", f"{name}: {told}")
            elif most and max(most) > world.most("archive"):
                yield Verdict("wrong", f"{name}: {max(most):,} bytes on the disk")
            elif entries != {"outside"} or os.listdir(outside) != ["secret"]:
                yield Verdict("wrong", f"{name}: written outside, {entries}")
            elif holds and (told or world.fault_of("archive", place)):
                yield Verdict("wrong", f"{name}: refused, {told}")
            elif not holds and (not told or place.exists()):
                yield Verdict("wrong", f"{name}: accepted")
            else:
                world.serve(sound)
                end = again(world, "archive", place)
                yield end if end == SURVIVED else Verdict(end.end, f"{name}: {end.detail}")


@contextlib.contextmanager
def most_on_disk(folder: Path) -> Iterator[list[int]]:
    """Give a list of how many bytes there were in a folder, moment after moment."""
    sizes: list[int] = []
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(0.002):
            sizes.append(on_disk(folder))

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    yield sizes
    ended.set()
    thread.join()


# Two at once, and a full disk


@trial("two downloads to the same place at once", cases=16, few=2)
def two_at_once(cases: int, rng: random.Random, folder: Path) -> Iterator[Verdict]:
    """One is right, the other is told which process is there already."""
    with World(folder) as world:
        for case in range(cases):
            kind = KINDS[case % 2]
            place = world.place(kind, case)
            world.server.pause = 0.05
            children = [Child(0, *world.options(kind, place)) for _ in range(2)]
            for child in children:
                child.begin()
            results = [child.result() for child in children]
            world.heal()
            said_by = sorted((result or (0, "DIED"))[1] for result in results)
            holders = [f"process {child.process.pid} on" for child in children]
            if "HUNG" in said_by:
                yield Verdict("hung", kind)
            elif said_by[0] or not any(holder in said_by[1] for holder in holders):
                yield Verdict("wrong", f"{kind}: {said_by}")
            elif fault := world.fault_of(kind, place):
                yield Verdict("wrong", fault)
            else:
                yield again(world, kind, place)


def with_little_room(connection, room: int, *options) -> None:
    """Download in a process whose files may not grow beyond that, as on a full disk."""
    import resource
    import signal

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
    connection.send(said(download, *options))


@trial("a full disk while downloading", cases=20, few=2)
def full_disk(cases: int, rng: random.Random, folder: Path) -> Iterator[Verdict]:
    """A sentence says so, what arrived is kept, and with more room it goes on.

    The system refuses to let files grow: POSIX only, elsewhere nothing is tried and all survive.
    """
    with World(folder) as world:
        for case in range(cases):
            kind = KINDS[case % 2]
            place = world.place(kind, case)
            if os.name == "nt":
                yield SURVIVED
                continue
            whole = len(world.packed) if kind == "archive" else len("".join(world.lines[:WANTED]))
            room = rng.randrange(1000, whole)
            ours, theirs = PROCESSES.Pipe()
            options = world.options(kind, place)
            process = PROCESSES.Process(target=with_little_room, args=(theirs, room, *options))
            process.start()
            told = ours.recv() if ours.poll(PATIENCE) else "HUNG"
            process.join()
            kept = on_disk(place.parent)
            if told == "HUNG" or told.startswith("RAW") or "run it again to go on" not in told:
                yield Verdict("hung" if told == "HUNG" else "wrong", f"{kind}: {told}")
            elif kept < room - remote.BLOCK_BYTES:
                yield Verdict("lost", f"{kind}: {kept:,} bytes are left, {room:,} had room")
            else:
                yield again(world, kind, place)
