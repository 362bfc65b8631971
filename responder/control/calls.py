"""What came: ``/api/v1/calls``."""

import asyncio
from typing import Final, cast

from aiohttp import web

from responder import __version__
from responder.control.call_as_rule import as_test, as_yaml
from responder.control.documents import CallDocument, Calls, UnmatchedCall, UnmatchedCalls
from responder.control.operation import Answer, Handler, Operation, Parameter, as_json, number_of
from responder.control.records import find, judged
from responder.control.running import Running
from responder.control.summaries import filter_of, summary
from responder.control.verdicts import nearest_rule, of_record
from responder.journal.record import Record
from responder.report.json import call_document
from responder.report.ladder import draw
from responder.report.pcap import capture
from responder.report.svg import WIDTH, svg

USUAL: Final = 100
MOST: Final = 1_000
"""Calls of one page of the list."""

WIDEST: Final = 4_000
"""Pixels that a ladder may be wide."""

_BATCH: Final = 500
"""Records that are looked at before others have their turn."""

_ANY: Final = 2**62
US: Final = "responder"


async def listed(running: Running, request: web.Request) -> web.StreamResponse:
    """Return the calls that meet a filter, the latest first, page by page."""
    wanted = filter_of(request.query.get("filter", ""))
    limit = number_of(request, "limit", USUAL, MOST)
    before = number_of(request, "before", _ANY, _ANY)
    page: list[Record] = []
    total, more = 0, False
    records = list(running.journal.records)
    for place, record in enumerate(reversed(records), 1):
        if not place % _BATCH and wanted:
            await asyncio.sleep(0)
        if not all(meets(running, record) for meets in wanted):
            continue
        total += 1
        if record.number < before:
            more = len(page) == limit
            if not more:
                page.append(record)
            elif not wanted:
                break
    made: Calls = {
        "calls": [summary(running, record) for record in page],
        "next": page[-1].number if more else None,
        "total": total if wanted else len(records),
        "evicted": running.journal.evicted,
    }
    return as_json(made)


async def unmatched(running: Running, _request: web.Request) -> web.StreamResponse:
    """Return the requests that no rule matched, and the rule that came nearest to each."""
    made: UnmatchedCalls = {
        "calls": [
            cast(
                "UnmatchedCall",
                summary(running, record) | {"nearest": nearest_rule(running, record)},
            )
            for record in reversed(running.rulebook.unmatched())
        ]
    }
    return as_json(made)


async def forget(running: Running, _request: web.Request) -> web.StreamResponse:
    """Forget the record; the rules keep their counts."""
    running.rulebook.count()
    running.journal.clear()
    return web.Response(status=204)


async def detail(running: Running, request: web.Request) -> web.StreamResponse:
    """Return all that is known of one call."""
    record = _found(running, request)
    document = call_document(record, running.plan.epoch, judged(running, record)) | {
        "id": str(record.number),
        "failed": record.failed or None,
        "unmatched": running.unmatched(record),
        "nearest": running.nearest(record) if running.unmatched(record) else None,
        "rules": of_record(running, record),
    }
    return as_json(document)


async def ladder(running: Running, request: web.Request) -> web.StreamResponse:
    """Return the ladder of one call as text."""
    record = _found(running, request)
    lines = draw(record, record.source, US, ours="right")
    return _text("".join(f"{line.text.rstrip()}\n" for line in lines), "text/plain")


async def picture(running: Running, request: web.Request) -> web.StreamResponse:
    """Return the ladder of one call as SVG."""
    record = _found(running, request)
    links = request.query.get("links", "")
    width = number_of(request, "width", WIDTH, WIDEST)
    text = svg(record, record.source, US, ours="right", links=links, width=width)
    response = _text(text, "image/svg+xml")
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    return response


async def packets(running: Running, request: web.Request) -> web.StreamResponse:
    """Return the messages of one call as a capture file."""
    record = _found(running, request)
    program = f"sip-responder/{__version__}"
    data = b"".join(capture([record], epoch=running.plan.epoch, program=program))
    name = f"call-{record.number}.pcapng"
    return web.Response(
        body=data,
        content_type="application/x-pcapng",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


async def rule(running: Running, request: web.Request) -> web.StreamResponse:
    """Return a rule that gives such a request the answer that this one got."""
    return _text(as_yaml(_found(running, request)), "application/yaml")


async def test(running: Running, request: web.Request) -> web.StreamResponse:
    """Return a test for pytest in which such a request gets the answer that this one got."""
    return _text(as_test(_found(running, request)), "text/x-python")


def _found(running: Running, request: web.Request) -> Record:
    return find(running, request.match_info["id"])


def _text(text: str, kind: str) -> web.Response:
    body = text.encode("utf-8", "replace")
    return web.Response(body=body, content_type=kind, charset="utf-8")


_ID: Final = Parameter(
    "id",
    "the id of a call, or latest",
    {"type": "string", "pattern": "^([0-9]{1,15}|latest)$"},
    place="path",
)
_FILTER: Final = Parameter(
    "filter",
    "words that must all hold: status:486 status:5xx status:none rule:trunk method:INVITE"
    " from:alice to:1001 source:10.0.0.1 transport:tcp unmatched failed; any other word is looked"
    " for in who is called, who calls and the Call-ID",
)
_LIMIT: Final = Parameter(
    "limit", "calls of a page", {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL}
)
_BEFORE: Final = Parameter(
    "before",
    "only calls before this number: the next of the page before",
    {"type": "integer", "minimum": 1, "maximum": _ANY},
)
_LINKS: Final = Parameter(
    "links",
    "what the link of each message begins with, behind which its place among the entries stands",
)
_WIDTH: Final = Parameter(
    "width",
    "how wide it is, in pixels of CSS; at least 320",
    {"type": "integer", "minimum": 1, "maximum": WIDEST, "default": WIDTH},
)


def _view(ending: str, handler: Handler, about: str, kind: Answer) -> Operation:
    return Operation(
        "GET",
        "/api/v1/calls/{id}" + ending,
        handler,
        about,
        {200: kind},
        parameters=(_ID, _LINKS, _WIDTH) if ending == ".svg" else (_ID,),
        errors=(404,),
    )


OPERATIONS: Final = (
    Operation(
        "GET",
        "/api/v1/calls",
        listed,
        "List the calls that meet a filter, the latest first.",
        {200: Calls},
        parameters=(_FILTER, _LIMIT, _BEFORE),
        errors=(400,),
    ),
    Operation("DELETE", "/api/v1/calls", forget, "Forget the record.", {204: None}),
    Operation(
        "GET",
        "/api/v1/calls/unmatched",
        unmatched,
        "List the requests that no rule matched, and the rule that came nearest to each.",
        {200: UnmatchedCalls},
    ),
    _view(".txt", ladder, "The ladder of a call as text.", "text/plain"),
    _view(".svg", picture, "The ladder of a call as SVG.", "image/svg+xml"),
    _view(".pcap", packets, "The messages of a call as a capture file.", "application/x-pcapng"),
    _view(".yaml", rule, "A rule that gives such a request the same answer.", "application/yaml"),
    _view(".py", test, "A test for pytest of the same answer.", "text/x-python"),
    _view("", detail, "All that is known of a call.", CallDocument),
)
