"""RTP without sockets: ports that are numbers, and a talker at the caller's end of a stream."""

from dataclasses import dataclass

from responder.media import rtcp
from responder.media.pacer import Pacer
from responder.media.rtp import Packet, read_packet
from responder.media.stream import BUFFER, Source, Stream
from responder.testing.network import LOCAL, REMOTE, Network

FIRST: int = 10_000
"""The first port of RTP that is given out."""


@dataclass(frozen=True, slots=True)
class SentMedia:
    """One packet that a stream sent.

    Attributes:
        at: when, in seconds.
        data: the bytes.
        destination: where to.
        control: whether it left from the port of RTCP.
    """

    at: float
    data: bytes
    destination: Source
    control: bool = False


class VirtualPort:
    """The port of one stream: a `responder.media.ports.Port` and a `responder.media.pacer.Line`.

    Attributes:
        number: the port of RTP.
        host: the address that it was asked for.
        stream: what takes the packets.
        sent: what the stream sent, in order.
        closed: whether it was given back.
    """

    def __init__(self, ports: "VirtualPorts", number: int, host: str, stream: Stream) -> None:
        self.number = number
        self.host = host
        self.stream = stream
        self.sent: list[SentMedia] = []
        self.closed = False
        self._ports = ports

    def receive(self, data: bytes, source: Source, *, control: bool = False) -> None:
        """Hand a packet to the stream, and keep what it answers."""
        buffer = bytearray(BUFFER)
        buffer[: len(data)] = data[:BUFFER]
        take = self.stream.receive_control if control else self.stream.receive
        size = take(buffer, min(len(data), BUFFER), source, self._ports.now)
        if size:
            self._keep(bytes(buffer[:size]), source, control)

    def send(self, buffer: bytearray, size: int, destination: Source) -> None:
        """Keep a packet of RTP."""
        self._keep(bytes(buffer[:size]), destination, False)

    def send_control(self, data: bytes, destination: Source) -> None:
        """Keep a packet of RTCP."""
        self._keep(data, destination, True)

    def changed(self, now: float) -> None:
        """Take note that the stream plays another sound, or none any more."""
        self._ports.pacer.changed(self, now)

    def close(self, now: float) -> None:
        """Say goodbye where RTCP was heard, and give the port back."""
        last = self.stream.goodbye(now)
        if last and self.stream.control_source is not None:
            self.send_control(last, self.stream.control_source)
        self.closed = True
        self._ports.pacer.remove(self)

    def _keep(self, data: bytes, destination: Source, control: bool) -> None:
        self.sent.append(SentMedia(self._ports.now, data, destination, control))


class VirtualPorts:
    """Gives out port numbers: a `responder.media.ports.Ports`.

    Args:
        most: how many streams may be open at a time.

    Attributes:
        opened: every port that was given out, in order.
        pacer: when streams send on their own account.
        network: the clock, once `advance` is to be used.
    """

    def __init__(self, most: int = 100) -> None:
        self.opened: list[VirtualPort] = []
        self.pacer = Pacer()
        self.network: Network | None = None
        self._most = most

    @property
    def now(self) -> float:
        """The clock of the network."""
        assert self.network is not None
        return self.network.now

    @property
    def in_use(self) -> list[int]:
        """The ports that were not given back, in order."""
        return [port.number for port in self.opened if not port.closed]

    def open(self, host: str, stream: Stream, now: float) -> VirtualPort | None:
        """Give out a port; None where there are enough already."""
        if len(self.in_use) >= self._most:
            return None
        port = VirtualPort(self, FIRST + 2 * len(self.opened), host, stream)
        self.opened.append(port)
        self.pacer.add(port, now)
        return port

    def reach(self, host: str) -> str | None:
        """Return an address of the same version of IP, from the networks for documentation."""
        if not host.startswith(("192.0.2.", "2001:db8:")):
            return None
        return "2001:db8::1" if ":" in host else LOCAL[0]

    def advance(self, seconds: float) -> None:
        """Let time pass for the network and the streams alike."""
        assert self.network is not None
        end = self.network.now + seconds
        while True:
            due = self.pacer.next_due()
            if due is None or due > end:
                break
            self.network.advance(max(0.0, due - self.network.now))
            self.pacer.expire(self.network.now)
        self.network.advance(end - self.network.now)


class Talker:
    """The caller's end of one stream: sends what it is told to, and reads what comes back.

    Args:
        port: the stream's.
        remote: where it sends from; its RTCP comes from the port above.
        payload_type: of what it says.

    Attributes:
        ssrc: its own.
        sequence: the number of its next packet.
        timestamp: that of its next packet.
    """

    def __init__(
        self, port: VirtualPort, remote: Source = (REMOTE[0], 40_000), payload_type: int = 0
    ) -> None:
        self.port = port
        self.remote = remote
        self.payload_type = payload_type
        self.ssrc = 0x1234
        self.sequence = 100
        self.timestamp = 8_000

    def say(self, payload: bytes = b"\x55" * 160, *, marker: bool = False) -> None:
        """Send the next packet."""
        packet = Packet(
            self.payload_type, self.sequence, self.timestamp, self.ssrc, payload, marker
        )
        self.skip()
        self.port.receive(packet.to_bytes(), self.remote)

    def skip(self, count: int = 1) -> None:
        """Have packets get lost on their way."""
        self.sequence = (self.sequence + count) & 0xFFFF
        self.timestamp = (self.timestamp + 160 * count) & 0xFFFFFFFF

    def report(self, report: rtcp.Report | rtcp.Goodbye | None = None) -> None:
        """Send a packet of RTCP; an RR about nothing by default."""
        made = report if report is not None else rtcp.Report(self.ssrc, None, ())
        source = (self.remote[0], self.remote[1] + 1)
        self.port.receive(made.to_bytes(), source, control=True)

    def heard(self) -> list[Packet]:
        """Return the packets of RTP that came back to it, in order."""
        mine = [s for s in self.port.sent if not s.control and s.destination == self.remote]
        packets = [read_packet(sent.data) for sent in mine]
        return [packet for packet in packets if packet is not None]

    def reports(self) -> list[rtcp.Report | rtcp.Goodbye]:
        """Return the reports and goodbyes that came back to it, in order."""
        found: list[rtcp.Report | rtcp.Goodbye] = []
        for sent in self.port.sent:
            if sent.control:
                found += rtcp.read(sent.data) or []
        return found
