"""Calls in a few words: as a list shows them, and as a filter picks them."""

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from responder.control.documents import Summary
from responder.control.running import Running
from responder.journal.record import Record
from responder.report.json import moment

Meets: TypeAlias = Callable[[Running, Record], bool]


def summary(running: Running, record: Record) -> Summary:
    """Return a record in a few words."""
    record.identify()
    epoch = running.plan.epoch
    unmatched = running.unmatched(record)
    return {
        "id": str(record.number),
        "number": record.number,
        "method": record.method,
        "target": record.target,
        "caller": record.caller,
        "call_id": record.call_id,
        "transport": record.transport,
        "source": record.source,
        "rule": record.rule or None,
        "unmatched": unmatched,
        "status": record.status or None,
        "statuses": list(record.statuses),
        "began": moment(epoch + record.started),
        "ended": None if record.ended is None else moment(epoch + record.ended),
        "retransmissions": record.retransmissions,
        "faults": sum(entry.kind == "fault" for entry in record.entries),
        "failed": record.failed or None,
        "nearest": running.nearest(record) if unmatched else None,
    }


_FIELDS: Final[dict[str, Callable[[Record], str]]] = {
    "rule": lambda record: record.rule,
    "method": lambda record: record.method,
    "from": lambda record: record.caller,
    "to": lambda record: record.target,
    "source": lambda record: record.source,
    "transport": lambda record: record.transport,
}


def filter_of(text: str) -> Sequence[Meets]:
    """Return what a filter asks for; all of it must hold.

    Args:
        text: words such as ``status:486``, ``status:5xx``, ``rule:trunk``, ``method:INVITE``,
            ``from:alice``, ``to:1001``, ``source:10.0.0.1``, ``unmatched``, ``failed``; any other
            word is looked for in who is called, who calls, and the Call-ID.
    """
    return [_word(word) for word in text.split()]


def _word(word: str) -> Meets:
    key, colon, wanted = word.partition(":")
    wanted = wanted.casefold()
    if colon and key == "status":
        return lambda _, record: _has_status(record, wanted)
    if colon and key in _FIELDS:
        read = _FIELDS[key]
        return lambda _, record: wanted in read(record.identify()).casefold()
    if word == "unmatched":
        return lambda running, record: running.unmatched(record)
    if word == "failed":
        return lambda _, record: bool(record.failed)
    anywhere = word.casefold()

    def found(_: Running, record: Record) -> bool:
        record.identify()
        places = (record.target, record.caller, record.call_id)
        return any(anywhere in place.casefold() for place in places)

    return found


def _has_status(record: Record, wanted: str) -> bool:
    """Whether a response of a record has a status: ``486``, ``48x``, ``4xx``, or ``none``."""
    if wanted == "none":
        return not record.statuses
    prefix = wanted.rstrip("x")
    return len(wanted) == 3 and any(str(each).startswith(prefix) for each in record.statuses)
