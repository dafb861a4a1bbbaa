"""Test a model folder as the pad uses it, and keep what was found: `tested.npz`, beside model.json.

`python -m sketchlib evaluate data/models/quickdraw data/tfrecords/quickdraw` asks about the test
sketches of a data set, whole, half drawn, and at every tenth of their points, and about scribbles.
With `--save` the folder keeps what the model answered to each, but no sketch: how sure it was, what
the right answer's rank was, and what the records told of the sketch. Notebook 04 shows that.
"""

import argparse
import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from sketchlib._shared import files
from sketchlib.model import evaluation, moments
from sketchlib.model.evaluation import Report
from sketchlib.predictor import MODEL, SHIPPED, Predictor, read_card
from sketchlib.records import dataset

FILE = "tested.npz"
# The reports, by the names that they are kept under.
REPORTS = ["whole", "half", *(f"tenth {place}" for place in range(1, len(moments.TENTHS) + 1))]
SMALL = np.iinfo(np.uint16).max  # counts and indices up to here are kept in two bytes


class Results(NamedTuple):
    """Reports on a model's test sketches, whole and half drawn, as it answers by itself.

    tenths: at every tenth of the points, as the pad shows it, of some of the sketches
    (`moments.by_tenth`). scribbles: what it claims of each, by kind (`moments.claims`). facts: str
    [n] by name, what is known of each sketch, as `dataset.facts` has them.
    """

    whole: Report
    half: Report
    tenths: list[Report]
    scribbles: dict[str, np.ndarray]
    facts: dict[str, np.ndarray]

    def reports(self) -> dict[str, Report]:
        """Return all reports, by the names in REPORTS."""
        return dict(zip(REPORTS, [self.whole, self.half, *self.tenths], strict=True))


def measure(predictor: Predictor, data_folder: str | Path) -> Results:
    """Test a model on the test sketches of a data set."""
    tenths = moments.by_tenth(predictor, data_folder)
    whole, half = evaluation.evaluate_predictor(predictor, data_folder)
    facts = dataset.facts(data_folder, "test")
    return Results(whole, half, tenths, moments.claims(predictor), facts)


def write(folder: str | Path, tested: Results) -> Path:
    """Keep what a test found in the folder of the model that was tested; returns the file."""
    kept: dict[str, Any] = {"model": np.array(read_card(Path(folder))["files"][MODEL])}
    for name, report in tested.reports().items():
        for part in ("ranks", "confusion", "labels"):
            kept[f"{name}.{part}"] = _in_two_bytes(getattr(report, part))
        kept[f"{name}.confidence"] = report.confidence.astype(np.float32)
        kept[f"{name}.loss"] = np.array(report.loss)
    kept |= {f"scribbles.{kind}": claimed for kind, claimed in tested.scribbles.items()}
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
        whole, half, *tenths = (_report(kept, name, card["classes"]) for name in REPORTS)
    except Exception as error:  # what a damaged archive makes of zipfile and NumPy is any
        raise ValueError(f"{folder / FILE} cannot be used ({error}): {anew}") from None
    return Results(whole, half, tenths, *(_group(kept, name) for name in ("scribbles", "facts")))


def _group(kept: dict[str, np.ndarray], group: str) -> dict[str, np.ndarray]:
    """Return what is kept as one of a group, by its own name."""
    return {
        name.removeprefix(f"{group}."): told
        for name, told in kept.items()
        if name.startswith(f"{group}.")
    }


def _in_two_bytes(numbers: np.ndarray) -> np.ndarray:
    return numbers.astype(np.uint16 if numbers.max(initial=0) <= SMALL else np.int64)


def _report(kept: dict[str, np.ndarray], name: str, classes: list[str]) -> Report:
    """Return one of the reports, as it was."""
    ranks, confusion, labels = (
        kept[f"{name}.{part}"].astype(np.int64) for part in ("ranks", "confusion", "labels")
    )
    loss, confidence = float(kept[f"{name}.loss"]), kept[f"{name}.confidence"]
    return Report(classes, loss, ranks, confusion, labels, confidence)


def main() -> None:
    """Test a model folder from the command line."""
    parser = argparse.ArgumentParser(description="Evaluate a model folder on test sketches.")
    usual = {"model": "data/models/quickdraw", "dataset": "data/tfrecords/quickdraw"}
    for name, folder in usual.items():
        parser.add_argument(name, nargs="?", default=folder, help=f"a folder, as {folder}")
    parser.add_argument("--save", action="store_true", help="keep the answers beside the model")
    options = parser.parse_args()
    try:
        predictor = Predictor.load(options.model)
        found = measure(predictor, options.dataset)
        if options.save:
            write(options.model, found)
    except (OSError, ValueError) as error:
        sys.exit(str(error))
    model = Path(options.model) / MODEL
    for line in evaluation.summary(found.whole, found.half, predictor, model):
        print(line)
    for rows in (moments.tenths(found.tenths), moments.claimed(found.scribbles)):
        print("", *moments.lines(rows), sep="\n")
    print(f"\nThe tenths are of {len(found.tenths[0].ranks):,} sketches, with every class alike.")


if __name__ == "__main__":
    main()
