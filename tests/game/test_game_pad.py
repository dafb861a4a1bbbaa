"""The drawing game without a browser: pen and clock are those of the test."""

import threading
import time

import hands
import numpy as np
import pytest
from clocks import Clock

from sketchlib.confidence import REST_SECONDS
from sketchlib.drawing import quickdraw
from sketchlib.game import game_pad
from sketchlib.game.game_pad import GamePad
from sketchlib.game.rules import PAUSE_SECONDS, Game

NAMES = ["ant", "bicycle", "<b>bold</b>", "eyeglasses"]
LINE = [(10, 20), (20, 20), (30, 25), (40, 30), (50, 50)]


class FakePredictor:
    """Says what it was told to say, once `open` is set."""

    classes = NAMES

    def __init__(self):
        self.open = threading.Event()
        self.open.set()
        self.says, self.asked, self.error = [("house", 0.6), ("barn", 0.2)], 0, None
        self.unfinished = []

    def top_k(self, drawing, k=5, unfinished=False):
        self.asked += 1
        self.unfinished.append(unfinished)
        says = self.says
        assert self.open.wait(10)
        if self.error is not None:
            raise self.error
        return says


@pytest.fixture
def predictor():
    predictor = FakePredictor()
    yield predictor
    predictor.open.set()


@pytest.fixture
def clock(monkeypatch) -> Clock:
    """A clock for the game, whose conductor looks at it often."""
    clock = Clock()
    monkeypatch.setattr(game_pad, "STEP_SECONDS", 0.005)
    monkeypatch.setattr(
        game_pad, "Game", lambda *arguments: Game(*arguments, clock=clock), raising=True
    )
    return clock


@pytest.fixture
def pad(predictor, clock, tmp_path):
    pad = GamePad(predictor, rounds=3, seconds=20, folder=tmp_path / "mine")
    yield pad
    pad.close()


def draw(pad, points=LINE):
    hands.draw(pad, points)


def pass_seconds(pad, clock, seconds):
    """Let the game live through some seconds, or less where its round ends before."""
    for _ in range(round(2 * seconds)):
        if not _live_half_a_second(pad.game, clock):
            return


def _live_half_a_second(game, clock) -> bool:
    """Wait until the game has seen the clock go on; False if a round or a pause ended."""
    before = game.phase, len(game.results)
    clock.now += 0.5
    hands.wait_until(lambda: game._seen == clock.now or (game.phase, len(game.results)) != before)
    return (game.phase, len(game.results)) == before


def threads():
    return [thread for thread in threading.enumerate() if thread.name == "sketch-game"]


def shown(pad) -> str:
    """All that the page says at the moment."""

    def texts(widget):
        if hasattr(widget, "description"):
            yield getattr(widget, "value", None) or widget.description
        for child in getattr(widget, "children", ()):
            yield from texts(child)

    return "\n".join(str(text) for text in list(texts(pad))[1:])


def win(pad, predictor):
    """Draw, and be recognised once all is drawn."""
    predictor.says = [("house", 0.4), (pad.game.prompt, 0.35), ("barn", 0.1)]
    predictor.open.clear()
    draw(pad)
    predictor.open.set()
    hands.wait_until(lambda: pad.game.phase == "pause")


def next_round(pad, clock):
    pass_seconds(pad, clock, PAUSE_SECONDS)
    hands.wait_until(lambda: pad.game.phase != "pause")


# Before the start


def test_a_page_on_which_nobody_plays_stays_light(pad):
    assert pad.board is None
    assert not threads()
    assert "3 things to draw, 20 seconds each" in shown(pad)
    assert "Start" in shown(pad) and "Undo" not in shown(pad)


def test_the_start_button_starts(pad):
    pad._start.click()
    assert pad.game.phase == "drawing"
    assert "Round 1 of 3" in shown(pad)
    assert "Skip" in shown(pad) and "Start" not in shown(pad)
    assert len(threads()) == 1
    pad.start()
    assert len(threads()) == 1


def test_the_prompt_is_said_with_its_article_and_escaped(pad):
    pad.start()
    said = {"ant": "an ant", "bicycle": "a bicycle", "eyeglasses": "eyeglasses"}
    said["<b>bold</b>"] = "a &lt;b&gt;bold&lt;/b&gt;"
    for name in NAMES:
        pad.game.prompt = name
        pad._show()
        assert f"Draw {said[name]}</p>" in pad._prompt.value
        assert "<b>" not in pad._prompt.value


# A round


def test_a_recognised_drawing_ends_the_round(pad, predictor, clock):
    pad.start()
    prompt = pad.game.prompt
    pass_seconds(pad, clock, 3)
    win(pad, predictor)
    hands.wait_until(lambda: "Got it" in shown(pad))
    (result,) = pad.game.results
    assert result.accepted and result.prompt == prompt
    assert [stroke[:, :2].tolist() for stroke in result.drawing] == [[list(p) for p in LINE]]
    assert result.runners_up == ["house", "barn"]
    assert "in 3 seconds" in pad._cheer.value
    assert "✓" in pad._marks.value


def test_a_drawing_that_rests_is_asked_about_as_a_finished_one(pad, predictor, clock):
    pad.start()
    draw(pad)
    hands.wait_until(lambda: predictor.unfinished == [True])
    pass_seconds(pad, clock, REST_SECONDS - 1)
    assert predictor.unfinished == [True]
    pass_seconds(pad, clock, 3)
    hands.wait_until(lambda: predictor.unfinished == [True, False])
    draw(pad)
    hands.wait_until(lambda: predictor.unfinished[2:] == [True])


def test_live_guesses_are_told_without_flooding(pad, clock, predictor):
    pad.start()
    assert "nothing yet" in shown(pad)
    draw(pad)
    hands.wait_until(lambda: "<b>a house</b>, a barn" in shown(pad))
    assert pad.game.phase == "drawing"
    sent = []
    pad._clock.observe(lambda change: sent.append(change["new"]), "value")
    pass_seconds(pad, clock, 5)
    assert 4 <= len(sent) <= 6
    assert 'role="timer" aria-live="off"' in sent[-1] and ">15 s<" in sent[-1]


def test_time_runs_out_and_the_pen_rests(pad, clock):
    pad.start()
    draw(pad)
    hands.wait_until(lambda: "a house" in shown(pad))
    pass_seconds(pad, clock, 20)
    hands.wait_until(lambda: "Time is up" in shown(pad))
    assert "I took it for a house" in pad._cheer.value
    drawing = pad.board.drawing
    draw(pad, [(1, 1), (2, 2), (3, 3)])
    assert len(pad.board.drawing) == len(drawing) == 1
    assert pad._skip.disabled and pad._undo.disabled and pad._clear.disabled


def test_a_stroke_under_the_pen_is_part_of_the_result(pad, clock):
    pad.start()
    hands.event(pad, "mouse_down", 1, 1)
    hands.event(pad, "mouse_move", 9, 9)
    pass_seconds(pad, clock, 20)
    hands.wait_until(lambda: pad.game.phase == "pause")
    assert [len(stroke) for stroke in pad.game.results[0].drawing] == [2]
    hands.event(pad, "mouse_move", 20, 20)
    assert [len(stroke) for stroke in pad.board.drawing] == [2]


def test_the_next_round_has_a_clean_sheet_that_undo_does_not_fill(pad, predictor, clock):
    pad.start()
    win(pad, predictor)
    next_round(pad, clock)
    assert pad.game.round == 2
    assert pad.board.drawing == []
    assert "Round 2 of 3" in shown(pad) and "Got it" not in shown(pad)
    assert pad._undo.disabled
    pad.board.undo()
    assert pad.board.drawing == []
    draw(pad)
    assert not pad._undo.disabled and not pad._clear.disabled
    pad._undo.click()
    assert pad.board.drawing == []
    assert "nothing yet" in shown(pad)


def test_an_answer_that_comes_after_its_round_does_not_count(pad, predictor, clock):
    pad.start()
    predictor.says = [(name, 0.3) for name in NAMES]
    predictor.open.clear()
    draw(pad)
    hands.wait_until(lambda: predictor.asked)
    pad.skip()
    next_round(pad, clock)
    predictor.open.set()
    hands.wait_until(lambda: pad._recogniser._thread is None or not pad._recogniser._news.is_set())
    time.sleep(0.1)
    assert pad.game.phase == "drawing" and pad.game.score == 0
    assert "nothing yet" in shown(pad)


def test_an_answer_to_what_was_cleared_does_not_count(pad, predictor):
    pad.start()
    predictor.says = [(pad.game.prompt, 1.0)]
    predictor.open.clear()
    draw(pad)
    hands.wait_until(lambda: predictor.asked)
    pad._clear.click()
    predictor.open.set()
    time.sleep(0.1)
    assert pad.game.phase == "drawing"
    assert "nothing yet" in shown(pad)


def test_a_predictor_that_fails_is_shown_and_the_game_goes_on(pad, predictor, clock):
    pad.start()
    predictor.error = RuntimeError("no <model>")
    draw(pad)
    hands.wait_until(lambda: "RuntimeError: no &lt;model&gt;" in shown(pad))
    predictor.error = None
    win(pad, predictor)
    next_round(pad, clock)
    assert "RuntimeError" not in shown(pad)
    assert (pad.game.round, pad.game.score) == (2, 1)


# The end


def play(pad, predictor, clock):
    """Win a round, let time run out in one, skip the last."""
    pad.start()
    win(pad, predictor)
    next_round(pad, clock)
    predictor.says = [("house", 0.9), ("barn", 0.05)]
    draw(pad)
    hands.wait_until(lambda: "a house" in shown(pad))
    pass_seconds(pad, clock, 20)
    next_round(pad, clock)
    draw(pad)
    pad._skip.click()
    next_round(pad, clock)
    hands.wait_until(lambda: "I recognised 1 of 3" in shown(pad))


def test_the_gallery_shows_every_round(pad, predictor, clock):
    play(pad, predictor, clock)
    text = shown(pad)
    assert text.count("<svg") == text.count("<figure") == 3
    assert text.count("✓") == 1 and text.count("✗") == 2
    assert "time is up; I took it for a house" in text
    assert "skipped" in text
    assert "I also thought of: barn" in text
    assert "Play again" in text and "Skip" not in text
    hands.wait_until(lambda: not threads())


def test_a_round_without_ink_has_no_picture(pad, clock):
    pad.start()
    for _ in range(3):
        pad.skip()
        next_round(pad, clock)
    hands.wait_until(lambda: "I recognised 0 of 3" in shown(pad))
    assert shown(pad).count("nothing drawn") == 3
    assert pad._keep.disabled


def test_play_again(pad, predictor, clock):
    play(pad, predictor, clock)
    pad._again.click()
    assert (pad.game.phase, pad.game.round, pad.game.score) == ("drawing", 1, 0)
    assert "Round 1 of 3" in shown(pad) and pad.board.drawing == []
    win(pad, predictor)
    assert pad.game.score == 1


def test_drawings_are_kept_under_their_prompts(pad, predictor, clock, tmp_path):
    play(pad, predictor, clock)
    results = pad.game.results
    assert not (tmp_path / "mine").exists()
    pad._keep.click()
    kept = {record["word"]: record for record in quickdraw.read(tmp_path / "mine")}
    assert set(kept) == {result.prompt for result in results[:2]}  # not the one given up
    drawing = kept[results[0].prompt]["drawing"]
    np.testing.assert_allclose(drawing[0][:, :2], LINE, atol=1)
    assert "Kept 2 drawings in mine" in shown(pad)
    assert pad._keep.disabled


def test_drawings_that_cannot_be_kept_are_told_of(pad, predictor, clock, tmp_path):
    (tmp_path / "mine").write_text("a file in the way", "utf-8")
    play(pad, predictor, clock)
    pad._keep.click()
    assert "FileExistsError" in shown(pad) and "Kept" not in shown(pad)
    (tmp_path / "mine").unlink()
    pad._keep.click()
    assert "FileExistsError" not in shown(pad) and "Kept 2 drawings" in shown(pad)


def test_a_drawing_is_kept_once_where_another_one_fails(
    pad, predictor, clock, tmp_path, monkeypatch
):
    play(pad, predictor, clock)
    save, calls = game_pad.my_drawings.save_labelled, []

    def save_but_not_the_second(*arguments):
        calls.append(arguments)
        if len(calls) == 2:
            raise OSError("the disk is full")
        return save(*arguments)

    monkeypatch.setattr(game_pad.my_drawings, "save_labelled", save_but_not_the_second)
    pad._keep.click()
    assert "the disk is full" in shown(pad)
    pad._keep.click()
    assert len(list(quickdraw.read(tmp_path / "mine"))) == 2


def test_close_ends_the_threads_in_the_middle_of_a_round(pad, predictor):
    pad.start()
    draw(pad)
    pad.close()
    hands.wait_until(lambda: not threads())
    hands.wait_until(lambda: pad._recogniser._thread is None)


# The heartbeat


def test_the_clock_stands_still_while_nobody_hears(pad, clock, monkeypatch):
    pad.start()
    pass_seconds(pad, clock, 5)
    monkeypatch.setattr(pad._connection, "beats", lambda: False)
    pass_seconds(pad, clock, 60)
    assert pad.game.remaining == 15
    monkeypatch.undo()
