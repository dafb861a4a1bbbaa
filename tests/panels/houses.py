"""A house, and who recognises it: a stand-in for a predictor whose reasons are known."""

import numpy as np

HOUSE = [
    np.array([(100, 700, 0), (100, 300, 200), (700, 300, 400), (700, 700, 600), (100, 700, 800)]),
    np.array([(100, 300, 1000), (400, 50, 1200), (700, 300, 1400)]),
    np.array([(300, 700, 1600), (300, 500, 1700), (450, 500, 1800), (450, 700, 1900)]),
]
DOOR = 2


class HousePredictor:
    """Sees a house where there is a roof, and a little less of one where there is a door."""

    classes = ("house", "<tent> & co")
    points, in_proportion = 100, True

    def probabilities(self, drawings):
        house = [0.1 + 0.6 * self._has(d, 1) - 0.2 * self._has(d, DOOR) for d in drawings]
        return np.array([(p, 1 - p) for p in house], dtype=np.float32)

    def top_k(self, drawing, k=5, unfinished=False):
        (probabilities,) = self.probabilities([drawing])
        pairs = zip(self.classes, probabilities.tolist(), strict=True)
        return sorted(pairs, key=lambda pair: -pair[1])[:k]

    def _has(self, drawing, index):
        stroke = HOUSE[index]
        return any(len(s) == len(stroke) and (s[:, 2] == stroke[:, 2]).all() for s in drawing)
