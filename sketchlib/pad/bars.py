"""The bars with the guesses: what they say, and how often their order may change."""

import html
import time
from collections.abc import Callable

from sketchlib._shared.words import percent
from sketchlib.confidence import NOT_SURE

UNSURE = "Not sure yet"

MOST_ORDERS = 3  # within a second; one reads no faster
ORDER_SECONDS = 0.5  # between two of them while the pen is down, so that one is left for its end


class Pace:
    """Tells which answers may be shown, so that names do not change places faster than one reads.

    Percentages of names that stay where they are may change at any time. `clock` returns seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock = clock
        self._names: list[str] = []
        self._changes: list[float] = []  # when the order changed, within the last second

    def allows(self, names: list[str], settled: bool) -> bool:
        """Tell whether these names may be shown now; settled: the pen is up."""
        now = self._clock()
        self._changes = [change for change in self._changes if now - change < 1]
        if names != self._names:
            early = self._changes and now - self._changes[-1] < ORDER_SECONDS
            if len(self._changes) >= MOST_ORDERS or (early and not settled):
                return False
            self._names, self._changes = names, [*self._changes, now]
        return True

    def forget(self) -> None:
        """No names are shown any more."""
        self._names = []


def sure(guesses: list[tuple[str, float]]) -> bool:
    """Tell whether the best guess is likelier right than wrong."""
    return bool(guesses) and guesses[0][1] >= NOT_SURE


def speed(milliseconds: float) -> str:
    """Say how long an answer took, in one figure: the next one would be another every time."""
    return f"Recognised in {float(f'{milliseconds:.1g}'):g} ms"


def guesses_html(guesses: list[tuple[str, float]], status: str, rows: int) -> str:
    """Return the bars as HTML: one row per (class name, probability), empty rows up to `rows`.

    They are meters, which look like bars and speak also where a page has none of our styles.
    """
    lines = [_row(name, probability) for name, probability in guesses]
    lines += [_EMPTY_ROW] * (rows - len(lines))
    return (
        f'<ol class="sketchpad-guesses" aria-label="Best guesses">{"".join(lines)}</ol>'
        f'<div class="sketchpad-status">{html.escape(status)}</div>'
    )


def _row(name: str, probability: float) -> str:
    """Return one bar; the percentage is text too, for those who read or listen."""
    name, text = html.escape(name), html.escape(percent(probability))
    return (
        f'<li><span class="sketchpad-name">{name}</span> '
        f'<span class="sketchpad-percent">{text}</span> '
        f'<meter max="100" value="{100 * probability:.1f}" aria-label="{name}">{text}</meter></li>'
    )


_EMPTY_ROW = '<li aria-hidden="true"><meter max="100" value="0"></meter></li>'
