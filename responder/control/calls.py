"""What came: ``/api/v1/calls``."""

import asyncio
from typing import Final

from aiohttp import web

from responder import __version__
from responder.control.operation import Operation, as_json
from responder.control.problem import Problem
from responder.control.running import Running
from responder.control.summaries import filter_of, summary
from responder.journal.record import Record
from responder.report.json import call_document
from responder.report.ladder import draw
from responder.report.pcap import capture
from responder.report.svg import svg

USUAL: Final = 100
MOST: Final = 1_000
"""Calls of one page of the list."""

_BATCH: Final = 500
"""Records that are looked at before others have their turn."""

US: Final = "responder"


async def listed(running: Running, request: web.Request) -> web.StreamResponse:
    """Return the calls that meet a filter, the latest first, page by page."""
    query = request.query
    wanted = filter_of(query.get("filter", ""))
    limit = number_of(query.get("limit"), "limit", USUAL, MOST)
    before = number_of(query.get("before"), "before", 2**62, 2**62)
    page: list[Record] = []
    total, more = 0, False
    records = list(running.journal.records)
    for place, record in enumerate(reversed(records)):
        if place % _BATCH == _BATCH - 1 and wanted:
            await asyncio.sleep(0)
        if not all(meets(running, record) for meets in wanted):
            continue
        total += 1
        if record.number < before:
            if len(page) < limit:
                page.append(record)
            else:
                more = True
                if not wanted:
                    total = len(records)
                    break
    return as_json(
        {
            "calls": [summary(running, record) for record in page],
            "next": page[-1].number if more else None,
            "total": total,
            "evicted": running.journal.evicted,
        }
    )


async def forget(running: Running, _request: web.Request) -> web.StreamResponse:
    """Forget the record."""
    running.rulebook.count()
    running.journal.clear()
    return web.Response(status=204)


async def detail(running: Running, request: web.Request) -> web.StreamResponse:
    """Return all that is known of one call."""
    record = found(running, request)
    return as_json(
        call_document(record, running.plan.epoch)
        | {
            "id": str(record.number),
            "verdicts": [],
            "failed": record.failed or None,
            "unmatched": running.unmatched(record),
            "nearest": running.nearest(record),
        }
    )


async def ladder(running: Running, request: web.Request) -> web.StreamResponse:
    """Return the ladder of one call as text."""
    record = found(running, request)
    lines = draw(record, record.source, US, ours="right")
    text = "".join(f"{line.text.rstrip()}\n" for line in lines)
    return web.Response(text=text, content_type="text/plain", charset="utf-8")


async def picture(running: Running, request: web.Request) -> web.StreamResponse:
    """Return the ladder of one call as SVG."""
    record = found(running, request)
    text = svg(record, record.source, US, ours="right", links=request.query.get("links", ""))
    return web.Response(
        text=text,
        content_type="image/svg+xml",
        charset="utf-8",
        headers={"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"},
    )


async def packets(running: Running, request: web.Request) -> web.StreamResponse:
    """Return the messages of one call as a capture file."""
    record = found(running, request)
    program = f"sip-responder/{__version__}"
    data = b"".join(capture([record], epoch=running.plan.epoch, program=program))
    return web.Response(
        body=data,
        content_type="application/x-pcapng",
        headers={"Content-Disposition": f'attachment; filename="call-{record.number}.pcapng"'},
    )


def found(running: Running, request: web.Request) -> Record:
    """Return the record that the path of a request names.

    Raises:
        Problem: there is none.
    """
    name = request.match_info["id"]
    records = running.journal.records
    if name == "latest":
        if not records:
            raise Problem(404, "There is no call yet.")
        return records[-1].identify()
    if name.isascii() and name.isdigit() and len(name) < 16:
        number = int(name)
        for record in reversed(records):
            if record.number == number:
                return record.identify()
            if record.number < number:
                break
    dropped = running.journal.evicted
    why = f" {dropped} were dropped to make room." if dropped else ""
    raise Problem(404, f'There is no call "{name}" in the record.{why}')


def number_of(text: str | None, name: str, usual: int, most: int) -> int:
    """Return a number of a query.

    Raises:
        Problem: it is none, or none from 1 to ``most``.
    """
    if text is None:
        return usual
    if not (text.isascii() and text.isdigit() and len(text) < 20 and 1 <= int(text) <= most):
        raise Problem(400, f'{name}: found "{text}", expected a number from 1 to {most}.')
    return int(text)


OPERATIONS: Final = (
    Operation("GET", "/api/v1/calls", listed, "List the calls, the latest first."),
    Operation("DELETE", "/api/v1/calls", forget, "Forget the record."),
    Operation("GET", "/api/v1/calls/{id}.txt", ladder, "The ladder of a call as text."),
    Operation("GET", "/api/v1/calls/{id}.svg", picture, "The ladder of a call as SVG."),
    Operation("GET", "/api/v1/calls/{id}.pcap", packets, "The messages of a call as a capture."),
    Operation("GET", "/api/v1/calls/{id}", detail, "All that is known of a call."),
)
