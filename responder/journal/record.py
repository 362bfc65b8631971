"""The record of one call, or of one request outside any call. This file is on the hot path."""

import re
import sys
from collections.abc import Callable
from typing import Final, NamedTuple, Protocol

from responder.sip.events import Flow
from responder.sip.message import Message
from responder.sip.server_transaction import Log

_MOST_ENTRIES: Final = 500


class Entry(NamedTuple):
    """One message, or one remark, in the order in which things happened.

    Attributes:
        at: when, in seconds on the core's clock.
        kind: ``received``, ``sent``, ``received again`` or ``sent again``: a message as it was on
            the wire; ``suppressed``: one that was to leave and did not, on purpose; ``note`` or
            ``fault``: a remark, the latter about what was done wrong on purpose.
        data: the message, or the remark in UTF-8.
        flow: the flow that the message came or left on; None for a remark.
    """

    at: float
    kind: str
    data: bytes
    flow: Flow | None = None


class MediaFigures(Protocol):
    """What a record says of the media of its call; computed when it is read."""

    def line(self) -> str:
        """Return the figures in a few words."""

    def facts(self) -> dict[str, object]:
        """Return all figures by name."""


class Again:
    """How many messages came and left again."""

    __slots__ = ("received", "sent")

    def __init__(self) -> None:
        self.received = 0
        self.sent = 0


class Ledger:
    """What all records of one journal hold together.

    Args:
        limit: how many bytes that may be; None for any number.
        make_room: drops old records while ``size`` is over ``limit``, as far as it can.
        again: counts what comes and leaves again.

    Attributes:
        size: bytes of their messages.
        limit: as given.
        make_room: as given.
        again: as given.
    """

    __slots__ = ("again", "limit", "make_room", "size")

    def __init__(
        self,
        limit: int | None = None,
        make_room: Callable[[], None] = lambda: None,
        again: Again | None = None,
    ) -> None:
        self.size = 0
        self.again = again if again is not None else Again()
        self.limit = sys.maxsize if limit is None else limit
        self.make_room = make_room


class Record(Log):
    """What happened in one call.

    Attributes:
        number: counts the records of one journal from 1.
        started: when its first message came or left.
        ended: when its last transaction or dialog was over; None before.
        method: the method that began it.
        caller: the user part (or host) of From, as text.
        target: what was dialled, as text.
        transport: ``udp``, ``tcp`` ...
        source: the peer's address and port as text.
        call_id: the Call-ID.
        rule: what answered it, such as ``dial 1/2``; empty when no rule did.
        status: the final status of its first transaction; 0 while there is none.
        statuses: every different status sent for its first transaction, in order.
        retransmissions: how many messages came or left again.
        size: bytes of all its entries.
        left_out: how many entries were not kept, since a record holds no more than 500.
        answered: when its first final response left; None before.
        shown: whether its line was output.
        flow: the flow that its first message came over.
        request: its first message, from which `identify` takes the names.
        user: the dialled user part.
        unmatched: whether no rule matched it where dialling does not answer what is left.
        media: the figures of its media; None where no stream was opened.
        failed: why the scenario's steps call it failed; empty if they do not.
        evicted: True once the journal has dropped it; what still happens is not kept.
    """

    __slots__ = (
        "_kept",
        "_ledger",
        "answered",
        "call_id",
        "caller",
        "ended",
        "evicted",
        "failed",
        "flow",
        "left_out",
        "media",
        "method",
        "number",
        "request",
        "retransmissions",
        "rule",
        "shown",
        "size",
        "source",
        "started",
        "status",
        "statuses",
        "target",
        "transport",
        "unmatched",
        "user",
    )

    def __init__(
        self, number: int, started: float, method: str, ledger: Ledger | None = None
    ) -> None:
        self._ledger = ledger if ledger is not None else Ledger()
        self.number = number
        self.started = started
        self.method = method
        self.ended: float | None = None
        self.caller = ""
        self.target = ""
        self.transport = ""
        self.source = ""
        self.call_id = ""
        self.rule = ""
        self.status = 0
        self.statuses: list[int] = []
        self._kept: list[tuple[float, str, bytes, Flow | None]] = []
        self.retransmissions = 0
        self.size = 0
        self.left_out = 0
        self.evicted = False
        self.failed = ""
        self.shown = False
        self.answered: float | None = None
        self.flow: Flow | None = None
        self.request: Message | None = None
        self.user = b""
        self.unmatched = False
        self.media: MediaFigures | None = None

    @property
    def entries(self) -> list[Entry]:
        """What came and what left, in order; empty once evicted."""
        return [Entry(*kept) for kept in self._kept]

    def identify(self) -> "Record":
        """Fill in caller, target, source and Call-ID from the first message; return the record.

        It is put off until somebody reads the record, since most are never read.
        """
        request, flow = self.request, self.flow
        if request is None or flow is None or self.source:
            return self
        sender = request.fields.get(b"from", b"")
        self.caller = _user_or_host(sender)
        self.target = self.user.decode("utf-8", "replace") or _user_or_host(request.uri)
        self.call_id = request.fields.get(b"call-id", b"").decode("utf-8", "replace")
        self.source = flow.sent_by.decode("ascii", "replace")
        return self

    def received(self, now: float, data: bytes, again: bool, flow: Flow | None = None) -> None:
        """Note a message that came; ``again`` when it is a retransmission."""
        if again:
            self.retransmissions += 1
            self._ledger.again.received += 1
            self._keep(now, "received again", data, flow)
        else:
            self._keep(now, "received", data, flow)

    def sent(self, now: float, data: bytes, again: bool, flow: Flow | None = None) -> None:
        """Note a message that left; ``again`` when it is a retransmission."""
        if again:
            self.retransmissions += 1
            self._ledger.again.sent += 1
            self._keep(now, "sent again", data, flow)
        else:
            self._keep(now, "sent", data, flow)

    def note(self, now: float, text: str) -> None:
        """Note a sentence about what was done or not done."""
        self._keep(now, "note", text.encode(), None)

    def fault(self, now: float, text: str) -> None:
        """Note a sentence about what was done wrong on purpose."""
        self._keep(now, "fault", text.encode(), None)

    def suppressed(self, now: float, data: bytes, flow: Flow | None = None) -> None:
        """Note a message that was to leave and did not, on purpose."""
        self._keep(now, "suppressed", data, flow)

    def faults(self) -> list[str]:
        """Return the sentences about what was done wrong on purpose."""
        return [entry.data.decode() for entry in self.entries if entry.kind == "fault"]

    def notes(self) -> list[str]:
        """Return the sentences noted so far."""
        return [entry.data.decode() for entry in self.entries if entry.kind == "note"]

    def evict(self) -> None:
        """Drop the entries for good."""
        if self.ended is None:
            # Its end will be told of, and by then the request is gone.
            self.identify()
        self.evicted = True
        self._kept = []
        self.request = None
        self.flow = None
        self._ledger.size -= self.size
        self.size = 0

    def _keep(self, now: float, kind: str, data: bytes, flow: Flow | None) -> None:
        kept = self._kept
        if self.evicted or len(kept) >= _MOST_ENTRIES:
            self.left_out += 1
            return
        # A plain tuple costs a fifth of an Entry, which readers get.
        kept.append((now, kind, data, flow))
        size = len(data)
        self.size += size
        ledger = self._ledger
        ledger.size += size
        if ledger.size > ledger.limit:
            ledger.make_room()


_NAMED: Final = re.compile(rb"sips?:(?:([^@<>;?:]+)(?::[^@<>]*)?@)?([^@<>;?:]+)", re.IGNORECASE)


def _user_or_host(value: bytes) -> str:
    """Return who a header value or URI names, for people to read."""
    found = _NAMED.search(value)
    if found is None:
        return value.decode("utf-8", "replace")
    return (found[1] or found[2]).decode("utf-8", "replace")
