"""The HTTP server: routes, what stands before them, and what becomes of their mistakes.

Importing this file costs aiohttp and pydantic: `responder.control.door` does it for the first
visitor.
"""

import asyncio
import json
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import cache
from typing import Final

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from responder import __version__
from responder.control import (
    calls,
    events,
    faults,
    registry,
    rules,
    states,
    static,
    status,
    verdicts,
    waits,
)
from responder.control.metrics import Metrics
from responder.control.metrics_moment import sockets_of
from responder.control.openapi import description
from responder.control.operation import JSON, Handler, Operation
from responder.control.problem import Problem
from responder.control.running import Running
from responder.control.security import let_in
from responder.control.visitors import Visitors

LARGEST: Final = 1024 * 1024
"""Bytes of a body that is taken."""

OPERATIONS: Final[tuple[Operation, ...]] = (
    *status.OPERATIONS,
    *rules.OPERATIONS,
    *verdicts.OPERATIONS,
    *waits.OPERATIONS,
    *calls.OPERATIONS,
    *faults.OPERATIONS,
    *states.OPERATIONS,
    *registry.OPERATIONS,
    *events.OPERATIONS,
)

_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Server": f"sip-responder/{__version__}",
}

_THEIRS: Final = (HttpProcessingError, ConnectionError)
"""What a visitor does wrong."""

Next = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Server:
    """Serves one responder over HTTP."""

    def __init__(self, running: Running) -> None:
        self._running = running
        self._events = events.Events(running)
        self._runner: web.AppRunner | None = None
        self._listening: asyncio.Server | None = None
        self._visitors: Visitors | None = None

    async def start(self, sock: socket.socket) -> None:
        """Serve what comes in on a listening socket."""
        self._runner = web.AppRunner(
            application(self._running, self._events, self._asked),
            access_log=None,
            handle_signals=False,
            logger=_logger(self._running),
            shutdown_timeout=0.2,
        )
        await self._runner.setup()
        assert self._runner.server is not None
        self._visitors = Visitors(self._runner.server)
        loop = asyncio.get_running_loop()
        self._listening = await loop.create_server(self._visitors, sock=sock)

    async def stop(self) -> None:
        """Close every connection."""
        if self._listening is not None:
            self._listening.close()
        await self._events.stop()
        if self._runner is not None:
            await self._runner.cleanup()

    def _asked(self, visitor: asyncio.BaseProtocol) -> None:
        if self._visitors is not None:
            self._visitors.asked(visitor)


def _logger(running: Running) -> logging.Logger:
    """Return where aiohttp tells of its own faults; that a visitor writes no HTTP is none."""

    class Told(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            fault = record.exc_info[1] if record.exc_info else None
            if isinstance(fault, Exception) and not isinstance(fault, _THEIRS):
                running.on_fault(fault)

    logger = logging.Logger("responder.control", logging.WARNING)
    logger.addHandler(Told())
    return logger


def application(
    running: Running, heard: events.Events, asked: Callable[[asyncio.BaseProtocol], None]
) -> web.Application:
    """Return the application of one responder.

    Args:
        running: the responder.
        heard: its events.
        asked: takes the connection of each request.
    """

    @web.middleware
    async def answered(request: web.Request, handler: Next) -> web.StreamResponse:
        asked(request.protocol)
        try:
            let_in(running.http, request)
            return await handler(request)
        except Problem as problem:
            return problem.response()
        except web.HTTPException as refusal:
            return _refused(refusal, request)
        except (ConnectionError, asyncio.CancelledError):
            raise
        except Exception as fault:
            running.on_fault(fault)
            return Problem(500, "The responder failed at its own work: see its log.").response()

    app = web.Application(middlewares=[answered], client_max_size=LARGEST)
    app[events.EVENTS] = heard
    app.on_response_prepare.append(_dress)
    for each in OPERATIONS:
        path = each.path.replace("{name}", "{name:.+}").replace("{key}", "{key:.+}")
        bound = _bound(each.handler, running)
        app.router.add_route(each.method, path, bound)
        if each.method == "GET" and each.handler is not events.events:
            app.router.add_route("HEAD", path, bound)
    app.router.add_get("/openapi.json", _described)
    app.router.add_get("/", static.index)
    app.router.add_get("/page/{name}", static.file)
    _mount_metrics(app, running)
    return app


def _bound(handler: Handler, running: Running) -> Next:
    async def bound(request: web.Request) -> web.StreamResponse:
        return await handler(running, request)

    return bound


def _mount_metrics(app: web.Application, running: Running) -> None:
    metrics = Metrics(running.stack, running.clock, lambda: sockets_of(running.agent))

    async def expose(request: web.Request) -> web.StreamResponse:
        body, content_type = metrics.expose(request.headers.get("Accept", ""))
        return web.Response(body=body, headers={"Content-Type": content_type})

    async def looking(_app: web.Application) -> AsyncIterator[None]:
        metrics.lag.start()
        yield
        metrics.lag.stop()

    app.cleanup_ctx.append(looking)
    app.router.add_get("/metrics", expose)


@cache
def _document() -> bytes:
    return json.dumps(description(OPERATIONS), ensure_ascii=False, indent=1).encode()


async def _described(_request: web.Request) -> web.StreamResponse:
    return web.Response(body=_document(), content_type=JSON, charset="utf-8")


async def _dress(_request: web.Request, response: web.StreamResponse) -> None:
    """Set the header fields that every response has."""
    for name, value in _HEADERS.items():
        response.headers[name] = value
    response.headers.setdefault("Content-Security-Policy", static.POLICY)
    response.headers.setdefault("Cache-Control", "no-store")


def _refused(refusal: web.HTTPException, request: web.Request) -> web.Response:
    """Return the problem that aiohttp's own refusals are."""
    headers = {"Allow": refusal.headers["Allow"]} if "Allow" in refusal.headers else {}
    said = {
        404: f"There is nothing at {request.path}.",
        405: f"{request.path} takes {refusal.headers.get('Allow', '')}, not {request.method}.",
        413: f"The body is larger than {LARGEST:,} bytes.",
    }
    detail = said.get(refusal.status, refusal.reason)
    return Problem(refusal.status, detail, headers=headers).response()
