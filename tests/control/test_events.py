"""What happens, as it happens."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from responder.control import changes
from responder.control import events as module
from tests.control.site import Document, Site, site

PATIENCE = aiohttp.ClientTimeout(total=20)


class Listener:
    """Somebody who listens to events."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self.latest = 0

    async def event(self) -> tuple[str, Document]:
        """Return the kind of the next event, and its data; a comment has the kind ``:``."""
        lines: dict[str, str] = {}
        while line := (await self._response.content.readline()).decode().rstrip("\n"):
            name, _, value = line.partition(": ")
            if not name:
                return ":", value
            lines[name] = value
        if not lines:
            return await self.event()
        self.latest = int(lines["id"])
        return lines["event"], json.loads(lines["data"])

    async def until(self, kind: str) -> Document:
        """Return the data of the next event of a kind."""
        while True:
            found, data = await self.event()
            if found == kind:
                return data


@asynccontextmanager
async def listening(here: Site, after: int | None = None) -> AsyncIterator[Listener]:
    headers = {} if after is None else {"Last-Event-ID": str(after)}
    url = here.url("/api/v1/events")
    async with here.session.get(url, headers=headers, timeout=PATIENCE) as response:
        assert response.status == 200
        assert response.headers["Content-Type"] == "text/event-stream; charset=utf-8"
        listener = Listener(response)
        assert await listener.event() == (":", "listening")
        yield listener


async def test_calls_are_told_of_and_what_else_changes() -> None:
    async with site() as here, listening(here) as listener:
        await here.dial("486")
        data = await listener.until("calls")
        assert data["left_out"] == 0
        assert data["calls"][0]["target"] == "486"
        await here.ask("POST", "/api/v1/rules", "respond: 486")
        assert await listener.until("rules") == {}
        await here.ask("POST", "/api/v1/reset")
        assert await listener.until("reset") == {}


async def test_who_comes_back_hears_what_happened_meanwhile() -> None:
    async with site() as here:
        async with listening(here) as listener:
            await here.dial("486")
            await listener.until("calls")
            latest = listener.latest
        await here.dial("480")
        async with listening(here, latest) as listener:
            data = await listener.until("calls")
            assert "480" in [each["target"] for each in data["calls"]]
            assert listener.latest > latest
        async with listening(here) as listener:
            await here.ask("POST", "/api/v1/rules", "respond: 486")
            assert (await listener.event())[0] == "rules"


@pytest.mark.parametrize("after", [0, 999])
async def test_who_missed_too_much_is_told_so(after: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_EVENTS", 1)
    async with site() as here:
        async with listening(here) as listener:
            for kind in ("calls", "rules"):
                if kind == "calls":
                    await here.dial("486")
                else:
                    await here.ask("POST", "/api/v1/rules", "respond: 486")
                await listener.until(kind)
        async with listening(here, after) as listener:
            assert await listener.event() == ("gap", {})


async def test_old_events_make_room_for_new_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 10)
    async with site() as here, listening(here) as listener:
        for _ in range(3):
            await here.ask("POST", "/api/v1/rules", "respond: 486")
            await listener.until("rules")


async def test_silence_is_broken_so_that_the_stream_is_not_taken_for_dead(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.01)
    async with site() as here, listening(here) as listener:
        assert await listener.event() == (":", "still here")


async def test_nobody_looks_once_nobody_listens() -> None:
    async with site() as here:
        async with listening(here):
            pass
        found = module.Events(here.running)
        await found.stop()


async def test_a_fault_of_a_look_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async with site() as here:
        faults: list[Exception] = []
        here.running.on_fault = faults.append
        monkeypatch.setattr(module, "PATIENCE", 0.01)
        async with listening(here) as listener:
            monkeypatch.setattr(changes.Changes, "look", lambda _: 1 / 0)
            while not faults:
                assert await listener.event() == (":", "still here")
    assert isinstance(faults[0], ZeroDivisionError)
