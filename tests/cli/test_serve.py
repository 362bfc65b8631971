"""`responder serve`: its options, its variables, and a whole process from start to end."""

import asyncio
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from responder.agent.plan import Plan
from responder.cli import commands
from responder.cli import serve as module
from responder.cli.console import Console
from responder.cli.jsonlog import JsonLog
from responder.cli.log import Log
from responder.cli.web import Web
from responder.faults.impairment import Impairment
from responder.net.listen import DEFAULT_LISTENS, Listen
from responder.net.rtp import PortRange
from responder.sip.settings import Limits, Registering
from responder.sip.users import EVERYONE
from tests.cli.phone import PATIENCE, phone


class Planned:
    """Stands in for `Answering`: notes what was planned, and is over at once."""

    plans: list[tuple[Plan, Log]]
    failure: Exception | None

    def __init__(self, plan: Plan, log: Log, web: Web | None) -> None:
        del web
        self.plans.append((plan, log))

    async def run(self) -> None:
        if self.failure is not None:
            raise self.failure


@pytest.fixture
def planned(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Plan, Log]]:
    plans: list[tuple[Plan, Log]] = []
    monkeypatch.setattr(Planned, "plans", plans, raising=False)
    monkeypatch.setattr(Planned, "failure", None, raising=False)
    monkeypatch.setattr(module, "Answering", Planned)
    return plans


def serve(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(commands, ["serve", *arguments], env=environment)


# Options


def test_without_options(planned: list[tuple[Plan, Log]]) -> None:
    result = serve()
    assert (result.exit_code, result.output) == (0, "")
    ((plan, log),) = planned
    assert abs(plan.epoch) > 1
    assert plan == Plan(listens=DEFAULT_LISTENS, epoch=plan.epoch)
    assert isinstance(log, Console)


@pytest.mark.parametrize("by", ["option", "variable"])
def test_every_option(by: str, planned: list[tuple[Plan, Log]], tmp_path: Path) -> None:
    limits = {
        name: number
        for number, name in enumerate(
            ("message", "head", "headers", "uri", "body", "connections", "transactions", "calls"),
            1000,
        )
    }
    options = {
        "listen": "udp:127.0.0.1:0 tcp:[::1]:5062",
        "advertise": "sip.example.com:5070",
        "allow": "10.0.0.0/8 192.0.2.1",
        "media-ports": "20000-20001",
        "media-timeout": "30s",
        "port-file": str(tmp_path / "ports.json"),
        "pcap": str(tmp_path / "calls.pcapng"),
        "seed": "42",
        "log": "json",
        "journal-calls": "10",
        "journal-bytes": "2k",
        "max-call-time": "1.5m",
        **{f"max-{name}": str(number) for name, number in limits.items()},
    }
    if by == "option":
        arguments = [
            word
            for name, value in options.items()
            for each in value.split(" ")
            for word in (f"--{name}", each)
        ]
        result = serve(*arguments)
    else:
        result = serve(
            **{f"RESPONDER_{n.upper().replace('-', '_')}": value for n, value in options.items()}
        )
    assert (result.exit_code, result.output) == (0, "")
    ((plan, log),) = planned
    assert plan == Plan(
        listens=(Listen("udp", "127.0.0.1", 0), Listen("tcp", "::1", 5062)),
        allow=("10.0.0.0/8", "192.0.2.1"),
        advertise=("sip.example.com", 5070),
        media_ports=PortRange(20_000, 20_001),
        media_timeout=30.0,
        port_file=tmp_path / "ports.json",
        pcap=tmp_path / "calls.pcapng",
        seed=42,
        limits=Limits(**limits, call_time=90.0),
        journal_calls=10,
        journal_bytes=2048,
        epoch=plan.epoch,
    )
    assert isinstance(log, JsonLog)


@pytest.mark.parametrize(
    ("arguments", "environment", "traces", "messages"),
    [
        (["-v"], {}, True, False),
        (["-vv"], {}, True, True),
        (["--verbose", "--verbose"], {}, True, True),
        (["-vv", "--log", "json"], {}, True, False),
        (["-q"], {}, False, False),
        (["--quiet", "-vv"], {}, False, False),
        ([], {"RESPONDER_VERBOSE": "2"}, True, True),
        ([], {"RESPONDER_QUIET": "1"}, False, False),
    ],
    ids=str,
)
def test_how_much_the_log_wants(
    arguments: list[str],
    environment: dict[str, str],
    traces: bool,
    messages: bool,
    planned: list[tuple[Plan, Log]],
) -> None:
    assert serve(*arguments, **environment).exit_code == 0
    ((plan, _),) = planned
    assert (plan.traces, plan.messages) == (traces, messages)


def test_users_and_realm(planned: list[tuple[Plan, Log]], tmp_path: Path) -> None:
    file = tmp_path / "users"
    file.write_text("alice:secret\n")
    assert serve("--users", str(file), "--realm", "lab").exit_code == 0
    assert serve(RESPONDER_USERS=str(file), RESPONDER_REALM="lab").exit_code == 0
    for plan, _ in planned:
        assert b"alice" in plan.authentication.users
        assert plan.authentication.realm == b"lab"
        assert "secret" not in repr(plan)
    result = serve("--users", str(tmp_path / "missing"))
    assert result.exit_code == 2
    assert 'missing" cannot be read: No such file or directory.' in result.output


def test_users_and_registrar_of_a_scenario(planned: list[tuple[Plan, Log]], tmp_path: Path) -> None:
    file = tmp_path / "guarded.yaml"
    file.write_text("users: {alice: secret}\nregistrar: {minimum: 60}\n")
    assert serve(str(file)).exit_code == 0
    assert serve(str(file), "--users", "any").exit_code == 0
    (first, _), (second, _) = planned
    assert b"alice" in first.authentication.users
    assert second.authentication.users is EVERYONE
    assert first.registering == second.registering == Registering(minimum=60)


def test_help_groups_the_options_and_names_a_variable() -> None:
    shown = serve("--help").output
    options, _, rest = shown.partition("Limits (")
    options, _, http = options.partition("HTTP:")
    limits, _, record = rest.partition("Record of calls:")
    assert set(re.findall(r"^  (?:-\w, )?(--[\w-]+)", options, re.MULTILINE)) == {
        "--listen",
        "--advertise",
        "--allow",
        "--media-ports",
        "--media-timeout",
        "--port-file",
        "--pcap",
        "--users",
        "--realm",
        "--watch",
        "--seed",
        "--log",
        "--verbose",
        "--quiet",
        "--help",
    }
    assert re.findall(r"^  (--[\w-]+)", http, re.MULTILINE) == [
        "--http",
        "--http-token",
        "--http-name",
        "--label",
    ]
    assert len(re.findall("--max-", limits)) == 9
    assert len(re.findall("--journal-", record)) == 2
    assert "RESPONDER_LISTEN" in record


# What ends it


def test_a_taken_port_is_one_sentence_and_status_3() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"udp:127.0.0.1:{taken.getsockname()[1]}"
        result = serve("--listen", address, "--http", "off")
    assert result.exit_code == 3
    assert result.stdout == ""
    assert result.stderr == (
        f"responder: {address} is already in use by another program; choose another with"
        " --listen.\n"
    )


def test_a_port_file_that_cannot_be_written_is_a_wrong_option(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "ports.json"
    result = serve("--listen", "127.0.0.1:0", "--http", "off", "--port-file", str(path))
    assert result.exit_code == 2
    assert f"{path} cannot be written: No such file or directory." in result.stderr


@pytest.mark.parametrize("beside", [[], ["--port-file", "ports.json"]], ids=["alone", "two"])
def test_a_capture_file_that_cannot_be_written_is_a_wrong_option(
    tmp_path: Path, beside: list[str]
) -> None:
    path = tmp_path / "missing" / "calls.pcapng"
    result = serve("--listen", "127.0.0.1:0", "--http", "off", "--pcap", str(path), *beside)
    assert result.exit_code == 2
    assert f"{path} cannot be written: No such file or directory." in result.stderr


def test_any_other_failure_is_not_hidden(
    planned: list[tuple[Plan, Log]], monkeypatch: pytest.MonkeyPatch
) -> None:
    failure = OSError("the loop broke")
    monkeypatch.setattr(Planned, "failure", failure)
    assert serve().exception is failure
    assert serve("--port-file", "x").exception is failure
    assert len(planned) == 2


# The terminal


class Terminal(io.TextIOWrapper):
    def isatty(self) -> bool:
        return True


def printed_to(stream: io.TextIOWrapper, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return what a log on a stream prints."""
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", stream)
        module.make_log("console", 0, Plan()).stopping("SIGTERM")
    stream.seek(0)
    return stream.read()


@pytest.mark.parametrize(
    ("no_color", "coloured"), [(None, True), ("", True), ("1", False)], ids=["unset", "empty", "1"]
)
def test_colour_is_for_terminals_and_for_who_wants_it(
    no_color: str | None, coloured: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    if no_color is not None:
        monkeypatch.setenv("NO_COLOR", no_color)
    printed = printed_to(Terminal(io.BytesIO(), encoding="utf-8"), monkeypatch)
    assert ("\x1b[" in printed) is coloured


def test_a_file_gets_no_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    printed = printed_to(io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), monkeypatch)
    assert printed == "SIGTERM: ending the calls in progress\n"


# A whole process

COMMAND = (sys.executable, "-m", "responder", "--listen", "udp:127.0.0.1:0")


async def start(*arguments: str, stdout: int = subprocess.PIPE) -> asyncio.subprocess.Process:
    own = ("RESPONDER_", "PYTHONASYNCIO", "PYTHONDEVMODE")
    return await asyncio.create_subprocess_exec(
        *COMMAND,
        "--listen",
        "tcp:127.0.0.1:0",
        "--media-ports",
        "0",
        "--http",
        "off",
        *arguments,
        cwd=Path(__file__).parents[2],
        env={name: value for name, value in os.environ.items() if not name.startswith(own)},
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
    )


async def line(process: asyncio.subprocess.Process) -> str:
    """Return the next line that a process prints."""
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE):
        return (await process.stdout.readline()).decode().rstrip("\n")


async def end(process: asyncio.subprocess.Process) -> tuple[int, list[str]]:
    """Return the exit status of a process, and what else it printed."""
    async with asyncio.timeout(PATIENCE):
        out, err = await process.communicate()
    assert err == b""
    assert process.returncode is not None
    return process.returncode, out.decode().splitlines()


async def test_a_whole_life_on_a_console() -> None:
    """Two calls are answered, a third one waits: SIGTERM ends them, and the process with 0."""
    process = await start()
    assert (await line(process)).startswith("SIP responder ")
    udp, tcp = (await line(process)).split()[2:]
    rest = [await line(process) for _ in range(4)]
    assert rest[1].split() == ["dial", f"sip:486@{udp.removeprefix('udp:')}"]
    assert rest[-1] == ""
    async with phone(udp) as alice, phone(tcp, "bob") as bob, phone(udp, "carol") as carol:
        await alice.call("486")
        assert await alice.statuses() == [100, 486]
        await alice.ack()
        shown = await line(process)
        time = r"\d\d:\d\d:\d\d\.\d{3}"
        duration = r" *(?:<1|\d+) ms"
        pattern = rf"{time} INVITE 486 <- alice   udp  486      \[dial\]  {duration}"
        assert re.fullmatch(pattern, shown), shown
        await bob.call("200")
        assert await bob.statuses() == [100, 200]
        await bob.ack()
        shown = await line(process)
        told = r"  no audio: the ACK has no answer to our offer \(RFC 3261 13\.2\.1\)"
        pattern = rf"{time} INVITE 200 <- bob     tcp  200      \[dial\]  {duration}{told}"
        assert re.fullmatch(pattern, shown), shown
        await carol.call("180")
        assert (await carol.receive()).status == 100
        assert (await carol.receive()).status == 180
        process.send_signal(signal.SIGTERM)
        assert await carol.statuses() == [503]
        await carol.ack()
        bye = await bob.receive()
        assert bye.method == b"BYE"
        await bob.answer(bye)
        status, printed = await end(process)
    assert status == 0
    assert printed[0] == "SIGTERM: ending the calls in progress"
    assert printed[-1].startswith("stopped; 3 requests in ")


async def test_a_whole_life_in_json() -> None:
    process = await start("--log", "json")
    first = json.loads(await line(process))
    assert first["event"] == "start"
    udp, _ = first["listen"]
    async with phone(udp) as alice:
        await alice.call("180-503")
        assert await alice.statuses() == [100, 180, 503]
        await alice.ack()
        call = json.loads(await line(process))
    assert (call["event"], call["statuses"]) == ("call", [100, 180, 503])
    process.send_signal(signal.SIGINT)
    status, printed = await end(process)
    assert status == 0
    assert [json.loads(each)["event"] for each in printed] == ["stopping", "stop"]


async def test_a_second_signal_ends_it_with_its_number() -> None:
    process = await start()
    udp = (await line(process), await line(process))[1].split()[2]
    async with phone(udp) as alice:
        await alice.call("200")
        await alice.statuses()
        await alice.ack()
        while " INVITE 200 " not in await line(process):
            pass
        process.send_signal(signal.SIGTERM)
        assert (await alice.receive()).method == b"BYE"
        process.send_signal(signal.SIGINT)
        status, _ = await end(process)
    assert status == 130


async def test_nobody_reads_what_it_prints_any_more() -> None:
    ours, its = os.pipe()
    process = await start("-vv", stdout=its)
    os.close(its)
    with os.fdopen(ours, encoding="utf-8") as reader:
        first = [await asyncio.to_thread(reader.readline) for _ in range(2)]
    async with phone(first[1].split()[2]) as alice:
        await alice.call("486")
        async with asyncio.timeout(PATIENCE):
            assert await process.wait() == 0


def test_what_a_scenario_says_of_all_traffic_and_its_seed(
    planned: list[tuple[Plan, Log]], tmp_path: Path
) -> None:
    scenario = tmp_path / "bad.yaml"
    scenario.write_text("seed: 7\nimpair: {direction: in, loss: 0.1}\n")
    assert serve(str(scenario)).exit_code == 0
    ((plan, _),) = planned
    assert (plan.seed, plan.impairments) == (7, [Impairment(direction="in", loss=0.1)])


def test_without_a_scenario_there_is_nothing_to_watch() -> None:
    result = serve("--watch")
    assert result.exit_code == 2
    assert "there is nothing to watch: --watch is for scenarios." in result.output
