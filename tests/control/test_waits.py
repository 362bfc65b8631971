"""Calls that are waited for, and how many there are."""

import asyncio
from pathlib import Path

from tests.control.site import site

RULES = "scenario: s\nrules: [{match: {uri.user: '1'}, respond: 486}]"


async def test_from_nothing_to_a_verified_call() -> None:
    """What a client in any language does: empty, a rule, a call, a check, empty again."""
    async with site() as here:
        rule = {"match": {"method": "INVITE", "uri.user": "1001"}, "respond": 486}
        assert (await here.ask("POST", "/api/v1/rules", rule))[0] == 201
        wanted = {"match": {"uri.user": "1001"}, "count": 2, "timeout": "20s"}
        waiting = asyncio.create_task(here.ask("POST", "/api/v1/calls/wait", wanted))
        assert await here.dial("1001", "1002", "1001") == [[486], [100, 200], [486]]
        status, found = await waiting
        assert status == 200
        assert [each["number"] for each in found["calls"]] == [1, 3]
        asked = {"match": {"uri.user": "1001"}, "transactions": "==2"}
        verified = await here.ask("POST", "/api/v1/verify", asked)
        assert verified == (200, {"held": True, "count": 2})
        assert (await here.ask("POST", "/api/v1/reset"))[0] == 204
        _, status_ = await here.ask("GET", "/api/v1/status")
        assert (status_["rules"], status_["calls"], status_["overrides"]) == (0, 0, [])


async def test_a_wait_in_vain_tells_what_came_near(tmp_path: Path) -> None:
    async with site(RULES, home=tmp_path) as here:
        await here.dial("1")
        body = {"match": {"uri.user": "2"}, "timeout": "1ms"}
        status, problem = await here.ask("POST", "/api/v1/calls/wait", body)
        assert status == 408
        assert problem["detail"] == (
            "Waited in vain for a call that has been settled, with uri.user 2: not within 0.001 s."
        )
        [near] = problem["nearest"]
        assert (near["number"], near["rule"]) == (1, "s/rule 1")
        assert near["misses"] == [{"field": "uri.user", "wanted": "2", "got": "1"}]


async def test_a_wait_in_vain_of_which_nothing_came_says_so() -> None:
    async with site() as here:
        status, problem = await here.ask("POST", "/api/v1/calls/wait", {"timeout": "1ms"})
    assert (status, problem["nearest"]) == (408, [])
    assert problem["detail"].endswith("not within 0.001 s. no request came at all.")


async def test_another_number_is_told_with_what_came_near() -> None:
    async with site() as here:
        await here.dial("1", "2")
        body = {"match": {"uri.user": "1"}, "transactions": ">=2"}
        status, problem = await here.ask("POST", "/api/v1/verify", body)
        assert (status, problem["detail"]) == (409, "at least 2 expected, 1 came.")
        assert problem["count"] == 1
        assert [each["target"] for each in problem["nearest"]] == ["2"]
        assert (await here.ask("POST", "/api/v1/verify", {"transactions": 1}))[0] == 409
        assert (await here.ask("POST", "/api/v1/verify", {"transactions": "0..2"}))[0] == 200


async def test_once_records_were_dropped_only_what_is_sure_is_said() -> None:
    async with site() as here:
        here.running.journal.calls = 2
        await here.dial("1", "1", "1")
        sure = {"==2": 410, ">=3": 410, "<=5": 410, ">=2": 200, "<=1": 409}
        for wanted, expected in sure.items():
            status, said = await here.ask("POST", "/api/v1/verify", {"transactions": wanted})
            assert status == expected, wanted
        status, said = await here.ask("POST", "/api/v1/verify", {"transactions": 3})
        assert said["detail"].startswith("2 are in the record, and 1 others were dropped")
