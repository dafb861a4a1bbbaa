"""A reverse proxy that takes a path's first part away, as README tells nginx to do."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tornado import httpclient, httpserver, httputil, netutil, web, websocket

ONE_CONNECTION = ("connection", "upgrade", "transfer-encoding", "content-length", "sec-websocket")


@contextmanager
def proxy(behind: str, prefix: str) -> Iterator[str]:
    """Relay `<address><prefix>…` to `http://<behind>/…` in a thread; gives the address."""
    (socket,) = netutil.bind_sockets(0, "127.0.0.1")
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def listen() -> None:
        relay = web.Application([(f"{prefix}(.*)", _Relay, {"behind": behind})])
        httpserver.HTTPServer(relay).add_sockets([socket])

    asyncio.run_coroutine_threadsafe(listen(), loop).result()
    yield f"http://127.0.0.1:{socket.getsockname()[1]}"
    loop.call_soon_threadsafe(loop.stop)
    thread.join()


class _Relay(websocket.WebSocketHandler):
    """Passes on requests and, both ways, what websockets say."""

    def initialize(self, behind: str) -> None:
        self._behind = behind

    def _url(self, scheme: str, path: str) -> str:
        return f"{scheme}://{self._behind}/{path}?{self.request.query}"

    async def get(self, path: str) -> None:
        headers = self.request.headers
        if headers.get("Upgrade") != "websocket":
            return await self.post(path)
        request = httpclient.HTTPRequest(self._url("ws", path), headers=_kept(headers))
        protocols = headers.get("Sec-WebSocket-Protocol", "").split(", ")
        self._server = await websocket.websocket_connect(request, subprotocols=protocols)
        await super().get(path)

    async def post(self, path: str) -> None:
        answer = await httpclient.AsyncHTTPClient().fetch(
            self._url("http", path),
            raise_error=False,
            method=self.request.method,
            headers=_kept(self.request.headers),
            body=self.request.body or None,
            allow_nonstandard_methods=True,  # a POST without a body
            follow_redirects=False,
            request_timeout=60,
        )
        self.set_status(answer.code, answer.reason)
        self._headers = _kept(answer.headers)
        self.finish(answer.body or None)

    def select_subprotocol(self, subprotocols: list[str]) -> str | None:
        return self._server.selected_subprotocol

    async def open(self, path: str) -> None:
        self._answers = asyncio.create_task(self._answer())

    async def _answer(self) -> None:
        while (message := await self._server.read_message()) is not None:
            await self.write_message(message, binary=isinstance(message, bytes))
        self.close()

    async def on_message(self, message: str | bytes) -> None:
        await self._server.write_message(message, binary=isinstance(message, bytes))

    def on_close(self) -> None:
        self._server.close()


def _kept(headers: httputil.HTTPHeaders) -> httputil.HTTPHeaders:
    """Return headers, Host and cookies among them, without those of one connection."""
    kept = httputil.HTTPHeaders()
    for name, value in headers.get_all():
        if not name.lower().startswith(ONE_CONNECTION):
            kept.add(name, value)
    return kept
