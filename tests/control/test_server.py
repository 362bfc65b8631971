"""The server: what stands before its operations, and what becomes of mistakes."""

import pytest

from responder.control.settings import Http
from tests.control.site import site


async def test_what_is_not_there_and_what_it_does_not_take() -> None:
    async with site() as here:
        status, problem = await here.ask("GET", "/nothing")
        assert (status, problem["detail"]) == (404, "There is nothing at /nothing.")
        got = await here.fetch("PATCH", "/api/v1/status")
        assert got.status == 405
        assert "GET" in got.headers["Allow"]
        assert got.headers["Content-Type"] == "application/problem+json"


async def test_every_response_has_its_guards() -> None:
    async with site() as here:
        for path in ("/", "/api/v1/status", "/nothing"):
            headers = (await here.fetch("GET", path)).headers
            assert headers["Referrer-Policy"] == "no-referrer"
            assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
            assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
            assert headers["Server"].startswith("sip-responder/")


async def test_who_is_not_let_in_changes_nothing() -> None:
    async with site() as here:
        await here.dial("486")
        for headers in ({"Host": "evil.example"}, {"Origin": "http://evil.example"}):
            got = await here.fetch("DELETE", "/api/v1/calls", None, **headers)
            assert got.status in {421, 403}
        assert len(here.running.journal.records) == 1
    async with site(http=Http(port=0, token="secret")) as here:
        assert (await here.ask("POST", "/api/v1/reset"))[0] == 401
        assert (await here.fetch("GET", "/")).status == 200
        shown = {"Authorization": "Bearer secret"}
        assert (await here.fetch("POST", "/api/v1/reset", None, **shown)).status == 204


async def test_a_fault_of_our_own_is_told_and_ends_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with site() as here:
        faults: list[Exception] = []
        here.running.on_fault = faults.append
        monkeypatch.setattr(here.running.journal, "records", None)
        status, problem = await here.ask("GET", "/api/v1/calls")
        assert (status, problem["title"]) == (500, "Internal Server Error")
        [fault] = faults
        assert isinstance(fault, TypeError)


async def test_the_description_is_served() -> None:
    async with site() as here:
        status, found = await here.ask("GET", "/openapi.json")
        assert status == 200
        assert found["openapi"] == "3.1.0"
