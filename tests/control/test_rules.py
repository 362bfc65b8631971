"""Rules over HTTP: added, replaced, taken out, read again."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.control.site import Document, Site, site

TRUNK = """
scenario: trunk
state: {line: up, mood: good}
timers: {t1: 250ms}
rules:
  - {name: first, match: {uri.user: "1001"}, when: {state: {line: up}}, respond: 486}
  - match: {uri.user: "1002"}
    sequence: [{times: 2, respond: 503}, {respond: [180, 200]}]
  - {name: last, match: {uri.user: "1003"}, respond: {status: 200, body: {file: hello.txt}}}
"""


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Site]:
    (tmp_path / "hello.txt").write_text("hello")
    async with site(TRUNK, home=tmp_path) as found:
        yield found


async def rules(here: Site) -> list[Document]:
    got = await here.fetch("GET", "/api/v1/rules")
    assert got.status == 200
    assert got.headers["ETag"] == got.document["etag"]
    found: list[Document] = got.document["rules"]
    return found


async def names(here: Site) -> list[str]:
    return [each["name"] for each in await rules(here)]


async def test_rules_of_files(here: Site, tmp_path: Path) -> None:
    await here.dial("1001", "1001", "1002")
    first, second, last = await rules(here)
    assert first == {
        "name": "trunk/first",
        "scenario": "trunk",
        "file": str(tmp_path / "1.yaml"),
        "line": 6,
        "origin": "file",
        "used": 2,
        "yaml": "name: first\nmatch: {uri.user: '1001'}\nwhen: {state: {line: up}}\nrespond: 486\n",
    }
    assert (second["name"], second["line"], second["used"]) == ("trunk/rule 2", 7, 1)
    assert last["used"] == 0


async def test_an_added_rule_is_tried_first_and_gone_once_it_is_taken_out(here: Site) -> None:
    for body in ("respond: 480", {"match": {"uri.user": "1001"}, "respond": [{"status": 600}]}):
        assert (await here.ask("POST", "/api/v1/rules", body))[0] == 201
    assert (await names(here))[:3] == ["runtime/rule 2", "runtime/rule 1", "trunk/first"]
    assert await here.dial("1001", "1002") == [[600], [480]]
    _, status = await here.ask("GET", "/api/v1/status")
    assert status["overrides"] == ["runtime/rule 2", "runtime/rule 1"]
    for name in ("rule%201", "runtime%2Frule%202"):
        assert await here.ask("DELETE", f"/api/v1/rules/{name}") == (204, None)
    assert await here.dial("1001") == [[486]]
    status, problem = await here.ask("DELETE", "/api/v1/rules/rule%201")
    assert (status, problem["detail"]) == (404, 'There is no rule "rule 1".')


async def test_a_rule_overrides_until_it_has_had_its_turn(here: Site) -> None:
    async def overrides() -> list[str]:
        status = (await here.ask("GET", "/api/v1/status"))[1]
        found: list[str] = status["overrides"]
        return found

    once = {"name": "once", "sequence": [{"times": 1, "respond": 480}], "then": "unmatched"}
    for _ in range(2):
        assert (await here.ask("POST", "/api/v1/rules", once))[0] == 201
        assert await overrides() == ["runtime/once"]
        assert [got[-1] for got in await here.dial("1001", "1001")] == [480, 486]
        assert await overrides() == []
        assert (await here.ask("DELETE", "/api/v1/rules/once"))[0] == 204


async def test_a_scenario_keeps_its_order_and_says_what_no_rule_matches(here: Site) -> None:
    body = """
scenario: more
state: {door: open}
unmatched: 604
seed: 3
impair: {delay: 1ms}
rules:
  - match: {uri.user: "2001"}
    when: {state: {door: open}}
    set: {state: {door: shut}}
    respond: 480
  - {match: {uri.user: "2001"}, respond: 603}
"""
    status, made = await here.ask("POST", "/api/v1/rules", body)
    assert status == 201
    assert [each["name"] for each in made["rules"]] == ["more/rule 1", "more/rule 2"]
    assert [(each["line"], each["message"]) for each in made["warnings"]] == [
        (5, "seed: it holds from a start only")
    ]
    assert (await names(here))[:2] == ["more/rule 1", "more/rule 2"]
    assert await here.dial("2001", "2001", "nobody") == [[480], [603], [604]]
    assert (await here.ask("GET", "/api/v1/faults"))[1] == {"impairments": [{"delay": 0.001}]}
    assert (await here.ask("POST", "/api/v1/reset"))[0] == 204
    assert (await names(here))[0] == "trunk/first"
    assert await here.dial("nobody") == [[100, 200]]
    assert (await here.ask("GET", "/api/v1/faults"))[1] == {"impairments": []}


async def test_a_name_that_is_there_is_replaced_and_not_added_twice(here: Site) -> None:
    body = {"scenario": "trunk", "rules": [{"name": "first", "respond": 600}]}
    status, problem = await here.ask("POST", "/api/v1/rules", body)
    assert status == 409
    assert "PUT /api/v1/rules/trunk/first replaces it" in problem["detail"]


async def test_a_rule_of_a_file_is_replaced_in_its_place_and_comes_back(here: Site) -> None:
    body = "match: {uri.user: '1001'}\nwhen: {state: {line: up}}\nrespond: 603"
    status, made = await here.ask("PUT", "/api/v1/rules/first", body)
    assert (status, made["warnings"]) == (200, [])
    first = (await rules(here))[0]
    assert (first["name"], first["origin"], first["file"]) == ("trunk/first", "runtime", None)
    assert first["yaml"].startswith("name: first\n")
    assert await here.dial("1001") == [[603]]
    # Nothing of its scenario is lost: states, timers, files beside it.
    body = "respond: {status: 488, body: {file: hello.txt}}"
    assert (await here.ask("PUT", "/api/v1/rules/last", body))[0] == 200
    assert await here.dial("x") == [[488]]
    rule = here.running.rulebook.rules[0]
    assert rule.program.timing is not None
    assert rule.program.timing.t1 == 0.25
    body = "when: {state: {nope: 1}}\nrespond: 1"
    status, problem = await here.ask("PUT", "/api/v1/rules/first", body)
    assert status == 422
    assert problem["errors"][0]["file"] is None
    assert (await here.ask("DELETE", "/api/v1/rules/trunk/first"))[0] == 204
    assert await here.dial("1001") == [[486]]
    status, problem = await here.ask("DELETE", "/api/v1/rules/first")
    assert status == 409
    assert "is written in" in problem["detail"]


async def test_put_adds_what_is_not_there_under_its_name(here: Site) -> None:
    body = {"match": {"uri.user": "7"}, "when": {"state": {"line": "up"}}, "respond": 410}
    assert (await here.ask("PUT", "/api/v1/rules/trunk%2Fnew", body))[0] == 201
    assert (await here.ask("PUT", "/api/v1/rules/other", {"respond": 606}))[0] == 201
    assert (await names(here))[:2] == ["runtime/other", "trunk/new"]
    assert await here.dial("7") == [[606]]
    assert (await here.ask("PUT", "/api/v1/rules/other", {"respond": 604}))[0] == 200
    assert await here.dial("7") == [[604]]
    status, problem = await here.ask("PUT", "/api/v1/rules/other", {"name": "x", "respond": 1})
    assert status == 422
    assert problem["errors"][0]["message"] == 'name: found "x", expected "other", as in the path'


async def test_a_name_that_several_scenarios_have_has_to_be_whole(here: Site) -> None:
    body = {"scenario": "b", "rules": [{"name": "first", "respond": 600}]}
    assert (await here.ask("POST", "/api/v1/rules", body))[0] == 201
    status, problem = await here.ask("DELETE", "/api/v1/rules/first")
    assert status == 409
    assert problem["detail"] == 'More than one rule is called "first": b/first, trunk/first.'


async def test_who_changes_rules_that_others_changed_since_is_told(here: Site) -> None:
    etag = (await here.fetch("GET", "/api/v1/rules")).headers["ETag"]
    got = await here.fetch("POST", "/api/v1/rules", "respond: 480", If_Match=etag)
    assert got.status == 201
    for method, path in (("POST", ""), ("PUT", "/first"), ("DELETE", "/rule%201")):
        told = await here.fetch(method, f"/api/v1/rules{path}", "respond: 480", If_Match=etag)
        assert told.status == 412
        assert told.headers["ETag"] == got.headers["ETag"]
    told = await here.fetch("DELETE", "/api/v1/rules/rule%201", None, If_Match=f"{etag}, *")
    assert told.status == 204


async def test_files_are_read_again(here: Site, tmp_path: Path) -> None:
    await here.ask("PUT", "/api/v1/rules/first", "respond: 603")
    (tmp_path / "1.yaml").write_text("scenario: trunk\nrules: [{name: new, respond: 488}]")
    assert await here.ask("POST", "/api/v1/rules/reload") == (200, {"rules": 1, "warnings": []})
    assert await names(here) == ["trunk/first", "trunk/new"]
    (tmp_path / "1.yaml").write_text("rules: [{respnd: 488}]")
    status, problem = await here.ask("POST", "/api/v1/rules/reload")
    assert status == 422
    [error] = problem["errors"]
    assert (error["file"], error["line"], error["column"]) == (str(tmp_path / "1.yaml"), 1, 10)
    assert await names(here) == ["trunk/first", "trunk/new"]
    _, said = await here.ask("GET", "/api/v1/status")
    assert (said["reload"]["ok"], said["reload"]["errors"]) == (False, problem["errors"])


async def test_without_files_there_is_nothing_to_read_again() -> None:
    async with site() as here:
        status, problem = await here.ask("POST", "/api/v1/rules/reload")
    assert status == 409
    assert "started without any" in problem["detail"]
