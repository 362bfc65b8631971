"""An answering process from its start to its end, on this test's own event loop."""

import asyncio
import errno
import gc
import json
import os
import resource
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from responder.agent.plan import Plan, by_scenarios
from responder.agent.scenario_files import read_scenarios
from responder.cli import serving
from responder.cli.log import Log, Result, Start, Stop
from responder.cli.serving import (
    Answering,
    allow_descriptors,
    spare_the_collector,
)
from responder.faults.impairment import Impairment
from responder.faults.registry import compile_faults
from responder.net.errors import BadAddress, BindFailed
from responder.net.listen import Listen
from responder.net.rtp import ANY_PORT
from responder.scenario.rules import Rule, Rules
from responder.scenario.steps import Program, Respond
from responder.sip.events import Flow, Trace
from responder.sip.settings import Limits
from tests.cli.phone import PATIENCE, phone
from tests.report.dissection import packets
from tests.scenario.scenarios import compiled
from tests.serving import Serve

PLAN = Plan(
    listens=(Listen("udp", "127.0.0.1", 0), Listen("tcp", "127.0.0.1", 0)), media_ports=ANY_PORT
)


class Told(Log):
    """A log that keeps what it was told; each part can be awaited."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.start: Start | None = None
        self.traces: asyncio.Queue[Trace] = asyncio.Queue()
        self.ticks: asyncio.Queue[int | None] = asyncio.Queue()
        self.messages: list[tuple[bool, bytes]] = []
        self.faults: list[Exception] = []
        self.warnings: list[str] = []
        self.reloads: asyncio.Queue[int] = asyncio.Queue()
        self.reason = ""
        self.stop: Stop | None = None
        self.result: Result | None = None

    def started(self, start: Start) -> None:
        self.start = start
        self.begun.set()

    def trace(self, trace: Trace, now: float) -> None:
        self.traces.put_nowait(trace)

    def message(self, flow: Flow, data: bytes, came: bool, now: float) -> None:
        self.messages.append((came, data.partition(b"\r\n")[0]))

    def tick(self, drops: int | None, now: float) -> None:
        self.ticks.put_nowait(drops)

    def fault(self, fault: Exception) -> None:
        self.faults.append(fault)

    def reloaded(self, rules: int) -> None:
        self.reloads.put_nowait(rules)

    def warning(self, text: str) -> None:
        self.warnings.append(text)

    def stopping(self, reason: str) -> None:
        self.reason = reason

    def stopped(self, stop: Stop) -> None:
        self.stop = stop

    def judged(self, result: Result, now: float) -> None:
        self.result = result


class Running:
    """An answering process that runs in a task."""

    def __init__(self, plan: Plan) -> None:
        self.log = Told()
        self.left: list[int] = []
        self.gone = asyncio.Event()
        self.answering = Answering(plan, self.log, leave=self._leave)
        self.task = asyncio.create_task(self.answering.run())
        self.task.add_done_callback(lambda _: self.log.begun.set())

    def _leave(self, status: int) -> None:
        self.left.append(status)
        self.gone.set()

    async def started(self) -> Start:
        await asyncio.wait_for(self.log.begun.wait(), PATIENCE)
        if self.log.start is None:
            await self.task
        assert self.log.start is not None
        return self.log.start

    async def ended(self) -> Stop:
        async with asyncio.timeout(PATIENCE):
            await self.task
        assert self.log.stop is not None
        assert self.log.faults == []
        return self.log.stop


@asynccontextmanager
async def running(plan: Plan = PLAN) -> AsyncIterator[Running]:
    process = Running(plan)
    try:
        await process.started()
        yield process
    finally:
        process.answering.stop("the test is over")
        await asyncio.gather(process.task, return_exceptions=True)


@pytest.fixture(autouse=True)
def _collector() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.set_threshold(*thresholds)
    gc.unfreeze()


# Calls and their end


@pytest.mark.parametrize("which", [0, 1], ids=["udp", "tcp"])
async def test_a_call_is_answered_and_told(which: int) -> None:
    async with running() as process:
        start = await process.started()
        async with phone(start.addresses[which]) as alice:
            await alice.call("180-486")
            assert await alice.statuses() == [100, 180, 486]
            await alice.ack()
            trace = await asyncio.wait_for(process.log.traces.get(), PATIENCE)
        assert trace.kind == "call"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda each: each.name)
async def test_a_signal_ends_calls_then_the_process(number: signal.Signals) -> None:
    async with running() as process:
        udp, tcp = (await process.started()).addresses
        async with phone(udp, "alice") as alice, phone(tcp, "bob") as bob, phone(udp) as carol:
            await alice.call("180")
            assert (await alice.receive()).status == 100
            assert (await alice.receive()).status == 180
            await bob.call("200")
            assert await bob.statuses() == [100, 200]
            await bob.ack()
            await asyncio.wait_for(process.log.traces.get(), PATIENCE)
            await carol.call("silent")
            os.kill(os.getpid(), number)
            assert await alice.statuses() == [503]
            assert alice.final is not None
            assert b"retry-after" in alice.final.fields
            bye = await bob.receive()
            assert bye.method == b"BYE"
            assert not process.task.done()
            await bob.answer(bye)
            stop = await process.ended()
        assert process.log.reason == number.name
        assert stop.calls >= 2
        assert process.left == []


async def test_the_end_does_not_wait_for_a_peer_that_is_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(serving, "FAREWELL", 0.1)
    async with running() as process:
        udp, _ = (await process.started()).addresses
        async with phone(udp) as alice:
            await alice.call("200")
            await alice.statuses()
            await alice.ack()
            await asyncio.wait_for(process.log.traces.get(), PATIENCE)
            process.answering.stop("enough")
            await process.ended()


async def test_a_second_signal_ends_the_process_at_once() -> None:
    async with running() as process:
        udp, _ = (await process.started()).addresses
        async with phone(udp) as alice:
            await alice.call("200")
            await alice.statuses()
            await alice.ack()
            await asyncio.wait_for(process.log.traces.get(), PATIENCE)
            os.kill(os.getpid(), signal.SIGINT)
            bye = await alice.receive()
            assert bye.method == b"BYE"
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.wait_for(process.gone.wait(), PATIENCE)
            await alice.answer(bye)
            await process.ended()
    assert process.left == [128 + signal.SIGTERM]


async def test_the_signals_are_as_before_once_it_has_ended() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    async with running():
        pass
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] == before


async def test_its_sockets_are_closed_at_the_end() -> None:
    async with running() as process:
        addresses = (await process.started()).addresses
    port = int(addresses[0].rpartition(":")[2])
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with socket.socket(socket.AF_INET, kind) as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind(("127.0.0.1", port))


def test_signals_are_left_alone_in_another_thread() -> None:
    """An embedding program keeps its own handlers."""

    async def life() -> Stop:
        async with running() as process:
            process.answering.stop("enough")
            return await process.ended()

    async def in_a_thread() -> Stop:
        return await asyncio.to_thread(asyncio.run, life())

    assert asyncio.run(in_a_thread()).calls == 0


# What it is told


def entries(directory: Path) -> list[str]:
    return [entry.name for entry in directory.iterdir()]


async def test_the_port_file_is_there_while_it_answers(tmp_path: Path) -> None:
    path = tmp_path / "ports.json"
    path.write_text("of an earlier run")
    async with running(replace(PLAN, port_file=path)) as process:
        start = await process.started()
        assert json.loads(path.read_text()) == {"sip": list(start.addresses)}
        assert start.addresses[0].startswith("udp:127.0.0.1:")
        assert start.addresses[1].startswith("tcp:127.0.0.1:")
        assert entries(tmp_path) == [path.name]
    assert entries(tmp_path) == []


async def test_the_port_file_names_the_listeners_that_have_names(tmp_path: Path) -> None:
    path = tmp_path / "ports.json"
    listens = (Listen("udp", "127.0.0.1", 0), Listen("tcp", "127.0.0.1", 0, "trunk"))
    async with running(replace(PLAN, port_file=path, listens=listens)) as process:
        start = await process.started()
        assert json.loads(path.read_text()) == {
            "sip": list(start.addresses),
            "listeners": {"trunk": start.addresses[1]},
        }


@pytest.mark.parametrize("place", ["missing/ports.json", "."], ids=["no-directory", "a-directory"])
async def test_a_port_file_that_cannot_be_written_ends_it(tmp_path: Path, place: str) -> None:
    process = Running(replace(PLAN, port_file=tmp_path / place))
    with pytest.raises(OSError, match=r"No such file|Is a directory|busy|not empty") as failure:
        await process.started()
    assert failure.value.filename is not None
    assert entries(tmp_path) == []
    assert process.answering.driver.addresses == []


async def test_a_taken_port_ends_it() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        process = Running(Plan(listens=[Listen("udp", "127.0.0.1", taken.getsockname()[1])]))
        with pytest.raises(BindFailed) as failure:
            await process.started()
    assert failure.value.errno == errno.EADDRINUSE
    assert process.log.start is None


async def test_a_network_that_cannot_be_read_is_an_error_at_once() -> None:
    with pytest.raises(BadAddress):
        Answering(Plan(allow=["everyone"]), Told())


async def test_sources_that_are_not_allowed_are_told() -> None:
    async with running(replace(PLAN, allow=["192.0.2.0/24"])) as process:
        start = await process.started()
        assert start.allow == ("192.0.2.0/24",)
        async with phone(start.addresses[0]) as alice:
            await alice.call("486")
            trace = await asyncio.wait_for(process.log.traces.get(), PATIENCE)
        assert (trace.kind, trace.facts["source"]) == ("source-refused", "127.0.0.1")
        process.answering.stop("enough")
        assert (await process.ended()).counts == {"refused sources": 1}


async def tags(seed: int | None = None) -> list[bytes]:
    """Return the To tags that two calls get."""
    found = []
    async with running(replace(PLAN, seed=seed)) as process:
        start = await process.started()
        async with phone(start.addresses[0]) as alice:
            for _ in range(2):
                await alice.call("486")
                await alice.statuses()
                await alice.ack()
                assert alice.final is not None
                found.append(alice.final.fields[b"to"].partition(b";tag=")[2])
        assert start.seed == seed
    return found


async def test_a_seed_makes_runs_alike() -> None:
    first = await tags(42)
    assert first == await tags(42)
    assert len(set(first)) == 2
    assert first != await tags(43)
    assert await tags() != await tags()


async def test_rules_with_faults_answer_behind_a_bad_network() -> None:
    program = Program("busy", ((Respond(486, fault=compile_faults("compact")),),))
    impair = (Impairment(direction="out", duplicate=1),)
    plan = replace(PLAN, rules=Rules((Rule(program),)), impairments=impair)
    async with running(plan) as process:
        start = await process.started()
        assert process.answering.stack.impairments == impair
        async with phone(start.addresses[0]) as alice:
            await alice.call("1001")
            first, second = await alice.receive(), await alice.receive()
            assert first.data == second.data
            assert b"\r\ni: " in first.data


async def test_raw_messages_are_told_where_they_are_wanted() -> None:
    async with running(replace(PLAN, messages=True)) as process:
        udp, _ = (await process.started()).addresses
        async with phone(udp) as alice:
            await alice.send(alice.request("OPTIONS", "sip:200@127.0.0.1", "o"))
            assert await alice.statuses() == [200]
        assert process.log.messages == [
            (True, b"OPTIONS sip:200@127.0.0.1 SIP/2.0"),
            (False, b"SIP/2.0 200 OK"),
        ]


async def test_what_passes_is_captured_where_it_is_wanted(tmp_path: Path) -> None:
    path = tmp_path / "calls.pcapng"
    async with running(replace(PLAN, pcap=path, epoch=1e9, messages=True)) as process:
        start = await process.started()
        async with phone(start.addresses[0]) as alice:
            await alice.call("486")
            assert await alice.statuses() == [100, 486]
        written = packets(path.read_bytes())
    assert [packet.payload.split(b" ")[packet.came is False] for packet in written] == [
        b"INVITE",
        b"100",
        b"486",
    ]
    assert len(process.log.messages) == 3
    assert process.log.warnings == []


async def test_a_capture_that_ends_is_told_once_and_calls_are_answered_as_ever(
    tmp_path: Path,
) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    async with running(replace(PLAN, pcap=path)) as process:
        start = await process.started()
        os.close(reader)
        for _ in range(2):
            async with phone(start.addresses[0]) as alice:
                await alice.call("486")
                assert await alice.statuses() == [100, 486]
    (warning,) = process.log.warnings
    assert warning.startswith(f"{path} cannot be written any more: Broken pipe.")


async def test_each_second_the_log_learns_of_drops() -> None:
    async with running() as process:
        async with asyncio.timeout(PATIENCE):
            drops = await process.log.ticks.get()
        assert drops in {0, None}


async def test_a_log_that_wants_nothing_is_told_nothing() -> None:
    async with running(replace(PLAN, traces=False)) as process:
        udp, _ = (await process.started()).addresses
        async with phone(udp) as alice:
            await alice.call("486")
            assert await alice.statuses() == [100, 486]
            await alice.ack()
            await alice.send(alice.request("OPTIONS", "sip:200@127.0.0.1", "o"))
            assert await alice.statuses() == [200]
        process.answering.stop("enough")
        stop = await process.ended()
    assert process.log.traces.empty()
    assert process.log.ticks.empty()
    assert stop.calls == 2


async def test_limits_advertising_and_the_journal_are_as_planned() -> None:
    limits = Limits(uri=100)
    plan = replace(PLAN, limits=limits, advertise=("sip.example.com", 5070), epoch=12.5)
    async with running(replace(plan, journal_calls=2, journal_bytes=5000)) as process:
        start = await process.started()
        assert start.dial == ("sip.example.com:5070",)
        settings, journal = (process.answering.stack.settings, process.answering.stack.journal)
        assert settings.limits is limits
        assert settings.epoch == 12.5
        assert (journal.calls, journal.size) == (2, 5000)
        async with phone(start.addresses[0]) as alice:
            for _ in range(3):
                await alice.call("200")
                await alice.statuses()
                assert alice.final is not None
                assert b"sip.example.com:5070" in alice.final.fields[b"contact"]
                await alice.ack()
            await alice.call("2" * 200)
            assert await alice.statuses() == [414]
            await alice.ack()
        assert len(journal.records) == 2


# Parts


def test_the_collector_is_spared() -> None:
    spare_the_collector()
    assert gc.isenabled()
    assert gc.get_threshold()[0] >= 10_000
    assert gc.get_freeze_count() > 1000


def test_a_process_takes_the_descriptors_that_it_may_have(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[tuple[int, tuple[int, int]]] = []
    monkeypatch.setattr(resource, "setrlimit", lambda kind, both: taken.append((kind, both)))
    for limits in ((1024, 4096), (4096, 4096)):
        monkeypatch.setattr(resource, "getrlimit", lambda _, limits=limits: limits)
        allow_descriptors()
    assert taken == [(resource.RLIMIT_NOFILE, (4096, 4096))]


def test_a_system_that_refuses_more_descriptors_is_left_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> None:
        raise ValueError("not allowed to raise maximum limit")

    monkeypatch.setattr(resource, "getrlimit", lambda _: (1024, resource.RLIM_INFINITY))
    monkeypatch.setattr(resource, "setrlimit", refuse)
    allow_descriptors()


async def test_without_ports_there_is_no_audio() -> None:
    async with running(replace(PLAN, media_ports=None)) as process:
        start = await process.started()
        async with phone(start.addresses[0]) as alice:
            await alice.call("200")
            assert (await alice.statuses())[-1] == 200
            assert alice.final is not None
            assert b"m=audio 9 RTP/AVP" in alice.final.body
            await alice.ack()
        process.answering.stop("enough")
        stop = await process.ended()
    assert stop.calls == 1


async def test_the_ports_of_audio_are_closed_at_the_end() -> None:
    async with running(PLAN) as process:
        start = await process.started()
        async with phone(start.addresses[0]) as alice:
            await alice.call("200")
            await alice.statuses()
            assert process.answering.agent.ports is not None
            assert process.answering.agent.ports.in_use == 1
            await alice.ack()
            process.answering.stop("enough")
            bye = await alice.receive()
            await alice.answer(bye)
            await process.ended()
    assert process.answering.agent.ports.in_use == 0


async def test_the_listeners_of_a_scenario_are_told_apart(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "trunks.yaml").write_text("""
listen: {a: "udp:127.0.0.1:0", b: "tcp:127.0.0.1:0"}
rules:
  - {match: {listener: a}, respond: 503}
  - {match: {listener: b}, respond: 486}
""")
    serving = serve(str(tmp_path / "trunks.yaml"), listen=())
    assert [address.partition(":")[0] for address in serving.sip] == ["udp", "tcp"]
    for address, status in zip(serving.sip, (503, 486), strict=True):
        async with phone(address) as alice:
            await alice.call("x")
            assert await alice.statuses() == [status]
            await alice.ack()


BUSY = "rules: [{match: {method: INVITE}, respond: 486}]"


async def test_scenarios_are_swapped_when_another_file_takes_their_place(tmp_path: Path) -> None:
    path, other = tmp_path / "s.yaml", tmp_path / "other"
    path.write_text(BUSY)
    plan = by_scenarios(replace(PLAN, watch=[path]), read_scenarios([path]))
    async with running(plan) as process:
        start = await process.started()
        log = process.log
        async with phone(start.addresses[0]) as alice:
            await alice.call("x")
            assert await alice.statuses() == [486]
            await alice.ack()
            other.write_text(BUSY.replace("486", "480"))
            other.replace(path)
            assert await asyncio.wait_for(log.reloads.get(), PATIENCE) == 1
            await alice.call("x")
            assert await alice.statuses() == [480]
            await alice.ack()
    assert log.warnings == []


async def test_files_that_cannot_be_watched_any_more_are_told_of(tmp_path: Path) -> None:
    plan = replace(PLAN, watch=[tmp_path / "missing" / "s.yaml"])
    async with running(plan) as process:
        await process.started()
        async with asyncio.timeout(PATIENCE):
            while not process.log.warnings:
                await asyncio.wait_for(process.log.ticks.get(), PATIENCE)
    assert process.log.warnings[0].startswith("the scenarios are watched no longer: ")


@pytest.mark.parametrize(
    ("rules", "first"),
    [
        ("", "486"),
        ("{match: {method: REGISTER}, respond: 403}", "486"),
        ("{match: {method: INVITE}, respond: 486}", "1001"),
        ("{respond: 500}", "1001"),
        ("{respond: 500}, {match: {uri.user: a b}, respond: 486}", "a%20b"),
    ],
)
def test_what_is_dialled_first_is_what_a_rule_takes(rules: str, first: str) -> None:
    assert serving.first_to_dial(compiled(f"rules: [{rules}]").rules) == first
