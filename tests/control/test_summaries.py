"""Calls in a few words, and filters."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from responder.control.summaries import filter_of, summary
from tests.control.site import Site, site

SCENARIO = """
scenario: s
unmatched: 404
rules:
  - name: busy
    match: {uri.user: "1001"}
    respond: [180, {status: 486, fault: {missing: Server}}]
"""


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Site]:
    async with site(SCENARIO, home=tmp_path) as found:
        await found.dial("1001", "nobody")
        yield found


def fitting(here: Site, text: str) -> list[int]:
    """Return the numbers of the calls that meet a filter."""
    wanted = filter_of(text)
    records = here.running.journal.records
    return [each.number for each in records if all(meets(here.running, each) for meets in wanted)]


async def test_a_call_in_a_few_words(here: Site) -> None:
    first, second = (summary(here.running, each) for each in here.running.journal.records)
    assert first["began"]["iso"].endswith("Z")
    assert abs(first["began"]["epoch"] - here.running.plan.epoch - here.running.clock()) < 60
    kept = {key: first[key] for key in ("id", "method", "target", "caller", "rule", "statuses")}
    assert kept == {
        "id": "1",
        "method": "INVITE",
        "target": "1001",
        "caller": "alice",
        "rule": "s/busy",
        "statuses": [180, 486],
    }
    assert (first["unmatched"], first["faults"], first["nearest"]) == (False, 1, None)
    assert (second["unmatched"], second["rule"]) == (True, None)
    assert second["nearest"] == "s/busy: uri.user"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [1, 2]),
        ("status:486", [1]),
        ("status:48x", [1]),
        ("status:1xx", [1]),
        ("status:4xx", [1, 2]),
        ("status:48", []),
        ("status:none", []),
        ("rule:BUSY", [1]),
        ("method:INVITE to:1001", [1]),
        ("method:BYE", []),
        ("from:ali", [1, 2]),
        ("transport:udp source:127.0.0.1", [1, 2]),
        ("unmatched", [2]),
        ("failed", []),
        ("NOBODY", [2]),
        ("alice 1001", [1]),
        ("colour:red", []),
    ],
)
async def test_a_filter(here: Site, text: str, expected: list[int]) -> None:
    assert fitting(here, text) == expected
