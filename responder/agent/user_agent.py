"""A stack with its sockets, as a plan has it: bound, driven, ended."""

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from responder import __version__
from responder.agent.plan import Plan, impairments_of
from responder.agent.tokens import fresh_tokens, seeded_tokens
from responder.faults.impairment import Impairment
from responder.journal.journal import Journal
from responder.media.sounds import Sounds
from responder.net.allow import NEARBY, Allow
from responder.net.driver import Driver
from responder.net.locate import Locator
from responder.net.rtp import RtpPorts
from responder.rulebook import Rulebook
from responder.sessions import Audio
from responder.sip.events import Core, Trace
from responder.sip.settings import Settings
from responder.stack import Stack

if TYPE_CHECKING:
    from responder.scenario.compiler import Compiled

GLANCE: Final = 0.02
"""Seconds between two looks at whether the calls have ended that are to."""


class UserAgent:
    """The answering side of RFC 3261 on one event loop, from binding its addresses to its end.

    Attributes:
        stack: what answers.
        driver: the sockets of SIP.
        ports: those of audio; None where there is none.
        rulebook: the rules of its stack.
    """

    def __init__(
        self,
        plan: Plan,
        *,
        on_trace: Callable[[Trace, float], None],
        on_fault: Callable[[Exception], None],
        before: Callable[[Core], Core] = lambda core: core,
    ) -> None:
        """Make everything; nothing is bound before `start`.

        Args:
            plan: what to do.
            on_trace: takes every trace, if the plan wants any.
            on_fault: takes every exception of our own code.
            before: puts something between the sockets and the stack.

        Raises:
            BadAddress: a network of ``plan.allow`` cannot be read.
        """
        self._plan = plan
        self._impairments: Sequence[Impairment] = plan.impairments
        clock = time.monotonic
        numbers = random.Random(plan.seed)
        tokens = fresh_tokens() if plan.seed is None else seeded_tokens(numbers)
        settings = Settings(
            server=f"sip-responder/{__version__}",
            advertise=plan.advertise,
            epoch=plan.epoch,
            timing=plan.timing,
            limits=plan.limits,
            media_timeout=plan.media_timeout,
            authentication=plan.authentication,
            registering=plan.registering,
        )
        journal = Journal(plan.journal_calls, plan.journal_bytes)
        allow = Allow(plan.allow or NEARBY)
        self.ports: RtpPorts | None = None
        if plan.media_ports is not None:
            self.ports = RtpPorts(
                plan.media_ports,
                allow,
                clock,
                draw=lambda most: numbers.randint(0, most),
                on_fault=on_fault,
            )
        audio = Audio(self.ports, Sounds(lambda path: Path(path).read_bytes()))
        # A stream of its own: how many tokens a call takes does not change how long it waits.
        chance = random.Random(plan.seed).random
        self.stack = Stack(settings, tokens, plan.rules, journal, audio, chance)
        self.stack.uas.records.traces = plan.traces
        named = {each.name: str(each) for each in plan.listens if each.name}
        self.rulebook = Rulebook(self.stack, named)
        self.driver = Driver(
            before(self.stack),
            allow,
            clock,
            on_trace=on_trace,
            on_fault=on_fault,
            locator=Locator(draw=lambda most: numbers.randint(0, most)),
        )

    async def start(self) -> None:
        """Bind every address and begin to answer; `stop` is due even where this fails.

        Raises:
            BindFailed: an address could not be bound.
        """
        if self._plan.impairments:
            self.stack.impair(self._plan.impairments, time.monotonic())
        if self.ports is not None:
            self.ports.start()
        await self.driver.start(self._plan.listens)
        self.stack.begin(time.monotonic())

    def adopt(self, compiled: "Compiled") -> None:
        """Answer by other scenarios from now on; calls in progress go on by what they began with.

        Their rules and impairments are taken over. What else they say holds from a start only.
        """
        impairments = impairments_of(compiled)
        self._impairments = impairments
        if impairments or self.stack.impairments:
            self.impair(impairments)
        self.rulebook.adopt(compiled.rules)

    def impair(self, impairments: Sequence[Impairment]) -> None:
        """Impair all traffic by these alone from now on."""
        self.driver.submit(lambda: self.stack.impair(impairments, time.monotonic()))

    def reset(self) -> None:
        """Forget the rules and impairments that files do not have, all counts and the record.

        Calls in progress go on.
        """
        self.rulebook.reset()
        self.stack.reset(time.monotonic())
        if self.stack.impairments != tuple(self._impairments):
            self.impair(self._impairments)

    async def say_farewell(self, seconds: float) -> None:
        """Give every call in progress its end, and its peer so many seconds to confirm it."""
        self.driver.submit(lambda: self.stack.shut_down(time.monotonic()))
        loop = asyncio.get_running_loop()
        latest = loop.time() + seconds
        quiet = loop.create_future()

        def glance() -> None:
            if self.stack.idle() or loop.time() >= latest:
                quiet.set_result(None)
            else:
                loop.call_later(GLANCE, glance)

        glance()
        await quiet

    async def stop(self) -> None:
        """Close every socket."""
        await self.driver.stop()
        if self.ports is not None:
            self.ports.close()
