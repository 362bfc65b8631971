"""What the next try has to change, or may not do, after certain final responses."""

from collections.abc import Iterator
from typing import Final

from responder.journal.verdicts.evidence import Evidence
from responder.journal.verdicts.reading import Exchange, Seen, addresses
from responder.journal.verdicts.rule import Rule
from responder.journal.verdicts.schedule import near
from responder.journal.verdicts.verdict import Fault, Finding, checked, right, shown, wrong
from responder.sip.message import Message

EARLIEST: Final = 2.1
LATEST: Final = 4.0
"""Seconds that the owner of the Call-ID waits after a 491 (RFC 3261 14.1)."""


def _retries(evidence: Evidence, status: int) -> Iterator[tuple[Exchange, Seen, Seen]]:
    """Yield each request with this status, its response, and the next try."""
    for exchange in evidence.failed(status):
        final, following = exchange.final, evidence.next_request(exchange)
        if final is not None and following is not None:
            yield exchange, final, following


def _judge_extension(evidence: Evidence) -> Iterator[Finding]:
    for _, final, following in _retries(evidence, 420):
        yield from checked(following.at, _extensions(final.message, following))


def _extensions(response: Message, following: Seen) -> Iterator[Fault]:
    unsupported = set(response.tokens(b"unsupported"))
    for name in (b"require", b"proxy-require"):
        for tag in following.message.tokens(name):
            if tag in unsupported:
                seen = f"the next {following.name} requires {shown(tag)} again"
                yield seen, "none of what the 420 does not support", "RFC 3261 8.1.3.5"


def _judge_interval(evidence: Evidence) -> Iterator[Finding]:
    for _, final, following in _retries(evidence, 423):
        least = _number(final.message, b"min-expires")
        if least is not None:
            yield from checked(following.at, _expiry(following, least))


def _expiry(following: Seen, least: int) -> Iterator[Fault]:
    message = following.message
    values = [each.param(b"expires") for each in addresses(message, b"contact")]
    asked = [int(each) for each in values if each is not None and _is_number(each)]
    header = _number(message, b"expires")
    if header is not None and len(asked) < max(len(values), 1):
        asked.append(header)
    for seconds in asked:
        if 0 < seconds < least:
            seen = f"the next {following.name} asks for {seconds} s"
            yield seen, f"at least Min-Expires, {least} s", "RFC 3261 10.2.8"


def _judge_session_interval(evidence: Evidence) -> Iterator[Finding]:
    for _, final, following in _retries(evidence, 422):
        least = _number(final.message, b"min-se")
        if least is not None:
            yield from checked(following.at, _session_interval(following, least))


def _session_interval(following: Seen, least: int) -> Iterator[Fault]:
    section = "RFC 4028 7.4"
    asked = _number(following.message, b"session-expires")
    floor = _number(following.message, b"min-se")
    if asked is not None and asked < least:
        seen = f"Session-Expires of the next {following.name} is {asked}"
        yield seen, f"at least Min-SE, {least}", section
    if floor is None or floor < least:
        came = floor if floor is not None else "missing"
        seen = f"Min-SE of the next {following.name} is {came}"
        yield seen, f"at least that of the 422, {least}", section


def _judge_glare(evidence: Evidence) -> Iterator[Finding]:
    for exchange, final, following in _retries(evidence, 491):
        if not exchange.in_dialog or not exchange.invite:
            continue
        waited = following.at - final.at
        if waited < EARLIEST and not near(waited, EARLIEST):
            yield wrong(
                following.at,
                f"the re-INVITE came again {waited:.3g} s after the 491",
                f"a wait of {EARLIEST:g} to {LATEST:g} s by the owner of the Call-ID",
                "RFC 3261 14.1",
                waited,
            )
        elif waited < LATEST or near(waited, LATEST):
            yield right(following.at, seconds=waited)


def _judge_global(evidence: Evidence) -> Iterator[Finding]:
    exchange, first = evidence.reading.first, evidence.attempt
    final = exchange.final if exchange is not None else None
    if exchange is None or first is None or final is None:
        return
    if not exchange.invite or exchange.status < 600:
        return
    for later in evidence.repeated:
        request = later.request
        soon = final.at <= request.at < final.at + evidence.timing.give_up
        if soon and (request.call_id == first.request.call_id or later.listener != first.listener):
            seen = (
                f"the INVITE came again {request.at - final.at:.3g} s after the {exchange.status}"
            )
            yield wrong(request.at, seen, "no further search for the target", "RFC 3261 21.6")
            return
    if evidence.now >= final.at + evidence.timing.give_up:
        yield right(final.at)


def _number(message: Message, name: bytes) -> int | None:
    """Return the number that a header value begins with, or None."""
    value = message.fields.get(name, b"").partition(b";")[0].strip()
    return int(value) if _is_number(value) else None


def _is_number(value: bytes) -> bool:
    return value.isdigit() and len(value) <= 10


BAD_EXTENSION: Final = Rule(
    "bad-extension",
    "After a 420 the next try requires nothing that the response says is unsupported",
    ("RFC 3261 8.1.3.5",),
    _judge_extension,
    word="dropped",
    across=True,
)
MIN_EXPIRES: Final = Rule(
    "min-expires",
    "After a 423 the next try asks for at least Min-Expires",
    ("RFC 3261 10.2.8",),
    _judge_interval,
    word="raised",
    across=True,
)
MIN_SE: Final = Rule(
    "min-se",
    "After a 422 the next try has at least its Min-SE, in Min-SE and in Session-Expires",
    ("RFC 4028 7.4",),
    _judge_session_interval,
    word="raised",
    across=True,
)
REQUEST_PENDING: Final = Rule(
    "request-pending",
    "After a 491 to a re-INVITE the caller waits 2.1 to 4 s",
    ("RFC 3261 14.1",),
    _judge_glare,
    word="waited",
)
GLOBAL_FAILURE: Final = Rule(
    "global-failure",
    "After a 6xx the call is not tried again elsewhere within 64*T1, nor with the same Call-ID",
    ("RFC 3261 21.6",),
    _judge_global,
    across=True,
)
