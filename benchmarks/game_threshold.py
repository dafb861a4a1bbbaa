"""What the game accepts at which threshold: drawings of what was asked for, and of something else.

    .venv/bin/python benchmarks/game_threshold.py [MODEL_FOLDER] [DATA]

Test sketches of the real drawings in data/tfrecords/quickdraw, or else of the doodles, are shown
with a fifth to all of their points, as the game asks about them while somebody draws and, the whole
ones, when the pen has rested. Each should be accepted for its
own class, and not for another prompt, drawn by lot.
"""

import sys
from pathlib import Path

import numpy as np

from sketchlib.game import rules
from sketchlib.model import evaluation
from sketchlib.predictor import Predictor
from sketchlib.records import prepare
from sketchlib.settings import ROOT, Settings

MOST = 3_450
SHARES = (0.2, 0.4, 0.6, 0.8, 1.0)
THRESHOLDS = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.7)


def main() -> None:
    predictor = Predictor.load(sys.argv[1] if len(sys.argv) > 1 else None)
    real = ROOT / "data" / "tfrecords" / "quickdraw"
    data = Path(sys.argv[2]) if len(sys.argv) > 2 else real if real.is_dir() else None
    data = data or prepare.ensure(Settings())
    ((inks, labels),) = evaluation.uncut(predictor, data, "test", MOST).take(1).as_numpy_iterator()
    playable = [predictor.classes.index(name) for name in rules.playable(predictor.classes)]
    fair = np.isin(labels, playable)
    inks, labels = inks[fair], labels[fair]
    rows = np.arange(len(labels))
    others = np.random.default_rng(0).choice(playable, len(labels))
    others = np.where(others == labels, np.roll(others, 1), others)
    own, another = np.zeros((2, len(labels)))
    for share in SHARES:
        begun = evaluation.beginnings(inks, share)
        found = predictor.sure(begun, unfinished=share < 1)
        own = np.maximum(own, found[rows, labels])
        another = np.maximum(another, found[rows, others])
    print(f"{len(labels):,} test sketches of {len(playable)} prompts")
    for name, best in (("right accepted", own), ("another accepted", another)):
        shares = "".join(f"{(best >= threshold).mean():8.1%}" for threshold in THRESHOLDS)
        print(f"{name:18}{shares}")
    print(f"{'threshold':18}" + "".join(f"{threshold:8}" for threshold in THRESHOLDS))


if __name__ == "__main__":
    main()
