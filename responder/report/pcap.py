"""Messages as a capture file (pcapng) that Wireshark, tshark and sngrep open.

Everything is plain SIP, whatever it travelled in, with the addresses and the times that it had. A
datagram is a UDP packet; so is a message over a WebSocket, since tshark would look for HTTP on its
ports. What came over TCP or TLS is in a TCP connection that is made up around it
(`responder.report.packets.Connection`). Remarks are packet comments.

The format is that of draft-ietf-opsawg-pcapng. It is little-endian, as nearly all readers' machines
are: from a pipe, Wireshark takes no other order than its machine's. Packets are raw IP (link type
101), so that no addresses of a link have to be made up.
"""

import struct
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from responder.journal.journal import Stray
from responder.journal.record import Entry, Record
from responder.report.packets import LARGEST_DATAGRAM, UNKNOWN, Connection, host_of, udp
from responder.sip.events import Address, Flow

_SECTION: Final = 0x0A0D0D0A
_INTERFACE: Final = 1
_PACKET: Final = 6
_RAW_IP: Final = 101
_LARGEST_PACKET: Final = 262_144

# Options of any block, of the section, of a packet.
_END: Final = 0
_COMMENT: Final = 1
_PROGRAM: Final = 4
_FLAGS: Final = 2
_CAME: Final = 1
_LEFT: Final = 2

_LONGEST_COMMENT: Final = 4_096

_STREAMS: Final = frozenset({"tcp", "tls"})


class Capture:
    """Turns messages into the blocks of one capture file, in the order in which they are given.

    What `head` returns goes first. It holds one small object for each open stream flow, and nothing
    of what it has returned.

    Args:
        epoch: what to add to the clock of ``at`` to get seconds since 1970.
        program: who made the file, such as ``sip-responder/1.0``.
    """

    def __init__(self, epoch: float, program: str) -> None:
        self._epoch = epoch
        self._program = program
        self._connections: dict[Flow, Connection] = {}
        self._number = 0

    def head(self) -> bytes:
        """Return the beginning of the file."""
        section = struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)
        section += _option(_PROGRAM, self._program.encode()) + _option(_END, b"")
        interface = struct.pack("<HHI", _RAW_IP, 0, _LARGEST_PACKET)
        return _block(_SECTION, section) + _block(_INTERFACE, interface)

    def message(
        self,
        flow: Flow,
        data: bytes,
        *,
        came: bool,
        at: float,
        address: Address | None = None,
        comments: Sequence[str] = (),
    ) -> bytes:
        """Return the blocks of a datagram, or of a piece of a stream.

        Args:
            flow: what it came or left on.
            data: its bytes.
            came: whether it came; else it left.
            at: when, in seconds.
            address: where a datagram went instead of to the flow's peer; a name is not looked up.
            comments: what to say of it.
        """
        remarks = [*comments]
        remote = flow.remote if address is None else address
        if host_of(remote[0]) is UNKNOWN:
            remarks.append(f"the address of {remote[0]} port {remote[1]} is not known here")
        if flow.transport in _STREAMS or (flow.reliable and len(data) > LARGEST_DATAGRAM):
            return self._piece(flow, data, came, at, remarks)
        if len(data) > LARGEST_DATAGRAM:
            remarks.append(f"{len(data)} bytes fit no datagram; these are the first of them")
        ends = (remote, flow.local) if came else (flow.local, remote)
        return self._packet(udp(*ends, data[:LARGEST_DATAGRAM]), came, at, remarks)

    def opened(self, flow: Flow, *, by_peer: bool, at: float) -> bytes:
        """Return the blocks of a stream flow's beginning; none for a WebSocket."""
        return self._begin(flow, by_peer, at) if flow.transport in _STREAMS else b""

    def closed(self, flow: Flow, *, by_peer: bool, at: float) -> bytes:
        """Return the blocks of a stream flow's end; none if it carried nothing."""
        connection = self._connections.pop(flow, None)
        return b"" if connection is None else self._packets(connection.close(by_peer=by_peer), at)

    def _begin(self, flow: Flow, by_peer: bool, at: float) -> bytes:
        self._number += 1
        connection = Connection(flow.local, flow.remote, self._number)
        self._connections[flow] = connection
        return self._packets(connection.open(by_peer=by_peer), at)

    def _piece(self, flow: Flow, data: bytes, came: bool, at: float, comments: list[str]) -> bytes:
        begun = b""
        if flow not in self._connections:
            begun = self._begin(flow, came, at)
        packets = self._connections[flow].carry(data, from_peer=came)
        first = next(packets, None)
        if first is None:
            return begun
        blocks = [self._packet(first, came, at, comments)]
        blocks += [self._packet(packet, came, at, ()) for packet in packets]
        return begun + b"".join(blocks)

    def _packets(self, packets: Iterable[tuple[bytes, bool]], at: float) -> bytes:
        return b"".join(self._packet(packet, came, at, ()) for packet, came in packets)

    def _packet(self, packet: bytes, came: bool, at: float, comments: Sequence[str]) -> bytes:
        high, low = divmod(round((self._epoch + at) * 1_000_000), 1 << 32)
        size = len(packet)
        parts = [
            struct.pack("<IIIII", 0, high, low, size, size),
            packet + bytes(-size % 4),
            *(_option(_COMMENT, _clipped(comment)) for comment in comments),
            _option(_FLAGS, struct.pack("<I", _CAME if came else _LEFT)),
            _option(_END, b""),
        ]
        return _block(_PACKET, b"".join(parts))


def capture(
    records: Iterable[Record], *, epoch: float, program: str, strays: Iterable[Stray] = ()
) -> Iterator[bytes]:
    """Yield a whole capture file, in pieces: all messages in order of their times.

    A note becomes a comment of the message before it, or of the first one where none is. What is
    known of a stray is a comment of it.

    Args:
        records: the records; one that the journal has dropped gives nothing.
        strays: what belonged to none of them; the answers to it are not kept.
        epoch: see `Capture`.
        program: see `Capture`.
    """
    file = Capture(epoch, program)
    yield file.head()
    found = [each for record in records for each in _messages(record)]
    found += [_stray(each, each.flow) for each in strays if each.flow is not None]
    # Within one moment the order is that of the record.
    for each in sorted(found, key=lambda each: each.entry.at):
        yield file.message(
            each.flow,
            each.entry.data,
            came=each.entry.kind.startswith("received"),
            at=each.entry.at,
            comments=each.comments,
        )


class _Message(NamedTuple):
    """A message of a record, its flow, and what was noted of it."""

    flow: Flow
    entry: Entry
    comments: list[str]


def _stray(stray: Stray, flow: Flow) -> _Message:
    answer = f"answered {stray.status}" if stray.status else "not answered"
    entry = Entry(stray.at, "received", stray.data, flow)
    return _Message(flow, entry, [f"belongs to no call: {stray.why}", answer])


def _messages(record: Record) -> list[_Message]:
    found: list[_Message] = []
    early: list[str] = []
    for entry in record.entries:
        if entry.kind == "suppressed":
            continue  # it never left; the fault that kept it back is a comment
        if entry.kind in {"note", "fault"}:
            comments = found[-1].comments if found else early
            comments.append(entry.data.decode("utf-8", "replace"))
            continue
        flow = entry.flow if entry.flow is not None else record.flow
        if flow is not None:
            found.append(_Message(flow, entry, early))
            early = []
    if found and record.left_out:
        found[-1].comments.append(f"{record.left_out} more were not kept")
    return found


def _block(kind: int, body: bytes) -> bytes:
    size = 12 + len(body)
    return struct.pack("<II", kind, size) + body + struct.pack("<I", size)


def _option(code: int, value: bytes) -> bytes:
    return struct.pack("<HH", code, len(value)) + value + bytes(-len(value) % 4)


def _clipped(comment: str) -> bytes:
    return comment.encode("utf-8", "replace")[:_LONGEST_COMMENT].decode("utf-8", "ignore").encode()
