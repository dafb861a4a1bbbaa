"""Leave what `train.py` has made as a run, as notebook 03 does, for notebook 04 to evaluate."""

import argparse
import shutil
from pathlib import Path

import numpy as np

from sketchlib._shared import files
from sketchlib.model import run_folder, transfer
from sketchlib.records import dataset
from sketchlib.settings import Settings

TAUGHT_BY = "four larger models and the one of the stage before (`benchmarks/distillation`)"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("student", help="what train.py wrote")
    parser.add_argument("dataset", help="the data set that it learned from")
    parser.add_argument("run", type=Path, help="the folder that receives the run")
    parser.add_argument("--start", default="data/models/quickdraw", help="what it started from")
    options = parser.parse_args()
    donor = transfer.Donor(options.start)
    run_folder.check_free(options.run)
    made = options.run / "made"
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    with np.load(options.student) as student:
        for layer in donor.model.layers:
            weights = range(len(layer.weights))
            layer.set_weights([student[f"{layer.name}/{place}"] for place in weights])
        seen, count, seconds = (student[name].item() for name in ("seen", "count", "seconds"))
    donor.model.save(made / run_folder.MODEL)
    settings = Settings(
        **{
            **donor.settings,
            **{"init_from": [options.start], "dataset": options.dataset, "run": str(options.run)},
            **{"label_smoothing": 0.0, "epochs": 1},
        }
    )
    sketches = dataset.load(
        options.dataset,
        "training",
        batch_size=512,
        in_proportion=settings.in_proportion,
        shortened=settings.shortened,
        classes=donor.classes,
    )
    transfer.save_prototypes(donor.model, sketches, made)
    files.write_json(made / run_folder.SETTINGS, settings.model_dump())
    facts = {
        "classes": donor.classes,
        "training_sketches": count,
        "sketches_seen": seen,
        "epochs": round(seen / count),
        "seconds": seconds,
        "taught_by": TAUGHT_BY,
        "started_from": [donor.course()],
    }
    files.write_json(made / run_folder.FACTS, facts)
    run_folder.replace(options.run, made)
    made.rmdir()


if __name__ == "__main__":
    main()
