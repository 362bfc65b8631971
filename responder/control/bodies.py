"""What the API is sent: YAML or JSON, read as scenario files are, with a place for each mistake."""

import asyncio
import re
from collections.abc import Iterable, Sequence
from typing import Annotated, ClassVar, Final, TypeVar

from aiohttp import web
from pydantic import BeforeValidator, Field, ValidationError, WithJsonSchema

from responder.control.documents import Mistake
from responder.control.problem import Problem
from responder.scenario import sentences
from responder.scenario.expect import Bounds
from responder.scenario.expect_model import Count
from responder.scenario.findings import BadScenario, Finding
from responder.scenario.match_model import Match
from responder.scenario.matching import Condition
from responder.scenario.shape import Shape, Shapes
from responder.scenario.values import (
    Duration,
    Impairing,
    Line,
    OneOrMore,
    Status,
    Text,
    Transport,
    one_word,
    whole_number,
)
from responder.scenario.yaml_text import Table, read_yaml
from responder.waiting import STAGES

BODY: Final = "<body>"
"""What the body of a request is called where a scenario file has its name."""

_LARGE: Final = 4_096
_PAIR: Final = re.compile(r"\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})", re.IGNORECASE)


class Wait(Shape):
    """Calls to wait for."""

    WHAT = "a wait"

    match: Match | None = Field(
        None, description="What their first requests have to be; without it every call counts."
    )
    count: Annotated[
        int,
        BeforeValidator(whole_number(1, 100_000)),
        WithJsonSchema({"type": "integer", "minimum": 1, "maximum": 100_000}),
    ] = Field(1, description="How many of them there have to be.")
    timeout: Duration = Field(5.0, description="How long to wait, 5s.")
    status: Annotated[list[Status], OneOrMore()] | None = Field(
        None, min_length=1, description="A status that each has to have got, or several."
    )
    until: (
        Annotated[str, BeforeValidator(one_word(*STAGES)), WithJsonSchema({"enum": [*STAGES]})]
        | None
    ) = Field(
        None,
        description="How far each has to have come; settled, and began for a provisional status.",
    )

    @property
    def stage(self) -> str:
        """How far each has to have come."""
        if self.until is not None:
            return self.until
        provisional = self.status is not None and min(self.status) < 200
        return "began" if provisional else "settled"


class Verify(Shape):
    """How many requests there have to be."""

    WHAT = "a verification"
    MEANT: ClassVar[dict[str, str]] = {
        "count": 'did you mean "transactions"?',
        "calls": 'did you mean "transactions"?',
    }

    match: Match | None = Field(
        None, description="What the requests have to be; without it every one counts."
    )
    transactions: Count = Field(
        description='How many there have to be, retransmissions not counted: 1, ">=2", "2..4".'
    )

    @property
    def bounds(self) -> Bounds:
        """How many there may be."""
        return self.transactions


class DryRun(Shape):
    """A request of which is asked what it would get."""

    WHAT = "a dry run"

    message: Text | None = Field(None, description="The request; its lines may end in LF alone.")
    call: Line | None = Field(None, description="The id of a call, whose first request it is.")
    source: Line = Field("127.0.0.1:5060", description="Where the message is said to come from.")
    transport: Transport = Field("udp", description="What it is said to come over.")
    listener: Line = Field("", description="The name of the listener that it is said to come to.")


class Impairments(Shape):
    """What is to impair all traffic."""

    WHAT = "faults"

    impairments: Impairing = Field(description="As impair of a scenario file; an empty list: none.")


class Value(Shape):
    """The value of a state."""

    WHAT = "a state"

    value: Text = Field(description="What it is from now on.")


S = TypeVar("S", bound=Shape)


async def text_of(request: web.Request) -> str:
    """Return the body of a request as text.

    Raises:
        Problem: it is not UTF-8.
    """
    data = await request.read()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        said = f"The body is not UTF-8: byte 0x{data[fault.start]:02X} at {fault.start}."
        raise Problem(422, said) from None
    # JSON writes what is beyond 16 bits as two halves; YAML knows no halves.
    return _PAIR.sub(lambda pair: _joined(pair[1], pair[2]), text)


def _joined(high: str, low: str) -> str:
    code = 0x10000 + ((int(high, 16) - 0xD800) << 10) + (int(low, 16) - 0xDC00)
    return chr(code)


async def table_of(request: web.Request) -> Table:
    """Return the mapping that the body of a request is.

    Raises:
        Problem: it is none.
    """
    text = await text_of(request)
    if not text.strip():
        raise Problem(422, "The body is empty, expected a mapping as YAML or JSON.")
    try:
        if len(text) < _LARGE:
            return read_yaml(text, BODY)
        return await asyncio.to_thread(read_yaml, text, BODY)
    except BadScenario as bad:
        raise wrong(bad.findings) from None


async def read(request: web.Request, kind: type[S]) -> tuple[S, Table]:
    """Return the body of a request as a model, and its values, which know their places.

    Raises:
        Problem: it does not fit, with each mistake at its place.
    """
    table = await table_of(request)
    shapes: Shapes = {}
    try:
        return kind.model_validate(table, context={"shapes": shapes}), table
    except ValidationError as fault:
        raise wrong(sentences.findings(fault, table, shapes, BODY)) from None


def conditions_of(match: Match | None, table: Table) -> tuple[Condition, ...]:
    """Return what the ``match`` of a body asks of a request."""
    if match is None:
        return ()
    return match.conditions(
        lambda path: f"{BODY}:{sentences.place_of(table, path).line}", ("match",)
    )


def mistakes(findings: Iterable[Finding]) -> list[Mistake]:
    """Return findings as JSON has them."""
    return [
        {
            "file": None if each.file == BODY else each.file,
            "line": each.place.line,
            "column": each.place.column,
            "message": each.text,
        }
        for each in findings
    ]


def wrong(findings: Sequence[Finding]) -> Problem:
    """Return the problem of a body, or of files, that have mistakes."""
    found = [each for each in findings if not each.warning]
    first = found[0]
    where = f"line {first.place.line}, column {first.place.column}: " if first.place.line else ""
    where = where if first.file == BODY else f"{first.file}, {where}"
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    stop = "" if first.text.endswith("?") and not more else "."
    return Problem(422, f"{where}{first.text}{more}{stop}", {"errors": mistakes(found)})


def misuse(table: Table, key: str, text: str) -> Problem:
    """Return the problem of one key of a body."""
    place = table.places[key][1] if key in table.places else table.place
    return wrong([Finding(BODY, place, text)])
