"""What the registries hold: who is registered, and what statuses there are."""

from typing import Final

from aiohttp import web

from responder.codes import Code, search
from responder.control.documents import BindingDocument, Bindings, CodeDocument, Codes
from responder.control.operation import Operation, Parameter, as_json
from responder.control.running import Running


async def bindings(running: Running, _request: web.Request) -> web.StreamResponse:
    """Return every contact that is registered."""
    found: list[BindingDocument] = [
        {
            "aor": each.address,
            "contact": each.contact,
            "expires": each.expires,
            "source": each.source,
            "call_id": each.call_id,
            "transport": each.transport,
        }
        for each in running.stack.uas.registrar.bindings(running.clock())
    ]
    made: Bindings = {"bindings": found}
    return as_json(made)


async def codes(_running: Running, request: web.Request) -> web.StreamResponse:
    """Return the statuses that a text may mean, best first; all of them without one."""
    found = search(request.query.get("q", ""))
    made: Codes = {"codes": [_document(code) for code in found]}
    return as_json(made)


def _document(code: Code) -> CodeDocument:
    def names(need: str) -> list[str]:
        return list(dict.fromkeys(rule.name for rule in code.headers if rule.need == need))

    return {
        "code": code.status,
        "phrase": code.phrase,
        "class": f"{code.klass}xx",
        "rfc": code.rfc,
        "section": code.sections,
        "status": code.state,
        "methods": list(code.methods),
        "required_headers": names("required"),
        "recommended_headers": names("recommended"),
        "description": code.description,
    }


OPERATIONS: Final = (
    Operation(
        "GET",
        "/api/v1/registrations",
        bindings,
        "List the contacts that are registered.",
        {200: Bindings},
    ),
    Operation(
        "GET",
        "/api/v1/codes",
        codes,
        "List the statuses that a text may mean, best first.",
        {200: Codes},
        parameters=(
            Parameter("q", "a number, its beginning, or words: 48, 4xx, busy, Retry-After"),
        ),
    ),
)
