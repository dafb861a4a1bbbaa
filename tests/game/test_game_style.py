"""What the game says: its words, with their articles, escaped, and never by colour alone."""

import re
from html.parser import HTMLParser

import pytest
from clocks import Clock

from sketchlib._shared.colors import order_colors
from sketchlib.game import style
from sketchlib.game.rules import Game, Result

NAMES = ["ant", "bicycle", "<b>bold</b>"]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def game(clock) -> Game:
    """A game of three rounds, of which the first has begun."""
    game = Game(NAMES, rounds=3, seconds=20, clock=clock)
    game.start()
    return game


class Reader(HTMLParser):
    """Collects what somebody reads on a page."""

    def __init__(self, page: str):
        super().__init__()
        self.words = []
        self.feed(page)
        self.close()

    def handle_data(self, text):
        self.words += text.split()


def read(page: str) -> str:
    return " ".join(Reader(page).words)


def test_the_bar_runs_through_one_second():
    clock = Clock()
    game = Game(NAMES, seconds=20, clock=clock)
    game.start()
    assert "--from:100.0%; --to:95.0%" in style.countdown(game)
    clock.now += 0.5
    game.tick()
    assert "--from:100.0%; --to:95.0%" in style.countdown(game)
    clock.now += 0.5
    game.tick()
    assert "--from:95.0%; --to:90.0%" in style.countdown(game)
    assert "sketchgame-late" not in style.countdown(game)
    for _ in range(15):
        clock.now += 1
        game.tick()
    assert "sketchgame-late" in style.countdown(game)


def test_a_bar_of_a_round_that_is_over_stands_still(game, clock):
    clock.pass_seconds(game, 5)
    game.skip()
    clock.pass_seconds(game, 1)
    (start, end) = re.findall(r"--(?:from|to):([\d.]+)%", style.countdown(game))
    assert start == end


def test_the_start_says_what_is_to_come():
    assert "3 things to draw, 20 seconds each." in read(style.intro(Game(NAMES, 3, 20)))
    assert "One thing to draw, 7.5 seconds each." in read(style.intro(Game(NAMES, 1, 7.5)))


def test_guesses_are_said_with_their_articles_and_escaped():
    assert read(style.seen([])) == "I see … nothing yet."
    assert read(style.seen(["ant", "sun", "<b>bold</b>"])) == (
        "I see an ant , the sun, a <b>bold</b> …"
    )
    assert read(style.known("<b>bold</b>")) == "I know: a <b>bold</b> !"


WON = Result("ant", "accepted", 0.3, guesses=[("bee", 0.4), ("ant", 0.3)])
LOST = Result("<b>bold</b>", "time is up", 20, guesses=[("<i>", 0.4), ("ant", 0.3)])
BLANK = Result("bicycle", "time is up", 20)
LEFT = Result("bicycle", "skipped", 3, guesses=[("ant", 0.9)])


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (WON, "✓ Got it: ant! in 1 second"),
        (LOST, "✗ Time is up I took it for a <i>."),
        (BLANK, "✗ Time is up"),
        (LEFT, "Skipped"),
    ],
)
def test_how_a_round_ended_is_read_out(result, said):
    page = style.cheer(result)
    assert read(page) == said and 'role="alert"' in page


def test_right_and_wrong_differ_in_sign_and_word():
    page = style.marks([WON, LOST, LEFT])
    assert read(page) == ("✓ ant 1 second ✗ <b>bold</b> time is up ✗ bicycle skipped")
    assert page.count("sketchgame-right") == 1


def test_the_gallery_shows_each_drawing_in_the_order_of_its_strokes(game, house):
    game.results = [Result(**{**vars(WON), "drawing": house}), LOST, LEFT]
    page = style.gallery(game)
    assert "<b>bold" not in page
    colors = re.findall(r'<polyline [^>]*stroke="(#\w+)"', page)
    assert colors == order_colors(len(house))
    assert 'aria-label="Your drawing of an ant"' in page
    assert read(page) == (
        "That was hard. I recognised 1 of 3. "
        "✓ ant recognised in 1 second I also thought of: bee "
        "nothing drawn ✗ <b>bold</b> time is up; I took it for a <i> "
        "I also thought of: ant nothing drawn ✗ bicycle skipped; I took it for an ant"
    )


@pytest.mark.parametrize(
    ("won", "said"),
    [(0, "That was hard."), (1, "That was hard."), (2, "Well done!"), (3, "Wonderful!")],
)
def test_the_praise_is_as_large_as_the_score(game, won, said):
    game.results = [WON] * won + [BLANK] * (3 - won)
    assert read(style.gallery(game)).startswith(f"{said} I recognised {won} of 3.")


def test_only_what_is_worth_keeping_is_counted(house):
    drawn = [Result(**{**vars(result), "drawing": house}) for result in (WON, LOST, LEFT)]
    assert read(style.kept(drawn, "<mine>")) == "Kept 2 drawings in <mine>."
    assert read(style.kept([drawn[0], BLANK], "mine")) == "Kept 1 drawing in mine."
