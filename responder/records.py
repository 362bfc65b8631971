"""The records of calls while they are kept, and what a console is told of them. Pure.

This file is on the hot path.
"""

from typing import Final

from responder.journal.journal import Journal, Stray
from responder.journal.record import Record
from responder.scenario.rules import Rules
from responder.sip.endpoint import Endpoint
from responder.sip.events import Flow, Trace
from responder.sip.message import Message
from responder.sip.server_transaction import ServerTransaction

_KEPT_OF_STRAY: Final = 2_048


class Records:
    """Opens the record of each request, and shows those of finished calls.

    Args:
        journal: where they are kept.
        endpoint: whose outputs a console reads.
        rules: what answers requests.

    Attributes:
        rules: what answers requests now.
        traces: whether a finished call is also an output, for a console to show.
    """

    def __init__(self, journal: Journal, endpoint: Endpoint, rules: Rules) -> None:
        self._journal = journal
        self._endpoint = endpoint
        self.rules = rules
        self.traces = True

    def open(
        self, transaction: ServerTransaction, request: Message, user: bytes, now: float
    ) -> Record:
        """Open the record of a request that dials a user part."""
        record = self._journal.open(request.method.decode("utf-8", "replace"), now)
        flow = transaction.flow
        record.transport = flow.transport
        record.flow = flow
        record.request = request
        record.user = user
        return record

    def unmatched(self, method: bytes) -> None:
        """Count a request that neither matches nor spells anything, if that was wanted of it."""
        rules = self.rules
        if rules.unmatched is not None or rules.wanting(method):
            self._journal.unmatched += 1

    def show(self, record: Record, now: float) -> None:
        """Output a finished call once."""
        if not record.shown:
            record.shown = True
            if record.ended is None and record.status >= 300:
                record.ended = now
            if self.traces:
                facts = {"rules": self.rules} if record.unmatched else {}
                self._endpoint.outputs.append(Trace("call", record=record, **facts))

    def ended(self, record: Record, now: float) -> None:
        """Output a call that stood and is over."""
        record.ended = now
        # The caller may hang up before it acknowledges (RFC 3261 15).
        self.show(record, now)
        if self.traces:
            self._endpoint.outputs.append(Trace("ended", record=record))

    def stray(self, flow: Flow, data: bytes, why: str, status: int, now: float) -> None:
        """Keep bytes that belong to nothing."""
        source = flow.sent_by.decode("ascii", "replace")
        stray = Stray(now, flow.transport, source, why, status, data[:_KEPT_OF_STRAY], flow)
        self._journal.stray(stray)
        if self.traces:
            self._endpoint.outputs.append(Trace("stray", stray=stray))

    def over_limit(self, what: str) -> None:
        """Count what was refused because of a limit."""
        self._journal.counts[f"over the limit: {what}"] += 1
