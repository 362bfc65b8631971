"""How many requests and responses an endpoint has had since its start. This is on the hot path.

A response costs one addition, and a request none: each has one first response. Copies are the
record's to count. What is counted by is bounded, so that no peer can make the counts grow.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from typing import Final

from responder.sip.capabilities import METHODS
from responder.sip.server_transaction import ServerTransaction

OTHER: Final = b"other"
"""What every method that is not known counts as."""

BOUNDS: Final[tuple[float, ...]] = (
    0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 180.0,
)  # fmt: skip
"""The upper bounds, in seconds, of the steps in which waits for a first response are counted."""

FURTHER: Final = -1
"""The step of a response that is not the first one to its request."""

_STEPS: Final = 32
"""More than there are steps, so that a status and a step make one number."""


class Traffic:
    """Counts that only grow. Their methods are those of `METHODS`, or `OTHER`.

    Attributes:
        waited: seconds that first responses were waited for, by method.
        unanswered: requests that ended without any response, by method.
        own_requests: requests that were sent, by method; each attempt counts, an ACK does not.
        own_responses: responses that came to them, by method and status.
    """

    __slots__ = ("_counts", "own_requests", "own_responses", "unanswered", "waited")

    def __init__(self) -> None:
        # A number is found faster than three things together.
        self._counts: dict[bytes, dict[int, int]] = {}
        self.waited: dict[bytes, float] = {}
        self.unanswered: Counter[bytes] = Counter()
        self.own_requests: Counter[bytes] = Counter()
        self.own_responses: Counter[tuple[bytes, int]] = Counter()

    @property
    def responses(self) -> dict[tuple[bytes, int, int], int]:
        """How many responses were sent.

        By the method of their request, their status, and the step of `BOUNDS` that holds the wait
        for a first response, its length for a longer one, or `FURTHER`.
        """
        return {
            (method, number // _STEPS, number % _STEPS + FURTHER): count
            for method, counts in self._counts.items()
            for number, count in counts.items()
        }

    def requests(self, live: Iterable[ServerTransaction]) -> Counter[bytes]:
        """Return how many new requests came, by method; no ACK is among them.

        Args:
            live: every server transaction that has not ended.
        """
        waiting = (known(each.key[-1]) for each in live if not each.status)
        found = self.unanswered + Counter(waiting)
        for (method, _, step), count in self.responses.items():
            if step != FURTHER:
                found[method] += count
        return found

    def responded(self, transaction: ServerTransaction, status: int, now: float) -> None:
        """Count a response that its transaction is about to send.

        Args:
            transaction: what is answered; its status is still that of the response before.
            status: that of the response.
            now: seconds.
        """
        step = 0
        if transaction.status:
            step = FURTHER
        elif now > transaction.born:
            step = self._waited(transaction, now)
        try:
            self._counts[transaction.key[-1]][status * _STEPS + step - FURTHER] += 1
        except KeyError:
            self._begin(transaction.key[-1], status, step)

    def refused(self, method: bytes, status: int) -> None:
        """Count a response that is sent at once, to a request that gets no transaction."""
        self._begin(method, status, 0)

    def lapsed(self, transaction: ServerTransaction) -> None:
        """Count a request that was never answered."""
        self.unanswered[known(transaction.key[-1])] += 1

    def asked(self, method: bytes) -> None:
        """Count a request of ours."""
        self.own_requests[known(method)] += 1

    def answered(self, method: bytes, status: int) -> None:
        """Count a response to a request of ours."""
        self.own_responses[known(method), status] += 1

    def _waited(self, transaction: ServerTransaction, now: float) -> int:
        wait = now - transaction.born
        method = known(transaction.key[-1])
        self.waited[method] = self.waited.get(method, 0.0) + wait
        return bisect_left(BOUNDS, wait)

    def _begin(self, method: bytes, status: int, step: int) -> None:
        counts = self._counts.setdefault(known(method), {})
        number = status * _STEPS + step - FURTHER
        counts[number] = counts.get(number, 0) + 1


def known(method: bytes) -> bytes:
    """Return a method, or `OTHER` where it is none of `METHODS`."""
    return method if method in METHODS else OTHER
