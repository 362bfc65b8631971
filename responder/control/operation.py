"""One operation of the API: its path, what carries it out, and what its description says."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from aiohttp import web

from responder.control.problem import Problem
from responder.control.running import Running
from responder.scenario.shape import Shape

JSON: Final = "application/json"

Handler: TypeAlias = Callable[[Running, web.Request], Awaitable[web.StreamResponse]]

Answer: TypeAlias = type | str | None
"""What a response holds: a type of `responder.control.documents`, the media type of something else,
or None for nothing."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a path, of a query, or a header field.

    Attributes:
        name: its name.
        about: what it is, in a phrase.
        schema: its JSON Schema.
        place: where it stands.
    """

    name: str
    about: str
    schema: Mapping[str, object] = field(default_factory=lambda: {"type": "string"})
    place: Literal["query", "header", "path"] = "query"


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation.

    Attributes:
        method: of HTTP.
        path: its path, with parameters in braces.
        handler: carries it out.
        summary: what it does, in one sentence.
        answers: what it answers with, by status.
        body: what it is sent; ``rules`` for a rule or a scenario, ``rule`` for a rule alone.
        parameters: those of its query and header, and of its path where more is to be said of them.
        errors: the statuses of the problems that it answers with, beside those of any request.
        guarded: whether a token is asked for where one is.
    """

    method: str
    path: str
    handler: Handler
    summary: str
    answers: Mapping[int, Answer]
    body: type[Shape] | Literal["rules", "rule"] | None = None
    parameters: Sequence[Parameter] = ()
    errors: Sequence[int] = ()
    guarded: bool = True


Operations: TypeAlias = Sequence[Operation]


def as_json(
    document: Mapping[str, object], status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    """Return a response with a document."""
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode(
        "utf-8", "replace"
    )
    return web.Response(
        status=status, body=body, content_type=JSON, charset="utf-8", headers=headers
    )


def number_of(request: web.Request, name: str, usual: int, most: int) -> int:
    """Return a number of a query.

    Raises:
        Problem: it is none, or none from 1 to ``most``.
    """
    text = request.query.get(name)
    if text is None:
        return usual
    if not (text.isascii() and text.isdigit() and len(text) < 20 and 1 <= int(text) <= most):
        raise Problem(400, f'{name}: found "{text}", expected a number from 1 to {most}.')
    return int(text)
