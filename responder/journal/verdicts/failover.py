"""How long a caller takes to try again where a call failed or was not answered (RFC 3263 4.3).

It is measured from the final response, or from the INVITE where nothing at all answered, to the
caller's next INVITE for the same target, at this listener or another one. There is no time that the
RFCs ask for; what is asked is that the next try has a branch of its own.
"""

from collections.abc import Iterator
from typing import Final

from responder.journal.verdicts.evidence import Evidence
from responder.journal.verdicts.reading import Exchange
from responder.journal.verdicts.rule import Rule
from responder.journal.verdicts.verdict import Finding, right, wrong

_FAILED: Final = frozenset({408, 430})


def _judge(evidence: Evidence) -> Iterator[Finding]:
    exchange, first = evidence.reading.first, evidence.attempt
    if exchange is None or first is None or not exchange.invite or not _failed(exchange):
        return
    since = exchange.final.at if exchange.final is not None else exchange.request.at
    for later in evidence.repeated:
        request = later.request
        if request.at < since:
            continue
        waited = request.at - since
        if request.branch == first.request.branch:
            seen = "the next INVITE has the branch of the one that failed"
            yield wrong(request.at, seen, "a branch of its own", "RFC 3263 4.3", waited)
        else:
            place = "the same listener" if later.listener == first.listener else "another listener"
            yield right(request.at, f"the next INVITE came after {waited:.3g} s at {place}", waited)
        return


def _failed(exchange: Exchange) -> bool:
    if not exchange.responses:
        return True
    return 500 <= exchange.status < 600 or exchange.status in _FAILED


FAILOVER: Final = Rule(
    "failover",
    "After silence, 408, 430 or a 5xx the next INVITE for the same target has a branch of its own; "
    "its delay is measured",
    ("RFC 3263 4.3",),
    _judge,
    word="done",
    across=True,
)
