"""The bars with the guesses."""

import html


def guesses_html(guesses: list[tuple[str, float]], status: str, rows: int) -> str:
    """Return the bars as HTML: one row per (class name, probability), empty rows up to `rows`."""
    lines = [_row(name, probability) for name, probability in guesses]
    lines += [_EMPTY_ROW] * (rows - len(lines))
    return (
        f'<ol class="sketchpad-guesses" aria-label="Best guesses">{"".join(lines)}</ol>'
        f'<div class="sketchpad-status">{html.escape(status)}</div>'
    )


def _row(name: str, probability: float) -> str:
    """Return one bar; the percentage is text too, for those who read or listen."""
    name, percent = html.escape(name), 100 * probability
    text = f"{percent:.0f} %" if percent >= 1 else "&lt; 1 %"
    return (
        f'<li><span class="sketchpad-name">{name}</span>'
        f'<span class="sketchpad-percent">{text}</span>'
        f'<div class="sketchpad-track" role="meter" aria-label="{name}" aria-valuemin="0" '
        f'aria-valuemax="100" aria-valuenow="{percent:.1f}">'
        f'<div class="sketchpad-bar" style="width:{percent:.1f}%"></div></div></li>'
    )


_EMPTY_ROW = '<li aria-hidden="true"><div class="sketchpad-track"></div></li>'
