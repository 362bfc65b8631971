"""The calling side's keep-alive of a stream flow (RFC 5626 section 4.4.1)."""

import enum
from collections.abc import Callable
from typing import Final

PONG_TIMEOUT: Final = 10.0
"""Seconds from a ping after which a flow without its pong has failed."""


class KeepAliveAction(enum.Enum):
    """What the caller of `KeepAlive.expire` has to do."""

    NOTHING = enum.auto()
    PING = enum.auto()
    """Send a double CRLF, and tell the framer to expect a pong."""
    FAILED = enum.auto()
    """Close the flow and register over a new one."""


def ping_interval(upper: float, fraction: float) -> float:
    """Return the seconds to the next ping: between 80 % and 100 % of an upper bound.

    Args:
        upper: the longest interval in seconds; RFC 5626 section 4.4.1 advises 120, or what a
            Flow-Timer header gives.
        fraction: a random number from 0 to 1, drawn anew for each ping.
    """
    return upper * (0.8 + 0.2 * fraction)


class KeepAlive:
    """Says when to ping a flow, and when a flow is to be taken for dead.

    A ping follows the one before it by the interval, or by the time that the pong took where that
    is longer: never are two on the way.
    """

    __slots__ = ("_deadline", "_interval", "_pinged", "_pong_timeout")

    def __init__(
        self, interval: float | Callable[[], float], pong_timeout: float = PONG_TIMEOUT
    ) -> None:
        """Prepare; nothing is due before `started`.

        Args:
            interval: seconds between pings, or a function that draws them for each ping.
            pong_timeout: seconds to wait for a pong.
        """
        self._interval = interval
        self._pong_timeout = pong_timeout
        self._deadline: float | None = None
        self._pinged: float | None = None

    @property
    def deadline(self) -> float | None:
        """When `expire` wants to be called next; None before the start and after a failure."""
        return self._deadline

    def started(self, now: float) -> None:
        """Take note that the flow is open; the first ping is due one interval from ``now``."""
        self._pinged = None
        self._deadline = now + self._draw()

    def pong(self, now: float) -> None:
        """Take note of a pong. One that no ping waits for means nothing."""
        if self._pinged is None:
            return
        self._deadline = max(now, self._pinged + self._draw())
        self._pinged = None

    def expire(self, now: float) -> KeepAliveAction:
        """Return what is due at ``now``.

        Bytes that have come on the flow are to be processed first: a pong among them still counts.
        """
        if self._deadline is None or now < self._deadline:
            return KeepAliveAction.NOTHING
        if self._pinged is not None:
            self._pinged = self._deadline = None
            return KeepAliveAction.FAILED
        self._pinged = now
        self._deadline = now + self._pong_timeout
        return KeepAliveAction.PING

    def _draw(self) -> float:
        return self._interval() if callable(self._interval) else self._interval
