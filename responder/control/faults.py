"""What impairs all traffic now: ``/api/v1/faults``."""

from typing import Final

from aiohttp import web

from responder.control.bodies import BODY, Impairments, read, wrong
from responder.control.documents import Faults
from responder.control.operation import Operation, as_json
from responder.control.running import Running
from responder.fault_files import FaultFiles
from responder.faults.impairment import Impairment
from responder.faults.parameter import parameters
from responder.scenario.faults import BadFault
from responder.scenario.findings import Finding
from responder.scenario.sentences import place_of


async def get(running: Running, _request: web.Request) -> web.StreamResponse:
    """Return what impairs all traffic."""
    return as_json(_document(running))


async def put(running: Running, request: web.Request) -> web.StreamResponse:
    """Impair all traffic by these alone; an empty list lets everything pass."""
    asked, table = await read(request, Impairments)
    written = asked.impairments
    listed = isinstance(written, list)
    made: list[Impairment] = []
    found: list[Finding] = []
    for number, each in enumerate(written if isinstance(written, list) else [written]):
        try:
            made.append(FaultFiles().impairment(each))
        except BadFault as bad:
            path = ("impairments", *([number] if listed else []), *bad.path)
            found.append(Finding(BODY, place_of(table, path), str(bad)))
    if found:
        raise wrong(found)
    running.agent.impair(made)
    return as_json(_document(running))


def _document(running: Running) -> Faults:
    return {"impairments": [_written(each) for each in running.stack.impairments]}


def _written(impairment: Impairment) -> dict[str, str | float]:
    """Return an impairment as a scenario file has it, without what is as usual."""
    return {
        each.name: value
        for each in parameters(Impairment)
        if (value := getattr(impairment, each.attribute)) != each.default
    }


OPERATIONS: Final = (
    Operation("GET", "/api/v1/faults", get, "Say what impairs all traffic now.", {200: Faults}),
    Operation(
        "PUT",
        "/api/v1/faults",
        put,
        "Impair all traffic by these alone from now on.",
        {200: Faults},
        body=Impairments,
        errors=(422,),
    ),
)
