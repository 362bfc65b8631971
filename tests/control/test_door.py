"""The door: nothing is there until somebody comes."""

import asyncio
import socket

import pytest

from responder.control import door as module
from responder.control.door import Door
from tests.control.site import site


async def test_who_comes_while_the_rest_is_imported_is_served() -> None:
    async with site() as here:
        found = await asyncio.gather(*[here.ask("GET", "/livez") for _ in range(5)])
        assert {status for status, _ in found} == {200}


async def test_a_door_that_nobody_came_to_is_closed() -> None:
    async with site() as here:
        sock = socket.create_server(("127.0.0.1", 0))
        sock.setblocking(False)
        door = Door(here.running, sock)
        door.start()
        await door.stop()
        assert sock.fileno() == -1


async def test_it_tells_once_all_is_imported() -> None:
    async with site() as here:
        sock = socket.create_server(("127.0.0.1", 0))
        sock.setblocking(False)
        opened = asyncio.Event()
        door = Door(here.running, sock, opened.set)
        door.start()
        assert not opened.is_set()
        _, writer = await asyncio.open_connection(*sock.getsockname())
        async with asyncio.timeout(20):
            await opened.wait()
        writer.close()
        await door.stop()


async def test_it_is_told_if_the_rest_cannot_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_name: str) -> object:
        raise ImportError("no aiohttp")

    monkeypatch.setattr(module, "import_module", missing)
    async with site() as here:
        faults: list[Exception] = []
        told = asyncio.Event()

        def fault(found: Exception) -> None:
            faults.append(found)
            told.set()

        here.running.on_fault = fault
        host, port = here.running.address.split(":")
        _, writer = await asyncio.open_connection(host, int(port))
        async with asyncio.timeout(20):
            await told.wait()
        writer.close()
        assert [str(each) for each in faults] == ["no aiohttp"]
