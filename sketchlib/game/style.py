"""What the drawing game says and how it looks: CSS, and the HTML of its lines and its gallery.

Colours are JupyterLab's variables, with fallbacks. Right and wrong differ in colour, sign and word.
"""

import html
import math
from collections.abc import Sequence

from sketchlib._shared.colors import order_colors
from sketchlib.drawing import svg
from sketchlib.game.rules import Game, Result, with_article
from sketchlib.pad.problems import said

STYLE = """<style>
.sketchgame { container-type: inline-size; padding: 4px; overflow: visible;
  --line: var(--jp-border-color1, #bdbdbd); --brand: var(--jp-brand-color1, #1976d2);
  --quiet: var(--jp-ui-font-color2, #616161); --soft: var(--jp-layout-color2, #eee); }
.sketchgame .jupyter-widgets { margin: 0; overflow: visible; max-width: 100%; }
.sketchgame .widget-html-content { line-height: 1.4; font-size: 15px; white-space: normal;
  font-family: var(--jp-ui-font-family, system-ui, sans-serif);
  color: var(--jp-ui-font-color1, #212121); }
.sketchgame p { margin: 0; }
.sketchgame .jupyter-button { flex: 1 1 0; height: 44px; line-height: 42px; border-radius: 8px;
  font-size: 15px; border: 1px solid var(--line); box-shadow: none; padding: 0 18px;
  background: var(--jp-layout-color1, #fff); color: var(--jp-ui-font-color1, #212121); }
.sketchgame .jupyter-button:is(:hover, :focus, :active):enabled { box-shadow: none; }
@media (hover: hover) { .sketchgame .jupyter-button:hover:enabled { background: var(--soft); } }
.sketchgame .jupyter-button:focus-visible { outline: 3px solid var(--brand); outline-offset: 2px; }
.sketchgame .jupyter-button.mod-primary, .sketchgame .jupyter-button.mod-primary:hover:enabled {
  background: #1565c0; border-color: #1565c0; color: #fff; font-weight: 600; }
.sketchgame .sketchgame-buttons { gap: 8px; margin-top: 8px; width: 100%; max-width: 400px; }
.sketchgame-head { grid-area: head; width: 100%; }
.sketchgame-prompt { font-size: 26px; font-weight: 700; line-height: 1.25; }
.sketchgame-prompt small { display: block; font-size: 13px; font-weight: 400;
  color: var(--quiet); }
.sketchgame-clock { display: flex; align-items: center; gap: 12px; margin: 8px 0 12px; }
.sketchgame-clock span { min-width: 3.2em; text-align: right; font-weight: 600;
  font-variant-numeric: tabular-nums; }
.sketchgame-track { flex: 1; height: 12px; border-radius: 6px; background: var(--soft);
  overflow: hidden; }
.sketchgame-left { height: 100%; border-radius: 6px; background: var(--brand);
  width: var(--to); animation: sketchgame-run 1s linear; }
.sketchgame-late .sketchgame-left { background: #d55e00; }
@keyframes sketchgame-run { from { width: var(--from); } }
.sketchgame-parts { display: grid; gap: 0 28px; justify-content: start; align-items: start;
  grid-template: "head head" auto "sheet side" auto "tools side" 1fr /
    auto minmax(200px, 400px); }
.sketchgame-main { display: contents; }
.sketchgame-sheet { grid-area: sheet; }
.sketchgame-main .sketchgame-buttons { grid-area: tools; }
.sketchgame-side { grid-area: side; }
.sketchgame .sketchgame-sheet { position: relative; width: fit-content; margin: 0 -4px;
  max-width: calc(100% + 8px); }
.sketchgame .sketchgame-head { position: relative; overflow: visible; }
.sketchgame-head .sketchgame-cheer { position: absolute; inset: 0; margin: 0; height: auto;
  pointer-events: none; }
.sketchgame-cheer .widget-html-content { width: 100%; height: 100%; }
.sketchgame-cheer p { position: absolute; inset: 0; padding: 0 12px; text-align: center;
  display: grid; place-content: center; border-radius: 14px; font-size: 24px; font-weight: 700;
  line-height: 1.15; color: #fff; background: #4a4f5a;
  animation: sketchgame-pop .35s cubic-bezier(.2, 1.6, .4, 1); }
.sketchgame-cheer p.sketchgame-right { background: #1565c0; }
.sketchgame-cheer small { display: block; font-size: 15px; font-weight: 400; }
@keyframes sketchgame-pop { from { transform: scale(.6); opacity: 0; } }
.sketchgame-seen { min-height: 2.6em; font-size: 20px; line-height: 1.3; }
.sketchgame-seen b { font-weight: 700; }
.sketchgame-marks { display: grid; grid-template-columns: 1.5em 1fr auto; gap: 4px 8px;
  margin-top: 14px; max-width: 320px; }
.sketchgame-marks span:nth-child(3n) { color: var(--quiet); font-variant-numeric: tabular-nums; }
.sketchgame-sign { font-weight: 700; color: var(--quiet); }
.sketchgame-sign.sketchgame-right { color: var(--brand); }
.sketchgame-gallery { display: grid; gap: 20px; margin: 14px 0 4px; max-width: 720px;
  grid-template-columns: repeat(auto-fill, minmax(190px, 1fr)); }
.sketchgame-gallery figure { margin: 0; }
.sketchgame-gallery svg, .sketchgame-blank { display: block; width: 100%; height: auto;
  aspect-ratio: 1; box-sizing: border-box; }
.sketchgame-blank { border: 1px dashed var(--line); border-radius: 12px; color: var(--quiet);
  display: grid; place-items: center; }
.sketchgame-gallery figcaption { margin-top: 6px; font-size: 14px; }
.sketchgame-gallery b { display: block; font-size: 16px; }
.sketchgame-gallery small { display: block; color: var(--quiet); font-size: 13px; }
.sketchgame-quiet { color: var(--quiet); font-size: 13px; margin-top: 8px; }
.sketchgame-problem { color: var(--jp-error-color1, #d32f2f); font-size: 13px; margin-top: 8px; }
@container (max-width: 600px) {
  .sketchgame-gallery { grid-template-columns: repeat(2, 1fr); gap: 16px 12px; }
}
@media (max-width: 640px) and (orientation: portrait) {
  .sketchgame { --sheet-room: calc(100svh - 290px); }
  .sketchgame-parts { grid-template: "head" "sheet" "tools" "side" / minmax(0, 400px); }
}
@media (max-height: 520px) and (orientation: landscape) {
  .sketchgame { --sheet-room: calc(100svh - 88px); }
  .sketchgame-parts { gap: 0 12px; grid-template: "sheet head" auto "sheet tools" auto
    "sheet side" 1fr / auto minmax(0, 400px); }
}
@media (max-width: 640px) and (orientation: portrait), (max-height: 520px) {
  .sketchgame-prompt, .sketchgame-cheer p { font-size: 20px; }
  .sketchgame-clock { margin: 4px 0 6px; }
  .sketchgame-seen { min-height: 2.6em; font-size: 16px; }
}
@media (prefers-reduced-motion: reduce) {
  .sketchgame-left, .sketchgame-cheer p { animation: none; }
}
</style>"""

# The button that was pressed is gone, or rests: whoever uses the keyboard goes on at the sheet or,
# at the end, at the next button. Nothing is scrolled.
_FOCUS_HERE = (
    '<img src="data:," alt="" hidden onerror="const game = this.closest(\'.sketchgame\'); '
    "setTimeout(() => { if (document.activeElement === document.body) "
    "game.querySelector('.sketchpad-paper canvas, .jupyter-button:enabled')"
    '?.focus({preventScroll: true}); }, 150)">'
)

LATE_SECONDS = 5  # the last ones, in which the bar has another colour


def intro(game: Game) -> str:
    """Return what is said before the first round."""
    rounds = "One thing" if game.rounds == 1 else f"{game.rounds} things"
    return (
        f'<p class="sketchgame-prompt">Can I recognise what you draw?</p>'
        f"<p>{rounds} to draw, {game.seconds:g} seconds each. I guess while you draw.</p>"
    )


def prompt(game: Game) -> str:
    """Return what is to be drawn, as a line that is read out when it changes."""
    name = html.escape(with_article(game.prompt))
    return (
        f'<p class="sketchgame-prompt" role="alert">'
        f"<small>Round {game.round} of {game.rounds}</small>Draw {name}</p>{_FOCUS_HERE}"
    )


def countdown(game: Game) -> str:
    """Return the seconds that are left, as text and as a bar that runs through this second.

    It changes once a second, so that a page far away is not flooded; nothing of it is read out.
    """
    left = math.ceil(game.remaining)
    ends = (left, left - 1 if left and game.phase == "drawing" else left)
    share, next_share = (100 * seconds / game.seconds for seconds in ends)
    late = " sketchgame-late" if left <= LATE_SECONDS else ""
    return (
        f'<div class="sketchgame-clock{late}"><div class="sketchgame-track" aria-hidden="true">'
        f'<div class="sketchgame-left" style="--from:{share:.1f}%; --to:{next_share:.1f}%"></div>'
        f'</div><span role="timer" aria-live="off" aria-label="{left} seconds left">{left} s</span>'
        "</div>"
    )


def seen(names: Sequence[str], sure: bool = True) -> str:
    """Return the live guesses as a sentence, likeliest first."""
    if not names:
        return '<p class="sketchgame-seen">I see … nothing yet.</p>'
    first, *others = (html.escape(with_article(name)) for name in names)
    text = ", ".join([f"<b>{first}</b>", *others])
    begin = "I see" if sure else "Not sure yet. Perhaps"
    return f'<p class="sketchgame-seen">{begin} {text} …</p>'


def known(name: str) -> str:
    """Return what is said in place of the guesses once one was right."""
    return f'<p class="sketchgame-seen">I know: <b>{html.escape(with_article(name))}</b>!</p>'


def cheer(result: Result) -> str:
    """Return how the round ended, to be laid over the prompt and the clock."""
    name = html.escape(result.prompt)
    if result.accepted:
        text = f"✓ Got it: {name}!<small>in {_seconds(result)}</small>"
        return f'<p class="sketchgame-right" role="alert">{text}</p>{_FOCUS_HERE}'
    if result.outcome == "skipped":
        return f'<p role="alert">Skipped</p>{_FOCUS_HERE}'
    guess = f"I took it for {html.escape(with_article(result.guess))}." if result.guess else ""
    return f'<p role="alert">✗ Time is up<small>{guess}</small></p>{_FOCUS_HERE}'


def marks(results: Sequence[Result]) -> str:
    """Return the rounds so far: a sign, the prompt, and how it ended."""
    rows = [
        f"{_sign(r)}<span>{html.escape(r.prompt)}</span><span>{_end(r)}</span>" for r in results
    ]
    return f'<div class="sketchgame-marks">{"".join(rows)}</div>'


def gallery(game: Game) -> str:
    """Return all that was drawn in a game, and what the model thought of it."""
    cards = "".join(map(_card, game.results))
    return (
        f'<p class="sketchgame-prompt" role="alert">{_praise(game)}</p>'
        f'<div class="sketchgame-gallery">{cards}</div>{_FOCUS_HERE}'
    )


def kept(results: Sequence[Result], folder: str) -> str:
    """Return what is said once the drawings are saved."""
    count = sum(result.worth_keeping for result in results)
    text = f"Kept {count} drawing{'' if count == 1 else 's'} in {html.escape(folder)}."
    return f'<p class="sketchgame-quiet" role="status">{text}</p>'


def problem(error: Exception) -> str:
    """Return what went wrong, as a line that is read out."""
    return f'<p class="sketchgame-problem" role="alert">{html.escape(said(error))}</p>'


def _praise(game: Game) -> str:
    share = game.score / game.rounds
    word = "Wonderful!" if share == 1 else "Well done!" if share >= 0.5 else "That was hard."
    return f"{word} I recognised {game.score} of {game.rounds}."


def _card(result: Result) -> str:
    """Return one drawing of the gallery."""
    name = html.escape(result.prompt)
    if result.accepted:
        verdict = f"recognised in {_seconds(result)}"
    elif result.guess:
        verdict = f"{_end(result)}; I took it for {html.escape(with_article(result.guess))}"
    else:
        verdict = _end(result)
    others = [html.escape(other) for other in result.runners_up[:3]]
    also = f"<small>I also thought of: {', '.join(others)}</small>" if others else ""
    return (
        f"<figure>{_picture(result)}<figcaption><b>{_sign(result)} {name}</b>{verdict}{also}"
        "</figcaption></figure>"
    )


def _picture(result: Result) -> str:
    """Return the drawing, coloured in the order of its strokes."""
    if not result.drawing:
        return '<div class="sketchgame-blank">nothing drawn</div>'
    label = f"Your drawing of {with_article(result.prompt)}"
    return svg.inline(result.drawing, label, order_colors(len(result.drawing)))


def _sign(result: Result) -> str:
    if result.accepted:
        return '<span class="sketchgame-sign sketchgame-right" aria-hidden="true">✓</span>'
    return '<span class="sketchgame-sign" aria-hidden="true">✗</span>'


def _end(result: Result) -> str:
    return _seconds(result) if result.accepted else result.outcome


def _seconds(result: Result) -> str:
    seconds = max(round(result.seconds), 1)
    return f"{seconds} second{'' if seconds == 1 else 's'}"
