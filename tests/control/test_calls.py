"""What came: the list, and each call in every form."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.control.site import Site, site
from tests.report.dissection import packets


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Site]:
    scenario = "scenario: s\nunmatched: 404\nrules: [{match: {uri.user: '1'}, respond: 486}]"
    async with site(scenario, home=tmp_path) as found:
        yield found


async def test_the_list_goes_page_by_page_the_latest_first(here: Site) -> None:
    await here.dial("1", "2", "1", "2", "1")
    _, first = await here.ask("GET", "/api/v1/calls?limit=2")
    assert [each["number"] for each in first["calls"]] == [5, 4]
    assert (first["next"], first["total"], first["evicted"]) == (4, 5, 0)
    _, second = await here.ask("GET", "/api/v1/calls?limit=3&before=4")
    assert [each["number"] for each in second["calls"]] == [3, 2, 1]
    assert second["next"] is None
    _, found = await here.ask("GET", "/api/v1/calls?filter=status:404+to:2&limit=1")
    assert [each["number"] for each in found["calls"]] == [4]
    assert (found["next"], found["total"]) == (4, 2)
    status, problem = await here.ask("GET", "/api/v1/calls?limit=0")
    assert (status, problem["detail"]) == (
        400,
        'limit: found "0", expected a number from 1 to 1000.',
    )


async def test_what_no_rule_matched_is_told_with_what_came_nearest(
    here: Site, tmp_path: Path
) -> None:
    await here.dial("1", "2")
    _, found = await here.ask("GET", "/api/v1/calls/unmatched")
    [call] = found["calls"]
    assert call["number"] == 2
    assert call["nearest"] == {
        "rule": "s/rule 1",
        "file": str(tmp_path / "1.yaml"),
        "line": 3,
        "misses": [{"field": "uri.user", "wanted": "1", "got": "2"}],
    }


async def test_all_that_is_known_of_a_call(here: Site) -> None:
    await here.dial("1")
    status, call = await here.ask("GET", "/api/v1/calls/latest")
    assert status == 200
    assert (call["id"], call["rule"], call["statuses"]) == ("1", "s/rule 1", [486])
    assert [each["summary"] for each in call["entries"]][:2] == [
        "INVITE sip:1@127.0.0.1",
        "486 Busy Here",
    ]
    assert [each["why"] for each in call["rules"]] == ["answers: 486"]
    assert {"name": "cseq", "outcome": "correct", "said": "", "seconds": None} in call["verdicts"]
    assert (call["unmatched"], call["nearest"], call["failed"]) == (False, None, None)


@pytest.mark.parametrize(
    ("ending", "kind", "beginning"),
    [
        ("txt", "text/plain; charset=utf-8", b"          127.0.0.1:"),
        ("svg", "image/svg+xml; charset=utf-8", b"<svg "),
        ("pcap", "application/x-pcapng", b"\n\r\r\n"),
        ("yaml", "application/yaml; charset=utf-8", b"# Call 1: INVITE 1 got 486."),
        ("py", "text/x-python; charset=utf-8", b'"""Call 1: INVITE 1 got 486."""'),
    ],
)
async def test_a_call_in_other_forms(here: Site, ending: str, kind: str, beginning: bytes) -> None:
    await here.dial("1")
    got = await here.fetch("GET", f"/api/v1/calls/1.{ending}")
    assert (got.status, got.headers["Content-Type"]) == (200, kind)
    assert got.data.startswith(beginning)


async def test_a_capture_can_be_opened_and_has_a_name(here: Site) -> None:
    await here.dial("1")
    got = await here.fetch("GET", "/api/v1/calls/1.pcap")
    assert got.headers["Content-Disposition"] == 'attachment; filename="call-1.pcapng"'
    assert len(list(packets(got.data))) == 3


async def test_the_messages_of_a_picture_can_be_links(here: Site) -> None:
    await here.dial("1")
    plain = await here.fetch("GET", "/api/v1/calls/1.svg")
    assert b"<a " not in plain.data
    assert "style-src 'unsafe-inline'" in plain.headers["Content-Security-Policy"]
    linked = await here.fetch("GET", "/api/v1/calls/1.svg?links=entry-")
    assert b'<a href="#entry-1">' in linked.data


async def test_a_picture_is_as_wide_as_it_is_wanted(here: Site) -> None:
    await here.dial("1")
    usual = await here.fetch("GET", "/api/v1/calls/1.svg")
    assert b' width="760"' in usual.data
    narrow = await here.fetch("GET", "/api/v1/calls/1.svg?width=480")
    assert b' width="480"' in narrow.data
    status, problem = await here.ask("GET", "/api/v1/calls/1.svg?width=wide")
    assert (status, problem["detail"]) == (
        400,
        'width: found "wide", expected a number from 1 to 4000.',
    )


async def test_the_record_is_forgotten_and_the_counts_of_rules_are_not(here: Site) -> None:
    await here.dial("1")
    assert await here.ask("DELETE", "/api/v1/calls") == (204, None)
    _, found = await here.ask("GET", "/api/v1/calls")
    assert (found["calls"], found["total"]) == ([], 0)
    _, rules = await here.ask("GET", "/api/v1/rules")
    assert rules["rules"][0]["used"] == 1


async def test_a_long_record_is_filtered_in_turns(here: Site) -> None:
    for _ in range(1_100):
        here.running.journal.open("OPTIONS", 0.0)
    here.running.journal.calls = 2_000
    _, found = await here.ask("GET", "/api/v1/calls?filter=method:OPTIONS&limit=1")
    assert (found["total"], found["next"]) == (1_000, 1_100)
