"""What a training leaves in its run folder; nothing here needs TensorFlow."""

import csv
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


def read_history(folder: Path) -> list[dict[str, float]]:
    """Return a run's epochs so far, each a dict of loss, accuracy, val_accuracy, seconds, …"""
    path = folder / HISTORY
    if not path.is_file():
        return []
    with open(path, newline="", encoding="utf-8") as file:
        whole = (
            row for row in csv.DictReader(file) if None not in row.values()
        )  # a crash cuts one
        rows = {row["epoch"]: row for row in whole}  # a repeated epoch counts once
    return [{name: float(value) for name, value in row.items()} for row in rows.values()]


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
