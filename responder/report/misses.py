"""What was wanted and what came instead, as lines of text."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from responder.journal.journal import Journal
from responder.journal.record import Record
from responder.report.characters import harmless
from responder.scenario import explain
from responder.scenario.matching import Condition
from responder.scenario.rules import Rules

_MOST_STRAYS: Final = 3


@dataclass(frozen=True, slots=True)
class Miss:
    """One thing that was wanted and is not so.

    Attributes:
        field: what was looked at.
        wanted: what it had to be.
        got: what it is.
        place: where that is written, as ``file:line``; empty for nowhere.
    """

    field: str
    wanted: str
    got: str
    place: str = ""


def misses_of(found: Iterable[explain.Miss]) -> list[Miss]:
    """Return the misses of a rule or a query as lines need them."""
    return [
        Miss(each.condition.field, each.condition.wanted, each.got, each.condition.place)
        for each in found
    ]


def lines(misses: Sequence[Miss]) -> list[str]:
    """Return a line for each miss: the field, what was wanted, what came, where it is written."""
    width = max((len(each.field) for each in misses), default=0)
    return [
        f"  {each.field:<{width}}  wanted {each.wanted}, got {shown(each.got)}"
        + (f"  ({each.place})" if each.place else "")
        for each in misses
    ]


def wanted_words(conditions: Iterable[Condition]) -> str:
    """Return what conditions ask, in a few words."""
    return ", ".join(f"{each.field} {each.wanted}" for each in conditions)


def described(record: Record) -> str:
    """Return a call in one line: what it was, where from, what it got, by which rule."""
    record.identify()
    statuses = " ".join(map(str, record.statuses)) or "nothing"
    rule = f" by {record.rule}" if record.rule else ""
    return shown(
        f"call {record.number}, {record.method} {record.target} <- {record.caller} from"
        f" {record.source} ({record.transport}), got {statuses}{rule}"
    )


def nearest_rule(rules: Rules, record: Record) -> list[str]:
    """Return which rule came nearest to a request, and by what it missed, line by line."""
    if record.request is None or record.flow is None:
        return []
    near = explain.nearest(rules, record.request, record.flow)
    if near is None:
        return []
    place = f" ({near.rule.place})" if near.rule.place else ""
    return [f"nearest rule: {near.rule.program.name}{place}", *lines(misses_of(near.misses))]


def nothing_came(journal: Journal) -> Iterable[str]:
    """Return the lines that say that there is no call, and what came in place of one."""
    yield "no request came at all"
    refused = journal.counts["refused sources"]
    if refused:
        yield f"messages from sources that are not allowed: {refused}"
    for stray in list(journal.strays)[-_MOST_STRAYS:]:
        yield f"from {stray.source} ({stray.transport}) came what belonged to no call: {stray.why}"


def shown(text: str) -> str:
    """Return one line of text that is fit to be shown."""
    return harmless(text, "\N{MIDDLE DOT}")
