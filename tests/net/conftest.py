"""A core that writes down what it is told, and loopback sockets to tell it things."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Protocol, TypeVar

import pytest

from responder.net.allow import Allow
from responder.net.driver import Driver
from responder.net.listen import Listen, parse_listen
from responder.net.locate import Locator
from responder.sip.events import Address, Flow, Output, Trace

T = TypeVar("T")

PATIENCE = 10.0


async def soon(awaitable: Awaitable[T]) -> T:
    async with asyncio.timeout(PATIENCE):
        return await awaitable


def _nothing(*_: object) -> list[Output]:
    return []


class RecordingCore:
    """A core whose every call can be awaited, and that answers as a test tells it."""

    def __init__(self) -> None:
        self.received: asyncio.Queue[tuple[Flow, bytes]] = asyncio.Queue()
        self.opened: asyncio.Queue[Flow] = asyncio.Queue()
        self.closed: asyncio.Queue[Flow] = asyncio.Queue()
        self.failed: asyncio.Queue[tuple[Flow, Address, str]] = asyncio.Queue()
        self.refused: asyncio.Queue[tuple[str, Address]] = asyncio.Queue()
        self.expired: asyncio.Queue[float] = asyncio.Queue()
        self.outputs: list[Output] = []
        self.deadlines: list[float] = []
        self.on_receive: Callable[[Flow, bytes], list[Output]] = _nothing
        self.on_failed: Callable[[Flow], list[Output]] = _nothing
        self.fault: Exception | None = None

    def receive(self, flow: Flow, data: bytes, now: float) -> None:
        self._break()
        self.outputs += self.on_receive(flow, data)
        self.received.put_nowait((flow, data))

    def flow_opened(self, flow: Flow, now: float) -> None:
        self.opened.put_nowait(flow)
        self._break()

    def flow_closed(self, flow: Flow, now: float) -> None:
        self.closed.put_nowait(flow)
        self._break()

    def flow_failed(self, flow: Flow, address: Address, reason: str, now: float) -> None:
        self.failed.put_nowait((flow, address, reason))
        self.outputs += self.on_failed(flow)
        self._break()

    def source_refused(self, transport: str, address: Address, now: float) -> None:
        self.refused.put_nowait((transport, address))
        self._break()

    def expire(self, now: float) -> None:
        due = [deadline for deadline in self.deadlines if deadline <= now]
        self.deadlines = [deadline for deadline in self.deadlines if deadline > now]
        for deadline in due:
            self.expired.put_nowait(deadline)
        self._break()

    def next_deadline(self) -> float | None:
        return min(self.deadlines, default=None)

    def take_outputs(self) -> list[Output]:
        taken, self.outputs = self.outputs, []
        return taken

    def _break(self) -> None:
        if self.fault is not None:
            raise self.fault


class Peer:
    """A plain UDP socket of somebody else."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.sock = socket.socket(family, socket.SOCK_DGRAM)
        self.sock.setblocking(False)
        self.sock.bind((host, 0))
        name = self.sock.getsockname()
        self.address: Address = (name[0], name[1])

    def send(self, data: bytes, to: Address) -> None:
        self.sock.sendto(data, to)

    async def receive(self) -> tuple[bytes, Address]:
        loop = asyncio.get_running_loop()
        data, source = await soon(loop.sock_recvfrom(self.sock, 65535))
        return data, (source[0], source[1])


class MakeDriver(Protocol):
    async def __call__(
        self, *listens: str, allow: Allow | None = None, locator: Locator | None = None
    ) -> Driver: ...


def port_of(address: str) -> int:
    return parse_listen(address).port


@pytest.fixture
async def core() -> RecordingCore:
    asyncio.get_running_loop().set_debug(True)
    return RecordingCore()


@pytest.fixture
def faults() -> list[Exception]:
    return []


@pytest.fixture
def traces() -> list[Trace]:
    return []


@pytest.fixture
async def make_driver(
    core: RecordingCore, faults: list[Exception], traces: list[Trace]
) -> AsyncIterator[MakeDriver]:
    drivers: list[Driver] = []

    async def make(
        *listens: str, allow: Allow | None = None, locator: Locator | None = None
    ) -> Driver:
        driver = Driver(
            core,
            allow or Allow(),
            on_trace=lambda trace, _: traces.append(trace),
            on_fault=faults.append,
            locator=locator,
        )
        drivers.append(driver)
        wanted: list[Listen] = [parse_listen(text) for text in listens]
        await driver.start(wanted)
        return driver

    yield make
    core.fault = None
    for driver in drivers:
        await driver.stop()


@pytest.fixture
def peers() -> Iterator[Callable[..., Peer]]:
    opened: list[Peer] = []

    def make(host: str = "127.0.0.1") -> Peer:
        peer = Peer(host)
        opened.append(peer)
        return peer

    yield make
    for peer in opened:
        peer.sock.close()
