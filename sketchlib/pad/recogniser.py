"""The live recogniser: answers the latest drawing in a worker thread, so that drawing never waits.

It knows no widget: it takes drawings and hands answers to a function. Drawings that arrive while it
is busy replace each other, for only the latest one matters to the person who draws.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Generic, NamedTuple, Protocol, TypeVar

import numpy as np

IDLE_SECONDS = 5.0  # a worker that waited this long ends; a forgotten pad thus keeps no thread
REST_SECONDS = 0.1  # between two answers while one draws; nobody reads faster

Item = TypeVar("Item")
Result = TypeVar("Result")

_log = logging.getLogger(__name__)


class TopK(Protocol):
    """What the recogniser needs of a predictor: `sketchlib.predictor.Predictor` has it."""

    def top_k(
        self, drawing: list[np.ndarray], k: int = 5, unfinished: bool = False
    ) -> list[tuple[str, float]]:
        """Return the k likeliest classes of a drawing, best first, with their probabilities."""


class Question(NamedTuple):
    """A drawing to recognise, and whether more is to come."""

    drawing: list[np.ndarray]
    unfinished: bool = False


class Answer(NamedTuple):
    """What the predictor said: guesses, best first; the time it took; what went wrong, if so."""

    guesses: list[tuple[str, float]]
    milliseconds: float
    error: Exception | None = None


class Latest(Generic[Item, Result]):
    """Does some work on items one at a time in a daemon thread, always on the latest.

    `show` is called with each result, from the worker thread; it must be quick and must not call
    back. Where it returns False, the item is worked on again after the rest, unless there is a
    later one. `work` must not raise. `name` is the thread's. After each item it rests for `rest`
    seconds or, on a busy computer, four times as long as that item took; a stop ends the rest.
    """

    def __init__(
        self,
        work: Callable[[Item], Result],
        show: Callable[[Result], bool | None],
        name: str,
        rest: float = 0.0,
    ):
        self._work, self._show, self._name, self._rest = work, show, name, rest
        self._lock = threading.Lock()
        self._news, self._rested = threading.Event(), threading.Event()
        self._latest: Item | None = None
        self._subject = 0  # counts the stops: a result from before a stop is stale
        self._thread: threading.Thread | None = None

    def submit(self, item: Item) -> None:
        """Ask for work on this item, in place of any that still waits."""
        with self._lock:
            self._latest = item
            self._news.set()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Forget the item and end the worker; a result that is on its way is never shown.

        The next submit starts another worker.
        """
        with self._lock:
            self._latest = None
            self._subject += 1
            self._news.set()
            self._rested.set()

    def _run(self) -> None:
        """Work on items until there has been none for a while."""
        while (job := self._next()) is not None:
            item, subject = job
            begin = time.monotonic()
            result = self._work(item)
            took = time.monotonic() - begin
            with self._lock:
                if subject == self._subject and not self._show_safely(result):
                    self._latest = item if self._latest is None else self._latest
                    self._news.set()
            if self._rest:
                self._rested.wait(max(self._rest, 4 * took))

    def _show_safely(self, result: Result) -> bool:
        """Show a result; False if it may not be shown yet.

        If that fails there may still be a next one, so the worker lives on.
        """
        try:
            return self._show(result) is not False
        except Exception:
            _log.exception("an answer could not be shown")
            return True

    def _next(self) -> tuple[Item, int] | None:
        """Wait for an item and take it; None, once stopped or idle, ends the worker."""
        self._news.wait(IDLE_SECONDS)
        with self._lock:
            self._news.clear()
            self._rested.clear()
            item, self._latest = self._latest, None
            if item is None:
                self._thread = None
                return None
            return item, self._subject


class Recogniser(Latest[Question, Answer]):
    """Recognises drawings in a worker thread; `show` is called with each Answer."""

    def __init__(self, predictor: TopK, show: Callable[[Answer], bool | None], k: int = 5):
        super().__init__(self._answer, show, "sketch-recogniser", REST_SECONDS)
        self._predictor, self._k = predictor, k

    def ask(self, drawing: list[np.ndarray], unfinished: bool = False) -> None:
        """Ask for an answer to this drawing, in place of any that still waits."""
        self.submit(Question(drawing, unfinished))

    def _answer(self, question: Question) -> Answer:
        """Ask the predictor; what it raises becomes part of the answer, so the worker lives on."""
        start = time.perf_counter()
        try:
            guesses = self._predictor.top_k(question.drawing, self._k, question.unfinished)
            error = None
        except Exception as problem:
            guesses, error = [], problem
        return Answer(guesses, 1000 * (time.perf_counter() - start), error)
