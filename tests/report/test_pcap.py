"""Capture files, read by an own reader and by tshark."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from responder.journal.journal import Stray
from responder.journal.record import Record
from responder.report.packets import LARGEST_DATAGRAM
from responder.report.pcap import Capture, capture
from responder.sip.events import Flow
from responder.sip.settings import Limits, Settings
from responder.stack import Stack
from responder.testing.caller import OFFER, Caller
from responder.testing.network import LOCAL, REMOTE, Network
from responder.testing.tokens import counted_tokens
from tests import peers
from tests.interop.capture import PATIENCE, Trace
from tests.report.dissection import blocks, options, packets, streams
from tests.report.records import a_run, calls

EPOCH = 1_700_000_000.0
LOCAL_6, REMOTE_6 = ("2001:db8::1", 5060), ("2001:db8::9", 5070)


def file_of(*records: Record) -> bytes:
    return b"".join(capture(records, epoch=EPOCH, program="sip-responder/1.0"))


def starts(data: bytes) -> list[tuple[float, str, bytes]]:
    return [
        (packet.at - EPOCH, packet.source[0], packet.payload.partition(b"\r\n")[0])
        for packet in packets(data)
        if packet.payload
    ]


# By the own reader


def test_two_calls_over_udp_are_in_the_order_of_their_times() -> None:
    first, second, here = "192.0.2.9", "192.0.2.10", "192.0.2.1"
    assert starts(file_of(*calls().records)) == [
        (1000.0, first, b"INVITE sip:180-2-486@192.0.2.1 SIP/2.0"),
        (1000.0, here, b"SIP/2.0 100 Trying"),
        (1000.0, here, b"SIP/2.0 180 Ringing"),
        (1000.0, second, b"INVITE sip:404@192.0.2.1 SIP/2.0"),
        (1000.0, here, b"SIP/2.0 100 Trying"),
        (1000.0, here, b"SIP/2.0 404 Not Found"),
        (1000.5, here, b"SIP/2.0 404 Not Found"),
        (1000.5, second, b"ACK sip:404@192.0.2.1 SIP/2.0"),
        (1002.0, here, b"SIP/2.0 486 Busy Here"),
        (1002.0, first, b"ACK sip:180-2-486@192.0.2.1 SIP/2.0"),
    ]


def test_packets_have_both_true_ends_and_their_direction() -> None:
    invite, trying, *_ = packets(file_of(*calls().records))
    assert (invite.source, invite.destination, invite.came) == (REMOTE, LOCAL, True)
    assert (trying.source, trying.destination, trying.came) == (LOCAL, REMOTE, False)


def test_each_tcp_flow_is_one_connection() -> None:
    journal = calls("tcp")
    found = streams(packets(file_of(*journal.records)))
    assert len(found) == 2
    for record, (came, left) in zip(journal.records, found, strict=True):
        kinds = [("received", came), ("sent", left)]
        for kind, stream in kinds:
            sent = [entry.data for entry in record.entries if entry.kind.startswith(kind)]
            assert stream == b"".join(sent)


def test_each_message_is_on_the_flow_that_it_took() -> None:
    record = Record(1, 0.0, "INVITE")
    record.flow = Flow("udp", LOCAL, REMOTE)
    other = Flow("tcp", LOCAL, ("192.0.2.10", 5080))
    record.received(0.0, b"INVITE", False)
    record.received(0.1, b"BYE", False, other)
    record.sent(0.2, b"200", False, other)
    found = [packet for packet in packets(file_of(record)) if packet.payload]
    assert [(packet.protocol, packet.source) for packet in found] == [
        ("udp", REMOTE),
        ("tcp", other.remote),
        ("tcp", LOCAL),
    ]


def test_notes_are_comments_of_the_message_before_or_of_the_first() -> None:
    record = Record(1, 0.0, "INVITE")
    record.flow = Flow("udp", LOCAL, REMOTE)
    record.note(0.0, "early")
    record.received(0.0, b"INVITE", False)
    record.sent(0.1, b"486", False)
    record.note(0.2, "grüße \N{BELL}")
    record.note(0.3, "x" * 5000)
    for _ in range(500):
        record.note(0.4, "")
    invite, busy = packets(file_of(record))
    assert invite.comments == ["early"]
    assert busy.comments[:2] == ["grüße \N{BELL}", "x" * 4096]
    assert busy.comments[-1] == "5 more were not kept"


def test_what_never_left_is_no_packet_and_its_fault_a_comment() -> None:
    record = Record(1, 0.0, "INVITE")
    record.flow = Flow("udp", LOCAL, REMOTE)
    record.received(0.0, b"INVITE", False)
    record.fault(0.1, "dropped transmission 1 of 486")
    record.suppressed(0.1, b"486")
    record.sent(0.6, b"486", True)
    invite, busy = packets(file_of(record))
    assert (busy.payload, busy.comments) == (b"486", [])
    assert invite.comments == ["dropped transmission 1 of 486"]


def test_what_belonged_to_no_call_is_there_in_its_place() -> None:
    run = a_run()
    nowhere = Stray(1004.0, "udp", "192.0.2.9:5070", "no such call", 481, b"BYE")
    answered = replace(nowhere, flow=Flow("udp", LOCAL, REMOTE))
    strays = [*run.strays, nowhere, answered]
    data = b"".join(capture(run.records, epoch=EPOCH, program="test", strays=strays))
    found = [packet for packet in packets(data) if "belongs to no call" in str(packet.comments)]
    garbage, bye = found
    assert (round(garbage.at - EPOCH, 3), garbage.source, garbage.came) == (1003.6, REMOTE, True)
    assert garbage.payload == run.strays[0].data
    assert garbage.comments[1] == "not answered"
    assert bye.comments == ["belongs to no call: no such call", "answered 481"]


def test_records_without_messages_or_flow_give_nothing() -> None:
    dropped, noted = Record(1, 0.0, "INVITE"), Record(2, 0.0, "INVITE")
    dropped.flow = Flow("udp", LOCAL, REMOTE)
    dropped.received(0.0, b"INVITE", False)
    dropped.evict()
    noted.note(0.0, "nothing came")
    noted.sent(0.0, b"lost", False)
    assert packets(file_of(dropped, noted)) == []


def test_the_file_says_who_made_it() -> None:
    section = blocks(file_of())[0]
    assert options(section.body[16:]) == {4: [b"sip-responder/1.0"]}


def test_a_datagram_that_went_elsewhere() -> None:
    file = Capture(EPOCH, "test")
    flow = Flow("udp", LOCAL, REMOTE)
    data = file.head()
    data += file.message(flow, b"x", came=False, at=0.0, address=("192.0.2.77", 5062))
    data += file.message(flow, b"x", came=False, at=0.0, address=("sip.example.com", 5062))
    known, unknown = packets(data)
    assert (known.destination, known.comments) == (("192.0.2.77", 5062), [])
    assert unknown.destination == ("0.0.0.0", 5062)
    assert unknown.comments == ["the address of sip.example.com port 5062 is not known here"]


def test_what_fits_no_datagram_is_cut_and_said_so() -> None:
    file = Capture(EPOCH, "test")
    data = file.head() + file.message(Flow("udp", LOCAL, REMOTE), b"x" * 70_000, came=True, at=0.0)
    (packet,) = packets(data)
    assert len(packet.payload) == LARGEST_DATAGRAM
    assert packet.comments == ["70000 bytes fit no datagram; these are the first of them"]


def test_websocket_messages_are_datagrams_unless_they_are_too_large() -> None:
    file = Capture(EPOCH, "test")
    flow = Flow("ws", LOCAL, REMOTE)
    data = file.head() + file.opened(flow, by_peer=True, at=0.0)
    data += file.message(flow, b"x", came=True, at=0.0)
    assert file.closed(flow, by_peer=True, at=0.0) == b""
    data += file.message(flow, b"x" * 70_000, came=True, at=0.0)
    found = packets(data)
    assert [packet.protocol for packet in found] == ["udp", *["tcp"] * 5]
    assert streams(found) == [(b"x" * 70_000, b"")]


def test_an_empty_piece_of_a_stream_is_no_packet() -> None:
    file = Capture(EPOCH, "test")
    flow = Flow("tcp", LOCAL, REMOTE)
    assert len(packets(file.head() + file.message(flow, b"", came=True, at=0.0))) == 3


# By tshark


def everything() -> bytes:
    """A call over each transport and family, one of them too large for a datagram."""
    file = Capture(EPOCH, "sip-responder/1.0")
    data = [file.head()]
    for transport, port in (
        ("udp", 40000),
        ("tcp", 40001),
        ("tls", 5061),
        ("ws", 80),
        ("wss", 443),
    ):
        for local, remote in ((LOCAL, REMOTE), (LOCAL_6, REMOTE_6)):
            limits = Limits(message=1 << 20, body=1 << 20)
            stack = Stack(Settings(limits=limits), counted_tokens())
            alice = Caller(Network(stack), "udp" if transport == "udp" else "tcp")
            large = transport in {"tcp", "wss"}
            alice.call("486", body=OFFER + b"a=x-note:" + b"x" * 70_000 if large else OFFER)
            (record,) = stack.journal.records
            flow = Flow(transport, (local[0], port), remote)
            data.append(file.opened(flow, by_peer=True, at=0.0) if flow.reliable else b"")
            for entry in record.entries:
                came = entry.kind == "received"
                comments = ["as it came"] if came else []
                data.append(
                    file.message(flow, entry.data, came=came, at=entry.at, comments=comments)
                )
            data.append(file.closed(flow, by_peer=True, at=1001.0))
    return b"".join(data)


@pytest.fixture(scope="module")
def trace(tmp_path_factory: pytest.TempPathFactory) -> Trace:
    peers.find("tshark")
    file: Path = tmp_path_factory.mktemp("pcap") / "calls.pcapng"
    file.write_bytes(everything())
    return Trace(file, sums=True)


def test_tshark_reads_every_message(trace: Trace) -> None:
    told = [message.start.partition("@")[0] for message in trace.messages()]
    call = ["Request: INVITE sip:486", "Status: 100 Trying", "Status: 486 Busy Here"]
    assert [start.rstrip(" |") for start in told] == call * 10


def test_tshark_finds_nothing_wrong(trace: Trace) -> None:
    assert trace.malformed() == []
    assert trace.findings() == []


def test_tshark_shows_the_comments(trace: Trace) -> None:
    assert trace.comments() == ["as it came"] * 10


def test_a_file_is_read_from_a_pipe_while_it_grows() -> None:
    """Wireshark is stricter here than with a file: it wants the byte order of its machine."""
    command: list[str | Path] = [peers.find("tshark"), "-n", "-l", "-i", "-", "-c", "3"]
    command += ["-T", "fields", "-e", "sip.Status-Line"]
    ended = subprocess.run(
        command, input=everything(), capture_output=True, timeout=PATIENCE, check=False
    )
    assert b"SIP/2.0 486 Busy Here" in ended.stdout, ended.stderr
