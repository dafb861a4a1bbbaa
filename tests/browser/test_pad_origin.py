"""Nothing is asked of anybody but the server, on the web page and in JupyterLab."""

from urllib.parse import urlsplit

import pytest
from pad_page import PadPage
from playwright.sync_api import Browser, expect


@pytest.fixture
def asked(browser: Browser):
    """A page, and all the hosts that it asks for something."""
    page = browser.new_page()
    hosts: set[str] = set()
    page.route("**/*", lambda route: None if note(route.request.url) else route.continue_())

    def note(address: str) -> bool:
        """Note a host; True if it is elsewhere: then nobody ever answers."""
        parts = urlsplit(address)
        if parts.scheme in ("data", "blob"):
            return False
        hosts.add(str(parts.hostname))
        return parts.hostname != "127.0.0.1"

    page.on("websocket", lambda socket: hosts.add(str(urlsplit(socket.url).hostname)))
    yield page, hosts
    page.close()


def test_the_page_asks_nobody_else_and_is_there_while_others_hang(asked, voila, circle):
    page, hosts = asked
    page.goto(voila, wait_until="commit")
    pad = PadPage(page)
    pad.wait()
    pad.draw(circle)
    pad.guesses()
    page.get_by_role("tab", name="Play").click()
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_role("timer")).to_be_visible()
    assert hosts == {"127.0.0.1"}


def test_a_full_page_asks_nobody_else(asked, web_page, voila):
    page, hosts = asked
    page.goto(web_page("page/05_draw.ipynb", "--visitors=0"))
    expect(page.get_by_role("heading")).to_contain_text("All sheets are taken")
    assert hosts == {"127.0.0.1"}


def test_jupyterlab_asks_nobody_else(asked, lab, token):
    page, hosts = asked
    page.goto(f"{lab}/lab/tree/05_draw.ipynb?token={token}", wait_until="commit")
    expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    PadPage(page).wait()
    assert hosts == {"127.0.0.1"}
