"""Reliable provisional responses: repeated until their PRACK comes (RFC 3262 section 3)."""

from collections.abc import Callable
from typing import Final

from responder.sip.errors import Misuse
from responder.sip.lookup import numbered
from responder.sip.message import Message
from responder.sip.server_transaction import ServerTransaction
from responder.sip.timers import Timed, Timers

WAITING: Final = 0
ACKNOWLEDGED: Final = 1
STOPPED: Final = 2
STATES: Final = ("waiting", "acknowledged", "stopped")

PRACK: Final = 0
FINAL: Final = 1
REPEAT: Final = 2
TIMEOUT: Final = 3
EVENTS: Final = ("PRACK", "final response sent", "time to repeat", "64*T1 are over")

TABLE: Final[dict[tuple[int, int], int]] = {
    (WAITING, PRACK): ACKNOWLEDGED,  # RFC 3262 3
    (WAITING, FINAL): STOPPED,  # 3: no more copies, but a PRACK is still taken
    (WAITING, REPEAT): WAITING,  # 3: T1, doubled each time
    (WAITING, TIMEOUT): STOPPED,  # 3: the INVITE is refused with a 5xx
    (ACKNOWLEDGED, PRACK): ACKNOWLEDGED,  # another PRACK for the same response
    (ACKNOWLEDGED, FINAL): ACKNOWLEDGED,
    (STOPPED, PRACK): ACKNOWLEDGED,  # 3
    (STOPPED, FINAL): STOPPED,
}
"""What an event makes of a reliable provisional response."""

_EVENTS: Final = len(EVENTS)
_NEXT: Final = numbered(TABLE, len(STATES), _EVENTS)

FIRST_NUMBERS: Final = 2**31 - 1
"""The first RSeq is from 1 to this (RFC 3262 section 3)."""


class Reliable(Timed):
    """One reliable provisional response until its PRACK.

    Args:
        transaction: the INVITE that it answers; the response was sent once.
        number: its RSeq.
        data: the response.
        described: whether it carries a session description.
        timers: where it waits.
        lost: called with the time when no PRACK came in 64*T1.
        now: seconds.

    Attributes:
        state: one of the constants of this file.
        number: as given.
        described: as given.
    """

    __slots__ = (
        "_data",
        "_give_up",
        "_interval",
        "_lost",
        "_named",
        "_timers",
        "_transaction",
        "described",
        "number",
        "state",
    )

    def __init__(
        self,
        transaction: ServerTransaction,
        number: int,
        data: bytes,
        described: bool,
        timers: Timers,
        lost: Callable[[float], None],
        now: float,
    ) -> None:
        super().__init__()
        self._transaction = transaction
        self._data = data
        self._timers = timers
        self._lost = lost
        self._named = (b"%d" % number, b"%d" % transaction.number, b"INVITE")
        self._interval = transaction.timing.t1
        self._give_up = now + transaction.timing.give_up
        self.number = number
        self.described = described
        self.state = WAITING
        timers.arm(self, now + self._interval)

    @property
    def waiting(self) -> bool:
        """Whether its PRACK is still to come."""
        return self.state == WAITING

    def named_by(self, prack: Message) -> bool:
        """Whether the RAck of a PRACK names it (RFC 3262 section 7.2)."""
        return tuple(prack.fields.get(b"rack", b"").split()) == self._named

    def acknowledge(self) -> None:
        """Take its PRACK."""
        self._step(PRACK)
        self._timers.disarm(self)

    def stop(self) -> None:
        """Send no more copies: the INVITE has its final response, or will have none."""
        self._step(FINAL)
        self._timers.disarm(self)

    def fire(self, now: float) -> None:
        """Send a copy, or give up."""
        if now >= self._give_up:
            self._step(TIMEOUT)
            self._lost(now)
            return
        self._step(REPEAT)
        self._transaction.repeat(self._data, now)
        self._interval *= 2
        self._timers.arm(self, min(now + self._interval, self._give_up))

    def _step(self, event: int) -> None:
        state = _NEXT[self.state * _EVENTS + event]
        if state is None:
            msg = f"reliable provisional response: {EVENTS[event]} while {STATES[self.state]}"
            raise Misuse(msg)
        self.state = state
