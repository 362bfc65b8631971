"""Which record is the same caller's next attempt, and which bytes elsewhere belong to a record.

A record's caller is the IP address that its first request came from, whatever the port, together
with the user part of its From (the host where From has no user). A **later attempt** of that caller
is a record that began after it, with a request outside any dialog: no To tag, and neither ACK nor
CANCEL. The attempt **continues** the first one when it has the same Call-ID and method; it is for
the **same target** when the user part of its Request-URI is the same (for REGISTER that of To).

What came in a call and could not be matched has a record of its own, such as a CANCEL with a wrong
branch, or is kept as bytes that belong to nothing, such as an ACK. It counts as part of the latest
attempt with its Call-ID from its address that began before it. So does a copy of a request that
came after its transaction had ended.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple, TypeAlias

from responder.journal.journal import Stray
from responder.journal.record import Entry, Record
from responder.journal.verdicts.reading import Seen
from responder.sip.events import Address
from responder.sip.message import parse

Listener: TypeAlias = tuple[str, Address]
"""A transport and the local address that a caller reached."""

_NO_ATTEMPT: Final = frozenset({b"ACK", b"CANCEL"})


class Attempt(NamedTuple):
    """One request outside any dialog that opened a record.

    Attributes:
        record: the record.
        request: the request.
        listener: where it came in.
        target: whom it was for: a user part or a host.
    """

    record: Record
    request: Seen
    listener: Listener
    target: str

    @property
    def begins(self) -> bool:
        """Whether it was outside any dialog and no ACK or CANCEL, as an attempt has to be."""
        return not self.request.to_tag and self.request.method not in _NO_ATTEMPT


class Attempts:
    """Every attempt in a journal, to be asked about the caller of one of them.

    It is a picture of one moment: make another when the journal has grown.

    Args:
        records: the records, oldest first; evicted ones count for nothing.
        strays: what belonged to no call.
    """

    def __init__(self, records: Iterable[Record] = (), strays: Iterable[Stray] = ()) -> None:
        self._of_caller: dict[tuple[str, str], list[Attempt]] = defaultdict(list)
        self._of_call: dict[tuple[str, bytes], list[Attempt]] = defaultdict(list)
        self._apart: dict[tuple[str, bytes], list[Record]] = defaultdict(list)
        self._acks: dict[tuple[str, bytes], list[Entry]] = defaultdict(list)
        for record in records:
            attempt = attempt_of(record)
            if attempt is not None:
                self._file(attempt)
        for stray in strays:
            if stray.data.startswith(b"ACK "):
                call_id = parse(stray.data).fields.get(b"call-id", b"")
                host = stray.source.rpartition(":")[0].strip("[]")
                self._acks[host, call_id].append(Entry(stray.at, "received", stray.data))

    def _file(self, attempt: Attempt) -> None:
        seen = attempt.request
        call = (_host(attempt), seen.call_id)
        if not attempt.begins:
            self._apart[call].append(attempt.record)
            return
        self._of_call[call].append(attempt)
        self._of_caller[call[0], attempt.record.caller].append(attempt)

    def later(self, attempt: Attempt) -> list[Attempt]:
        """Return the later attempts of the same caller, of any method, oldest first."""
        of_caller = self._of_caller.get((_host(attempt), attempt.record.caller), [])
        return [each for each in of_caller if _follows(each, attempt) and not _copy(each, attempt)]

    def apart(self, attempt: Attempt) -> list[Entry]:
        """Return the entries elsewhere that belong to an attempt, in no order."""
        call = (_host(attempt), attempt.request.call_id)
        began, ends = attempt.record.started, float("inf")
        found: list[Entry] = []
        for each in self._of_call.get(call, []):
            if not _follows(each, attempt):
                continue
            if _copy(each, attempt):
                found += _copies(each.record.entries, attempt.request)
            else:
                ends = each.record.started
                break
        for record in self._apart.get(call, []):
            if record is not attempt.record and began <= record.started < ends:
                found += record.entries
        found += [ack for ack in self._acks.get(call, []) if began <= ack.at < ends]
        return found


def attempt_of(record: Record) -> Attempt | None:
    """Return the request that opened a record; None where the record no longer holds it."""
    request, flow = record.request, record.flow
    if request is None or flow is None:
        return None
    record.identify()
    seen = Seen(record.started, request, flow, ours=False)
    return Attempt(record, seen, (flow.transport, flow.local), record.target)


def _host(attempt: Attempt) -> str:
    flow = attempt.request.flow
    assert flow is not None
    return flow.remote[0]


def _follows(later: Attempt, attempt: Attempt) -> bool:
    return later.record.number > attempt.record.number


def _copy(later: Attempt, attempt: Attempt) -> bool:
    """Whether a record began with a copy that came when the transaction had ended."""
    new, old = later.request, attempt.request
    return later.listener == attempt.listener and (new.key, new.call_id, new.number) == (
        old.key,
        old.call_id,
        old.number,
    )


def _copies(entries: Sequence[Entry], request: Seen) -> list[Entry]:
    return [
        entry
        for entry in entries
        if entry.kind.startswith("received")
        and Seen(entry.at, parse(entry.data), entry.flow, ours=False).key == request.key
    ]
