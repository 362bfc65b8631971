"""The outcomes of a run: expectations with what came nearest, and what nothing matched. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from responder.journal.journal import Journal
from responder.journal.record import Record
from responder.judge.counting import Counting, first_copies
from responder.judge.expectations import Judged, judge_expectations
from responder.queries import nearest, rule_of
from responder.report.misses import described, lines, misses_of, nearest_rule, nothing_came
from responder.report.outcome import Outcome
from responder.scenario.expect import Expectation
from responder.scenario.rules import Rules
from responder.sip.settings import Timing
from responder.sip.users import EVERYONE, Users

MOST_UNMATCHED: Final = 20
"""Requests without a rule that have an outcome each."""

_MOST_EXPLAINED: Final = 3


class Judgement:
    """Judges a run, while it goes on and at its end.

    Args:
        expectations: what is expected of it.
        rules: what answers.
        journal: its record.
        timing: the timers that callers are held to.
        users: whose digests can be checked.
    """

    def __init__(
        self,
        expectations: Sequence[Expectation],
        rules: Rules,
        journal: Journal,
        timing: Timing | None = None,
        users: Users = EVERYONE,
    ) -> None:
        self.expectations = expectations
        self.rules = rules
        self.journal = journal
        self._timing = timing
        self._users = users
        self._counting = Counting(rules, expectations)

    def settled(self, now: float) -> bool:
        """Whether no expectation is open: each is decided, or holds if nothing more comes."""
        judged = self._judged(self.expectations, now, False)
        open_ones = [each.expectation for each in judged if not each.decided]
        return all(each.state == "held" for each in self._judged(open_ones, now, True))

    def came(self) -> bool:
        """Whether anything came that counts."""
        records = self.journal.records
        return self.journal.evicted > 0 or any(map(self._counting.counts, records))

    def outcomes(self, began: float, now: float) -> list[Outcome]:
        """Return what became of everything, now that nothing more can come.

        That nothing came that counts is an outcome too, which has not held.
        Where no expectation says how many requests may be unmatched, there may be none: each one
        that counts is an outcome of its own, which has not held.

        Args:
            began: when the run began, in seconds.
            now: when it ended.
        """
        judged = self._judged(self.expectations, now, True)
        found = [self._outcome(each, began) for each in judged]
        if not self.came():
            why = "\n".join(self._background() or nothing_came(self.journal))
            found.append(Outcome("a call or request comes", False, why, now - began))
        if all(each.unmatched is None for each in self.expectations):
            found += self._unmatched(began)
        return found

    def _judged(self, expectations: Iterable[Expectation], now: float, over: bool) -> list[Judged]:
        return judge_expectations(expectations, self.journal, now, over, self._timing, self._users)

    def _outcome(self, judged: Judged, began: float) -> Outcome:
        outcome = judged.outcome(began)
        if outcome.held:
            return outcome
        told: list[str] = []
        calls = list(judged.calls)
        if judged.expectation.unmatched is not None:
            told += self._without_rule(judged.calls)
        for name in self._missed(judged):
            for record, said in self._near(name):
                told += said
                if not judged.calls:
                    calls.append(record)
        return replace(outcome, why="\n".join([outcome.why, *told]), calls=calls)

    def _near(self, name: str) -> Iterator[tuple[Record, list[str]]]:
        """Yield the call that came nearest to a rule without being answered by it, in words."""
        rule = next((each for each in self.rules.rules if each.program.name == name), None)
        others = first_copies(self.journal.records)
        for near in nearest(others, rule.conditions if rule is not None else ())[:1]:
            said = f"nearest to {name}: {described(near.record)}"
            yield near.record, [said, *lines(misses_of(near.misses))]

    def _background(self) -> list[str]:
        """Return the line that tells of what came and does not count, if anything did."""
        methods = Counter(record.method for record in self.journal.records)
        told = ", ".join(f"{count} {method}" for method, count in methods.items())
        return [f"nothing came but what clients send by themselves: {told}"] if told else []

    def _unmatched(self, began: float) -> Iterator[Outcome]:
        records = [
            each
            for each in first_copies(self.journal.records)
            if each.unmatched and self._counting.counts(each)
        ]
        for record in records[:MOST_UNMATCHED]:
            record.identify()
            name = f"{record.method} {record.target} from {record.caller} (call {record.number})"
            why = "\n".join([f"no rule matched {described(record)}", *self._nearest(record)])
            took = record.started - began
            yield Outcome(f"{name} is matched by a rule", False, why, took, [record])
        more = len(records) - MOST_UNMATCHED
        if more > 0:
            yield Outcome(
                f"{more} more requests are matched by rules", False, "no rule matched them"
            )

    def _without_rule(self, records: Sequence[Record]) -> Iterator[str]:
        for record in records[:_MOST_EXPLAINED]:
            yield f"no rule matched {described(record)}"
            yield from self._nearest(record)

    def _nearest(self, record: Record) -> list[str]:
        return nearest_rule(self.rules, record)

    def _missed(self, judged: Judged) -> Iterator[str]:
        """Yield the rules that answered fewer requests than an expectation wants."""
        wanted = judged.expectation
        answered = {rule_of(record, wanted.order) for record in self.journal.records}
        yield from (name for name in wanted.order if name not in answered)
        if wanted.rule:
            least = 1 if wanted.calls is None else wanted.calls.least
            if len(judged.calls) < max(least, len(wanted.statuses)):
                yield wanted.rule
