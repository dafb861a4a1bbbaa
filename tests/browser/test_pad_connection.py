"""The page when its kernel is gone or the network is cut: it says so, and the drawing is kept."""

import os
import signal

import psutil
import pytest
from pad_page import PadPage
from playwright.sync_api import Browser, expect

from sketchlib.pad import connection


@pytest.fixture
def page(browser: Browser, voila):
    """The page; a kernel that is killed makes its scripts complain, and that is no matter here."""
    page = browser.new_page()
    page.goto(voila)
    PadPage(page).wait()
    yield page
    page.close()


def kill_its_kernel(page) -> None:
    """Kill the kernel of a page, as a system without memory does."""
    name = page.evaluate(
        "JSON.parse(document.getElementById('jupyter-config-data').textContent).kernelId"
    )
    (kernel,) = [
        process
        for process in psutil.process_iter(["cmdline"])
        if any(name in part for part in process.info["cmdline"] or [])
    ]
    os.kill(kernel.pid, getattr(signal, "SIGKILL", signal.SIGTERM))


def test_a_killed_kernel_is_told_of_and_the_drawing_comes_back(page, circle):
    pad, banner = PadPage(page), page.locator(".sketchpad-lost")
    pad.draw(circle)
    ink = pad.wait_for_ink(3000)
    expect(banner).to_have_count(0)
    kill_its_kernel(page)
    expect(banner).to_have_text(connection.ON_PAGE_KEPT)
    page.reload()
    pad.wait()
    assert pad.wait_for_ink(3000) == pytest.approx(ink, rel=0.02)
    pad.guesses()
    expect(banner).to_have_count(0)
    page.reload()  # without a reason to keep anything
    pad.wait()
    pad.wait_until_blank()


def test_the_game_tells_of_it_too_and_shows_no_broken_chains(page):
    page.get_by_role("tab", name="Play").click()
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_role("timer")).to_be_visible()
    kill_its_kernel(page)
    expect(page.locator(".sketchpad-lost")).to_have_text([connection.ON_PAGE])
    chains = page.evaluate(
        """[...document.querySelectorAll('.jupyter-widgets-disconnected')].filter(
             part => getComputedStyle(part, '::before').content !== 'none').length"""
    )
    assert chains == 0


def test_a_short_cut_is_told_of_and_costs_nothing(browser, voila, circle, zigzag):
    page, cut, waiting = browser.new_page(), [], []
    ends = []

    def between(here) -> None:
        """Hold back what is said while the network is cut."""
        there = here.connect_to_server()
        for one, other in ((here, there), (there, here)):
            say = other.send
            one.on_message(lambda told, say=say: waiting.append((say, told)) if cut else say(told))
        ends.append(here)

    page.route_web_socket("**/channels*", between)
    page.goto(voila)
    pad, banner = PadPage(page), page.locator(".sketchpad-lost")
    pad.wait()
    pad.draw(circle)
    ink = pad.wait_for_ink(3000)
    cut.append(True)
    pad.draw(zigzag)
    expect(banner).to_have_text(connection.ON_PAGE_KEPT)
    cut.clear()
    for say, told in waiting:
        say(told)
    expect(banner).to_have_count(0)
    pad.wait_for_ink(ink + 1000)
    pad.click("Undo")
    pad.wait_for_ink(ink, ink)
    page.close()
