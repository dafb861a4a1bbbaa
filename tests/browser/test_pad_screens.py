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


SCREENS = {
    "phone": (360, 640),
    "landscape": (640, 360),
    "200 % of 1024 x 768": (512, 384),
    "200 % of 1300 x 1000": (650, 500),
    "tablet": (820, 1180),
    "laptop": (1024, 768),
}


@pytest.mark.parametrize("screen", SCREENS)
def test_sheet_bars_and_tools_are_in_view_at_once(web_pad, circle, screen):
    width, height = SCREENS[screen]
    pad = web_pad(viewport={"width": width, "height": height})
    pad.draw(circle)
    pad.guesses()
    tools = [pad.button(name) for name in ("Undo", "Redo", "Eraser", "Clear", "Replay")]
    for part in (pad.canvas, *pad.bars.all(), pad.root.locator(".sketchpad-status"), *tools):
        expect(part).to_be_in_viewport(ratio=0.99)
    assert pad.canvas.bounding_box()["width"] >= 0.7 * min(400, width, height)
    assert pad.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert scrolled(pad) == 0


def scrolled(pad: PadPage) -> float:
    return pad.page.evaluate(
        "[...document.querySelectorAll('*')].reduce((sum, e) => sum + e.scrollTop, 0)"
    )


def test_fingers_hit_what_they_aim_at_and_nothing_stays_grey(web_pad, circle):
    pad = web_pad(**PHONE)
    pad.touch(circle)
    pad.guesses()
    pad.root.get_by_role("button", name="Keep and open").tap()
    expect(pad.root.get_by_role("link", name="SVG")).to_be_visible()
    targets = [*pad.page.get_by_role("button").all(), *pad.page.get_by_role("tab").all()]
    targets += [*pad.root.get_by_role("link").all(), pad.page.get_by_placeholder("Search the")]
    for target in targets:
        box = target.bounding_box()
        assert min(box["width"], box["height"]) >= 44, target.inner_text()
    before = colours(pad.button("Undo"))
    pad.button("Clear").tap()
    pad.wait_until_blank()
    pad.touch(circle)
    pad.guesses()
    expect(pad.button("Clear")).to_be_enabled()
    assert colours(pad.button("Clear")) == before


STRIPPED = """new MutationObserver(() => {
  for (const part of document.querySelectorAll('.widget-html-content :is(style, img)'))
    { part.removeAttribute('onerror'); part.remove(); }
}).observe(document, {childList: true, subtree: true})"""


def test_without_our_scripts_and_styles_one_draws_all_the_same(web_pad, circle):
    pad = web_pad()
    pad.page.add_init_script(STRIPPED)
    pad.page.reload()
    pad.wait()
    expect(pad.page.locator(".sketchpad-heard")).to_have_count(0)  # as no script ran
    pad.draw(circle)
    pad.draw([(0.4, 0.5), (0.6, 0.5), (0.6, 0.6)])
    ink = pad.wait_for_ink(3000)
    pad.guesses()
    for bar in pad.bars.locator("meter").all():
        box = bar.bounding_box()
        assert box["width"] > 3 * box["height"] > 0
    assert pad.canvas.bounding_box()["width"] <= 400
    pad.click("Undo")
    pad.wait_for_ink(1, ink - 100)


def test_dark_theme(web_pad, circle):
    pad = web_pad(color_scheme="dark")
    pad.draw(circle)
    pad.guesses()
    assert brightness(colours(pad.button("Undo"))[1]) < 0.2
    texts = [pad.names.first, pad.bars.locator(".sketchpad-percent").first]
    texts += [pad.root.locator(".sketchpad-status"), pad.root.locator(".sketchpad-keys")]
    texts += [pad.button(name) for name in ("Undo", "Redo", "Eraser", "Why?")]
    for text in texts:
        assert contrast(*colours(text)) >= READABLE, text
    assert contrast(*ink_and_paper(pad)) >= READABLE


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
