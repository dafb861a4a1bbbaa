"""The LiteRT model in each precision: size, time for a drawing, accuracy, and what it changes.

`edge.py [MODEL_FOLDER] [DATA]`: a model folder, the shipped one unless told, and a data set, the
real drawings of data/tfrecords/quickdraw, or else the sample of doodles. All times are of one
thread, medians of 300 calls taken in turns; all answers are to the same test sketches.
"""

import sys
import time
from pathlib import Path

import numpy as np

from sketchlib.model import evaluation, export
from sketchlib.predictor import SHIPPED, load_litert, read_card, run_litert
from sketchlib.records import dataset, prepare
from sketchlib.settings import ROOT, Settings

CALLS = 300


def test_sketches(card: dict, folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return the ink of a data set's test sketches, and their places among the model's classes."""
    view = {
        "in_proportion": card["input"].get("in_proportion", False),
        "classes": card["classes"],
        "shortened": True,
    }
    sketches = dataset.load(folder, "test", batch_size=256, **view)
    inks, labels = map(np.concatenate, zip(*sketches.as_numpy_iterator(), strict=True))
    return inks, labels


def milliseconds(interpreters: dict, inks: np.ndarray) -> dict[str, float]:
    """Return the median time of each for one sketch."""
    seconds = {precision: [] for precision in interpreters}
    for call in range(CALLS + 5):
        ink = inks[call % len(inks)][None]
        for precision, interpreter in interpreters.items():
            start = time.perf_counter()
            run_litert(interpreter, ink)
            if call >= 5:
                seconds[precision].append(time.perf_counter() - start)
    return {precision: 1e3 * np.median(times) for precision, times in seconds.items()}


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else SHIPPED
    real = ROOT / "data" / "tfrecords" / "quickdraw"
    data = Path(sys.argv[2]) if len(sys.argv) > 2 else real if real.is_dir() else None
    card, data = read_card(folder), data or prepare.ensure(Settings())
    inks, labels = test_sketches(card, data)
    models = {precision: export.convert(folder, precision)[0] for precision in export.CLOSE}
    interpreters = {precision: load_litert(model) for precision, model in models.items()}
    times = milliseconds(interpreters, inks)
    answers = {name: run_litert(interpreter, inks) for name, interpreter in interpreters.items()}
    base = answers["float32"]
    print(f"{card['name']}: {card['architecture']}, {len(inks):,} test sketches of {data.name}")
    print(f"{'':8}{'size':>10}{'a drawing':>12}{'':8}{'top-1':>9}{'top-5':>9}", end="")
    print(f"{'same first':>13}{'largest difference':>21}")
    for name, answer in answers.items():
        found = evaluation.report(answer, labels, card["classes"])
        same = (answer.argmax(axis=1) == base.argmax(axis=1)).mean()
        print(
            f"{name:8}{len(models[name]) / 1e6:7.2f} MB{times[name]:9.2f} ms"
            f"{times[name] / times['float32']:6.2f} x{found.top(1):9.2%}{found.top(5):9.2%}"
            f"{same:13.2%}{np.abs(answer - base).max():21.4f}"
        )


if __name__ == "__main__":
    main()
