"""How long an established call may stand: a caller that vanished sends no BYE.

RFC 3261 leaves that to session timers (RFC 4028), which both sides have to want.
"""

from collections.abc import Callable
from typing import Final

from responder.sip.dialog import Dialog
from responder.sip.timers import NEVER, Timed, Timers

LOOK: Final = 60.0
"""Seconds between two looks at most: a stack without calls soon waits for nothing any more."""


class CallTime(Timed):
    """Tells what has stood too long.

    One timer serves all calls: one that ended leaves nothing behind.

    Args:
        timers: where it waits.
        most: seconds from the ACK of the 2xx to the end; 0 for no end.
        over: is called with a dialog whose time is over, and hangs it up.
    """

    __slots__ = ("_most", "_over", "_standing", "_timers")

    def __init__(self, timers: Timers, most: float, over: Callable[[Dialog, float], None]) -> None:
        super().__init__()
        self._over = over
        self._timers = timers
        self._most = most
        self._standing: dict[Dialog, float] = {}

    def established(self, dialog: Dialog, now: float) -> None:
        """Take note that a 2xx was acknowledged; a later re-INVITE gives no more time."""
        if self._most:
            self._standing.setdefault(dialog, now)
            if self.deadline == NEVER:
                self._timers.arm_coarse(self, now + min(self._most, LOOK))

    def ended(self, dialog: Dialog) -> None:
        """Forget a dialog."""
        self._standing.pop(dialog, None)

    def fire(self, now: float) -> None:
        """Tell of the calls whose time is over, and wait for the next one."""
        over: list[Dialog] = []
        for dialog, since in self._standing.items():  # the oldest first
            if since + self._most > now:
                self._timers.arm_coarse(self, min(since + self._most, now + LOOK))
                break
            over.append(dialog)
        for dialog in over:
            del self._standing[dialog]
            self._over(dialog, now)
