"""Connections over HTTP: how many there may be, and how long they may say nothing."""

import asyncio

import pytest

from responder.control import server
from responder.control.visitors import Visitors
from tests.control.site import Site, site


async def connect(here: Site) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, port = here.running.address.split(":")
    return await asyncio.open_connection(host, int(port))


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    """Return the status of one more request over a connection."""
    writer.write(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
    async with asyncio.timeout(20):
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(line for line in head.split(b"\r\n") if line.startswith(b"Content-Length"))
        await reader.readexactly(int(length.split()[1]))
    return head.split()[1]


async def test_one_connection_too_many_is_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "Visitors", lambda made: Visitors(made, most=2))
    async with site() as here:
        two = [await connect(here) for _ in range(2)]
        assert [await ask(*each) for each in two] == [b"200", b"200"]
        reader, third = await connect(here)
        async with asyncio.timeout(20):
            assert (await reader.read()).startswith(b"HTTP/1.1 503 ")
        assert [await ask(*each) for each in two] == [b"200", b"200"]
        for _, writer in [*two, (reader, third)]:
            writer.close()


async def test_one_that_asks_for_nothing_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "Visitors", lambda made: Visitors(made, soon=0.05))
    async with site() as here:
        asking = await connect(here)
        assert await ask(*asking) == b"200"
        reader, writer = await connect(here)
        writer.write(b"GET /livez HT")
        async with asyncio.timeout(20):
            assert await reader.read() == b""
        assert await ask(*asking) == b"200"
        writer.close()
        asking[1].close()
