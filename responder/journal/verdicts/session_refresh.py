"""Whether a session that has a timer is refreshed, or ended, in time (RFC 4028 7.2 and 10).

The latest 2xx to INVITE or UPDATE in the dialog sets the interval and who refreshes. A refresh is
due at half of it; the other side gives the session up 32 s or a third of it before its end,
whichever is less, so what comes later is too late.
"""

import re
from collections.abc import Iterator
from typing import Final

from responder.journal.verdicts.evidence import Evidence
from responder.journal.verdicts.reading import Reading, Seen
from responder.journal.verdicts.rule import Rule
from responder.journal.verdicts.schedule import near
from responder.journal.verdicts.verdict import Finding, right, wrong

_VALUE: Final = re.compile(rb"([0-9]{1,9})[ \t]*(?:;|\Z)")
_REFRESHER: Final = re.compile(rb";[ \t]*refresher[ \t]*=[ \t]*(ua[cs])", re.IGNORECASE)
_REFRESHES: Final = frozenset({b"INVITE", b"UPDATE"})


def _judge(evidence: Evidence) -> Iterator[Finding]:
    reading = evidence.reading
    agreed = [
        each
        for exchange in reading.exchanges
        if exchange.method in _REFRESHES
        for each in [exchange.final]
        if each is not None and each.message.status < 300
    ]
    for answer in agreed:
        value = answer.message.fields.get(b"session-expires", b"")
        interval, refresher = _VALUE.match(value), _REFRESHER.search(value)
        if interval is None or refresher is None or not int(interval[1]):
            continue
        seconds = int(interval[1])
        if refresher[1].lower() == b"uac":
            yield from _refreshed(evidence, answer, seconds)
        else:
            yield from _given_up(evidence, answer, seconds)


def _refreshed(evidence: Evidence, answer: Seen, seconds: int) -> Iterator[Finding]:
    limit = _limit(seconds)
    refresh = _next_refresh(evidence.reading, answer)
    ended = _ended(evidence)
    due = f"a refresh once half of {seconds} s have passed"
    if refresh is not None:
        waited = refresh.at - answer.at
        if waited <= limit or near(waited, limit):
            yield right(refresh.at, f"a refresh came after {waited:.3g} s", waited)
        else:
            seen = f"a refresh came {waited:.3g} s after the last one"
            yield wrong(refresh.at, seen, due, "RFC 4028 7.2", waited)
    elif ended - answer.at > seconds:
        yield wrong(answer.at + seconds, f"no refresh came in {seconds} s", due, "RFC 4028 7.2")


def _given_up(evidence: Evidence, answer: Seen, seconds: int) -> Iterator[Finding]:
    """Judge a caller that waits for our refresh."""
    if any(each.method in _REFRESHES and each.at > answer.at for each in evidence.reading.ours):
        return
    ended = _ended(evidence)
    if ended - answer.at > seconds:
        seen = f"the session went on though no refresh reached the caller in {seconds} s"
        yield wrong(answer.at + seconds, seen, "a BYE before its end", "RFC 4028 10")
    elif ended < evidence.now and near(ended - answer.at, _limit(seconds)):
        yield right(ended, seconds=ended - answer.at)


def _limit(seconds: int) -> float:
    """Return when the other side gives a session up, in seconds from the last refresh."""
    return seconds - min(32.0, seconds / 3)


def _next_refresh(reading: Reading, answer: Seen) -> Seen | None:
    """Return the next request that extends the session: only a 2xx does (10)."""
    for exchange in reading.exchanges:
        request = exchange.request
        if (
            exchange.method in _REFRESHES
            and exchange.in_dialog
            and request.at > answer.at
            and 200 <= exchange.status < 300
        ):
            return request
    return None


def _ended(evidence: Evidence) -> float:
    """Return when the first BYE of either side passed, or the present."""
    reading = evidence.reading
    byes = [each.request.at for each in reading.exchanges if each.method == b"BYE"]
    byes += [each.at for each in reading.ours if each.method == b"BYE"]
    return min(byes, default=evidence.now)


SESSION_REFRESH: Final = Rule(
    "session-refresh",
    "Where a 2xx set a session interval, the caller refreshes in time, or ends a session that we "
    "do not refresh",
    ("RFC 4028 7.2", "RFC 4028 10"),
    _judge,
    word="on-time",
)
