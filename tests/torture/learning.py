"""Trainings and exports that are killed, interrupted, doubled or out of room, and altered models.

Every harm is done to a process of its own, forked from one that has imported TensorFlow. Signals
and limits are those of Linux and macOS.
"""

import base64
import contextlib
import copy
import functools
import io
import json
import marshal
import multiprocessing
import os
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
import traceback
import warnings
import zipfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from killing import DIED, die
from little_world import DOODLES
from trials import SURVIVED, Verdict, trial

from sketchlib._shared import files
from sketchlib.drawing import doodles
from sketchlib.model import card, run_folder
from sketchlib.predictor import Predictor
from sketchlib.settings import Settings

METHOD = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
PROCESSES = multiprocessing.get_context(METHOD)
if METHOD == "forkserver":  # where TensorFlow is imported, but never used
    PROCESSES.set_forkserver_preload(
        ["sketchlib.records.verification", "sketchlib.records.archive", "sketchlib.model.export"]
    )
AT_ONCE = 2
PATIENCE = 180  # seconds after which a process counts as hung
LEFT = {*run_folder.LEFT} - {run_folder.METRICS}  # by a training
EXPORTED = {"model.json", "model.keras", "model.tflite", "prototypes.npz", "README.md"}
EPOCHS = 3
SAVING = 0.01  # seconds that it takes to save a checkpoint here, or a little less
CHAIN = 20  # interrupts of one training
NEAR = 0.02  # an answer that is further off is another one

# --- what the processes do -----------------------------------------------------------------------


def train(settings: Settings, killed_in: int | None = None) -> None:
    """Train a small model as `make run` does a large one, and die as an epoch begins if told so."""
    from tiny_model import tiny

    from sketchlib.model import models, training

    class Die(training.keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == killed_in:
                die()

    models.ARCHITECTURES["tiny"] = tiny
    training.train(settings, verbose=0, callbacks=[Die()])


def export(run: Path, folder: Path, name: str) -> None:
    """Export a run as notebook 04 does."""
    from sketchlib.model import export

    export.export(run, folder, name)


def make_world(folder: Path) -> None:
    """Make a data set, two finished trainings with their model folders, and one that was killed."""
    from sketchlib.records import tfrecords

    tfrecords.write(doodles.records(DOODLES, 30, 7), folder / "data", eval_share=0.3)
    for name, seed in {"new": 1, "old": 2}.items():
        begin = time.monotonic()
        train(settings(folder / "data", folder / name, seed=seed))
        (folder / "seconds").write_text(str(time.monotonic() - begin), "utf-8")
        export(folder / name, folder / f"{name}-model", name)
    train(settings(folder / "data", folder / "begun", seed=1), EPOCHS - 1)


def dying(number: int, within: str, job: Callable, *arguments: Any) -> None:
    """Do a job, and die before one of its operations on the files of a folder, 0 for the first."""
    left = number

    def watch(event: str, given: tuple) -> None:
        nonlocal left
        if event == "open" and not (given[2] or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            return  # it only reads
        operation = event in ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir")
        if operation and within in str(given[0]):
            left -= 1
            if left < 0:
                die()

    sys.addaudithook(watch)
    job(*arguments)


def without_room(most: int, job: Callable, *arguments: Any) -> None:
    """Do a job where no file can have more bytes, which stands for a disk that is full."""
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    job(*arguments)


def stop_in_saves(delays: Sequence[float], told: Path, settings: Settings) -> None:
    """Train on and on, interrupted so many seconds after each saving of a checkpoint has begun.

    It says in a line each whether an epoch was lost. In the end the training is finished.
    """
    from sketchlib.model import training

    training.tf.config.run_functions_eagerly(True)  # what is to be traced anew takes too long
    waiting: list[float] = []
    armed = threading.Semaphore(0)

    def interrupt() -> None:
        if armed.acquire(blocking=False):  # once
            os.kill(os.getpid(), signal.SIGINT)

    def watch(event: str, given: tuple) -> None:
        if event == "open" and waiting and str(given[0]).endswith(".part.npz"):
            armed.release()
            threading.Timer(waiting.pop(), interrupt).start()
        elif event == "os.rename" and str(given[0]).endswith(".part.npz"):
            interrupt()  # at the last moment

    sys.addaudithook(watch)
    with open(told, "w", encoding="utf-8") as file:
        for number, delay in enumerate(delays, 1):
            waiting.append(delay)
            try:
                train(settings)
                said = "it was never interrupted"
            except KeyboardInterrupt:
                kept = len(training.unfinished(settings))
                said = "" if kept == number else f"{kept} epochs are kept of {number}"
            print(said, file=file, flush=True)
    train(settings)


def go_on(runs: Sequence[tuple[Path, int, bool]], told: Path, usual: Settings) -> None:
    """Go on with trainings from what is left of their checkpoints; it says in a line each how.

    runs: each a folder, how many epochs are kept, and whether there is damage to be told of. Every
    tenth is trained to its end.
    """
    from sketchlib.model import training

    train(usual.changed(run=str(told.with_suffix(".first"))))  # it knows the model from now on
    with open(told, "w", encoding="utf-8") as file:
        for number, (run, epochs, damaged) in enumerate(runs):
            said, own = "", usual.changed(run=str(run))
            with warnings.catch_warnings(record=True) as warned:
                warnings.simplefilter("always")
                with training.course(own) as course:
                    kept = len(course.history)
            warned = ["cannot be used" in str(warning.message) for warning in warned]
            if kept != epochs or any(warned) is not damaged:
                said = f"{kept} epochs are kept of {epochs}, damage is told: {any(warned)}"
            elif number % 10 == 0:
                train(own)
                said = different(run, usual.path("run"))
            print(said, file=file, flush=True)


def load_altered(seeds: Sequence[int], told: Path, folder: Path) -> None:
    """Load LiteRT models that were altered together with their hashes; says in a line each how."""
    data = (folder / "model.tflite").read_bytes()
    with open(told, "w", encoding="utf-8") as file:
        for seed in seeds:
            with copied(folder) as (own, told_of):
                (own / "model.tflite").write_bytes(harmed(data, random.Random(seed)))
                told_of["files"]["model.tflite"] = files.sha256(own / "model.tflite")
                files.write_json(own / "model.json", told_of)
                print(opened(own, folder), file=file, flush=True)


def load_keras(names: Sequence[str], told: Path, folder: Path) -> None:
    """Load hostile models, each with a gigabyte of memory more at most; says in a line each how."""
    from sketchlib.model import models

    usual = models.load(folder / "usual.keras").get_weights()
    with open(told, "w", encoding="utf-8") as file:
        for name in names:
            before, said = peak(), ""
            try:
                weights = models.load(folder / name).get_weights()
                if not all(map(np.array_equal, weights, usual)):
                    said = "it is another model"
            except (FileNotFoundError, ValueError) as error:
                said = said_well(error)
            if (folder / "RAN").exists():
                said = "its code was run"
            if peak() - before > 2**30:
                said = f"it took {(peak() - before) / 2**30:.1f} GB"
            print(f"{name}: {said}" if said else "", file=file, flush=True)


def peak() -> int:
    """Return the most bytes of memory that this process has had."""
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


# --- how they are looked after -------------------------------------------------------------------


class Ended(NamedTuple):
    """How a process ended: its exit code, None if it hung, and what it wrote, its error last."""

    code: int | None
    error: str


def child(log: str, job: Callable, arguments: tuple) -> None:
    """Do a job in a process, with what it says in a file."""
    descriptor = os.open(log, os.O_WRONLY | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(descriptor, stream)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        job(*arguments)
    except BaseException as error:
        where = traceback.format_tb(error.__traceback__, -1)[0]  # no more: there may be no room
        print(f"{where}{type(error).__name__}: {error}", file=sys.stderr, flush=True)
        os._exit(1)
    os._exit(0)


def done(job: Callable, *arguments: Any, killed_after: float | None = None) -> Ended:
    """Do a job in a process of its own, and return how it ended."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        log.touch()
        process = PROCESSES.Process(target=child, args=(str(log), job, arguments))
        process.start()
        process.join(PATIENCE if killed_after is None else killed_after)
        code = process.exitcode
        if code is None:
            process.kill()
            process.join()
            code = None if killed_after is None else DIED
        return Ended(code, log.read_text("utf-8", "replace"))


def at_once(method: Callable[[Any], Any], cases: Sequence[Any]) -> Iterator[Any]:
    """Do cases, two at once, and return what becomes of them, in order."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield from pool.map(method, cases)


def told(job: Callable, cases: Sequence[Any], folder: Path, *arguments: Any) -> Iterator[Verdict]:
    """Do a job's cases in two processes, which tell a line for each, and return the verdicts.

    Where a process ends before its time, that case is to blame, and another does the rest.
    """

    def half(start: int) -> list[str]:
        mine, lines = cases[start::AT_ONCE], list[str]()
        while len(lines) < len(mine):
            path = folder / f"told-{start}-{len(lines)}"
            ended = done(job, mine[len(lines) :], path, *arguments)
            lines += path.read_text("utf-8").splitlines() if path.exists() else []
            if len(lines) < len(mine):
                lines.append(f"the process ended with {ended.code}: {ended.error[-300:]}")
            elif ended.code:
                lines[-1] = f"in the end: {ended.error[-300:]}"
        return lines

    halves = list(at_once(half, range(AT_ONCE)))
    for number in range(len(cases)):
        said = halves[number % AT_ONCE][number // AT_ONCE]
        yield Verdict("wrong", said) if said else SURVIVED


def settings(data: Path, run: Path, **changes: Any) -> Settings:
    """Return the settings of a training that takes no time."""
    usual = {"model": "tiny", "epochs": EPOCHS, "batch_size": 32, "learning_rate": 0.01}
    more = {"mixed_precision": False, "source": "tfrecords", "keep": "best"}
    return Settings(dataset=str(data), run=str(run), **usual | more | changes)


@functools.cache
def world() -> Path:
    """Return a folder with what `make_world` makes; look, but do not touch."""
    holder = tempfile.TemporaryDirectory(prefix="learning-", ignore_cleanup_errors=True)
    HELD.append(holder)
    ended = done(make_world, Path(holder.name))
    assert ended.code == DIED, ended.error
    return Path(holder.name)


HELD: list[Any] = []  # until the end


def different(run: Path, other: Path) -> str:
    """Say in what a finished run differs from one that nothing happened to; "" if in nothing."""
    if names := {path.name for path in run.iterdir()} ^ LEFT:
        return f"it has left over, or lacks: {names}"
    losses = [[row["loss"] for row in run_folder.read_history(each)] for each in (run, other)]
    if len(losses[0]) != len(losses[1]) or not np.allclose(*losses, rtol=1e-5):
        return f"it has learned otherwise: {losses[0]}, not {losses[1]}"
    weights = [weights_of(each / "model.keras") for each in (run, other)]
    if not all(np.allclose(a, b, rtol=1e-4, atol=1e-6) for a, b in zip(*weights, strict=True)):
        return "it has ended with other weights"
    return ""


def weights_of(path: Path) -> list[np.ndarray]:
    """Return the arrays in a saved model, without Keras."""
    import h5py

    found: list[np.ndarray] = []
    with zipfile.ZipFile(path) as archive:
        data = io.BytesIO(archive.read("model.weights.h5"))
    with h5py.File(data) as store:
        store.visititems(
            lambda _, part: found.append(part[()]) if isinstance(part, h5py.Dataset) else None
        )
    return found


def finished(own: Settings, name: str) -> Verdict:
    """Train to the end after a fault, and compare with the training of that name."""
    ended = done(train, own)
    if ended.code is None:
        return Verdict("hung", "the training that should have gone on")
    if ended.code:
        return Verdict("stuck", ended.error[-300:])
    said = different(own.path("run"), world() / name)
    return Verdict("wrong", said) if said else SURVIVED


def said_well(error: Exception) -> str:
    """Return "" for an error of one sentence with a way out, else what is to be said of it."""
    text = str(error)
    ways = ("restore", "anew", "notebook", "make some", "wait for it", "use the matching")
    if "\n" not in text and any(way in text for way in ways):
        return ""
    return f"it says {type(error).__name__}: {text[:200]!r}"


# --- trainings -----------------------------------------------------------------------------------


@trial("SIGKILL of a training at any moment", cases=27, few=1)
def kill_trainings(cases: int, rng: random.Random, folder: Path) -> Iterator[Verdict]:
    """Kill a training, some of them twice, and let it go on to the end."""
    takes = float((world() / "seconds").read_text("utf-8"))

    def case(number: int) -> Verdict:
        own = settings(world() / "data", folder / f"run-{number}", seed=1)
        for seconds in moments[number]:
            ended = done(train, own, killed_after=seconds)
            if ended.code not in (0, DIED):
                return Verdict("stuck", ended.error[-300:])
        return finished(own, "new")

    moments = [
        [rng.uniform(0.2, 1) * takes for _ in range(rng.choice((1, 2)))] for _ in range(cases)
    ]
    yield from at_once(case, range(cases))


@trial("a checkpoint as a SIGKILL leaves it", cases=150, few=2)
def cut_checkpoints(cases: int, rng: random.Random, folder: Path) -> Iterator[Verdict]:
    """Cut the newest checkpoint anywhere, remove it, or leave a part of the next beside it."""

    def harm(newest: Path) -> tuple[int, bool]:
        data, kind = newest.read_bytes(), rng.choice(("cut", "cut", "missing", "part"))
        cut = data[: rng.randrange(len(data))]
        if kind == "part":
            newest.with_name(f".epoch-{EPOCHS:06}.123.part.npz").write_bytes(cut)
            return EPOCHS - 1, False
        newest.write_bytes(cut)
        if kind == "missing":
            newest.unlink()
        return EPOCHS - 2, kind == "cut"

    yield from from_checkpoints(cases, folder, harm)


@trial("a zeroed checkpoint beside a whole one", cases=20, few=2)
def zeroed_checkpoints(cases: int, rng: random.Random, folder: Path) -> Iterator[Verdict]:
    """Let the newest checkpoint end in zeros, as a power cut leaves files."""

    def harm(newest: Path) -> tuple[int, bool]:
        data = newest.read_bytes()
        place = rng.randrange(len(data) - 100)
        newest.write_bytes(data[:place] + bytes(len(data) - place))
        return EPOCHS - 2, True

    yield from from_checkpoints(cases, folder, harm)


def from_checkpoints(
    cases: int, folder: Path, harm: Callable[[Path], tuple[int, bool]]
) -> Iterator[Verdict]:
    """Harm the newest checkpoint of a training, and go on from what is left."""
    runs = []
    for number in range(cases):
        run = Path(shutil.copytree(world() / "begun", folder / f"run-{number}"))
        (newest,) = run.glob(f"{run_folder.CHECKPOINT}*/epoch-{EPOCHS - 1:06}.npz")
        runs.append((run, *harm(newest)))
    yield from told(go_on, runs, folder, settings(world() / "data", world() / "new", seed=1))


@trial("■ or Ctrl-C while a checkpoint is saved", cases=179, few=3)
def interrupt_saves(cases: int, rng: random.Random, folder: Path) -> Iterator[Verdict]:
    """Interrupt every epoch of a training in its saving, and compare it with one left alone."""
    world()

    def chain(start: int) -> list[Verdict]:
        count, lines = min(CHAIN, cases - start), folder / f"told-{start}"
        ways = {"whole": [], "stopped": delays[start : start + count]}
        for way, mine in ways.items():
            run = folder / f"{way}-{start}"
            own = settings(world() / "data", run, seed=1, epochs=count + 1)
            ended = done(stop_in_saves, mine, lines, own)
        said = lines.read_text("utf-8").splitlines()
        verdicts = [Verdict("lost", line) if line else SURVIVED for line in said]
        if ended.code != 0:
            end = "hung" if ended.code is None else "stuck"
            verdicts += [Verdict(end, ended.error[-300:])] * max(count - len(verdicts), 1)
        elif other := different(run, folder / f"whole-{start}"):
            verdicts[-1] = Verdict("wrong", other)
        return verdicts[-count:]

    delays = [rng.uniform(0, SAVING) for _ in range(cases)]
    for verdicts in at_once(chain, range(0, cases, CHAIN)):
        yield from verdicts


@trial("SIGKILL before each file operation of a training's end", cases=48, few=1)
def kill_ends(cases: int, rng: random.Random, folder: Path) -> Iterator[Verdict]:
    """Kill a training in an old run as it leaves its model: it is old, unfinished or new."""
    world()

    def case(operation: int) -> Verdict:
        run = folder / f"run-{operation}"
        shutil.copytree(world() / "old", run)
        own = settings(world() / "data", run, seed=1)
        for path in (world() / "begun").iterdir():
            shutil.copytree(path, run / path.name)
        ended = done(dying, operation, f"run-{operation}/", train, own)
        if ended.code not in (0, DIED):
            return Verdict("wrong", ended.error[-300:])
        if run_folder.finished(run):
            name = "old" if run_folder.read_settings(run).seed == 2 else "new"
            same = all(
                (run / part).read_bytes() == (world() / "old" / part).read_bytes()
                for part in LEFT
                if name == "old"
            )
            if not same:
                return Verdict("wrong", f"operation {operation}: a mixture counts as finished")
        return finished(own, "new") if ended.code else SURVIVED

    yield from at_once(case, rng.sample(range(48), cases))  # it has 45


@trial("two trainings in one run at once", cases=4, few=1)
def two_trainings(cases: int, rng: random.Random, folder: Path) -> Iterator[Verdict]:
    """Begin two trainings of the same settings: one trains, the other says who does."""
    for number in range(cases):
        own = settings(world() / "data", folder / f"run-{number}", seed=1, epochs=EPOCHS)
        both = list(at_once(lambda own: done(train, own), [own, own]))
        refused = [ended for ended in both if ended.code]
        if len(refused) > 1 or any("trains in" not in ended.error for ended in refused):
            yield Verdict("wrong", refused[-1].error[-300:])
        elif said := different(own.path("run"), world() / "new"):
            yield Verdict("wrong", said)
        else:
            yield SURVIVED


@trial("a full disk in a training", cases=10, few=1)
def full_disk(cases: int, rng: random.Random, folder: Path) -> Iterator[Verdict]:
    """Let files have only so many bytes; it says so, and goes on when there is room again."""
    world()

    def case(number: int) -> Verdict:
        own = settings(world() / "data", folder / f"run-{number}", seed=1)
        ended = done(without_room, limits[number], train, own)
        if ended.code != 1 or "there is no room for" not in ended.error.splitlines()[-1]:
            return Verdict("wrong", f"{limits[number]} bytes: {ended.code}, {ended.error[-300:]}")
        return finished(own, "new")

    checkpoint = max(path.stat().st_size for path in (world() / "begun").glob("*/*.npz"))
    model = (world() / "new" / "model.keras").stat().st_size
    most = max(checkpoint, model)
    limits = [rng.randrange(2500, most - 1000) for _ in range(cases)]
    yield from at_once(case, range(cases))


# --- model folders -------------------------------------------------------------------------------


@trial("SIGKILL before each file operation of an export over an old model", cases=24, few=1)
def kill_exports(cases: int, rng: random.Random, folder: Path) -> Iterator[Verdict]:
    """Kill an export: the old model answers, or the new one, and the export can be done again."""
    world()

    def case(operation: int) -> Verdict:
        model = Path(shutil.copytree(world() / "old-model", folder / f"model-{operation}"))
        arguments = (world() / "new", model, "new")
        ended = done(dying, operation, f"{model.name}/", export, *arguments)
        if ended.code not in (0, DIED):
            return Verdict("wrong", ended.error[-300:])
        try:
            said = opened(model, world() / f"{Predictor.load(model).name}-model")
        except (OSError, ValueError) as error:
            return Verdict("lost", str(error))
        ended = done(export, *arguments) if ended.code else ended
        if ended.code:
            return Verdict("stuck", ended.error[-300:])
        names = {path.name for path in model.iterdir()} ^ EXPORTED
        said = said or opened(model, world() / "new-model") or (f"left over: {names}" * bool(names))
        return Verdict("wrong", said) if said else SURVIVED

    yield from at_once(case, rng.sample(range(24), cases))  # it has 23


@trial("a full disk in an export over an old model", cases=10, few=1)
def full_disk_in_export(cases: int, rng: random.Random, folder: Path) -> Iterator[Verdict]:
    """Let files have only so many bytes: it says so, and the old model stays."""
    world()
    sizes = [path.stat().st_size for path in (world() / "new-model").iterdir()]
    limits = [rng.randrange(2500, max(sizes)) for _ in range(cases)]

    def case(number: int) -> Verdict:
        model = Path(shutil.copytree(world() / "old-model", folder / f"model-{number}"))
        ended = done(without_room, limits[number], export, world() / "new", model, "new")
        last = ended.error.splitlines()[-1]
        if ended.code != 1 or "there is no room for" not in last:
            return Verdict("wrong", f"{limits[number]} bytes: {ended.code}, {ended.error[-300:]}")
        names = {path.name for path in model.iterdir()} ^ EXPORTED
        said = opened(model, world() / "old-model") or (f"left over: {names}" * bool(names))
        return Verdict("wrong", said) if said else SURVIVED

    yield from at_once(case, range(cases))


@trial("a model.json altered", cases=52, few=10)
def altered_cards(cases: int, rng: random.Random, folder: Path) -> Iterator[Verdict]:
    """Put something else in any place of a model.json, or damage the file."""
    usual = world() / "new-model"
    for _ in range(cases):
        with copied(usual) as (own, told_of):
            (own / "model.json").write_bytes(another_card(told_of, rng))
            said = opened(own, usual)
            try:
                card.write(own)
            except (FileNotFoundError, ValueError) as error:
                said = said or said_well(error)
            except Exception as error:
                said = f"the card: {type(error).__name__}: {error}"
            yield Verdict("wrong", said) if said else SURVIVED


@trial("a model.tflite altered together with its hash", cases=400, few=20)
def altered_models(cases: int, rng: random.Random, folder: Path) -> Iterator[Verdict]:
    """Change, cut or move bytes of a LiteRT model, and make its hash right."""
    seeds = [rng.randrange(2**32) for _ in range(cases)]
    yield from told(load_altered, seeds, folder, world() / "new-model")


@trial("a model.keras that is damaged or hostile", cases=20, few=4)
def hostile_models(cases: int, rng: random.Random, folder: Path) -> Iterator[Verdict]:
    """Damage a Keras model, make it run code, or take all memory."""
    usual = (world() / "new" / "model.keras").read_bytes()
    (folder / "usual.keras").write_bytes(usual)
    hostile = hostile_kinds(usual, folder)
    chosen = [*hostile][:cases]
    for name in chosen:
        (folder / name).write_bytes(hostile[name]())
    for number in range(cases - len(chosen)):
        chosen.append(f"damaged-{number}.keras")
        (folder / chosen[-1]).write_bytes(harmed(usual, rng))
    yield from told(load_keras, chosen, folder, folder)


@contextlib.contextmanager
def copied(folder: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Give a copy of a model folder, and what its model.json says."""
    with tempfile.TemporaryDirectory() as holder:
        own = Path(shutil.copytree(folder, Path(holder) / "model"))
        yield own, files.read_json(own / "model.json")


def opened(folder: Path, usual: Path) -> str:
    """Say what is wrong with what a model folder makes of drawings; "" if it answers as usual.

    A sentence that refuses it is as good.
    """
    try:
        found = Predictor.load(folder)
        answers = found.probabilities(drawings())
    except (FileNotFoundError, ValueError) as error:
        return said_well(error)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    classes, expected = expectation(usual)
    if found.classes != classes or answers.shape != expected.shape:
        return "it answers with other classes"
    off = np.abs(answers - expected).max()
    return "" if off <= NEAR else f"it answers otherwise, by {off:.2g}"


@functools.cache
def drawings() -> list[Any]:
    """Return drawings to ask about, other ones than a card tells of."""
    return [record["drawing"] for record in doodles.records(count=2, seed=5)]


@functools.cache
def expectation(folder: Path) -> tuple[list[str], np.ndarray]:
    """Return what a model folder that nothing happened to answers."""
    predictor = Predictor.load(folder)
    return predictor.classes, predictor.probabilities(drawings())


def harmed(data: bytes, rng: random.Random) -> bytes:
    """Return bytes with a fault: a bit, some bytes or a stretch of them, or a part that is gone."""
    place = rng.randrange(len(data))
    end = min(place + rng.choice((1, 2, 4, 16, 256)), len(data))
    kind = rng.choice(("bit", "bit", "bytes", "zeros", "cut", "gone", "twice"))
    if kind == "bit":
        return data[:place] + bytes([data[place] ^ (1 << rng.randrange(8))]) + data[place + 1 :]
    if kind == "bytes":
        return data[:place] + rng.randbytes(end - place) + data[end:]
    if kind == "zeros":
        return data[:place] + bytes(end - place) + data[end:]
    return {"cut": data[:place], "gone": data[:place] + data[end:]}.get(
        kind, data[:end] + data[place:]
    )


def another_card(told_of: dict[str, Any], rng: random.Random) -> bytes:
    """Return a model.json with something else in one of its places, or damaged."""
    text = json.dumps(told_of).encode()
    if rng.random() < 0.15:
        place = rng.randrange(len(text))
        ways = [text[:place], text[:place] + bytes(len(text) - place), b"[" * 10**5, b"\xff" + text]
        return rng.choice(ways)
    told_of = copy.deepcopy(told_of)
    place, keys = told_of, rng.sample([*told_of], 1)
    while isinstance(place[keys[-1]], (dict, list)) and place[keys[-1]] and rng.random() < 0.7:
        place = place[keys[-1]]
        keys.append(rng.choice([*place] if isinstance(place, dict) else range(len(place))))
    value = place[keys[-1]]
    odd = [None, True, 0, -1, 10**30, 1e308, float("nan"), "", "x" * 999, "\ud800", [], {}, [[]]]
    if isinstance(value, list) and len(value) > 1:
        odd += [value[::-1], value * 2, value[:1] * len(value), ", ".join(map(str, value))]
    if rng.random() < 0.2:
        del place[keys[-1]]
    else:
        place[keys[-1]] = rng.choice(odd)
    return json.dumps(told_of).encode()


def hostile_kinds(usual: bytes, folder: Path) -> dict[str, Callable[[], bytes]]:
    """Return how to make models that would run code, reach for files, or take all memory."""
    ran = str(folder / "RAN")

    def changed(compress: int = zipfile.ZIP_DEFLATED, **parts: Any) -> bytes:
        with zipfile.ZipFile(io.BytesIO(usual)) as archive:
            data = {name: archive.read(name) for name in archive.namelist()}
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", compress) as archive:
            for name, part in {**data, **parts}.items():
                with archive.open(name, "w", force_zip64=True) as file:
                    for piece in [part] if isinstance(part, bytes) else part:
                        file.write(piece)
        return made.getvalue()

    def layers(change: Callable[[list[dict]], None]) -> bytes:
        with zipfile.ZipFile(io.BytesIO(usual)) as archive:
            config = json.loads(archive.read("config.json"))
        change(config["config"]["layers"])
        return changed(**{"config.json": json.dumps(config).encode()})

    def lambda_layer(found: list[dict]) -> None:
        code = compile(f"open({ran!r}, 'w')", "x", "eval")
        function = {"code": base64.b64encode(marshal.dumps(code)).decode()}
        found[1].update(module="keras.layers", class_name="Lambda", registered_name=None)
        told_of = {
            "class_name": "__lambda__",
            "config": function | {"defaults": None, "closure": None},
        }
        found[1]["config"] = {"name": "conv", "function": told_of}

    def of_module(module: str, name: str) -> Callable[[list[dict]], None]:
        def change(found: list[dict]) -> None:
            found[1].update(module=module, class_name=name, registered_name=name)
            found[1]["config"] = {"args": ["touch", ran], "command": f"touch {ran}", "name": "x"}

        return change

    def deflated() -> bytes:
        import h5py

        made = io.BytesIO()
        with h5py.File(made, "w") as store:
            shape = (2**20, 2**10)  # four gigabytes
            path = "layers/conv1d/vars/0"
            store.create_dataset(path, shape, "f4", compression="gzip", fillvalue=0)
        return changed(**{"model.weights.h5": made.getvalue()})

    def linked() -> bytes:
        import h5py

        made = io.BytesIO()
        with h5py.File(made, "w") as store:
            store["layers"] = h5py.ExternalLink("/etc/passwd", "/")
        return changed(**{"model.weights.h5": made.getvalue()})

    zeros = [bytes(2**20)] * 3500
    return {
        "lambda.keras": lambda: layers(lambda_layer),
        "compressed.keras": deflated,
        "popen.keras": lambda: layers(of_module("subprocess", "Popen")),
        "system.keras": lambda: layers(of_module("os", "system")),
        "config.keras": lambda: changed(**{"config.json": [bytes(2**20)] * 1500}),
        "linked.keras": linked,
        "outside.keras": lambda: changed(**{"../RAN": b"out", "assets/../../RAN": b"out"}),
        "bomb.keras": lambda: changed(**{"model.weights.h5": zeros}),
        "nothing.keras": lambda: b"",
        "page.keras": lambda: b"<html>404</html>",
        "nested.keras": lambda: changed(**{"config.json": b'{"a":' * 10**5}),
        "pickle.keras": lambda: b"\x80\x04cos\nsystem\n(S'touch " + ran.encode() + b"'\ntR.",
    }
