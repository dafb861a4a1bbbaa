"""The drawing notebook in JupyterLab: run it, draw, take strokes away, reload the page, draw on."""

import pytest
from pad_page import PadPage
from playwright.sync_api import expect


@pytest.fixture
def pad(lab, open_pad, token) -> PadPage:
    """The pad of notebook 05, after all its cells ran."""
    pad = open_pad(f"{lab}/lab/tree/05_draw.ipynb?token={token}")
    expect(pad.page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible()
    pad.page.get_by_role("menuitem", name="Run", exact=True).click()
    pad.page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    expect(pad.page.get_by_text("strokes: lollipop").last).to_be_visible()  # it goes to the end
    pad.wait()
    return pad


def save_and_reload(pad: PadPage) -> None:
    pad.page.keyboard.press("ControlOrMeta+s")
    expect(pad.page.locator(".lm-TabBar-tab.jp-mod-dirty")).to_have_count(0)
    pad.page.reload()
    pad.wait()


def test_draw_undo_clear_and_reload(pad, circle, zigzag):
    assert pad.ink() == 0
    pad.draw(circle)
    ink_of_circle, guesses = pad.wait_for_ink(3000), pad.guesses()

    pad.draw(zigzag)
    ink_of_both = pad.wait_for_ink(ink_of_circle + 1000)
    pad.wait_for_other_guesses(guesses)

    save_and_reload(pad)
    assert pad.wait_for_ink(3000) == ink_of_both
    pad.click("Undo")
    assert pad.wait_for_ink(at_most=ink_of_both - 1000) == ink_of_circle
    guesses = pad.guesses()
    pad.draw(zigzag)
    assert pad.wait_for_ink(ink_of_circle + 1000) == pytest.approx(ink_of_both, rel=0.02)
    pad.wait_for_other_guesses(guesses)

    pad.click("Clear")
    pad.wait_until_blank()
    pad.draw(circle)
    assert pad.wait_for_ink(3000) == pytest.approx(ink_of_circle, rel=0.02)
