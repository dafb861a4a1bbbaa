"""What stands between the web page's visitors and their kernels.

Voilà 0.5.13 serves all visitors in one thread, and believes the lengths that the messages of a
websocket tell. A connection that was opened without the newer protocol, or one message that lies,
makes it count to a number without end, and nobody is served any more. `Connection` closes such
connections, `Kernels` starts so many and no more, and `Page` is Voilà with both and a page of ours.
"""

import os
import struct
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from tornado.iostream import StreamBufferFullError
from tornado.web import HTTPError
from traitlets import Int, List, Unicode
from voila.app import Voila

from sketchlib.commands.webpage import is_loopback

TEMPLATES = Path(__file__).parent / "web"  # below it, folders as Voilà looks for them
PROTOCOL = "v1.kernel.websocket.jupyter.org"
# What the page needs to hear. All else, such as tracebacks with this computer's paths, it does not.
TOLD = {"status", "comm_open", "comm_msg", "comm_close", "comm_info_reply", "kernel_info_reply"}
BUSY = b'{"execution_state": "busy"}'  # nobody waits for that
MOST_PARTS = 1000  # of a message; the page sends five, and one for each file
MOST_UNREAD = 20_000_000  # bytes that wait for a visitor who does not listen
FULL = "All sheets are taken just now: please come back in a few minutes"


class Page(Voila):
    """Voilà for one page, which is asked for by the names of this machine and by `names`.

    A stranger's page can give its own name this machine's address, and would see the pad's. Where
    other computers are let in, by whatever name, it has no token and sees nothing.
    """

    names = List(Unicode(), config=True, help="Names by which a proxy is asked for the page.")

    def setup_template_dirs(self) -> None:
        """Take our template, which fetches nothing from elsewhere."""
        others = os.environ.get("JUPYTER_PATH")
        os.environ["JUPYTER_PATH"] = os.pathsep.join([str(TEMPLATES), *filter(None, [others])])
        self.voila_configuration.template = "pad"
        super().setup_template_dirs()

    def init_settings(self) -> dict[str, Any]:
        """Return Voilà's settings, made stricter."""
        return super().init_settings() | {
            "allow_remote_access": bool(self.token) and not is_loopback(self.ip),
            "local_hostnames": ["localhost", *self.names],
            "kernel_websocket_connection_class": Connection,
        }


class Connection(ZMQChannelsWebsocketConnection):
    """A websocket of the page; the first message that no page sends is its last."""

    async def prepare(self) -> None:
        """Refuse the older protocol, before the websocket is open."""
        offered = self.websocket_handler.request.headers.get("Sec-WebSocket-Protocol", "")
        if PROTOCOL not in [name.strip() for name in offered.split(",")]:
            raise HTTPError(400, f"open this websocket with the subprotocol {PROTOCOL}")
        await super().prepare()

    def connect(self):
        """Begin to listen to the kernel, and to send what it says without waiting for more."""
        self.websocket_handler.set_nodelay(True)
        self.websocket_handler.ws_connection.stream.max_write_buffer_size = MOST_UNREAD
        return super().connect()

    def handle_incoming_message(self, incoming_msg: str | bytes) -> None:
        """Pass a message on to the kernel, if it is allowed."""
        try:
            check(incoming_msg)
            super().handle_incoming_message(incoming_msg)  # type: ignore[arg-type]
        except Exception as error:  # whatever somebody's bytes can make of a parser
            self._refuse(f"a message that no page sends ({type(error).__name__})")

    def handle_outgoing_message(self, stream: Any, outgoing_msg: list[Any]) -> None:
        """Pass a message on to the page, if it needs it."""
        _, (_, *parts) = self.session.feed_identities(outgoing_msg)
        if parts[3] == BUSY or self.session.unpack(parts[0])["msg_type"] not in TOLD:
            return
        try:
            self._on_zmq_reply(stream, parts)
        except StreamBufferFullError:
            self._refuse("a visitor who does not listen")

    def disconnect(self):
        """Note when the visitor was here last."""
        self.kernel_manager.last_activity = datetime.now(UTC)
        super().disconnect()

    def _refuse(self, whom: str) -> None:
        self.log.warning("Closing the websocket of kernel %s: %s", self.kernel_id, whom)
        connection = self.websocket_handler.ws_connection
        if connection and connection.stream:
            connection.stream.close()


def check(message: str | bytes) -> None:
    """Raise ValueError unless a message's table of offsets tells the truth.

    It begins with their number; the first is where the table ends, the last where the message does.
    """
    if isinstance(message, str) or len(message) < 8:
        raise ValueError("no table")
    (count,) = struct.unpack_from("<Q", message)
    if not 6 <= count <= MOST_PARTS or len(message) < 8 * (count + 1):
        raise ValueError(f"{count} offsets")
    offsets = struct.unpack_from(f"<{count}Q", message, 8)
    if offsets[0] != 8 * (count + 1) or offsets[-1] != len(message):
        raise ValueError("a table that ends elsewhere")
    if list(offsets) != sorted(offsets):
        raise ValueError("a part that ends before it begins")


class Kernels(AsyncMappingKernelManager):
    """The visitors' kernels; one ends `cull_idle_timeout` seconds after its visitor has gone."""

    most = Int(20, config=True, help="How many visitors there may be at a time.")

    def __init__(self, **kwargs: Any):
        super().__init__(**kwargs)
        self._starting: set[str] = set()

    async def start_kernel(self, **kwargs) -> str:  # type: ignore[override]
        """Start a kernel; the page of one visitor too many says so, and to come back."""
        if len({*self.list_kernel_ids(), *self._starting}) >= self.most:
            raise HTTPError(503, reason=FULL)
        self._starting.add(kernel_id := self.new_kernel_id())
        try:
            return await super().start_kernel(kernel_id=kernel_id, **kwargs)
        finally:
            self._starting.discard(kernel_id)

    def start_watching_activity(self, kernel_id: str) -> None:
        """Do not read all that a kernel says just to know that it is in use: `Connection` knows."""
        kernel: Any = self.get_kernel(kernel_id)
        kernel.execution_state, kernel.last_activity = "idle", datetime.now(UTC)
