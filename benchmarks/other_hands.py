"""The same sketches as other people might have drawn them: in another order, from the other end.

`other_hands.py [MODEL_FOLDER] [DATA]`: a model folder, the shipped one unless told, and a data set,
the real drawings of data/tfrecords/quickdraw, or else the sample of doodles. Every class counts
alike; of each kind of change there is one seed. Last, ten sketches of each of 345 classes as a
picture has them: drawn with thick lines, thinned and traced, so that how they were drawn is lost.
"""

import sys
from pathlib import Path

from sketchlib.formats import png, tracing
from sketchlib.model import evaluation
from sketchlib.model.augmentation import Augmentation
from sketchlib.predictor import Predictor
from sketchlib.records import dataset, prepare
from sketchlib.settings import ROOT, Settings, Variation

MOST = 3_450
NOTHING = dict.fromkeys(set(Variation.model_fields) - {"shortest"}, 0.0)
HANDS = {
    "as drawn": {},
    "strokes in any order": {"reordered": 1},
    "half of them from the other end": {"reversed": 0.5},
    "both": {"reordered": 1, "reversed": 0.5},
    "mirrored": {"mirrored": 1},
    "turned by up to 15 degrees": {"turn": 0.26},
    "up to 30 % wider and less high": {"stretch": 0.13},
    "with a trembling hand": {"wobble": 0.01},
}


def main() -> None:
    predictor = Predictor.load(sys.argv[1] if len(sys.argv) > 1 else None)
    real = ROOT / "data" / "tfrecords" / "quickdraw"
    data = Path(sys.argv[2]) if len(sys.argv) > 2 else real if real.is_dir() else None
    data = data or prepare.ensure(Settings())
    view = {"in_proportion": predictor.in_proportion, "classes": predictor.classes}
    print(f"{predictor.name}, test sketches of {data.name}")
    print(f"{'':34}{'top-1':>8}{'top-5':>8}")
    for name, changes in HANDS.items():
        hand = Augmentation(Variation(**NOTHING | changes), predictor.in_proportion)
        sketches = dataset.load(data, "test", shortened=True, augmentation=hand, **view)
        found = evaluation.report(*evaluation.answers(sketches, predictor.infer), predictor.classes)
        print(f"{name:34}{found.balanced(1):8.1%}{found.balanced(5):8.1%}")
    ((inks, labels),) = evaluation.uncut(predictor, data, "test", MOST).take(1).as_numpy_iterator()
    pictures = [png.to_png(drawing, 320, 5) for drawing in evaluation.beginnings(inks, 1)]
    traced = [tracing.from_image(picture) for picture in pictures]
    found = evaluation.report(predictor.probabilities(traced), labels, predictor.classes)
    print(f"{'traced from pictures':34}{found.balanced(1):8.1%}{found.balanced(5):8.1%}")


if __name__ == "__main__":
    main()
