"""Rules that were sent: what they become rules of."""

from responder.agent.plan import Plan
from responder.control.given_rules import given
from responder.net.listen import Listen
from responder.scenario.yaml_text import read_yaml
from tests.control.site import site

HEARD = Plan(listens=[Listen("udp", "127.0.0.1", 0, "a")], media_ports=None, traces=False)


async def test_listeners_can_be_asked_for_by_their_names() -> None:
    async with site(plan=HEARD) as here:
        body = {"match": {"listener": "a"}, "respond": 488}
        assert (await here.ask("POST", "/api/v1/rules", body))[0] == 201
        assert await here.dial("x") == [[488]]
        status, problem = await here.ask(
            "POST", "/api/v1/rules", {"match": {"listener": "b"}, "respond": 488}
        )
        assert status == 422
        assert 'listener: none is called "b"' in problem["detail"]


async def test_a_scenario_and_a_rule_are_told_apart() -> None:
    async with site() as here:
        for text, scenario in [
            ("respond: 486", "runtime"),
            ("timers: {t1: 1s}\nrespond: 486", "runtime"),
            ("unmatched: 404", "runtime"),
            ("scenario: a", "a"),
            ("scenario: 007\nrules: []", "007"),
            ("rules: 1", "runtime"),
        ]:
            assert given(read_yaml(text, "x"), here.running).scenario == scenario
        status, problem = await here.ask("POST", "/api/v1/rules", "respnd: 486")
        assert status == 422
        assert "in a rule" in problem["detail"]
        status, problem = await here.ask("POST", "/api/v1/rules", "rules: [{name: 1}, 2]")
        assert status == 422


async def test_a_scenario_without_rules_can_say_what_everything_gets() -> None:
    async with site() as here:
        status, made = await here.ask("POST", "/api/v1/rules", "unmatched: 604")
        assert (status, made["rules"]) == (201, [])
        assert await here.dial("1001") == [[604]]
        _, said = await here.ask("GET", "/api/v1/status")
        assert said["unmatched_answer"] == 604
