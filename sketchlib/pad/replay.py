"""Drawing a finished drawing once more, at the speed at which it was drawn."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from sketchlib.pad.paper import Paper, lock

LONGEST_PAUSE = 1000.0  # ms; a replay does not wait any longer for the pen


class Replay:
    """Draws on a Paper in a thread, until the drawing [n, 3] is complete or `stop` is called.

    `on_error` is called with what goes wrong.
    """

    def __init__(
        self, paper: Paper, drawing: Sequence[np.ndarray], on_error: Callable[[Exception], None]
    ):
        self._paper, self._drawing, self._on_error = paper, drawing, on_error
        self._over = threading.Event()
        threading.Thread(target=self._run, name="sketch-replay", daemon=True).start()

    def stop(self) -> bool:
        """End the replay; True if the paper may show only a part of the drawing."""
        was_playing = not self._over.is_set()
        self._over.set()
        return was_playing

    def _run(self) -> None:
        try:
            self._play()
        except Exception as error:
            self._on_error(error)
        finally:
            self._over.set()

    def _play(self) -> None:
        """Draw point by point, each when it is due."""
        start = time.perf_counter()
        for due, strokes, live in frames(self._drawing):
            self._over.wait(max(due / 1000 - (time.perf_counter() - start), 0))
            with lock:
                if self._over.is_set():
                    return
                if live is None:
                    self._paper.redraw(strokes)
                else:
                    self._paper.extend(live)
        self._over.set()


def frames(
    drawing: Sequence[np.ndarray],
) -> Iterator[tuple[float, Sequence[np.ndarray], np.ndarray | None]]:
    """Yield (ms since the start, finished strokes, stroke under the pen) for every point.

    Where no stroke is under the pen, all there is is to be drawn afresh.
    """
    times = iter(timetable(drawing))
    yield 0.0, [], None
    for index, stroke in enumerate(drawing):
        for end in range(1, len(stroke) + 1):
            due = next(times)
            yield due, drawing[:index], stroke[:end]
        yield due, drawing[: index + 1], None


def timetable(drawing: Sequence[np.ndarray]) -> list[float]:
    """Return when each point of a drawing [n, 3] is due, in ms; long pauses are shortened."""
    if not drawing:
        return []
    gaps = np.diff(np.concatenate([stroke[:, 2] for stroke in drawing]))
    return [0.0, *np.cumsum(np.clip(gaps, 0, LONGEST_PAUSE)).tolist()]
