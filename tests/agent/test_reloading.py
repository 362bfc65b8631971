"""Scenario files that are read again because somebody asks."""

import asyncio
from pathlib import Path

import pytest

from responder.agent.reloading import Reloading
from responder.scenario.findings import BadScenario
from tests.agent.test_watching import Kept


async def test_what_became_of_the_latest_reading_is_kept(tmp_path: Path) -> None:
    path, kept = tmp_path / "s.yaml", Kept()
    files = Reloading([path], kept.adopted.append, kept)
    assert _said(files) is None
    path.write_text("rules: [{respond: 486}]")
    compiled = await files.reload()
    assert kept.adopted == [compiled]
    assert _said(files) == []
    path.write_text("rules: [{respnd: 486}]")
    with pytest.raises(BadScenario):
        await files.reload()
    assert _said(files) == [10]
    assert kept.adopted == [compiled]
    assert kept.told[0] == "1 rules"


def _said(files: Reloading) -> list[int] | None:
    """Return the column of each mistake of the latest reading."""
    latest = files.latest
    return None if latest is None else [each.place.column for each in latest.findings]


async def test_two_who_ask_at_once_have_their_turns(tmp_path: Path) -> None:
    path, kept = tmp_path / "s.yaml", Kept()
    path.write_text("{}")
    files = Reloading([path], kept.adopted.append, kept)
    found = await asyncio.gather(files.reload(), files.reload())
    assert kept.adopted == [*found]
