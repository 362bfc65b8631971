"""A capture file that is written while messages pass, and a core that does not notice."""

import contextlib
import errno
import gc
import io
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

from responder.cli.capturing import WAITING, CaptureFile, Capturing
from responder.sip.events import (
    Address,
    CloseFlow,
    Core,
    Flow,
    OpenFlow,
    Output,
    ResetFlow,
    Send,
    SendFrom,
)
from responder.sip.settings import Settings
from responder.stack import Stack
from responder.testing.caller import Caller
from responder.testing.network import LOCAL, REMOTE, Network
from responder.testing.tokens import counted_tokens
from tests import peers
from tests.interop.capture import Trace
from tests.report.dissection import Packet, packets, streams

EPOCH = 1_700_000_000.0


class Scripted(Core):
    """A core that asks for what it was told to, and notes what it hears."""

    def __init__(self) -> None:
        self.outputs: list[Output] = []
        self.heard: list[str] = []

    def receive(self, flow: Flow, data: bytes, now: float) -> None:
        self.heard.append("receive")

    def flow_opened(self, flow: Flow, now: float) -> None:
        self.heard.append("opened")

    def flow_closed(self, flow: Flow, now: float) -> None:
        self.heard.append("closed")

    def flow_failed(self, flow: Flow, address: Address, reason: str, now: float) -> None:
        self.heard.append(f"failed {reason}")

    def source_refused(self, transport: str, address: Address, now: float) -> None:
        self.heard.append("refused")

    def expire(self, now: float) -> None:
        self.heard.append("expire")

    def next_deadline(self) -> float | None:
        return None

    def take_outputs(self) -> list[Output]:
        taken, self.outputs = self.outputs, []
        return taken


class Wire:
    """A capturing core, with its file."""

    def __init__(self, path: Path, core: Core | None = None) -> None:
        self.path = path
        self.said: list[str] = []
        self.scripted = Scripted()
        self.file = CaptureFile(path, epoch=EPOCH, on_failure=self.said.append)
        self.core = Capturing(core or self.scripted, self.file, lambda: 7.0)

    def asks(self, *outputs: Output) -> None:
        self.scripted.outputs += outputs
        assert list(self.core.take_outputs()) == list(outputs)

    def packets(self) -> list[Packet]:
        return packets(self.path.read_bytes())


Begin: TypeAlias = Callable[..., Wire]


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Begin]:
    """Begin a file, which the test's end closes."""
    with contextlib.ExitStack() as files:

        def begun(core: Core | None = None, path: Path = tmp_path / "calls.pcapng") -> Wire:
            wire = Wire(path, core)
            files.callback(wire.file.close)
            return wire

        yield begun


@pytest.fixture
def wire(begin: Begin) -> Wire:
    return begin()


def test_a_call_goes_as_without_it_and_is_all_there(begin: Begin) -> None:
    bare = Caller(Network(Stack(Settings(), counted_tokens())))
    wire = begin(Stack(Settings(), counted_tokens()))
    captured = Caller(Network(wire.core, start=5.0))
    for caller in (bare, captured):
        caller.call("180-486")
        caller.advance(0.5)
        caller.ack()
    assert captured.ladder() == bare.ladder()
    found = [(each.at - EPOCH, each.came, each.payload.split(b" ")[0:2]) for each in wire.packets()]
    assert [(at, came, words[came is False]) for at, came, words in found] == [
        (5.0, True, b"INVITE"),
        (7.0, False, b"100"),
        (7.0, False, b"180"),
        (7.0, False, b"486"),
        (7.0, False, b"486"),
        (5.5, True, b"ACK"),
    ]


def test_it_is_written_batch_by_batch(wire: Wire) -> None:
    flow = Flow("udp", LOCAL, REMOTE)
    wire.core.receive(flow, b"one", 1.0)
    wire.core.receive(flow, b"two", 1.0)
    assert wire.packets() == []
    wire.asks()
    assert [packet.payload for packet in wire.packets()] == [b"one", b"two"]


def test_a_connection_that_the_peer_opens_and_closes(wire: Wire) -> None:
    flow = Flow("tcp", LOCAL, REMOTE)
    wire.core.flow_opened(flow, 1.0)
    wire.core.receive(flow, b"half a ", 1.0)
    wire.core.receive(flow, b"message", 2.0)
    wire.asks(Send(flow, b"answer"))
    wire.core.flow_closed(flow, 3.0)
    flow.closed = True
    wire.asks(Send(flow, b"too late"), CloseFlow(flow))
    found = wire.packets()
    assert streams(found) == [(b"half a message", b"answer")]
    assert [packet.came for packet in found if "S" in packet.flags] == [True, False]
    assert [packet.came for packet in found if "F" in packet.flags] == [True, False]


def test_a_connection_of_ours_has_its_address_and_its_bytes_once_it_stands(wire: Wire) -> None:
    flow = Flow("tcp", LOCAL, ("sip.example.com", 0))
    wire.asks(OpenFlow(flow), Send(flow, b"x" * (WAITING - 5)), Send(flow, b"hello"))
    wire.asks(Send(flow, b"more than is kept"))
    assert wire.packets() == []
    flow.place(("192.0.2.1", 40000), REMOTE)
    wire.core.flow_opened(flow, 2.0)
    wire.asks(Send(flow, b" there"), CloseFlow(flow))
    wire.core.flow_closed(flow, 3.0)
    wire.asks()
    found = wire.packets()
    assert streams(found) == [(b"", b"x" * (WAITING - 5) + b"hello there")]
    assert {packet.destination for packet in found if not packet.came} == {REMOTE}
    assert [packet.came for packet in found if "S" in packet.flags] == [False, True]
    assert [packet.came for packet in found if "F" in packet.flags] == [False, True]


def test_a_connection_that_we_reset(wire: Wire) -> None:
    flow = Flow("tcp", LOCAL, REMOTE)
    wire.core.flow_opened(flow, 1.0)
    wire.asks(ResetFlow(flow))
    wire.core.flow_closed(flow, 3.0)
    wire.asks()
    assert [packet.came for packet in wire.packets() if "F" in packet.flags] == [False, True]


@pytest.mark.parametrize(("port", "said"), [(0, "another port that was free"), (5099, "port 5099")])
def test_a_datagram_that_left_from_another_port(wire: Wire, port: int, said: str) -> None:
    wire.asks(SendFrom(Flow("udp", LOCAL, REMOTE), b"busy", port))
    [packet] = wire.packets()
    assert (packet.payload, packet.comments) == (b"busy", [f"it left from {said}"])


def test_a_connection_that_cannot_be_made_leaves_nothing(wire: Wire) -> None:
    flow = Flow("tcp", LOCAL, REMOTE)
    wire.asks(OpenFlow(flow), Send(flow, b"lost"), CloseFlow(flow))
    wire.core.flow_failed(flow, REMOTE, "unreachable", 1.0)
    flow.closed = True
    wire.asks(Send(flow, b"lost too"))
    assert wire.packets() == []
    assert wire.scripted.heard == ["failed unreachable"]


def test_the_core_hears_of_refused_sources(wire: Wire) -> None:
    wire.core.source_refused("udp", ("8.8.8.8", 5060), 0.0)
    assert wire.scripted.heard == ["refused"]


def test_nothing_is_kept_of_flows_that_are_over(wire: Wire) -> None:
    def live(count: int) -> None:
        for number in range(count):
            flow = Flow("tcp", LOCAL, REMOTE)
            if number % 2:
                wire.asks(OpenFlow(flow), Send(flow, b"x"))
            wire.core.flow_opened(flow, 1.0)
            wire.asks(CloseFlow(flow))
            wire.core.flow_closed(flow, 1.0)
            flow.closed = True
            wire.asks(Send(flow, b"x"))

    live(2)
    before = flows()
    live(20)
    assert flows() == before


def flows() -> int:
    gc.collect()
    return sum(type(each) is Flow for each in gc.get_objects())


# The file


def test_an_earlier_file_is_begun_anew(tmp_path: Path, begin: Begin) -> None:
    path = tmp_path / "calls.pcapng"
    path.write_bytes(b"x" * 5000)
    assert begin(path=path).packets() == []


@pytest.mark.parametrize("place", ["missing/calls.pcapng", "."])
def test_a_file_that_cannot_be_written_is_an_error_at_once(tmp_path: Path, place: str) -> None:
    path = tmp_path / place
    with pytest.raises(OSError, match=r"No such file|Is a directory") as failure:
        CaptureFile(path, epoch=0.0, on_failure=lambda _: None)
    assert failure.value.filename == str(path)


def test_a_disk_that_is_full_from_the_start_is_the_same() -> None:
    with pytest.raises(OSError, match="No space left") as failure:
        CaptureFile(Path("/dev/full"), epoch=0.0, on_failure=lambda _: None)
    assert failure.value.filename == "/dev/full"


class Small:
    """A file on a disk that takes 300 bytes."""

    def __init__(self, path: Path, mode: str) -> None:
        self._file = io.FileIO(path, mode)
        self.seekable = self._file.seekable
        self.fileno = self._file.fileno
        self.close = self._file.close

    def write(self, data: memoryview) -> int:
        room = 300 - self._file.tell()
        if not room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return self._file.write(data[:room])


def test_a_full_disk_is_told_in_one_sentence_and_the_file_stays_whole(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    def small(path: Path, mode: str, buffering: int) -> Small:
        assert buffering == 0
        return Small(path, mode)

    monkeypatch.setattr(Path, "open", small)
    wire = begin()
    flow = Flow("udp", LOCAL, REMOTE)
    wire.asks(Send(flow, b"kept"))
    wire.asks(Send(flow, b"x" * 500))
    wire.asks(Send(flow, b"y"))
    monkeypatch.undo()
    assert [packet.payload for packet in wire.packets()] == [b"kept"]
    (said,) = wire.said
    assert said == (
        f"{wire.path} cannot be written any more: No space left on device."
        " It holds what passed before; all else goes on."
    )


def test_a_pipe_whose_reader_has_gone_is_told_too(tmp_path: Path, begin: Begin) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    read: list[bytes] = []

    def reader() -> None:
        with path.open("rb", buffering=0) as pipe:
            read.append(pipe.read(1 << 16))

    thread = threading.Thread(target=reader)
    thread.start()
    wire = begin(path=path)
    thread.join()
    wire.asks(Send(Flow("udp", LOCAL, REMOTE), b"x"))
    assert packets(read[0]) == []
    assert ["Broken pipe" in said for said in wire.said] == [True]


def test_tshark_reads_it_while_it_is_written(begin: Begin) -> None:
    peers.find("tshark")
    wire = begin(Stack(Settings(), counted_tokens()))
    caller = Caller(Network(wire.core), "tcp")
    caller.call("180-486")
    trace = Trace(wire.path, sums=True)
    told = [message.start.partition(" sip:")[0] for message in trace.messages()]
    assert [start.rstrip(" |") for start in told] == [
        "Request: INVITE",
        "Status: 100 Trying",
        "Status: 180 Ringing",
        "Status: 486 Busy Here",
    ]
    caller.ack()
    assert len(trace.messages()) == 5
    assert trace.findings() == []
