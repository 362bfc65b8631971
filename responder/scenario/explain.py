"""Why a rule answers a request, or does not."""

from collections.abc import Iterable
from dataclasses import dataclass

from responder.scenario.matching import Condition
from responder.scenario.rules import Rule, Rules
from responder.scenario.situation import Circumstance, Situation
from responder.scenario.view import View
from responder.scenario.words import describe
from responder.sip.events import Flow
from responder.sip.message import Message
from responder.sip.timers import Timers


@dataclass(frozen=True, slots=True)
class Miss:
    """A condition that a request does not meet, or a circumstance that is not so.

    Attributes:
        condition: the condition.
        got: what the request has, for people.
    """

    condition: Condition | Circumstance
    got: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one rule.

    Attributes:
        rule: the rule.
        misses: the conditions that were not met; none if it matches.
    """

    rule: Rule
    misses: tuple[Miss, ...]


def verdicts(
    rules: Rules,
    request: Message,
    flow: Flow,
    situation: Situation | None = None,
    now: float = 0.0,
) -> list[Verdict]:
    """Return what becomes of each rule, in their order.

    Args:
        rules: the rules.
        request: a request that a rule could get.
        flow: what it comes over.
        situation: what has come about so far, in which the request counts from then on; None if
            nothing came before it.
        now: seconds.
    """
    view = View(request, flow)
    if situation is None:
        situation = Situation(Timers())
        situation.adopt(rules.states)
    made: list[Verdict] = []
    for rule in rules.rules:
        missed = misses(rule.conditions, view) or tuple(
            Miss(each, each.got(situation, view, now))
            for each in rule.when
            if not each.holds(situation, view, now)
        )
        made.append(Verdict(rule, missed))
    return made


def unruled(rules: Rules, request: Message) -> str:
    """Return what a request gets that no rule matches, for people."""
    program = rules.dialled(request).program
    if program is not None:
        return f"dialling answers: {describe(program)}"
    if rules.unmatched is None:
        return "dialling answers: it spells nothing, which is 200"
    return f"unmatched: {describe(rules.unmatched)}"


def misses(conditions: Iterable[Condition], view: View) -> tuple[Miss, ...]:
    """Return the conditions that a request does not meet, and what it has instead."""
    return tuple(Miss(each, each.got(view)) for each in conditions if not each.passes(view))


def nearest(rules: Rules, request: Message, flow: Flow) -> Verdict | None:
    """Return the rule that came nearest without matching; None where no rule missed.

    That is the one with the fewest conditions not met, and of those the one with the most met. Of a
    rule that matches and did not answer, the circumstances that it asks for are named.
    """
    view = View(request, flow)
    missed: list[Verdict] = []
    for rule in rules.rules:
        found = misses(rule.conditions, view) or tuple(Miss(w, "otherwise") for w in rule.when)
        if found:
            missed.append(Verdict(rule, found))
    return min(missed, key=lambda v: (len(v.misses), -len(v.rule.conditions)), default=None)


def nearest_miss(rules: Rules, request: Message, flow: Flow) -> str:
    """Return the rule that came nearest, and the fields that it missed by; empty without rules."""
    best = nearest(rules, request, flow)
    if best is None:
        return ""
    fields = ", ".join(miss.condition.field for miss in best.misses)
    return f"{best.rule.program.name}: {fields}"
