"""One responder with its HTTP, on free ports of this machine and on the event loop of the test."""

import asyncio
import io
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import aiohttp

from responder.agent.plan import Plan, by_scenarios
from responder.agent.reloading import Reloading
from responder.agent.scenario_files import read_scenarios
from responder.agent.user_agent import UserAgent
from responder.control.door import Door
from responder.control.running import Running
from responder.control.settings import Http
from responder.net.bind import bind_tcp
from responder.net.listen import Listen
from tests.cli.phone import PATIENCE, phone

GLANCE = 0.002
Document: TypeAlias = Any
PLAN = Plan(listens=[Listen("udp", "127.0.0.1", 0)], media_ports=None, traces=False)


@dataclass(frozen=True, slots=True)
class Got:
    """A response over HTTP."""

    status: int
    headers: Mapping[str, str]
    data: bytes

    @property
    def text(self) -> str:
        return self.data.decode()

    @property
    def document(self) -> "Document":
        return json.loads(self.data)


@dataclass
class Site:
    """A responder, and somebody who visits it."""

    running: Running
    session: aiohttp.ClientSession
    told: list[str] = field(default_factory=list)

    @property
    def sip(self) -> str:
        return self.running.agent.driver.addresses[0]

    def url(self, path: str) -> str:
        return f"http://{self.running.address}{path}"

    async def ask(
        self, method: str, path: str, body: object = None, **headers: str
    ) -> tuple[int, Any]:
        """Return the status, and the document if there is one."""
        got = await self.fetch(method, path, body, **headers)
        return got.status, got.document if got.data else None

    async def fetch(self, method: str, path: str, body: object = None, **headers: str) -> Got:
        """Send text as it is, anything else as JSON."""
        text = body if body is None or isinstance(body, (str, bytes)) else json.dumps(body)
        data = io.BytesIO(text.encode()) if isinstance(text, str) else text
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.session.request(
            method, self.url(path), data=data, headers=named, allow_redirects=False
        ) as response:
            return Got(response.status, response.headers, await response.read())

    async def dial(self, *numbers: str) -> list[list[int]]:
        """Call numbers one after another; return what each got."""
        found = []
        async with phone(self.sip) as alice:
            for number in numbers:
                await alice.call(number)
                found.append(await alice.statuses())
                await alice.ack()
                await self._settled()
        return found

    async def _settled(self) -> None:
        """Wait until the ACK of the latest call is in the record."""
        for _ in range(int(PATIENCE / GLANCE)):
            if self.running.journal.records[-1].shown:
                return
            await asyncio.sleep(GLANCE)
        raise AssertionError("the ACK never came")


@asynccontextmanager
async def site(
    *scenarios: str, home: Path | None = None, http: Http | None = None, plan: Plan = PLAN
) -> AsyncIterator[Site]:
    """Have a responder answer by scenarios; they lie in ``1.yaml``, ``2.yaml`` ... of home."""
    files = []
    for number, text in enumerate(scenarios, 1):
        assert home is not None
        files.append(home / f"{number}.yaml")
        files[-1].write_text(text)
    if files:
        plan = by_scenarios(plan, read_scenarios(files))
    faults: list[Exception] = []
    told = Told()
    agent = UserAgent(plan, on_trace=lambda *_: None, on_fault=faults.append)
    http = http if http is not None else Http(port=0)
    sock = bind_tcp(http.host, http.port)
    address = f"{http.host}:{sock.getsockname()[1]}"
    again = Reloading(files, agent.adopt, told, plan.compiled) if files else None
    door = Door(Running(agent, plan, http, address, faults.append, again), sock)
    await agent.start()
    door.start()
    try:
        async with aiohttp.ClientSession() as session:
            yield Site(door.running, session, told.said)
    finally:
        await door.stop()
        await agent.stop()
    assert faults == []


class Told:
    """What was told of files that were read again."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def reloaded(self, rules: int) -> None:
        self.said.append(f"{rules} rules")

    def warning(self, text: str) -> None:
        self.said.append(text)
