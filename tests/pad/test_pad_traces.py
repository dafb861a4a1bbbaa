"""Real people's pen traces, drawn on the pad: it must know as many as the model alone."""

import itertools
import time
from types import SimpleNamespace

import numpy as np
import pytest

from sketchlib.drawing import quickdraw
from sketchlib.pad.bars import Pace
from sketchlib.pad.board import ENOUGH_POINTS
from sketchlib.pad.javascript import DETOUR, EVERY
from sketchlib.pad.paper import PIXEL_RATIO
from sketchlib.pad.sketch import Sketch
from sketchlib.pad.sketchpad import SketchPad
from sketchlib.predictor import Predictor
from sketchlib.records import tfrecords

POINTS = 0.01  # of all drawings may be known to the model and not on the pad


class Listener(Predictor):
    """A predictor that remembers what it was asked about last, and its answers."""

    last = ()  # the latest few: the pad's panels ask too

    def top_k(self, drawing, k=5, unfinished=False):
        guesses = super().top_k(drawing, k, unfinished)
        self.last = (*self.last[-9:], (drawing, guesses))
        return guesses


def told(stroke: np.ndarray) -> list[int]:
    """Return which points [n, 3] of a stroke a browser tells of, as `javascript` has it."""
    chosen = [0]
    for now in range(1, len(stroke)):
        last, before = chosen[-1], now - 1
        if now < len(stroke) - 1 and last and stroke[now, 2] - stroke[last, 2] < EVERY:
            continue
        way = [stroke[last, :2], stroke[before, :2], stroke[now, :2]]
        legs = sum(np.hypot(*np.subtract(*pair)) for pair in itertools.pairwise(way))
        longer = (legs - np.hypot(*(way[2] - way[0]))) / PIXEL_RATIO
        chosen += [before, now] if before > last and longer > DETOUR else [now]
    return chosen


class Hand:
    """Draws on a pad as a browser would, at any speed: the pad's clock shows the trace's times."""

    def __init__(self, pad: SketchPad, listener: Listener):
        self._pad, self._listener, self._now = pad, listener, 0.0
        pad.board.sketch = Sketch(clock=lambda: self._now)

    def _event(self, name: str, x: float, y: float) -> None:
        content = {"event": name, "x": x, "y": y}
        self._pad.board.paper.canvas._handle_frontend_event(None, content, [])

    def draw(self, trace: list[np.ndarray]) -> list[str]:
        """Draw a trace on a clean sheet; returns the names that the bars show in the end."""
        self._pad.clear()
        for stroke in self._on_the_sheet(trace):
            self._move(stroke)
            self._event("mouse_up", *stroke[-1, :2])
        if sum(map(len, self._pad.drawing)) >= ENOUGH_POINTS:
            self._wait()
        return [name for name, _ in self._pad.top]

    def _on_the_sheet(self, trace: list[np.ndarray]) -> list[np.ndarray]:
        """Fit a trace into the sheet and round it: a mouse is on whole pixels of the page."""
        fitted = self._pad.board.fit(trace)
        for points in fitted:
            points[:, :2] = np.round(points[:, :2] / PIXEL_RATIO) * PIXEL_RATIO
        return fitted

    def _move(self, stroke: np.ndarray) -> None:
        name = "mouse_down"
        for x, y, milliseconds in stroke[told(stroke)]:
            self._now = milliseconds / 1000
            self._event(name, x, y)
            name = "mouse_move"

    def _wait(self) -> None:
        """Wait until the bars show the answer to the whole drawing."""
        deadline, drawing = time.monotonic() + 10, self._pad.drawing
        while not self._shows_answer_to(drawing):
            assert time.monotonic() < deadline, "the pad does not answer"
            time.sleep(0.0005)

    def _shows_answer_to(self, drawing: list[np.ndarray]) -> bool:
        return any(
            self._pad.top == guesses
            and len(asked) == len(drawing)
            and all(map(np.array_equal, asked, drawing))
            for asked, guesses in self._listener.last
        )


@pytest.fixture(scope="module")
def records(quickdraw_data) -> list[quickdraw.Record]:
    return list(quickdraw.read(quickdraw_data / "raw"))


@pytest.fixture
def hand():
    listener = Listener.load()
    pad = SketchPad(listener)
    pad._pace = Pace(itertools.count().__next__)  # names may change as often as a fast hand draws
    yield Hand(pad, listener)
    pad.close()


def tell(title: str, table: list[SimpleNamespace]) -> None:
    model, pad = (100 * np.mean([getattr(row, who) for row in table]) for who in ("model", "pad"))
    print(f"{title}, {len(table)} raw traces: top-5 {model:.1f} % (model), {pad:.1f} % (pad)")


def test_what_people_drew_is_known_on_the_pad_as_often_as_to_the_model(records, hand):
    predictor = Predictor.load()
    table = [
        SimpleNamespace(
            unseen=tfrecords.place(record["key_id"], 0.1)[0] == "eval",
            model=record["word"] in [name for name, _ in predictor.top_k(record["drawing"])],
            pad=record["word"] in hand.draw(record["drawing"]),
        )
        for record in records
    ]
    tell("all", table)
    tell("never learnt from", [row for row in table if row.unseen])
    assert len(table) == 663
    known = sum(row.model for row in table)
    assert known > 0.8 * len(table)
    assert sum(row.pad for row in table) >= known - POINTS * len(table)
