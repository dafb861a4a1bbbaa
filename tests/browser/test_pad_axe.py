"""Axe, the usual checker of accessibility, finds nothing on the web page that is worth a word."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

SLIGHT = ("minor", None)  # what may be found


def faults(page: Page) -> list[str]:
    """Return what axe finds on a page as it is now, each with the elements that it is about."""
    return [
        f"{found['impact']}: {found['help']} {[node['html'][:100] for node in found['nodes']]}"
        for found in Axe().run(page).response["violations"]
        if found["impact"] not in SLIGHT
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_drawing_and_all_that_is_told_of_it(web_pad, circle, zigzag, scheme):
    pad = web_pad(color_scheme=scheme)
    assert faults(pad.page) == []
    pad.draw(circle)
    pad.draw(zigzag)
    pad.guesses()
    for opener in ("What it sees", "Why?", "Keep and open"):
        pad.click(opener)
        expect(pad.button(opener)).to_have_attribute("aria-expanded", "true")
        pad.page.wait_for_load_state("networkidle")
        assert faults(pad.page) == [], opener


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_game(web_pad, scheme):
    page = web_pad(color_scheme=scheme).page
    page.get_by_role("tab", name="Play").click()
    start = page.get_by_role("button", name="Start", exact=True)
    expect(start).to_be_visible()
    assert faults(page) == []
    start.click()
    expect(page.get_by_role("button", name="Skip", exact=True)).to_be_visible()
    assert faults(page) == []


def test_what_has_no_name_is_found(web_pad):
    page = web_pad().page
    page.evaluate("document.querySelector('canvas').parentNode.append(new Image())")
    page.evaluate("document.images[document.images.length - 1].src = '/favicon.ico'")
    assert any("alternat" in fault for fault in faults(page))
