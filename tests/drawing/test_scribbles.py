import numpy as np
import pytest

from sketchlib.drawing import scribbles, strokes


@pytest.mark.parametrize("kind", scribbles.KINDS)
def test_each_kind_is_ink_and_of_its_own_luck(kind):
    one, same, other = (scribbles.draw(kind, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert all(np.array_equal(*pair) for pair in zip(one, same, strict=True))
    assert sum(map(len, one)) != sum(map(len, other)) or not np.allclose(one[0], other[0])
    for stroke in one:
        assert stroke.shape[1] == 3 and np.isfinite(stroke).all()
        assert (np.diff(stroke[:, 2]) > 0).all()
    assert len(strokes.drawing_to_ink(one)) > 0
