"""Which of many sockets have something to read, each with what takes it.

The event loop watches one descriptor, that of the watch, whatever number of sockets is behind it.
"""

import select
import selectors
import socket
from collections.abc import Callable
from typing import Final, Protocol


class Taker(Protocol):
    """What takes the packets of a socket."""

    def take(self, buffer: bytearray, view: memoryview, now: float) -> None:
        """Take one packet.

        Args:
            buffer: where it may be put.
            view: of the buffer.
            now: seconds.
        """


class Watch(Protocol):
    """Watches sockets from `add` to `drop`."""

    def add(self, sock: socket.socket, taker: Taker) -> None:
        """Watch a socket."""

    def drop(self, sock: socket.socket) -> None:
        """Watch a socket no longer; it is closed only after this."""

    def ready(self, most: int) -> list[Taker]:
        """Return takers at whose sockets something waits, each in its turn.

        Args:
            most: how many, at most.
        """

    def fileno(self) -> int:
        """Return the descriptor that is readable while something waits."""

    def close(self) -> None:
        """Watch nothing any more."""


class EpollWatch:
    """A `Watch` that asks the kernel of Linux itself: `selectors` takes longer than a packet."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._takers: dict[int, Taker] = {}

    def add(self, sock: socket.socket, taker: Taker) -> None:
        """Watch a socket."""
        number = sock.fileno()
        self._epoll.register(number, select.EPOLLIN)
        self._takers[number] = taker

    def drop(self, sock: socket.socket) -> None:
        """Watch a socket no longer; it is closed only after this."""
        number = sock.fileno()
        self._epoll.unregister(number)
        del self._takers[number]

    def ready(self, most: int) -> list[Taker]:
        """Return takers at whose sockets something waits: the kernel has them take turns."""
        takers = self._takers
        return [takers[number] for number, _ in self._epoll.poll(0, most)]

    def fileno(self) -> int:
        """Return the descriptor that is readable while something waits."""
        return self._epoll.fileno()

    def close(self) -> None:
        """Watch nothing any more."""
        self._epoll.close()


class SelectorWatch:
    """A `Watch` for all other systems."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._left: list[tuple[selectors.SelectorKey, int]] = []

    def add(self, sock: socket.socket, taker: Taker) -> None:
        """Watch a socket."""
        self._selector.register(sock, selectors.EVENT_READ, taker)

    def drop(self, sock: socket.socket) -> None:
        """Watch a socket no longer; it is closed only after this."""
        self._selector.unregister(sock)

    def ready(self, most: int) -> list[Taker]:
        """Return takers at whose sockets something waits; what is left over comes next."""
        found = self._left or self._selector.select(0)
        self._left = found[most:]
        return [key.data for key, _ in found[:most]]

    def fileno(self) -> int:
        """Return the descriptor that is readable while something waits."""
        return self._selector.fileno()

    def close(self) -> None:
        """Watch nothing any more."""
        self._selector.close()


WATCH: Final[Callable[[], Watch]] = EpollWatch if hasattr(select, "epoll") else SelectorWatch
"""Makes a watch as the system knows it best."""
