"""The web page on other screens: high densities, a phone, the dark theme."""

import re

import pytest
from pad_page import PHONE, PadPage
from playwright.sync_api import Locator, expect

READABLE = 4.5  # contrast that WCAG asks of text


@pytest.mark.parametrize("density", [2, 3])
def test_high_density(web_pad, circle, density):
    pad = web_pad(device_scale_factor=density)
    width = pad.canvas.bounding_box()["width"]
    assert pad.canvas.evaluate("canvas => canvas.width") >= 2 * width
    assert pad.page.evaluate("devicePixelRatio") == density
    pad.draw(circle)
    pad.wait_for_ink_at(*circle)
    assert not pad.inked(0.5, 0.5)


def test_everything_fits_a_phone(web_pad, circle):
    pad = web_pad(**PHONE)
    pad.touch(circle)
    pad.guesses()
    percents = pad.bars.locator(".sketchpad-percent")
    lines = "parts => parts.map(p => { p.textContent = '100 %'; return p.offsetHeight; })"
    assert max(percents.evaluate_all(lines)) < 30, "the longest text takes one line"
    for part in (pad.canvas, pad.bars.first, pad.button("Undo"), pad.button("Clear")):
        expect(part).to_be_in_viewport(ratio=0.99)
    assert pad.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_dark_theme(web_pad, circle):
    pad = web_pad("?theme=dark")
    pad.draw(circle)
    pad.guesses()
    assert brightness(colours(pad.button("Undo"))[1]) < 0.2
    texts = [pad.names.first, pad.bars.locator(".sketchpad-percent").first]
    texts += [pad.root.locator(".sketchpad-status"), pad.root.locator(".sketchpad-keys")]
    texts += [pad.button(name) for name in ("Undo", "Redo", "Eraser", "Why?")]
    for text in texts:
        assert contrast(*colours(text)) >= READABLE, text
    assert contrast(*ink_and_paper(pad)) >= READABLE
    bar = pad.bars.locator(".sketchpad-bar").first
    track = pad.bars.locator(".sketchpad-track").first
    assert contrast(colours(bar)[1], colours(track)[1]) >= 2


def colours(part: Locator) -> tuple[list[float], list[float]]:
    """Return the RGB, 0..255, of a part's text and of what is behind it."""
    found = ["", ""]
    while not all(found):  # a part that an answer has just replaced has no colours
        found = part.evaluate(_COLOURS)
    text, behind = ([float(n) for n in re.findall(r"[\d.]+", value)[:3]] for value in found)
    return text, behind


_COLOURS = """element => {
  const colour = getComputedStyle(element).color;
  for (; element; element = element.parentElement) {
    const behind = getComputedStyle(element).backgroundColor;
    if (!/, 0\\)$|transparent/.test(behind)) return [colour, behind];
  }
  return [colour, 'rgb(255, 255, 255)'];
}"""


def ink_and_paper(pad: PadPage) -> tuple[list[float], list[float]]:
    """Return the RGB, 0..255, of the ink, and of the sheet under it."""
    ink = pad.canvas.evaluate(
        """canvas => {
             const pixels = canvas.getContext("2d")
               .getImageData(0, 0, canvas.width, canvas.height).data;
             const first = pixels.findIndex((value, i) => i % 4 == 3 && value == 255);
             return [...pixels.slice(first - 3, first)];
           }"""
    )
    return ink, colours(pad.canvas)[1]


def brightness(colour: list[float]) -> float:
    """Return the relative luminance of an RGB, 0..255, as WCAG defines it."""
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (value / 255 for value in colour)
    ]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: list[float], other: list[float]) -> float:
    """Return the contrast of two colours, 1 to 21."""
    dark, bright = sorted((brightness(one), brightness(other)))
    return (bright + 0.05) / (dark + 0.05)
