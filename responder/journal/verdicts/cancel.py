"""CANCEL: what it has in common with the request that it cancels, and when (RFC 3261 9.1)."""

from collections.abc import Iterator
from typing import Final

from responder.journal.verdicts.companion import changed, unlike_via
from responder.journal.verdicts.evidence import Evidence
from responder.journal.verdicts.reading import Exchange, Reading, Seen
from responder.journal.verdicts.rule import Rule
from responder.journal.verdicts.verdict import Fault, Finding, checked, shown

_SECTION: Final = "RFC 3261 9.1"


def _judge(evidence: Evidence) -> Iterator[Finding]:
    reading = evidence.reading
    for exchange in reading.exchanges:
        if exchange.method == b"CANCEL":
            yield from checked(exchange.request.at, _faults(reading, exchange.request))


def _faults(reading: Reading, cancel: Seen) -> Iterator[Fault]:
    goal = _goal(reading, cancel)
    if goal is None:
        yield "a CANCEL came for no request of this call", "the branch of what it cancels", _SECTION
        return
    request = goal.request
    if not goal.invite:
        yield f"a CANCEL came for a request {request.name}", "a CANCEL of INVITE only", _SECTION
    if cancel.message.uri != request.message.uri:
        yield (
            f"the Request-URI of the CANCEL is {shown(cancel.message.uri)}",
            f"that of the {request.name}, {shown(request.message.uri)}",
            _SECTION,
        )
    yield from changed(request, cancel, (b"call-id", b"from", b"to", b"route"), _SECTION)
    if cancel.number != request.number:
        yield f"the CSeq number of the CANCEL is {cancel.number}", f"{request.number}", _SECTION
    yield from unlike_via(request, cancel, _SECTION)
    for name in ("Require", "Proxy-Require"):
        if name.lower().encode() in cancel.message.fields:
            yield f"the CANCEL has {name}", f"no {name}", _SECTION
    if not any(each.at <= cancel.at for each in [*goal.responses, *goal.spoilt]):
        yield "the CANCEL came before any response", "a provisional response first", _SECTION
    if goal.knew is not None and goal.knew < cancel.at:
        yield f"the CANCEL came after the {goal.status}", "none after a final response", _SECTION


def _goal(reading: Reading, cancel: Seen) -> Exchange | None:
    """Return what a CANCEL is for: the request with its branch, or else with its CSeq number."""
    before = [
        each
        for each in reading.exchanges
        if each.method != b"CANCEL" and each.request.at <= cancel.at
    ]
    for same in (_same_branch, _same_number):
        for exchange in reversed(before):
            if same(exchange.request, cancel):
                return exchange
    return None


def _same_branch(request: Seen, cancel: Seen) -> bool:
    return bool(cancel.branch) and request.branch == cancel.branch


def _same_number(request: Seen, cancel: Seen) -> bool:
    return (
        request.method == b"INVITE"
        and cancel.number is not None
        and request.number == cancel.number
        and request.call_id == cancel.call_id
    )


CANCEL: Final = Rule(
    "cancel",
    "A CANCEL repeats the Request-URI, Call-ID, From, To, CSeq number, Route and top Via of an "
    "INVITE that has a provisional response and no final one, and requires nothing",
    (_SECTION,),
    _judge,
)
