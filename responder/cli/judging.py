"""A run that is judged: it lasts until it is decided or its command ends."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from responder.cli.command import Command, environment_of
from responder.cli.log import Result
from responder.cli.serving import Answering
from responder.judge.counting import Counting
from responder.judge.outcomes import Judgement
from responder.judge.standing import Standings, Until
from responder.report.outcome import Outcome
from responder.scenario.expect import Expectation

HELD: Final = 0
FAILED: Final = 1
NOTHING_CAME: Final = 4
SIGNALLED: Final = 128
"""Exit statuses of a run; behind the last one stands the number of a signal."""

LOOK: Final = 0.1
"""Seconds between two looks at how far a run has come; ten times as long as one takes, if that is
more."""

SETTLE: Final = 0.3
"""Seconds that messages have to arrive which a command sent before it ended."""

LONGEST_NAME: Final = 80
"""Characters of a command in the name of an outcome."""

MARGIN: Final = 2.0
"""Seconds that a call may take longer than an ACK may be late, once its caller is gone."""

UNTOLD: Final = 2.0
"""Seconds of waiting for calls that go on, after which a person is told of it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a run is to be.

    Attributes:
        expectations: what is expected of it.
        until: what it lasts for.
        timeout: seconds that it lasts at most.
        command: what runs meanwhile; None for nothing.
        hidden: environment variables that the command does not get.
    """

    expectations: Sequence[Expectation]
    until: Until
    timeout: float
    command: Command | None = None
    hidden: frozenset[str] = frozenset()


class Judging:
    """What goes on beside the answering of a run, and what comes of it.

    Args:
        wanted: what the run is to be.
        tell: tells a person a sentence.

    Attributes:
        began: when it began, in seconds on the core's clock.
        ended: when it ended.
        result: what it came to; None before its end.
    """

    def __init__(self, wanted: Wanted, tell: Callable[[str], None]) -> None:
        self._wanted = wanted
        self._tell = tell
        self.began = self.ended = 0.0
        self.result: Result | None = None

    @asynccontextmanager
    async def beside(self, answering: Answering) -> AsyncIterator[None]:
        """Run the command, end the answering when the run is over, and judge it.

        Raises:
            CannotStart: the command cannot be started.
        """
        command = self._wanted.command
        stack = answering.stack
        judgement = Judgement(
            self._wanted.expectations,
            stack.uas.rules,
            stack.journal,
            answering.plan.timing,
            answering.plan.authentication.users,
        )
        counting = Counting(stack.uas.rules, self._wanted.expectations)
        course = _Course(self._wanted, judgement, Standings(stack.journal, counting), self._tell)
        self.began = time.monotonic()
        if command is not None:
            await command.start(self._environment(answering))
        task = asyncio.create_task(course.last(answering.plan.timing.timer_h + MARGIN))
        task.add_done_callback(lambda done: _ended(done, answering))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])
            if command is not None:
                await (command.end() if answering.signal is None else command.end(answering.signal))
        if not task.cancelled():
            task.result()
        self.ended = time.monotonic()
        outcomes = judgement.outcomes(self.began, self.ended)
        outcomes += self._of_the_command(self._wanted.until.what == "command" and course.late)
        self.result = self._result(outcomes, judgement.came(), answering.signal)

    def leave(self, status: int) -> None:
        """End the command and this process at once."""
        if self._wanted.command is not None:
            self._wanted.command.kill()
        os._exit(status)

    def _environment(self, answering: Answering) -> dict[str, str]:
        environment = {
            name: value for name, value in os.environ.items() if name not in self._wanted.hidden
        }
        driver = answering.driver
        return environment | environment_of(
            driver.addresses, driver.named, answering.plan.advertise, answering.pages
        )

    def _of_the_command(self, late: bool) -> list[Outcome]:
        """Return the outcome of a command that failed, or that had not ended in time."""
        command = self._wanted.command
        took = self.ended - self.began
        if command is None:
            return []
        name = str(command)
        name = name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"
        if command.failed:
            why = f"it ended with status {command.status}"
            return [Outcome(f"command succeeds: {name}", False, why, took)]
        if late and command.told:
            why = f"it had not ended after {self._wanted.timeout:g} s"
            return [Outcome(f"command ends in time: {name}", False, why, took)]
        return []

    def _result(self, outcomes: list[Outcome], came: bool, signal: int | None) -> Result:
        command = self._wanted.command
        failed = sum(not each.held for each in outcomes)
        if command is not None and command.failed:
            assert command.status is not None
            return Result(outcomes, command.status)
        if not came:
            return Result(outcomes, NOTHING_CAME)
        if failed:
            return Result(outcomes, FAILED)
        interrupted = command is not None and command.told and self._wanted.until.what == "command"
        if interrupted and signal is not None:
            return Result(outcomes, SIGNALLED + signal)
        return Result(outcomes, HELD)


class _Course:
    """The course of a run, from its beginning to when it is over."""

    def __init__(
        self,
        wanted: Wanted,
        judgement: Judgement,
        standings: Standings,
        tell: Callable[[str], None],
    ) -> None:
        self._wanted = wanted
        self._judgement = judgement
        self._standings = standings
        self._tell = tell
        self._latest = time.monotonic() + wanted.timeout
        self.late = False

    async def last(self, patience: float) -> str:
        """Wait until the run is over, and return why it is.

        Args:
            patience: seconds that calls have to be over once the command has ended.
        """
        command = self._wanted.command
        ending = None if command is None else asyncio.create_task(command.wait())
        try:
            while True:
                now = time.monotonic()
                why = self._over(now)
                if why:
                    return why
                if self._wanted.until.what == "command" and ending is not None and ending.done():
                    await self._calls_are_over(patience)
                    return "the command has ended"
                pause = max(LOOK, 10 * (time.monotonic() - now))
                await _first(ending, min(pause, self._latest - now))
        finally:
            if ending is not None:
                ending.cancel()

    def _over(self, now: float) -> str:
        """Return why the run is over whether or not the command runs; empty if it is not."""
        command, until = self._wanted.command, self._wanted.until
        if command is not None and command.failed:
            return f"the command ended with status {command.status}"
        if now >= self._latest:
            self.late = True
            return f"{self._wanted.timeout:g} s are over"
        standing = self._standings.look()
        over = standing.over(until, now, lambda: self._judgement.settled(now))
        return _WHY[until.what] if over else ""

    async def _calls_are_over(self, patience: float) -> None:
        """Wait until nothing goes on that the command left behind and that is judged."""
        ended = time.monotonic()
        if not self._wanted.expectations:
            patience = SETTLE
        latest = min(ended + patience, self._latest)
        told = False
        while (now := time.monotonic()) < latest:
            standing = self._standings.look()
            if not standing.going_on and now - max(ended, standing.latest) >= SETTLE:
                return
            if standing.going_on and not told and now - ended >= UNTOLD:
                told = True
                calls = "1 call goes" if standing.going_on == 1 else f"{standing.going_on} calls go"
                self._tell(
                    f"the command has ended, and {calls} on: waiting {latest - now:.0f} s at most"
                )
            await asyncio.sleep(LOOK)


_WHY: Final = {
    "decided": "the expectations are decided",
    "calls": "so many calls have come",
    "idle": "nothing has come for so long",
}


async def _first(ending: "asyncio.Task[None] | None", seconds: float) -> None:
    """Wait for so long, or until the command has ended."""
    if ending is None or ending.done():
        await asyncio.sleep(max(0.0, seconds))
    else:
        await asyncio.wait([ending], timeout=max(0.0, seconds))


def _ended(task: "asyncio.Task[str]", answering: Answering) -> None:
    """Begin the end of the answering, unless that is what ended the task."""
    if not task.cancelled():
        answering.stop("a fault of its own" if task.exception() is not None else task.result())
