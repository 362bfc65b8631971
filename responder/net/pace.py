"""When to stop waking up for every datagram: the socket is looked at once a tick instead.

A wake-up of the event loop costs more than the call that it is for. Above some thousand datagrams
a second it pays to let them gather for a millisecond, as network drivers do with interrupts; below
that every datagram is answered at once.
"""

from typing import Final

TICK: Final = 0.001
"""Seconds between two looks at a busy socket."""

_WAKES: Final = 64
_BUSY: Final = 6_000.0
_CALM_TICKS: Final = 16
_CALM: Final = 3


class Pace:
    """Watches how often one socket wakes the loop, and how much each look brings."""

    __slots__ = ("_calm", "_count", "_since")

    def __init__(self) -> None:
        self._count = 0
        self._since = 0.0
        self._calm = 0

    def woke(self, now: float) -> bool:
        """Take note of a wake-up; True when the socket is busy enough to be looked at by ticks.

        Args:
            now: seconds.
        """
        self._count += 1
        if self._count < _WAKES:
            return False
        busy = self._since > 0.0 and self._count > _BUSY * (now - self._since)
        self._count = 0
        self._since = now
        self._calm = 0
        return busy

    def ticked(self, taken: int, now: float) -> bool:
        """Take note of a look at a tick; True when the socket is calm enough to wake the loop.

        Args:
            taken: how many datagrams the look brought.
            now: seconds.
        """
        self._calm = self._calm + 1 if taken <= _CALM else 0
        if self._calm < _CALM_TICKS:
            return False
        self._count = 0
        self._since = now
        return True
