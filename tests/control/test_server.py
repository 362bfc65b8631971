"""The server: what stands before its operations, and what becomes of mistakes."""

import asyncio

import pytest

from responder.control import server
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


async def test_what_can_be_had_can_be_asked_about() -> None:
    async with site() as here:
        got, whole = [await here.fetch(each, "/api/v1/codes") for each in ("HEAD", "GET")]
        assert (got.status, got.data) == (200, b"")
        assert got.headers["Content-Length"] == whole.headers["Content-Length"]
        assert (await here.fetch("HEAD", "/api/v1/events")).status == 405


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


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x00\xff\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost\r\n\r\n",
        b"GET /a b HTTP/9.9\r\n\r\n",
    ],
)
async def test_what_is_no_http_is_refused_and_told_to_nobody(
    sent: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    async with site() as here:
        host, port = here.running.address.split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(sent)
        async with asyncio.timeout(20):
            assert (await reader.readline()).split()[1] == b"400"
        writer.close()
        assert (await here.ask("GET", "/livez"))[0] == 200
    assert capfd.readouterr() == ("", "")


async def test_a_fault_of_aiohttp_is_told() -> None:
    async with site() as here:
        faults: list[Exception] = []
        here.running.on_fault = faults.append
        logger = server._logger(here.running)
        logger.warning("slow")
        try:
            raise ValueError("odd")
        except ValueError:
            logger.exception("Unhandled exception")
        try:
            raise ConnectionResetError
        except ConnectionResetError:
            logger.exception("gone")
        assert [str(each) for each in faults] == ["odd"]
