"""An imitated hand: lines, curves and circles as people draw them, with their habits and tremor."""

import numpy as np


def around(x, y, radius_x, radius_y, degrees) -> np.ndarray:
    """Return points [n, 2] of an ellipse; 0 degrees is right and 90 is down, as y points down."""
    angle = np.radians(degrees)
    return np.stack([x + radius_x * np.cos(angle), y + radius_y * np.sin(angle)], axis=-1)


class Pen:
    """Collects `strokes`, each [n, 2], on a sheet of about -1 to 1 both ways, y down."""

    def __init__(self, rng: np.random.Generator):
        self.rng, self.between = rng, rng.uniform
        self.strokes: list[np.ndarray] = []
        self.sloppiness = rng.lognormal(0, 0.4)  # 1 is usual, 2 is a hurried drawing

    def chance(self, probability: float) -> bool:
        """Return True as often as `probability` says."""
        return self.rng.random() < probability

    def count(self, low: int, high: int) -> int:
        """Return a whole number from low to high, both included."""
        return int(self.rng.integers(low, high + 1))

    def perhaps(self, probability: float) -> "Pen":
        """Return this pen, or else one whose strokes nobody sees."""
        return self if self.chance(probability) else Pen(self.rng)

    def line(self, *points):
        """Draw straight from point to point, missing each by a little."""
        points = np.asarray(points, dtype=float)
        self.strokes.append(points + self.rng.normal(0, 0.03 * self.sloppiness, points.shape))

    def polygon(self, *corners):
        """Draw a closed outline from any corner, either way round, in one stroke or two."""
        corners = np.asarray(corners, dtype=float)[:: -1 if self.chance(0.4) else 1]
        first = 0 if self.chance(0.5) else self.count(1, len(corners) - 1)
        corners = np.roll(corners, -first, axis=0)
        corners = np.concatenate([corners, corners[:1]])
        lift = self.count(1, len(corners) - 2) if self.chance(0.2) else 0
        for part in (corners[: lift + 1], corners[lift:]) if lift else (corners,):
            self.line(*part)

    def spoke(self, inner, outer, degrees):
        """Draw a straight line towards or away from the middle of the sheet."""
        radius = np.array([inner, outer])
        self.line(*around(0, 0, radius, radius, degrees))

    def box(self, left, top, right, bottom):
        """Draw a rectangle."""
        self.polygon((left, top), (left, bottom), (right, bottom), (right, top))

    def curve(self, *controls):
        """Draw a Bézier curve: it joins the outer controls and leans towards the inner ones."""
        points, t = np.asarray(controls, dtype=float)[:, None], np.linspace(0, 1, 25)[:, None]
        while len(points) > 1:
            points = points[:-1] * (1 - t) + points[1:] * t
        self.strokes.append(points[0])

    def arc(self, x, y, radius_x, radius_y, start, sweep, inward=0.0):
        """Draw `sweep` degrees of an ellipse; `inward` is the share of radius lost on the way."""
        way = np.linspace(0, 1, 9 + int(abs(sweep) / 15))
        left = 1 - inward * way
        self.strokes.append(around(x, y, radius_x * left, radius_y * left, start + sweep * way))

    def ellipse(self, x, y, radius_x, radius_y, turns=1):
        """Draw round from somewhere near the top; the ends seldom meet."""
        sweep = (360 * turns + self.rng.normal(0, 14 * self.sloppiness)) * self.rng.choice([-1, 1])
        inward = self.rng.normal(0, 0.05 * self.sloppiness)
        self.arc(x, y, radius_x, radius_y, self.rng.normal(-90, 45), sweep, inward)

    def scallops(self, points, bulge):
        """Draw one bump from each point to the next; `bulge` is its height over half its width."""
        half = np.diff(points, axis=0)[:, None] / 2
        out = half[..., ::-1] * (1, -1) * bulge * self.between(0.7, 1.3, (len(half), 1, 1))
        angle = np.linspace(np.pi, 0, 9)[:, None]
        bumps = points[:-1, None] + half * (1 + np.cos(angle)) + out * np.sin(angle)
        self.strokes.append(bumps.reshape(-1, 2))

    def face(self, x, y, size):
        """Draw two eyes, a mouth and sometimes a nose."""
        apart, up, eye = self.between((0.3, 0.25, 0.03), (0.45, 0.4, 0.15)) * size
        narrow = 0.1 if self.chance(0.3) else 1
        for side in (-apart, apart):
            self.ellipse(x + side, y - up, eye * narrow, eye / narrow**0.3)
        self.perhaps(0.2).curve((x, y - up / 3), (x - eye, y + up), (x + eye, y + up / 2))
        wide, deep = self.between((0.4, 0.3), (0.65, 0.55)) * size
        self.arc(x, y + 0.15 * size, wide, deep, 170, -160)


def finished(pen: Pen) -> list[np.ndarray]:
    """Return what a pen has drawn as a canvas reports it: [n, 3] of x, y in pixels and t in ms."""
    rng = pen.rng
    size, speed, now, strokes = rng.uniform(80, 190), rng.lognormal(-0.8, 0.35), 0, []
    for stroke in place(apply_habits(pen), size, rng):
        strokes.append(sample(stroke, now, speed, rng))
        now = strokes[-1][-1, 2] + rng.integers(150, 700)
    points = np.concatenate(strokes)
    points[:, 2] -= points[0, 2]
    tremble(points, 0.014 * size * pen.sloppiness, rng)
    return np.split(points, np.cumsum([len(stroke) for stroke in strokes])[:-1])


def apply_habits(pen: Pen) -> list[np.ndarray]:
    """Return the strokes as people do it: some left out, reordered, reversed, misplaced, joined."""
    rng = pen.rng
    strokes: list[np.ndarray] = []
    if len(pen.strokes) > 2 and pen.chance(0.08):  # the game often guesses before people finish
        del pen.strokes[pen.count(2, len(pen.strokes) - 1) :]
    if pen.chance(0.05):
        rng.shuffle(pen.strokes)
    for stroke in pen.strokes:
        stroke = stroke[:: -1 if pen.chance(0.1) else 1] * rng.normal(1, 0.03 * pen.sloppiness, 2)
        stroke = stroke + rng.normal(0, 0.025 * pen.sloppiness, 2)
        if strokes and abs(strokes[-1][-1] - stroke[0]).sum() < 0.3 and pen.chance(0.3):
            strokes[-1] = np.concatenate([strokes[-1], stroke])  # the pen was not lifted
        else:
            strokes.append(stroke)
    return strokes


def place(strokes: list[np.ndarray], size: float, rng: np.random.Generator) -> list[np.ndarray]:
    """Mirror, stretch, slant and turn unit strokes, and put them somewhere on a canvas [px]."""
    stretch, angle = rng.lognormal(0, 0.1), rng.normal(0, 0.1)
    scale = np.diag([rng.choice([-1, 1]) * size * stretch, size / stretch])
    slant = np.array([[1, 0], [rng.normal(0, 0.08), 1]])
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    strokes = [stroke @ scale @ slant @ turn for stroke in strokes]
    shift = rng.uniform(20, 150, 2) - np.min([stroke.min(axis=0) for stroke in strokes], axis=0)
    return [stroke + shift for stroke in strokes]


def sample(stroke: np.ndarray, start: float, speed: float, rng: np.random.Generator) -> np.ndarray:
    """Return [n, 3] as a pen at `speed` [px/ms] from `start` [ms] reports it, corners rounded."""
    along = np.concatenate([[0], np.hypot(*np.diff(stroke, axis=0).T).cumsum()])
    ticks = start + rng.integers(10, 21, max(2, int(along[-1] / speed / 15))).cumsum()
    at = np.linspace(0, along[-1], len(ticks))
    points = np.stack([np.interp(at, along, axis) for axis in stroke.T] + [ticks], axis=1)
    points[1:-1, :2] = (points[:-2, :2] + 2 * points[1:-1, :2] + points[2:, :2]) / 4
    return points


def tremble(points: np.ndarray, amount: float, rng: np.random.Generator) -> None:
    """Add slow waves of about `amount` [px] to points [n, 3] in place, as hands do, not noise."""
    hertz = np.array([0.4, 0.9, 1.7, 3.1]) * rng.uniform(0.8, 1.25, 4)
    phase = rng.uniform(0, 2 * np.pi, (2, 4))
    waves = np.sin(2 * np.pi * hertz * points[:, 2, None, None] / 1000 + phase)
    points[:, :2] += waves @ (amount / hertz**0.7)
