"""All that a rule may look at when it judges the caller of one record."""

from collections.abc import Iterator
from functools import cached_property

from responder.journal.record import Record
from responder.journal.verdicts.attempts import Attempt, Attempts, attempt_of
from responder.journal.verdicts.reading import Exchange, Reading, Seen
from responder.sip.settings import Timing
from responder.sip.users import EVERYONE, Users


class Evidence:
    """One record read, with the later attempts of its caller.

    Args:
        record: the record.
        attempts: the attempts of its journal; by default none, and no verdict across calls.
        now: the present, in seconds on the core's clock; by default the time of the last entry. It
            decides what has not come in time and what may still come.
        timing: the timers that the caller is held to.
        users: whose digests can be checked.

    Attributes:
        record: as given.
        attempt: the request that opened the record, where it was outside any dialog; or None.
        reading: the record, with what belongs to it elsewhere.
        now: as given.
        timing: as given.
        users: as given.
    """

    def __init__(
        self,
        record: Record,
        attempts: Attempts | None = None,
        *,
        now: float | None = None,
        timing: Timing | None = None,
        users: Users = EVERYONE,
    ) -> None:
        self.record = record
        self._attempts = attempts
        opened = attempt_of(record)
        self.attempt = opened if opened is not None and opened.begins else None
        self.timing = timing if timing is not None else Timing()
        self.users = users
        entries = record.entries
        apart = []
        if attempts is not None and self.attempt is not None:
            apart = attempts.apart(self.attempt)
        self.reading = Reading(entries, apart)
        if now is None:
            now = max((entry.at for entry in entries), default=record.started)
        self.now = now

    @cached_property
    def later(self) -> list[Attempt]:
        """The later attempts of the same caller, of any method, oldest first."""
        if self.attempt is None or self._attempts is None:
            return []
        return self._attempts.later(self.attempt)

    @property
    def continued(self) -> Iterator[Attempt]:
        """Those later attempts that continue this one: the same Call-ID and method."""
        first = self.attempt
        for each in self.later:
            if first is not None and (
                each.request.call_id == first.request.call_id
                and each.request.method == first.request.method
            ):
                yield each

    @property
    def repeated(self) -> Iterator[Attempt]:
        """Those with the same method for the same target, whatever their Call-ID."""
        first = self.attempt
        for each in self.later:
            if first is not None and (
                each.target == first.target and each.request.method == first.request.method
            ):
                yield each

    def next_request(self, exchange: Exchange) -> Seen | None:
        """Return the caller's next try of a request that got a final response, or None.

        In a dialog that is its next request with the same method; outside one, the next attempt
        that continues this one.
        """
        final = exchange.final
        if final is None:
            return None
        if exchange.in_dialog:
            exchanges = self.reading.exchanges
            for each in exchanges[exchanges.index(exchange) + 1 :]:
                request = each.request
                if request.at >= final.at and request.method == exchange.method and each.in_dialog:
                    return request
            return None
        return next((each.request for each in self.continued), None)

    def failed(self, *statuses: int) -> Iterator[Exchange]:
        """Yield each request of the record that one of these statuses ended."""
        for exchange in self.reading.exchanges:
            if exchange.status in statuses:
                yield exchange
