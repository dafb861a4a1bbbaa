"""What hands do on the web page: the tools and their keys, the mouse's edge cases, two fingers."""

import itertools

import pytest
from pad_page import PHONE, PadPage
from playwright.sync_api import WebSocket, expect


def across(y: float, left: float = 0.2, right: float = 0.8) -> list[tuple[float, float]]:
    """Return a line across the paper."""
    return [(left + (right - left) * step / 12, y) for step in range(13)]


HIGH, LOW = across(0.3), across(0.7)
ON_HIGH, ON_LOW = (0.5, 0.3), (0.5, 0.7)


@pytest.fixture
def two_lines(web_pad) -> PadPage:
    """A pad with a line high on it and one low."""
    pad = web_pad()
    pad.draw(HIGH)
    pad.draw(LOW)
    pad.wait_for_ink_at(ON_HIGH, ON_LOW)
    return pad


def wait_for_lines(pad: PadPage, *expected: tuple[float, float]) -> None:
    """Wait until exactly these lines are there."""
    pad.wait_until(
        lambda: [p for p in (ON_HIGH, ON_LOW) if pad.inked(*p)] == list(expected),
        f"the ink should be at {expected}",
    )


def test_buttons(two_lines):
    pad = two_lines
    expect(pad.button("Redo")).to_be_disabled()
    pad.click("Undo")
    wait_for_lines(pad, ON_HIGH)
    pad.click("Redo")
    wait_for_lines(pad, ON_HIGH, ON_LOW)
    pad.click("Eraser")
    expect(pad.button("Eraser")).to_have_attribute("aria-pressed", "true")
    pad.draw([(0.4, 0.1), (0.4, 0.2), (0.4, 0.3), (0.4, 0.4)])
    wait_for_lines(pad, ON_LOW)
    assert not pad.inked(0.4, 0.2)  # the eraser itself leaves nothing
    pad.click("Undo")
    wait_for_lines(pad, ON_HIGH, ON_LOW)
    pad.click("Clear")
    pad.wait_until_blank()
    expect(pad.button("Clear")).to_be_disabled()
    pad.click("Undo")
    wait_for_lines(pad, ON_HIGH, ON_LOW)


def test_keys(two_lines):
    pad, eraser = two_lines, two_lines.button("Eraser")
    pad.page.keyboard.press("Control+z")  # the sheet has the focus, as one has just drawn
    wait_for_lines(pad, ON_HIGH)
    pad.press("Control+y")
    wait_for_lines(pad, ON_HIGH, ON_LOW)
    pad.press("Control+z")
    wait_for_lines(pad, ON_HIGH)
    pad.press("Control+Shift+z")
    wait_for_lines(pad, ON_HIGH, ON_LOW)
    pad.press("e")
    expect(eraser).to_have_attribute("aria-pressed", "true")
    pad.draw([(0.4, 0.6), (0.4, 0.7), (0.4, 0.8)])
    wait_for_lines(pad, ON_HIGH)
    pad.press("e")
    expect(eraser).to_have_attribute("aria-pressed", "false")
    pad.press("c")
    pad.wait_until_blank()


def test_tab_and_escape_leave_the_sheet(two_lines):
    pad = two_lines
    for key in ("Tab", "Shift+Tab", "Escape"):
        pad.press(key)
        expect(pad.canvas).not_to_be_focused()
    pad.press("Tab")
    expect(pad.button("Undo")).to_be_focused()
    pad.page.keyboard.press("Shift+Tab")
    expect(pad.canvas).to_be_focused()


def test_other_mouse_buttons_draw_nothing(web_pad):
    pad = web_pad()
    pad.draw(HIGH, button="right")
    pad.draw(HIGH, button="middle")
    pad.draw(LOW)
    pad.wait_for_ink_at(ON_LOW)
    assert not pad.inked(*ON_HIGH)
    pad.click("Undo")
    pad.wait_until_blank()
    expect(pad.button("Undo")).to_be_disabled()  # there was nothing else


def test_a_stroke_ends_at_the_edge(web_pad):
    pad = web_pad()
    pad.draw(across(0.3, 0.52, 1.72))  # the button is released outside
    pad.wait_for_ink_at((0.62, 0.3), (0.985, 0.3))  # the last point inside is 0.92
    back = pad.on_screen(across(0.5, 1.3, 0.2))
    for point in back:
        pad.page.mouse.move(*point)
    pad.draw(LOW)
    pad.wait_for_ink_at(ON_LOW)
    assert not any(pad.inked(x, 0.5) for x in (0.2, 0.5, 0.8))
    pad.click("Undo")
    pad.click("Undo")
    pad.wait_until_blank()
    expect(pad.button("Undo")).to_be_disabled()  # two strokes, no more


def test_a_pen_that_comes_back_goes_on(web_pad):
    pad = web_pad()
    there, back = across(0.3, 0.5, 1.1), across(0.6, 1.1, 0.3)
    places = pad.on_screen([*there, *back])
    pad.page.mouse.move(*places[0])
    pad.page.mouse.down()
    for place in places[1:]:
        pad.page.mouse.move(*place)
        pad.page.wait_for_timeout(20)
    pad.page.mouse.up()
    pad.wait_for_ink_at((0.7, 0.3), (0.7, 0.6), (0.4, 0.6))
    pad.click("Undo")
    pad.click("Undo")
    pad.wait_until_blank()


def test_names_change_places_three_times_a_second_at_most(web_pad):
    pad = web_pad()
    pad.page.evaluate(
        """() => {
             const names = () => [...document.querySelectorAll('.sketchpad-name')]
               .map(name => name.textContent).join();
             let before = names();
             window.changes = [];
             new MutationObserver(() => {
               if (names() !== before && names()) window.changes.push(performance.now());
               before = names();
             }).observe(
               document.querySelector('.sketchpad-bars'), {childList: true, subtree: true});
           }"""
    )
    for y in (0.2, 0.35, 0.5, 0.65, 0.8):
        for x in range(4):
            pad.draw([(0.1 + 0.2 * x, y), (0.2 + 0.2 * x, y - 0.1), (0.25 + 0.2 * x, y)])
    pad.guesses()
    changes = pad.page.evaluate("window.changes")
    assert len(changes) >= 3
    late = 100  # ms that a message may be on its way longer than another one
    assert all(b - a > 1000 - late for a, b in zip(changes, changes[3:], strict=False)), changes


def test_the_kernel_hears_of_no_more_moves_than_it_needs(web_pad):
    pad = web_pad()
    told = []

    def listen(socket: WebSocket) -> None:
        socket.on("framesent", lambda message: told.append(message))

    pad.page.on("websocket", listen)
    pad.page.reload()
    pad.wait()

    def moves() -> int:
        return sum(b"mouse_move" in (message or b"") for message in told)

    for x in range(60):  # nobody draws
        pad.page.mouse.move(*pad.on_screen([(0.2 + x / 100, 0.5)])[0])
    assert moves() == 0
    corner = [*across(0.3, 0.2, 0.8), *[(0.8, 0.3 + step / 30) for step in range(1, 13)]]
    slowly = [
        (x + share * (right - x), y + share * (below - y))
        for (x, y), (right, below) in itertools.pairwise(corner)
        for share in (0, 0.25, 0.5, 0.75)
    ]
    pad.page.mouse.move(*pad.on_screen(slowly)[0])
    pad.page.mouse.down()
    for point in pad.on_screen(slowly):
        pad.page.mouse.move(*point)
        pad.page.wait_for_timeout(8)
    pad.page.mouse.up()
    pad.wait_for_ink_at(*corner)
    assert 10 < moves() < 0.6 * len(slowly)


@pytest.fixture
def phone(web_pad) -> PadPage:
    """The pad on a phone whose screen is lower than the page, so that it can be scrolled."""
    return web_pad(**PHONE | {"viewport": {"width": 360, "height": 600}})


def scrolled(pad: PadPage) -> float:
    """Return how far the page is scrolled, in whatever element scrolls."""
    return pad.page.evaluate(
        "[...document.querySelectorAll('*')].reduce((sum, e) => sum + e.scrollTop, 0)"
    )


def swipe(pad: PadPage, x: float, start: float) -> None:
    """Move a finger a long way up the screen, slowly enough for the page to follow."""
    pad.fingers("touchStart", (x, start))
    for step in range(1, 16):
        pad.fingers("touchMove", (x, start - 0.05 * step))
        pad.page.wait_for_timeout(20)
    pad.fingers("touchEnd")


def test_the_page_stays_under_the_finger(phone):
    at_rest = scrolled(phone)
    swipe(phone, 0.5, 0.9)
    phone.wait_for_ink_at((0.5, 0.85), (0.5, 0.5), (0.5, 0.2))
    assert scrolled(phone) == at_rest
    box, buttons = (
        part.bounding_box() for part in (phone.canvas, phone.root.locator(".sketchpad-buttons"))
    )
    below = (buttons["y"] + buttons["height"] / 2 - box["y"]) / box["height"]
    swipe(phone, 1.05, below)
    phone.wait_until(lambda: scrolled(phone) > at_rest, "elsewhere a finger scrolls the page")


def test_a_second_finger_draws_nothing(phone):
    first, second = across(0.3), across(0.7)
    phone.fingers("touchStart", first[0])
    for point in first[1:6]:
        phone.fingers("touchMove", point)
    phone.fingers("touchStart", first[5], second[0])
    for pair in zip(first[6:9], second[1:4], strict=True):
        phone.fingers("touchMove", *pair)
    phone.fingers("touchMove", first[8])  # so says the protocol that the second one was lifted
    for point in first[9:]:
        phone.fingers("touchMove", point)
    phone.fingers("touchEnd")
    phone.wait_for_ink_at(*first[1:12])
    assert not any(phone.inked(*point) for point in second)
    phone.click("Undo")
    phone.wait_until_blank()  # all of it was one stroke
