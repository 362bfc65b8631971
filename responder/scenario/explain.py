"""Why a rule answers a request, or does not."""

from dataclasses import dataclass

from responder.scenario.matching import Condition
from responder.scenario.rules import Rule, Rules
from responder.scenario.view import View
from responder.sip.events import Flow
from responder.sip.message import Message


@dataclass(frozen=True, slots=True)
class Miss:
    """A condition that a request does not meet.

    Attributes:
        condition: the condition.
        got: what the request has, for people.
    """

    condition: Condition
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


def verdicts(rules: Rules, request: Message, flow: Flow) -> list[Verdict]:
    """Return what becomes of each rule, in their order."""
    view = View(request, flow)
    return [
        Verdict(rule, tuple(Miss(c, c.got(view)) for c in rule.conditions if not c.passes(view)))
        for rule in rules.rules
    ]


def nearest_miss(rules: Rules, request: Message, flow: Flow) -> str:
    """Return the rule that came nearest, and the fields that it missed by; empty without rules.

    That is the one with the fewest conditions not met, and of those the one with the most met.
    """
    missed = [verdict for verdict in verdicts(rules, request, flow) if verdict.misses]
    if not missed:
        return ""
    best = min(missed, key=lambda v: (len(v.misses), -len(v.rule.conditions)))
    fields = ", ".join(miss.condition.field for miss in best.misses)
    return f"{best.rule.program.name}: {fields}"
