"""The live recogniser: answers the latest drawing in a worker thread, so that drawing never waits.

It knows no widget: it takes drawings and hands answers to a function. Drawings that arrive while it
is busy replace each other, for only the latest one matters to the person who draws.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np

IDLE_SECONDS = 5.0  # a worker that waited this long ends; a forgotten pad thus keeps no thread

_log = logging.getLogger(__name__)


class TopK(Protocol):
    """What the recogniser needs of a predictor: `sketchlib.predictor.Predictor` has it."""

    def top_k(self, drawing: list[np.ndarray], k: int = 5) -> list[tuple[str, float]]:
        """Return the k likeliest classes of a drawing, best first, with their probabilities."""


class Answer(NamedTuple):
    """What the predictor said: guesses, best first; the time it took; what went wrong, if so."""

    guesses: list[tuple[str, float]]
    milliseconds: float
    error: Exception | None = None


class Recogniser:
    """Recognise drawings one at a time in a daemon thread, always the latest.

    `show` is called with each Answer, from the worker thread; it must be quick and must not call
    back into the recogniser.
    """

    def __init__(self, predictor: TopK, show: Callable[[Answer], None], k: int = 5):
        self._predictor, self._show, self._k = predictor, show, k
        self._lock = threading.Lock()
        self._news = threading.Event()
        self._latest: list[np.ndarray] | None = None
        self._subject = 0  # counts the stops: an answer from before a stop is stale
        self._thread: threading.Thread | None = None

    def submit(self, drawing: list[np.ndarray]) -> None:
        """Ask for an answer to this drawing, in place of any that still waits."""
        with self._lock:
            self._latest = drawing
            self._news.set()
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._work, name="sketch-recogniser", daemon=True
                )
                self._thread.start()

    def stop(self) -> None:
        """Forget the drawing and end the worker; an answer that is on its way is never shown.

        The next submit starts another worker.
        """
        with self._lock:
            self._latest = None
            self._subject += 1
            self._news.set()

    def _work(self) -> None:
        """Answer drawings until there has been none for a while."""
        while (work := self._next()) is not None:
            drawing, subject = work
            answer = self._answer(drawing)
            with self._lock:
                if subject == self._subject:
                    self._show_safely(answer)

    def _show_safely(self, answer: Answer) -> None:
        """Show an answer; if that fails there may still be a next one, so the worker lives on."""
        try:
            self._show(answer)
        except Exception:
            _log.exception("an answer could not be shown")

    def _next(self) -> tuple[list[np.ndarray], int] | None:
        """Wait for a drawing and take it; None, once stopped or idle, ends the worker."""
        self._news.wait(IDLE_SECONDS)
        with self._lock:
            self._news.clear()
            drawing, self._latest = self._latest, None
            if drawing is None:
                self._thread = None
                return None
            return drawing, self._subject

    def _answer(self, drawing: list[np.ndarray]) -> Answer:
        """Ask the predictor; what it raises becomes part of the answer, so the worker lives on."""
        start = time.perf_counter()
        try:
            guesses, error = self._predictor.top_k(drawing, self._k), None
        except Exception as problem:
            guesses, error = [], problem
        return Answer(guesses, 1000 * (time.perf_counter() - start), error)
