"""How far a run has come, and when it is over. Pure."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from responder.journal.journal import Journal
from responder.journal.record import Record
from responder.judge.counting import Counting, first_copies, last_moment
from responder.scenario.duration import read_duration

QUIET: Final = 1.0
"""Seconds in which nothing more comes, until a run whose expectations are decided is over: a caller
that does too much does most of it at once."""

_CALLS: Final = re.compile(r"calls:([1-9][0-9]{0,8})")


@dataclass(frozen=True, slots=True)
class Until:
    """What a run lasts for.

    Attributes:
        what: ``decided``, for as long as an expectation is open; ``calls``, for a number of calls
            and requests; ``idle``, until nothing comes for a time; ``command``, for as long as the
            command runs.
        calls: the number of ``calls``.
        seconds: the time of ``idle``.
    """

    what: Literal["decided", "calls", "idle", "command"]
    calls: int = 0
    seconds: float = 0.0


def read_until(text: str) -> Until:
    """Read ``decided``, ``calls:3``, ``idle:5s`` or ``command``.

    Raises:
        ValueError: it is none of these; the text is a sentence.
    """
    if text == "decided":
        return Until("decided")
    if text == "command":
        return Until("command")
    found = _CALLS.fullmatch(text)
    if found is not None:
        return Until("calls", calls=int(found[1]))
    name, _, time = text.partition(":")
    seconds = read_duration(time.encode()) if name == "idle" else None
    if seconds:
        return Until("idle", seconds=seconds)
    raise ValueError(
        f'"{text}" does not say until when; write decided, calls:3, idle:5s or command.'
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """What has come so far of what counts.

    Attributes:
        came: how many calls and requests.
        going_on: how many of them are not over: no final status, no ACK for it, or an answered call
            that stands.
        latest: when one of them last began, was answered or ended, in seconds; 0.0 before the
            first.
    """

    came: int = 0
    going_on: int = 0
    latest: float = 0.0

    def over(self, until: Until, now: float, settled: Callable[[], bool]) -> bool:
        """Whether the run is over. It never is where nothing came, or while something goes on.

        Args:
            until: what it lasts for; whether a command still runs is not known here.
            now: seconds.
            settled: says whether no expectation is open; it is asked only where that decides.
        """
        if not self.came or self.going_on:
            return False
        if until.what == "calls":
            return self.came >= until.calls
        quiet = now - self.latest
        if until.what == "idle":
            return quiet >= until.seconds
        return until.what == "decided" and quiet >= QUIET and settled()


class Standings:
    """Looks at a journal again and again. Records that it drops stay counted.

    Args:
        journal: the journal; its ``leaving`` is set.
        counting: says what counts.
    """

    def __init__(self, journal: Journal, counting: Counting) -> None:
        self._journal = journal
        self._counting = counting
        self._gone = Standing()
        journal.leaving = self._leaves

    def look(self) -> Standing:
        """Return what has come so far."""
        gone = self._gone
        came, going_on, latest = gone.came, 0, gone.latest
        for record in first_copies(self._journal.records):
            if self._counting.counts(record):
                came += 1
                going_on += goes_on(record)
                latest = max(latest, last_moment(record))
        return Standing(came, going_on, latest)

    def _leaves(self, record: Record) -> None:
        if self._counting.counts(record):
            gone = self._gone
            self._gone = Standing(gone.came + 1, 0, max(gone.latest, last_moment(record)))


def goes_on(record: Record) -> bool:
    """Whether more has to come of a call or request, or of a call that stands."""
    if not record.shown:
        return True
    return record.method == "INVITE" and 200 <= record.status < 300 and record.ended is None
