"""A responder inside a Python program: started, told what to expect, asked what came."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterable, Mapping, Sequence
from importlib import import_module
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar, Unpack

from responder.agent.places import uri_to_dial
from responder.agent.user_agent import UserAgent
from responder.api.asked import Asked, match_of, query
from responder.api.call import Call
from responder.api.files import Scenarios
from responder.api.home import Home, Thread
from responder.api.options import Options, plan_of
from responder.api.spot import spot
from responder.api.watch import Watch
from responder.api.web import Web
from responder.journal.journal import Stray
from responder.journal.record import Record
from responder.queries import select
from responder.rulebook import Of, RuleUse
from responder.sip.events import Core, Trace
from responder.waiting import STAGES, Goal, Wait, Waits

if TYPE_CHECKING:
    from responder.api.expectation import Expectation
    from responder.journal.verdicts import Verdict

FAREWELL: Final = 0.5
"""Seconds that calls in progress have for their end, once the responder is to stop."""

T = TypeVar("T")


class Responder:
    """A SIP endpoint that answers as it is told, and remembers what came.

    ``async with Responder(...)`` answers on the event loop of the program, ``with Responder(...)``
    in a thread with a loop of its own, for plain programs and other event loops. It starts once.
    All methods may be called from any thread, before the start and after the end too; those that
    wait block, and have a form with ``_async`` behind that is awaited instead.

    Attributes:
        addresses: what it listens on, such as ``udp:127.0.0.1:40001``; empty before the start.
        listeners: those of them that a scenario gives a name, by their names.
        http: what it serves over HTTP: where, and to whom.
        rulebook: its rules, for the parts of this package.
    """

    def __init__(
        self,
        scenario: Scenarios | None = None,
        *,
        listen: str | Sequence[str] | None = None,
        users: str | os.PathLike[str] | Mapping[str, str] | None = None,
        realm: str = "sip-responder",
        seed: int | None = None,
        advertise: str | tuple[str, int | None] | None = None,
        allow: str | Sequence[str] = (),
        media_ports: str = "0",
        media_timeout: float = 0.0,
        journal_calls: int = 1_000,
        journal_bytes: int = 64 * 1024 * 1024,
        http: str | None = None,
    ) -> None:
        """Read what it is to do; nothing is bound yet.

        Args:
            scenario: a path, the text of a scenario, its values, or a list of these. None answers
                what is dialled alone.
            listen: addresses such as ``udp:127.0.0.1:0``; port 0 picks a free one. None leaves it
                to the scenario, or else takes a free port of 127.0.0.1 for UDP and TCP.
            users: whose credentials fit: ``any``, a file, or passwords by name. None leaves it to
                the scenario.
            realm: the realm of challenges.
            seed: makes every random choice the same each time.
            advertise: a host, or host and port, that peers are told in place of the one reached.
            allow: the networks that may call; by default loopback, private and link-local ones.
            media_ports: a range such as ``10000-19999``, ``0`` for any free ones, ``off`` for none.
            media_timeout: seconds without audio until a call is ended; 0 for never.
            journal_calls: how many calls are remembered.
            journal_bytes: how many bytes of messages they hold together.
            http: where to serve the HTTP API and the page, such as ``127.0.0.1:0``; None for
                nowhere.

        Raises:
            BadScenario: with everything that is wrong with the scenario.
            BadAddress, BadUsers: another argument cannot be read; the text is one sentence.
        """
        at = spot()
        options = Options(
            listen=listen,
            users=users,
            realm=realm,
            seed=seed,
            advertise=advertise,
            allow=allow,
            media_ports=media_ports,
            media_timeout=media_timeout,
            journal_calls=journal_calls,
            journal_bytes=journal_bytes,
        )
        plan, self._expectations = plan_of(scenario, options, at)
        self._plan = plan
        self._faults: list[Exception] = []
        self._home = Home()
        self._thread: Thread | None = None
        self._started = False
        self._looking = False
        self._ended: float | None = None
        self._agent = UserAgent(
            plan, on_trace=_nothing, on_fault=self._faults.append, before=self._watched
        )
        self._stack = self._agent.stack
        self._journal = self._stack.journal
        self._waits = Waits(self._journal)
        self.http = Web(http)
        self._expected: list[Expectation] = []
        self.rulebook = self._agent.rulebook
        self.addresses: tuple[str, ...] = ()
        self.listeners: Mapping[str, str] = {}

    def __repr__(self) -> str:
        return f"<Responder {' '.join(self.addresses) or 'not started'}>"

    # Life

    async def __aenter__(self) -> Self:
        """Start on the event loop that runs; see `start`."""
        self._start_once()
        await self._begin()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End every call, and close every socket; see `stop`."""
        await self._end()
        self._raise_faults()

    def __enter__(self) -> Self:
        """Start in a thread of its own; see `start`."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End every call, and close every socket; see `stop`."""
        self.stop()

    def start(self) -> None:
        """Start in a thread of its own, and return once it answers; `stop` is due then.

        Raises:
            BindFailed: an address cannot be had.
        """
        self._start_once()
        thread = Thread(self._begin, self._end)
        thread.start()
        self._thread = thread

    def stop(self) -> None:
        """End every call, close every socket, and end the thread; a second time does nothing.

        Raises:
            ExceptionGroup: faults of the responder's own code, which it went on after.
        """
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.stop()
            self._raise_faults()

    @property
    def uri(self) -> str:
        """The URI of the first address that is listened on, such as ``sip:127.0.0.1:40001``."""
        return self.uri_for()

    @property
    def port(self) -> int:
        """The port of the first address that is listened on."""
        return int(self._address("").rpartition(":")[2])

    def uri_for(self, user: str = "", transport: str = "") -> str:
        """Return a URI that reaches this responder.

        Args:
            user: the user part, such as ``486``.
            transport: one that is listened on; by default that of the first address. One other than
                udp is named in the URI.

        Raises:
            LookupError: nothing is listened on, by that transport.
        """
        return uri_to_dial(self._address(transport), self._plan.advertise, user)

    # What it answers

    def expect(self, method: str | Sequence[str] | None, **asked: Unpack[Asked]) -> "Expectation":
        """Begin a rule for requests of a method, of several, or (None) of any.

        It answers from the moment that it is told what to respond.

        Args:
            method: such as ``INVITE``.
            asked: what else a request has to be; see `responder.api.asked.Asked`.

        Raises:
            BadScenario: with everything that is wrong, at the line of this call.
        """
        __tracebackhide__ = True
        # Not at the top: pydantic takes longer to import than all the rest.
        module = import_module("responder.api.expectation")
        made: Expectation = module.Expectation(self, match_of(asked, method), spot())
        self._expected.append(made)
        return made

    def expect_invite(self, **asked: Unpack[Asked]) -> "Expectation":
        """Begin a rule for INVITEs; see `expect`."""
        __tracebackhide__ = True
        return self.expect("INVITE", **asked)

    def expect_register(self, **asked: Unpack[Asked]) -> "Expectation":
        """Begin a rule for REGISTERs; see `expect`."""
        __tracebackhide__ = True
        return self.expect("REGISTER", **asked)

    def expect_options(self, **asked: Unpack[Asked]) -> "Expectation":
        """Begin a rule for OPTIONS; see `expect`."""
        __tracebackhide__ = True
        return self.expect("OPTIONS", **asked)

    @property
    def rules(self) -> list[RuleUse]:
        """Every rule in the order in which they are asked, and how often each was used."""
        return self.ask(self.rulebook.uses)

    def reset(self) -> None:
        """Forget what was added, all counts and the record; what files say stays.

        Calls in progress go on.
        """
        self.ask(self._reset)

    # What came

    @property
    def calls(self) -> list[Call]:
        """Every call, and every request outside any, oldest first."""
        return self._calls(self.ask(lambda: list(self._journal.records)))

    @property
    def unmatched(self) -> list[Call]:
        """The requests that no rule matched and nothing dialled answered.

        An OPTIONS or REGISTER, which phones send by themselves, is not among them where dialling
        answers it. Without any rule none is.
        """
        return self._calls(self.ask(self.rulebook.unmatched))

    @property
    def strays(self) -> list[Stray]:
        """What belonged to no call, such as garbage, oldest first."""
        return self.ask(lambda: list(self._journal.strays))

    def find_calls(
        self, *, method: str | Sequence[str] | None = None, **asked: Unpack[Asked]
    ) -> list[Call]:
        """Return the calls so far whose first requests are as asked.

        Raises:
            BadScenario: with everything that is wrong with what is asked.
        """
        conditions = query(asked, method, spot())
        return self._calls(self.ask(lambda: select(self._journal.records, conditions)))

    def wait_for_call(
        self,
        *,
        method: str | Sequence[str] | None = None,
        status: int | Collection[int] | None = None,
        until: str | None = None,
        timeout: float = 5.0,
        **asked: Unpack[Asked],
    ) -> Call:
        """Wait for a call; return it. Each call is returned once, so the next one is another.

        Args:
            method: the method that begins it, or several; None for any.
            status: one that it has to have got, or several of which it has to have got one.
            until: how far it has to have come: ``began``, ``answered``, ``settled`` (answered,
                and the ACK is there) or ``ended``; ``settled`` unless ``status`` is provisional.
            timeout: seconds.
            asked: what its first request has to be.

        Raises:
            AssertionError: it did not come in time; the text tells which calls came nearest, and
                field by field what was wanted and what came.
            BadScenario: with everything that is wrong with what is asked.
        """
        __tracebackhide__ = True
        goal = self._goal(method, status, until, 1, True, asked)
        return self._await(goal, timeout)[0]

    def wait_for_call_async(
        self,
        *,
        method: str | Sequence[str] | None = None,
        status: int | Collection[int] | None = None,
        until: str | None = None,
        timeout: float = 5.0,
        **asked: Unpack[Asked],
    ) -> Awaitable[Call]:
        """Do what `wait_for_call` does without blocking the event loop of the caller."""
        goal = self._goal(method, status, until, 1, True, asked)
        return self._first(self._await_async(goal, timeout))

    def wait_for(
        self,
        *,
        count: int = 1,
        method: str | Sequence[str] | None = None,
        status: int | Collection[int] | None = None,
        until: str | None = None,
        timeout: float = 5.0,
        **asked: Unpack[Asked],
    ) -> list[Call]:
        """Wait until there are so many calls, of all that have come; return all that fit.

        The arguments and errors are those of `wait_for_call`.
        """
        __tracebackhide__ = True
        goal = self._goal(method, status, until, count, False, asked)
        return self._await(goal, timeout)

    def wait_for_async(
        self,
        *,
        count: int = 1,
        method: str | Sequence[str] | None = None,
        status: int | Collection[int] | None = None,
        until: str | None = None,
        timeout: float = 5.0,
        **asked: Unpack[Asked],
    ) -> Awaitable[list[Call]]:
        """Do what `wait_for` does without blocking the event loop of the caller."""
        goal = self._goal(method, status, until, count, False, asked)
        return self._await_async(goal, timeout)

    # Judgement

    def assert_all_used(self, *, of: Of = "all") -> None:
        """Fail unless every rule answered: as often as it was told to, the others at least once.

        Args:
            of: ``all`` rules; those that were ``added`` by the program; those of ``files``, for
                which what they did before a `reset` counts too.

        Raises:
            AssertionError: with each rule that did not, and the call that came nearest to it.
        """
        __tracebackhide__ = True
        said = [*self.ask(lambda: list(self.rulebook.unused_lines(of)))]
        said += [
            f"{each.place}: what is expected here was never told what to respond"
            for each in self._expected
            if of != "files" and not each.complete
        ]
        _fail(said)

    def assert_all_matched(self) -> None:
        """Fail if there is anything in `unmatched`.

        Raises:
            AssertionError: with each such request, and the rule that came nearest to it.
        """
        __tracebackhide__ = True
        _fail(self.ask(lambda: list(self.rulebook.unmatched_lines())))

    def assert_expected(self) -> None:
        """Fail unless all came true that the scenarios ``expect``, as if nothing more could come.

        Raises:
            AssertionError: with each expectation that did not, and why.
        """
        __tracebackhide__ = True
        if self._expectations:
            _fail(self.ask(self._unfulfilled))

    def summary(self) -> str:
        """Return what happened as text: what went wrong with rules, and each call's ladder."""
        # Not at the top: rich is needed for this alone.
        module = import_module("responder.api.summary")
        said: list[str] = self.ask(
            lambda: [*module.summary(self._journal, self.rulebook, self.addresses, self.judge)]
        )
        return "\n".join(said)

    # responder.api.call.Source, responder.api.expectation.Owner

    def ask(self, action: Callable[[], T]) -> T:
        """Return what ``action`` returns, called where nothing changes meanwhile."""
        return self._home.ask(action)

    def judge(self, record: Record) -> "Mapping[str, Verdict]":
        """Return the verdicts on the caller of a record, as of now."""
        verdicts = import_module("responder.journal.verdicts")

        def judged() -> "Mapping[str, Verdict]":
            attempts = verdicts.Attempts(self._journal.records, self._journal.strays)
            plan, now = self._plan, self._now()
            users = plan.authentication.users
            found: Mapping[str, Verdict] = verdicts.judge(
                verdicts.Evidence(record, attempts, now=now, timing=plan.timing, users=users)
            )
            return found

        return self.ask(judged)

    def wait_until(self, record: Record, until: str, timeout: float) -> None:
        """Wait until a call has come so far."""
        __tracebackhide__ = True
        self._await(self._goal_of(record, until), timeout)

    async def wait_until_async(self, record: Record, until: str, within: float) -> None:
        """Do the same without blocking the event loop of the caller."""
        __tracebackhide__ = True
        await self._await_async(self._goal_of(record, until), within)

    # Its own

    def _start_once(self) -> None:
        if self._started:
            raise RuntimeError("a Responder starts once: make another one")
        self._started = True

    async def _begin(self) -> None:
        self._home.settle()
        try:
            await self._agent.start()
            self.http.open(self._agent, self._plan, self._faults.append)
        except BaseException:
            await self._agent.stop()
            self._home.leave()
            raise
        self.addresses = tuple(self._agent.driver.addresses)
        self.listeners = dict(self._agent.driver.named)

    async def _end(self) -> None:
        await self.http.close()
        await self._agent.say_farewell(FAREWELL)
        await self._agent.stop()
        self._ended = time.monotonic()
        self._waits.look()
        self._waits.end("the responder stopped")
        self._home.leave()

    def _raise_faults(self) -> None:
        if self._faults:
            raise ExceptionGroup("the responder failed at its own work", self._faults)

    def _address(self, transport: str) -> str:
        for address in self.addresses:
            if address.startswith(f"{transport}:") or not transport:
                return address
        by = f" by {transport}" if transport else ""
        listens = " ".join(self.addresses) or "it has not started"
        raise LookupError(f"nothing is listened on{by}: {listens}")

    def _reset(self) -> None:
        self._agent.reset()
        self._expected.clear()

    def _calls(self, records: Iterable[Record]) -> list[Call]:
        return [Call(record, self) for record in records]

    def _watched(self, core: Core) -> Core:
        return Watch(core, self._notice)

    def _notice(self) -> None:
        """Take note that something may have happened; waits are looked at once it is done with."""
        self.rulebook.count()
        if self._waits.pending and not self._looking:
            self._looking = True
            self._home.soon(self._look)

    def _look(self) -> None:
        self._looking = False
        self._waits.look()

    def _unfulfilled(self) -> list[str]:
        judge = import_module("responder.judge.expectations").judge_expectations
        plan, now = self._plan, self._now()
        users = plan.authentication.users
        judged = judge(self._expectations, self._journal, now, True, plan.timing, users)
        outcomes = [each.outcome(0.0) for each in judged]
        return [f"{each.place}: {each.name}: {each.why}" for each in outcomes if not each.held]

    def _now(self) -> float:
        return time.monotonic() if self._ended is None else self._ended

    # Waiting

    def _goal(
        self,
        method: str | Sequence[str] | None,
        status: int | Collection[int] | None,
        until: str | None,
        count: int,
        once: bool,
        asked: Asked,
    ) -> Goal:
        at = spot()
        statuses = [status] if isinstance(status, int) else status
        if until is None:
            provisional = statuses is not None and min(statuses, default=200) < 200
            until = "began" if provisional else "settled"
        return Goal(query(asked, method, at), statuses, _stage(until), count, once, at.line)

    def _goal_of(self, record: Record, until: str) -> Goal:
        return Goal((), None, _stage(until), 1, False, spot().line, record)

    def _await(self, goal: Goal, timeout: float) -> list[Call]:
        if self._home.here:
            raise RuntimeError(
                "waiting would block the event loop that answers: await the form with _async"
            )
        __tracebackhide__ = True
        wait = self.ask(lambda: self._waits.begin(goal))
        try:
            return self._calls(wait.result.result(timeout if self._home.lives else 0))
        except TimeoutError:
            return self._in_vain(wait, timeout)
        finally:
            self.ask(lambda: self._waits.forget(wait))

    async def _await_async(self, goal: Goal, within: float) -> list[Call]:
        __tracebackhide__ = True
        wait = self.ask(lambda: self._waits.begin(goal))
        coming = asyncio.wrap_future(wait.result)
        try:
            await asyncio.wait([coming], timeout=within if self._home.lives else 0)
            return self._calls(coming.result()) if coming.done() else self._in_vain(wait, within)
        finally:
            self.ask(lambda: self._waits.forget(wait))
            coming.cancel()

    async def _first(self, coming: Coroutine[Any, Any, list[Call]]) -> Call:
        __tracebackhide__ = True
        return (await coming)[0]

    def _in_vain(self, wait: Wait, timeout: float) -> list[Call]:
        """Raise the reason, unless what was waited for has come at the last moment."""
        __tracebackhide__ = True
        why = f"not within {timeout:g} s" if self._home.lives else "the responder does not run"
        reason = self.ask(lambda: "" if wait.result.done() else self._waits.reason(wait, why))
        if reason:
            raise AssertionError(reason) from None
        return self._calls(wait.result.result())


def _nothing(_trace: Trace, _now: float) -> None:
    """Take no note of a trace: none is asked for."""


def _stage(until: str) -> str:
    if until not in STAGES:
        raise ValueError(f'until: found "{until}", expected {", ".join(STAGES)}')
    return until


def _fail(said: Sequence[str]) -> None:
    __tracebackhide__ = True
    if said:
        raise AssertionError("\n".join(said))
