"""How the responder is, and what it is: ``/api/v1/status`` and what a supervisor asks for."""

import io
from typing import Final

import segno
from aiohttp import web

from responder import __version__
from responder.control.bodies import mistakes
from responder.control.documents import Alive, Listener, ReloadDocument, Status, Version
from responder.control.operation import Operation, as_json
from responder.control.problem import Problem
from responder.control.running import Running
from responder.report.json import moment
from responder.scenario.rules import Rules
from responder.scenario.steps import Respond

_SCALE: Final = 4
"""Pixels of CSS that a module of the QR code takes."""


async def status(running: Running, _request: web.Request) -> web.StreamResponse:
    """Say what runs, where it listens, and what of it is set at run time."""
    journal, rules = running.journal, running.stack.uas.rules
    made: Status = {
        "version": __version__,
        "label": running.http.label,
        "seed": running.plan.seed,
        "http": running.address,
        "dial": running.dial,
        "listeners": _listeners(running),
        "uptime": round(running.clock() - running.began, 3),
        "rules": len(rules.rules),
        "calls": len(journal.records) + journal.evicted,
        "evicted": journal.evicted,
        "unmatched_answer": _answer(rules),
        "reload": _reload(running),
        "overrides": _overrides(running),
        "impairments": len(running.stack.impairments),
    }
    return as_json(made)


def _listeners(running: Running) -> list[Listener]:
    driver = running.agent.driver
    names = {address: name for name, address in driver.named.items()}
    made: list[Listener] = []
    for address in driver.addresses:
        transport, _, place = address.partition(":")
        made.append({"transport": transport, "address": place, "name": names.get(address)})
    return made


def _overrides(running: Running) -> list[str]:
    """Return the rules that were added and have not had their turn for good."""
    over = running.stack.uas.engine.attempts.over
    done = {rule.program.name for rule in running.rulebook.rules if over(rule.program)}
    return [name for name in running.rulebook.overrides if name not in done]


def _answer(rules: Rules) -> int | str:
    """Return what a request gets that no rule matches: a status, or ``dial``."""
    steps = () if rules.unmatched is None else rules.unmatched.attempts[0]
    return next((step.status for step in steps if isinstance(step, Respond)), "dial")


def _reload(running: Running) -> ReloadDocument:
    latest = running.files.latest if running.files is not None else None
    if latest is None:
        return {"ok": True, "at": None, "errors": []}
    errors = mistakes(each for each in latest.findings if not each.warning)
    return {"ok": not errors, "at": moment(latest.at), "errors": errors}


async def code(running: Running, _request: web.Request) -> web.StreamResponse:
    """Return the QR code of the URI that a phone on the network dials."""
    if not running.dial:
        raise Problem(404, "Nothing is listened on.")
    made = io.BytesIO()
    # The last one is reached from beyond this machine, if any is.
    uri = f"sip:{running.dial[-1]}"
    segno.make(uri, micro=False, error="m").save(
        made, kind="svg", scale=_SCALE, dark="#000", light="#fff", title=uri, xmldecl=False
    )
    return web.Response(body=made.getvalue(), content_type="image/svg+xml", charset="utf-8")


async def reset(running: Running, _request: web.Request) -> web.StreamResponse:
    """Forget the rules that were added, all counts and the record; what files say stays."""
    running.reset()
    return web.Response(status=204)


async def version(_running: Running, _request: web.Request) -> web.StreamResponse:
    """Say which version runs."""
    made: Version = {"name": "sip-responder", "version": __version__}
    return as_json(made)


async def alive(_running: Running, _request: web.Request) -> web.StreamResponse:
    """Say that the process runs."""
    made: Alive = {"status": "ok"}
    return as_json(made)


async def ready(running: Running, _request: web.Request) -> web.StreamResponse:
    """Say that SIP is answered; 503 once the end has begun."""
    if running.stack.uas.closing:
        raise Problem(503, "The responder is ending its calls.")
    return await alive(running, _request)


OPERATIONS: Final = (
    Operation(
        "GET", "/api/v1/status", status, "Say what runs and where it listens.", {200: Status}
    ),
    Operation(
        "GET",
        "/api/v1/qr.svg",
        code,
        "The QR code of the URI that a phone on the network dials.",
        {200: "image/svg+xml"},
        errors=(404,),
    ),
    Operation(
        "POST",
        "/api/v1/reset",
        reset,
        "Forget the rules that were added, all counts and the record; what files say stays.",
        {204: None},
    ),
    Operation("GET", "/version", version, "Say which version runs.", {200: Version}, guarded=False),
    Operation("GET", "/livez", alive, "Say that the process runs.", {200: Alive}, guarded=False),
    Operation(
        "GET",
        "/readyz",
        ready,
        "Say that SIP is answered.",
        {200: Alive},
        errors=(503,),
        guarded=False,
    ),
)
