"""The states that rules ask for and change: ``/api/v1/state``."""

from typing import Final

from aiohttp import web

from responder.control.bodies import Value, read
from responder.control.documents import States, StateValue
from responder.control.operation import Operation, Parameter, as_json
from responder.control.problem import Problem
from responder.control.running import Running
from responder.scenario.findings import listed as words
from responder.scenario.steps import Change, Set, Variable


async def listed(running: Running, _request: web.Request) -> web.StreamResponse:
    """Return every state."""
    values = running.stack.uas.engine.situation.values
    made: States = {
        "states": [{"key": key_of(name), "value": value} for name, value in values.items()]
    }
    return as_json(made)


async def get(running: Running, request: web.Request) -> web.StreamResponse:
    """Return one state."""
    return as_json(_document(running, _found(running, request)))


async def put(running: Running, request: web.Request) -> web.StreamResponse:
    """Set one state; a change of it that is still to come is forgotten."""
    variable = _found(running, request)
    asked, _ = await read(request, Value)
    step = Set((Change(variable, asked.value),))
    situation = running.stack.uas.engine.situation
    running.submit(lambda: list(situation.change(step, running.clock())))
    return as_json(_document(running, variable))


def key_of(variable: Variable) -> str:
    """Return the key of a state: its scenario's name, and its own behind it where it has one."""
    scenario, name = variable
    return scenario if name == "state" else f"{scenario}/{name}"


def _document(running: Running, variable: Variable) -> StateValue:
    value = running.stack.uas.engine.situation.values[variable]
    return {"key": key_of(variable), "value": value}


def _found(running: Running, request: web.Request) -> Variable:
    """Return the state that a path names.

    Raises:
        Problem: there is none.
    """
    key = request.match_info["key"]
    names = running.stack.uas.engine.situation.values
    for variable in names:
        if key == key_of(variable) or key == "/".join(variable):
            return variable
    there = words([key_of(each) for each in names], "and")
    has = f"there are {there}" if names else "no scenario declares any"
    raise Problem(404, f'There is no state "{key}": {has}.')


_KEY: Final = Parameter(
    "key", "the name of the scenario; for one of several states scenario/name", place="path"
)

OPERATIONS: Final = (
    Operation("GET", "/api/v1/state", listed, "List every state.", {200: States}),
    Operation(
        "GET",
        "/api/v1/state/{key}",
        get,
        "Say the value of a state.",
        {200: StateValue},
        parameters=(_KEY,),
        errors=(404,),
    ),
    Operation(
        "PUT",
        "/api/v1/state/{key}",
        put,
        "Set a state.",
        {200: StateValue},
        body=Value,
        parameters=(_KEY,),
        errors=(404, 422),
    ),
)
