"""Hostile visitors of the web page, one too many, and many who draw; each time a real server.

After each probe somebody else, who has done nothing, must still be answered.
"""

import asyncio
import contextlib
import json
import random
import re
import sys
import uuid
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path

import visiting
from little_world import ROOT
from tornado.httpclient import HTTPClientError
from tornado.iostream import IOStream, StreamClosedError
from tornado.tcpclient import TCPClient
from tornado.websocket import WebSocketClosedError
from trials import SURVIVED, Verdict, trial
from visiting import Visitor, frame, message, table

PATIENCE = 20.0  # seconds until somebody else must have been answered, on a busy machine
# No visitor needs to know where things are here.
SECRETS = [str(ROOT), sys.prefix, str(Path.home() / "."), "site-packages", "Traceback (most recent"]
NOBODY = "00000000-0000-0000-0000-000000000000"


class Scene:
    """The page, an intruder who has opened it, and a bystander; code that runs leaves `proof`."""

    def __init__(self, address: str, intruder: Visitor, bystander: Visitor, folder: Path):
        self.address, self.intruder, self.bystander = address, intruder, bystander
        self.proof = folder / "proof"
        self.code = f"open({str(self.proof)!r}, 'w').close()"

    async def send(self, *messages: bytes | str, **options) -> None:
        """Open another websocket to the intruder's kernel, send messages as they are, and leave."""
        kernel, session = self.intruder.kernel, uuid.uuid4().hex
        opened = await visiting.connect(self.address, kernel, session, **options)
        with contextlib.suppress(WebSocketClosedError):
            for told in messages:
                await opened.write_message(told, binary=isinstance(told, bytes))
        opened.close()

    async def tell(self, kind: str, **content) -> str | None:
        """Have the intruder's own page send something; returns what the kernel gave away."""
        self.intruder.say(kind, **content)
        await self.intruder.settle()
        return leak(self.intruder.said)


# Does something to a scene; returns what is wrong, if anything.
Probe = Callable[[Scene], Awaitable[str | None]]
Probes = Iterator[tuple[str, Probe]]


def leak(told: str) -> str | None:
    """Return what of this computer is told, if anything."""
    return next((f"{secret} is told" for secret in SECRETS if secret in told), None)


# Requests

HOSTS = [
    "evil.example",
    "evil.example:8866",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "xlocalhost",
    "localhost@evil.example",
    "10.0.0.1",
    "[2001:db8::1]",
    "0.0.0.0",
    "127.0.0.1:80:80",
]
PATHS = rf"""
    ../../../etc/passwd voila/files/../../README.md voila/files/05_draw.ipynb voila/files/%00
    voila/files/images/pad.png voila/files/%2e%2e/%2e%2e/README.md voila/static/../../../app.py
    voila/static/%2e%2e/%2e%2e/app.py voila/static//etc/passwd voila/templates/x
    voila/templates/lab/static/../../../../x voila/templates/../x/static/y voila/labextensions/%00
    voila/labextensions/../../x voila/labextensions/nothing.js voila/api/themes/../../x
    voila/api/themes/nothing voila/api/contents voila/tree voila/render/05_draw.ipynb
    voila/render/../README.md voila/execution/{NOBODY} voila/query/{NOBODY} api/kernels
    api/kernels/ api/kernels/{NOBODY} api/sessions api/contents api/kernelspecs api/terminals
    api/status api/config/x files/README.md tree lab metrics login?next=//evil.example
    login?next=https:///evil.example login?next=/\evil.example % {"a" * 9000}
""".split()
METHODS = ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "NONSENSE"]
ADDRESSES = ("api/kernels", f"api/kernels/{NOBODY}", f"voila/api/shutdown/{NOBODY}", "")
QUERIES = ("?template=nothing", "?template=../../x", "?theme=../../x", "?theme=%3Cscript%3E")


def requests() -> Probes:
    """Names that a stranger's page may have, and what is not the page, asked for in many ways."""
    for host in HOSTS:
        yield f"Host: {host}", partial(by_name, host=host)
    for path in PATHS:
        yield f"GET {path[:60]}", partial(ask, path=path)
    for method in METHODS:
        for path in ADDRESSES:
            yield f"{method} /{path}", partial(ask, path=path, method=method)
    for query in QUERIES:
        yield f"GET {query}", partial(look, query=query)


async def by_name(scene: Scene, host: str) -> str | None:
    """Ask for the page by another name."""
    paths = ("", "login", f"api/kernels/{scene.intruder.kernel}")
    answers = [await visiting.get(scene.address, path, Host=host) for path in paths]
    served = [answer.code for answer in answers if answer.code < 400]
    return f"it is answered {served}" if served else None


async def ask(scene: Scene, path: str, method: str = "GET") -> str | None:
    """Ask for something, of which there must be nothing."""
    answer = await visiting.get(scene.address, path, method)
    told, where = answer.body.decode(errors="replace"), answer.headers.get("Location", "/")
    if (answer.code == 200 and told) or not re.match(r"/[\w.]", where + "."):
        return f"{answer.code}, {where}"
    return leak(told + str(list(answer.headers.get_all())))


async def look(scene: Scene, query: str) -> None:
    """Open the page with a query, which must change nothing."""
    visitor = await visiting.visit(scene.address, query)
    await visitor.answer()
    await visitor.leave()


async def one_too_many(scene: Scene) -> str | None:
    """There is room for three: a fourth is told to come back, and let in once one has left."""
    third = await visiting.visit(scene.address)
    answer = await visiting.get(scene.address)
    if answer.code != 503 or b"come back" not in answer.body:
        return f"{answer.code} {answer.reason}"
    await third.answer()
    await third.leave()
    return await look(scene, "")


# Websockets

PROTOCOLS = ((), ("",), ("v2",), ("v1.kernel",), ("v1.kernel.websocket.jupyter.org.x",))


def connections() -> Probes:
    """Websockets that no page opens."""
    for protocols in PROTOCOLS:
        yield f"subprotocols {protocols}", partial(older_protocol, subprotocols=protocols)
    for whose, headers in {
        "nobody": {},
        "intruder": {"Origin": "http://evil.example"},
        "bystander": {"Host": "evil.example"},
    }.items():
        yield f"the websocket of {whose} {headers}", partial(intrude, whose=whose, **headers)


async def older_protocol(scene: Scene, subprotocols: tuple[str, ...]) -> str | None:
    """Say by a protocol without offsets that a browser is there: ink is sent in buffers."""
    data = {"method": "custom", "content": {"event": "client_ready"}}
    told = {"header": {"msg_id": "m", "msg_type": "comm_msg", "session": "s"}}
    told |= {"parent_header": {}, "metadata": {}, "channel": "shell", "buffers": []}
    told |= {"content": {"comm_id": scene.intruder.sheet, "data": data}}
    try:
        await scene.send(json.dumps(told), subprotocols=subprotocols)
    except HTTPClientError as error:
        return None if error.code == 400 else f"{error.code}"
    return "it is served"


async def intrude(scene: Scene, whose: str, **headers: str) -> str | None:
    """Open a websocket that is not for this page."""
    kernel = NOBODY if whose == "nobody" else getattr(scene, whose).kernel
    try:
        await visiting.connect(scene.address, kernel, "t", **headers)
    except HTTPClientError as error:
        return None if error.code in (403, 404) else f"{error.code}"
    return "it is served"


INFO = b'{"msg_id": "m", "msg_type": "comm_info_request"}'
WHOLE = message("comm_info_request", {})
LIES = {
    "a count without end": table(2**62) + WHOLE[8:],
    "a count of a thousand million": table(10**9) + WHOLE[8:],
    "a million offsets that each mean all": table(10**6, *[8, 8 * 10**6] * 500_000),
    "offsets that descend": table(7, 64, 60, 50, 40, 30, 20, 64),
    "offsets beyond the end": table(6, 56, 2**40, 2**41, 2**42, 2**43, 2**44),
    "offsets into the table": table(6, *[8] * 6) + WHOLE,
    "a table cut short": WHOLE[:20],
    "a table and no more": table(6, *[56] * 6),
    "more than there is": WHOLE[:-3],
    "a hundred thousand parts": frame([b"shell", INFO, *[b"{}"] * 100_000]),
    "no parts": frame([b"shell"]),
    "no channel of ours": message("comm_info_request", {}, "heartbeat"),
    "a channel that is no text": frame([b"\xff\xfe", INFO, b"{}", b"{}", b"{}"]),
    "a header that is no JSON": frame([b"shell", b"{{{", b"{}", b"{}", b"{}"]),
    "a header that is a list": frame([b"shell", b"[1]", b"{}", b"{}", b"{}"]),
    "a header as deep as it goes": frame([b"shell", b"[" * 10**6, *[b"{}"] * 3]),
    "a type that is a list": message(["execute_request"], {}),
    "no type": frame([b"shell", b"{}", b"{}", b"{}", b"{}"]),
    "content that is no JSON": frame([b"shell", INFO, b"{}", b"{}", b"\xff{"]),
    "nothing": b"",
    "text": "nonsense",
    "text in JSON": json.dumps({"header": {"msg_type": "execute_request"}}),
    "eleven megabytes": bytes(11_000_000),
}


def frames(rng: random.Random) -> Probes:
    """Messages that are none."""
    lies = dict(LIES)
    for number in range(30):
        lies[f"noise {number}"] = rng.randbytes(rng.randrange(1, 3000))
    for number in range(20):  # a true message with a wrong number in its table
        place, wrong = 8 * rng.randrange(8), rng.choice((0, 5, 2**31, 2**63, rng.randrange(2**20)))
        lies[f"a lie {number}"] = WHOLE[:place] + table(wrong) + WHOLE[place + 8 :]
    for name, lie in lies.items():
        yield f"frame: {name}", partial(send, told=lie)


async def send(scene: Scene, told: bytes | str) -> None:
    """Send something as it is."""
    await scene.send(told)


# Code

TYPES = [
    "execute_request",
    "inspect_request",
    "complete_request",
    "history_request",
    "is_complete_request",
    "input_reply",
    "debug_request",
    "interrupt_request",
    "apply_request",
    "create_subshell_request",
    "usage_request",
    "EXECUTE_REQUEST",
]
HEADERS = {
    "the type twice": b'{"msg_id": "m", "msg_type": "execute_request", "msg_type": "comm_msg"}',
    "the other order": b'{"msg_id": "m", "msg_type": "comm_msg", "msg_type": "execute_request"}',
    "the type in escapes": rb'{"msg_id": "m", "msg_type": "\u0065xecute_request"}',
    "the type behind a mark": b'\xef\xbb\xbf{"msg_id": "m", "msg_type": "execute_request"}',
    "the type in UTF-16": '{"msg_id": "m", "msg_type": "execute_request"}'.encode("utf-16"),
    "an end in the type": b'{"msg_id": "m", "msg_type": "execute_request\x00"}',
    "another message's end": INFO + b'{"msg_id": "m", "msg_type": "execute_request"}',
}
TARGETS = ("jupyter.widget", "os", "builtins.exec", "../x", "jupyter.widget.control", "")


def code() -> Probes:
    """All ways to have a kernel run something."""
    for kind in TYPES:
        yield f"{kind} by shell", partial(run, kind=kind)
    for channel in ("control", "stdin", "iopub"):
        yield f"execute_request by {channel}", partial(run, channel=channel)
    for name, header in HEADERS.items():
        yield name, partial(run, header=header)
    yield "a message in a message", partial(run, header=INFO, inner=True)
    for target in TARGETS:
        yield f"comm_open {target}", partial(summon, target=target)


async def run(
    scene: Scene,
    kind: str = "execute_request",
    channel: str = "shell",
    header: bytes | None = None,
    inner: bool = False,
) -> None:
    """Ask for code to be run; inner: in parts behind the mark that ends a message's address."""
    asked = {"code": scene.code, "silent": False, "store_history": False, "allow_stdin": False}
    asked |= {"user_expressions": {"x": scene.code}, "value": scene.code, "cursor_pos": 0}
    parts = visiting.parts(message(kind, asked, channel))
    if inner:
        parts[1:1] = [header, b"<IDS|MSG>", b""]
    elif header:
        parts[1] = header
    await scene.send(frame(parts))


async def summon(scene: Scene, target: str) -> str | None:
    """Ask for a widget of another kind."""
    state = {"_model_module": "os", "_model_name": "system", "_view_module": "os"}
    data = {"state": state | {"_model_module_version": "*", "value": scene.code}}
    name = uuid.uuid4().hex
    return await scene.tell(
        "comm_open", comm_id=name, target_name=target, target_module="os", data=data
    )


# Widgets

STATES = (
    {"layout": None},
    {"children": ["IPY_MODEL_nothing"]},
    {"children": 7},
    {"_dom_classes": "x"},
    {"width": 1e308, "height": -1},
    {"value": {}},
    {"comm": 1, "keys": 2, "_property_lock": 3},
    {"__class__": "os", "send": "os.system", "close": None},
    {"_view_module": "https://evil.example/x.js"},
    {"image_data": "not bytes"},
)
EVENTS = (
    {"event": "mouse_down", "x": "a", "y": None},
    {"event": "mouse_down", "x": 1e308, "y": -1e308},
    {"event": "mouse_move", "x": float("nan"), "y": float("inf")},
    {"event": "mouse_down", "x": [[1]], "y": {"a": 1}},
    {"event": "touch_start", "touches": "x"},
    {"event": "touch_move", "touches": [{}] * 10_000},
    {"event": "key_down"},
    {"event": "key_down", "key": {}, "shift_key": 1, "ctrl_key": [], "meta_key": ""},
    {"event": "client_ready", "x": 1},
    {"event": "__init__"},
    {"event": ["mouse_down"]},
    {},
)
DATA = (
    {"method": "update", "state": {}, "buffer_paths": [["a", 9]]},
    {"method": "update", "state": 3},
    {"method": "x"},
    {"method": "request_state"},
    [],
    None,
    7,
)


def widgets() -> Probes:
    """What no widget of the page would say."""
    for state in STATES:
        data = {"method": "update", "state": state, "buffer_paths": []}
        yield f"state {state}", partial(say, data=data)
    for event in EVENTS:
        yield f"event {str(event)[:60]}", partial(say, data={"method": "custom", "content": event})
    for data in DATA:
        yield f"data {data}", partial(say, data=data)


async def say(scene: Scene, data: object) -> str | None:
    """Tell the sheet something."""
    return await scene.tell("comm_msg", comm_id=scene.intruder.sheet, data=data)


# Floods


def floods() -> Probes:
    """More than anybody needs."""
    for flood in (many_messages, never_listening, many_connections, a_body_without_end):
        yield flood.__name__.replace("_", " "), flood


async def many_messages(scene: Scene) -> None:
    """Send two thousand messages at once."""
    await scene.send(*(message("comm_info_request", {}) for _ in range(2000)))


async def never_listening(scene: Scene) -> None:
    """Ask for all of the ink, more than a thousand times, and read nothing of it."""
    data = {"method": "custom", "content": {"event": "client_ready"}}
    told = {"comm_id": scene.intruder.sheet, "data": data}
    await scene.intruder.draw([(x % 700, x % 300) for x in range(1000)], rate=10**6)
    opened = await visiting.connect(scene.address, scene.intruder.kernel, "other")
    for _ in range(1500):
        await opened.write_message(message("comm_msg", told), binary=True)
    await asyncio.wait_for(scene.bystander.answer(), PATIENCE)
    opened.close()


async def many_connections(scene: Scene) -> None:
    """Begin two thousand requests that never end."""
    streams = [await knock(scene) for _ in range(2000)]
    for stream in streams:
        await stream.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n")
    await asyncio.wait_for(scene.bystander.answer(), PATIENCE)
    for stream in streams:
        stream.close()


async def a_body_without_end(scene: Scene) -> None:
    """Send a request of a hundred megabytes, or as much of it as is taken."""
    stream = await knock(scene)
    with contextlib.suppress(StreamClosedError):
        await stream.write(b"POST /login HTTP/1.1\r\nHost: localhost\r\n")
        await stream.write(b"Content-Length: 99999999\r\n\r\n")
        for _ in range(99):
            await stream.write(bytes(10**6))
    stream.close()


async def knock(scene: Scene) -> IOStream:
    """Open a connection, and say nothing."""
    return await TCPClient().connect("127.0.0.1", int(scene.address.split(":")[2][:-1]))


# Trials


def all_probes(rng: random.Random) -> list[tuple[str, Probe]]:
    """All of them."""
    kinds = [connections(), requests(), frames(rng), code(), widgets(), floods()]
    return [("one visitor too many", one_too_many), *(probe for kind in kinds for probe in kind)]


PROBES = len(all_probes(random.Random(0)))


@trial("a hostile visitor of the page", cases=PROBES, few=14)
def hostile(cases: int, rng: random.Random, folder: Path) -> Iterator[Verdict]:
    """Probe after probe, by a visitor who has been let in; a bystander is answered after each."""
    probes = all_probes(rng)
    chosen = [probes[round(n * (PROBES - 1) / max(cases - 1, 1))] for n in range(cases)]
    with visiting.page(folder, "--visitors", "3") as address, visiting.Loop() as runner:
        intruder, bystander = (runner.run(visiting.visit(address)) for _ in range(2))
        scene = Scene(address, intruder, bystander, folder)
        for name, probe in chosen:
            yield runner.run(endured(scene, name, probe))


async def endured(scene: Scene, name: str, probe: Probe) -> Verdict:
    """Let the intruder do something, and see what has come of it."""
    if scene.intruder.gone:
        scene.intruder = await visiting.visit(scene.address)
    try:
        problem = await asyncio.wait_for(probe(scene), visiting.SECONDS)
    except (OSError, StreamClosedError, HTTPClientError) as error:
        problem = f"{type(error).__name__}: {error}"
    try:
        await asyncio.wait_for(scene.bystander.answer(), PATIENCE)
    except (TimeoutError, WebSocketClosedError):
        return Verdict("hung", f"{name}: nobody else is answered")
    if scene.proof.exists():
        problem = "the code was run"
    return Verdict("wrong", f"{name}: {problem}") if problem else SURVIVED


@trial("visitors who draw all at once", cases=20, few=2)
def crowded(cases: int, rng: random.Random, folder: Path) -> Iterator[Verdict]:
    """For half a minute if they are many, with twenty moves a second; all are answered."""
    seconds = 30 if cases > 2 else 3
    with visiting.page(folder, "--visitors", str(cases)) as address, visiting.Loop() as runner:
        visitors = [runner.run(visiting.visit(address)) for _ in range(cases)]
        yield from runner.run(all_draw(visitors, seconds))


async def all_draw(visitors: list[Visitor], seconds: float) -> list[Verdict]:
    """Have all of them draw for some time; returns how each of them fared."""
    return list(await asyncio.gather(*(draw(visitor, seconds) for visitor in visitors)))


async def draw(visitor: Visitor, seconds: float) -> Verdict:
    """Draw for some time, and be answered in the end."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    line = [(100 + 20 * step, 100 + 50 * (step % 10)) for step in range(30)]
    try:
        while loop.time() < end:
            visitor.clear()
            await visitor.draw(line, rate=20, patient=True)
        await asyncio.wait_for(visitor.answer(), PATIENCE)
    except (TimeoutError, WebSocketClosedError) as error:
        return Verdict("hung", f"no answer to a visitor who draws: {error}")
    told = leak(visitor.said)
    return Verdict("wrong", told) if told else SURVIVED
