"""A server as `make app` starts it, and visitors who do what no page does."""

import asyncio
import struct
from socket import SO_RCVBUF, SOL_SOCKET

import pytest
import visiting
from tornado.httpclient import HTTPClientError
from tornado.websocket import WebSocketClosedError
from visiting import frame, message, table

visitors = pytest.importorskip("sketchlib.commands.visitors", reason="needs the extra app")

SECRETS = ("Traceback", "site-packages", str(visiting.ROOT))


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("served")
    with visiting.page(folder, "--visitors", "2", "--name", "pad.example") as address:
        yield address


@pytest.fixture(scope="module")
def runner():
    with visiting.Loop() as runner:
        yield runner


@pytest.fixture(scope="module")
def bystander(address, runner):
    """Somebody who has done nothing."""
    visitor = runner.run(visiting.visit(address))
    yield visitor
    runner.run(visitor.leave())


@pytest.fixture
def is_answered(runner, bystander):
    """Whoever has done nothing must be answered after all that others did."""
    yield
    assert "sketchpad-name" in runner.run(bystander.answer())


@pytest.fixture(scope="module")
def intruder(address, runner, bystander):
    """Somebody who has been let in as well; no one else is, then."""
    visitor = runner.run(visiting.visit(address))
    yield visitor
    runner.run(visitor.leave())


@pytest.mark.parametrize("host", ["127.0.0.1:99", "localhost", "[::1]:8866", "pad.example:443"])
def test_the_page_has_these_names(address, runner, host):
    assert runner.run(visiting.get(address, "api/kernels/0-0-0-0-0", Host=host)).code == 404


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "10.0.0.1", "xpad.example"]
)
@pytest.mark.parametrize("path", ["", "login", "api/kernels/0-0-0-0-0"])
def test_by_another_name_nothing_is_served(address, runner, host, path):
    assert runner.run(visiting.get(address, path, Host=host)).code == 403


def test_of_many_at_once_as_many_are_let_in_as_there_is_room_for(address, runner):
    async def arrive() -> None:
        answers = await asyncio.gather(*(visiting.get(address) for _ in range(5)))
        assert sorted(answer.code for answer in answers) == [200, 200, 503, 503, 503]
        for answer in answers:
            if answer.code == 200:
                await (await visiting.enter(address, answer)).leave()
            else:
                assert visitors.FULL in answer.body.decode()

    runner.run(arrive())


@pytest.mark.parametrize("query", ["?template=nothing", "?theme=nothing"])
def test_nobody_can_ask_for_a_template_that_is_not_there(address, runner, query):
    async def look() -> None:
        visitor = await visiting.visit(address, query)
        await visitor.answer()
        await visitor.leave()

    runner.run(asyncio.wait_for(look(), visiting.SECONDS))


@pytest.mark.parametrize("path", ["voila/files/images/pad.png", "voila/files/05_draw.ipynb"])
def test_no_file_beside_the_notebook_is_served(address, runner, path):
    assert runner.run(visiting.get(address, path)).code == 403


@pytest.mark.parametrize("protocols", [(), ("v2",), ("v1.kernel.websocket.jupyter.org2",)])
@pytest.mark.usefixtures("is_answered")
def test_the_older_protocol_is_refused(address, intruder, runner, protocols):
    with pytest.raises(HTTPClientError, match="400"):
        runner.run(visiting.connect(address, intruder.kernel, "other", protocols))


INFO = b'{"msg_id": "m", "msg_type": "comm_info_request"}'
WHOLE = message("comm_info_request", {})
LIES = {
    "a count without end": table(2**62) + WHOLE[8:],
    "a million parts that are each the whole": table(10**6, *[8, 8 * 10**6] * 500_000),
    "parts that end before they begin": table(7, 64, 60, 50, 40, 30, 20, 64),
    "parts beyond the end": table(6, 56, 2**40, 2**41, 2**42, 2**43, 2**44),
    "a message cut short": WHOLE[:-3],
    "a header that is no JSON": frame([b"shell", b"{{{", b"{}", b"{}", b"{}"]),
    "a header as deep as it goes": frame([b"shell", b"[" * 10**6, b"{}", b"{}", b"{}"]),
    "a header without a type": frame([b"shell", b"{}", b"{}", b"{}", b"{}"]),
    "a channel that is no text": frame([b"\xff\xfe", INFO, b"{}", b"{}", b"{}"]),
    "nothing": b"",
    "text": "text",
}


async def drained(socket) -> None:
    """Read until the connection is closed."""
    while await socket.read_message() is not None:
        continue


@pytest.mark.parametrize("lie", LIES)
@pytest.mark.usefixtures("is_answered")
def test_a_message_that_no_page_sends_is_the_last(address, intruder, runner, lie):
    async def tell() -> None:
        socket = await visiting.connect(address, intruder.kernel, "other")
        await socket.write_message(LIES[lie], binary=isinstance(LIES[lie], bytes))
        await asyncio.wait_for(drained(socket), visiting.SECONDS)

    runner.run(tell())


@pytest.mark.usefixtures("is_answered")
def test_no_code_runs_and_no_error_tells_where_things_are(intruder, runner, tmp_path):
    proof = tmp_path / "proof"
    code = {"code": f"open({str(proof)!r}, 'w')", "silent": False}

    async def meddle() -> None:
        for channel in ("shell", "control"):
            told = message("execute_request", code, channel)
            await intruder.socket.write_message(told, binary=True)
        intruder.say("comm_open", comm_id="x", target_name="os", data={})
        intruder.say("comm_msg", comm_id=intruder.sheet, data={"method": "update", "state": 3})
        intruder.event("mouse_down", "a", None)
        await intruder.answer()

    runner.run(meddle())
    assert not proof.exists()
    assert not [secret for secret in SECRETS if secret in intruder.said]


@pytest.mark.usefixtures("is_answered")
def test_a_visitor_who_does_not_listen_is_sent_away(address, intruder, runner):
    data = {"method": "custom", "content": {"event": "client_ready"}}
    content = {"comm_id": intruder.sheet, "data": data}

    async def is_sent_away() -> bool:
        await intruder.draw([(x % 700, x % 300) for x in range(1000)], rate=10**6)
        socket = await visiting.connect(address, intruder.kernel, "other")
        buffers = socket.protocol.stream.socket  # some systems would hold 30 MB for us
        buffers.setsockopt(SOL_SOCKET, SO_RCVBUF, 65536)
        await asyncio.wait_for(socket.read_message(), visiting.SECONDS)  # and then no more
        for _ in range(100):  # three times what may wait for anyone
            try:
                for _ in range(20):  # each asks for all of the ink, 33 KB, and is not read
                    await socket.write_message(message("comm_msg", content), binary=True)
            except WebSocketClosedError:
                return True
            intruder.say("kernel_info_request")
            await intruder.settle()
        return False

    assert runner.run(is_sent_away())


@pytest.mark.parametrize("lie", LIES)
def test_only_a_true_table_of_offsets_is_believed(lie):
    visitors.check(WHOLE)
    visitors.check(frame([b"shell", INFO, b"{}", b"{}", b"{}", b"", b"buffer"]))
    if "header" not in lie and "channel" not in lie:
        with pytest.raises((ValueError, struct.error)):
            visitors.check(LIES[lie])
