"""What a receiver learns of the packets of one source (RFC 3550 sections 6.4.1, A.1, A.3, A.8).

This file is on the path of every packet.
"""

from typing import Final, NamedTuple

_SEQUENCES: Final = 0x10000
_MOST_DROPPED: Final = 3_000
_MOST_LATE: Final = 100
_SEEN: Final = (1 << 128) - 1
_CYCLE: Final = 0x100000000
_HALF_CYCLE: Final = 0x80000000


class Totals(NamedTuple):
    """What came, and what did not.

    Attributes:
        packets: how many came, duplicates included.
        lost: how many did not come.
        late: how many came after one with a higher number.
        duplicates: how many had come before.
    """

    packets: int = 0
    lost: int = 0
    late: int = 0
    duplicates: int = 0


class Reception:
    """The packets of one source.

    Attributes:
        ssrc: the source.
        base: the first sequence number, or the one that it began anew with.
        highest: the highest sequence number, extended by its cycles.
        packets: how many came, duplicates included.
        duplicates: how many had come before, as far as the latest 128 numbers tell.
        late: how many came after one with a higher number.
        jitter: of the times between packets, in units of the clock of their format (A.8).
        restarts: how often the source began anew with other sequence numbers.
    """

    __slots__ = (
        "_awaited",
        "_before",
        "_lost_before",
        "_reported",
        "_seen",
        "_transit",
        "base",
        "duplicates",
        "highest",
        "jitter",
        "late",
        "packets",
        "restarts",
        "ssrc",
    )

    def __init__(self, ssrc: int, sequence: int) -> None:
        """Take the first packet's source and sequence number; `take` it afterwards."""
        self.ssrc = ssrc
        self.packets = 0
        self.duplicates = 0
        self.late = 0
        self.jitter = 0.0
        self.restarts = 0
        self._transit: float | None = None
        self._awaited = -1
        self._lost_before = 0
        self._before = 0
        self._reported = (0, 0)
        self._seen = 0
        self._begin(sequence)

    def take(self, sequence: int) -> None:
        """Count a packet; one whose number is far off counts once the next one follows it (A.1)."""
        delta = (sequence - self.highest) & 0xFFFF
        if 0 < delta < _MOST_DROPPED:
            self.highest += delta
            self._seen = (self._seen << delta | 1) & _SEEN
        elif delta == 0 or delta > _SEQUENCES - _MOST_LATE:
            bit = 1 << (-delta & 0xFFFF)
            if self._seen & bit:
                self.duplicates += 1
            else:
                self.late += 1
                self._seen |= bit
        elif sequence == self._awaited:
            self._restart(sequence)
        else:
            self._awaited = (sequence + 1) & 0xFFFF
            return
        self.packets += 1

    def arrived(self, timestamp: int, now: float, clock: int) -> None:
        """Bring the jitter up to date (A.8).

        Args:
            timestamp: the packet's.
            now: when it came, in seconds.
            clock: of its format, in hertz.
        """
        transit = (now * clock - timestamp) % _CYCLE
        last = self._transit
        self._transit = transit
        if last is not None:
            moved = transit - last
            if moved < 0:
                moved = -moved
            if moved > _HALF_CYCLE:
                moved = _CYCLE - moved
            self.jitter += (moved - self.jitter) / 16

    def resumed(self) -> None:
        """Leave the time since the last packet out of the jitter: nothing was to come meanwhile."""
        self._transit = None

    @property
    def expected(self) -> int:
        """How many packets there should be, from the first number to the highest (A.3)."""
        return self.highest - self.base + 1

    @property
    def lost(self) -> int:
        """How many of them did not come; never below zero."""
        came = self.packets - self.duplicates - self._before
        return max(0, self._lost_before + self.expected - came)

    def totals(self, earlier: Totals) -> Totals:
        """Return the figures of this source and of those before it."""
        packets, lost, late, duplicates = earlier
        return Totals(
            packets + self.packets,
            lost + self.lost,
            late + self.late,
            duplicates + self.duplicates,
        )

    def fraction_lost(self) -> int:
        """Return the part of the packets lost since it was asked last, in 256ths (A.3)."""
        expected, received = self.expected, self.packets - self.duplicates
        before, received_before = self._reported
        self._reported = (expected, received)
        due = expected - before
        lost = due - (received - received_before)
        return min(255, 256 * lost // due) if due > 0 and lost > 0 else 0

    def _begin(self, sequence: int) -> None:
        self.base = sequence
        self.highest = sequence - 1
        self._seen = 0
        self._awaited = -1

    def _restart(self, sequence: int) -> None:
        """Begin anew with the packet that was far off, and this one after it."""
        self.restarts += 1
        self._lost_before = self.lost
        self._before = self.packets - self.duplicates
        self._begin((sequence - 1) & 0xFFFF)
        self.highest += 2
        self._seen = 0b11
        self.packets += 1
