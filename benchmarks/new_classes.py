"""New classes learned from ten drawings each: how many more of them are recognised, at what cost.

Teaches a model three things that it does not know, drawn by a program, with the settings of
notebooks/configs/mine.yaml; then asks it about 50 more of each, and about the test sketches of the
classes that it knew. With --real the three are classes of its own, which it has to forget first:
their rows of the last layers, that is, as the rest of the network remembers them.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from sketchlib import run
from sketchlib._shared import files
from sketchlib._shared.backend import keras
from sketchlib.drawing import quickdraw
from sketchlib.model import models, training
from sketchlib.model.run_folder import PROTOTYPES
from sketchlib.model.transfer import Donor
from sketchlib.records import dataset, layout, prepare, tfrecords
from sketchlib.settings import ROOT, Settings

sys.path.insert(0, str(ROOT / "tests"))
import new_words

SEEDS = 3
DRAWINGS = 10


def forget(donor: Donor, lost: list[str], folder: Path) -> Donor:
    """Return the same model without some of its classes, as a run in a folder."""
    classes = [name for name in donor.classes if name not in lost]
    model = models.build(donor.model.name, len(classes))
    models.inherit(model, classes, [(donor.model, donor.classes)])
    folder.mkdir()
    model.save(folder / "model.keras")
    files.write_json(folder / "training.json", donor.facts | {"classes": classes})
    files.write_json(folder / "settings.json", donor.settings)
    names = [layer.name for layer in models.last_layers(model)]
    kept = [rows[np.isin(donor.classes, classes)] for rows in donor.prototypes()]
    np.savez(folder / PROTOTYPES, **dict(zip(names, kept, strict=True)))
    return Donor(folder)


def real_records(folder: Path, names: list[str], eval_share: float) -> list[dict]:
    """Return ten drawings a class that training may see, and all that none has seen."""
    chosen = []
    for name in names:
        sides = {"training": [], "eval": []}
        for record in quickdraw.read(folder / f"{name}.ndjson"):
            sides[tfrecords.place(record["key_id"], eval_share)[0]].append(record)
        chosen += sides["training"][:DRAWINGS] + sides["eval"]
    return chosen


def right(model: keras.Model, classes: list[str], folder: str, split: str, in_proportion: bool):
    """Return whether each sketch of a split is recognised, bool [n], and its class, str [n]."""
    names = np.array(layout.read_classes(folder))
    found, drawn = [], []
    view = {"in_proportion": in_proportion, "shortened": True}
    for ink, index in dataset.load(folder, split, batch_size=512, **view):
        found.append(np.array(classes)[model.predict_on_batch(ink).argmax(axis=1)])
        drawn.append(names[index])
    return np.concatenate(found) == np.concatenate(drawn), np.concatenate(drawn)


def lesson(donor: Donor, config: dict, options: argparse.Namespace, folder: Path) -> str:
    """Teach a model three classes and say what became of them and of the others."""
    lost, eval_share = list(new_words.RECIPES), 0.5
    if options.real:
        random = np.random.default_rng(config["seed"])
        lost, eval_share = list(random.choice(donor.classes, 3, replace=False)), 0.1
        donor = forget(donor, lost, folder / "donor")
        records = real_records(options.real, lost, eval_share)
    else:
        records = new_words.records(DRAWINGS, 50, eval_share, config["seed"])
    data = str(tfrecords.write(records, folder / "data", eval_share=eval_share))
    start = time.perf_counter()
    changes = {"dataset": data, "run": str(folder / "run"), "init_from": [str(donor.folder)]}
    run = training.train(Settings(**config | changes), verbose=0)
    seconds, way = time.perf_counter() - start, config["in_proportion"]
    taught, classes = Donor(run).model, training.read_facts(run)["classes"]
    new, _ = right(taught, classes, data, "eval", way)
    before, drawn = right(donor.model, donor.classes, options.data, "test", way)
    after, _ = right(taught, classes, options.data, "test", way)
    old = ~np.isin(drawn, lost)
    return (
        f"{', '.join(lost):44} {new.mean():6.1%} of {len(new):4}   "
        f"{before[old].mean():6.2%} -> {after[old].mean():6.2%} of {old.sum():,}   {seconds:4.0f} s"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="data/models/quickdraw", help="a model folder or a run")
    real = ROOT / "data" / "tfrecords" / "quickdraw"
    data = real if real.is_dir() else prepare.ensure(Settings())  # or else the doodles
    parser.add_argument("--data", default=str(data))
    parser.add_argument("--real", type=Path, help="folder of the old classes' ndjson")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    options = parser.parse_args()
    donor = Donor(options.model)
    config = run.read_config(run.FOLDER / "configs" / "mine.yaml")
    config |= {"model": donor.model.name, "in_proportion": donor.in_proportion}
    print(
        f"{'new classes':44} {'recognised':>14}   {'old classes, before and after':32}  learned in"
    )
    for seed in range(options.seeds):
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            print(lesson(donor, config | {"seed": seed}, options, Path(folder)), flush=True)


if __name__ == "__main__":
    main()
