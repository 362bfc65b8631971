"""How late the event loop is: one timer that looks, every quarter of a second, when it was called.

What is measured is how long anything at all has to wait for the loop, a datagram too. It costs four
calls a second, whatever the load.
"""

import asyncio
from bisect import bisect_left
from typing import Final

EVERY: Final = 0.25
"""Seconds between two looks."""

BOUNDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""The upper bounds, in seconds, of the steps in which the waits are counted."""


class LoopLag:
    """Counts by how much the timer was late.

    Attributes:
        counts: how often it was late by each step of `BOUNDS`, and by more than the last.
        total: seconds that it was late by, all together.
    """

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS) + 1)
        self.total = 0.0
        self._handle: asyncio.TimerHandle | None = None
        self._due = 0.0

    def start(self) -> None:
        """Begin to look, on the event loop that runs."""
        self._loop = asyncio.get_running_loop()
        self._arm()

    def stop(self) -> None:
        """Look no more."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _arm(self) -> None:
        self._due = self._loop.time() + EVERY
        self._handle = self._loop.call_at(self._due, self._look)

    def _look(self) -> None:
        late = max(0.0, self._loop.time() - self._due)
        self.counts[bisect_left(BOUNDS, late)] += 1
        self.total += late
        self._arm()
