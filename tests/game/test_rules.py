"""The rules of the drawing game, with a clock that stands still until it is told to go."""

import random

import pytest
from clocks import Clock

from sketchlib.drawing import quickdraw
from sketchlib.game.rules import (
    AMBIGUOUS,
    FINISH_SECONDS,
    HARDLY_KNOWN,
    HOLD_SECONDS,
    LONGEST_STEP,
    NOT_SURE,
    PAUSE_SECONDS,
    THRESHOLD,
    Game,
    playable,
    with_article,
)

NAMES = ["ant", "bicycle", "cat", "dog", "eye", "fish", "guitar"]
INK = [[[1.0, 2.0], [3.0, 4.0]]]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def game(clock) -> Game:
    game = Game(NAMES, rounds=3, seconds=20, rng=random.Random(1), clock=clock)
    game.start()
    return game


def win(game: Game) -> bool:
    game.draw(INK)
    return game.hear([("zebra", 0.5), (game.prompt, THRESHOLD), ("lion", 0.1)])


# Prompts


@pytest.mark.parametrize(
    "name, said",
    [
        ("bicycle", "a bicycle"),
        ("ant", "an ant"),
        ("ear", "an ear"),
        ("umbrella", "an umbrella"),
        ("hourglass", "an hourglass"),
        ("hospital", "a hospital"),
        ("house plant", "a house plant"),
        ("t-shirt", "a t-shirt"),
        ("The Eiffel Tower", "The Eiffel Tower"),
        ("eyeglasses", "eyeglasses"),
        ("stairs", "stairs"),
        ("pants", "pants"),
        ("grass", "grass"),
        ("bus", "a bus"),
        ("compass", "a compass"),
        ("sun", "the sun"),
        ("ice cream", "an ice cream"),
    ],
)
def test_a_prompt_has_the_right_article(name, said):
    assert with_article(name) == said


def test_no_plural_of_the_classes_has_an_article():
    singular = {"bus", "school bus", "cactus", "compass", "wine glass", "hourglass", "octopus"}
    singular |= {"rhinoceros"}
    wrong = [
        name
        for name in quickdraw.CLASSES
        if name.endswith("s") and with_article(name) != name and name not in singular
    ]
    assert wrong == []


def test_unfair_prompts_are_left_out_and_all_are_names_of_classes():
    left = playable(quickdraw.CLASSES)
    assert set(quickdraw.CLASSES) - set(left) == AMBIGUOUS | HARDLY_KNOWN
    assert len(left) > 300


def test_no_prompt_comes_twice_in_a_game(clock):
    for seed in range(20):
        game = Game(NAMES, rounds=6, rng=random.Random(seed), clock=clock)
        game.start()
        prompts = []
        while game.phase != "over":
            prompts.append(game.prompt)
            game.skip()
            clock.pass_seconds(game, PAUSE_SECONDS)
        assert len(set(prompts)) == len(prompts) == 6
        assert set(prompts) <= set(NAMES)


def test_the_next_game_asks_for_other_things_where_there_are_any(game, clock):
    before = {game.prompt}
    for _ in range(3):
        game.skip()
        clock.pass_seconds(game, PAUSE_SECONDS)
    before = {result.prompt for result in game.results}
    game.start()
    now = set(game._prompts)
    assert not before & now
    assert len(now) == 3
    game.start()
    assert len(set(game._prompts)) == 3  # the four others, of which three


def test_few_names_make_a_short_game_and_none_is_an_error(clock):
    game = Game(["cat", "cow", "van"], rounds=6, clock=clock)
    assert game.rounds == 2
    game.start()
    game.start()
    assert sorted(game._prompts) == ["cat", "cow"]
    with pytest.raises(ValueError, match="no round"):
        Game(["van", "circle"], clock=clock)
    with pytest.raises(ValueError, match="no round"):
        Game(NAMES, rounds=0, clock=clock)


# A round


def test_nothing_happens_before_the_start(clock):
    game = Game(NAMES, clock=clock)
    clock.pass_seconds(game, 100)
    game.draw(INK)
    assert not game.hear([("ant", 1.0)])
    game.skip()
    assert (game.phase, game.prompt, game.round, game.remaining) == ("ready", "", 0, 20)
    assert game.results == []


def test_a_drawing_is_accepted_at_the_threshold_and_not_below(game, clock):
    prompt = game.prompt
    clock.pass_seconds(game, 4)
    game.draw(INK)
    assert not game.hear([("zebra", 0.6), (prompt, THRESHOLD - 0.01)])
    assert game.phase == "drawing"
    assert win(game)
    assert game.phase == "pause"
    (result,) = game.results
    assert result.accepted and result.outcome == "accepted"
    assert (result.prompt, result.guess, result.seconds) == (prompt, prompt, 4)
    assert result.runners_up == ["zebra", "lion"]
    assert result.drawing == INK
    assert game.score == 1


def test_while_the_pen_is_down_it_must_be_seen_for_a_while(game, clock):
    seen = [(game.prompt, THRESHOLD)]
    game.draw(INK, pen_is_up=False)
    assert not game.hear(seen)
    clock.pass_seconds(game, 0.5)
    assert not game.hear([("zebra", 0.9), (game.prompt, 0.1)]), "it was so for a moment"
    clock.pass_seconds(game, 0.5)
    assert not game.hear(seen) and game.phase == "drawing"
    clock.pass_seconds(game, HOLD_SECONDS - 0.1, step=0.1)
    assert not game.hear(seen) and game.phase == "drawing"
    clock.pass_seconds(game, 0.2, step=0.1)
    assert game.phase == "pause" and game.results[0].accepted
    assert game.results[0].guesses == seen


def test_a_lifted_pen_need_not_wait(game):
    game.draw(INK, pen_is_up=False)
    assert not game.hear([(game.prompt, THRESHOLD)])
    game.draw(INK)
    assert game.hear([(game.prompt, THRESHOLD)])


def test_what_is_seen_as_the_time_runs_out_is_accepted(game, clock):
    clock.pass_seconds(game, 19.75)
    game.draw(INK, pen_is_up=False)
    game.hear([(game.prompt, THRESHOLD)])
    clock.pass_seconds(game, 0.25)
    assert game.results[0].accepted


def test_what_was_accepted_may_be_finished_and_is_kept_so(game, clock):
    win(game)
    finished = INK
    for _ in range(3):
        clock.pass_seconds(game, PAUSE_SECONDS - 0.5)
        finished = [*finished, INK[0]]
        game.draw(finished)
    assert game.phase == "pause" and game.may_draw
    assert game.results[0].drawing == finished and len(finished) == 4
    game.draw([])
    game.draw([[[9.0, 9.0]]])
    assert game.results[0].drawing == finished, "after a cleared sheet it is something else"
    clock.pass_seconds(game, PAUSE_SECONDS)
    assert game.phase == "drawing" and game.round == 2


def test_who_goes_on_drawing_holds_the_game_up_for_a_while_only(game, clock):
    win(game)
    game.draw(INK, pen_is_up=False)
    clock.pass_seconds(game, FINISH_SECONDS - 0.25)
    assert game.phase == "pause", "the pen is still down"
    clock.pass_seconds(game, 0.25)
    assert game.phase == "drawing"


def test_what_was_not_accepted_is_not_finished(game, clock):
    game.draw(INK, pen_is_up=False)
    game.skip()
    assert not game.may_draw
    game.draw([*INK, *INK])
    assert game.results[0].drawing == INK
    clock.pass_seconds(game, PAUSE_SECONDS)
    assert game.phase == "drawing"


def test_a_doubtful_guess_is_not_a_sure_one(game):
    assert not game.sure
    game.draw(INK)
    game.hear([("zebra", NOT_SURE - 0.01)])
    assert not game.sure
    game.hear([("zebra", NOT_SURE)])
    assert game.sure
    game.draw([])
    assert not game.sure


def test_time_runs_out(game, clock):
    game.draw(INK)
    game.hear([("zebra", 0.6), ("lion", 0.2), (game.prompt, 0.1)])
    clock.pass_seconds(game, 19.75)
    assert (game.phase, game.remaining) == ("drawing", 0.25)
    clock.pass_seconds(game, 0.25)
    (result,) = game.results
    assert result.outcome == "time is up" and not result.accepted
    assert (result.guess, result.runners_up) == ("zebra", ["lion", result.prompt])
    assert result.seconds == 20
    assert game.score == 0


def test_skip_gives_up_and_keeps_what_there_was(game, clock):
    clock.pass_seconds(game, 3)
    game.draw(INK)
    game.skip()
    (result,) = game.results
    assert (result.outcome, result.seconds) == ("skipped", 3)
    assert (result.guess, result.runners_up) == ("", [])
    assert result.drawing == INK


def test_a_cleared_drawing_has_no_guesses(game):
    game.draw(INK)
    game.hear([("zebra", 0.9)])
    game.draw([])
    game.skip()
    assert (game.results[0].guess, game.results[0].drawing) == ("", [])


def test_what_comes_after_a_round_does_not_count(game):
    prompt = game.prompt
    game.skip()
    assert not game.hear([(prompt, 1.0)])
    game.draw(INK)
    game.skip()
    (result,) = game.results
    assert result.outcome == "skipped" and result.drawing == []


# The clock


def test_the_next_round_comes_by_itself_and_the_game_ends(game, clock):
    rounds = []
    for _ in range(3):
        rounds.append((game.round, game.phase, game.remaining))
        assert win(game)
        assert game.round == rounds[-1][0]
        clock.pass_seconds(game, PAUSE_SECONDS - 0.25)
        assert game.phase == "pause"
        clock.pass_seconds(game, 0.25)
    assert rounds == [(1, "drawing", 20), (2, "drawing", 20), (3, "drawing", 20)]
    assert (game.phase, game.prompt, game.round, game.score) == ("over", "", 3, 3)
    clock.pass_seconds(game, 100)
    assert (game.phase, len(game.results)) == ("over", 3)


def test_a_computer_that_stood_still_costs_no_time(game, clock):
    clock.pass_seconds(game, 5)
    clock.now += 3600
    game.tick()
    assert game.remaining == 15 - LONGEST_STEP
    clock.now += 3600
    game.skip()
    assert game.results[0].seconds == 5 + 2 * LONGEST_STEP


def test_a_held_clock_stands_still(game, clock):
    clock.pass_seconds(game, 5)
    for _ in range(100):
        clock.now += 0.5
        game.hold()
    assert game.remaining == 15
    clock.pass_seconds(game, 1)
    assert game.remaining == 14


def test_a_new_game_starts_from_nothing(game, clock):
    win(game)
    clock.pass_seconds(game, PAUSE_SECONDS + 7)
    game.start()
    assert (game.score, game.results, game.round) == (0, [], 1)
    assert game.remaining == 20
    game.skip()
    assert game.results[0].drawing == []
