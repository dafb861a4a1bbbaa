"""How the tests compare drawings, stroke by stroke."""

import numpy as np


def same(one, other, atol=0.0) -> bool:
    """Whether two drawings have the same strokes, but for so much at each number."""
    return len(one) == len(other) and all(
        np.allclose(a, b, rtol=0, atol=atol) for a, b in zip(one, other, strict=True)
    )


def xy(drawing) -> list[np.ndarray]:
    """A drawing without its times."""
    return [stroke[:, :2] for stroke in drawing]
