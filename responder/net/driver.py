"""The shell around a core: every socket, the one timer, and the carrying out of outputs."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Final, TypeVar

from responder.net.allow import Allow
from responder.net.bind import bind_all
from responder.net.boundary import Boundary, Counts
from responder.net.errors import NotLocated, reason_of
from responder.net.kernel import source_for
from responder.net.listen import Listen
from responder.net.locate import Locator, is_numeric
from responder.net.tcp import TcpConnection, connect
from responder.net.udp import UdpFlow, UdpPort
from responder.sip.events import (
    Address,
    CloseFlow,
    Core,
    Flow,
    Output,
    ResetFlow,
    Send,
    SendFrom,
    Trace,
)

T = TypeVar("T")

CONNECT_TIME: Final = 5.0
"""Seconds for a connection to one address to stand, before the next address is tried."""

STOPPING_TIME: Final = 1.0
"""Seconds for connections to end by themselves when the driver stops."""

LOOKUPS: Final = 256
"""Datagrams that wait for the address of their host at one time; any further ones fail."""

ROUNDS: Final = 8
"""Times that outputs are taken in one flush, where carrying them out leads to more."""

LATE: Final = 0.001
"""Seconds until a deadline is looked at again that should have passed, and has not."""

_STOPPED: Final = "the driver stopped"


class Driver:
    """Drives one core over real sockets, on the event loop that `start` runs on.

    Attributes:
        addresses: what is listened on, such as ``udp:127.0.0.1:40001``, in the order asked for.
        named: the address of each listener that has a name.
        counts: what the shell itself lost.
        ports: the UDP sockets, those of `udp_flow` included.
    """

    def __init__(
        self,
        core: Core,
        allow: Allow,
        clock: Callable[[], float] = time.monotonic,
        *,
        on_trace: Callable[[Trace, float], None] | None = None,
        on_fault: Callable[[Exception], None] | None = None,
        locator: Locator | None = None,
    ) -> None:
        """Take the core; nothing happens before `start`.

        Args:
            core: what to drive.
            allow: the sources that may come in; it does not restrict where the core sends.
            clock: seconds that never go back, at the pace of the event loop's clock.
            on_trace: takes every `Trace` with the clock reading of its batch.
            on_fault: takes every exception that the core or ``on_trace`` raised, with its
                traceback; the event loop's exception handler by default.
            locator: looks up hosts that are names.
        """
        self.addresses: list[str] = []
        self.named: dict[str, str] = {}
        self.ports: list[UdpPort] = []
        self._core = core
        self._clock = clock
        self._boundary = Boundary(core, allow, clock, self._flush, on_fault or self._tell_loop)
        self._on_trace = on_trace
        self._locator = locator or Locator()
        self._others: dict[Address, UdpPort] = {}
        self._servers: list[asyncio.Server] = []
        self._connections: set[TcpConnection] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._lookups = 0
        self._timer: asyncio.TimerHandle | None = None
        self._armed_for = 0.0
        self._flushing = False

    @property
    def counts(self) -> Counts:
        """What the shell itself lost."""
        return self._boundary.counts

    def kernel_drops(self) -> int | None:
        """Return how many datagrams the kernel dropped at the UDP sockets; None if unknown."""
        drops = [port.kernel_drops() for port in self.ports]
        known = [count for count in drops if count is not None]
        return sum(known) if known else None

    # Life

    async def start(self, listens: Sequence[Listen]) -> None:
        """Bind every address and begin to answer. An empty sequence binds nothing.

        Raises:
            BindFailed: an address cannot be had; nothing is left open.
        """
        self._loop = asyncio.get_running_loop()
        for listen, sock in bind_all(listens):
            self.addresses.append(str(listen))
            if listen.name:
                self.named.setdefault(listen.name, str(listen))
            if listen.transport == "udp":
                self.ports.append(UdpPort(sock, self._boundary, self._loop, listen.name))
            else:
                accepted = partial(self._accepted, listen.name)
                self._servers.append(await self._loop.create_server(accepted, sock=sock))
        self.flush()

    async def stop(self) -> None:
        """Close everything within some `STOPPING_TIME` seconds; what the core sent leaves first."""
        self.flush()
        for server in self._servers:
            server.close()
        self._servers.clear()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for connection in list(self._connections):
            connection.fail(_STOPPED)
            connection.close()
        await self._wait_for_connections()
        for connection in list(self._connections):
            connection.abort()
        await self._wait_for_connections()
        for port in self.ports:
            port.close()
        self.ports.clear()
        self._others.clear()
        self.addresses.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def _wait_for_connections(self) -> None:
        if self._connections:
            leaving = [connection.gone for connection in self._connections]
            await asyncio.wait(leaving, timeout=STOPPING_TIME)

    # What the command line asks

    def submit(self, action: Callable[[], T]) -> T:
        """Call a method of the core, carry out what follows from it, and return its result."""
        try:
            return action()
        finally:
            self.flush()

    def flush(self) -> None:
        """Carry out what the core has asked for, and arm the timer."""
        self._flush(self._clock())

    def udp_flow(self, remote: Address, local: Address | None = None) -> Flow:
        """Return a datagram flow to a numeric address.

        Args:
            remote: the peer; it need not be allowed as a source, its datagrams are taken.
            local: the address to send from: one that is listened on, or another, which is bound
                (port 0 picks a free port). None binds a free port at the address from which the
                machine would send to the peer.

        Raises:
            BindFailed: ``local`` cannot be had.
            OSError: there is no route to the peer.
        """
        for port in self.ports:
            if local == (port.listen.host, port.listen.port):
                return port.flow_to(remote)
        host, number = local or (source_for(remote), 0)
        listen = Listen("udp", host, number)
        [(_, sock)] = bind_all([listen])
        port = UdpPort(sock, self._boundary, self._loop)
        self.ports.append(port)
        return port.flow_to(remote)

    async def locate(self, host: str, port: int, transport: str) -> list[Address]:
        """Return the addresses of a host as `Locator.locate` finds them."""
        return await self._locator.locate(host, port, transport)

    # Carrying out

    def _flush(self, now: float) -> None:
        if self._flushing:
            return
        self._flushing = True
        try:
            for _ in range(ROUNDS):
                outputs = self._core.take_outputs()
                if not outputs:
                    break
                for output in outputs:
                    try:
                        if isinstance(output, Send):
                            flow = output.flow
                            if isinstance(flow, UdpFlow) and output.address is None:
                                flow.port.send(flow, output.data, flow.destination, now)
                                continue
                        self._carry_out(output, now)
                    except Exception as fault:
                        self._boundary.on_fault(fault)
            else:
                self._loop.call_soon(self.flush)
            deadline = self._core.next_deadline()
            if deadline is not None and (self._timer is None or deadline < self._armed_for):
                self._arm(deadline, now)
        except Exception as fault:
            self._boundary.on_fault(fault)
        finally:
            self._flushing = False

    def _carry_out(self, output: Output, now: float) -> None:
        if isinstance(output, Send):
            flow = output.flow
            if isinstance(flow, UdpFlow):
                if output.address is not None:
                    self._divert(flow, output.data, output.address, now)
            elif isinstance(flow.listener, TcpConnection):
                flow.listener.send(output.data)
        elif isinstance(output, Trace):
            if self._on_trace is not None:
                self._on_trace(output, now)
        elif isinstance(output, CloseFlow):
            if isinstance(output.flow.listener, TcpConnection):
                output.flow.listener.close()
        elif isinstance(output, ResetFlow):
            if isinstance(output.flow.listener, TcpConnection):
                output.flow.listener.reset()
        elif isinstance(output, SendFrom):
            if isinstance(output.flow, UdpFlow):
                self._send_from(output, output.flow, now)
        else:
            connection = TcpConnection(self._boundary, self._connections, self._loop, output.flow)
            self._begin(self._connect(output.flow, connection))

    def _send_from(self, output: SendFrom, flow: UdpFlow, now: float) -> None:
        """Send a datagram from another port at the flow's address, which is bound on first use."""
        peer = output.address or flow.remote
        source = (flow.local[0], output.port)
        try:
            port = self._others.get(source)
            if port is None:
                other = self.udp_flow(flow.remote, source)
                assert isinstance(other, UdpFlow)
                port = self._others[source] = other.port
            other = port.flow_to(flow.remote)
        except OSError as refusal:
            self._boundary.failed(flow, peer, reason_of(refusal), now)
            return
        if output.address is None:
            port.send(other, output.data, other.destination, now)
        else:
            self._divert(other, output.data, output.address, now)

    def _accepted(self, name: str) -> TcpConnection:
        return TcpConnection(self._boundary, self._connections, self._loop, name=name)

    async def _connect(self, flow: Flow, connection: TcpConnection) -> None:
        host, port = flow.remote
        reason = _STOPPED
        try:
            for address in await self._locator.locate(host, port, flow.transport):
                try:
                    await connect(connection, *address, CONNECT_TIME)
                except OSError as refusal:
                    reason = reason_of(refusal)
                else:
                    return
        except NotLocated as miss:
            reason = str(miss)
        finally:
            connection.fail(reason)

    def _divert(self, flow: UdpFlow, data: bytes, address: Address, now: float) -> None:
        """Send a datagram elsewhere than to the flow's peer, after a look-up if it takes one."""
        destination = flow.port.destination_of(address)
        if destination is not None:
            flow.port.divert(flow, data, destination, now)
        elif address[1] and is_numeric(address[0]):
            self._send_by_other_family(flow, data, address, now)
        elif self._lookups < LOOKUPS:
            self._lookups += 1
            self._begin(self._locate_and_send(flow, data, address))
        else:
            self.counts.unsent += 1
            self._boundary.failed(flow, address, "too many look-ups at one time", now)

    async def _locate_and_send(self, flow: UdpFlow, data: bytes, address: Address) -> None:
        try:
            found = await self._locator.locate(address[0], address[1], "udp")
        except NotLocated as miss:
            self._boundary.failed(flow, address, str(miss), self._clock())
        else:
            like = [each for each in found if flow.port.destination_of(each) is not None]
            self._divert(flow, data, (like or found)[0], self._clock())
        finally:
            self._lookups -= 1
        self.flush()

    def _send_by_other_family(
        self, flow: UdpFlow, data: bytes, address: Address, now: float
    ) -> None:
        """Send from a socket of IPv4 what came in by IPv6, or the other way round."""
        for port in self.ports:
            destination = port.destination_of(address)
            if destination is not None:
                port.send(port.flow_to(address), data, destination, now)
                return
        self._boundary.failed(flow, address, "no socket of its address family", now)

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            fault = task.exception()
            if isinstance(fault, Exception):
                self._boundary.on_fault(fault)

    def _arm(self, deadline: float, now: float) -> None:
        """Set the timer; a later deadline than the armed one waits until that has passed."""
        if self._timer is not None:
            self._timer.cancel()
        self._armed_for = deadline
        self._timer = self._loop.call_later(max(LATE, deadline - now), self._expire)

    def _expire(self) -> None:
        self._timer = None
        now = self._clock()
        if self._armed_for <= now:
            self._boundary.expire(now)
        self._flush(now)

    def _tell_loop(self, fault: Exception) -> None:
        self._loop.call_exception_handler({"message": "The core raised.", "exception": fault})
