"""Messages that others wrote, where somebody put a folder of them beside this checkout."""

import csv
from pathlib import Path

import pytest

from responder.sip.errors import Malformed
from responder.sip.framing import content_length
from responder.sip.message import parse
from responder.stack import Stack
from tests.torture.corpus import Hazard
from tests.torture.replay import OPTIONS_BEHIND, left_over, replay
from tests.torture.verdict import judge

FOLDER = Path(__file__).parents[2].parent / "shared" / "torture"

if not (FOLDER / "expected.csv").exists():
    pytest.skip("no folder of further messages beside this checkout", allow_module_level=True)

TOLERATED = (200, 481)
"""What an endpoint that answers every user gives to a request it can read: 481 with a To tag."""

UNREADABLE = {
    "wsinv.dat": (("Via", "white space around slashes and equals signs"),),
    "quotbal.dat": (("To", "the open quote is what is wrong"),),
    "badaspec.dat": (("To", "the blanks are what is wrong"),),
    "badvers.dat": (("Via", "its version is what is wrong"),),
    "unksm2.dat": (("To", "a scheme of its own"), ("From", "a scheme of its own")),
    "regescrt.dat": (("Contact", "header fields in a URI"),),
}
"""Echoed header fields that the oracle does not read, file by file."""


def _framed(data: bytes) -> bool:
    head, _, body = data.partition(b"\r\n\r\n")
    try:
        return content_length(head + b"\r\n\r\n") == len(body)
    except Malformed:
        return False


def _hazard(row: dict[str, str]) -> Hazard:
    name = row["file"]
    data = (FOLDER / name).read_bytes()
    answers: set[int | str] = {int(code) for code in row["acceptable_codes"].split("|") if code}
    if row["kind"] == "response":
        answers = {"dropped"}
    elif not answers or "tolerate" in row["expected"]:
        answers.update(TOLERATED)
    expected = tuple(answers)
    framed = _framed(data)
    return Hazard(
        name,
        data,
        row["rfc_section"],
        row["note"] or row["uas_behaviour"],
        shows="",
        udp=expected,
        tcp=expected if framed else ("dropped", 400, *expected),
        framed=framed,
        closes=not framed,
        unreadable=UNREADABLE.get(name, ()),
    )


def _load() -> list[Hazard]:
    with (FOLDER / "expected.csv").open(encoding="utf-8", newline="") as file:
        return [_hazard(row) for row in csv.DictReader(file)]


CORPUS = _load()


@pytest.mark.parametrize("hazard", CORPUS, ids=lambda hazard: hazard.name)
def test_in_a_datagram(hazard: Hazard, stack: Stack) -> None:
    judge(hazard, "udp", replay(stack, "udp", [hazard.data]))
    assert left_over(stack) == {}


@pytest.mark.parametrize("pieces", ["whole", "byte-by-byte"])
@pytest.mark.parametrize("hazard", CORPUS, ids=lambda hazard: hazard.name)
def test_on_a_stream(hazard: Hazard, pieces: str, stack: Stack) -> None:
    step = len(hazard.data) if pieces == "whole" else 1
    cut = [hazard.data[at : at + step] for at in range(0, len(hazard.data), step)]
    replayed = replay(stack, "tcp", cut)
    judge(hazard, "tcp", replayed)
    assert replayed.closed == hazard.closes
    assert left_over(stack) == {}


@pytest.mark.parametrize("hazard", CORPUS, ids=lambda hazard: hazard.name)
def test_on_a_stream_with_a_request_behind_it(hazard: Hazard, stack: Stack) -> None:
    replayed = replay(stack, "tcp", [hazard.data + OPTIONS_BEHIND])
    judge(hazard, "tcp", replayed)
    statuses = [parse(each).status for each in replayed.behind]
    assert statuses == ([200] if hazard.framed else [])
