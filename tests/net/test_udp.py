"""UDP over real loopback sockets."""

import asyncio
import errno
import socket
import sys
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from responder.net.allow import Allow
from responder.net.bind import bind_udp
from responder.net.boundary import Boundary
from responder.net.udp import DRAIN, WAITING, UdpFlow, UdpPort
from responder.sip.events import Flow, Output, Send
from tests.net.conftest import MakeDriver, Peer, RecordingCore, port_of, soon

MakePeer = Callable[..., Peer]


def echo(flow: Flow, data: bytes) -> list[Output]:
    return [Send(flow, data.upper())]


class MoodySocket(socket.socket):
    """A socket whose sending fails as often as it is told, which loopback never does."""

    moods: deque[OSError]

    def __getattribute__(self, name: str) -> object:
        if name in {"sendto", "sendmsg"} and self.moods:
            raise self.moods.popleft()
        return super().__getattribute__(name)


class Moody:
    """A `UdpPort` on a `MoodySocket`, with the flow to a peer."""

    def __init__(self, core: RecordingCore, peer: Peer) -> None:
        loop = asyncio.get_running_loop()
        self.sock = MoodySocket(fileno=bind_udp("127.0.0.1", 0).detach())
        self.sock.moods = deque()
        self.faults: list[Exception] = []
        self.boundary = Boundary(core, Allow(), loop.time, lambda _: None, self.faults.append)
        self.port = UdpPort(self.sock, self.boundary, loop)
        self.flow = self.port.flow_to(peer.address)

    def send(self, data: bytes) -> None:
        self.port.send(self.flow, data, self.flow.destination, 0.0)


@pytest.fixture
async def moody(core: RecordingCore, peers: MakePeer) -> AsyncIterator[tuple[Moody, Peer]]:
    peer = peers()
    made = Moody(core, peer)
    yield made, peer
    made.port.close()


@pytest.mark.parametrize(
    "host",
    [pytest.param("127.0.0.1", id="ipv4"), pytest.param("::1", marks=pytest.mark.ipv6, id="ipv6")],
)
async def test_a_datagram_becomes_a_flow_and_its_answer_returns(
    core: RecordingCore, make_driver: MakeDriver, peers: MakePeer, host: str
) -> None:
    driver = await make_driver(f"udp:[{host}]:0")
    core.on_receive = echo
    peer = peers(host)
    local = (host, port_of(driver.addresses[0]))
    peer.send(b"options", local)
    assert await peer.receive() == (b"OPTIONS", local)
    flow, data = await soon(core.received.get())
    assert (flow.transport, flow.reliable, data) == ("udp", False, b"options")
    assert (flow.local, flow.remote) == (local, peer.address)


async def test_one_peer_keeps_one_flow_and_two_peers_have_two(
    core: RecordingCore, make_driver: MakeDriver, peers: MakePeer
) -> None:
    driver = await make_driver("udp:127.0.0.1:0")
    local = ("127.0.0.1", port_of(driver.addresses[0]))
    first, second = peers(), peers()
    for peer in (first, first, second):
        peer.send(b"x", local)
    flows = [(await soon(core.received.get()))[0] for _ in range(3)]
    assert flows[0] is flows[1]
    assert flows[1] is not flows[2]


async def test_more_datagrams_than_one_readiness_drains_all_arrive_in_order(
    core: RecordingCore, make_driver: MakeDriver, peers: MakePeer
) -> None:
    driver = await make_driver("udp:127.0.0.1:0")
    core.on_receive = echo
    peer = peers()
    sent = [b"%d" % number for number in range(3 * DRAIN + 5)]
    for data in sent:
        peer.send(data, ("127.0.0.1", port_of(driver.addresses[0])))
    assert [(await soon(core.received.get()))[1] for _ in sent] == sent
    assert [(await peer.receive())[0] for _ in sent] == sent


@pytest.mark.row("TRN-07")
@pytest.mark.parametrize("listen", ["udp:127.0.0.1:0", "udp:0.0.0.0:0"])
async def test_a_datagram_of_the_largest_size_is_taken_whole(
    core: RecordingCore, make_driver: MakeDriver, peers: MakePeer, listen: str
) -> None:
    driver = await make_driver(listen)
    data = bytes(range(256)) * 255 + b"x" * (65507 - 255 * 256)
    peers().send(data, ("127.0.0.1", port_of(driver.addresses[0])))
    assert (await soon(core.received.get()))[1] == data


async def test_an_empty_datagram_is_one_too(
    core: RecordingCore, make_driver: MakeDriver, peers: MakePeer
) -> None:
    driver = await make_driver("udp:127.0.0.1:0")
    peers().send(b"", ("127.0.0.1", port_of(driver.addresses[0])))
    assert (await soon(core.received.get()))[1] == b""


@pytest.mark.row("TRN-03")
@pytest.mark.parametrize("reached", ["127.0.0.1", "127.0.0.2"])
async def test_an_answer_leaves_from_the_address_that_the_request_came_to(
    core: RecordingCore, make_driver: MakeDriver, peers: MakePeer, reached: str
) -> None:
    driver = await make_driver("udp:0.0.0.0:0")
    core.on_receive = echo
    peer = peers()
    local = (reached, port_of(driver.addresses[0]))
    for _ in range(2):
        peer.send(b"x", local)
        assert await peer.receive() == (b"X", local)
        assert (await soon(core.received.get()))[0].local == local


@pytest.mark.row("TRN-03")
async def test_a_peer_that_uses_two_of_our_addresses_is_answered_from_each(
    core: RecordingCore, make_driver: MakeDriver, peers: MakePeer
) -> None:
    driver = await make_driver("udp:0.0.0.0:0")
    core.on_receive = echo
    peer = peers()
    flows = []
    for reached in ("127.0.0.3", "127.0.0.1", "127.0.0.3", "127.0.0.1"):
        local = (reached, port_of(driver.addresses[0]))
        peer.send(b"x", local)
        assert await peer.receive() == (b"X", local)
        flows.append((await soon(core.received.get()))[0])
    assert flows[:2] == flows[2:]


@pytest.mark.ipv6
@pytest.mark.row("TRN-03")
async def test_an_ipv6_wildcard_knows_its_address_too(
    core: RecordingCore, make_driver: MakeDriver, peers: MakePeer
) -> None:
    driver = await make_driver("udp:[::]:0")
    core.on_receive = echo
    peer = peers("::1")
    local = ("::1", port_of(driver.addresses[0]))
    peer.send(b"x", local)
    assert await peer.receive() == (b"X", local)
    assert (await soon(core.received.get()))[0].local == local


@pytest.mark.parametrize(
    ("family", "peer", "pktinfo", "expected"),
    [
        pytest.param(
            socket.AF_INET6,
            ("::1", 5060, 0, 0),
            socket.inet_pton(socket.AF_INET6, "2001:db8::7") + b"\2\0\0\0",
            (
                "2001:db8::7",
                [(41, 50, socket.inet_pton(socket.AF_INET6, "2001:db8::7") + bytes(4))],
            ),
            id="another-ipv6-address",
        ),
        pytest.param(
            socket.AF_INET6,
            ("::1", 5060, 0, 0),
            socket.inet_pton(socket.AF_INET6, "fe80::7") + b"\2\0\0\0",
            (
                "fe80::7",
                [(41, 50, socket.inet_pton(socket.AF_INET6, "fe80::7") + b"\2\0\0\0")],
            ),
            id="link-local-keeps-its-interface",
        ),
        pytest.param(
            socket.AF_INET6,
            ("::1", 5060, 0, 0),
            socket.inet_pton(socket.AF_INET6, "ff02::1") + b"\2\0\0\0",
            ("::1", []),
            marks=pytest.mark.ipv6,
            id="no-answer-leaves-from-a-multicast-address",
        ),
        pytest.param(
            socket.AF_INET, ("127.0.0.1", 5060), b"", ("127.0.0.1", []), id="kernel-says-nothing"
        ),
    ],
)
async def test_the_source_of_an_answer_follows_the_packet_information(
    make_driver: MakeDriver,
    family: int,
    peer: tuple[Any, ...],
    pktinfo: bytes,
    expected: tuple[str, list[tuple[int, int, bytes]]],
) -> None:
    listen = "udp:[::]:0" if family == socket.AF_INET6 else "udp:0.0.0.0:0"
    driver = await make_driver(listen)
    assert driver.ports[0]._reached(peer, pktinfo) == expected


async def test_without_packet_information_a_wildcard_still_answers(
    core: RecordingCore,
    make_driver: MakeDriver,
    peers: MakePeer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "platform", "other")
    driver = await make_driver("udp:0.0.0.0:0")
    core.on_receive = echo
    peer = peers()
    local = ("127.0.0.1", port_of(driver.addresses[0]))
    peer.send(b"x", local)
    assert await peer.receive() == (b"X", local)
    assert (await soon(core.received.get()))[0].local == local
    assert driver.kernel_drops() is None


@pytest.mark.parametrize("listen", ["udp:127.0.0.1:0", "udp:0.0.0.0:0"])
async def test_a_source_that_is_not_allowed_is_dropped_and_told(
    core: RecordingCore, make_driver: MakeDriver, peers: MakePeer, listen: str
) -> None:
    driver = await make_driver(listen, allow=Allow(["127.0.0.9"]))
    stranger, friend = peers(), peers("127.0.0.9")
    local = ("127.0.0.1", port_of(driver.addresses[0]))
    stranger.send(b"no", local)
    stranger.send(b"no", local)
    friend.send(b"yes", local)
    assert (await soon(core.received.get()))[1] == b"yes"
    assert core.received.empty()
    assert [core.refused.get_nowait() for _ in range(2)] == [("udp", stranger.address)] * 2


@pytest.mark.row("TRN-10")
@pytest.mark.parametrize(
    ("listen", "host"),
    [
        ("udp:127.0.0.1:0", "127.0.0.1"),
        ("udp:0.0.0.0:0", "127.0.0.1"),
        pytest.param("udp:[::1]:0", "::1", marks=pytest.mark.ipv6),
    ],
)
async def test_an_unreachable_port_is_a_failure_of_its_flow(
    core: RecordingCore, make_driver: MakeDriver, peers: MakePeer, listen: str, host: str
) -> None:
    driver = await make_driver(listen)
    peer = peers(host)
    peer.send(b"x", (host, port_of(driver.addresses[0])))
    flow, _ = await soon(core.received.get())
    peer.sock.close()
    core.outputs.append(Send(flow, b"nobody hears this"))
    driver.flush()
    assert await soon(core.failed.get()) == (flow, peer.address, "port unreachable")
    assert core.failed.empty()


@pytest.mark.row("TRN-10")
@pytest.mark.parametrize("listen", ["udp:127.0.0.1:0", "udp:0.0.0.0:0"])
async def test_an_unreachable_peer_costs_the_others_nothing(
    core: RecordingCore, make_driver: MakeDriver, peers: MakePeer, listen: str
) -> None:
    driver = await make_driver(listen)
    core.on_receive = echo
    local = ("127.0.0.1", port_of(driver.addresses[0]))
    good = peers()
    for number in range(20):
        bad = peers()
        bad.send(b"bad", local)
        good.send(b"%d" % number, local)
        bad.sock.close()
    assert [(await good.receive())[0] for _ in range(20)] == [b"%d" % n for n in range(20)]
    failed = [(await soon(core.failed.get()))[2] for _ in range(20)]
    assert failed == ["port unreachable"] * 20


@pytest.mark.row("TRN-10")
async def test_a_diverted_datagram_fails_on_the_flow_that_it_belongs_to(
    core: RecordingCore, make_driver: MakeDriver, peers: MakePeer
) -> None:
    driver = await make_driver("udp:127.0.0.1:0")
    peer, other = peers(), peers()
    peer.send(b"x", ("127.0.0.1", port_of(driver.addresses[0])))
    flow, _ = await soon(core.received.get())
    other.sock.close()
    core.outputs.append(Send(flow, b"y", other.address))
    driver.flush()
    assert await soon(core.failed.get()) == (flow, other.address, "port unreachable")


@pytest.mark.row("TRN-10")
async def test_a_datagram_that_is_too_large_is_a_failure(
    core: RecordingCore, make_driver: MakeDriver, peers: MakePeer
) -> None:
    driver = await make_driver("udp:127.0.0.1:0")
    flow = driver.udp_flow(peers().address)
    core.outputs.append(Send(flow, bytes(65508)))
    driver.flush()
    assert await soon(core.failed.get()) == (flow, flow.remote, "message too long")


async def test_a_fault_of_the_core_ends_one_datagram_only(
    core: RecordingCore, make_driver: MakeDriver, peers: MakePeer, faults: list[Exception]
) -> None:
    def break_once(flow: Flow, data: bytes) -> list[Output]:
        if data == b"break":
            raise ZeroDivisionError
        return [Send(flow, data)]

    core.on_receive = break_once
    for listen in ("udp:127.0.0.1:0", "udp:0.0.0.0:0"):
        driver = await make_driver(listen)
        peer = peers()
        local = ("127.0.0.1", port_of(driver.addresses[0]))
        peer.send(b"break", local)
        peer.send(b"go on", local)
        assert (await peer.receive())[0] == b"go on"
    assert [type(fault) for fault in faults] == [ZeroDivisionError] * 2


async def test_what_the_kernel_does_not_take_waits_and_leaves_in_order(
    moody: tuple[Moody, Peer],
) -> None:
    made, peer = moody
    made.sock.moods = deque([BlockingIOError(errno.EAGAIN, "") for _ in range(3)])
    for data in (b"1", b"2", b"3"):
        made.send(data)
    assert [(await peer.receive())[0] for _ in range(3)] == [b"1", b"2", b"3"]
    made.send(b"4")
    assert (await peer.receive())[0] == b"4"


async def test_what_waits_to_be_sent_is_bounded(moody: tuple[Moody, Peer]) -> None:
    made, peer = moody
    made.sock.moods = deque([BlockingIOError(errno.EAGAIN, "")])
    for number in range(WAITING + 1):
        made.send(b"%d" % number)
    assert made.boundary.counts.unsent == 1
    assert [(await peer.receive())[0] for _ in range(2)] == [b"0", b"1"]


async def test_an_error_left_by_an_earlier_datagram_does_not_lose_the_next(
    moody: tuple[Moody, Peer], core: RecordingCore
) -> None:
    made, peer = moody
    made.sock.moods = deque([ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")])
    made.send(b"1")
    assert (await peer.receive())[0] == b"1"
    made.sock.moods = deque(
        [
            ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused"),
            BlockingIOError(errno.EAGAIN, ""),
            ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused"),
        ]
    )
    made.send(b"2")
    assert (await peer.receive())[0] == b"2"
    assert core.failed.empty()


async def test_a_datagram_that_the_kernel_refuses_for_good_is_a_failure(
    moody: tuple[Moody, Peer], core: RecordingCore
) -> None:
    made, peer = moody
    made.sock.moods = deque(PermissionError(errno.EPERM, "Operation not permitted") for _ in "1234")
    made.send(b"1")
    assert await soon(core.failed.get()) == (made.flow, peer.address, "operation not permitted")
    assert made.faults == []


async def test_the_receive_buffer_is_raised_and_drops_are_counted(
    make_driver: MakeDriver, peers: MakePeer
) -> None:
    driver = await make_driver("udp:127.0.0.1:0")
    [port] = driver.ports
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plain:
        plain_buffer = plain.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
    assert port.receive_buffer >= plain_buffer
    assert port.kernel_drops() == driver.kernel_drops() == 0
    peer = peers()
    datagrams = port.receive_buffer // 60000 + 20
    for _ in range(datagrams):
        peer.send(bytes(60000), ("127.0.0.1", port.listen.port))
    drops = port.kernel_drops()
    assert drops is not None
    assert 0 < drops < datagrams


async def test_a_flow_can_be_had_before_a_packet_came(
    core: RecordingCore, make_driver: MakeDriver, peers: MakePeer
) -> None:
    driver = await make_driver("udp:0.0.0.0:0")
    peer = peers()
    [port] = driver.ports
    flow = port.flow_to(peer.address)
    assert flow.local == ("127.0.0.1", port.listen.port)
    assert port.flow_to(peer.address) is flow
    core.outputs.append(Send(flow, b"x"))
    driver.flush()
    assert await peer.receive() == (b"x", flow.local)
    peer.send(b"y", flow.local)
    assert await soon(core.received.get()) == (flow, b"y")


async def test_a_flow_carries_what_sending_takes(
    core: RecordingCore, make_driver: MakeDriver, peers: MakePeer
) -> None:
    driver = await make_driver("udp:127.0.0.1:0")
    peer = peers()
    peer.send(b"x", ("127.0.0.1", port_of(driver.addresses[0])))
    flow, _ = await soon(core.received.get())
    assert isinstance(flow, UdpFlow)
    assert (flow.port, flow.destination, flow.control) == (driver.ports[0], peer.address, [])


async def test_a_flood_is_taken_by_ticks_and_the_calm_after_it_by_wakes_again(
    core: RecordingCore, moody: tuple[Moody, Peer]
) -> None:
    made, peer = moody
    target = (made.port.listen.host, made.port.listen.port)

    async def come(data: bytes) -> None:
        peer.sock.sendto(data, target)
        assert (await soon(core.received.get()))[1] == data

    def ticks() -> bool:
        return made.port._ticker is not None

    # On a clock that stands still any number of wake-ups is a flood.
    made.boundary.clock = lambda: 1.0
    wakes = 0
    while not ticks():
        await come(b"flood %d" % wakes)
        wakes += 1
    assert wakes > 1
    await come(b"taken by a tick")
    while ticks():
        await come(b"one a tick is calm")
    await come(b"taken by a wake")


async def test_closing_ends_the_ticks(moody: tuple[Moody, Peer]) -> None:
    port = moody[0].port
    port._tick()
    ticker = port._ticker
    assert ticker is not None
    port.close()
    assert ticker.cancelled()
