"""How true the pad's percentages are at every moment of a drawing, and for what is no drawing."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from sketchlib.drawing import scribbles, strokes
from sketchlib.model import evaluation
from sketchlib.model.evaluation import Report
from sketchlib.predictor import Predictor

MOST = 3_450  # test sketches that are looked at: ten of each of 345 classes
TENTHS = [share / 10 for share in range(1, 11)]
SCRIBBLES = 150  # of each kind
SEED = 2_026  # of the scribbles: others than those that `live` learns from


def by_tenth(predictor: Predictor, data_folder: str | Path) -> list[Report]:
    """Return a report for every tenth of the points of test sketches, as the pad shows them.

    All but the last are of drawings that go on.
    """
    return evaluation.by_share(
        predictor,
        evaluation.uncut(predictor, data_folder, "test", MOST).take(1),
        TENTHS,
        lambda drawings, share: predictor.sure(drawings, unfinished=share < 1),
    )


def claims(predictor: Predictor) -> dict[str, np.ndarray]:
    """Return, by kind of scribble, the probability of the best guess for each that has rested."""
    rng = np.random.default_rng(SEED)
    drawn = {
        kind: [strokes.simplify(scribbles.draw(kind, rng)) for _ in range(SCRIBBLES)]
        for kind in scribbles.KINDS
    }
    return {kind: predictor.sure(drawings).max(axis=1) for kind, drawings in drawn.items()}


def lines(reports: list[Report], claimed: dict[str, np.ndarray]) -> Iterator[str]:
    """Yield the lines that tell of both."""
    yield f"{'points drawn':26}" + "".join(f"{share:8.0%}" for share in TENTHS)
    rows: dict[str, list[float]] = {
        "top-1": [found.balanced(1) for found in reports],
        "top-5": [found.balanced(5) for found in reports],
        "says, on average": [float(found.confidence.mean()) for found in reports],
        "calibration error": [found.calibration_error() for found in reports],
    }
    for name, shares in rows.items():
        yield f"{name:26}" + "".join(f"{share:8.1%}" for share in shares)
    yield f"({len(reports[0].ranks):,} test sketches; top-1 and top-5 with every class alike)"
    yield ""
    yield f"{'scribbles claimed with':30}{'50 %':>8}{'90 %':>8}"
    together = claimed | {"all": np.concatenate(list(claimed.values()))}
    for kind, found in together.items():
        yield f"{kind:30}{(found >= 0.5).mean():8.1%}{(found >= 0.9).mean():8.1%}"
