"""A heartbeat that goes from the kernel to the browser and back: does anybody hear what I say?"""

import time
from collections.abc import Callable

import ipywidgets as widgets

LATE_SECONDS = 1.5  # without an answer for so long, nobody draws: no event comes through either


class Heartbeat(widgets.Box):
    """An invisible widget that asks the browser to answer, and tells whether it does.

    No answer comes while the kernel runs a cell, or once the page was closed. A browser that has
    never answered (a page that cannot) is taken for one that is there.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock, self._asked_at = clock, 0.0
        self._question, self._answer = widgets.IntText(0), widgets.IntText(0)
        self._link = widgets.jslink((self._question, "value"), (self._answer, "value"))
        super().__init__([self._question, self._answer])
        self.layout.display = "none"

    def beats(self) -> bool:
        """Ask again if the last question was answered; False if that answer is late."""
        now = self._clock()
        if self._answer.value == self._question.value:
            if now - self._asked_at >= 1:
                self._asked_at = now
                self._question.value += 1
            return True
        return self._answer.value == 0 or now - self._asked_at < LATE_SECONDS

    def close(self) -> None:
        """Close what it is made of, too."""
        for part in (self._link, self._question, self._answer):
            part.close()
        super().close()
