"""What has changed since somebody looked."""

from pathlib import Path

from responder.control.changes import MOST, Changes, Seen
from tests.cli.phone import phone
from tests.control.site import site

SCENARIO = """
scenario: s
state: up
rules: [{match: {uri.user: "9"}, set: {state: down}, respond: 486}]
"""


def numbers(seen: Seen) -> list[int]:
    return [each.number for each in seen.records]


async def test_calls_that_are_new_or_other_than_before() -> None:
    async with site() as here, phone(here.sip) as alice:
        await here.dial("486")
        changes = Changes(here.running)
        assert changes.look() == Seen([], 0, [])
        await alice.call("180")
        assert [(await alice.receive()).status for _ in range(2)] == [100, 180]
        await here.dial("486")
        assert numbers(changes.look()) == [3, 2]
        assert numbers(changes.look()) == []
        cancel = alice.invite.replace("INVITE sip", "CANCEL sip").replace("1 INVITE", "1 CANCEL")
        await alice.send(cancel)
        assert {(await alice.receive()).status, (await alice.receive()).status} == {200, 487}
        assert numbers(changes.look()) == [2]
        assert len(changes.open) == 1
        here.running.agent.reset()
        assert changes.look().kinds == ["reset", "rules"]


async def test_nobody_is_told_of_calls_that_were_forgotten() -> None:
    async with site() as here, phone(here.sip) as alice:
        changes = Changes(here.running)
        await alice.call("486")
        await alice.statuses()
        [call] = changes.look().records
        assert call.ended is None
        await here.ask("DELETE", "/api/v1/calls")
        call.note(here.running.clock(), "it goes on")
        await here.dial("404")
        seen = changes.look()
        assert (numbers(seen), seen.kinds) == ([2], ["reset"])


async def test_what_else_is_other_than_before(tmp_path: Path) -> None:
    scenario = SCENARIO.replace("set: {state: down}", "set: {state: {state: down}}")
    async with site(scenario, home=tmp_path) as here:
        changes = Changes(here.running)
        await here.dial("9")
        assert changes.look().kinds == ["state"]
        await here.ask("PUT", "/api/v1/faults", {"impairments": [{"delay": "1ms"}]})
        assert changes.look().kinds == ["faults"]
        await here.ask("POST", "/api/v1/rules", "respond: 486")
        assert changes.look().kinds == ["rules"]
        await here.ask("POST", "/api/v1/rules/reload")
        assert set(changes.look().kinds) == {"faults", "reload", "rules"}
        await here.ask("DELETE", "/api/v1/calls")
        assert changes.look().kinds == ["reset"]
        assert changes.look().kinds == []


async def test_of_many_the_latest_are_told_of_one_by_one() -> None:
    async with site() as here:
        changes = Changes(here.running)
        for _ in range(MOST + 5):
            here.running.journal.open("OPTIONS", 0.0)
        seen = changes.look()
        assert len(seen.records) == MOST
        assert (seen.records[0].number, seen.left_out) == (MOST + 5, 5)
