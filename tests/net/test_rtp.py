"""The ports of RTP and RTCP, on loopback."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import NoReturn, cast

import pytest

from responder.media import rtcp
from responder.media.codecs import Codec
from responder.media.rtp import LARGEST, Packet, read_packet
from responder.media.stream import BUFFER, Stream
from responder.net import rtp
from responder.net.allow import Allow
from responder.net.errors import BadAddress
from responder.net.rtp import (
    ANY_PORT,
    BATCH,
    DEFAULT_PORTS,
    USUAL_REST,
    PortRange,
    Resting,
    RtpPort,
    RtpPorts,
    _End,
    parse_ports,
)
from responder.testing.tokens import counted_tokens
from tests.media.streams import agreed
from tests.net.conftest import Peer

HOST = "127.0.0.1"


class Shop:
    """Ports on this test's loop, and the streams that have them."""

    def __init__(
        self,
        ports: PortRange = ANY_PORT,
        allow: Allow | None = None,
        rest: Resting = USUAL_REST,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self.faults: list[Exception] = []
        self.loop = asyncio.get_running_loop()
        self.ports = RtpPorts(
            ports,
            allow or Allow(),
            clock or self.loop.time,
            draw=lambda most: most,
            on_fault=self.faults.append,
            rest=rest,
        )
        self.ports.start()

    def open(self, host: str = HOST, *, mux: bool = False) -> RtpPort:
        port = self.offered(host, mux=mux)
        assert port is not None
        return port

    def offered(self, host: str = HOST, *, mux: bool = False) -> RtpPort | None:
        stream = Stream(agreed(mux=mux), counted_tokens(), self.loop.time())
        stream.play(echoing=True)
        return self.ports.open(host, stream, self.loop.time())


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    opened = Shop()
    yield opened
    opened.ports.close()
    assert opened.faults == []


def media_end(port: RtpPort) -> _End:
    return _End(port._ports, port._pair)


def packet(sequence: int, payload: bytes = b"\x55" * 160) -> bytes:
    return Packet(0, sequence, 160 * sequence, 7, payload).to_bytes()


async def until(condition: Callable[[], bool]) -> None:
    """Let the loop run until something holds."""
    for _ in range(100_000):
        if condition():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never came about")


# The option.


@pytest.mark.parametrize(
    ("text", "ports"),
    [
        ("10000-19999", DEFAULT_PORTS),
        ("1-65535", PortRange(1, 65_535)),
        ("40001-40003", PortRange(40_001, 40_003)),
        ("0", ANY_PORT),
        ("off", None),
    ],
)
def test_a_range_of_ports(text: str, ports: PortRange | None) -> None:
    assert parse_ports(text) == ports


@pytest.mark.parametrize(
    "text",
    ["", "10000", "10000-", "-19999", "a-b", "20000-10000", "0-10", "1000-65536", "5-6", "4-4",
     "1-2-3", "\u0661-\u0669"],
)  # fmt: skip
def test_no_range_of_ports(text: str) -> None:
    with pytest.raises(BadAddress, match="is not a range of ports; write one such as 10000-19999"):
        parse_ports(text)


@pytest.mark.parametrize(
    ("ports", "pairs"),
    [((10_000, 19_999), 5_000), ((10_000, 10_001), 1), ((9_999, 10_002), 1), ((9, 10), 0)],
)
def test_a_stream_takes_an_even_port_and_the_next_one(ports: tuple[int, int], pairs: int) -> None:
    assert PortRange(*ports).pairs == pairs


# Binding.


async def test_the_port_of_rtcp_follows_that_of_rtp(shop: Shop) -> None:
    port = shop.open()
    assert port.number % 2 == 0
    assert port.control.getsockname() == (HOST, port.number + 1)
    assert shop.ports.in_use == 1


async def test_ports_are_given_back_after_a_rest() -> None:
    """More of them than are closed at once."""
    shop = Shop(rest=Resting(most=0.0))
    opened = [shop.open() for _ in range(66)]
    for port in opened:
        port.close(shop.loop.time())
        port.close(shop.loop.time())
    assert shop.ports.in_use == 0
    await until(lambda: all(is_free(port.number) for port in opened))
    shop.ports.close()


async def test_a_rested_port_is_given_to_the_next_stream_and_what_is_late_to_nobody(
    peers: Callable[..., Peer],
) -> None:
    shop = Shop(rest=Resting(least=0.0))
    port = shop.open()
    port.close(shop.loop.time())
    alice = peers()
    alice.send(packet(1), (HOST, port.number))
    await until(lambda: is_empty(port.media))
    following = shop.open()
    assert following.number == port.number
    alice.send(packet(2), (HOST, port.number))
    heard = read_packet((await alice.receive())[0])
    assert heard is not None
    assert (heard.sequence, following.stream.totals.packets) == (2, 1)
    shop.ports.close()


async def test_a_port_that_has_not_rested_is_given_to_nobody(shop: Shop) -> None:
    port = shop.open()
    port.close(shop.loop.time())
    assert shop.open().number != port.number


async def test_where_more_would_rest_than_may_they_rest_for_less_long() -> None:
    """Until half as many rest."""
    shop = Shop(rest=Resting(crowded=0.0, pairs=4))
    opened = [shop.open() for _ in range(5)]
    numbers = [port.number for port in opened]
    for port in opened[:4]:
        port.close(shop.loop.time())
    another = shop.open()
    assert another.number not in numbers
    opened[4].close(shop.loop.time())
    assert [shop.open().number, shop.open().number] == numbers[1:3]
    assert shop.open().number not in numbers
    shop.ports.close()


async def test_a_rested_port_of_another_address_is_no_use() -> None:
    shop = Shop(rest=Resting(least=0.0))
    shop.open().close(shop.loop.time())
    assert shop.open("127.0.0.2").media.getsockname()[0] == "127.0.0.2"
    shop.ports.close()


async def test_no_more_ports_rest_than_may() -> None:
    shop = Shop(rest=Resting(pairs=1))
    first, second = shop.open(), shop.open()
    first.close(shop.loop.time())
    second.close(shop.loop.time())
    assert (is_free(first.number), is_free(second.number)) == (True, False)
    shop.ports.close()


def is_free(number: int) -> bool:
    """Whether a port and the next one can be bound."""
    for each in (number, number + 1):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as again:
            try:
                again.bind((HOST, each))
            except OSError:
                return False
    return True


def is_empty(sock: socket.socket) -> bool:
    """Whether nothing waits at a socket."""
    try:
        sock.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return True
    return False


async def test_a_range_gives_out_each_of_its_pairs_and_then_none() -> None:
    """The pairs are those that the kernel had free a moment ago."""
    free = Shop()
    number = free.open().number
    free.ports.close()
    small = Shop(PortRange(number - 1, number + 2))
    port = small.open()
    assert port.number == number
    assert small.offered() is None
    port.close(0.0)
    assert small.open().number == number
    small.ports.close()


async def test_a_port_that_somebody_else_has_is_passed_over() -> None:
    """The pair is one that the kernel had free a moment ago."""
    free = Shop()
    number = free.open().number
    free.ports.close()
    other = Shop(PortRange(number, number + 1))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind((HOST, number + 1))
        assert other.offered() is None, "its second half is bound"
    assert other.open().number == number
    other.ports.close()


async def test_an_address_that_is_not_ours_gives_no_port(shop: Shop) -> None:
    assert shop.offered("192.0.2.1") is None
    other = Shop(PortRange(10_000, 10_003))
    assert other.offered("192.0.2.1") is None
    other.ports.close()


async def test_the_kernel_is_not_asked_without_end(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> socket.socket:
        raise OSError(98, "in use")

    monkeypatch.setattr(rtp, "bind_udp", refuse)
    assert shop.offered() is None


async def test_the_address_that_faces_another(shop: Shop) -> None:
    assert shop.ports.reach("127.0.0.1") == "127.0.0.1"
    assert shop.ports.reach("::1") == "::1"
    assert shop.ports.reach("name.invalid") is None


# Packets.


@pytest.mark.parametrize("host", [HOST, "::1"])
async def test_what_comes_goes_back_over_each_family(
    shop: Shop, peers: Callable[..., Peer], host: str
) -> None:
    port = shop.open(host)
    alice = peers(host)
    for sequence in range(3):
        alice.send(packet(sequence), (host, port.number))
    for sequence in range(3):
        data, source = await alice.receive()
        heard = read_packet(data)
        assert heard is not None
        assert (heard.sequence, heard.ssrc) == (sequence, port.stream.ssrc)
        assert source == (host, port.number)


async def test_reports_leave_from_their_own_port(shop: Shop, peers: Callable[..., Peer]) -> None:
    port = shop.open()
    alice = peers()
    alice.send(rtcp.Report(7, None, ()).to_bytes(), (HOST, port.number + 1))
    data, source = await alice.receive()
    assert source == (HOST, port.number + 1)
    assert any(isinstance(each, rtcp.Report) for each in rtcp.read(data) or [])


async def test_reports_may_share_the_port(shop: Shop, peers: Callable[..., Peer]) -> None:
    port = shop.open(mux=True)
    alice = peers()
    alice.send(packet(1), (HOST, port.number))
    await alice.receive()
    alice.send(rtcp.Report(7, None, ()).to_bytes(), (HOST, port.number))
    data, source = await alice.receive()
    assert source == (HOST, port.number)
    assert rtcp.read(data)
    port.close(asyncio.get_running_loop().time())
    data, source = await alice.receive()
    assert source == (HOST, port.number)
    assert rtcp.Goodbye((port.stream.ssrc,)) in (rtcp.read(data) or [])


async def test_the_end_is_told_where_reports_were_heard(
    shop: Shop, peers: Callable[..., Peer]
) -> None:
    port = shop.open()
    alice = peers()
    alice.send(rtcp.Report(7, None, ()).to_bytes(), (HOST, port.number + 1))
    await alice.receive()
    port.close(shop.loop.time())
    data, _ = await alice.receive()
    assert rtcp.Goodbye((port.stream.ssrc,)) in (rtcp.read(data) or [])


async def test_a_source_that_is_not_allowed_is_counted_and_not_answered(
    peers: Callable[..., Peer],
) -> None:
    shop = Shop(allow=Allow(["10.0.0.0/8"]))
    port = shop.open()
    alice = peers()
    alice.send(packet(1), (HOST, port.number))
    await until(lambda: port.stream.strangers == 1)
    assert port.stream.source is None
    shop.ports.close()


async def test_a_packet_that_is_too_large_is_counted(
    shop: Shop, peers: Callable[..., Peer]
) -> None:
    port = shop.open()
    peers().send(packet(1, bytes(4 * LARGEST)), (HOST, port.number))
    await until(lambda: port.stream.malformed == 1)


async def test_a_sound_is_sent_by_the_clock(shop: Shop, peers: Callable[..., Peer]) -> None:
    port = shop.open()
    port.stream.play((b"a", b"b"))
    port.changed(asyncio.get_running_loop().time())
    alice = peers()
    alice.send(packet(1), (HOST, port.number))
    heard = [read_packet((await alice.receive())[0]) for _ in range(4)]
    payloads = b"".join(each.payload for each in heard if each is not None)
    assert payloads in {b"abab", b"baba"}


async def flood(shop: Shop, port: RtpPort, alice: Peer) -> None:
    """Send until the sockets are looked at by ticks: a clock that stands makes it many a second."""
    sequence = 0
    while shop.ports._ticker is None:
        sequence += 1
        alice.send(packet(sequence), (HOST, port.number))
        await alice.receive()


async def test_a_flood_is_taken_by_ticks_and_the_calm_after_it_by_wakes_again(
    peers: Callable[..., Peer],
) -> None:
    shop = Shop(clock=lambda: 1.0)
    opened = [shop.open() for _ in range(BATCH + 2)]
    alice = peers()
    await flood(shop, opened[0], alice)
    for port in opened:
        alice.send(packet(1), (HOST, port.number))
    for _ in opened:
        await alice.receive()
    await until(lambda: shop.ports._ticker is None)
    alice.send(packet(2), (HOST, opened[0].number))
    await alice.receive()
    assert shop.ports._ticker is None
    shop.ports.close()


async def test_the_end_comes_while_ticks_are_on(peers: Callable[..., Peer]) -> None:
    shop = Shop(clock=lambda: 1.0)
    await flood(shop, shop.open(), peers())
    shop.ports.close()
    assert shop.ports.in_use == 0


class Broken(dict[int, Codec]):
    """Formats that cannot be asked for."""

    def get(self, *_: object) -> NoReturn:
        raise RuntimeError("of our own")


async def test_a_fault_of_our_own_ends_no_more_than_one_packet(
    peers: Callable[..., Peer],
) -> None:
    shop = Shop()
    broken = shop.open()
    broken.stream.agree(replace(agreed(), formats=Broken()), shop.loop.time())
    alice = peers()
    alice.send(packet(1), (HOST, broken.number))
    await until(lambda: bool(shop.faults))
    sound = shop.open()
    alice.send(packet(1), (HOST, sound.number))
    await alice.receive()
    assert [str(fault) for fault in shop.faults] == ["of our own"]
    shop.ports.close()


async def test_a_fault_of_our_own_does_not_stop_the_clock() -> None:
    shop = Shop()
    port = shop.open()
    port.stream.play((cast(bytes, None),))
    port.stream.source = (HOST, 9)
    port.changed(shop.loop.time())
    await until(lambda: len(shop.faults) > 1)
    shop.ports.close()


async def test_packets_that_the_kernel_does_not_take_are_counted(
    shop: Shop, peers: Callable[..., Peer]
) -> None:
    port = shop.open()
    nobody = (HOST, 0)
    port.send(bytearray(12), 12, nobody)
    port.send_control(b"", nobody)
    assert shop.ports.unsent == 2
    alice = peers()
    alice.send(packet(1), (HOST, port.number))
    await alice.receive()


async def test_an_echo_that_the_kernel_does_not_take_is_counted(shop: Shop) -> None:
    class Full:
        """A socket whose buffer takes no more."""

        def recvfrom_into(self, buffer: bytearray) -> tuple[int, tuple[str, int]]:
            data = packet(1)
            buffer[: len(data)] = data
            return len(data), (HOST, 4000)

        def sendto(self, *_: object) -> int:
            raise BlockingIOError

    port = shop.open()
    end = media_end(port)
    end._sock = cast(socket.socket, Full())
    buffer = bytearray(BUFFER)
    end.take(buffer, memoryview(buffer), 0.0)
    assert (shop.ports.unsent, port.stream.totals.packets) == (1, 1)


async def test_a_wake_without_a_packet_is_nothing(shop: Shop) -> None:
    port = shop.open()
    media_end(port).take(bytearray(BUFFER), memoryview(b""), 0.0)
    assert port.stream.malformed == 0


async def test_nothing_is_read_after_the_end(peers: Callable[..., Peer]) -> None:
    shop = Shop()
    port = shop.open()
    alice = peers()
    alice.send(packet(1), (HOST, port.number))
    end = media_end(port)
    shop.ports.close()
    end.take(bytearray(), memoryview(b""), 0.0)
    assert port.stream.totals.packets == 0
