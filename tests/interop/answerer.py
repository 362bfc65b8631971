"""An answering side in a thread of the test, so that what it recorded can be judged."""

import asyncio
import threading
import time
from typing import Self

from responder.journal.verdicts import Attempts, Evidence, Verdict, judge
from responder.net.allow import Allow
from responder.net.driver import Driver
from responder.net.listen import parse_listen
from responder.scenario.rules import Rule, Rules
from responder.scenario.steps import Program, Respond, Wait
from responder.sip.settings import Settings
from responder.sip.users import EVERYONE, Users
from responder.stack import Stack
from responder.testing.tokens import counted_tokens

PATIENCE = 20.0
"""How long a call may take to end, in seconds. Only a failure waits that long."""

LATE = Program("late", ((Wait(2.5), Respond(200)),), trying=False)
"""Answers after 2.5 s and says nothing before, so that a caller sends its INVITE again."""


class Answerer:
    """Answers on free ports of 127.0.0.1 over UDP and TCP; leaving its context ends it.

    Args:
        rules: what answers; by default `LATE` answers ``late``, and the rest is dialled.
        listens: where to listen.

    Attributes:
        stack: what answers. It is to be looked at once the context is left.
        sip: what was bound, such as ``udp:127.0.0.1:40001``.
    """

    def __init__(
        self,
        rules: Rules | None = None,
        listens: tuple[str, ...] = ("udp:127.0.0.1:0", "tcp:127.0.0.1:0"),
    ) -> None:
        rules = rules if rules is not None else Rules((Rule(LATE, user=b"late"),))
        self.stack = Stack(Settings(), counted_tokens(), rules)
        self.sip: list[str] = []
        self._listens = listens
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._over = asyncio.Event()
        self._faults: list[Exception] = []
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()
        self._loop.close()
        assert self._faults == []

    def port(self, transport: str) -> int:
        """Return the port of a transport."""
        (found,) = (each for each in self.sip if each.startswith(f"{transport}:"))
        return int(found.rpartition(":")[2])

    def wait_for(self, calls: int) -> None:
        """Wait until there are records of so many calls, and all of them have ended."""
        deadline = time.monotonic() + PATIENCE
        records = self.stack.journal.records
        while len(records) < calls or any(each.ended is None for each in records):
            assert time.monotonic() < deadline, [each.statuses for each in records]
            time.sleep(0.02)

    def judged(self, number: int = 1, users: Users = EVERYONE) -> dict[str, Verdict]:
        """Return all verdicts on the call with this record number, as of now."""
        journal = self.stack.journal
        record = next(each for each in journal.records if each.number == number)
        attempts = Attempts(journal.records, journal.strays)
        return judge(Evidence(record, attempts, now=time.monotonic(), users=users))

    def faults(self, users: Users = EVERYONE) -> dict[str, str]:
        """Return what callers did wrong, by verdict: the fault of the last call that has one."""
        found: dict[str, str] = {}
        for record in self.stack.journal.records:
            verdicts = self.judged(record.number, users)
            found |= {name: each.sentence() for name, each in verdicts.items() if each.faults}
        return found

    def correct(self, users: Users = EVERYONE) -> set[str]:
        """Return the verdicts that are correct for a call, and wrong for none."""
        found = {
            name
            for record in self.stack.journal.records
            for name, each in self.judged(record.number, users).items()
            if each.outcome == "correct"
        }
        return found - self.faults(users).keys()

    def _run(self) -> None:
        self._loop.run_until_complete(self._answer())

    async def _answer(self) -> None:
        driver = Driver(
            self.stack, Allow(), on_fault=self._faults.append, on_trace=lambda _trace, _now: None
        )
        try:
            await driver.start([parse_listen(each) for each in self._listens])
            self.sip = driver.addresses
        finally:
            self._ready.set()
        await self._over.wait()
        await driver.stop()
