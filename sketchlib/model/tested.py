"""What a model folder tells of its test: `tested.npz`, beside model.json.

It has what the model answered to each test sketch, but no sketch: how sure it was and what the
right answer's rank was, for whole drawings and for their beginnings, and what the records told of
them. `python -m sketchlib evaluate MODEL DATA --save` writes it.
"""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from sketchlib._shared import files
from sketchlib.model.evaluation import Report
from sketchlib.predictor import MODEL, SHIPPED, read_card

FILE = "tested.npz"
SMALL = np.iinfo(np.uint16).max  # counts and indices up to here are kept in two bytes


class Results(NamedTuple):
    """Reports on a model's test sketches, whole and half drawn, and what is known of each sketch.

    facts: str [n] by name, as `dataset.facts` has them.
    """

    whole: Report
    half: Report
    facts: dict[str, np.ndarray]


def write(folder: str | Path, tested: Results) -> Path:
    """Keep what a test found in the folder of the model that was tested; returns the file."""
    kept: dict[str, Any] = {"model": np.array(read_card(Path(folder))["files"][MODEL])}
    for name, report in (("whole", tested.whole), ("half", tested.half)):
        for part in ("ranks", "confusion", "labels"):
            kept[f"{name}.{part}"] = _in_two_bytes(getattr(report, part))
        kept[f"{name}.confidence"] = report.confidence.astype(np.float32)
        kept[f"{name}.loss"] = np.array(report.loss)
    kept |= {f"facts.{name}": told for name, told in tested.facts.items()}
    with files.replaced(Path(folder) / FILE) as temporary:
        np.savez_compressed(temporary, **kept)
    return Path(folder) / FILE


def read(folder: str | Path | None = None) -> Results:
    """Read what a model folder tells of its test; None for the bundled model's.

    Raises FileNotFoundError if it tells nothing, ValueError if it is of another model or damaged.
    """
    folder = Path(folder) if folder else SHIPPED
    anew = f"`python -m sketchlib evaluate {folder} DATA --save` writes it anew"
    if not (folder / FILE).is_file():
        raise FileNotFoundError(f"{folder / FILE} is missing: {anew}")
    card = read_card(folder)
    try:
        with np.load(folder / FILE) as saved:
            kept = {name: saved[name] for name in saved.files}
        if kept["model"] != card["files"][MODEL]:
            raise ValueError("it is of another model")
        whole, half = (_report(kept, name, card["classes"]) for name in ("whole", "half"))
    except Exception as error:  # what a damaged archive makes of zipfile and NumPy is any
        raise ValueError(f"{folder / FILE} cannot be used ({error}): {anew}") from None
    facts = {n.partition(".")[2]: told for n, told in kept.items() if n.startswith("facts.")}
    return Results(whole, half, facts)


def _in_two_bytes(numbers: np.ndarray) -> np.ndarray:
    return numbers.astype(np.uint16 if numbers.max(initial=0) <= SMALL else np.int64)


def _report(kept: dict[str, np.ndarray], name: str, classes: list[str]) -> Report:
    """Return one of the reports, as it was."""
    ranks, confusion, labels = (
        kept[f"{name}.{part}"].astype(np.int64) for part in ("ranks", "confusion", "labels")
    )
    loss, confidence = float(kept[f"{name}.loss"]), kept[f"{name}.confidence"]
    return Report(classes, loss, ranks, confusion, labels, confidence)
