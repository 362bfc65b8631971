"""What went over loopback, captured by dumpcap or rebuilt by text2pcap, and decoded by tshark."""

import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests import peers

PATIENCE = 20.0
"""How long something that has to come may take, in seconds. Only a failure waits that long."""

_NOTE = 0x400000
_WARNING = 0x600000
"""Severities of tshark's findings; below a note is what it says of any SYN."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """One SIP message as tshark has it.

    Attributes:
        call_id: its Call-ID.
        start: the start line as tshark tells it: `Status: 486 Busy Here`, `Request: ACK sip:...`.
    """

    call_id: str
    start: str


@dataclass(frozen=True, slots=True)
class Heard:
    """One RTP packet as tshark has it.

    Attributes:
        source: the UDP port that it came from.
        ssrc: who sent it.
        sequence: its number.
        timestamp: its time stamp.
        payload: what it carries.
    """

    source: int
    ssrc: str
    sequence: int
    timestamp: int
    payload: bytes


class Trace:
    """A capture file, as tshark reads it.

    Args:
        file: the file.
        udp: a port on which there is SIP; None leaves it to tshark to find out.
        tcp: the same.
        sums: whether to check the checksums; those of a capture on loopback are never filled in.
    """

    def __init__(
        self, file: Path, udp: int | None = None, tcp: int | None = None, *, sums: bool = False
    ) -> None:
        self._command: list[str | Path] = [peers.find("tshark"), "-n", "-r", file]
        for transport, port in (("udp", udp), ("tcp", tcp)):
            if port is not None:
                self._command += ["-d", f"{transport}.port=={port},sip"]
        if sums:
            for protocol in ("ip", "udp", "tcp"):
                self._command += ["-o", f"{protocol}.check_checksum:TRUE"]

    def messages(self) -> list[Decoded]:
        """Return every SIP message in order."""
        wanted = ["-T", "fields", "-E", "aggregator=|", "-e", "sip.Call-ID", "-e", "_ws.col.Info"]
        found: list[Decoded] = []
        for line in self._run("sip", *wanted):
            # A segment may hold several messages.
            call_ids, _, starts = line.partition("\t")
            told = [start.strip() for start in starts.rstrip(" |").split(" | ")]
            pairs = zip(call_ids.split("|"), told, strict=True)
            found += [Decoded(call_id, start) for call_id, start in pairs]
        return found

    def audio(self) -> list[Heard]:
        """Return every RTP packet in order; tshark knows their ports from the SDP."""
        names = ("udp.srcport", "rtp.ssrc", "rtp.seq", "rtp.timestamp", "rtp.payload")
        wanted = [word for name in names for word in ("-e", name)]
        found = []
        for line in self._run("rtp", "-T", "fields", *wanted):
            source, ssrc, sequence, timestamp, payload = line.split("\t")
            data = bytes.fromhex(payload.replace(":", ""))
            found.append(Heard(int(source), ssrc, int(sequence), int(timestamp), data))
        return found

    def reports(self) -> list[int]:
        """Return the kind of each packet of RTCP in order, compound ones one by one."""
        lines = self._run("rtcp", "-T", "fields", "-E", "aggregator= ", "-e", "rtcp.pt")
        return [int(kind) for line in lines for kind in line.split()]

    def sources(self) -> dict[str, set[int]]:
        """Return the UDP ports from which the responses came, by status and phrase."""
        wanted = ["-T", "fields", "-e", "udp.srcport", "-e", "sip.Status-Line"]
        found: dict[str, set[int]] = {}
        for line in self._run("udp && sip.Status-Line", *wanted):
            port, _, status = line.partition("\t")
            found.setdefault(status.removeprefix("SIP/2.0 "), set()).add(int(port))
        return found

    def malformed(self) -> list[str]:
        """Return the summary of each frame that tshark could not read to its end."""
        return self._run("_ws.malformed")

    def warnings(self) -> list[str]:
        """Return what tshark warns of in frames that hold SIP."""
        wanted = ["-T", "fields", "-e", "frame.number", "-e", "_ws.expert.message"]
        return self._run(f"sip && _ws.expert.severity >= {_WARNING}", *wanted)

    def findings(self) -> list[str]:
        """Return what tshark warns of in any frame, and notes of one that closes no connection."""
        wanted = ["-T", "fields", "-e", "frame.number", "-e", "_ws.expert.message"]
        noted = f"_ws.expert.severity >= {_NOTE} && !(tcp.flags.fin == 1)"
        return self._run(f"_ws.expert.severity >= {_WARNING} || ({noted})", *wanted)

    def comments(self) -> list[str]:
        """Return the comments of frames that have any, in order."""
        return self._run("frame.comment", "-T", "fields", "-e", "frame.comment")

    def _run(self, display: str, *options: str) -> list[str]:
        # Its remarks on the user it runs as go to stderr.
        ended = subprocess.run(
            [*self._command, "-Y", display, *options],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=True,
        )
        return ended.stdout.splitlines()


@contextmanager
def capture(file: Path, udp: int, tcp: int, also: str = "") -> Iterator[None]:
    """Capture what goes over loopback to and from two ports while the context lasts.

    Args:
        file: where to write.
        udp: the port of SIP over UDP.
        tcp: that over TCP.
        also: what else to capture, as a filter of dumpcap.

    Raises:
        PermissionError: this user may not capture.
    """
    # A datagram from one unused port to another shows that dumpcap is at work, and later that
    # it has written all that was sent before.
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as marking,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sink,
    ):
        sink.bind(("127.0.0.1", 0))
        marking.connect(sink.getsockname())
        ports = f"udp port {udp} or tcp port {tcp} or udp port {sink.getsockname()[1]}"
        if also:
            ports = f"{ports} or {also}"
        log = file.with_suffix(".log")
        with log.open("wb") as output:
            process = subprocess.Popen(
                [peers.find("dumpcap"), "-q", "-i", "lo", "-f", ports, "-w", file],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        try:
            _mark(b"mark: first", marking, file, process)
            yield
            _mark(b"mark: last", marking, file, process)
        except ChildProcessError:
            raise PermissionError(log.read_text(errors="replace")) from None
        finally:
            process.terminate()
            process.wait(PATIENCE)


def _mark(
    text: bytes, marking: socket.socket, file: Path, process: subprocess.Popen[bytes]
) -> None:
    deadline = time.monotonic() + PATIENCE
    while not file.exists() or text not in file.read_bytes():
        if process.poll() is not None:
            raise ChildProcessError
        assert time.monotonic() < deadline, "dumpcap captures nothing"
        marking.send(text)
        time.sleep(0.05)


def rebuild(file: Path, payloads: Sequence[bytes], transport: str, port: int) -> None:
    """Write a capture file of payloads as if each had come from a port in a packet of its own."""
    dump = file.with_suffix(".txt")
    dump.write_text("".join(_hexadecimal(payload) for payload in payloads))
    option = "-u" if transport == "udp" else "-T"
    subprocess.run(
        [peers.find("text2pcap"), "-q", option, f"{port},5099", dump, file],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=PATIENCE,
        check=True,
    )


def _hexadecimal(payload: bytes) -> str:
    """Return bytes as text2pcap reads them: 16 a line behind their offset, which starts at 0."""
    lines = [
        f"{start:06x} {payload[start : start + 16].hex(' ')}"
        for start in range(0, len(payload), 16)
    ]
    return "\n".join([*lines, "", ""])
