"""One operation of the API: its path, what carries it out, and what its description says."""

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from aiohttp import web

from responder.control.running import Running

JSON: Final = "application/json"

Handler: TypeAlias = Callable[[Running, web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation.

    Attributes:
        method: of HTTP.
        path: its path, with parameters in braces.
        handler: carries it out.
        summary: what it does, in one sentence.
    """

    method: str
    path: str
    handler: Handler
    summary: str


Operations: TypeAlias = Sequence[Operation]


def as_json(document: object, status: int = 200) -> web.Response:
    """Return a response with a document."""
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    return web.Response(status=status, body=body, content_type=JSON, charset="utf-8")
