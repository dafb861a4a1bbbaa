"""The web page as `make app` serves it to others: behind a reverse proxy, to those with a token."""

import urllib.error
import urllib.request
from urllib.parse import urlsplit

import pytest
from conftest import free_port
from playwright.sync_api import expect
from proxy import proxy

TOKEN = "some-long-word"
PREFIX = "/pad/"
NAME = "pad.example"
PARTS = ("", "?token=another-word", "api/kernels/0-0-0-0-0")


@pytest.fixture(scope="module")
def address(launch):
    """The page's address at the proxy."""
    port = free_port()
    options = [f"--port={port}", f"--token={TOKEN}", f"--base-url={PREFIX}", "--no-browser"]
    options.append(f"--name={NAME}")
    behind = urlsplit(launch("sketchlib.commands.webpage", *options, port=port)).netloc
    with proxy(behind, PREFIX) as there:
        yield there + PREFIX


@pytest.mark.parametrize("part", PARTS)
def test_without_the_token_nothing_is_served(address, part):
    try:
        with urllib.request.urlopen(address + part) as answer:
            assert urlsplit(answer.url).path == PREFIX + "login"
            assert b"sketchpad" not in answer.read()
    except urllib.error.HTTPError as error:
        assert error.code in (401, 403)


@pytest.mark.parametrize(("name", "code"), [(NAME, 200), ("evil.example", 403)])
def test_the_proxy_asks_by_the_name_that_was_given(address, name, code):
    request = urllib.request.Request(f"{address}login", headers={"Host": name})
    try:
        with urllib.request.urlopen(request) as answer:
            assert answer.status == code
    except urllib.error.HTTPError as error:
        assert error.code == code


def test_with_the_token_one_draws(address, open_pad, circle):
    pad = open_pad(f"{address}?token={TOKEN}")
    pad.wait()
    pad.draw(circle)
    pad.wait_for_ink_at(*circle)
    pad.guesses()


def test_the_page_asks_for_the_token(address, open_pad, circle):
    pad = open_pad(address)
    expect(pad.canvas).to_have_count(0)
    pad.page.get_by_label("Password or token").fill(TOKEN)
    pad.page.keyboard.press("Enter")
    pad.wait()
    pad.page.goto(address)  # a browser that has been let in once
    pad.wait()
    pad.draw(circle)
    pad.guesses()
