"""States over HTTP."""

from pathlib import Path

from tests.control.site import site

ONE = "scenario: one\nstate: up\nrules: [{when: {state: down}, respond: 503}]"
MORE = "scenario: more\nstate: {door: open, light: on}\nrules: []"


async def test_states_are_read_and_set(tmp_path: Path) -> None:
    async with site(ONE, MORE, home=tmp_path) as here:
        _, found = await here.ask("GET", "/api/v1/state")
        assert found == {
            "states": [
                {"key": "one", "value": "up"},
                {"key": "more/door", "value": "open"},
                {"key": "more/light", "value": "on"},
            ]
        }
        assert await here.ask("PUT", "/api/v1/state/one", {"value": "down"}) == (
            200,
            {"key": "one", "value": "down"},
        )
        assert await here.dial("486") == [[503]]
        for key in ("more/door", "more%2Fdoor"):
            assert (await here.ask("PUT", f"/api/v1/state/{key}", "value: 7"))[1]["value"] == "7"
        assert (await here.ask("GET", "/api/v1/state/one/state"))[1]["value"] == "down"
        await here.ask("POST", "/api/v1/reset")
        assert (await here.ask("GET", "/api/v1/state/one"))[1]["value"] == "up"


async def test_a_state_that_is_not_there(tmp_path: Path) -> None:
    async with site(ONE, home=tmp_path) as here:
        status, problem = await here.ask("GET", "/api/v1/state/two")
        assert (status, problem["detail"]) == (404, 'There is no state "two": there are one.')
        status, _ = await here.ask("PUT", "/api/v1/state/one", {"valu": "x"})
        assert status == 422
    async with site() as here:
        _, problem = await here.ask("GET", "/api/v1/state/two")
        assert problem["detail"].endswith("no scenario declares any.")
