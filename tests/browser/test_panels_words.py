"""What the panels tell below the pad, on the web page."""

import numpy as np
from pad_page import PadPage
from playwright.sync_api import Locator, expect


def panel(pad: PadPage, name: str) -> Locator:
    """Open a panel and return it."""
    titles = ["What it sees", "Why?", "Keep and open"]
    pad.click(name)
    return pad.root.locator(".sketchpad-panel").nth(titles.index(name))


def test_why_of_one_stroke_and_of_a_house(web_pad, circle):
    pad = web_pad()
    why = panel(pad, "Why?")
    expect(why).to_contain_text("too little ink")
    pad.draw(circle)
    expect(why).to_contain_text("Of one stroke there is no telling why.")
    expect(why.locator("img")).to_have_count(3)
    assert all(
        image.evaluate("image => image.complete && image.naturalWidth > 0")
        for image in why.locator("img").all()
    )
    pad.click("Clear")
    expect(why).to_contain_text("too little ink")
    pad.draw([(0.2, 0.9), (0.2, 0.5), (0.8, 0.5), (0.8, 0.9), (0.2, 0.9)])
    pad.draw([(0.2, 0.5), (0.5, 0.1), (0.8, 0.5)])
    pad.draw([(0.45, 0.9), (0.45, 0.65), (0.58, 0.65), (0.58, 0.9)])
    expect(why).to_contain_text("→")
    expect(why).to_contain_text("without it")
    expect(why.locator("svg text").first).to_be_visible()


def test_more_points_than_the_model_reads(web_pad):
    pad = web_pad()
    seen = panel(pad, "What it sees")
    way = np.linspace(0, 1, 600)
    wild = np.stack([0.1 + 0.8 * way, 0.5 + 0.4 * np.sin(400 * way)], axis=1)
    pad.draw(wild.tolist())
    expect(seen).to_contain_text("no more than 101 of them")
    expect(seen.locator("circle")).to_have_count(101)


def test_a_word_is_asked_for_where_it_is_missing_and_does_not_outlive_its_drawing(
    web_pad, circle, zigzag, kept
):
    pad = web_pad()
    keeping = panel(pad, "Keep and open")
    pad.draw(circle)
    expect(pad.button("Keep it")).to_be_enabled()
    pad.click("Keep it")
    alert = keeping.get_by_role("alert")
    expect(alert).to_contain_text("needs a word")
    button = pad.button("Keep it").bounding_box()
    assert abs(alert.bounding_box()["y"] - button["y"]) < 120, "beside the button"
    word = pad.root.get_by_placeholder("word")
    word.fill("wheel")
    pad.click("Keep it")
    expect(keeping).to_contain_text("Kept as “wheel”, on this computer, in")
    pad.click("Clear")
    expect(word).to_have_value("")
    pad.draw(zigzag)
    expect(pad.button("Keep it")).to_be_enabled()
    pad.click("Keep it")
    expect(keeping.get_by_role("alert")).to_contain_text("needs a word")
    assert not list(kept.glob("zigzag*"))
