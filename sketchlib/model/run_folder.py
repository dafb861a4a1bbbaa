"""What a training leaves in its run folder; nothing here needs TensorFlow."""

import contextlib
import csv
import errno
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sketchlib._shared import files
from sketchlib.settings import Settings

MODEL = "model.keras"
SETTINGS = "settings.json"  # that it was trained with
FACTS = "training.json"  # its classes, what it has seen, how long it took
HISTORY = "history.csv"  # a line an epoch
PROTOTYPES = "prototypes.npz"  # by which the model can be taught more (`transfer`)
METRICS = "metrics.json"  # of notebook 04
FINISHED = (MODEL, FACTS, SETTINGS)  # without which a run is not
LEFT = (*FINISHED, HISTORY, PROTOTYPES, METRICS)  # all that is replaced by the next training
CHECKPOINT = "checkpoint-"  # begins the name of a folder for a training under way
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # a disk, a user's share of it, or a file system


def check_free(run: Path) -> None:
    """Raise FileExistsError where a training would replace what no training has left."""
    for place in (run, *run.parents):
        if place.exists() and not place.is_dir():
            raise FileExistsError(f"run: {place} is a file: name a folder for what a run leaves")
    facts: Any = None
    with contextlib.suppress(OSError, ValueError):
        facts = read_facts(run)
    ours = (isinstance(facts, dict) and "classes" in facts) or any(run.glob(f"{CHECKPOINT}*"))
    strange = [name for name in LEFT if (run / name).exists()]
    if strange and not ours:
        raise FileExistsError(
            f"run: {run} has a {strange[0]} that no training has left there: name another folder, "
            "or move it away"
        )


@contextlib.contextmanager
def room_told(folder: Path) -> Iterator[None]:
    """Turn the error of a disk that is full into a sentence that says what to do."""
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise OSError(
            f"there is no room for {folder} ({error.strerror}): make some, and do the same again; "
            "what is there already is whole"
        ) from error


def finished(run: Path) -> bool:
    """Whether a run has all that makes it one."""
    return all((run / name).is_file() for name in FINISHED)


def replace(run: Path, made: Path) -> None:
    """Let all that was made in another folder take the place of what a run has left before.

    Meanwhile the run is unfinished: its training.json goes first, and comes last.
    """
    for name in (FACTS, *LEFT):
        (run / name).unlink(missing_ok=True)
    for name in sorted(LEFT, key=FACTS.__eq__):
        if (made / name).exists():
            files.move(made / name, run / name)


def read_history(folder: Path) -> list[dict[str, float]]:
    """Return a run's epochs, each a dict of loss, accuracy, val_accuracy, seconds, …

    Lines that are no numbers, as a second heading, do not count, and of a repeated epoch the last.
    """
    path, rows = folder / HISTORY, {}
    if path.is_file():
        with open(path, newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                with contextlib.suppress(TypeError, ValueError):
                    epoch = {name: float(value) for name, value in row.items()}
                    rows[epoch["epoch"]] = epoch
    return list(rows.values())


def write_history(folder: Path, history: Sequence[dict[str, float]]) -> None:
    """Write a line for each epoch, below a heading."""
    names = {name: None for epoch in history for name in epoch}
    with (
        files.replaced(folder / HISTORY) as temporary,
        open(temporary, "w", newline="", encoding="utf-8") as file,
    ):
        writer = csv.DictWriter(file, list(names), restval="nan")
        writer.writeheader()
        writer.writerows(history)


def read_settings(run: Path) -> Settings:
    """Return the settings that a finished run was trained with."""
    return Settings(**files.read_json(run / SETTINGS))


def read_facts(run: Path) -> dict[str, Any]:
    """Return what training.json says: classes, sketches_seen, epochs, seconds and so on."""
    return files.read_json(run / FACTS)


def read_metrics(run: Path) -> dict[str, Any] | None:
    """Return the figures of a run that was evaluated, else None."""
    return files.read_json(run / METRICS) if (run / METRICS).is_file() else None


def write_metrics(run: Path, metrics: dict[str, Any]) -> Path:
    """Keep a run's figures, by what they were measured on; returns the file."""
    files.write_json(run / METRICS, metrics)
    return run / METRICS
