"""Connections over HTTP: only so many at a time, and each has to ask for something soon."""

import asyncio
from typing import Final, cast

from aiohttp import web

MOST: Final = 256
"""Connections at a time; one more gets a 503."""

SOON: Final = 10.0
"""Seconds that a connection has for its first request."""

_FULL: Final = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\n"
    b"Connection: close\r\nContent-Length: 0\r\n\r\n"
)


class Visitors:
    """Makes the protocol of each connection, for `asyncio.loop.create_server`.

    Args:
        server: aiohttp's, which knows the connections that stand.
        most: how many may.
        soon: seconds until the first request.
    """

    def __init__(self, server: web.Server, most: int = MOST, soon: float = SOON) -> None:
        self._server = server
        self._most = most
        self._soon = soon
        self._silent: set[asyncio.BaseProtocol] = set()

    def __call__(self) -> asyncio.BaseProtocol:
        """Return what a new connection is spoken to by."""
        if len(self._server.connections) >= self._most:
            return _Full()
        visitor = self._server()
        self._silent.add(visitor)
        asyncio.get_running_loop().call_later(self._soon, self._look, visitor)
        return visitor

    def asked(self, visitor: asyncio.BaseProtocol) -> None:
        """Take note that a request came over a connection."""
        self._silent.discard(visitor)

    def _look(self, visitor: web.RequestHandler) -> None:
        if visitor in self._silent:
            self._silent.discard(visitor)
            visitor.force_close()


class _Full(asyncio.Protocol):
    """Sends a connection away."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        stream = cast("asyncio.Transport", transport)
        stream.write(_FULL)
        stream.close()
