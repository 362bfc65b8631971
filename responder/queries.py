"""Records selected by what scenario files write under ``match``, and those that come nearest. Pure.

An evicted record holds its request no longer: it meets nothing.
"""

import re
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from responder.journal.record import Record
from responder.scenario.explain import Miss, misses
from responder.scenario.matching import Condition
from responder.scenario.view import View

if TYPE_CHECKING:
    from responder.scenario.loader import Loaded


_ATTEMPT: Final = re.compile(r" \d+/\d+$")


@dataclass(frozen=True, slots=True)
class Near:
    """A record that does not meet what was wanted.

    Attributes:
        record: the record.
        misses: the conditions that its request does not meet, at least one.
    """

    record: Record
    misses: tuple[Miss, ...]


def conditions_of(loaded: "Loaded") -> tuple[Condition, ...]:
    """Return what the first rule of a scenario asks of a request; none where it takes every one.

    So a query is written, checked and explained as a rule is.
    """
    match = loaded.scenario.rules[0].match
    return () if match is None else match.conditions(loaded.line, ("rules", 0, "match"))


def view_of(record: Record) -> View | None:
    """Return the request of a record as rules see it; None once it is evicted."""
    if record.request is None or record.flow is None:
        return None
    return View(record.request, record.flow)


def meets(record: Record, conditions: Iterable[Condition]) -> bool:
    """Whether the request of a record meets every condition."""
    view = view_of(record)
    return view is not None and all(each.passes(view) for each in conditions)


def select(records: Iterable[Record], conditions: Sequence[Condition]) -> list[Record]:
    """Return the records whose requests meet every condition, in their order."""
    return [record for record in records if meets(record, conditions)]


def nearest(records: Iterable[Record], conditions: Sequence[Condition]) -> list[Near]:
    """Return the records that do not meet the conditions, the nearest first.

    That is the one with the fewest conditions not met, and of those the latest.
    """
    near = [
        Near(record, missed)
        for record in records
        if (view := view_of(record)) is not None and (missed := misses(conditions, view))
    ]
    return sorted(near, key=lambda each: (len(each.misses), -each.record.number))


def rule_of(record: Record, names: Container[str]) -> str:
    """Return the rule that answered a record, by its name; empty where none of these did.

    Args:
        record: the record.
        names: the names of rules. Behind that of a rule with several attempts the record has which
            of them it was, such as ``trunk/first 2/3``.
    """
    if record.rule in names:
        return record.rule
    if " " not in record.rule:
        return ""
    name = _ATTEMPT.sub("", record.rule)
    return name if name in names else ""
