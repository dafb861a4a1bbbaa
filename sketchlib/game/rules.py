"""The drawing game: six things to draw, twenty seconds each, while the model guesses.

`Game` is the rules and knows no widget: it is told what is drawn and what was guessed, and somebody
who calls `tick` now and then keeps its clock. `game_pad.GamePad` does both.
"""

import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from sketchlib.confidence import NOT_SURE, REST_SECONDS

# Measured on 3,342 real drawings that the model had not been trained on, ten of each of 333
# prompts, each shown with 20, 40, 60, 80 and 100 % of its points, as the game would ask (accepted:
# the probability passed the threshold at any of them; another: for one other prompt, drawn by lot),
# by `benchmarks/game_threshold.py`:
#     threshold            0.1     0.15    0.2     0.25    0.3     0.4     0.5     0.7
#     right accepted       93 %    90 %    89 %    87 %    85 %    81 %    77 %    67 %
#     another accepted    0.9 %   0.5 %   0.4 %   0.3 %   0.2 %   0.1 %   0.1 %   0.0 %
# A person who plays minds a right drawing that is refused far more than a lucky one in a hundred.
# So it is the lowest that needs no more than the five best guesses, which hold all that reach it.
THRESHOLD = 0.2

# Many a line is something else for a moment, on its way. So while the pen is down, what was asked
# for must stay above the threshold for so many seconds.
HOLD_SECONDS = 0.7

PAUSE_SECONDS = 2.0  # between two rounds, to see how the last one went
FINISH_SECONDS = 10.0  # that the pause may last while somebody finishes what was accepted
LONGEST_STEP = 1.0  # seconds that may pass between two ticks: more was a computer that stood still

# Left out: asked for by these names, people draw too different things, or what another name says
# better (a hexagon is an octagon to most hands, a bat is also one to hit a ball with).
AMBIGUOUS = {"animal migration", "arm", "barn", "bat", "circle", "hexagon", "stitches", "van"}

# Left out as well: too hard to win. Of 29 to 51 real drawings each that the model had not been
# trained on, it gave more than half of the finished ones less than the threshold.
HARDLY_KNOWN = {"cooler", "garden hose", "telephone", "toothpaste"}

# Names that take no article: there are several of it, or none can be counted.
_BARE = {"asparagus", "binoculars", "bread", "broccoli", "camouflage", "drums", "eyeglasses"}
_BARE |= {"flip flops", "grapes", "grass", "headphones", "lightning", "matches", "pants", "peas"}
_BARE |= {"pliers", "rain", "rollerskates", "scissors", "shorts", "stairs", "stitches"}
_BARE |= {"toothpaste", "underwear", "yoga"}
_ONLY_ONE = {"moon", "ocean", "sun"}

Phase = Literal["ready", "drawing", "pause", "over"]
Outcome = Literal["accepted", "skipped", "time is up"]
Guesses = list[tuple[str, float]]


def playable(classes: Iterable[str]) -> list[str]:
    """Return the names that make a fair prompt, in their order."""
    return [name for name in classes if name not in AMBIGUOUS | HARDLY_KNOWN]


def with_article(name: str) -> str:
    """Return a class name as one says it: a bicycle, an ant, the sun, pants, The Mona Lisa."""
    if name in _BARE or name.startswith(("The ", "the ")):
        return name
    if name in _ONLY_ONE:
        return f"the {name}"
    sounds_like_a_vowel = name[:1].lower() in set("aeiou") or name.startswith("hour")
    return f"an {name}" if sounds_like_a_vowel else f"a {name}"


@dataclass(frozen=True)
class Result:
    """How a round went: what was to be drawn, what was, and what the model last thought of it."""

    prompt: str
    outcome: Outcome
    seconds: float
    drawing: list[np.ndarray] = field(default_factory=list)
    guesses: Guesses = field(default_factory=list)

    @property
    def accepted(self) -> bool:
        """Whether the drawing was recognised in time."""
        return self.outcome == "accepted"

    @property
    def worth_keeping(self) -> bool:
        """Whether there is ink that its maker did not give up."""
        return bool(self.drawing) and self.outcome != "skipped"

    @property
    def guess(self) -> str:
        """What the model took it for: the prompt if accepted, else its best guess, "" if none."""
        return self.prompt if self.accepted else next(iter(self._names()), "")

    @property
    def runners_up(self) -> list[str]:
        """What else the model thought of, likeliest first."""
        return [name for name in self._names() if name != self.guess]

    def _names(self) -> list[str]:
        return [name for name, _ in self.guesses]


class Game:
    """Rounds of drawing against the clock.

    classes: the names to choose from; those that nobody could win are left out. A game has fewer
    than `rounds` rounds if there are fewer names. clock: seconds, from any start.
    Raises ValueError if there is no name to draw.
    """

    def __init__(
        self,
        classes: Iterable[str],
        rounds: int = 6,
        seconds: float = 20,
        *,
        threshold: float = THRESHOLD,
        rng: random.Random | None = None,
        clock: Callable[[], float] = time.monotonic,
    ):
        self.names = playable(classes)
        self.rounds = min(rounds, len(self.names))
        if self.rounds < 1:
            raise ValueError(f"a game of {rounds} rounds and {len(self.names)} names has no round")
        self.seconds, self.threshold = seconds, threshold
        self._rng, self._clock = rng or random.Random(), clock
        self.phase: Phase = "ready"
        self.prompt = ""
        self.results: list[Result] = []
        self._prompts: list[str] = []
        self._drawing: list[np.ndarray] = []
        self._guesses: Guesses = []
        self._pen_is_up, self._finishing = True, False
        self._above: float | None = (
            None  # since when the prompt is above the threshold, by the clock
        )
        self._passed = self._seen = 0.0  # counted seconds of this phase; the clock at the last look
        self._quiet = 0.0  # of them, those since anything was drawn

    @property
    def round(self) -> int:
        """The number of the round that is played or was last played, from 1; 0 before the first."""
        return len(self.results) + (self.phase == "drawing")

    @property
    def remaining(self) -> float:
        """The seconds that are left of this round; after it, those that were left at its end."""
        if self.phase == "drawing":
            return max(self.seconds - self._passed, 0.0)
        return self.seconds - self.results[-1].seconds if self.results else self.seconds

    @property
    def may_draw(self) -> bool:
        """Whether the pen may draw: in a round, and after it to finish what was accepted."""
        return self.phase == "drawing" or (self.phase == "pause" and self.results[-1].accepted)

    @property
    def rests(self) -> bool:
        """Whether the drawing has rested for so long that it is probably finished."""
        return self.phase == "drawing" and self._pen_is_up and self._quiet >= REST_SECONDS

    @property
    def sure(self) -> bool:
        """Whether the best guess is worth saying without a doubt."""
        return bool(self._guesses) and self._guesses[0][1] >= NOT_SURE

    @property
    def score(self) -> int:
        """How many drawings were recognised in time."""
        return sum(result.accepted for result in self.results)

    def start(self) -> None:
        """Start a game: choose what is to be drawn, and begin the first round."""
        last = self._prompts  # of the game before; they come again only if there are few names
        fresh = [name for name in self.names if name not in last]
        choice = self._rng.sample(fresh, min(self.rounds, len(fresh)))
        choice += self._rng.sample(last, self.rounds - len(choice))
        self._prompts, self.results = choice, []
        self._begin_round()

    def draw(self, drawing: list[np.ndarray], pen_is_up: bool = True) -> None:
        """Take note of what is on the paper; without ink, no guess is about it.

        What was accepted may be finished: that is the drawing of the round then.
        """
        if not self.may_draw:
            return
        self._pen_is_up, self._quiet = pen_is_up, 0.0
        if self.phase == "drawing":
            self._drawing = drawing
            if not drawing:
                self._guesses, self._above = [], None
        elif drawing and self._finishing:
            self.results[-1] = replace(self.results[-1], drawing=drawing)
        else:
            self._finishing = False  # what comes after a cleared sheet is something else

    def hear(self, guesses: Guesses) -> bool:
        """Take note of the model's guesses, best first; True if that ends the round happily.

        It does once what was asked for has passed the threshold and the pen is up, or was above for
        HOLD_SECONDS.

        guesses: (name, probability); all whose probability may pass the threshold must be there.
        """
        if self.phase != "drawing":
            return False
        self._guesses = guesses
        if dict(guesses).get(self.prompt, 0.0) < self.threshold:
            self._above = None
        elif self._above is None:
            self._above = self._clock()
        return self._accept()

    def skip(self) -> None:
        """Give this round up."""
        if self.phase == "drawing":
            self._end_round("skipped")

    def tick(self) -> None:
        """Let the clock go on: a round or a pause whose time is up ends.

        Time in which nobody called, as the computer slept or was too busy, does not count.
        """
        now = self._clock()
        self._passed += min(now - self._seen, LONGEST_STEP)
        self._quiet += min(now - self._seen, LONGEST_STEP)
        self._seen = now
        if self.phase == "drawing" and not self._accept() and self._passed >= self.seconds:
            self._end_round("time is up" if self._above is None else "accepted")
        elif self.phase == "pause" and self._rested():
            self._begin_round()

    def hold(self) -> None:
        """Let the time since the last tick not count."""
        self._seen = self._clock()

    def _accept(self) -> bool:
        """End the round happily if what was asked for is there for good."""
        if self._above is None or not (
            self._pen_is_up or self._clock() - self._above >= HOLD_SECONDS
        ):
            return False
        self._end_round("accepted")
        return True

    def _rested(self) -> bool:
        """Tell whether nobody has drawn for a while, or long enough has somebody done so."""
        quiet = self._pen_is_up and self._quiet >= PAUSE_SECONDS
        return quiet or self._passed >= FINISH_SECONDS

    def _begin_round(self) -> None:
        """Ask for the next thing to draw, or end the game if that was the last."""
        self._drawing, self._guesses, self._above = [], [], None
        self._pen_is_up = True
        self._passed, self._quiet, self._seen = 0.0, 0.0, self._clock()
        if len(self.results) == self.rounds:
            self.phase, self.prompt = "over", ""
        else:
            self.phase, self.prompt = "drawing", self._prompts[len(self.results)]

    def _end_round(self, outcome: Outcome) -> None:
        """Write the result down and pause."""
        now = self._clock()
        seconds = min(self._passed + min(now - self._seen, LONGEST_STEP), self.seconds)
        self.results.append(
            Result(self.prompt, outcome, seconds, self._drawing, list(self._guesses))
        )
        self.phase, self._finishing = "pause", outcome == "accepted"
        self._pen_is_up = self._pen_is_up or not self._finishing
        self._passed, self._quiet, self._seen = 0.0, 0.0, now
