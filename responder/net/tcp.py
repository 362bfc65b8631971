"""TCP: a flow for each connection, whoever opened it."""

import asyncio
import errno
import socket
import struct
from typing import Final, cast

from responder.net.bind import resolve_numeric
from responder.net.boundary import Boundary
from responder.net.icmp import SocketAddress
from responder.sip.events import Flow

UNREAD: Final = 1 << 20
"""Bytes kept for a peer that does not read; with more, its connection is closed."""

_NO_LINGER: Final = struct.pack("ii", 1, 0)

CLOSING_TIME: Final = 2.0
"""Seconds for what was sent to leave, and for the peer to close its side, before a reset."""


class TcpConnection(asyncio.Protocol):
    """A connection and its flow.

    An accepted connection makes its flow; one that the core opens (`OpenFlow`) is given the core's
    flow, and keeps what is sent on it until it stands. Either way `Core.flow_closed` follows a
    `Core.flow_opened` exactly once.

    A peer that ends its own sending has closed the connection: what the core sends later needs a
    new one (RFC 3261 section 18.2.2).

    Attributes:
        flow: None until the connection is accepted.
        gone: done once nothing of the connection is left.
    """

    __slots__ = (
        "_boundary",
        "_closing",
        "_connections",
        "_limit",
        "_loop",
        "_name",
        "_opened",
        "_queued",
        "_queued_bytes",
        "_transport",
        "flow",
        "gone",
    )

    def __init__(
        self,
        boundary: Boundary,
        connections: set["TcpConnection"],
        loop: asyncio.AbstractEventLoop,
        flow: Flow | None = None,
        name: str = "",
    ) -> None:
        """Join the open ``connections``; leave them when the connection is gone.

        ``name`` is what a scenario calls the listener that it came to.
        """
        self.flow = flow
        self._name = name
        self.gone: asyncio.Future[None] = loop.create_future()
        self._boundary = boundary
        self._connections = connections
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        self._queued: list[bytes] = []
        self._queued_bytes = 0
        self._opened = False
        self._closing = False
        self._limit: asyncio.TimerHandle | None = None
        connections.add(self)
        if flow is not None:
            flow.listener = self

    # What the core asks

    def send(self, data: bytes) -> None:
        """Send bytes, at once and by themselves, or keep them until the connection stands.

        A client is better served by one message a segment: some take two of them for one.
        """
        if self._closing:
            return
        transport = self._transport
        if transport is None:
            if self._queued_bytes + len(data) > UNREAD:
                self._boundary.counts.unsent += 1
                return
            self._queued_bytes += len(data)
            self._queued.append(data)
            return
        if transport.is_closing():
            # A write has failed before, of which the loop tells later: the peer is gone.
            self._boundary.counts.unsent += 1
            return
        transport.write(data)
        if transport.get_write_buffer_size() > UNREAD:
            self._boundary.counts.slow_peers += 1
            self.abort()

    def close(self) -> None:
        """Close once what was sent has left; what the peer still sends is not looked at.

        Closing a socket that holds unread bytes would reset the connection, and the reset would
        overtake the last response. So only our side is ended, and the peer has `CLOSING_TIME`.
        """
        if self._closing:
            return
        self._closing = True
        if self._transport is not None:
            self._end()

    def abort(self) -> None:
        """Close at once, whatever has not left."""
        self._closing = True
        if self._transport is not None:
            self._transport.abort()

    def reset(self) -> None:
        """Close at once by a reset (RST) instead of an orderly end, whatever has not left."""
        if self._transport is not None:
            sock: socket.socket | None = self._transport.get_extra_info("socket")
            if sock is not None and sock.fileno() >= 0:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self.abort()

    def fail(self, reason: str) -> None:
        """Tell the core that the connection it opened could not be made."""
        flow = self.flow
        if flow is None or self._opened or flow.closed or self.gone.done():
            return
        self._closing = True
        self._leave()
        flow.closed = True
        now = self._boundary.clock()
        self._boundary.failed(flow, flow.remote, reason, now)
        self._boundary.flush(now)

    # What the event loop tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Make or complete the flow, unless the source may not come in."""
        stream = cast("asyncio.Transport", transport)
        self._transport = stream
        local: SocketAddress | None = transport.get_extra_info("sockname")
        remote: SocketAddress | None = transport.get_extra_info("peername")
        if not local or not remote or self.gone.done():  # the peer or the wish is gone already
            self.abort()
            return
        # Two small messages in a row must not wait for the peer's delayed acknowledgement; asyncio
        # sets this only where the socket was made with its protocol named.
        sock: socket.socket | None = transport.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        now = self._boundary.clock()
        flow = self.flow
        if flow is None:
            if not self._boundary.permits("tcp", (remote[0], remote[1]), now):
                self.abort()
                self._boundary.flush(now)
                return
            flow = Flow("tcp", (local[0], local[1]), (remote[0], remote[1]), self, self._name)
            self.flow = flow
        else:
            flow.place((local[0], local[1]), (remote[0], remote[1]))
        self._opened = True
        for data in self._queued:
            stream.write(data)
        self._queued.clear()
        self._boundary.opened(flow, now)
        self._boundary.flush(now)
        if self._closing:
            self._end()

    def data_received(self, data: bytes) -> None:
        """Pass on the bytes as they came."""
        if self._closing or self.flow is None:
            return
        boundary = self._boundary
        now = boundary.clock()
        boundary.receive(self.flow, data, now)
        boundary.flush(now)

    def eof_received(self) -> bool:
        """Take the end of the peer's sending as the end of the connection."""
        self._closing = True
        self._report_closed()
        self._bound_closing()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the core, if it has heard of the connection."""
        del exc
        self._closing = True
        self._leave()
        self._report_closed()

    def _report_closed(self) -> None:
        if self._opened and self.flow is not None:
            self._opened = False
            self.flow.closed = True
            now = self._boundary.clock()
            self._boundary.closed(self.flow, now)
            self._boundary.flush(now)

    def _end(self) -> None:
        transport = self._transport
        if transport is not None and not transport.is_closing():
            try:
                transport.write_eof()
            except OSError:  # the peer has reset it, which the loop has yet to see
                transport.abort()
            self._bound_closing()

    def _bound_closing(self) -> None:
        if self._limit is None:
            self._limit = self._loop.call_later(CLOSING_TIME, self.abort)

    def _leave(self) -> None:
        self._connections.discard(self)
        if self._limit is not None:
            self._limit.cancel()
        if not self.gone.done():
            self.gone.set_result(None)


async def connect(connection: TcpConnection, host: str, port: int, limit: float) -> None:
    """Connect to a numeric address within ``limit`` seconds.

    Raises:
        OSError: no connection could be made, a `TimeoutError` among them.
    """
    loop = asyncio.get_running_loop()
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        async with asyncio.timeout(limit):
            await loop.sock_connect(sock, resolve_numeric(family, (host, port)))
        if sock.getsockname() == sock.getpeername():
            # Where nobody listens on a port of the ephemeral range, TCP can meet itself.
            raise ConnectionRefusedError(errno.ECONNREFUSED, "it met itself")
    except BaseException:
        sock.close()
        raise
    await loop.create_connection(lambda: connection, sock=sock)
