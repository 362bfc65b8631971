"""What happens, as server-sent events: ``GET /api/v1/events``."""

import asyncio
import contextlib
import json
from collections import deque
from typing import Final, NamedTuple

from aiohttp import web

from responder.control.changes import Changes
from responder.control.operation import Operation, Parameter
from responder.control.running import Running
from responder.control.summaries import summary

INTERVAL: Final = 0.1
"""Seconds between two looks, while somebody listens."""

PATIENCE: Final = 15.0
"""Seconds of silence after which a comment is sent, so that nobody takes the stream for dead."""

LONGEST: Final = 1.0
"""Seconds between two looks on a machine that has no time for them."""

SHARE: Final = 150
"""One look takes no more than one in so many parts of the time until the next.

Two thousand calls a second take an eighth of a CPU; who watches them is to cost a tenth of that.
"""

MOST_EVENTS: Final = 300
MOST_BYTES: Final = 2 * 1024 * 1024
"""What is kept for listeners that are slow or come back."""


class Event(NamedTuple):
    """One event as it is sent.

    Attributes:
        number: counts events from 1.
        data: its bytes, with the empty line behind it.
    """

    number: int
    data: bytes


class Events:
    """The events of one responder. They are looked for while somebody listens, and never else."""

    def __init__(self, running: Running) -> None:
        self._running = running
        self._changes: Changes | None = None
        self._kept: deque[Event] = deque()
        self._size = 0
        self._number = 0
        self._listeners = 0
        self._looking: asyncio.Task[None] | None = None
        self._news = asyncio.Condition()

    async def stop(self) -> None:
        """Look no longer."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait([self._looking])

    async def listen(self, response: web.StreamResponse, after: int | None) -> None:
        """Send events until the listener goes.

        Args:
            response: what takes them.
            after: the number of the latest event that it has; None for none.
        """
        self._listeners += 1
        try:
            if self._changes is None:
                self._changes = Changes(self._running)
            self._look()
            sent = self._number if after is None else after
            await response.write(b": listening\n\n")
            if self._looking is None:
                self._looking = asyncio.create_task(self._keep_looking())
            while True:
                sent = await self._send(response, sent)
                async with self._news:
                    try:
                        await asyncio.wait_for(self._news.wait(), PATIENCE)
                    except TimeoutError:
                        await response.write(b": still here\n\n")
        finally:
            self._listeners -= 1

    async def _send(self, response: web.StreamResponse, sent: int) -> int:
        first = self._kept[0].number if self._kept else self._number + 1
        if sent > self._number or sent < first - 1:
            await response.write(_event(self._number, "gap", {}))
            return self._number
        for event in list(self._kept):
            if event.number > sent:
                await response.write(event.data)
        return self._number

    async def _keep_looking(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._listeners:
                began = loop.time()
                if self._look():
                    async with self._news:
                        self._news.notify_all()
                took = loop.time() - began
                await asyncio.sleep(min(max(INTERVAL, took * SHARE), LONGEST))
        except Exception as fault:
            self._running.on_fault(fault)
        finally:
            self._looking = None

    def _look(self) -> bool:
        """Keep an event for what has changed; return whether anything has."""
        assert self._changes is not None
        seen = self._changes.look()
        for kind in seen.kinds:
            self._add(kind, {})
        if seen.records:
            calls = [summary(self._running, record) for record in seen.records]
            self._add("calls", {"calls": calls, "left_out": seen.left_out})
        return bool(seen.kinds or seen.records)

    def _add(self, kind: str, data: object) -> None:
        self._number += 1
        event = Event(self._number, _event(self._number, kind, data))
        self._kept.append(event)
        self._size += len(event.data)
        while len(self._kept) > MOST_EVENTS or (self._size > MOST_BYTES and len(self._kept) > 1):
            self._size -= len(self._kept.popleft().data)


def _event(number: int, kind: str, data: object) -> bytes:
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return f"id: {number}\nevent: {kind}\ndata: {text}\n\n".encode()


EVENTS: Final = web.AppKey("events", Events)


async def events(running: Running, request: web.Request) -> web.StreamResponse:
    """Send what happens, as it happens."""
    del running
    latest = request.headers.get("Last-Event-ID", "")
    after = int(latest) if latest.isascii() and latest.isdigit() and len(latest) < 16 else None
    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-store"}
    )
    await response.prepare(request)
    # Who leaves while something is sent just leaves.
    with contextlib.suppress(ConnectionResetError):
        await request.app[EVENTS].listen(response, after)
    return response


OPERATIONS: Final = (
    Operation(
        "GET",
        "/api/v1/events",
        events,
        "Send what happens, as server-sent events.",
        {200: "text/event-stream"},
        parameters=(
            Parameter("Last-Event-ID", "the id of the latest event that is known", place="header"),
        ),
    ),
)
