"""What `table.py` measures: jobs, each of which takes one turn and fills some rows of the table.

What must not find TensorFlow loaded already, or counts memory, runs in a process of its own.
"""

import itertools
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import _baselines
import msgspec
import numpy as np
import psutil

from sketchlib._shared.backend import keras, tf
from sketchlib.drawing import doodles, quickdraw, strokes
from sketchlib.model import models, training
from sketchlib.predictor import SHIPPED, Predictor
from sketchlib.records import dataset, layout, verification
from sketchlib.settings import Settings

HERE = Path(__file__).parent
DOODLES = 100  # of each class; more drawings are copies of these
TENTH = 10  # of the drawings are trained on
BATCH = 128
POINTS = 300  # of the raw drawing that is answered
CALLS = 30  # of whatever answers in a turn, by turns
EVERY = 0.25  # seconds from one look at the memory to the next, which takes some milliseconds

CONVERT = """
import sys, time
from sketchlib.records import prepare
from sketchlib.settings import Settings
source, folder, workers = sys.argv[1:]
settings = Settings(source=source, drawings_per_class=0, dataset=folder, workers=int(workers))
begin = time.perf_counter()
prepare.build(settings)
print(time.perf_counter() - begin)
"""
USUAL_CONVERT = """
import sys, time
import _baselines
begin = time.perf_counter()
_baselines.convert(*sys.argv[1:])
print(time.perf_counter() - begin)
"""
ANSWER = """
import json, sys, time
from sketchlib import Predictor
drawing, begin = sys.argv[1:]
Predictor.load().top_k(json.loads(drawing))
print(time.time() - float(begin))
time.sleep(0.5)  # so that its memory is seen
"""
USUAL_ANSWER = """
import json, sys, time
import numpy as np
import tensorflow as tf
from sketchlib.model import layers  # of which the model is made
ink, path, begin = sys.argv[1:]
model = tf.keras.models.load_model(path)
probabilities = model.predict(np.array(json.loads(ink), np.float32), verbose=0)
np.argsort(probabilities[0])[::-1][:5]
print(time.time() - float(begin))
time.sleep(0.5)
"""

Pair = tuple[float, float | None]  # ours, and what people write


@dataclass(frozen=True)
class Row:
    """A line of the table.

    unit: what the figures are in; so many a second should be high, all else low. times: how many
    times as good as the baseline ours should be. limit: what ours should reach, or not exceed.
    """

    work: str
    unit: str
    times: float | None = None
    limit: float | None = None

    @property
    def rate(self) -> bool:
        """Whether more is better."""
        return self.unit.endswith("/s")


class Bench:
    """What the jobs share, made when the first of them needs it.

    folder: a temporary one. drawings: how many. source: a folder of simplified ndjson, or none.
    """

    def __init__(self, folder: Path, drawings: int, source: Path | None):
        self.folder, self.drawings, self._source = folder, drawings, source

    @cached_property
    def source(self) -> Path:
        """The folder of ndjson that all drawings are from."""
        if self._source:
            return self._source
        each = min(DOODLES, -(-self.drawings // len(doodles.CLASSES)))
        return draw(self.folder / "doodles", each)

    @cached_property
    def whole(self) -> Path:
        """All drawings, as a folder of ndjson."""
        return fill(self.source, self.folder / "whole", self.drawings)

    @cached_property
    def records(self) -> Path:
        """All drawings, as a data set."""
        convert(self.whole, self.folder / "records", 2)
        return self.folder / "records"

    @cached_property
    def lesson(self) -> Path:
        """A tenth of them, as a data set."""
        tenth = fill(self.source, self.folder / "tenth", self.drawings // TENTH)
        convert(tenth, self.folder / "lesson", 1)
        return self.folder / "lesson"

    @cached_property
    def drawing(self) -> list[np.ndarray]:
        """A raw doodle of so many points: strokes [n, 3] in pixels and milliseconds."""
        drawn = (doodles.draw("house", np.random.default_rng(seed)) for seed in itertools.count())
        return next(drawing for drawing in drawn if sum(map(len, drawing)) == POINTS)

    @cached_property
    def predictor(self) -> Predictor:
        """The bundled model, as the pad loads it."""
        return Predictor.load()

    @cached_property
    def model(self) -> keras.Model:
        """The same, as Keras loads it."""
        return models.load(SHIPPED / "model.keras")

    @cached_property
    def ink(self) -> np.ndarray:
        """The drawing as that model reads it, float32 [1, points, 3]."""
        ink = strokes.drawing_to_ink(self.drawing, self.predictor.in_proportion)
        return strokes.batch([ink], self.predictor.points)

    @contextmanager
    def place(self) -> Iterator[Path]:
        """A path in a folder that is deleted afterwards."""
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            yield Path(folder, "new")


def draw(folder: Path, each: int) -> Path:
    """Write simplified doodles of every class as ndjson; returns the folder."""
    folder.mkdir()
    for name in doodles.CLASSES:
        with open(folder / f"{name}.ndjson", "w", encoding="utf-8") as file:
            for record in doodles.records([name], each):
                simple = strokes.simplify(record["drawing"])
                file.write(quickdraw.to_line({**record, "drawing": simple}) + "\n")
    return folder


def fill(source: Path, folder: Path, count: int) -> Path:
    """Write so many drawings of a folder of ndjson to a new one, of each class as many."""
    folder.mkdir()
    files = [file for file in sorted(source.glob("*.ndjson")) if file.stat().st_size]
    for place, file in enumerate(files):
        share = count // len(files) + (place < count % len(files))
        with open(file, encoding="utf-8") as given:
            lines = [line.rstrip("\n") for line in itertools.islice(given, share)]
        if lines:
            with open(folder / file.name, "w", encoding="utf-8") as taken:
                taken.writelines(line + "\n" for line in copied(lines, share))
    return folder


def copied(lines: list[str], count: int) -> Iterator[str]:
    """Yield so many lines of ndjson: after the given ones, copies of them with other key_ids.

    Every other copy is mirrored.
    """
    for number in range(count):
        turn, place = divmod(number, len(lines))
        if not turn:
            yield lines[place]
            continue
        record = msgspec.json.decode(lines[place])
        record["key_id"] = f"{record.get('key_id', place)}-{turn}"
        if turn % 2:
            right = max(max(x) for x, *_ in record["drawing"])
            record["drawing"] = [[[right - v for v in x], *rest] for x, *rest in record["drawing"]]
        yield msgspec.json.encode(record).decode()


def alone(code: str, *arguments: object) -> tuple[float, float, float]:
    """Run code in a process of its own; returns the seconds that it prints last, and its memory.

    That is the most that it and the processes it started have held at a time, in GB: counting what
    they share once (PSS, where the system knows that), and each in full (RSS).
    """
    most = (0.0, 0.0)
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8") as said,
        tempfile.TemporaryFile("w+", encoding="utf-8") as log,
    ):
        command = [sys.executable, "-c", code, *map(str, arguments)]
        process = psutil.Popen(command, cwd=HERE, stdout=said, stderr=log)
        try:
            while process.poll() is None:
                most = tuple(map(max, most, held(process)))
                time.sleep(EVERY)
        finally:
            with suppress(psutil.NoSuchProcess):
                process.kill()  # where this is interrupted
        said.seek(0)
        log.seek(0)
        if process.returncode:
            raise RuntimeError(f"a process failed:\n{log.read()[-3000:]}")
        return float(said.read().splitlines()[-1]), *most


def held(process: psutil.Process) -> tuple[float, float]:
    """Return what a process and those that it started hold now, in GB: PSS and RSS."""
    pss = rss = 0
    with suppress(psutil.Error):  # they may end at any moment
        for one in [process, *process.children(recursive=True)]:
            memory = one.memory_full_info()
            pss, rss = pss + getattr(memory, "pss", memory.rss), rss + memory.rss
    return pss / 1e9, rss / 1e9


def convert(source: Path, folder: Path, workers: int) -> tuple[float, float, float]:
    """Make a data set; returns the seconds that took, and the memory, as `alone` does."""
    return alone(CONVERT, source, folder, workers)


def conversion(bench: Bench) -> list[Pair]:
    return _conversion(bench, 1)[:1]


def workers(bench: Bench) -> list[Pair]:
    return _conversion(bench, 2)


def _conversion(bench: Bench, workers: int) -> list[Pair]:
    """Return drawings a second, and the two figures of memory."""
    with bench.place() as folder:
        seconds, *memory = convert(bench.whole, folder, workers)
    with bench.place() as file:
        usual_seconds, *usual_memory = alone(USUAL_CONVERT, bench.whole, file)
    return [
        (bench.drawings / seconds, bench.drawings / usual_seconds),
        *zip(memory, usual_memory, strict=True),
    ]


def batches(bench: Bench) -> list[Pair]:
    ours = dataset.load(bench.records, "training", batch_size=BATCH, shuffle=True)
    usual = _baselines.batches(shards(bench.records, "training"), BATCH)
    return [(rate(lambda: passed(ours)), rate(lambda: passed(usual)))]


def reading(bench: Bench) -> list[Pair]:
    files = [file for split in layout.SPLITS for file in shards(bench.records, split)]
    learned = shards(bench.records, "training")
    ways = [
        (lambda: verified(bench.records), lambda: _baselines.verify(files)),
        (lambda: counted(bench.records), lambda: _baselines.count(files)),
        (
            lambda: passed(dataset.load(bench.records, "training", batch_size=BATCH, shuffle=True)),
            lambda: passed(_baselines.batches(learned, BATCH)),
        ),
    ]
    return [(rate(ours), rate(usual)) for ours, usual in ways]


def shards(folder: Path, split: str) -> list[str]:
    return [str(path) for path in layout.find(folder, split)]


def rate(work: Callable[[], int]) -> float:
    """Return how many a second some work does, which returns how many it has done."""
    begin = time.perf_counter()
    count = work()
    return count / (time.perf_counter() - begin)


def passed(batches: tf.data.Dataset) -> int:
    return sum(len(labels) for _, labels in batches)


def verified(folder: Path) -> int:
    report = verification.verify(folder, progress=False, workers=2).raise_if_damaged()
    return sum(map(report.total, layout.SPLITS))


def counted(folder: Path) -> int:
    return sum(dataset.count(folder, split) for split in layout.SPLITS)


class Clock(keras.callbacks.Callback):
    """Times the first step, which traces and compiles the model, and the last epoch's steps."""

    def on_train_begin(self, logs=None):
        self.begin, self.first = time.perf_counter(), 0.0

    def on_epoch_begin(self, epoch, logs=None):
        self.start = time.perf_counter()

    def on_train_batch_end(self, batch, logs=None):
        self.steps, self.end = batch + 1, time.perf_counter()
        self.first = self.first or self.end - self.begin

    def on_epoch_end(self, epoch, logs=None):
        self.rate = self.steps / (self.end - self.start)


def step(bench: Bench) -> list[Pair]:
    ours, usual = Clock(), Clock()
    with bench.place() as run:
        settings = Settings(source="tfrecords", dataset=str(bench.lesson), run=str(run), epochs=2)
        training.train(settings, verbose=0, callbacks=[ours])
    learned = dataset.load(bench.lesson, "training", batch_size=512)
    ink, labels = map(np.concatenate, zip(*learned.as_numpy_iterator(), strict=True))
    optimizer = keras.optimizers.AdamW(0.001, weight_decay=0.0, clipnorm=1.0)  # as by default
    model = _baselines.model(len(layout.read_classes(bench.lesson)), optimizer)
    model.fit(ink, labels, settings.batch_size, epochs=2, verbose=0, callbacks=[usual])
    share = 100 * ours.rate * settings.batch_size * arithmetic(model) / peak()
    return [(ours.rate, usual.rate), (ours.first, usual.first), (share, None)]


def arithmetic(model: keras.Model) -> int:
    """Return the operations in which a sketch is learned: forwards, and twice as many backwards."""
    products = 0
    for layer in model.layers:
        steps = {keras.layers.Conv1D: layer.output, keras.layers.LSTM: layer.input}.get(type(layer))
        kernels = sum(np.prod(weight.shape) for weight in layer.weights if len(weight.shape) > 1)
        products += kernels * (1 if steps is None else steps.shape[1])
    return 3 * 2 * int(products)


def peak() -> float:
    """Return the operations a second of a large product of matrices here, the best of some."""
    matrix = tf.random.stateless_normal((2048, 2048), seed=(0, 0))
    taken = []
    for _ in range(10):
        begin = time.perf_counter()
        tf.matmul(matrix, matrix).numpy()
        taken.append(time.perf_counter() - begin)
    return 2 * 2048**3 / min(taken)


def answer(bench: Bench) -> list[Pair]:
    ways = {
        "all": lambda: bench.predictor.top_k(bench.drawing),
        "usual": lambda: bench.model.predict(bench.ink, verbose=0),
        "simplify": lambda: strokes.simplify(bench.drawing),
        "model": lambda: bench.predictor.infer(bench.ink),
    }
    taken = {name: [] for name in ways}
    for call in range(CALLS + 2):
        for name, way in ways.items():
            begin = time.perf_counter()
            way()
            if call >= 2:
                taken[name].append(1e3 * (time.perf_counter() - begin))
    middle = {name: float(np.median(times)) for name, times in taken.items()}
    usual = middle["usual"]
    return [(middle["all"], usual), (middle["simplify"], None), (middle["model"], usual)]


def start(bench: Bench) -> list[Pair]:
    drawing = json.dumps([stroke.tolist() for stroke in bench.drawing])
    ink = json.dumps(bench.ink.tolist())
    seconds, _, memory = alone(ANSWER, drawing, time.time())
    usual_seconds, _, usual_memory = alone(USUAL_ANSWER, ink, SHIPPED / "model.keras", time.time())
    return [(seconds, usual_seconds), (memory, usual_memory)]


@dataclass(frozen=True)
class Job:
    """Some rows that are measured together.

    turn: measures ours and then the baseline, a pair for each row. usual: what people write.
    warm_up: whether the first turn is to be left out, in which files and libraries are first read.
    """

    turn: Callable[[Bench], list[Pair]]
    usual: str
    rows: tuple[Row, ...]
    warm_up: bool = False


JOBS = {
    "conversion": Job(
        conversion,
        "a loop over the lines with NumPy, `tf.train.Example` and one `TFRecordWriter`; it neither "
        "checks, shuffles nor splits",
        (Row("ndjson to TFRecords, one process", "drawings/s", times=3),),
    ),
    "workers": Job(
        workers,
        "the same loop",
        (
            Row("ndjson to TFRecords, two workers", "drawings/s", times=5),
            Row("its memory, all processes, what they share counted once", "GB", limit=1),
            Row("its memory, all processes, each in full", "GB"),
        ),
    ),
    "input": Job(
        batches,
        "`TFRecordDataset`, `parse_single_example`, `padded_batch`, not shuffled",
        (Row(f"a pass over shuffled batches of {BATCH}", "sketches/s", times=8),),
        warm_up=True,
    ),
    "training": Job(
        step,
        "`compile` and `fit` of the same layers, on arrays in memory",
        (
            Row("training the baseline model, 2nd epoch", "steps/s", times=2),
            Row("begin of `fit` to the end of its first step, not counted above", "s"),
            Row("what its arithmetic takes of the processor's peak, that of large products", "%"),
        ),
    ),
    "answer": Job(
        answer,
        "`model.predict` of the ink, which is made already",
        (
            Row(f"a raw drawing of {POINTS} points to its top 5", "ms", times=100),
            Row("of that, `simplify`", "ms", limit=0.5),
            Row("of that, the model", "ms", limit=1),
        ),
    ),
    "start": Job(
        start,
        "import TensorFlow, load model.keras, `model.predict`",
        (
            Row("a new process to its first answer", "s"),
            Row("memory of that process", "GB"),
        ),
        warm_up=True,
    ),
    "reading": Job(
        reading,
        "loops over `TFRecordDataset`, with `Example.FromString` to verify; to load, as for input",
        (
            Row("verify a data set, two workers", "sketches/s", limit=200_000),
            Row("count its sketches", "sketches/s", limit=200_000),
            Row("load: check all records, then a shuffled pass", "sketches/s", limit=200_000),
        ),
        warm_up=True,
    ),
}
