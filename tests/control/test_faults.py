"""What impairs all traffic, over HTTP."""

from pathlib import Path

from tests.control.site import site

SCENARIO = "impair: {delay: 1ms}\nrules: []"


async def test_faults_are_set_and_told_as_scenarios_write_them(tmp_path: Path) -> None:
    async with site(SCENARIO, home=tmp_path) as here:
        assert await here.ask("GET", "/api/v1/faults") == (
            200,
            {"impairments": [{"delay": 0.001}]},
        )
        wanted = [{"direction": "out", "duplicate": 1, "from": "0s", "source": "127.0.0.0/8"}]
        status, found = await here.ask("PUT", "/api/v1/faults", {"impairments": wanted})
        assert status == 200
        assert found == {
            "impairments": [{"direction": "out", "source": "127.0.0.0/8", "duplicate": 1}]
        }
        await here.dial("486")
        [record] = here.running.journal.records
        assert any("duplicated" in each for each in record.faults())
        one = await here.ask("PUT", "/api/v1/faults", "impairments: {loss: 0}")
        assert one == (200, {"impairments": [{}]})
        assert (await here.ask("PUT", "/api/v1/faults", {"impairments": []}))[1] == {
            "impairments": []
        }
        await here.ask("POST", "/api/v1/reset")
        assert (await here.ask("GET", "/api/v1/faults"))[1] == {"impairments": [{"delay": 0.001}]}


async def test_each_mistake_has_its_place_and_nothing_changes() -> None:
    async with site() as here:
        body = "impairments:\n  - {loss: 0.1}\n  - {los: 1}\n  - {loss: 2}\n"
        status, problem = await here.ask("PUT", "/api/v1/faults", body)
        assert status == 422
        assert [(each["line"], each["message"][:30]) for each in problem["errors"]] == [
            (3, 'impairment: it has no "los"; d'),
            (4, "impairment: loss is 2, but has"),
        ]
        assert here.running.stack.impairments == ()
        status, _ = await here.ask("PUT", "/api/v1/faults", {"impairments": 1})
        assert status == 422
