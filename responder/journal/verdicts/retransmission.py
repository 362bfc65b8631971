"""How a request is sent again: timers A and E, and that each copy is the same (RFC 3261 17.1)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from responder.journal.verdicts.evidence import Evidence
from responder.journal.verdicts.reading import Exchange, Seen
from responder.journal.verdicts.rule import Rule
from responder.journal.verdicts.schedule import SLACK, fitting_t1, near, spelled
from responder.journal.verdicts.verdict import Finding, right, wrong


@dataclass(frozen=True, slots=True)
class _Timer:
    """Timer A or timer E.

    Attributes:
        invite: whether it is the one of INVITE.
        section: where it is written.
        until: what ends the copies.
    """

    invite: bool
    section: str
    until: str


_A: Final = _Timer(True, "RFC 3261 17.1.1.2", "a response")
_E: Final = _Timer(False, "RFC 3261 17.1.2.2", "a final response")


def _judge_a(evidence: Evidence) -> Iterator[Finding]:
    return _judge(evidence, _A)


def _judge_e(evidence: Evidence) -> Iterator[Finding]:
    return _judge(evidence, _E)


def _judge(evidence: Evidence, timer: _Timer) -> Iterator[Finding]:
    for exchange in evidence.reading.exchanges:
        if exchange.invite is not timer.invite:
            continue
        end = _end(exchange, timer)
        if exchange.request.reliable:
            yield from _reliable(exchange, end, evidence, timer)
        else:
            yield from _spacing(exchange, end, evidence, timer)
            yield from _stopped(exchange, end, evidence, timer)


def _end(exchange: Exchange, timer: _Timer) -> Seen | None:
    """Return the response that ends the copies."""
    if not timer.invite:
        return exchange.final
    return exchange.responses[0] if exchange.responses else None


def _reliable(
    exchange: Exchange, end: Seen | None, evidence: Evidence, timer: _Timer
) -> Iterator[Finding]:
    request = exchange.request
    for copy in exchange.copies:
        yield wrong(
            copy.at,
            f"the {request.name} came again over {_transport(copy)}",
            "no copy over a reliable transport",
            timer.section,
        )
    waited = (end.at if end is not None else evidence.now) - request.at
    if not exchange.copies and waited > 2 * evidence.timing.t1:
        yield right(request.at)


def _spacing(
    exchange: Exchange, end: Seen | None, evidence: Evidence, timer: _Timer
) -> Iterator[Finding]:
    """Look at the intervals of the copies that came before the caller could know of an answer."""
    request, t1, t2 = exchange.request, evidence.timing.t1, evidence.timing.t2
    longest = None if timer.invite else t2
    limit = end.at + SLACK if end is not None else float("inf")
    offsets = [copy.at - request.at for copy in exchange.copies if copy.at <= limit]
    expected = f"copies at T1 ({t1:g} s or more), each interval twice the one before"
    if longest is not None:
        expected += f", up to T2 ({t2:g} s)"
    if not offsets:
        waited = (end.at if end is not None else evidence.now) - request.at
        if waited > 7 * t1 and not exchange.spoilt:
            seen = f"no copy of the {request.name} came in {waited:.1f} s"
            yield wrong(request.at, seen, expected, timer.section)
        return
    provisional = exchange.responses and not timer.invite
    found = fitting_t1(offsets, t1, longest, t2 if provisional else None)
    if found is None:
        seen = f"copies of the {request.name} came after {spelled(offsets)}"
        yield wrong(request.at, seen, expected, timer.section)
    elif near(found, t1):
        yield right(request.at)
    else:
        yield right(request.at, f"T1 is {found:.3g} s", found)


def _stopped(
    exchange: Exchange, end: Seen | None, evidence: Evidence, timer: _Timer
) -> Iterator[Finding]:
    """Look whether copies stop. A single one may have met a response that got lost."""
    if end is None:
        return
    late = [copy for copy in exchange.copies if copy.at > end.at + SLACK]
    if len(late) > 1:
        name = exchange.request.name
        seen = f"{len(late)} copies of the {name} came after the {end.message.status}"
        yield wrong(late[1].at, seen, f"no copy after {timer.until}", timer.section)
    elif evidence.now - end.at > 2 * evidence.timing.t1:
        yield right(end.at)


def _judge_copies(evidence: Evidence) -> Iterator[Finding]:
    for exchange in evidence.reading.exchanges:
        first = exchange.request.message.data
        for copy in exchange.copies:
            if copy.message.data == first:
                yield right(copy.at)
            else:
                yield wrong(
                    copy.at,
                    f"a copy of the {copy.name} differs from what came first",
                    "the same bytes",
                    "RFC 3261 17.1.1.2" if exchange.invite else "RFC 3261 17.1.2.2",
                )


def _transport(seen: Seen) -> str:
    return seen.flow.transport if seen.flow is not None else "a stream"


TIMER_A: Final = Rule(
    "timer-a",
    "An INVITE over UDP is sent again after T1, then twice as long each time, until a response "
    "comes; over other transports never",
    ("RFC 3261 17.1.1.2",),
    _judge_a,
)
TIMER_E: Final = Rule(
    "timer-e",
    "Another request over UDP is sent again after T1, then twice as long each time up to T2, until "
    "a final response comes; over other transports never",
    ("RFC 3261 17.1.2.2",),
    _judge_e,
)
COPIES: Final = Rule(
    "copies",
    "Each copy of a request is the same to the last byte, its Via included",
    ("RFC 3261 17.1.1.2", "RFC 3261 17.1.2.2"),
    _judge_copies,
)
