"""The life of an answering process: bind, answer, end."""

import asyncio
import contextlib
import gc
import json
import os
import resource
import signal
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

from responder.agent.places import places_to_dial
from responder.agent.plan import Plan
from responder.agent.user_agent import UserAgent
from responder.cli.capturing import CaptureFile, Capturing
from responder.cli.log import Log, Start, Stop
from responder.cli.tap import Tap
from responder.cli.web import Web
from responder.scenario.rules import Rules
from responder.sip.events import Core
from responder.sip.headers.uri import escape_user

if TYPE_CHECKING:
    from responder.agent.reloading import Reloading

FAREWELL: Final = 2.0
"""Seconds that calls in progress have for their end, once the process is to stop."""

GARBAGE: Final = (50_000, 20, 50)
"""Thresholds of the collector of reference cycles (`gc.set_threshold`)."""

_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


class Answering:
    """One answering process, from the binding of its addresses to its end.

    Attributes:
        plan: what to do.
        agent: what answers, with its sockets.
        stack: its stack.
        driver: its sockets of SIP.
        signal: the signal that began the end; None where none did.
    """

    def __init__(
        self,
        plan: Plan,
        log: Log,
        web: Web | None = None,
        *,
        leave: Callable[[int], object] = os._exit,
        beside: Callable[["Answering"], AbstractAsyncContextManager[None]] | None = None,
    ) -> None:
        """Make everything; nothing is bound before `run`.

        Args:
            plan: what to do.
            log: what it is told to.
            web: what is served over HTTP beside it; None for nothing.
            leave: ends the process at once with an exit status.
            beside: what else is done while it answers: entered once everything is bound, left
                before the calls in progress are ended.

        Raises:
            BadAddress: a network of ``plan.allow`` cannot be read.
            OSError: the capture file cannot be written.
        """
        self.plan = plan
        self.signal: int | None = None
        self._log = log
        self._web = web
        self._leave = leave
        self._beside = beside
        self._over = asyncio.Event()
        self._reason = ""
        self._files = contextlib.ExitStack()
        self.agent = UserAgent(plan, on_trace=log.trace, on_fault=log.fault, before=self._between)
        self.stack = self.agent.stack
        self.driver = self.agent.driver
        self._reloading = self._files_again()

    async def run(self) -> None:
        """Answer until SIGTERM or SIGINT, or until `stop` is called, and end every call.

        The first signal ends the calls in progress and then the process; a second one ends the
        process at once, with 128 and the signal's number as its exit status.

        Raises:
            BindFailed: an address could not be bound.
            OSError: the port file could not be written.
        """
        began = time.monotonic()
        allow_descriptors()
        with _signals(self._signalled), self._files:
            try:
                await self.agent.start()
                if self._web is not None:
                    # aiohttp comes with the first visitor; the collector is not to walk over it.
                    self._web.open(
                        self.agent, self.plan, self._log, self._reloading, spare_the_collector
                    )
                with _port_file(self.plan.port_file, self._bound()):
                    self._log.started(self._start())
                    spare_the_collector()
                    async with self._watching(), self._accompanied():
                        await self._answer()
                self._log.stopping(self._reason)
                await self.agent.say_farewell(FAREWELL)
            finally:
                if self._web is not None:
                    await self._web.close()
                drops = self.driver.kernel_drops()
                await self.agent.stop()
        self._log.stopped(self._stop(time.monotonic() - began, drops))

    @property
    def pages(self) -> Sequence[str]:
        """Where the HTTP interface is, as URLs; empty where there is none."""
        return self._web.pages if self._web is not None else ()

    def stop(self, reason: str) -> None:
        """Begin the end, as the first signal does."""
        self._reason = reason
        self._over.set()

    def _files_again(self) -> "Reloading | None":
        """Return the scenario files, to be read again; None where there are none."""
        plan = self.plan
        paths = plan.files or plan.watch
        if not paths:
            return None
        # Not at the top: it costs the reading of scenarios.
        reloading = import_module("responder.agent.reloading")
        files: Reloading = reloading.Reloading(paths, self.agent.adopt, self._log, plan.compiled)
        return files

    def _between(self, core: Core) -> Core:
        """Put what shows or captures messages between the sockets and the stack."""
        clock, plan = time.monotonic, self.plan
        if plan.messages:
            core = Tap(core, self._log.message, clock)
        if plan.pcap is None:
            return core
        file = CaptureFile(plan.pcap, epoch=plan.epoch, on_failure=self._log.warning)
        self._files.callback(file.close)
        return Capturing(core, file, clock)

    @contextlib.asynccontextmanager
    async def _watching(self) -> AsyncIterator[None]:
        """Keep the scenarios in step with their files, if that is wanted."""
        paths = self.plan.watch
        if not paths:
            yield
            return
        # Not at the top: it costs the watcher.
        watching = import_module("responder.agent.watching")
        changed = watching.changes(paths)
        task = asyncio.create_task(watching.keep_in_step(self._reloading, changed))
        task.add_done_callback(self._watched)
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])

    def _accompanied(self) -> AbstractAsyncContextManager[None]:
        return contextlib.nullcontext() if self._beside is None else self._beside(self)

    def _watched(self, task: asyncio.Task[None]) -> None:
        fault = None if task.cancelled() else task.exception()
        if fault is not None:
            self._log.warning(f"the scenarios are watched no longer: {fault}")

    def _bound(self) -> dict[str, object]:
        """Return what is bound, as the port file tells it."""
        named = {"listeners": self.driver.named} if self.driver.named else {}
        http = {"http": self._web.address} if self._web is not None and self._web.address else {}
        return {"sip": list(self.driver.addresses), **named, **http}

    async def _answer(self) -> None:
        """Wait for the end; meanwhile the log learns of each second, if it wants to know."""
        if not self.plan.traces:
            await self._over.wait()
        while not self._over.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._over.wait(), 1.0)
            self._log.tick(self.driver.kernel_drops(), time.monotonic())

    def _signalled(self, number: int) -> None:
        if self._over.is_set():
            self._leave(128 + number)
        else:
            self.signal = number
            self.stop(signal.Signals(number).name)

    def _start(self) -> Start:
        return Start(
            addresses=tuple(self.driver.addresses),
            allow=tuple(self.plan.allow),
            dial=tuple(places_to_dial(self.driver.addresses, self.plan.advertise)),
            seed=self.plan.seed,
            rules=len(self.stack.uas.rules.rules),
            first=first_to_dial(self.stack.uas.rules),
            pages=self.pages,
        )

    def _stop(self, seconds: float, drops: int | None) -> Stop:
        journal = self.stack.journal
        shell = self.driver.counts
        counts = dict(journal.counts)
        counts |= {"unsent": shell.unsent, "slow peers closed": shell.slow_peers}
        if self.agent.ports is not None:
            counts["unsent audio packets"] = self.agent.ports.unsent
        calls = len(journal.records) + journal.evicted
        return Stop(seconds, calls, {k: v for k, v in counts.items() if v}, drops)


def first_to_dial(rules: Rules) -> str:
    """Return the user part that is worth calling first.

    That of a rule; where a rule takes calls to anybody, a number that spells nothing; else ``486``.
    """
    calls = [rule for rule in rules.rules if not rule.methods or b"INVITE" in rule.methods]
    for rule in calls:
        if rule.user is not None:
            return escape_user(rule.user).decode()
    return "1001" if calls else "486"


def allow_descriptors() -> None:
    """Let the process have as many descriptors as it may: an answered call has two of them."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        # Where the hard limit is none, the system may have another one of its own.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def spare_the_collector() -> None:
    """Have the collector of reference cycles run seldom, and never over what start-up made.

    A record or a transaction lives for seconds to hours and is freed by its reference count. With
    the interpreter's thresholds the collector would walk over all of them again and again: pauses
    of tenths of a second at 100,000 calls, in which the callers send again.
    """
    gc.freeze()
    gc.set_threshold(*GARBAGE)


@contextlib.contextmanager
def _signals(act: Callable[[int], None]) -> Iterator[None]:
    """Have SIGTERM and SIGINT call ``act``, where this thread is the one that takes signals."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    for number in _SIGNALS:
        loop.add_signal_handler(number, act, number)
    try:
        yield
    finally:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)
            signal.signal(number, before[number])


@contextlib.contextmanager
def _port_file(path: Path | None, bound: Mapping[str, object]) -> Iterator[None]:
    """Keep a file that says what is bound; who finds it finds it whole."""
    if path is None:
        yield
        return
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        part.write_text(json.dumps(bound) + "\n", encoding="utf-8")
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
