"""Whether a caller comes back before the time that Retry-After names (RFC 3261 20.33, 21.5.4).

A 503 closes this server to the caller: no other request may come to the same listener, save an
OPTIONS that asks whether it is back. Any other final response closes the target: the same method
for it may not come to the same listener. Another listener is another target. What began before the
caller can have had the response does not count.
"""

from collections.abc import Iterator
from typing import Final

from responder.journal.verdicts.attempts import Attempt
from responder.journal.verdicts.evidence import Evidence
from responder.journal.verdicts.reading import Exchange, Seen
from responder.journal.verdicts.rule import Rule
from responder.journal.verdicts.schedule import SLACK, shorter
from responder.journal.verdicts.verdict import Finding, right, wrong
from responder.sip.errors import Malformed
from responder.sip.headers.retry_after import parse_retry_after


def _judge(evidence: Evidence) -> Iterator[Finding]:
    for exchange in evidence.reading.exchanges:
        final = exchange.final
        if final is not None and exchange.status >= 300:
            seconds = _seconds(final)
            if seconds:
                yield from _kept(evidence, exchange, final, seconds)


def _seconds(final: Seen) -> int:
    value = final.message.fields.get(b"retry-after")
    try:
        return parse_retry_after(value).seconds if value is not None else 0
    except Malformed:
        return 0


def _kept(evidence: Evidence, exchange: Exchange, final: Seen, seconds: int) -> Iterator[Finding]:
    section = "RFC 3261 21.5.4" if exchange.status == 503 else "RFC 3261 20.33"
    request = _comes_back(evidence, exchange, final)
    if request is not None:
        waited = request.at - final.at
        if shorter(waited, seconds):
            seen = f"{request.name} came {waited:.3g} s after the {exchange.status}"
            yield wrong(request.at, seen, f"none for {seconds} s", section, waited)
        else:
            yield right(request.at, f"{request.name} came after {waited:.3g} s", waited)
    elif evidence.now - final.at >= seconds:
        yield right(final.at, f"nothing came for {seconds} s")


def _comes_back(evidence: Evidence, exchange: Exchange, final: Seen) -> Seen | None:
    """Return the first request that the response asked to put off."""
    first = evidence.attempt
    if exchange.in_dialog or first is None:
        return evidence.next_request(exchange)
    had = exchange.knew if exchange.invite and exchange.knew is not None else final.at + SLACK
    for later in evidence.later:
        request = later.request
        goes_on = request.call_id == first.request.call_id
        if request.at < (final.at if goes_on else had) or later.listener != first.listener:
            continue
        if _closed(exchange, first, later):
            return request
    return None


def _closed(exchange: Exchange, first: Attempt, later: Attempt) -> bool:
    if exchange.status == 503:
        return later.request.method != b"OPTIONS" or exchange.method == b"OPTIONS"
    return later.request.method == exchange.method and later.target == first.target


RETRY_AFTER: Final = Rule(
    "retry-after",
    "After a response with Retry-After the caller does not come back sooner, except to another "
    "listener",
    ("RFC 3261 20.33", "RFC 3261 21.5.4"),
    _judge,
    word="honoured",
    across=True,
)
