"""The records that requests name."""

import asyncio
from pathlib import Path

import pytest

from responder.cli.probe import probe
from responder.control.problem import Problem
from responder.control.records import find, judged
from tests.control.site import site


async def test_a_record_is_found_by_its_number_or_as_the_latest() -> None:
    async with site() as here:
        with pytest.raises(Problem, match="There is no call yet"):
            find(here.running, "latest")
        here.running.journal.calls = 2
        await here.dial("486", "486", "480")
        assert find(here.running, "2").number == 2
        assert find(here.running, "latest").target == "480"
        for name in ("1", "4", "x", "9" * 40, "\u0663"):
            with pytest.raises(Problem, match="1 were dropped to make room") as caught:
                find(here.running, name)
            assert caught.value.status == 404


async def test_what_a_caller_did_is_judged() -> None:
    async with site() as here:
        await here.dial("486")
        found = judged(here.running, find(here.running, "1"))
    assert ("ack", "correct") in {(each.name, each.outcome) for each in found}
    assert "not seen" not in {each.outcome for each in found}


@pytest.mark.parametrize(("password", "outcome"), [("secret", "correct"), ("wrong", "wrong")])
async def test_a_digest_is_checked_by_the_users_of_the_scenario(
    password: str, outcome: str, tmp_path: Path
) -> None:
    text = """
    users: {alice: secret}
    rules: [{match: {method: REGISTER}, authenticate: {status: 401, wrong: 403}, respond: 200}]
    """
    async with site(text, home=tmp_path) as here:
        uri = f"sip:{here.sip.removeprefix('udp:')}"
        words = ["--quiet", "--method", "REGISTER", "--user", "alice", "--password", password, uri]
        await asyncio.to_thread(probe.main, words, standalone_mode=False)
        found = judged(here.running, find(here.running, "1"))
    assert [each.outcome for each in found if each.name == "challenge"] == [outcome]
