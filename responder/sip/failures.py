"""Reports that what was sent did not arrive (RFC 3261 section 18.4): which count, and for whom."""

from typing import Final

from responder.sip.events import Address, Flow

_MOST: Final = 1_000
"""Addresses whose latest report is remembered."""


class Failures:
    """Tells which of many reports of one dead address is worth looking through all transactions.

    Every repeated response to a caller that vanished brings its own ICMP error; one a second says
    as much as all of them.
    """

    __slots__ = ("_latest",)

    def __init__(self) -> None:
        self._latest: dict[Address, float] = {}

    def told(self, address: Address, now: float) -> bool:
        """Whether this report is the first for its address for a second."""
        if now - self._latest.get(address, -1.0) < 1.0:
            return False
        if len(self._latest) >= _MOST:
            self._latest.clear()
        self._latest[address] = now
        return True


def goes_to(mine: Flow, elsewhere: Address | None, flow: Flow, address: Address) -> bool:
    """Whether what is sent on a flow, or elsewhere from its socket, is what failed (18.4)."""
    if flow.reliable:
        return mine is flow
    return not mine.reliable and (elsewhere or mine.remote) == address
