"""Expectations compiled: what a scenario says of a whole run; judged in `responder.judge`."""

from dataclasses import dataclass
from typing import NamedTuple


class Bounds(NamedTuple):
    """How many there may be.

    Attributes:
        least: no fewer than this.
        most: no more than this; None for any number.
    """

    least: int
    most: int | None

    def __str__(self) -> str:
        if self.most == self.least:
            return str(self.least)
        if self.most is None:
            return f"at least {self.least}"
        return f"at most {self.most}" if not self.least else f"{self.least} to {self.most}"


@dataclass(frozen=True, slots=True)
class Expectation:
    """One entry of ``expect``; all that it gives must hold.

    Attributes:
        name: what it says, in words that tell it from the others.
        file: the file that states it.
        line: the line there, from 1.
        scenario: the name of the scenario.
        rule: the whole name of the rule whose requests count; empty for all of the scenario.
        calls: how many requests the rule answers.
        within: how many seconds after the first of them the others count; None for any time.
        statuses: the final statuses of successive requests; empty for any.
        status: the final status of each of them; None for any.
        caller: names of verdicts on the caller, and the word for what each has to be.
        order: whole names of rules, whose first requests come in this order.
        unmatched: how many requests no rule matches.
    """

    name: str
    file: str
    line: int
    scenario: str
    rule: str = ""
    calls: Bounds | None = None
    within: float | None = None
    statuses: tuple[int, ...] = ()
    status: int | None = None
    caller: tuple[tuple[str, str], ...] = ()
    order: tuple[str, ...] = ()
    unmatched: Bounds | None = None
