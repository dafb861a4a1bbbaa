"""What the browser benchmarks share: a Voilà server on this machine and a headless Chromium."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
SECONDS = 120  # how long a server or a kernel may take on a busy machine
SERVE = "from sketchlib.commands.visitors import Page; Page.launch_instance()"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
FLAGS += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]


def chromium() -> str:
    """Return the path of Chromium; without one, says what to install and ends the benchmark."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if not path:
        print("This needs Chromium, which is not installed: sudo apt install chromium")
        sys.exit()
    return path


@contextmanager
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def voila(what: Path, *flags: str) -> Iterator[tuple[str, subprocess.Popen]]:
    """The address and process of `make app`'s server while it serves a notebook or a folder.

    It runs in the project's folder, with settings of its own.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-c", SERVE, str(what), "--no-browser", "--Voila.ip=127.0.0.1"]
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,  # kernels may still log
        open(Path(folder, "log"), "w+", encoding="utf-8") as log,
    ):
        names = ["IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"]
        environment = os.environ | {name: str(Path(folder, name.lower())) for name in names}
        environment |= {"TF_CPP_MIN_LOG_LEVEL": "2", "PYTHONPATH": str(ROOT)}
        server = subprocess.Popen(
            [*command, f"--port={port}", *flags],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=log,
        )
        try:
            address = f"http://127.0.0.1:{port}"
            wait(lambda: server.poll() is not None or _answers(address + "/voila/static/voila.js"))
            if server.poll() is not None:
                said = Path(folder, "log").read_text("utf-8", errors="replace")
                raise RuntimeError(f"Voilà did not start:\n{said}")
            yield address, server
        finally:
            server.terminate()
            server.wait(SECONDS)


def _answers(address: str) -> bool:
    try:
        urllib.request.urlopen(address, timeout=5).close()
        return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def wait(condition: Callable[[], bool], step: float = 0.1) -> None:
    """Wait until a condition holds; raises TimeoutError where it never does."""
    deadline = time.monotonic() + SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {SECONDS} s for {condition}")
        time.sleep(step)


def play(page: Page, drawing: list, corner: tuple[float, float], rate: float) -> None:
    """Draw strokes [n, 2], in CSS pixels from a corner of the window, with `rate` moves a second.

    Moves come at even times, however long the browser takes for one.
    """
    due = time.perf_counter()
    for stroke in drawing:
        for number, (x, y) in enumerate(stroke):
            due += 1 / rate
            time.sleep(max(0.0, due - time.perf_counter()))
            page.mouse.move(corner[0] + float(x), corner[1] + float(y))
            if number == 0:
                page.mouse.down()
        page.mouse.up()
