"""All speeds in one table: each beside what people would write otherwise, measured in turns.

    .venv/bin/python benchmarks/table.py --source data/raw/simplified --rows input,reading --turns 5

Without a folder of simplified ndjson, doodles are drawn. Where a class has too few drawings, copies
with other key_ids follow. The table is printed, and written as Markdown. `--busy` keeps one core
busy meanwhile, and writes another file.
"""

import argparse
import datetime
import multiprocessing
import platform
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import psutil
from _rows import JOBS, Bench, Pair, Row

from sketchlib._shared.backend import keras, tf
from sketchlib._shared.files import replaced
from sketchlib.model import hardware

BUSY = 20  # percent of a core, from which the heading tells of it
FEWEST = 1000  # drawings: with fewer, nothing is measured but beginnings
COLUMNS = ("work", "ours", "what people write", "ratio", "target")


def main() -> None:
    options = arguments()
    busy = max(psutil.cpu_percent(1, percpu=True))
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        one_core_taken(options.busy),
    ):
        bench = Bench(Path(folder), options.drawings, options.source)
        measured = {name: measure(name, bench, options.turns) for name in options.rows}
    text = f"{heading(options, busy)}\n\n{table(measured)}\n\n{explained(options.rows)}\n"
    with replaced(options.output) as temporary:
        temporary.write_text(text, "utf-8", newline="\n")
    print(text)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--source", type=folder_of_ndjson, help="folder of simplified ndjson")
    parser.add_argument("--drawings", type=at_least(FEWEST), default=100_000)
    parser.add_argument("--turns", type=at_least(1), default=3, help="of each measurement")
    parser.add_argument(
        "--rows", type=jobs, default=list(JOBS), help=f"some of {','.join(JOBS)}; all by default"
    )
    parser.add_argument("--busy", action="store_true", help="keep one core busy meanwhile")
    parser.add_argument("--output", type=Path, help="by default table.md or table_busy.md here")
    options = parser.parse_args()
    name = "table_busy.md" if options.busy else "table.md"
    options.output = options.output or Path(__file__).with_name(name)
    if not options.output.resolve().parent.is_dir():
        parser.error(f"{options.output} would be in a folder that is not there")
    return options


@contextmanager
def one_core_taken(taken: bool) -> Iterator[None]:
    """Let another process compute all the time, if so wanted."""
    if not taken:
        yield
        return
    other = multiprocessing.get_context("spawn").Process(target=compute, daemon=True)
    other.start()
    try:
        yield
    finally:
        other.terminate()


def compute() -> None:
    while True:
        pass


def folder_of_ndjson(text: str) -> Path:
    folder = Path(text).resolve()
    if not any(folder.glob("*.ndjson")):
        raise argparse.ArgumentTypeError(f"{text} is no folder of *.ndjson")
    return folder


def at_least(least: int):
    def number(text: str) -> int:
        if not text.isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError(f"{text} is no number from {least:,} on")
        return int(text)

    return number


def jobs(text: str) -> list[str]:
    names = text.split(",")
    if unknown := [name for name in names if name not in JOBS]:
        raise argparse.ArgumentTypeError(f"{unknown[0]!r} is none of {', '.join(JOBS)}")
    return names


def measure(name: str, bench: Bench, turns: int) -> list[list[Pair]]:
    """Return for each row of a job its pairs, one of each turn."""
    job, taken = JOBS[name], []
    for turn in range(-job.warm_up, turns):
        print(f"{name}, turn {turn + 1} of {turns}", file=sys.stderr, flush=True)
        pairs = job.turn(bench)
        if turn >= 0:
            taken.append(pairs)
    return [list(pairs) for pairs in zip(*taken, strict=True)]


def heading(options: argparse.Namespace, busy: float) -> str:
    """Say when, on what and with what it was measured."""
    drawings = f"{options.drawings:,} {'drawings of ndjson files' if options.source else 'doodles'}"
    lines = [
        "# Speeds side by side",
        "",
        f"{datetime.date.today()}: {processor()}, {hardware.cores()} cores, {avx512()};",
        f"{platform.system()}, Python {platform.python_version()}, TensorFlow {tf.__version__},",
        f"Keras {keras.__version__}.",
        f"{drawings}, and copies where a class has fewer;",
        "a tenth of them is trained on.",
        f"Medians and ranges; turns taken: {options.turns}, each ours and then the baseline.",
    ]
    if options.busy:
        lines += ["", "**One core was kept busy by another process all the time.**"]
    if busy > BUSY:
        lines += ["", f"**A core was busy with something else, at {busy:.0f} %, when this began.**"]
    return "\n".join(lines)


def processor() -> str:
    return cpuinfo("model name") or platform.processor() or platform.machine()


def avx512() -> str:
    flags = cpuinfo("flags").split()
    return (
        ("with" if "avx512f" in flags else "without") + " AVX-512" if flags else "AVX-512 unknown"
    )


def cpuinfo(field: str) -> str:
    """Return what Linux says of the first core; nothing where it does not, and elsewhere."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return ""
    found = (line.partition(":") for line in lines)
    return next((value.strip() for name, _, value in found if name.strip() == field), "")


def table(measured: dict[str, list[list[Pair]]]) -> str:
    """Return the table as Markdown."""
    rows = [
        line(row, pairs)
        for name, measurements in measured.items()
        for row, pairs in zip(JOBS[name].rows, measurements, strict=True)
    ]
    cells = [COLUMNS, ["---"] * len(COLUMNS), *rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in cells)


def line(row: Row, pairs: list[Pair]) -> list[str]:
    """Return a row's cells."""
    ours = [own for own, _ in pairs]
    usual = [other for _, other in pairs if other is not None]
    ratios = [own / other if row.rate else other / own for own, other in pairs if other is not None]
    return [
        row.work,
        f"{spread(ours)} {row.unit}",
        f"{spread(usual)} {row.unit}" if usual else "",
        spread(ratios) if ratios else "",
        target(row, ours, ratios),
    ]


def spread(values: list[float]) -> str:
    """Return the median, and the range where there is one."""
    low, high = figure(min(values)), figure(max(values))
    middle = figure(median(values))
    return f"{middle} ({low}..{high})" if len(values) > 1 else middle


def figure(value: float) -> str:
    """Return three digits of a number, or all before the point."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:#.3g}".rstrip(".")


def target(row: Row, ours: list[float], ratios: list[float]) -> str:
    """Say what the medians ought to be, and whether they are."""
    if row.times is not None:
        reached, wanted = median(ratios) >= row.times, f"at least {row.times:g} times"
    elif row.limit is not None and row.rate:
        reached, wanted = median(ours) >= row.limit, f"at least {row.limit:,.0f} {row.unit}"
    elif row.limit is not None:
        reached, wanted = median(ours) <= row.limit, f"at most {row.limit:g} {row.unit}"
    else:
        return ""
    return f"{wanted}: {'reached' if reached else 'missed'}"


def explained(names: list[str]) -> str:
    """Say what people write, job by job."""
    lines = [f"- {JOBS[name].rows[0].work}: {JOBS[name].usual}" for name in names]
    return "\n".join(["What people write:", "", *lines])


if __name__ == "__main__":
    main()
