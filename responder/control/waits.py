"""Calls that are waited for, and how many there are: ``/api/v1/calls/wait``, ``/api/v1/verify``."""

import asyncio
from collections.abc import Sequence
from typing import Final

from aiohttp import web

from responder.control.bodies import Verify, Wait, conditions_of, read
from responder.control.documents import FoundCalls, NearCall, Verified
from responder.control.operation import Operation, as_json
from responder.control.problem import Problem
from responder.control.running import Running
from responder.control.summaries import summary
from responder.control.verdicts import missed
from responder.journal.record import Record
from responder.queries import nearest, select
from responder.report.misses import Miss, shown
from responder.scenario.matching import Condition
from responder.waiting import Goal, Waits

GLANCE: Final = 0.02
"""Seconds between two looks while somebody waits."""

TOLD: Final = 3
"""Calls that came near, of those that are told of."""

_PLACE: Final = "POST /api/v1/calls/wait"


async def wait(running: Running, request: web.Request) -> web.StreamResponse:
    """Wait for calls; a time-out names those that came nearest."""
    asked, table = await read(request, Wait)
    conditions = conditions_of(asked.match, table)
    goal = Goal(conditions, asked.status, asked.stage, asked.count, False, _PLACE)
    waits = Waits(running.journal)
    waiting = waits.begin(goal)
    loop = asyncio.get_running_loop()
    latest = loop.time() + asked.timeout
    while not waiting.result.done() and loop.time() < latest:
        await asyncio.sleep(min(GLANCE, max(0.0, latest - loop.time())))
        waits.look()
    if not waiting.result.done():
        near = waits.near(waiting)[:TOLD]
        said, *more = waits.reason(waiting, f"not within {asked.timeout:g} s").splitlines()
        # What came near is told of apart.
        detail = ". ".join([said] if near else [said, *more])
        raise Problem(
            408,
            _sentence(detail.removeprefix(f"{_PLACE}: ")),
            {"nearest": [_near(running, *each) for each in near]},
        )
    made: FoundCalls = {"calls": [summary(running, each) for each in waiting.result.result()]}
    return as_json(made)


async def verify(running: Running, request: web.Request) -> web.StreamResponse:
    """Say whether there are as many requests as there have to be; never by a guess."""
    asked, table = await read(request, Verify)
    conditions = conditions_of(asked.match, table)
    records = list(running.journal.records)
    found = select(records, conditions)
    count, bounds, evicted = len(found), asked.bounds, running.journal.evicted
    enough = count >= bounds.least
    too_many = bounds.most is not None and count > bounds.most
    # What was dropped can only have made them more.
    sure = not evicted or too_many or (enough and bounds.most is None)
    if not sure:
        raise Problem(
            410,
            f"{count} are in the record, and {evicted} others were dropped to make room: how many"
            " there were is not known. Reset before what is to be counted, or keep more with"
            " --journal-calls and --journal-bytes.",
            {"count": count},
        )
    if not enough or too_many:
        raise Problem(
            409,
            f"{bounds} expected, {count} came.",
            {"count": count, "nearest": _nearest(running, records, conditions)},
        )
    made: Verified = {"held": True, "count": count}
    return as_json(made)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _nearest(
    running: Running, records: Sequence[Record], conditions: Sequence[Condition]
) -> list[NearCall]:
    return [
        {**summary(running, each.record), "misses": missed(each.misses)}
        for each in nearest(records, conditions)[:TOLD]
    ]


def _near(running: Running, misses: Sequence[Miss], record: Record) -> NearCall:
    return {
        **summary(running, record),
        "misses": [
            {"field": each.field, "wanted": each.wanted, "got": shown(each.got)} for each in misses
        ],
    }


OPERATIONS: Final = (
    Operation(
        "POST",
        "/api/v1/calls/wait",
        wait,
        "Wait until there are so many calls; 408 tells which came nearest.",
        {200: FoundCalls},
        body=Wait,
        errors=(408, 422),
    ),
    Operation(
        "POST",
        "/api/v1/verify",
        verify,
        "Say whether there are as many requests as there have to be; 409 tells which came nearest,"
        " 410 that records were dropped that may have counted.",
        {200: Verified},
        body=Verify,
        errors=(409, 410, 422),
    ),
)
