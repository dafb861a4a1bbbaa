"""What every trial shares: it does the same harm many times, and tells how each time ended."""

import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

# How a case can end. lost: something that was there, or was acknowledged, is gone. stuck: the same
# command fails again and again. wrong: another answer, a raw error, a leftover, and nobody is told.
# hung: no end in its time.
ENDS = ("survived", "lost", "stuck", "wrong", "hung")


class Verdict(NamedTuple):
    """How one case ended, one of ENDS, and for all but the survived what is to be said of it."""

    end: str
    detail: str = ""


SURVIVED = Verdict("survived")
Method = Callable[[int, random.Random, Path], Iterator[Verdict]]


@dataclass
class Trial:
    """A kind of harm: `cases` times in all, and `few` times where there is only a minute for all.

    method(cases, rng, folder) yields that many verdicts; the folder is empty, and its own.
    """

    fault: str
    cases: int
    few: int
    method: Method


@dataclass
class Outcome:
    """How the cases of a trial ended, the seconds they took, and what is to be said of the bad."""

    fault: str
    ends: Counter[str]
    seconds: float
    details: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether all survived, and there were some."""
        return set(self.ends) == {"survived"}


TRIALS: list[Trial] = []


def trial(fault: str, cases: int, few: int) -> Callable[[Method], Method]:
    """Make a function a trial."""

    def register(method: Method) -> Method:
        TRIALS.append(Trial(fault, cases, few, method))
        return method

    return register


def conduct(trial: Trial, cases: int, seed: int = 0) -> Outcome:
    """Do a trial's harm so many times."""
    begin = time.monotonic()
    outcome = Outcome(trial.fault, Counter(), 0.0)
    with tempfile.TemporaryDirectory(prefix="torture-", ignore_cleanup_errors=True) as folder:
        for verdict in trial.method(cases, random.Random(seed), Path(folder)):
            assert verdict.end in ENDS, verdict
            outcome.ends[verdict.end] += 1
            if verdict.end != "survived":
                outcome.details.append(f"{verdict.end}: {verdict.detail}")
    outcome.seconds = time.monotonic() - begin
    total = outcome.ends.total()
    assert total == cases, f"{trial.fault}: {total} cases, not {cases}"
    return outcome


def table(outcomes: list[Outcome]) -> str:
    """Return outcomes as a table in Markdown."""
    head, rule = ["fault", "cases", *ENDS], ["---"] * (len(ENDS) + 2)
    rows = [
        [o.fault, *(f"{count:,}" for count in (o.ends.total(), *(o.ends[end] for end in ENDS)))]
        for o in outcomes
    ]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, rule, *rows))
