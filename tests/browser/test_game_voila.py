"""A whole game on the web page, with the shipped model and, where there are any, real drawings."""

import contextlib
import re
import time
from itertools import islice
from pathlib import Path

import nbformat
import numpy as np
import pytest
from pad_page import SECONDS
from playwright.sync_api import Page, expect

from sketchlib.drawing import doodles, quickdraw, strokes
from sketchlib.game.rules import with_article
from sketchlib.predictor import Predictor

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "05_draw.ipynb"
ROUNDS = 3
PLENTY = 120  # seconds for a round, for the machine may be busy
REAL = Path(__file__).parents[3] / "shared" / "quickdraw" / "simplified"


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return Predictor.load()


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Where the page keeps drawings."""
    return tmp_path_factory.mktemp("kept") / "mine"


@pytest.fixture(scope="module")
def address(web_page, folder, tmp_path_factory) -> str:
    """The page of a copy of the notebook with a shorter game and another folder."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    changes = {
        "game_rounds = 6": f"game_rounds = {ROUNDS}",
        "game_seconds = 20": f"game_seconds = {PLENTY}",
        "seconds=settings.game_seconds,": f"seconds={PLENTY}, folder={str(folder)!r},",
    }
    for old, new in changes.items():
        (cell,) = [cell for cell in notebook.cells if old in cell.source]
        cell.source = cell.source.replace(old, new)
    path = tmp_path_factory.mktemp("notebook") / "play.ipynb"
    nbformat.write(notebook, path)
    return web_page(str(path))


def a_drawing_of(name: str, predictor: Predictor) -> list[np.ndarray] | None:
    """Return strokes [n, 2] in 0..1 that the model knows for what they are, if there are any."""
    candidates = []
    if (REAL / f"{name}.ndjson").is_file():
        candidates = (record["drawing"] for record in quickdraw.read(REAL / f"{name}.ndjson"))
    elif name in doodles.CLASSES:
        candidates = (doodles.record(name, 1, number)["drawing"] for number in range(200))
    for drawing in islice(candidates, 200):
        points = np.concatenate(drawing)[:, :2]
        low, size = points.min(axis=0), np.ptp(points, axis=0).max()
        fitted = [0.1 + 0.8 * (stroke[:, :2] - low) / size for stroke in drawing]
        # As it comes from the sheet: in whole pixels, and simplified once more.
        drawn = strokes.simplify([np.rint(400 * stroke) for stroke in fitted])
        if dict(predictor.top_k(drawn)).get(name, 0) > 0.8:
            return fitted
    return None


class GamePage:
    """A page with the game on it."""

    def __init__(self, page: Page, predictor: Predictor):
        self.page, self._predictor = page, predictor
        self.heading = page.locator(".sketchgame-prompt")
        self.sheet = page.locator(".sketchgame canvas").first
        self.cards = page.locator(".sketchgame-gallery figure")

    def click(self, name: str) -> None:
        self.page.locator(".sketchgame").get_by_role("button", name=name, exact=True).click()

    def prompt(self, number: int) -> str:
        """Wait for a round and return the class that is asked for."""
        expect(self.heading).to_contain_text(f"Round {number} of {ROUNDS}")
        said = re.search(r"Draw (.+)", self.heading.inner_text())[1]
        (name,) = [name for name in self._predictor.classes if with_article(name) == said]
        return name

    def wait_for_the_end_of(self, number: int) -> None:
        expected = f"Round {number + 1} of" if number < ROUNDS else "I recognised"
        expect(self.heading).to_contain_text(expected)

    def win(self, drawing: list[np.ndarray], number: int) -> None:
        """Draw; where the browser lost too many points on a busy machine, draw again."""
        for _ in range(3):
            self.draw(drawing, number)
            with contextlib.suppress(AssertionError):
                expect(self.heading).not_to_contain_text(f"Round {number} of", timeout=5000)
                return
            self.click("Clear")

    def draw(self, drawing: list[np.ndarray], number: int) -> None:
        """Draw with the mouse until the round is over."""
        self.sheet.scroll_into_view_if_needed()
        for stroke in drawing:
            if f"Round {number}" not in self.heading.inner_text():
                return
            box = self.sheet.bounding_box()
            corner, width = np.array([box["x"], box["y"]]), box["width"]
            points = (corner + width * stroke).tolist()
            self.page.mouse.move(*points[0])
            self.page.mouse.down()
            for point in points[1:]:
                self.page.mouse.move(*point, steps=2)
            self.page.mouse.up()


@pytest.fixture
def play(open_pad, address, predictor):
    """Open the page, and wait until one may start."""

    def open_page(**options) -> GamePage:
        game = GamePage(open_pad(address, **options).page, predictor)
        game.page.get_by_role("tab", name="Play").click()
        expect(game.page.get_by_role("button", name="Start", exact=True)).to_be_visible()
        return game

    return open_page


def test_a_whole_game(play, predictor, folder):
    game = play()
    expect(game.page.locator(".sketchgame canvas")).to_have_count(0)
    game.click("Start")
    prompts, won = [], []
    for number in range(1, ROUNDS + 1):
        prompts.append(game.prompt(number))
        drawing = a_drawing_of(prompts[-1], predictor) if number != 2 else None
        if drawing is None:
            game.click("Skip")
        else:
            game.win(drawing, number)
            won.append(prompts[-1])
        game.wait_for_the_end_of(number)

    assert len(set(prompts)) == ROUNDS
    expect(game.heading).to_contain_text(f"I recognised {len(won)} of {ROUNDS}.")
    expect(game.cards).to_have_count(ROUNDS)
    for card, prompt in zip(game.cards.all_inner_texts(), prompts, strict=True):
        assert prompt in card
    expect(game.cards.filter(has_text="recognised in")).to_have_count(len(won))
    expect(game.cards.locator("svg")).to_have_count(len(won))

    if won:
        game.click("Keep my drawings")
        expect(game.page.get_by_text(f"Kept {len(won)} drawing")).to_be_visible()
        kept = [record["word"] for record in quickdraw.read(folder)]
        assert sorted(kept) == sorted(won)
    game.click("Play again")
    assert game.prompt(1) not in prompts


def test_the_keyboard_goes_on_where_the_game_does_and_nothing_moves(play):
    game = play(viewport={"width": 360, "height": 640}, has_touch=True, is_mobile=True)
    game.page.get_by_role("button", name="Start", exact=True).press("Enter")
    game.prompt(1)
    expect(game.sheet).to_be_focused()
    place = game.sheet.bounding_box()
    for part in (game.sheet, game.page.locator(".sketchgame-buttons").last):
        expect(part).to_be_in_viewport(ratio=0.99)
    game.draw([np.array([(0.2, 0.2), (0.5, 0.8), (0.8, 0.2)])], 1)
    undo = game.page.locator(".sketchgame").get_by_role("button", name="Undo", exact=True)
    expect(undo).to_be_enabled()
    game.page.keyboard.press("Control+z")
    expect(undo).to_be_disabled()
    game.page.get_by_role("button", name="Skip", exact=True).press("Enter")
    expect(game.sheet).to_be_focused()
    game.prompt(2)
    assert game.sheet.bounding_box() == place


def test_the_time_runs_and_the_game_fits_a_phone(play):
    game = play(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    game.click("Start")
    game.prompt(1)
    timer = game.page.get_by_role("timer")
    expect(game.sheet).to_be_in_viewport(ratio=0.99)
    expect(timer).to_be_in_viewport()
    before, deadline = timer.inner_text(), time.monotonic() + SECONDS
    while timer.inner_text() == before:
        assert time.monotonic() < deadline
    assert game.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
