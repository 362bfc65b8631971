"""TCP over real loopback sockets."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeAlias, cast

import pytest

from responder.net import tcp
from responder.net.allow import Allow
from responder.net.boundary import Boundary
from responder.net.driver import Driver
from responder.net.tcp import TcpConnection, connect
from responder.sip.events import CloseFlow, Flow, OpenFlow, Output, Send
from tests.net.conftest import MakeDriver, RecordingCore, port_of, soon

Streams: TypeAlias = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Dial: TypeAlias = Callable[[Driver], Awaitable[Streams]]


@pytest.fixture
async def dial() -> AsyncIterator[Dial]:
    """Connects to the first address of a driver; everything is closed at the end."""
    writers: list[asyncio.StreamWriter] = []

    async def connect_to(driver: Driver) -> Streams:
        streams = await soon(asyncio.open_connection("127.0.0.1", port_of(driver.addresses[0])))
        writers.append(streams[1])
        return streams

    yield connect_to
    for writer in writers:
        writer.transport.abort()


@pytest.fixture
async def listener() -> AsyncIterator[tuple[str, int, "asyncio.Queue[Streams]"]]:
    """Somebody else's server: its address, and the connections that it gets."""
    accepted: asyncio.Queue[Streams] = asyncio.Queue()
    writers: list[asyncio.StreamWriter] = []

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        accepted.put_nowait((reader, writer))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    yield host, port, accepted
    server.close()
    for writer in writers:
        writer.transport.abort()
    await soon(server.wait_closed())


def echo(flow: Flow, data: bytes) -> list[Output]:
    return [Send(flow, data.upper())]


async def test_a_connection_is_a_flow_from_its_opening_to_its_end(
    core: RecordingCore, make_driver: MakeDriver, dial: Dial
) -> None:
    driver = await make_driver("tcp:127.0.0.1:0")
    core.on_receive = echo
    reader, writer = await dial(driver)
    flow = await soon(core.opened.get())
    assert (flow.transport, flow.reliable, flow.closed) == ("tcp", True, False)
    assert flow.local == ("127.0.0.1", port_of(driver.addresses[0]))
    assert flow.remote == writer.get_extra_info("sockname")
    writer.write(b"options")
    assert await soon(reader.readexactly(7)) == b"OPTIONS"
    assert await soon(core.received.get()) == (flow, b"options")
    writer.close()
    assert await soon(core.closed.get()) is flow
    assert flow.closed
    assert core.closed.empty()


async def test_small_messages_do_not_wait_for_the_peers_acknowledgement(
    core: RecordingCore,
    make_driver: MakeDriver,
    dial: Dial,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[socket.socket] = []
    made = TcpConnection.connection_made

    def connection_made(self: TcpConnection, transport: asyncio.BaseTransport) -> None:
        made(self, transport)
        seen.append(transport.get_extra_info("socket"))

    monkeypatch.setattr(TcpConnection, "connection_made", connection_made)
    driver = await make_driver("tcp:127.0.0.1:0")
    await dial(driver)
    await soon(core.opened.get())
    assert [sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) for sock in seen] == [1]


@pytest.mark.ipv6
async def test_ipv6_is_served_too(core: RecordingCore, make_driver: MakeDriver) -> None:
    driver = await make_driver("tcp:[::1]:0")
    _, writer = await soon(asyncio.open_connection("::1", port_of(driver.addresses[0])))
    flow = await soon(core.opened.get())
    assert flow.local == ("::1", port_of(driver.addresses[0]))
    writer.close()
    assert await soon(core.closed.get()) is flow


@pytest.mark.row("FRM-04")
async def test_bytes_reach_the_core_in_order_however_they_are_cut(
    core: RecordingCore, make_driver: MakeDriver, dial: Dial
) -> None:
    driver = await make_driver("tcp:127.0.0.1:0")
    _, writer = await dial(driver)
    writer.transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sent = bytes(range(256)) * 300
    for octet in sent[:500]:
        writer.write(bytes([octet]))
    writer.write(sent[500:])
    got = b""
    while len(got) < len(sent):
        got += (await soon(core.received.get()))[1]
    assert got == sent


async def test_each_message_is_written_by_itself(
    core: RecordingCore, make_driver: MakeDriver, dial: Dial, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[bytes] = []
    send = TcpConnection.send

    def note(self: TcpConnection, data: bytes) -> None:
        written.append(data)
        send(self, data)

    monkeypatch.setattr(TcpConnection, "send", note)
    driver = await make_driver("tcp:127.0.0.1:0")
    core.on_receive = lambda flow, _: [Send(flow, b"100 Trying"), Send(flow, b"200 OK")]
    reader, writer = await dial(driver)
    writer.write(b"x")
    assert await soon(reader.readexactly(16)) == b"100 Trying200 OK"
    assert written == [b"100 Trying", b"200 OK"]


async def test_a_source_that_is_not_allowed_is_disconnected_and_told(
    core: RecordingCore, make_driver: MakeDriver, dial: Dial
) -> None:
    driver = await make_driver("tcp:127.0.0.1:0", allow=Allow(["10.0.0.0/8"]))
    reader, writer = await dial(driver)
    assert await soon(reader.read()) == b""
    assert await soon(core.refused.get()) == ("tcp", writer.get_extra_info("sockname"))
    assert core.opened.empty()
    assert core.closed.empty()


@pytest.mark.row("TRN-06")
async def test_a_peer_that_ends_its_sending_has_closed_the_flow_but_gets_its_answer(
    core: RecordingCore, make_driver: MakeDriver, dial: Dial
) -> None:
    """A response that comes later finds the flow closed, so that the core reconnects."""
    driver = await make_driver("tcp:127.0.0.1:0")
    core.on_receive = echo
    reader, writer = await dial(driver)
    writer.write(b"bye")
    writer.write_eof()
    assert await soon(reader.read()) == b"BYE"
    flow = await soon(core.closed.get())
    assert flow.closed
    core.outputs.append(Send(flow, b"too late"))
    driver.flush()
    assert core.closed.empty()


async def test_a_flow_that_its_peer_has_closed_cannot_fail_any_more(
    core: RecordingCore, make_driver: MakeDriver, dial: Dial
) -> None:
    """The driver may stop between the end of the peer's sending and that of the connection."""
    driver = await make_driver("tcp:127.0.0.1:0")
    await dial(driver)
    flow = await soon(core.opened.get())
    connection = flow.listener
    assert isinstance(connection, TcpConnection)
    connection.eof_received()
    assert core.closed.get_nowait() is flow
    connection.fail("the driver stopped")
    assert core.failed.empty()


async def test_a_reset_closes_one_flow_only(
    core: RecordingCore, make_driver: MakeDriver, dial: Dial
) -> None:
    driver = await make_driver("tcp:127.0.0.1:0")
    core.on_receive = echo
    reader, writer = await dial(driver)
    await soon(core.opened.get())
    _, resetting = await dial(driver)
    doomed = await soon(core.opened.get())
    sock = resetting.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    resetting.transport.abort()
    assert await soon(core.closed.get()) is doomed
    writer.write(b"still here")
    assert await soon(reader.readexactly(10)) == b"STILL HERE"


async def test_what_is_sent_to_a_peer_that_is_gone_is_counted_and_no_complaint(
    core: RecordingCore,
    make_driver: MakeDriver,
    dial: Dial,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Many responses may be due at once, before the loop tells that the first has failed."""
    driver = await make_driver("tcp:127.0.0.1:0")
    _, writer = await dial(driver)
    flow = await soon(core.opened.get())
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
    await asyncio.sleep(0)
    driver.submit(lambda: core.outputs.extend([Send(flow, b"x")] * 20))
    assert await soon(core.closed.get()) is flow
    assert driver.counts.unsent >= 18
    assert caplog.messages == []


async def test_a_closed_flow_delivers_what_was_sent_although_the_peer_goes_on_sending(
    core: RecordingCore, make_driver: MakeDriver, dial: Dial
) -> None:
    driver = await make_driver("tcp:127.0.0.1:0")
    core.on_receive = lambda flow, _: [Send(flow, b"400"), CloseFlow(flow), CloseFlow(flow)]
    reader, writer = await dial(driver)
    writer.write(b"garbage")
    flow, _ = await soon(core.received.get())
    writer.write(b"more garbage")
    assert await soon(reader.read()) == b"400"
    assert core.closed.empty()
    writer.close()
    assert await soon(core.closed.get()) is flow
    assert core.received.empty()
    assert core.closed.empty()


async def test_closing_does_not_wait_for_the_peer_for_ever(
    core: RecordingCore, make_driver: MakeDriver, dial: Dial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tcp, "CLOSING_TIME", 0.01)
    driver = await make_driver("tcp:127.0.0.1:0")
    core.on_receive = lambda flow, _: [CloseFlow(flow)]
    _, writer = await dial(driver)
    writer.write(b"x")
    assert await soon(core.closed.get()) is (await soon(core.opened.get()))


async def test_a_peer_that_does_not_read_is_closed_and_counted(
    core: RecordingCore, make_driver: MakeDriver, dial: Dial
) -> None:
    driver = await make_driver("tcp:127.0.0.1:0")
    core.on_receive = lambda flow, _: [Send(flow, bytes(1 << 16)) for _ in range(500)]
    _, writer = await dial(driver)
    cast("asyncio.ReadTransport", writer.transport).pause_reading()
    writer.write(b"x")
    assert await soon(core.closed.get()) is (await soon(core.opened.get()))
    assert driver.counts.slow_peers == 1


async def test_the_core_may_break_at_every_turn(
    core: RecordingCore, make_driver: MakeDriver, dial: Dial, faults: list[Exception]
) -> None:
    driver = await make_driver("tcp:127.0.0.1:0")
    core.fault = ZeroDivisionError("a fault of ours")
    _, writer = await dial(driver)
    await soon(core.opened.get())
    writer.write(b"x")
    writer.close()
    await soon(core.closed.get())
    assert faults == [core.fault] * 3


async def test_the_core_opens_a_flow_and_sends_on_it_at_once(
    core: RecordingCore,
    make_driver: MakeDriver,
    listener: tuple[str, int, "asyncio.Queue[Streams]"],
) -> None:
    host, port, accepted = listener
    driver = await make_driver()
    flow = Flow("tcp", ("0.0.0.0", 0), ("localhost", port))
    core.outputs += [OpenFlow(flow), Send(flow, b"INVITE"), Send(flow, b"ACK")]
    driver.flush()
    reader, writer = await soon(accepted.get())
    assert await soon(reader.readexactly(9)) == b"INVITEACK"
    assert await soon(core.opened.get()) is flow
    assert flow.remote == (host, port)
    assert flow.local == writer.get_extra_info("peername")
    writer.write(b"200")
    assert await soon(core.received.get()) == (flow, b"200")
    writer.close()
    assert await soon(core.closed.get()) is flow
    assert core.failed.empty()


async def test_a_flow_that_is_closed_while_it_opens_sends_what_it_has(
    core: RecordingCore,
    make_driver: MakeDriver,
    listener: tuple[str, int, "asyncio.Queue[Streams]"],
) -> None:
    host, port, accepted = listener
    driver = await make_driver()
    flow = Flow("tcp", ("0.0.0.0", 0), (host, port))
    core.outputs += [OpenFlow(flow), Send(flow, b"last"), CloseFlow(flow), Send(flow, b"never")]
    driver.flush()
    reader, writer = await soon(accepted.get())
    assert await soon(reader.read()) == b"last"
    writer.close()
    assert await soon(core.closed.get()) is flow


async def test_what_waits_for_a_connection_is_bounded(
    core: RecordingCore,
    make_driver: MakeDriver,
    listener: tuple[str, int, "asyncio.Queue[Streams]"],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    host, port, accepted = listener
    monkeypatch.setattr(tcp, "UNREAD", 5)
    driver = await make_driver()
    flow = Flow("tcp", ("0.0.0.0", 0), (host, port))
    core.outputs += [OpenFlow(flow), Send(flow, b"12345"), Send(flow, b"6"), CloseFlow(flow)]
    driver.flush()
    reader, _ = await soon(accepted.get())
    assert await soon(reader.read()) == b"12345"
    assert driver.counts.unsent == 1


async def test_a_flow_that_cannot_be_opened_fails_once_and_is_closed(
    core: RecordingCore, make_driver: MakeDriver
) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        nowhere = nobody.getsockname()
        driver = await make_driver()
        flow = Flow("tcp", ("0.0.0.0", 0), nowhere)
        core.outputs += [OpenFlow(flow), Send(flow, b"lost")]
        driver.flush()
        assert await soon(core.failed.get()) == (flow, nowhere, "connection refused")
    assert flow.closed
    assert core.opened.empty()
    assert core.closed.empty()
    core.outputs += [Send(flow, b"lost too"), CloseFlow(flow)]
    driver.flush()


async def test_a_connection_to_itself_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """TCP can meet itself at a port of the ephemeral range where nobody listens."""
    loop = asyncio.get_running_loop()

    async def meet_itself(sock: socket.socket, _: tuple[str, int]) -> None:
        sock.bind(("127.0.0.1", 0))
        sock.setblocking(True)
        sock.connect(sock.getsockname())

    monkeypatch.setattr(loop, "sock_connect", meet_itself)
    boundary = Boundary(RecordingCore(), Allow(), loop.time, lambda _: None, lambda _: None)
    connection = TcpConnection(boundary, set(), loop)
    with pytest.raises(ConnectionRefusedError):
        await connect(connection, "127.0.0.1", 5060, 1.0)


class _Transport(asyncio.Transport):
    """A transport whose peer has gone before the loop looked."""

    def __init__(self, **names: object) -> None:
        super().__init__(names)
        self.aborted = False

    def abort(self) -> None:
        self.aborted = True

    def is_closing(self) -> bool:
        return self.aborted

    def write_eof(self) -> None:
        raise OSError("Transport endpoint is not connected")


@pytest.fixture
async def loose(core: RecordingCore) -> TcpConnection:
    loop = asyncio.get_running_loop()
    boundary = Boundary(core, Allow(), loop.time, lambda _: None, lambda _: None)
    return TcpConnection(boundary, set(), loop)


async def test_a_peer_that_is_gone_before_it_was_accepted_is_no_flow(
    core: RecordingCore, loose: TcpConnection
) -> None:
    transport = _Transport(sockname=("127.0.0.1", 5060))
    loose.connection_made(transport)
    assert transport.aborted
    loose.data_received(b"x")
    loose.connection_lost(None)
    loose.fail("comes too late to matter")
    assert core.opened.empty()
    assert core.closed.empty()


async def test_a_peer_that_resets_while_we_close_is_aborted(
    core: RecordingCore, loose: TcpConnection
) -> None:
    transport = _Transport(sockname=("127.0.0.1", 5060), peername=("127.0.0.1", 40000))
    loose.connection_made(transport)
    loose.close()
    assert transport.aborted
    loose.connection_lost(ConnectionResetError())
    assert core.closed.get_nowait() is core.opened.get_nowait()
