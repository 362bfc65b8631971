"""What a test waits for, and what it is told when it waited in vain."""

from collections.abc import Callable, Collection
from concurrent.futures import Future
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Final

from responder.journal.journal import Journal
from responder.journal.record import Record
from responder.queries import meets, view_of
from responder.report.misses import (
    Miss,
    described,
    lines,
    misses_of,
    nothing_came,
    wanted_words,
)
from responder.scenario.explain import misses
from responder.scenario.matching import Condition

STAGES: Final[dict[str, Callable[[Record], bool]]] = {
    "began": lambda _: True,
    "answered": lambda record: bool(record.status) or record.ended is not None,
    "settled": lambda record: record.shown,
    "ended": lambda record: record.ended is not None,
}
"""How far a call has come. It began; it has its final status; the ACK of that came too, or will not
come any more, or there is none for its method; nothing of it goes on, as after a BYE."""

_TOLD: Final = 3


@dataclass(frozen=True, slots=True)
class Goal:
    """The calls that are waited for.

    Attributes:
        conditions: what their requests have to meet.
        statuses: one of these is to be among theirs; None for any or none.
        until: how far they have to have come, one of `STAGES`.
        count: how many of them there have to be.
        once: whether a call that another wait of this kind was given does not count again.
        place: where the program waits, as ``file:line``.
        record: the only record that counts; None for any.
    """

    conditions: tuple[Condition, ...]
    statuses: Collection[int] | None
    until: str
    count: int
    once: bool
    place: str
    record: Record | None = None


@dataclass(slots=True)
class Wait:
    """One wait in progress.

    Attributes:
        goal: what is waited for.
        result: will be given the records.
        fitting: the records whose requests meet the conditions, oldest first.
        looked_at: the number of the latest record that was held against the conditions.
    """

    goal: Goal
    result: "Future[list[Record]]" = field(default_factory=Future)
    fitting: list[Record] = field(default_factory=list)
    looked_at: int = 0


class Waits:
    """All waits of one responder. It lives on the responder's event loop.

    Args:
        journal: where calls appear.

    Attributes:
        pending: the waits in progress.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self.pending: list[Wait] = []
        self._given: set[int] = set()

    def begin(self, goal: Goal) -> Wait:
        """Begin to wait; the result may be there at once."""
        wait = Wait(goal)
        self.pending.append(wait)
        self._look(wait)
        return wait

    def look(self) -> None:
        """Hold what has happened against every wait."""
        for wait in list(self.pending):
            self._look(wait)

    def end(self, why: str) -> None:
        """End every wait that has not what it waits for; its result is an AssertionError.

        Args:
            why: the end of the first sentence.
        """
        for wait in self.pending:
            wait.result.set_exception(AssertionError(self.reason(wait, why)))
        self.pending.clear()

    def forget(self, wait: Wait) -> None:
        """Wait no longer, if it goes on."""
        if wait in self.pending:
            self.pending.remove(wait)

    def _look(self, wait: Wait) -> None:
        goal = wait.goal
        if goal.record is not None:
            wait.fitting = [goal.record]
        elif new := self._later_than(wait.looked_at):
            wait.looked_at = new[0].number
            wait.fitting += [each for each in reversed(new) if meets(each, goal.conditions)]
        found = [record for record in wait.fitting if self._counts(record, goal)]
        if len(found) < goal.count:
            return
        if goal.once:
            found = found[: goal.count]
            self._given.update(record.number for record in found)
        self.pending.remove(wait)
        wait.result.set_result(found)

    def _later_than(self, number: int) -> list[Record]:
        """Return the records behind the one of a number, the latest first."""
        return list(takewhile(lambda each: each.number > number, reversed(self._journal.records)))

    def _counts(self, record: Record, goal: Goal) -> bool:
        if goal.once and record.number in self._given:
            return False
        if goal.statuses is not None and not any(s in goal.statuses for s in record.statuses):
            return False
        return STAGES[goal.until](record)

    def reason(self, wait: Wait, why: str) -> str:
        """Return what a person has to know of a wait in vain: which calls were near, and why not.

        Args:
            wait: the wait.
            why: the end of the first sentence, such as ``not within 5 s``.
        """
        goal = wait.goal
        said = [f"{goal.place}: waited in vain for {_asked(goal)}: {why}"]
        records = self._candidates(goal)
        near = self.near(wait)
        fit = len(records) - len(near)
        if fit:
            said.append(f"{fit} came")
        if not records:
            said += nothing_came(self._journal)
        for missed, record in near[:_TOLD]:
            said += [f"near: {described(record)}", *lines(missed)]
        if len(near) > _TOLD:
            said.append(f"and {len(near) - _TOLD} more, no nearer")
        return "\n".join(said)

    def near(self, wait: Wait) -> list[tuple[list[Miss], Record]]:
        """Return the calls that are not as they are waited for, and why not, the nearest first."""
        goal = wait.goal
        held = [(self._misses(record, goal), record) for record in self._candidates(goal)]
        near = [each for each in held if each[0]]
        return sorted(near, key=lambda each: (len(each[0]), -each[1].number))

    def _candidates(self, goal: Goal) -> list[Record]:
        return list(self._journal.records) if goal.record is None else [goal.record]

    def _misses(self, record: Record, goal: Goal) -> list[Miss]:
        view = view_of(record)
        if view is None:
            return [Miss("record", "kept", "dropped, to make room for others")]
        found = misses_of(misses(goal.conditions, view))
        if goal.statuses is not None and not any(s in goal.statuses for s in record.statuses):
            got = " ".join(map(str, record.statuses)) or "no answer"
            found.append(Miss("status", _listed(goal.statuses), got, goal.place))
        if not STAGES[goal.until](record):
            found.append(Miss("progress", goal.until, progress(record), goal.place))
        if goal.once and record.number in self._given:
            earlier = "returned by an earlier wait_for_call"
            found.append(Miss("call", "one not waited for yet", earlier))
        return found


def _asked(goal: Goal) -> str:
    """Return what was waited for, for people."""
    if goal.record is not None:
        return f"call {goal.record.number} to have {_HAVE[goal.until]}"
    what = "a call that has" if goal.count == 1 else f"{goal.count} calls that have"
    asked = [words] if (words := wanted_words(goal.conditions)) else []
    if goal.statuses is not None:
        asked.append(f"status {_listed(goal.statuses)}")
    return f"{what} {_HAVE[goal.until]}{', with ' if asked else ''}{', '.join(asked)}"


_HAVE: Final = {
    "began": "begun",
    "answered": "been answered",
    "settled": "been settled",
    "ended": "ended",
}


def progress(record: Record) -> str:
    """Return how far a call has come, for people."""
    if record.ended is not None:
        return "ended"
    if record.shown:
        return "settled; it goes on"
    if record.status:
        return f"answered {record.status}; no ACK has come"
    return "no final response yet"


def _listed(statuses: Collection[int]) -> str:
    if isinstance(statuses, range):
        return f"{statuses.start} to {statuses[-1]}"
    return " or ".join(map(str, statuses))
