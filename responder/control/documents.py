"""What the API answers with, as types: what a handler returns is held to them, and so is what its
description says.
"""

from typing import Literal, NotRequired

from typing_extensions import TypedDict

from responder.report.json import Moment


class Mistake(TypedDict):
    """One thing that is wrong, or odd, with what was sent or with a scenario file.

    Line and column count from 1; 0 stands for the whole. ``file`` is null for the body of the
    request.
    """

    file: str | None
    line: int
    column: int
    message: str


class ProblemDocument(TypedDict):
    """Why a request was not carried out (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    errors: NotRequired[list[Mistake]]
    nearest: NotRequired["list[NearCall]"]
    count: NotRequired[int]


class MissDocument(TypedDict):
    """One thing that was wanted of a request and is not so."""

    field: str
    wanted: str
    got: str


class VerdictDocument(TypedDict):
    """What becomes of one rule for a request, and why."""

    rule: str
    file: str | None
    line: int | None
    matches: bool
    misses: list[MissDocument]
    why: str


class NearestRule(TypedDict):
    """The rule that came nearest to a request without matching it."""

    rule: str
    file: str | None
    line: int | None
    misses: list[MissDocument]


class Outline(TypedDict):
    """What every list tells of a call, or of a request outside any."""

    id: str
    number: int
    method: str
    target: str
    caller: str
    call_id: str
    transport: str
    source: str
    rule: str | None
    unmatched: bool
    status: int | None
    statuses: list[int]
    began: Moment
    ended: Moment | None
    retransmissions: int
    faults: int
    failed: str | None


class Summary(Outline):
    """A call, or a request outside any, in a few words."""

    nearest: str | None


class NearCall(Summary):
    """A call that is not as it was wanted, and what it misses by."""

    misses: list[MissDocument]


class Calls(TypedDict):
    """A page of the list of calls; ``next`` is the ``before`` of the page behind it."""

    calls: list[Summary]
    next: int | None
    total: int
    evicted: int


class UnmatchedCall(Outline):
    """A request that no rule matched, and the rule that came nearest."""

    nearest: NearestRule | None


class UnmatchedCalls(TypedDict):
    """The requests that no rule matched, the latest first."""

    calls: list[UnmatchedCall]


class FoundCalls(TypedDict):
    """Calls that were waited for, oldest first."""

    calls: list[Summary]


class EntryDocument(TypedDict):
    """One message or remark of a call; a message has ``text``, or ``base64`` where it is none."""

    at: Moment
    offset: float
    kind: Literal["received", "sent", "suppressed", "note", "fault"]
    text: NotRequired[str]
    base64: NotRequired[str]
    again: NotRequired[bool]
    summary: NotRequired[str]


class CallerVerdict(TypedDict):
    """What the caller did right or wrong, as ``expect: caller`` has it."""

    name: str
    outcome: Literal["correct", "wrong"]
    said: str
    seconds: float | None


class CallDocument(TypedDict):
    """All that is known of one call; ``rules`` is what each rule says of its request."""

    id: str
    number: int
    method: str
    target: str
    caller: str
    call_id: str
    transport: str
    source: str
    rule: str | None
    status: int | None
    statuses: list[int]
    began: Moment
    answered: Moment | None
    ended: Moment | None
    retransmissions: int
    left_out: int
    media: dict[str, object] | None
    entries: list[EntryDocument]
    failed: str | None
    unmatched: bool
    nearest: str | None
    verdicts: list[CallerVerdict]
    rules: list[VerdictDocument]


class RuleDocument(TypedDict):
    """One rule; file and line are null where it came over HTTP."""

    name: str
    scenario: str
    file: str | None
    line: int | None
    origin: Literal["file", "runtime"]
    used: int
    yaml: str


class RulesDocument(TypedDict):
    """Every rule, in the order in which they are tried."""

    rules: list[RuleDocument]
    etag: str


class AddedRules(TypedDict):
    """The rules that were added or changed, and what is odd about what was sent."""

    rules: list[RuleDocument]
    warnings: list[Mistake]
    etag: str


class Reloaded(TypedDict):
    """What files came to that were read again."""

    rules: int
    warnings: list[Mistake]


class Matched(TypedDict):
    """What a request gets: which rule answers it, and what becomes of each."""

    rule: str | None
    answer: str
    verdicts: list[VerdictDocument]


class Verified(TypedDict):
    """That there are as many as there have to be."""

    held: Literal[True]
    count: int


class Faults(TypedDict):
    """What impairs all traffic, as ``impair`` of a scenario file has it."""

    impairments: list[dict[str, str | float]]


class StateValue(TypedDict):
    """One state; its key is that of its scenario, or ``scenario/name`` for one of several."""

    key: str
    value: str


class States(TypedDict):
    """Every state."""

    states: list[StateValue]


class BindingDocument(TypedDict):
    """A contact that is registered."""

    aor: str
    contact: str
    expires: int
    source: str
    call_id: str
    transport: str


class Bindings(TypedDict):
    """Every contact that is registered."""

    bindings: list[BindingDocument]


CodeDocument = TypedDict(
    "CodeDocument",
    {
        "code": int,
        "phrase": str,
        "class": str,
        "rfc": str,
        "section": str,
        "status": str,
        "methods": list[str],
        "required_headers": list[str],
        "recommended_headers": list[str],
        "description": str,
    },
)
"""One status of the registry; ``status`` is ``current``, ``deprecated`` or ``reserved``."""


class Codes(TypedDict):
    """Statuses of the registry."""

    codes: list[CodeDocument]


class Listener(TypedDict):
    """An address that SIP is listened on; the name is that of a scenario."""

    transport: str
    address: str
    name: str | None


class ReloadDocument(TypedDict):
    """What became of the scenario files when they were last read again."""

    ok: bool
    at: Moment | None
    errors: list[Mistake]


class Status(TypedDict):
    """What runs, where it listens, and what of it was set at run time."""

    version: str
    label: str | None
    seed: int | None
    http: str
    dial: list[str]
    listeners: list[Listener]
    uptime: float
    rules: int
    calls: int
    evicted: int
    unmatched_answer: int | str
    reload: ReloadDocument
    overrides: list[str]
    impairments: int


class Alive(TypedDict):
    """That it runs."""

    status: Literal["ok"]


class Version(TypedDict):
    """Which version runs."""

    name: str
    version: str
