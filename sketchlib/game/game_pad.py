"""The drawing game as a widget: `GamePad(predictor)`.

`rules.Game` has the rules and `style` the words. One thread, which lives as long as a game, is
the conductor: it keeps the clock and takes in the guesses of the recogniser; buttons and pen only
change the game. Whoever does so holds `paper.lock`.
"""

import logging
import threading
from collections.abc import Callable
from pathlib import Path

import ipywidgets as widgets
import numpy as np

from sketchlib.drawing import my_drawings
from sketchlib.game import style
from sketchlib.game.rules import Game
from sketchlib.pad.board import Board
from sketchlib.pad.connection import Connection
from sketchlib.pad.paper import lock
from sketchlib.pad.recogniser import Answer, Recogniser
from sketchlib.pad.sketch import Sketch
from sketchlib.predictor import Predictor
from sketchlib.settings import MY_DRAWINGS

GUESSES = 5  # of rules.THRESHOLD or more there cannot be more
NAMED = 3  # of them, in the live line
STEP_SECONDS = 0.2  # between two looks at the clock

_log = logging.getLogger(__name__)


class GamePad(widgets.VBox):
    """The game: `rounds` things to draw, `seconds` each; display it as the last line of a cell.

    size: the sheet's width in CSS pixels. folder: where drawings are kept at the player's wish,
    None for data/my_drawings. It may be used from any thread, and displayed more than once.
    """

    children: tuple[widgets.Widget, ...]  # ipywidgets does not tell

    def __init__(
        self,
        predictor: Predictor,
        rounds: int = 6,
        seconds: float = 20,
        size: int = 400,
        folder: str | Path | None = None,
    ):
        self.game = Game(predictor.classes, rounds, seconds)
        self._size, self._folder = size, Path(folder) if folder else MY_DRAWINGS
        self._recogniser = Recogniser(predictor, self._answered, GUESSES)
        self._answer: Answer | None = None
        self._begun: list[np.ndarray] = []  # what was asked about as a drawing that goes on
        self._news = threading.Event()
        self._thread: threading.Thread | None = None
        self._closed, self._points = False, 0
        self.board: Board | None = None
        self._connection = Connection()
        self._style = widgets.HTML(style.STYLE, layout={"display": "none"})
        self._intro, self._problem = widgets.HTML(style.intro(self.game)), widgets.HTML()
        self._start = self._button("Start", "Start the game", self.start, "primary")
        super().__init__()
        self.add_class("sketchgame")
        self._display(self._intro, _row(self._start))

    def start(self) -> None:
        """Start a game, in place of any that is under way."""
        with lock:
            if self.board is None:
                self._build()
            self.game.start()
            self._turn()
            self._show()
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._conduct, name="sketch-game", daemon=True
                )
                self._thread.start()

    def skip(self) -> None:
        """Give this round up."""
        with lock:
            self.game.skip()
            self._turn()
            self._show()

    def keep(self) -> None:
        """Add the drawings to the player's own, each under its prompt; but not those given up."""
        with lock:
            while self._unkept:  # so that none is kept twice where another one could not be
                result = self._unkept[0]
                my_drawings.save_labelled(result.drawing, result.prompt, self._folder)
                self._unkept.pop(0)
            self._keep.disabled, self._problem.value = True, ""
            self._kept.value = style.kept(self.game.results, self._folder.name)

    def close(self) -> None:
        """End the game and its threads, and take the widget off the page."""
        with lock:
            self._closed = True
            self._news.set()
            self._recogniser.stop()
            self._connection.close()
            if self.board is not None:
                self.board.close()
            super().close()

    def _build(self) -> None:
        """Make what a game is played with; a page on which nobody plays does without."""
        self.board = Board(self._size, self._drawn, self._report, "Sheet to draw on")
        self._prompt, self._clock, self._cheer = widgets.HTML(), widgets.HTML(), widgets.HTML()
        self._seen, self._marks = widgets.HTML(), widgets.HTML()
        self._gallery, self._kept = widgets.HTML(), widgets.HTML()
        self._skip = self._button("Skip", "Give this one up", self.skip)
        self._undo = self._button("Undo", "Take the last change back", self.board.undo)
        self._clear = self._button("Clear", "Start again on clean paper", self.board.clear)
        self._again = self._button("Play again", "Other things to draw", self.start, "primary")
        self._keep = self._button("Keep my drawings", "Save them under their names", self.keep)
        self._cheer.add_class("sketchgame-cheer")
        sheet = widgets.Box([self.board]).add_class("sketchgame-sheet")
        buttons = _row(self._skip, self._undo, self._clear)
        main = widgets.VBox([sheet, buttons]).add_class("sketchgame-main")
        side = widgets.VBox([self._seen, self._marks]).add_class("sketchgame-side")
        self._head = widgets.VBox([self._prompt, self._clock, self._cheer]).add_class(
            "sketchgame-head"
        )
        self._head.layout.max_width = f"{self._size}px"
        wrapped = widgets.Layout(flex_flow="row wrap", overflow="visible")
        self._parts = widgets.Box([self._head, main, side], layout=wrapped)
        self._parts.add_class("sketchgame-parts")
        self._end = widgets.VBox([self._gallery, _row(self._again, self._keep), self._kept])

    def _button(
        self, name: str, tooltip: str, action: Callable[[], None], style: str = ""
    ) -> widgets.Button:
        """Make a button; ipywidgets swallows what its action raises, so show it and go on."""

        def run(_) -> None:
            try:
                action()
            except Exception as error:
                self._report(error)

        button = widgets.Button(description=name, tooltip=tooltip, button_style=style)
        button.on_click(run)
        return button

    def _drawn(self, drawing: list[np.ndarray], settled: bool) -> None:
        """Have a changed drawing guessed (called by the board, under the lock)."""
        if not self.game.may_draw:
            return
        assert self.board is not None  # it calls
        self._undo.disabled = not self.board.sketch.can_undo
        self._clear.disabled = not drawing
        points = sum(map(len, drawing))
        if points < self._points:
            self._forget()  # answers to what is gone are stale
        self._points = points
        self.game.draw(drawing, pen_is_up=settled)
        if self.game.phase != "drawing":
            return  # it was accepted, and is only finished now
        if self.board.has_enough(drawing):
            self._begun = drawing
            self._recogniser.ask(drawing, unfinished=True)
        else:
            self._seen.value = style.seen([])

    def _answered(self, answer: Answer) -> None:
        """Hand an answer to the conductor (called in the recogniser's thread, which must not wait).

        The lock is not for this thread: whoever stops the recogniser holds it and waits for us.
        """
        self._answer = answer
        self._news.set()

    def _forget(self) -> None:
        """Let no answer come that is not about what will be drawn from now on."""
        self._recogniser.stop()
        self._answer, self._begun = None, []

    def _conduct(self) -> None:
        """Keep the clock and take in the guesses until the game is over."""
        while self._step():
            self._news.wait(STEP_SECONDS)
            self._news.clear()

    def _step(self) -> bool:
        """Go on by one step; False ends the thread."""
        with lock:
            if self._closed or self.game.phase == "over":
                self._thread = None
                return False
            try:
                self._take_turns()
            except Exception as error:
                self._report(error)
            return True

    def _take_turns(self) -> None:
        """Take in the latest answer, let the clock go on, and show what has changed."""
        before = self.game.phase
        answer, self._answer = self._answer, None
        if answer is not None:
            self._take(answer)
        if self._connection.beats():
            self.game.tick()
        else:
            self.game.hold()  # nobody can draw, or looks
        if self._begun and self.game.rests:  # a line is a line only once it is left at that
            self._recogniser.ask(self._begun)
            self._begun = []
        if self.game.phase != before:
            self._turn()
            if before == "drawing" and self.game.results[-1].accepted:
                self._seen.value = style.known(self.game.prompt)
        self._show()

    def _take(self, answer: Answer) -> None:
        if answer.error is not None:
            self._report(answer.error)
        elif not self.game.hear(answer.guesses):
            names = [name for name, _ in answer.guesses[:NAMED]]
            self._seen.value = style.seen(names, self.game.sure)

    def _turn(self) -> None:
        """Give out a clean sheet for a round, and take the pen away after it."""
        self._forget()
        assert self.board is not None  # `start` has built it
        playing = self.game.phase == "drawing"
        self.board.enabled = self.game.may_draw
        self._skip.disabled = not playing
        self._undo.disabled = self._clear.disabled = True
        if playing:
            self._points = 0
            self.board.sketch = Sketch()  # undo must not bring the last round back
            self.board.paper.redraw([])
            self._seen.value = style.seen([])
            self._problem.value = ""

    def _show(self) -> None:
        """Show the state of the game; what has not changed is not sent."""
        game = self.game
        if game.phase == "over":
            self._show_end()
            return
        self._cheer.value = style.cheer(game.results[-1]) if game.phase == "pause" else ""
        self._prompt.value = style.prompt(game)
        self._clock.value = style.countdown(game)
        self._marks.value = style.marks(game.results)
        self._display(self._parts)

    def _show_end(self) -> None:
        """Show what was drawn, and offer to keep it."""
        self._gallery.value = style.gallery(self.game)
        self._unkept = [result for result in self.game.results if result.worth_keeping]
        self._keep.disabled, self._kept.value = not self._unkept, ""
        self._display(self._end)

    def _display(self, *parts: widgets.Widget) -> None:
        children = (self._style, *parts, self._problem, self._connection)
        if self.children != children:
            self.children = children

    def _report(self, error: Exception) -> None:
        """Show an exception below, and log where it came from."""
        _log.error("the drawing game goes on after an exception", exc_info=error)
        self._problem.value = style.problem(error)


def _row(*buttons: widgets.Button) -> widgets.HBox:
    return widgets.HBox(buttons).add_class("sketchgame-buttons")
