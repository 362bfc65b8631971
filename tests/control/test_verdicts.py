"""Which rule answers, and why not the others."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.control.site import Document, Site, site

SCENARIO = """
scenario: s
state: up
rules:
  - {name: down, match: {uri.user: "1"}, when: {state: down}, respond: 503}
  - {name: once, match: {uri.user: "1"}, sequence: [{respond: 480}], then: unmatched}
  - {name: tcp, match: {transport: tcp}, respond: 488}
  - {name: busy, match: {method: INVITE, uri.user: "1"}, respond: 486}
  - {name: rest, match: {method: INVITE, from.user: alice}, respond: 600}
"""

REQUEST = """INVITE sip:1@example.com SIP/2.0
Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa
From: <sip:alice@example.com>;tag=1
To: <sip:1@example.com>
Call-ID: a
CSeq: 1 INVITE
Max-Forwards: 70
Contact: <sip:alice@192.0.2.1>
Content-Length: 0

"""


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Site]:
    async with site(SCENARIO, home=tmp_path) as found:
        yield found


def told(verdicts: list[Document]) -> dict[str, str]:
    return {each["rule"].partition("/")[2]: each["why"] for each in verdicts}


async def test_a_dry_run_counts_nothing(here: Site, tmp_path: Path) -> None:
    for _ in range(2):
        status, found = await here.ask("POST", "/api/v1/match", {"message": REQUEST})
        assert (status, found["rule"], found["answer"]) == (200, "s/once", "480; then none")
    assert told(found["verdicts"]) == {
        "down": "misses by state",
        "once": "answers: 480; then none",
        "tcp": "misses by transport",
        "busy": "matches too: a rule before it answers",
        "rest": "matches too: a rule before it answers",
    }
    assert found["verdicts"][2] == {
        "rule": "s/tcp",
        "file": str(tmp_path / "1.yaml"),
        "line": 7,
        "matches": False,
        "misses": [{"field": "transport", "wanted": "tcp", "got": "udp"}],
        "why": "misses by transport",
    }
    asked = {"message": REQUEST, "transport": "tcp", "source": "[::1]:5070", "listener": "x"}
    _, found = await here.ask("POST", "/api/v1/match", asked)
    assert found["rule"] == "s/once"
    assert here.running.journal.records.__len__() == 0


async def test_what_came_before_counts(here: Site) -> None:
    await here.dial("1")
    await here.ask("PUT", "/api/v1/state/s", {"value": "down"})
    _, found = await here.ask("POST", "/api/v1/match", {"call": "1"})
    assert found["rule"] == "s/down"
    assert told(found["verdicts"])["once"] == "matches, and its sequence is at its end"
    assert found["verdicts"][1]["matches"] is False
    status, problem = await here.ask("POST", "/api/v1/match", {"call": "9"})
    assert (status, problem["detail"]) == (404, 'There is no call "9" in the record.')


async def test_why_a_call_got_what_it_got(here: Site) -> None:
    await here.dial("1", "1")
    await here.ask("PUT", "/api/v1/state/s", {"value": "down"})
    _, first = await here.ask("GET", "/api/v1/calls/1")
    _, second = await here.ask("GET", "/api/v1/calls/latest")
    assert told(first["rules"])["down"] == "matches, and was held back by when: state"
    assert told(first["rules"])["once"] == "answers: 480; then none"
    assert told(second["rules"])["once"] == "matches, and its sequence was at its end"
    assert told(second["rules"])["busy"] == "answers: 486"
    await here.ask("PUT", "/api/v1/rules/new", {"respond": 604})
    _, second = await here.ask("GET", "/api/v1/calls/latest")
    assert told(second["rules"])["new"] == "matches; it came later"


async def test_a_request_that_no_rule_gets(here: Site) -> None:
    broken = REQUEST.replace("CSeq: 1 INVITE", "CSeq: 1 BYE")
    status, found = await here.ask("POST", "/api/v1/match", {"message": broken})
    assert (status, found["rule"], found["verdicts"]) == (200, None, [])
    assert found["answer"].startswith("no rule gets this message: it is answered 400")
    other = REQUEST.replace("alice", "bob").replace("sip:1@", "sip:486@")
    _, found = await here.ask("POST", "/api/v1/match", {"message": other})
    assert (found["rule"], found["answer"]) == (None, "dialling answers: 100, then 486")
    for body, said in [
        ({"message": "SIP/2.0 200 OK\n\n"}, "message: this is a response"),
        ({"message": REQUEST, "source": "example.com"}, 'source: "example.com" in'),
    ]:
        status, problem = await here.ask("POST", "/api/v1/match", body)
        assert status == 422
        assert said in problem["detail"]


async def test_nothing_is_known_of_a_request_that_was_dropped(here: Site) -> None:
    here.running.journal.calls = 1
    await here.dial("1")
    [record] = here.running.journal.records
    record.evict()
    _, found = await here.ask("GET", "/api/v1/calls/1")
    assert (found["verdicts"], found["nearest"]) == ([], None)
    status, _ = await here.ask("POST", "/api/v1/match", {"call": "1"})
    assert status == 404
