"""How the responder is, and what it is: ``/api/v1/status`` and what a supervisor asks for."""

from typing import Final

from aiohttp import web

from responder import __version__
from responder.control.operation import Operation, as_json
from responder.control.running import Running
from responder.scenario.rules import Rules
from responder.scenario.steps import Respond


async def status(running: Running, _request: web.Request) -> web.StreamResponse:
    """Say what runs, where it listens, and what of it is set at run time."""
    journal, plan, rules = running.journal, running.plan, running.stack.uas.rules
    addresses = running.agent.driver.addresses
    named = {address: name for name, address in running.agent.driver.named.items()}
    return as_json(
        {
            "version": __version__,
            "label": running.http.label,
            "seed": plan.seed,
            "http": running.address,
            "dial": running.dial,
            "listeners": [
                {
                    "transport": address.partition(":")[0],
                    "address": address.partition(":")[2],
                    "name": named.get(address),
                }
                for address in addresses
            ],
            "uptime": round(running.clock() - running.began, 3),
            "rules": len(rules.rules),
            "calls": len(journal.records) + journal.evicted,
            "evicted": journal.evicted,
            "unmatched_answer": _answer(rules),
            "reload": {"ok": True, "at": None, "errors": []},
            "overrides": [],
            "impairments": len(running.stack.impairments),
        }
    )


def _answer(rules: Rules) -> int | str:
    """Return what a request gets that no rule matches: a status, or ``dial``."""
    steps = () if rules.unmatched is None else rules.unmatched.attempts[0]
    return next((step.status for step in steps if isinstance(step, Respond)), "dial")


async def version(_running: Running, _request: web.Request) -> web.StreamResponse:
    """Say which version runs."""
    return as_json({"name": "sip-responder", "version": __version__})


async def alive(_running: Running, _request: web.Request) -> web.StreamResponse:
    """Say that the process runs."""
    return as_json({"status": "ok"})


async def reset(running: Running, _request: web.Request) -> web.StreamResponse:
    """Forget the rules that were added, all counts and the record; what files say stays."""
    running.reset()
    return web.Response(status=204)


OPERATIONS: Final = (
    Operation("GET", "/api/v1/status", status, "Say what runs and where it listens."),
    Operation("POST", "/api/v1/reset", reset, "Forget added rules, counts and the record."),
    Operation("GET", "/version", version, "Say which version runs."),
    Operation("GET", "/livez", alive, "Say that the process runs."),
    Operation("GET", "/readyz", alive, "Say that it answers."),
)
