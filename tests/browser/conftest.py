"""Real servers and a real browser for the drawing pad; nothing outside this machine is asked."""

import math
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import nbformat
import pytest
from pad_page import SECONDS, PadPage
from playwright.sync_api import Browser, sync_playwright

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
CHROMIUM = "/usr/bin/chromium"
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Debian's Chromium."""
    if not Path(CHROMIUM).exists():
        pytest.skip(f"there is no {CHROMIUM}: apt-get install chromium")
    return CHROMIUM


@pytest.fixture(scope="session")
def browser(chromium):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def token() -> str:
    """What the server asks for."""
    return "browser-tests"


@pytest.fixture(scope="session")
def served(tmp_path_factory) -> Path:
    """The folder that the servers work in: a copy of the notebooks, to which a test may add."""
    folder = tmp_path_factory.mktemp("served")
    shutil.copytree(NOTEBOOKS, folder / "notebooks")
    return folder


@pytest.fixture(scope="session")
def launch(served):
    """Start `python -m …` beside a copy of the notebooks, and wait until it answers at a port."""
    servers = []

    def start(*arguments: str, port: int, **environment: str) -> str:
        log = (served / f"{arguments[0]}-{port}.log").open("w", encoding="utf-8")
        servers.append(
            subprocess.Popen(
                [os.environ.get("SERVER_PYTHON", sys.executable), "-m", *arguments],
                cwd=served,
                env=_private(served) | environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        )
        address = f"http://127.0.0.1:{port}"
        _wait_for(f"{address}/api/status", servers[-1], Path(log.name))
        return address

    yield start
    for server in servers:
        server.terminate()
    for server in servers:
        server.wait(timeout=SECONDS)


@pytest.fixture(scope="session")
def serve(launch, token):
    """Start `python -m …` as `launch` does, at any free port; returns the address to open it at."""

    def start(*arguments: str) -> str:
        port = free_port()
        where = ("--ip=127.0.0.1", f"--port={port}")
        return launch(*arguments, *where, port=port, JUPYTER_TOKEN=token)

    return start


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def lab(serve) -> str:
    """The address of a JupyterLab with the notebooks."""
    return serve("jupyterlab", "--no-browser", "--allow-root", "--ServerApp.root_dir=notebooks")


@pytest.fixture(scope="session")
def web_page(launch):
    """Serve a notebook as `make app` does; returns the address."""

    def start(notebook: str, *options: str) -> str:
        port = free_port()
        where = (f"--port={port}", "--no-browser", "--visitors=50")
        return launch("sketchlib.commands.webpage", notebook, *where, *options, port=port)

    return start


@pytest.fixture(scope="session")
def kept(tmp_path_factory) -> Path:
    """Where the web page keeps drawings that were named."""
    return tmp_path_factory.mktemp("kept") / "mine"


@pytest.fixture(scope="session")
def voila(web_page, served, kept) -> str:
    """The address of the drawing notebook as a web page, which keeps drawings elsewhere."""
    notebook = nbformat.read(NOTEBOOKS / "05_draw.ipynb", as_version=4)
    (cell,) = [cell for cell in notebook.cells if "Panels(pad)" in cell.source]
    cell.source = cell.source.replace("Panels(pad)", f"Panels(pad, {str(kept)!r})")
    assert str(kept) in cell.source
    (served / "page").mkdir()
    nbformat.write(notebook, served / "page" / "05_draw.ipynb")
    return web_page("page/05_draw.ipynb")


def _private(folder: Path) -> dict[str, str]:
    """Return an environment in which servers and kernels use no one's settings but their own."""
    names = [
        "HOME",
        "USERPROFILE",
        "IPYTHONDIR",
        "JUPYTER_CONFIG_DIR",
        "JUPYTER_DATA_DIR",
        "JUPYTER_RUNTIME_DIR",
    ]
    names += ["JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR"]
    folders = {name: str(folder / name.lower()) for name in names}
    return os.environ | folders


def _wait_for(address: str, server: subprocess.Popen, log: Path) -> None:
    """Wait until the server answers, in whatever way; its log tells why it does not."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"the server did not start:\n{log.read_text('utf-8', errors='replace')}")


@pytest.fixture
def open_pad(browser: Browser):
    """Open an address in a new window without network; an error on the page fails the test."""
    contexts, problems = [], []

    def open_page(address: str, **options) -> PadPage:
        context = browser.new_context(**options)
        contexts.append(context)
        context.route(lambda url: "//127.0.0.1:" not in url, lambda route: route.abort())
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto(address)
        return PadPage(page)

    yield open_page
    for context in contexts:
        context.close()
    assert not problems


@pytest.fixture
def web_pad(voila, open_pad):
    """Open the web page, and wait until one may draw."""

    def open_page(query: str = "", **options) -> PadPage:
        pad = open_pad(voila + query, **options)
        pad.wait()
        return pad

    return open_page


@pytest.fixture
def circle() -> list[tuple[float, float]]:
    turns = [2 * math.pi * step / 24 for step in range(25)]
    return [(0.5 + 0.3 * math.cos(turn), 0.5 + 0.3 * math.sin(turn)) for turn in turns]


@pytest.fixture
def zigzag() -> list[tuple[float, float]]:
    return [(0.1 + 0.05 * step, 0.75 if step % 2 else 0.85) for step in range(17)]
