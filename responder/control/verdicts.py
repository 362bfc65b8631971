"""What becomes of each rule for a request, and why: ``POST /api/v1/match`` and each call."""

from collections.abc import Iterable
from typing import Final

from aiohttp import web

from responder.control.bodies import BODY, DryRun, misuse, read
from responder.control.documents import (
    Matched,
    MissDocument,
    NearestRule,
    VerdictDocument,
)
from responder.control.operation import Operation, as_json
from responder.control.problem import Problem
from responder.control.records import find
from responder.control.running import Running
from responder.control.settings import BadHttp, read_address
from responder.journal.record import Record
from responder.queries import rule_of
from responder.report.misses import shown
from responder.scenario import explain
from responder.scenario.rules import Rule
from responder.scenario.view import View
from responder.scenario.words import describe
from responder.sip.events import Flow
from responder.sip.message import Message, parse
from responder.sip.validation import Refusal, examine

_HERE: Final = ("127.0.0.1", 5060)


def place(rule: Rule) -> tuple[str | None, int | None]:
    """Return the file and the line of a rule; None for one that came over HTTP."""
    file, _, line = rule.place.rpartition(":")
    if not file or file.endswith(BODY) or not line.isdigit():
        return None, None
    return file, int(line)


def missed(misses: Iterable[explain.Miss]) -> list[MissDocument]:
    """Return misses as JSON has them."""
    return [
        {"field": each.condition.field, "wanted": each.condition.wanted, "got": shown(each.got)}
        for each in misses
    ]


def nearest_rule(running: Running, record: Record) -> NearestRule | None:
    """Return the rule that came nearest to the request of a record; None where none missed."""
    if record.request is None or record.flow is None:
        return None
    near = explain.nearest(running.stack.uas.rules, record.request, record.flow)
    if near is None:
        return None
    file, line = place(near.rule)
    misses = missed(near.misses)
    return {"rule": near.rule.program.name, "file": file, "line": line, "misses": misses}


def of_record(running: Running, record: Record) -> list[VerdictDocument]:
    """Return what becomes of each rule that there is now for the request of a call.

    What was so beside the request when it came is not known any more. But a rule that matches it
    and stands before the one that answered was held back by something.
    """
    request, flow = record.request, record.flow
    if request is None or flow is None:
        return []
    rules = running.stack.uas.rules.rules
    answered = rule_of(record, {rule.program.name for rule in rules})
    view = View(request, flow)
    made: list[VerdictDocument] = []
    before = True
    for rule in rules:
        misses = explain.misses(rule.conditions, view)
        if rule.program.name == answered:
            made.append(_verdict(rule, (), f"answers: {describe(rule.program)}"))
            before = False
        elif misses:
            made.append(_verdict(rule, misses, _misses_by(misses)))
        elif not before:
            made.append(_verdict(rule, (), "matches too: a rule before it answers"))
        else:
            held = tuple(explain.Miss(each, "otherwise") for each in rule.when)
            made.append(_verdict(rule, held, _held_back(rule, bool(answered))))
    return made


def _held_back(rule: Rule, answered: bool) -> str:
    if rule.when:
        asked = ", ".join(each.field for each in rule.when)
        return f"matches, and was held back by when: {asked}"
    if rule.program.then == "unmatched":
        return "matches, and its sequence was at its end"
    return "matches; it came later" if answered else "matches; it came after the call"


async def dry_run(running: Running, request: web.Request) -> web.StreamResponse:
    """Say of each rule whether it would answer a request now, and if not, why not."""
    asked, table = await read(request, DryRun)
    if (asked.message is None) is (asked.call is None):
        raise misuse(table, "call", 'expected either "message" or "call"')
    if asked.call is not None:
        record = find(running, asked.call)
        if record.request is None or record.flow is None:
            raise Problem(404, f'The request of call "{asked.call}" is not kept.')
        return as_json(matched(running, record.request, record.flow))
    assert asked.message is not None
    try:
        remote = read_address(asked.source, 5060)
    except BadHttp as bad:
        raise misuse(table, "source", f"source: {str(bad).rstrip('.')}") from None
    message = parse(asked.message.encode("utf-8", "surrogateescape"))
    if message.status:
        raise misuse(table, "message", "message: this is a response; a rule answers requests")
    examined = examine(message, running.stack.settings.limits)
    if isinstance(examined, Refusal):
        reason = (examined.reason or b"").decode("utf-8", "replace")
        said = f"no rule gets this message: it is answered {examined.status} {reason}".rstrip()
        found: Matched = {"rule": None, "answer": said, "verdicts": []}
        return as_json(found)
    flow = Flow(asked.transport, _HERE, remote, None, asked.listener)
    return as_json(matched(running, message, flow))


def matched(running: Running, request: Message, flow: Flow) -> Matched:
    """Return what a request would get now; nothing is counted by it."""
    engine, rules = running.stack.uas.engine, running.stack.uas.rules
    view = View(request, flow)
    told = explain.verdicts(rules, request, flow, engine.situation.copy(), running.clock())
    answer: Rule | None = None
    made: list[VerdictDocument] = []
    for each in told:
        rule = each.rule
        if each.misses:
            made.append(_verdict(rule, each.misses, _misses_by(each.misses)))
        elif engine.attempts.spent(rule.program, view):
            made.append(_verdict(rule, (), "matches, and its sequence is at its end", False))
        elif answer is None:
            answer = rule
            made.append(_verdict(rule, (), f"answers: {describe(rule.program)}"))
        else:
            made.append(_verdict(rule, (), "matches too: a rule before it answers"))
    if answer is None:
        return {"rule": None, "answer": explain.unruled(rules, request), "verdicts": made}
    return {"rule": answer.program.name, "answer": describe(answer.program), "verdicts": made}


def _verdict(
    rule: Rule, misses: Iterable[explain.Miss], why: str, matches: bool = True
) -> VerdictDocument:
    file, line = place(rule)
    told = missed(misses)
    return {
        "rule": rule.program.name,
        "file": file,
        "line": line,
        "matches": matches and not told,
        "misses": told,
        "why": why,
    }


def _misses_by(misses: Iterable[explain.Miss]) -> str:
    return f"misses by {', '.join(each.condition.field for each in misses)}"


OPERATIONS: Final = (
    Operation(
        "POST",
        "/api/v1/match",
        dry_run,
        "Say which rule would answer a request now, and why the others would not.",
        {200: Matched},
        body=DryRun,
        errors=(404, 422),
    ),
)
