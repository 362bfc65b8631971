"""The door of HTTP: a listening socket behind which nothing is imported until somebody comes.

aiohttp and pydantic take longer to import than all the rest of the start, and most processes never
have a visitor. The import goes on in a thread: calls are answered meanwhile.
"""

import asyncio
import socket
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING

from responder.control.running import Running

if TYPE_CHECKING:
    from responder.control.server import Server

_SERVER = "responder.control.server"


class Door:
    """Waits for the first visitor, and has a server from then on.

    Args:
        running: what is served.
        sock: a non-blocking socket that listens; the door closes it.
        opened: called once all is imported and visitors are served.

    Attributes:
        running: as given.
    """

    def __init__(
        self, running: Running, sock: socket.socket, opened: Callable[[], None] = lambda: None
    ) -> None:
        self.running = running
        self._sock = sock
        self._opened = opened
        self._opening: asyncio.Task[None] | None = None
        self._server: Server | None = None

    def start(self) -> None:
        """Wait for the first visitor."""
        asyncio.get_running_loop().add_reader(self._sock, self._open)

    async def stop(self) -> None:
        """Let nobody in any more, and close every connection."""
        asyncio.get_running_loop().remove_reader(self._sock)
        if self._opening is not None:
            await asyncio.wait([self._opening])
        if self._server is not None:
            await self._server.stop()
        self._sock.close()

    def _open(self) -> None:
        asyncio.get_running_loop().remove_reader(self._sock)
        self._opening = asyncio.create_task(self._serve())

    async def _serve(self) -> None:
        try:
            module = await asyncio.to_thread(import_module, _SERVER)
            server: Server = module.Server(self.running)
            await server.start(self._sock)
            self._opened()
        except Exception as fault:
            self.running.on_fault(fault)
        else:
            self._server = server
