"""When a caller stops to wait for an answer: timers B and F (RFC 3261 17.1.1.2, 17.1.2.2).

Over UDP the last copy tells: none may come later than 64*T1, and up to there they go on. One copy
at the end may have been lost. Over other transports nothing shows when a caller gives up.
"""

from collections.abc import Iterator
from typing import Final

from responder.journal.verdicts.evidence import Evidence
from responder.journal.verdicts.reading import Exchange
from responder.journal.verdicts.rule import Rule
from responder.journal.verdicts.schedule import SHARE, SLACK, due, fitting_t1
from responder.journal.verdicts.verdict import Finding, right, wrong


def _judge_b(evidence: Evidence) -> Iterator[Finding]:
    for exchange in evidence.reading.invites:
        if not exchange.responses:
            yield from _unanswered(exchange, evidence, "RFC 3261 17.1.1.2")


def _judge_f(evidence: Evidence) -> Iterator[Finding]:
    for exchange in evidence.reading.exchanges:
        if not exchange.invite and exchange.final is None:
            yield from _unanswered(exchange, evidence, "RFC 3261 17.1.2.2")


def _unanswered(exchange: Exchange, evidence: Evidence, section: str) -> Iterator[Finding]:
    request, timing = exchange.request, evidence.timing
    if request.reliable or exchange.spoilt:
        return
    offsets = [copy.at - request.at for copy in exchange.copies]
    longest = None if exchange.invite else timing.t2
    t1 = (fitting_t1(offsets, timing.t1, longest) if offsets else None) or timing.t1
    give_up = 64 * t1
    last = offsets[-1] if offsets else 0.0
    if last > give_up * (1 + SHARE):
        yield wrong(
            exchange.copies[-1].at,
            f"a copy of the {request.name} came {last:.3g} s after the first",
            f"none after 64*T1 ({give_up:.3g} s)",
            section,
            last,
        )
    elif evidence.now - request.at >= give_up:
        missed = [at for at in due(t1, longest, give_up) if at > last * (1 + SHARE) + SLACK]
        if len(missed) > 1:
            yield wrong(
                request.at + last,
                f"the last copy of the {request.name} came after {last:.3g} s",
                f"copies until 64*T1 ({give_up:.3g} s) while no answer comes",
                section,
                last,
            )
        else:
            yield right(request.at + last, seconds=last)


TIMER_B: Final = Rule(
    "timer-b",
    "An INVITE over UDP that gets no response is given up after 64*T1, neither sooner nor later",
    ("RFC 3261 17.1.1.2",),
    _judge_b,
)
TIMER_F: Final = Rule(
    "timer-f",
    "Another request over UDP that gets no final response is given up after 64*T1, neither sooner "
    "nor later",
    ("RFC 3261 17.1.2.2",),
    _judge_f,
)
