"""What tells calls, dialogs and transactions apart: tags, CSeq and branches (RFC 3261 8.1.1)."""

from collections.abc import Iterator
from typing import Final

from responder.journal.verdicts.evidence import Evidence
from responder.journal.verdicts.reading import Reading, Seen
from responder.journal.verdicts.rule import Rule
from responder.journal.verdicts.verdict import Fault, Finding, checked, right, shown, wrong
from responder.sip.headers.cseq import LIMIT
from responder.sip.headers.via import COOKIE


def _judge_tags(evidence: Evidence) -> Iterator[Finding]:
    if evidence.attempt is None:
        # What opened the record belongs to a dialog that another record may hold.
        return
    own = evidence.attempt.request.from_tag
    for seen in evidence.reading.made:
        yield from checked(seen.at, _tags(evidence.reading, seen, own))


def _tags(reading: Reading, seen: Seen, own: bytes) -> Iterator[Fault]:
    if not seen.from_tag:
        yield f"no tag in the From of the {seen.name}", "one", "RFC 3261 8.1.1.3"
    elif own and seen.from_tag != own:
        yield (
            f"the From tag of the {seen.name} is {shown(seen.from_tag)}",
            f"{shown(own)}, as at the start of the call",
            "RFC 3261 12.2.1.1",
        )
    if seen.to_tag and seen.to_tag not in reading.our_tags:
        yield (
            f"the To tag of the {seen.name} is {shown(seen.to_tag)}",
            "one that a response gave",
            "RFC 3261 12.2.1.1",
        )


def _judge_cseq(evidence: Evidence) -> Iterator[Finding]:
    for seen in evidence.reading.made:
        yield from checked(seen.at, _cseq(seen))
    if evidence.attempt is None:
        return
    latest: dict[bytes, int] = {}
    for exchange in evidence.reading.exchanges:
        request = exchange.request
        if exchange.method != b"CANCEL" and request.number is not None:
            # A call that was answered twice has two dialogs, each with numbers of its own.
            before = [latest.get(tag, -1) for tag in (b"", request.to_tag)]
            if request.number <= max(before):
                yield _not_higher(request, max(before), "RFC 3261 12.2.1.1")
            latest[request.to_tag] = max(before[1], request.number)
    highest = max(latest.values(), default=-1)
    for later in evidence.continued:
        request = later.request
        if request.number is None:
            continue
        if request.number <= highest:
            yield _not_higher(request, highest, "RFC 3261 8.1.3.5")
        else:
            yield right(request.at)
        # The next attempt after that is for the verdict on this later one.
        break


def _cseq(seen: Seen) -> Iterator[Fault]:
    value = seen.message.fields.get(b"cseq", b"")
    what = f"the CSeq of the {seen.name} is {shown(value) or 'missing'}"
    if seen.number is None:
        yield what, "a number and the method", "RFC 3261 8.1.1.5"
    elif seen.number > LIMIT:
        yield what, "a number below 2**31", "RFC 3261 8.1.1.5"
    elif value.split()[1:] != [seen.method]:
        yield what, "the method of the request", "RFC 3261 8.1.1.5"


def _not_higher(request: Seen, highest: int, section: str) -> Finding:
    seen = f"the CSeq number of the next {request.name} is {request.number}"
    return wrong(request.at, seen, f"one above {highest}", section)


def _judge_branch(evidence: Evidence) -> Iterator[Finding]:
    reading = evidence.reading
    taken: dict[bytes, Seen] = {}
    for exchange in reading.exchanges:
        request = exchange.request
        yield from checked(request.at, _branch(request))
        other = taken.setdefault(request.branch, request)
        if other is not request and exchange.method != b"CANCEL" and request.branch:
            yield _taken(request, other)
        for copy in exchange.copies:
            if (copy.number, copy.call_id) != (request.number, request.call_id):
                yield _taken(copy, request)
    for later in evidence.later:
        first = taken.get(later.request.branch)
        if first is not None and later.request.branch:
            yield _taken(later.request, first)


def _branch(seen: Seen) -> Iterator[Fault]:
    via = seen.via
    if via is None or not via.has_cookie:
        branch = shown(seen.branch) or "missing"
        yield (
            f"the branch of the {seen.name} is {branch}",
            f"{COOKIE.decode()} and more behind it",
            "RFC 3261 8.1.1.7",
        )


def _taken(seen: Seen, first: Seen) -> Finding:
    return wrong(
        seen.at,
        f"the {seen.name} with CSeq {seen.number} has the branch of the {first.name} before it",
        "a branch of its own for each request",
        "RFC 3261 8.1.1.7",
    )


TAGS: Final = Rule(
    "tags",
    "From has a tag that stays the same in a call, and To has none but those that we gave",
    ("RFC 3261 8.1.1.3", "RFC 3261 12.2.1.1"),
    _judge_tags,
)
CSEQ: Final = Rule(
    "cseq",
    "CSeq has the method of the request and a number below 2**31 that grows with each request of "
    "a call",
    ("RFC 3261 8.1.1.5", "RFC 3261 8.1.3.5", "RFC 3261 12.2.1.1"),
    _judge_cseq,
)
BRANCH: Final = Rule(
    "branch",
    "Each request has a branch that begins with z9hG4bK and that no other request has",
    ("RFC 3261 8.1.1.7",),
    _judge_branch,
)
