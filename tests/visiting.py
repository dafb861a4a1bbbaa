"""Visitors of the web page without a browser: what a page tells its kernel, and hears from it."""

import asyncio
import contextlib
import itertools
import json
import os
import re
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Coroutine, Iterator, Sequence
from pathlib import Path
from socket import socket
from typing import Any, TypeVar

from little_world import ROOT
from tornado.httpclient import AsyncHTTPClient, HTTPRequest, HTTPResponse
from tornado.websocket import WebSocketClientConnection, websocket_connect

from sketchlib.pad import javascript

T = TypeVar("T")
SUBPROTOCOL = "v1.kernel.websocket.jupyter.org"
SECONDS = 60  # how long anything may take on a busy machine
SIZE = 800  # of the sheet, in canvas pixels
HOOK = [(200, 200), (600, 200), (600, 600), (200, 600), (200, 210)]  # something to draw
FOLDERS = ("HOME", "IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")


class Loop:
    """An event loop in a thread of its own, for the main one may have that of a browser."""

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Return what comes of something awaited."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def __enter__(self) -> "Loop":
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@contextlib.contextmanager
def page(folder: Path, *options: str) -> Iterator[str]:
    """The address of the page while `make app` serves it, with nobody's settings but its own."""
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "sketchlib.commands.webpage", "--no-browser", f"--port={port}"]
    with open(folder / "log", "w+", encoding="utf-8") as log:
        own = {name: folder / name.lower() for name in FOLDERS}
        for place in own.values():  # older servers do not make them
            place.mkdir(exist_ok=True)
        environment = os.environ | {name: str(place) for name, place in own.items()}
        server = subprocess.Popen(
            [*command, *options], cwd=ROOT, env=environment, stdout=log, stderr=log
        )
        try:
            address = f"http://127.0.0.1:{port}/"
            _wait_for(address + "voila/static/voila.js", server)
            yield address
        finally:
            server.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.wait(10)
            server.kill()  # one that no longer listens to anybody


def _wait_for(address: str, server: subprocess.Popen) -> None:
    deadline = time.monotonic() + SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(f"nobody serves {address}")


class Visitor:
    """One who has opened the page at an address, and draws; `visit` makes one.

    said: what the kernel told, for whoever looks for what it should not tell. lags: seconds from
    an event to the end of all that the kernel did for it.
    """

    def __init__(self, address: str, kernel: str):
        self.address, self.kernel = address, kernel
        self.lags: list[float] = []
        self.said, self.bars, self.sheet = "", "", ""
        self._session = uuid.uuid4().hex
        self._waiting: dict[str, float] = {}
        self._news = asyncio.Event()

    async def connect(self) -> None:
        """Open the websocket and find the sheet, as the page does."""
        self.socket = await connect(self.address, self.kernel, self._session)
        self._ears = asyncio.create_task(self._listen())
        self.say("kernel_info_request")
        await self.settle()  # what comes before the server listens to the kernel is lost
        control = uuid.uuid4().hex
        self.say("comm_open", comm_id=control, target_name="jupyter.widget.control", data={})
        self.say("comm_msg", comm_id=control, data={"method": "request_states"})
        await self.until(lambda: self.sheet, "the page's widgets")
        self.event("client_ready")

    def say(self, kind: str, channel: str = "shell", **content) -> None:
        """Send a message to the kernel."""
        name = uuid.uuid4().hex
        self._waiting[name] = time.perf_counter()
        self.socket.write_message(message(kind, content, channel, msg_id=name), binary=True)

    def event(self, name: str, x: float | None = None, y: float | None = None, **more) -> None:
        """Tell the sheet what a hand does."""
        told = {"event": name} | ({} if x is None else {"x": x, "y": y}) | more
        self.say("comm_msg", comm_id=self.sheet, data={"method": "custom", "content": told})

    async def draw(
        self, points: Sequence[tuple[float, float]], rate: float = 1000, patient: bool = False
    ) -> None:
        """Draw a stroke with so many moves a second; patient: as the page's script, that waits.

        It tells of no move while there may still come ink of an earlier one.
        """
        due = time.perf_counter()
        for number, (x, y) in enumerate(points):
            if not patient or number in (0, len(points) - 1) or not self._awaits_ink():
                self.event("mouse_move" if number else "mouse_down", x, y)
            due += 1 / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
        self.event("mouse_up", *points[-1])

    def _awaits_ink(self) -> bool:
        now = time.perf_counter()
        return any(now - told < javascript.PATIENCE / 1000 for told in self._waiting.values())

    def clear(self) -> None:
        """Ask for a clean sheet."""
        self.event("key_down", key="c", shift_key=False, ctrl_key=False, meta_key=False)

    async def answer(self) -> str:
        """Draw something on a clean sheet, and wait for the bars; returns them."""
        self.clear()
        await self.settle()
        self.bars = ""
        await self.draw(HOOK)
        await self.until(lambda: "sketchpad-name" in self.bars, "an answer")
        return self.bars

    async def settle(self) -> None:
        """Wait until the kernel has done all that it was asked for."""
        await self.until(lambda: not self._waiting, "the kernel to be idle")

    async def until(self, met: Callable[[], object], wanted: str) -> None:
        """Wait until something is met; raises TimeoutError if it never is."""
        deadline = time.monotonic() + SECONDS
        while not met():
            if self._ears.done() or time.monotonic() > deadline:
                raise TimeoutError(f"waited in vain for {wanted}")
            self._news.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), 1)

    @property
    def gone(self) -> bool:
        """Whether the websocket is closed."""
        return self._ears.done()

    async def leave(self) -> None:
        """Close the websocket, and have the kernel end at once."""
        self.socket.close()
        await self._ears
        headers = {"Cookie": "_xsrf=mine", "X-XSRFToken": "mine"}
        await get(self.address, f"voila/api/shutdown/{self.kernel}", "POST", **headers)

    async def _listen(self) -> None:
        try:
            while (told := await self.socket.read_message()) is not None:
                self._hear(told)
                self._news.set()
        finally:
            self._news.set()

    def _hear(self, told: bytes) -> None:
        _, header, parent, _, content, *_ = parts(told)
        kind, asked = json.loads(header)["msg_type"], json.loads(parent).get("msg_id", "")
        self.said = (self.said + content.decode(errors="replace"))[-1_000_000:]
        if kind == "status":
            if b'"idle"' in content and asked in self._waiting:
                self.lags.append(time.perf_counter() - self._waiting.pop(asked))
        elif kind == "comm_msg":
            data = json.loads(content)["data"]
            for name, model in data.get("states", {}).items():
                if model["model_name"] == "CanvasModel" and model["state"].get("width") == SIZE:
                    self.sheet = name
            if "sketchpad-guesses" in (value := str(data.get("state", {}).get("value", ""))):
                self.bars = value


def message(kind: object, content: object, channel: str = "shell", **header) -> bytes:
    """Return a message as the page puts it on the wire."""
    header = {"msg_id": uuid.uuid4().hex, "msg_type": kind, "session": "s"} | header
    header |= {"username": "", "version": "5.3", "date": "2020-01-01T00:00:00Z"}
    told = (header, {}, {"version": "1.0.0"}, content)  # of the widgets' protocol
    return frame([channel.encode(), *(json.dumps(part).encode() for part in told)])


def frame(told: Sequence[bytes]) -> bytes:
    """Put parts together: how many offsets, the offsets, the parts."""
    offsets = list(itertools.accumulate(map(len, told), initial=8 * (len(told) + 2)))
    return table(len(offsets), *offsets) + b"".join(told)


def table(*numbers: int) -> bytes:
    """Return numbers as they are on the wire."""
    return b"".join(number.to_bytes(8, "little") for number in numbers)


def parts(told: bytes) -> list[bytes]:
    """Take a message apart."""
    count = int.from_bytes(told[:8], "little")
    offsets = [int.from_bytes(told[8 * i : 8 * i + 8], "little") for i in range(1, count + 1)]
    return [told[start:end] for start, end in itertools.pairwise(offsets)]


async def get(address: str, path: str = "", method: str = "GET", **headers: str) -> HTTPResponse:
    """Ask the server for something; errors are answers too, and redirections are not followed."""
    request = HTTPRequest(
        address + path,
        method,
        headers,
        follow_redirects=False,
        allow_nonstandard_methods=True,
        request_timeout=SECONDS,
    )
    return await AsyncHTTPClient().fetch(request, raise_error=False)


async def connect(
    address: str,
    kernel: str,
    session: str = "s",
    subprotocols: Sequence[str] = (SUBPROTOCOL,),
    **headers: str,
) -> WebSocketClientConnection:
    """Open the websocket of a kernel."""
    where = f"{address.replace('http', 'ws', 1)}api/kernels/{kernel}/channels?session_id={session}"
    request = HTTPRequest(where, headers=headers, request_timeout=SECONDS)
    opened = await websocket_connect(request, subprotocols=list(subprotocols))
    opened.protocol.set_nodelay(True)
    return opened


async def visit(address: str, query: str = "") -> Visitor:
    """Open the page, and wait until one may draw; raises ConnectionError if one is not let in."""
    answer = await get(address, query)
    if answer.code != 200:
        raise ConnectionError(f"{answer.code} {answer.reason}")
    return await enter(address, answer)


async def enter(address: str, answer: HTTPResponse) -> Visitor:
    """Do what a browser does with the page."""
    (kernel,) = re.findall(r'"kernelId": "([0-9a-f-]+)"', answer.body.decode())
    visitor = Visitor(address, kernel)
    await visitor.connect()
    return visitor
