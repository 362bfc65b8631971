"""Each expectation held, failed or undecided, with the sentence that says why.

An expectation is undecided while what is still to come may decide it, and for good where the record
does not tell: the situation of a verdict never arose, or records were dropped. Undecided is never
success. An OPTIONS counts only where its rule is named, a late copy of a request never.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from responder.journal.journal import Journal
from responder.journal.record import Record
from responder.journal.verdicts import RULES, Attempts, Evidence, words
from responder.judge.counting import QUALIFY, first_copies, last_moment
from responder.queries import rule_of
from responder.report.outcome import Outcome
from responder.scenario.expect import Bounds, Expectation
from responder.sip.settings import Timing
from responder.sip.users import EVERYONE, Users

_MORE: Final = "keep more with journal-calls and journal-bytes"

State: TypeAlias = Literal["held", "failed", "undecided"]


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of one expectation.

    Attributes:
        expectation: the expectation.
        state: ``held``, ``failed`` or ``undecided``.
        why: what was wanted and what came, a sentence a line without full stops.
        calls: the records that decided it, or that came closest.
        at: when it was looked at, in seconds.
    """

    expectation: Expectation
    state: State
    why: str
    calls: Sequence[Record]
    at: float

    @property
    def decided(self) -> bool:
        """Whether it held or failed."""
        return self.state != "undecided"

    def outcome(self, began: float) -> Outcome:
        """Return it for a report; what is undecided has not held.

        Args:
            began: when the run began, in seconds.
        """
        told = self.expectation
        at = max(map(last_moment, self.calls)) if self.calls and self.decided else self.at
        undecided = "" if self.decided else "undecided: "
        return Outcome(
            told.name,
            self.state == "held",
            undecided + self.why,
            at - began,
            self.calls,
            told.file,
            told.line,
        )


@dataclass(frozen=True, slots=True)
class _Part:
    """What became of one part of an expectation.

    Attributes:
        state: as in `Judged`.
        why: a sentence.
        sure: whether more records could not change it, so that dropped ones do not count.
    """

    state: State
    why: str
    sure: bool = False


def verdict_words() -> dict[str, tuple[str, ...]]:
    """Return the verdicts that an expectation may name, each with the words for what it may be."""
    return {name: tuple(words(rule)) for name, rule in RULES.items()}


def judge_expectations(
    expectations: Iterable[Expectation],
    journal: Journal,
    now: float,
    over: bool,
    timing: Timing | None = None,
    users: Users = EVERYONE,
) -> list[Judged]:
    """Return what became of expectations, in their order.

    Args:
        expectations: what scenarios expect.
        journal: the record of the run.
        now: seconds.
        over: whether nothing more can come: the run is at its end.
        timing: the timers that callers are held to.
        users: whose digests can be checked.
    """
    run = _Run(journal, now, over, timing, users)
    return [run.judged(each) for each in expectations]


class _Run:
    """One look at a run."""

    def __init__(
        self, journal: Journal, now: float, over: bool, timing: Timing | None, users: Users
    ) -> None:
        self._journal = journal
        self._records = first_copies(journal.records)
        self._now = now
        self._over = over
        self._timing = timing
        self._users = users
        self._attempts: Attempts | None = None

    def judged(self, expectation: Expectation) -> Judged:
        calls = [each for each in self._records if _answers(expectation, each)]
        parts = list(self._parts(expectation, calls))
        if self._journal.evicted:
            count = self._journal.evicted
            dropped = "1 record was dropped" if count == 1 else f"{count} records were dropped"
            lost = f"{dropped}, which may have decided it: {_MORE}"
            parts = [each if each.sure else _Part("undecided", lost) for each in parts]
        states = [each.state for each in parts]
        state: State = "held"
        if "failed" in states:
            state = "failed"
        elif "undecided" in states:
            state = "undecided"
        why = "\n".join(dict.fromkeys(each.why for each in parts if each.state == state))
        if state != "held" and self._qualified(expectation):
            why += f"\n{QUALIFY} counts only where its rule is named"
        shown = self._unmatched() if expectation.unmatched is not None else calls
        return Judged(expectation, state, why, shown, self._now)

    def _parts(self, expectation: Expectation, calls: list[Record]) -> Iterator[_Part]:
        late = False
        for each in calls:
            if each.failed:
                yield _Part("failed", f"call {each.number} failed: {each.failed}", sure=True)
        if expectation.within is not None and calls:
            latest = calls[0].started + expectation.within
            late = self._now > latest
            calls = [each for each in calls if each.started <= latest]
        if expectation.calls is not None:
            yield self._count("call", expectation.calls, len(calls), late)
        if expectation.statuses:
            yield self._statuses(expectation.statuses, calls, late)
        if expectation.status is not None:
            yield self._status(expectation.status, calls)
        for name, word in expectation.caller:
            yield self._caller(name, word, calls)
        if expectation.order:
            yield self._order(expectation.order)
        if expectation.unmatched is not None:
            count = len(self._unmatched())
            yield self._count("unmatched request", expectation.unmatched, count, False)

    def _count(self, what: str, bounds: Bounds, count: int, late: bool) -> _Part:
        why = f"{bounds} {what}{'' if bounds == (1, 1) else 's'} expected, {count} came"
        if bounds.most is not None and count > bounds.most:
            return _Part("failed", why, sure=True)
        if count < bounds.least:
            return _Part(self._at_end("failed", late), why)
        if bounds.most is None:
            return _Part("held", why, sure=True)
        return _Part(self._at_end("held", late), why)

    def _statuses(self, wanted: tuple[int, ...], calls: list[Record], late: bool) -> _Part:
        got = [each.status for each in calls]
        why = f"statuses {_listed(wanted)} expected, {_listed(got) or 'none'} sent"
        if any(mine and mine != theirs for mine, theirs in zip(got, wanted, strict=False)):
            return _Part("failed", why, sure=not self._journal.evicted)
        if len(got) > len(wanted):
            return _Part("failed", why, sure=True)
        if tuple(got) != wanted:
            return _Part(self._at_end("failed", late), why)
        return _Part(self._at_end("held", late), why)

    def _status(self, wanted: int, calls: list[Record]) -> _Part:
        other = [each.status for each in calls if each.status not in {0, wanted}]
        if other:
            return _Part("failed", f"status {wanted} expected, {other[0]} sent", sure=True)
        if not calls:
            return _Part(self._at_end("failed"), f"status {wanted} expected, no call came")
        if not all(each.status for each in calls):
            return _Part(self._at_end("failed"), f"status {wanted} expected, none sent yet")
        return _Part(self._at_end("held"), f"status {wanted} sent in each of {len(calls)} calls")

    def _caller(self, name: str, word: str, calls: list[Record]) -> _Part:
        rule = RULES[name]
        wanted = words(rule)[word]
        seen = [(each, rule.verdict(self._evidence(each))) for each in calls]
        wrong = [(each, verdict) for each, verdict in seen if verdict.outcome == "wrong"]
        right = [each for each, verdict in seen if verdict.outcome == "correct"]
        told = "".join(
            f": in call {each.number} {verdict.sentence()}" for each, verdict in wrong[:1]
        )
        if wanted == "wrong":
            if wrong:
                return _Part("held", f"{name} is wrong, as expected{told}", sure=True)
            return _Part(self._at_end("failed"), f"{name} {word} expected, and nothing was wrong")
        if wrong or (right and wanted == "not seen"):
            what = "is wrong" if wrong else f"was seen in call {right[0].number}"
            return _Part("failed", f"{name} {word} expected, and it {what}{told}", sure=True)
        if wanted == "not seen":
            return _Part(self._at_end("held"), f"{name} was not seen")
        if not right:
            return _Part("undecided", f"{name} {word} expected, and its situation never arose")
        return _Part(self._at_end("held"), f"{name} is {word} in {len(right)} of {len(seen)} calls")

    def _evidence(self, record: Record) -> Evidence:
        if self._attempts is None:
            self._attempts = Attempts(self._records, self._journal.strays)
        return Evidence(
            record, self._attempts, now=self._now, timing=self._timing, users=self._users
        )

    def _order(self, rules: tuple[str, ...]) -> _Part:
        firsts = [
            next((each.number for each in self._records if _is_of(each, rule)), None)
            for rule in rules
        ]
        came = [(first, rule) for first, rule in zip(firsts, rules, strict=True) if first]
        got = ", ".join(rule for _, rule in sorted(came))
        why = f"{', '.join(rules)} expected in this order, {got or 'none'} came"
        if [rule for _, rule in came] != [rule for _, rule in sorted(came)]:
            return _Part("failed", why)
        # A rule that is still to come would come after one that should follow it.
        gap = any(
            first is None and any(later is not None for later in firsts[place:])
            for place, first in enumerate(firsts)
        )
        if gap:
            return _Part("failed", why)
        return _Part("held", why) if None not in firsts else _Part(self._at_end("failed"), why)

    def _at_end(self, state: State, late: bool = False) -> State:
        """Return what it comes to once nothing more counts, and until then that it is open."""
        return state if self._over or late else "undecided"

    def _qualified(self, expectation: Expectation) -> bool:
        """Whether it does not count an OPTIONS that its scenario answered."""
        begins = f"{expectation.scenario}/"
        return not expectation.rule and any(
            each.method == QUALIFY and each.rule.startswith(begins) for each in self._records
        )

    def _unmatched(self) -> list[Record]:
        return [each for each in self._records if each.unmatched and each.method != QUALIFY]


def _answers(expectation: Expectation, record: Record) -> bool:
    if expectation.rule:
        return _is_of(record, expectation.rule)
    of_scenario = record.rule.startswith(f"{expectation.scenario}/")
    return of_scenario and record.method != QUALIFY


def _is_of(record: Record, rule: str) -> bool:
    return rule_of(record, (rule,)) == rule


def _listed(statuses: Iterable[int]) -> str:
    return " ".join([str(status) if status else "-" for status in statuses])
