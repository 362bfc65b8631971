"""The rules: ``/api/v1/rules``."""

import asyncio
from typing import Final

from aiohttp import web

from responder.agent.scenario_files import read_scenarios
from responder.control.bodies import mistakes, table_of, wrong
from responder.control.documents import AddedRules, Reloaded, RuleDocument, RulesDocument
from responder.control.given_rules import Given, given, in_place_of, new_rule
from responder.control.operation import Operation, Parameter, as_json
from responder.control.problem import Problem
from responder.control.running import Running
from responder.control.verdicts import place
from responder.scenario.compiler import Compiled
from responder.scenario.findings import BadScenario
from responder.scenario.rules import Rule
from responder.scenario.yaml_writer import write_yaml

_IF_MATCH: Final = Parameter(
    "If-Match", "the ETag that the rules have to have for anything to change", place="header"
)
_NAME: Final = Parameter(
    "name", "scenario/rule; rule alone where no other scenario has one of that name", place="path"
)


async def listed(running: Running, _request: web.Request) -> web.StreamResponse:
    """Return every rule, in the order in which they are tried."""
    uses = {use.name: use.answered for use in running.rulebook.uses()}
    made: RulesDocument = {
        "rules": [_document(running, rule, uses) for rule in running.rulebook.rules],
        "etag": running.etag,
    }
    return as_json(made, headers={"ETag": running.etag})


async def add(running: Running, request: web.Request) -> web.StreamResponse:
    """Add a rule, or those of a scenario; they are tried before those that are there."""
    _unchanged(running, request)
    asked = given(await table_of(request), running)
    compiled = await _compiled(asked)
    _unchanged(running, request)
    taken = {rule.program.name for rule in running.rulebook.rules}
    for rule in compiled.rules.rules:
        if rule.program.name in taken:
            name = rule.program.name
            raise Problem(
                409, f'There is a rule "{name}" already: PUT /api/v1/rules/{name} replaces it.'
            )
    running.rulebook.include(asked.scenario, compiled.rules)
    running.impair_too(compiled)
    return _answer(running, 201, compiled.rules.rules, asked, compiled)


async def put(running: Running, request: web.Request) -> web.StreamResponse:
    """Have a rule answer in the place of another one, or add it if there is none of its name."""
    _unchanged(running, request)
    name = request.match_info["name"]
    table = await table_of(request)
    rule = find(running, name)
    asked = new_rule(table, name, running) if rule is None else in_place_of(rule, table, running)
    compiled = await _compiled(asked)
    _unchanged(running, request)
    made = compiled.rules.rules[asked.index]
    if find(running, name) is None:
        running.rulebook.include(asked.scenario, compiled.rules)
        return _answer(running, 201, (made,), asked, compiled)
    try:
        running.rulebook.replace(made)
    except LookupError:
        raise Problem(409, f'The rule "{name}" went away meanwhile.') from None
    return _answer(running, 200, (made,), asked, compiled)


async def remove(running: Running, request: web.Request) -> web.StreamResponse:
    """Take a rule out that was added, or give a file's rule its place back."""
    _unchanged(running, request)
    name = request.match_info["name"]
    rule = find(running, name)
    if rule is None:
        raise Problem(404, f'There is no rule "{name}".')
    if not running.rulebook.take_out(rule.program.name):
        raise Problem(
            409,
            f'"{rule.program.name}" is written in {rule.place}: PUT another one in its place, or'
            " take it out there and read the files again.",
        )
    return web.Response(status=204, headers={"ETag": running.etag})


async def reload(running: Running, _request: web.Request) -> web.StreamResponse:
    """Read the scenario files again; bad ones leave everything as it was."""
    if running.files is None:
        raise Problem(409, "There are no files to read: the responder was started without any.")
    try:
        compiled = await running.files.reload()
    except BadScenario as bad:
        raise wrong(bad.findings) from None
    made: Reloaded = {
        "rules": len(compiled.rules.rules),
        "warnings": mistakes(compiled.findings),
    }
    return as_json(made, headers={"ETag": running.etag})


def find(running: Running, name: str) -> Rule | None:
    """Return the rule of a name; None for none.

    Raises:
        Problem: more than one scenario has a rule of that name.
    """
    rules = running.rulebook.rules
    for rule in rules:
        if rule.program.name == name:
            return rule
    found = [rule for rule in rules if rule.program.name == f"{rule.scenario}/{name}"]
    if len(found) > 1:
        names = ", ".join(rule.program.name for rule in found)
        raise Problem(409, f'More than one rule is called "{name}": {names}.')
    return found[0] if found else None


async def _compiled(asked: Given) -> Compiled:
    """Return what was sent as rules; it is read in a thread, since it may take long.

    Raises:
        Problem: it is wrong.
    """

    def compiled() -> Compiled:
        return read_scenarios([asked.load()])

    try:
        return await asyncio.to_thread(compiled)
    except BadScenario as bad:
        raise wrong(asked.of_body(bad.findings)) from None


def _unchanged(running: Running, request: web.Request) -> None:
    """Hold ``If-Match`` against the rules as they are.

    Raises:
        Problem: they are others.
    """
    wanted = request.headers.get("If-Match")
    if wanted is None:
        return
    tags = {each.strip() for each in wanted.split(",")}
    if "*" not in tags and running.etag not in tags:
        raise Problem(
            412,
            f"The rules have changed since: their ETag is {running.etag}, not {wanted}.",
            headers={"ETag": running.etag},
        )


def _document(running: Running, rule: Rule, uses: dict[str, int]) -> RuleDocument:
    name = rule.program.name
    file, line = place(rule)
    return {
        "name": name,
        "scenario": rule.scenario,
        "file": file,
        "line": line,
        "origin": "runtime" if running.rulebook.is_added(name) else "file",
        "used": uses.get(name, 0),
        "yaml": yaml_of(rule),
    }


def yaml_of(rule: Rule) -> str:
    """Return a rule as its file has it, without comments; empty where it is in none."""
    if rule.written is None:
        return ""
    scenario, index = rule.written
    rules = scenario["rules"]
    assert isinstance(rules, list)
    table = rules[index]
    named = {"name": table["name"]} if "name" in table else {}
    return write_yaml({**named, **table})


def _answer(
    running: Running, status: int, rules: tuple[Rule, ...], asked: Given, compiled: Compiled
) -> web.Response:
    uses = {use.name: use.answered for use in running.rulebook.uses()}
    made: AddedRules = {
        "rules": [_document(running, rule, uses) for rule in rules],
        "warnings": mistakes([*asked.warnings, *asked.of_body(compiled.findings)]),
        "etag": running.etag,
    }
    return as_json(made, status, {"ETag": running.etag})


OPERATIONS: Final = (
    Operation(
        "GET",
        "/api/v1/rules",
        listed,
        "List the rules in the order in which they are tried.",
        {200: RulesDocument},
    ),
    Operation(
        "POST",
        "/api/v1/rules",
        add,
        "Add a rule, or the rules of a scenario, before those that are there.",
        {201: AddedRules},
        body="rules",
        parameters=(_IF_MATCH,),
        errors=(409, 412, 422),
    ),
    Operation(
        "POST",
        "/api/v1/rules/reload",
        reload,
        "Read the scenario files again.",
        {200: Reloaded},
        errors=(409, 422),
    ),
    Operation(
        "PUT",
        "/api/v1/rules/{name}",
        put,
        "Have a rule answer in the place of the one of its name, or add it.",
        {200: AddedRules, 201: AddedRules},
        body="rule",
        parameters=(_NAME, _IF_MATCH),
        errors=(409, 412, 422),
    ),
    Operation(
        "DELETE",
        "/api/v1/rules/{name}",
        remove,
        "Take out a rule that was added, or give a file's rule its place back.",
        {204: None},
        parameters=(_NAME, _IF_MATCH),
        errors=(404, 409, 412),
    ),
)
