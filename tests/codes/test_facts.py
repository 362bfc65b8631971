"""The registry holds what is known of the codes: a table of our own, and the project's facts.

The facts are a CSV file beside the repository. Where it is missing, the table below still holds.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from responder.codes import Code, HeaderRule, all_codes, lookup

FACTS = Path(__file__).resolve().parents[3] / "shared" / "facts" / "codes.csv"

# status | phrase | RFC | state | names of the required header fields
ESSENTIALS = """
100 | Trying | RFC 3261 | current | Timestamp
180 | Ringing | RFC 3261 | current | Contact RSeq Record-Route Require
181 | Call Is Being Forwarded | RFC 3261 | current | Contact RSeq Record-Route Require
182 | Queued | RFC 3261 | current | Contact RSeq Record-Route Require
183 | Session Progress | RFC 3261 | current | Contact RSeq Record-Route Require
199 | Early Dialog Terminated | RFC 6228 | current | RSeq Reason Require
200 | OK | RFC 3261 | current | Contact Expires Record-Route Recv-Info SIP-ETag
202 | Accepted | RFC 6665 | deprecated |
204 | No Notification | RFC 5839 | current | Expires
300 | Multiple Choices | RFC 3261 | current |
301 | Moved Permanently | RFC 3261 | current |
302 | Moved Temporarily | RFC 3261 | current |
305 | Use Proxy | RFC 3261 | current | Contact
380 | Alternative Service | RFC 3261 | current |
400 | Bad Request | RFC 3261 | current |
401 | Unauthorized | RFC 3261 | current | WWW-Authenticate
402 | Payment Required | RFC 3261 | reserved |
403 | Forbidden | RFC 3261 | current |
404 | Not Found | RFC 3261 | current |
405 | Method Not Allowed | RFC 3261 | current | Allow
406 | Not Acceptable | RFC 3261 | current |
407 | Proxy Authentication Required | RFC 3261 | current | Proxy-Authenticate
408 | Request Timeout | RFC 3261 | current |
409 | Conflict | RFC 2543 | deprecated |
410 | Gone | RFC 3261 | current |
411 | Length Required | RFC 2543 | deprecated |
412 | Conditional Request Failed | RFC 3903 | current |
413 | Request Entity Too Large | RFC 3261 | current |
414 | Request-URI Too Long | RFC 3261 | current |
415 | Unsupported Media Type | RFC 3261 | current | Accept Accept-Encoding Accept-Language
416 | Unsupported URI Scheme | RFC 3261 | current |
417 | Unknown Resource-Priority | RFC 4412 | current |
420 | Bad Extension | RFC 3261 | current | Unsupported
421 | Extension Required | RFC 3261 | current | Require
422 | Session Interval Too Small | RFC 4028 | current | Min-SE
423 | Interval Too Brief | RFC 3261 | current | Min-Expires
424 | Bad Location Information | RFC 6442 | current | Geolocation-Error
425 | Bad Alert Message | RFC 8876 | current | AlertMsg-Error
428 | Use Identity Header | RFC 8224 | current |
429 | Provide Referrer Identity | RFC 3892 | current |
430 | Flow Failed | RFC 5626 | current |
433 | Anonymity Disallowed | RFC 5079 | current |
436 | Bad Identity Info | RFC 8224 | current |
437 | Unsupported Credential | RFC 8224 | current |
438 | Invalid Identity Header | RFC 8224 | current |
439 | First Hop Lacks Outbound Support | RFC 5626 | current |
440 | Max-Breadth Exceeded | RFC 5393 | current |
469 | Bad Info Package | RFC 6086 | current | Recv-Info
470 | Consent Needed | RFC 5360 | current |
480 | Temporarily Unavailable | RFC 3261 | current |
481 | Call/Transaction Does Not Exist | RFC 3261 | current |
482 | Loop Detected | RFC 3261 | current |
483 | Too Many Hops | RFC 3261 | current |
484 | Address Incomplete | RFC 3261 | current |
485 | Ambiguous | RFC 3261 | current |
486 | Busy Here | RFC 3261 | current |
487 | Request Terminated | RFC 3261 | current |
488 | Not Acceptable Here | RFC 3261 | current |
489 | Bad Event | RFC 6665 | current |
491 | Request Pending | RFC 3261 | current |
493 | Undecipherable | RFC 3261 | current |
494 | Security Agreement Required | RFC 3329 | current | Security-Server
500 | Server Internal Error | RFC 3261 | current |
501 | Not Implemented | RFC 3261 | current |
502 | Bad Gateway | RFC 3261 | current |
503 | Service Unavailable | RFC 3261 | current |
504 | Server Time-out | RFC 3261 | current |
505 | Version Not Supported | RFC 3261 | current |
513 | Message Too Large | RFC 3261 | current |
555 | Push Notification Service Not Supported | RFC 8599 | current |
580 | Precondition Failure | RFC 3312 | current |
600 | Busy Everywhere | RFC 3261 | current |
603 | Decline | RFC 3261 | current |
604 | Does Not Exist Anywhere | RFC 3261 | current |
606 | Not Acceptable | RFC 3261 | current |
607 | Unwanted | RFC 8197 | current |
608 | Rejected | RFC 8688 | current | Call-Info
"""


@pytest.mark.parametrize(
    "line", [pytest.param(line, id=line[:3]) for line in ESSENTIALS.strip().splitlines()]
)
def test_essentials(line: str) -> None:
    status, phrase, rfc, state, names = (part.strip() for part in f"{line} ".split(" |"))
    code = lookup(int(status))
    required = {rule.name for rule in code.headers if rule.need == "required"}
    assert (code.phrase, code.rfc, code.state) == (phrase, rfc, state)
    # What one option tag of the caller makes mandatory stands here as well.
    assert required - set(names.split()) == ({"Require"} if code.status == 494 else set())
    assert set(names.split()) <= required


def test_essentials_cover_the_registry() -> None:
    statuses = [int(line[:3]) for line in ESSENTIALS.strip().splitlines()]
    assert statuses == [code.status for code in all_codes()]


def test_phrases_that_the_requested_table_writes_otherwise() -> None:
    assert {code.status: code.requested for code in all_codes() if code.requested} == {
        202: "accepted",
        414: "Request URI Too Long",
        417: "Uknown Resource-Priority",
        437: "Unsupported Certificate",
    }


def test_codes_that_iana_does_not_list() -> None:
    assert [code.status for code in all_codes() if not code.registered] == [409, 411]


# What the facts say in prose about when a field is sent, and the registry in conditions.
CONDITIONS = {
    "if in request": {"in-request"},
    "UAS response with To tag": {"dialog"},
    "reliable": {"reliable"},
    "reliable: 100rel": {"reliable"},
    "if body": {"body"},
    "certs-only S/MIME body": {"body"},
    "SDP showing failed precondition": {"body"},
    "PIDF-LO body with proper location": {"body"},
    "MUST: sec-agree when UAC only listed it in Supported": {"supported:sec-agree"},
    "MUST with sec-agree": {"not-supported:sec-agree"},
}
# Remarks that are about the value of a field, or that no condition can express.
REMARKS = {
    "MUST 0-10 s random for overlapping INVITE/UPDATE",
    "SHOULD if temporary",
    "digest chosen",
    "one per binding, with expires",
    "purpose=jwscard, MUST unless misuse is suspected",
}


@dataclass(frozen=True)
class Item:
    """One item of the facts' header columns: `METHOD:Name/Alternative{condition}`."""

    names: tuple[str, ...]
    method: str | None
    conditions: frozenset[str]


def _items(column: str) -> Iterator[Item]:
    for text in filter(None, column.split(";")):
        found = re.fullmatch(r"(?:([A-Z]+):)?([A-Za-z/-]+)(?:\{(.*)\})?", text)
        assert found, text
        method, names, remark = found.groups()
        if remark is not None and remark not in CONDITIONS:
            assert remark in REMARKS, remark
        yield Item(
            tuple(names.split("/")), method, frozenset(CONDITIONS.get(remark or "", frozenset()))
        )


def _covers(rule: HeaderRule, name: str, item: Item) -> bool:
    return (
        rule.name == name
        and (item.method is None or not rule.methods or item.method in rule.methods)
        and item.conditions <= set(rule.when)
    )


def _fact_rows() -> list[dict[str, str]]:
    if not FACTS.is_file():
        return []
    with FACTS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


ROWS = _fact_rows()
each_fact = pytest.mark.parametrize("row", ROWS, ids=[row["code"] for row in ROWS])
needs_facts = pytest.mark.skipif(not ROWS, reason="the facts are not beside the repository")


def _code(row: dict[str, str]) -> Code:
    return lookup(int(row["code"]))


@needs_facts
def test_facts_and_registry_have_the_same_codes() -> None:
    assert [int(row["code"]) for row in ROWS] == [code.status for code in all_codes()]


@needs_facts
@each_fact
def test_names_and_places(row: dict[str, str]) -> None:
    code = _code(row)
    assert code.phrase == row["canonical_reason_phrase"]
    seed = row["seed_phrase"] or code.phrase
    assert (code.requested or code.phrase) == seed
    assert f"{code.klass}xx" == row["class"]
    assert code.state == row["status"]
    assert code.registered == ("Not in the IANA registry" not in row["note"])
    defining = re.match(r"RFC \d+ §[\d.]+", row["rfc"])
    assert defining
    assert code.reference == defining.group()
    rfcs = set(re.findall(r"RFC \d+", row["rfc"])) - {"RFC 3261"}
    assert rfcs <= {place.split(" §")[0] for place in code.references}
    methods = [name for name in row["methods_typical"].split(";") if name != "any with body"]
    assert list(code.methods) == methods
    assert code.description != row["note"]


@needs_facts
@each_fact
def test_every_required_header_is_required(row: dict[str, str]) -> None:
    rules = [rule for rule in _code(row).headers if rule.need == "required"]
    for item in _items(row["required_headers"]):
        for name in item.names:
            covering = [rule for rule in rules if _covers(rule, name, item)]
            assert covering, name
            assert all(rule.send for rule in covering), name
        groups = {rule.one_of for rule in rules if rule.name in item.names}
        assert len(item.names) == 1 or (len(groups) == 1 and None not in groups)


@needs_facts
@each_fact
def test_every_recommended_header_is_there(row: dict[str, str]) -> None:
    for item in _items(row["recommended_headers"]):
        for name in item.names:
            assert any(_covers(rule, name, item) for rule in _code(row).headers), name


@needs_facts
@each_fact
def test_every_header_of_the_registry_is_a_fact(row: dict[str, str]) -> None:
    items = [*_items(row["required_headers"]), *_items(row["recommended_headers"])]
    facts = {name for item in items for name in item.names}
    assert {rule.name for rule in _code(row).headers} == facts
