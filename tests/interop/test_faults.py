"""Faults as programs see them that were not written here: SIPp as the caller, and tshark."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from responder.journal.record import Record
from responder.net.allow import Allow
from responder.net.driver import Driver
from responder.net.listen import parse_listen
from responder.scenario.rules import Rule, Rules
from responder.scenario.steps import Program, Respond, Step
from responder.sip.settings import Settings
from responder.stack import Stack
from responder.testing.tokens import counted_tokens
from tests import peers
from tests.faults.calls import called, faulty
from tests.interop.capture import Trace, capture, rebuild

Place: TypeAlias = Callable[..., Awaitable[Record]]


@pytest.fixture
async def place(
    tmp_path: Path, free_port: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Place]:
    """Have SIPp place a call of its own kind, which has to be answered; return its record."""
    monkeypatch.chdir(tmp_path)
    drivers: list[Driver] = []

    async def placed(*steps: Step, transport: str = "udp", port: int | None = None) -> Record:
        stack = Stack(Settings(), counted_tokens(), Rules((Rule(Program("faulty", (steps,))),)))
        driver = Driver(stack, Allow())
        drivers.append(driver)
        await driver.start([parse_listen(f"{transport}:127.0.0.1:0")])
        own = str(port or free_port())
        call: list[str | Path] = [
            "-sn",
            "uac",
            "-t",
            f"{transport[0]}1",
            "-m",
            "1",
            "-d",
            "10",
            "-nostdin",
        ]
        command = [peers.find("sipp"), *call, "-i", "127.0.0.1", "-p", own, "-timeout", "30"]
        trace = ["-trace_msg", "-message_file", str(tmp_path / "messages.log")]
        goal = driver.addresses[0].removeprefix(f"{transport}:")
        await asyncio.to_thread(peers.run, [*command, *trace, goal], tmp_path, 45.0)
        return stack.journal.records[0]

    yield placed
    for driver in drivers:
        await driver.stop()


def received(directory: Path) -> list[str]:
    """The first line of each message that SIPp took, in order."""
    text = (directory / "messages.log").read_text()
    entries = text.split(" message received ")[1:]
    return [entry.partition("\n\n")[2].partition("\n")[0].strip() for entry in entries]


async def test_sipp_gets_the_third_transmission_of_a_200(place: Place, tmp_path: Path) -> None:
    record = await place(Respond(100), Respond(180), faulty(200, {"drop": 2}))
    kinds = [entry.kind for entry in record.entries]
    assert kinds.count("suppressed") == 2
    assert kinds.count("sent again") == 1
    assert record.faults() == [
        "dropped transmission 1 of 200",
        "dropped transmission 2 of 200",
    ]
    begun = ["SIP/2.0 100 Trying", "SIP/2.0 180 Ringing", "SIP/2.0 200 OK"]
    assert received(tmp_path) == [*begun, "SIP/2.0 200 OK"]  # the last one answers the BYE
    assert [entry.data[:3] for entry in record.entries if entry.kind == "received"] == [
        b"INV",
        b"ACK",
        b"BYE",
    ]


async def test_sipp_reads_a_message_that_comes_in_pieces(place: Place, tmp_path: Path) -> None:
    split = {"split": {"segments": 5, "pause": 0.02}}
    record = await place(faulty(180, split), faulty(200, split), transport="tcp")
    assert record.faults()[0] == "split transmission 1 of 180 into 5 segments"
    assert received(tmp_path)[:2] == ["SIP/2.0 180 Ringing", "SIP/2.0 200 OK"]


async def test_sipp_reads_any_spelling(place: Place) -> None:
    spelled = ["compact", {"name-case": "upper"}, {"header-order": "content-first"}]
    record = await place(faulty(200, spelled))
    assert record.status == 200
    assert len(record.faults()) == 3


async def test_tshark_sees_an_answer_leave_from_another_port(
    place: Place, free_port: Callable[[], int], tmp_path: Path
) -> None:
    for program in ("tshark", "dumpcap"):
        peers.find(program)
    port, file = free_port(), tmp_path / "call.pcapng"
    try:
        with capture(file, port, port):
            await place(Respond(180), faulty(200, "from-port"), port=port)
    except PermissionError:
        pytest.skip("this user may not capture what goes over loopback")
    sources = Trace(file, port).sources()
    ringing, answer = sources["180 Ringing"], sources["200 OK"]
    assert len(ringing) == 1
    # The BYE is answered from the port that it was sent to.
    assert len(answer) == 2
    assert ringing < answer


# One response as tshark reads it, and the transmission after it.


def sent(fault: object) -> list[bytes]:
    """The first two transmissions of a 486 with a fault."""
    call = called(faulty(486, fault), chance=random.Random(7).random)
    call.alice.advance(0.6)
    return [each.data for each in call.alice.network.sent]


def read(file: Path, *payloads: bytes) -> Trace:
    rebuild(file, payloads, "udp", 5060)
    return Trace(file, udp=5060)


@pytest.fixture
def _tshark() -> None:
    for program in ("tshark", "text2pcap"):
        peers.find(program)


@pytest.mark.usefixtures("_tshark")
def test_a_truncated_transmission_is_malformed_and_the_next_is_not(tmp_path: Path) -> None:
    truncated, whole = sent({"truncate": 60})
    first, second = read(tmp_path / "1.pcap", truncated), read(tmp_path / "2.pcap", whole)
    assert len(first.malformed()) == 1
    assert second.malformed() == second.warnings() == []
    assert second.messages()[0].start == "Status: 486 Busy Here"


@pytest.mark.usefixtures("_tshark")
def test_a_corrupted_status_line_is_no_sip_and_the_next_is(tmp_path: Path) -> None:
    trace = read(tmp_path / "calls.pcap", *sent({"corrupt": {"bytes": 6, "where": "start-line"}}))
    assert [message.start for message in trace.messages()] == ["Status: 486 Busy Here"]


@pytest.mark.usefixtures("_tshark")
@pytest.mark.parametrize(
    ("fault", "starts"),
    [
        ({"nul": "value"}, ["Status: 486 Busy Here"]),
        ({"wrong": "status"}, ["Status: 999 Busy Here"]),
        ({"wrong": "version"}, []),
        ({"phrase": "utf-8"}, ["Status: 486 Besetzt, zajęty, 通話中, مشغول"]),
        ("compact", ["Status: 486 Busy Here"]),
        ("folded", ["Status: 486 Busy Here"]),
    ],
)
def test_a_message_that_is_wrong_is_wrong_each_time(
    fault: object, starts: list[str], tmp_path: Path
) -> None:
    trace = read(tmp_path / "calls.pcap", *sent(fault))
    assert [message.start for message in trace.messages()] == starts * 2
    assert len(trace.warnings()) == (2 if fault == {"nul": "value"} else 0)
