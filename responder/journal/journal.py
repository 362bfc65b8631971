"""The bounded record of calls, of what belonged to no call, and of counts."""

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass

from responder.journal.record import Again, Ledger, Record
from responder.sip.events import Flow


@dataclass(frozen=True, slots=True)
class Stray:
    """Bytes that belonged to no call.

    Attributes:
        at: when they came, in seconds on the core's clock.
        transport: ``udp``, ``tcp`` ...
        source: where they came from.
        why: what was wrong with them, or what they failed to match.
        status: what they were answered with; 0 for nothing.
        data: the first 2,048 bytes of them.
        flow: the flow that they came on; None where that is not known.
    """

    at: float
    transport: str
    source: str
    why: str
    status: int
    data: bytes
    flow: Flow | None = None


class Journal:
    """The latest calls, up to a number and a size; the oldest go first.

    Args:
        calls: how many records are kept.
        size: how many bytes of messages they may hold together.

    Attributes:
        records: the records, oldest first.
        strays: what belonged to no call, oldest first; at most as many as there may be calls.
        counts: named counts since the start, or since all was forgotten.
        evicted: how many records were dropped since then.
        cleared: how often all of it was forgotten.
        unmatched: how many requests no rule matched, ever.
        again: how many messages came and left again, ever, whether or not they were kept.
        leaving: is given each record that is about to be dropped, whole; None for nobody.
    """

    def __init__(self, calls: int = 1_000, size: int = 64 * 1024 * 1024) -> None:
        self.calls = calls
        self.size = size
        self.records: deque[Record] = deque()
        self.strays: deque[Stray] = deque(maxlen=calls)
        self.counts: Counter[str] = Counter()
        self.evicted = 0
        self.cleared = 0
        self.unmatched = 0
        self.again = Again()
        self.leaving: Callable[[Record], None] | None = None
        self._ledger = Ledger(size, self._make_room, self.again)
        self._number = 0
        self._forgotten: Counter[str] = Counter()
        self._forgotten_evicted = 0

    @property
    def opened(self) -> int:
        """How many records were begun, ever."""
        return self._number

    @property
    def held(self) -> int:
        """How many bytes of messages the records hold together."""
        return self._ledger.size

    @property
    def ever_evicted(self) -> int:
        """How many records were dropped, ever."""
        return self._forgotten_evicted + self.evicted

    @property
    def ever_counted(self) -> Counter[str]:
        """The named counts since the start, whatever was forgotten since."""
        return self._forgotten + self.counts

    def open(self, method: str, now: float) -> Record:
        """Begin the record of a call; the oldest record makes room for it."""
        self._number += 1
        record = Record(self._number, now, method, self._ledger)
        records = self.records
        records.append(record)
        if len(records) > self.calls:
            self._evict()
        return record

    def stray(self, stray: Stray) -> None:
        """Keep bytes that belonged to no call."""
        self.strays.append(stray)
        self.counts["strays"] += 1

    def clear(self) -> None:
        """Forget all records, strays and counts; what goes on has no record here any more.

        Numbers go on from where they were. Whoever holds a record keeps it whole.
        """
        self.records.clear()
        self.strays.clear()
        self._forgotten += self.counts
        self.counts.clear()
        self._forgotten_evicted += self.evicted
        self.evicted = 0
        self.cleared += 1
        self._ledger = Ledger(self.size, self._make_room, self.again)

    def _make_room(self) -> None:
        while self._ledger.size > self.size and self.records:
            self._evict()

    def _evict(self) -> None:
        record = self.records.popleft()
        if self.leaving is not None:
            self.leaving(record)
        record.evict()
        self.evicted += 1
