"""The whole way at full size: 3,450,000 sketches to train on and 345,000 to test, of 345 classes.

    .venv/bin/python benchmarks/full_size.py --source data/raw/simplified

makes so many drawings of those in a folder of simplified ndjson: copies have other key_ids, and
every other copy is mirrored. It writes, verifies and counts them, goes through an epoch, trains the
baseline on a tenth of them, and evaluates it. Each stage has a process of its own; its time, rate
and memory are printed as a line of Markdown. It needs 6 GB of disk, and eight minutes on 2 cores.
"""

import argparse
import contextlib
import tempfile
from pathlib import Path

from _rows import alone, fill

DRAWINGS, EVAL_SHARE = 3_795_000, 1 / 11
STAGE = """
import sys, time
source, folder, run, workers, share = sys.argv[1:]
begin = time.perf_counter()
{}
print(time.perf_counter() - begin)
"""
WRITE = """
from sketchlib.records import prepare
from sketchlib.settings import Settings
options = dict(drawings_per_class=0, workers=int(workers), eval_share=float(share))
prepare.build(Settings(source=source, dataset=folder, **options))
"""
VERIFY = """
from sketchlib.records import verification
verification.verify(folder, progress=False, workers=int(workers)).raise_if_damaged()
"""
COUNT = """
from sketchlib.records import dataset
[dataset.count(folder, split) for split in ("training", "eval")]
"""
READ = """
from sketchlib.records import dataset
for batch in dataset.load(folder, "training", batch_size=32, shuffle=True):
    pass
"""
TRAIN = """
from sketchlib.model import training
from sketchlib.settings import Settings
options = dict(epochs=1, training_shards=1, optimizer="sgd", learning_rate=0.01)
settings = Settings(source="tfrecords", dataset=folder, run=run, mixed_precision=False, **options)
training.train(settings, verbose=0)
"""
EVALUATE = """
from sketchlib.model import evaluation, models
from sketchlib.records import dataset, layout
batches = dataset.load(folder, "eval", batch_size=512)
evaluation.evaluate(models.load(run + "/model.keras"), batches, layout.read_classes(folder))
"""
LEARNED = 1 - EVAL_SHARE
STAGES = {  # with the share of the drawings that they are about
    "write": (1.0, WRITE),
    "verify": (1.0, VERIFY),
    "count": (1.0, COUNT),
    "an epoch of shuffled batches of 32": (LEARNED, READ),
    "the baseline learns a tenth of them once": (LEARNED / 10, TRAIN),
    "it is evaluated": (EVAL_SHARE, EVALUATE),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--source", type=Path, required=True, help="folder of simplified ndjson")
    parser.add_argument("--drawings", type=int, default=DRAWINGS)
    parser.add_argument("--workers", type=int, default=2, help="processes that convert and verify")
    parser.add_argument("--folder", type=Path, help="a new folder for it all, which is kept")
    options = parser.parse_args()
    if options.folder:
        options.folder.mkdir()
    kept = contextlib.nullcontext(options.folder)
    with kept if options.folder else tempfile.TemporaryDirectory() as place:
        folder = Path(place).resolve()
        fill(options.source.resolve(), folder / "ndjson", options.drawings)
        places = [folder / name for name in ("ndjson", "data", "run")]
        print("| stage | sketches | seconds | sketches/s | memory, GB |\n|---|---|---|---|---|")
        for stage, (share, code) in STAGES.items():
            seconds, memory, _ = alone(STAGE.format(code), *places, options.workers, EVAL_SHARE)
            count = round(share * options.drawings)
            rate = count / seconds
            print(
                f"| {stage} | {count:,} | {seconds:,.0f} | {rate:,.0f} | {memory:.2f} |", flush=True
            )


if __name__ == "__main__":
    main()
