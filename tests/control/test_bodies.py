"""What the API is sent, and what is said of mistakes in it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.control.site import Site, site


@pytest.fixture
async def here() -> AsyncIterator[Site]:
    async with site() as found:
        yield found


async def errors(here: Site, path: str, body: object) -> list[tuple[int, int, str]]:
    """Return each mistake: its line, its column, the sentence."""
    status, problem = await here.ask("POST", path, body)
    assert status == 422
    assert problem["detail"]
    return [(each["line"], each["column"], each["message"]) for each in problem["errors"]]


async def test_a_mistake_has_its_line_its_column_and_what_was_meant(here: Site) -> None:
    body = "match: {methd: INVITE}\nrespond: 99\n"
    assert await errors(here, "/api/v1/rules", body) == [
        (1, 9, 'unknown key "methd" in match; did you mean "method"?'),
        (2, 10, "respond: found 99, expected a status from 100 to 699"),
    ]


@pytest.mark.parametrize(
    ("path", "body", "line", "column", "said"),
    [
        ("verify", '{\n\t"transactions": true\n}', 2, 18, "transactions: found true, expected a"),
        ("verify", '{"match": {}}', 1, 1, 'a verification needs the key "transactions"'),
        ("verify", {"count": 1}, 1, 2, 'unknown key "count" in a verification; did you mean'),
        ("calls/wait", {"count": 0}, 1, 11, "count: found 0, expected a whole number from 1 to"),
        ("calls/wait", {"until": "over"}, 1, 11, 'until: found "over", expected began, answered'),
        ("match", {"call": "1", "message": "x"}, 1, 10, 'expected either "message" or "call"'),
        ("match", {}, 1, 1, 'expected either "message" or "call"'),
        ("rules", "- 1", 1, 1, "a scenario is a mapping with rules, not a list"),
        ("rules", "a: [", 1, 5, "the file ends where a value should stand"),
    ],
)
async def test_mistakes(
    here: Site, path: str, body: object, line: int, column: int, said: str
) -> None:
    found = await errors(here, f"/api/v1/{path}", body)
    assert any(each[:2] == (line, column) and each[2].startswith(said) for each in found), found


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"\xff", "The body is not UTF-8: byte 0xFF at 0."),
        (b" \n", "The body is empty, expected a mapping as YAML or JSON."),
    ],
)
async def test_what_is_no_text(here: Site, body: bytes, said: str) -> None:
    status, problem = await here.ask("POST", "/api/v1/rules", body)
    assert (status, problem["detail"]) == (422, said)


async def test_a_body_that_is_too_large_is_refused(here: Site) -> None:
    status, problem = await here.ask("POST", "/api/v1/rules", "#" * (1024 * 1024 + 1))
    assert (status, problem["detail"]) == (413, "The body is larger than 1,048,576 bytes.")


async def test_json_is_read_as_json_has_it(here: Site) -> None:
    body = '{"name": "\\ud83d\\ude00 \\u00e9", "respond": {"status": 486, "reason": "a\\/b"}}'
    status, made = await here.ask("POST", "/api/v1/rules", body)
    assert status == 201
    assert made["rules"][0]["name"] == "runtime/\N{GRINNING FACE} \u00e9"
    assert "a/b" in made["rules"][0]["yaml"]


async def test_a_large_body_is_taken_too(here: Site) -> None:
    rules: list[dict[str, Any]] = [
        {"match": {"uri.user": str(number)}, "respond": 486} for number in range(200)
    ]
    status, made = await here.ask("POST", "/api/v1/rules", {"scenario": "s", "rules": rules})
    assert status == 201
    assert len(made["rules"]) == 200
    assert await here.dial("199") == [[486]]


async def test_how_far_a_call_has_to_have_come_goes_by_its_status(here: Site) -> None:
    await here.dial("486")
    status, _ = await here.ask("POST", "/api/v1/calls/wait", {"status": 100, "timeout": "5s"})
    assert status == 200
    status, _ = await here.ask("POST", "/api/v1/calls/wait", {"status": [486, 600]})
    assert status == 200
    status, _ = await here.ask("POST", "/api/v1/calls/wait", {"until": "ended"})
    assert status == 200
