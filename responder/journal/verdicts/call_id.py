"""Whether a caller keeps the Call-ID where it has to (RFC 3261 8.1.3.5 and 10.2)."""

from collections.abc import Iterator
from typing import Final

from responder.journal.verdicts.credentials import retried
from responder.journal.verdicts.evidence import Evidence
from responder.journal.verdicts.rule import Rule
from responder.journal.verdicts.verdict import Finding, right, wrong

_RETRIED: Final = (401, 407, 413, 415, 416, 420, 422, 423)


def _judge(evidence: Evidence) -> Iterator[Finding]:
    for exchange in evidence.failed(*_RETRIED):
        if exchange.status in {401, 407}:
            following = retried(evidence, exchange)
        else:
            following = evidence.next_request(exchange)
        if following is None or exchange.in_dialog:
            continue
        if following.call_id == exchange.request.call_id:
            yield right(following.at)
        else:
            seen = f"the {following.name} after the {exchange.status} has another Call-ID"
            yield wrong(following.at, seen, "the same one", "RFC 3261 8.1.3.5")
    yield from _registrations(evidence)


def _registrations(evidence: Evidence) -> Iterator[Finding]:
    first = evidence.attempt
    if first is None or first.request.method != b"REGISTER":
        return
    following = next(evidence.repeated, None)
    if following is None:
        return
    if following.request.call_id == first.request.call_id:
        yield right(following.request.at)
    else:
        seen = "the next REGISTER for the same address has another Call-ID"
        yield wrong(following.request.at, seen, "the same one", "RFC 3261 10.2")


CALL_ID: Final = Rule(
    "call-id",
    "A request that is tried again after 401, 407, 413, 415, 416, 420, 422 or 423 keeps its "
    "Call-ID, and so do all registrations of one address",
    ("RFC 3261 8.1.3.5", "RFC 3261 10.2"),
    _judge,
    word="kept",
    across=True,
)
