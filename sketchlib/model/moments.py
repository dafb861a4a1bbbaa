"""How true the pad's percentages are at every moment of a drawing, and for what is no drawing."""

from collections.abc import Iterator, Sequence
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


def tenths(reports: Sequence[Report]) -> list[dict[str, str]]:
    """Return a row for each tenth; top-1 and top-5 with every class counted alike."""
    return [
        {
            "points drawn": f"{share:.0%}",
            "top-1": f"{found.balanced(1):.1%}",
            "top-5": f"{found.balanced(5):.1%}",
            "says, on average": f"{found.confidence.mean():.1%}",
            "calibration error": f"{found.calibration_error():.1%}",
        }
        for share, found in zip(TENTHS, reports, strict=True)
    ]


def claimed(claims: dict[str, np.ndarray]) -> list[dict[str, str]]:
    """Return a row for each kind of scribble, and one for all."""
    together = claims | {"all": np.concatenate(list(claims.values()))}
    return [
        {
            "scribbles": kind,
            "claimed with 50 %": f"{(found >= 0.5).mean():.1%}",
            "with 90 %": f"{(found >= 0.9).mean():.1%}",
        }
        for kind, found in together.items()
    ]


def lines(rows: Sequence[dict[str, str]]) -> Iterator[str]:
    """Yield a table as text."""
    for first, *others in [list(rows[0]), *(list(row.values()) for row in rows)]:
        yield f"{first:26}" + "".join(f"{cell:>19}" for cell in others)
