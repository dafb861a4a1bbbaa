"""Words for what is told in several places."""

import difflib
from collections.abc import Iterable


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """Return a question that names the likeliest of the known names; empty if none is like it."""
    close = difflib.get_close_matches(str(name), list(known), n=1)
    return f"did you mean {close[0]!r}?" if close else ""


def percent(probability: float) -> str:
    """Return a probability in whole percent; nearly none or all of it is not called that."""
    if probability < 0.01:
        return "< 1 %"
    return "> 99 %" if probability >= 0.995 else f"{100 * probability:.0f} %"
