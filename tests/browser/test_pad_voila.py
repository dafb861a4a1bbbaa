"""The drawing notebook as a web page: a mouse on a desktop, a finger on a phone."""

import pytest
from pad_page import PHONE
from playwright.sync_api import expect


def test_mouse(web_pad, circle, zigzag):
    pad = web_pad()
    expect(pad.page).to_have_title("Draw")
    expect(pad.page.get_by_role("heading")).to_have_text(["Draw"], use_inner_text=True)
    expect(pad.page.get_by_role("tab")).to_have_text(["Draw", "Play"], use_inner_text=True)
    expect(pad.page.get_by_text("SketchPad")).to_have_count(0)  # no source, no story for coders
    assert pad.ink() == 0
    expect(pad.hint).to_be_visible()
    pad.draw(circle)
    ink, guesses = pad.wait_for_ink(3000), pad.guesses()

    pad.draw(zigzag)
    pad.wait_for_ink(ink + 1000)
    pad.wait_for_other_guesses(guesses)

    pad.click("Undo")
    pad.wait_for_ink(ink, ink)
    pad.click("Clear")
    pad.wait_until_blank()

    pad.page.reload()
    pad.wait()
    pad.draw(circle)
    assert pad.wait_for_ink(3000) == pytest.approx(ink, rel=0.02)
    pad.guesses()


def test_finger_on_a_phone(web_pad, circle):
    pad = web_pad(**PHONE)
    assert pad.canvas.bounding_box()["width"] <= PHONE["viewport"]["width"]
    pad.touch(circle)
    pad.wait_for_ink(1000)
    pad.guesses()
    assert pad.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert pad.page.evaluate("window.scrollY") == 0
