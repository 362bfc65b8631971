"""A run from its beginning to its exit status, on this test's own event loop."""

import asyncio
import gc
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from responder.agent.plan import Plan, by_scenarios
from responder.cli import judging as module
from responder.cli.command import Command
from responder.cli.judging import Judging, Wanted
from responder.cli.log import Result
from responder.cli.serving import Answering
from responder.judge import standing
from responder.judge.outcomes import Judgement
from responder.judge.standing import read_until
from responder.net.listen import Listen
from responder.net.rtp import ANY_PORT
from tests.cli.phone import PATIENCE, phone
from tests.cli.test_serving import Told
from tests.cli.waiting import until
from tests.scenario.scenarios import compiled

PLAN = Plan(listens=(Listen("udp", "127.0.0.1", 0),), media_ports=ANY_PORT)
BUSY = "scenario: s\nrules: [{name: busy, match: {uri.user: busy}, respond: 486}]\n"
ONE_CALL = BUSY + "expect: [{rule: busy, calls: 1}, {rule: busy, caller: {ack: correct}}]\n"
SOON = 0.3
LATER = 3.0
"""Seconds of a run that ends because its time is over; a call fits into the latter."""


class Run:
    """A run in a task."""

    def __init__(
        self, text: str, last: str, seconds: float = PATIENCE, command: tuple[str, ...] = ()
    ) -> None:
        made = compiled(text)
        self.told: list[str] = []
        self.log = Told()
        self.command = Command(command) if command else None
        wanted = Wanted(made.expectations, read_until(last), seconds, self.command)
        self.judging = Judging(wanted, self.told.append)
        plan = replace(by_scenarios(PLAN, made), listens=PLAN.listens)
        self.answering = Answering(plan, self.log, beside=self.judging.beside)
        self.task = asyncio.create_task(self.answering.run())

    async def call(self, dialled: str = "busy", ack: bool = True) -> None:
        await asyncio.wait_for(self.log.begun.wait(), PATIENCE)
        async with phone(self.answering.driver.addresses[0]) as alice:
            await alice.call(dialled)
            await alice.statuses()
            if ack:
                await alice.ack()

    async def options(self) -> None:
        await asyncio.wait_for(self.log.begun.wait(), PATIENCE)
        async with phone(self.answering.driver.addresses[0]) as pbx:
            await pbx.send(pbx.request("OPTIONS", "sip:127.0.0.1", "options"))
            await pbx.receive()

    async def result(self) -> Result:
        await asyncio.wait_for(self.task, PATIENCE)
        assert self.judging.result is not None
        return self.judging.result

    async def failed(self) -> list[str]:
        return [outcome.name for outcome in (await self.result()).failed]


def waiting_for(file: Path) -> tuple[str, ...]:
    """Return a command that ends once there is a file."""
    return ("sh", "-c", f"until [ -e {file} ]; do sleep 0.02; done")


@asynccontextmanager
async def running(
    text: str, last: str = "decided", seconds: float = PATIENCE, command: tuple[str, ...] = ()
) -> AsyncIterator[Run]:
    run = Run(text, last, seconds, command)
    try:
        yield run
    finally:
        run.answering.stop("the test is over")
        await asyncio.gather(run.task, return_exceptions=True)


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(standing, "QUIET", 0.1)
    monkeypatch.setattr(module, "LOOK", 0.02)
    thresholds = gc.get_threshold()
    yield
    gc.set_threshold(*thresholds)
    gc.unfreeze()


# Without a command


async def test_it_is_over_once_all_is_decided() -> None:
    async with running(ONE_CALL) as run:
        await run.call()
        assert (await run.result()).status == 0
        assert await run.failed() == []
        assert run.log.reason == "the expectations are decided"
        assert 0 < run.judging.began < run.judging.ended


async def test_time_runs_out_with_too_little() -> None:
    async with running(BUSY + "expect: [{rule: busy, calls: 2}]\n", seconds=LATER) as run:
        await run.call()
        assert (await run.result()).status == 1
        assert await run.failed() == ["s/busy: calls 2"]
        assert run.log.reason == "3 s are over"


async def test_nothing_received_is_no_success() -> None:
    async with running(BUSY + "expect: [{rule: busy, calls: 0}]\n", seconds=SOON) as run:
        assert (await run.result()).status == 4
        assert await run.failed() == ["a call or request comes"]


async def test_a_background_options_decides_nothing() -> None:
    async with running(BUSY + "expect: [{rule: busy, calls: 0}]\n", seconds=SOON) as run:
        await run.options()
        (outcome,) = (await run.result()).failed
        assert outcome.why == "nothing came but what clients send by themselves: 1 OPTIONS"


async def test_so_many_calls() -> None:
    async with running(BUSY, "calls:2") as run:
        await run.call()
        await run.options()
        await run.call()
        assert (await run.result()).status == 0
        assert run.log.reason == "so many calls have come"


async def test_idle() -> None:
    async with running(BUSY, "idle:100ms") as run:
        await run.call()
        assert (await run.result()).status == 0
        assert run.log.reason == "nothing has come for so long"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_has_it_judged_by_what_there_is(number: signal.Signals) -> None:
    text = BUSY + "expect: [{rule: busy, calls: 2}, {rule: busy, calls: 1}]\n"
    async with running(text) as run:
        await run.call()
        os.kill(os.getpid(), number)
        assert (await run.result()).status == 1
        assert await run.failed() == ["s/busy: calls 2"]


# With a command


async def test_a_command_that_fails_passes_its_status_on() -> None:
    async with running(ONE_CALL, "command", command=("sh", "-c", "exit 7")) as run:
        assert (await run.result()).status == 7
        assert (await run.failed())[-1] == "command succeeds: sh -c 'exit 7'"
        assert run.log.reason == "the command ended with status 7"


async def test_a_long_command_is_told_in_short() -> None:
    command = ("sh", "-c", "exit 7", "x" * 200)
    async with running(ONE_CALL, "command", command=command) as run:
        name = (await run.failed())[-1]
        assert name.startswith("command succeeds: sh -c 'exit 7' xxx")
        assert name.endswith("x…")
        assert len(name) == len("command succeeds: ") + module.LONGEST_NAME


async def test_a_command_that_fails_ends_a_run_that_waits_for_more() -> None:
    async with running(ONE_CALL, "decided", command=("false",)) as run:
        assert (await run.result()).status == 1
        assert "command succeeds: false" in await run.failed()


async def test_a_command_that_calls_nobody() -> None:
    async with running(BUSY, "command", command=("true",)) as run:
        assert (await run.result()).status == 4
        assert run.log.reason == "the command has ended"


async def test_the_end_of_a_command_is_waited_for(tmp_path: Path) -> None:
    async with running(ONE_CALL, "command", command=waiting_for(tmp_path / "go")) as run:
        await run.call()
        (tmp_path / "go").touch()
        assert (await run.result()).status == 0


async def test_a_run_goes_on_when_its_command_only_began_something() -> None:
    async with running(ONE_CALL, "decided", command=("true",)) as run:
        assert run.command is not None
        command = run.command
        await until(lambda: command.status is not None)
        await run.call()
        assert (await run.result()).status == 0


async def test_a_command_that_is_not_waited_for_is_ended() -> None:
    async with running(ONE_CALL, "decided", command=("sleep", "60")) as run:
        await run.call()
        assert (await run.result()).status == 0
        assert run.command is not None
        assert run.command.status == 143


async def test_a_command_that_takes_too_long() -> None:
    async with running(ONE_CALL, "command", LATER, ("sleep", "60")) as run:
        await run.call()
        assert (await run.result()).status == 1
        assert await run.failed() == ["command ends in time: sleep 60"]


async def test_a_signal_ends_the_command_too() -> None:
    async with running(ONE_CALL, "command", command=("sleep", "60")) as run:
        await run.call()
        os.kill(os.getpid(), signal.SIGINT)
        assert (await run.result()).status == 130
        assert run.command is not None
        assert run.command.status == 130


async def test_calls_that_the_command_left_behind_are_judged(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(module, "UNTOLD", 0.0)
    text = "timers: {t1: 20ms}\n" + ONE_CALL
    async with running(text, "command", command=waiting_for(tmp_path / "go")) as run:
        await run.call(ack=False)
        (tmp_path / "go").touch()
        (outcome,) = (await run.result()).failed
        assert outcome.name == "s/busy: ack correct"
        assert "ack correct expected, and it is wrong: in call 1 " in outcome.why
        (told,) = run.told
        assert told.startswith("the command has ended, and 1 call goes on: waiting ")


async def test_calls_that_nobody_judges_are_not_waited_for(tmp_path: Path) -> None:
    async with running(BUSY, "command", command=waiting_for(tmp_path / "go")) as run:
        await run.call(ack=False)
        (tmp_path / "go").touch()
        assert (await run.result()).status == 0
        assert run.told == []


# Faults


async def test_a_fault_of_our_own_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(judgement: Judgement, now: float) -> bool:
        raise RuntimeError(f"{judgement} at {now}")

    monkeypatch.setattr(Judgement, "settled", fails)
    async with running(ONE_CALL) as run:
        await run.call()
        with pytest.raises(RuntimeError, match="Judgement"):
            await run.result()


def test_leaving_at_once_kills_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[object] = []
    monkeypatch.setattr(os, "_exit", left.append)
    command = Command(["true"])
    monkeypatch.setattr(command, "kill", lambda: left.append("killed"))
    Judging(Wanted((), read_until("command"), 1.0, command), left.append).leave(130)
    Judging(Wanted((), read_until("idle:1s"), 1.0), left.append).leave(143)
    assert left == ["killed", 130, 143]
