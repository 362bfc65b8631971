"""A small reader of capture files, which believes no length and no checksum."""

import struct
from dataclasses import dataclass, field
from ipaddress import ip_address

Options = dict[int, list[bytes]]


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a pcapng file: its type, its fixed part and what follows, without the frame."""

    kind: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet: its time, its two ends, what it carries, and what is said of it.

    Attributes:
        at: seconds since 1970.
        protocol: ``udp`` or ``tcp``.
        source: address and port.
        destination: the same.
        payload: what UDP or TCP carries.
        came: the direction that the capture tells.
        comments: the remarks on it.
        flags: those of TCP, such as ``SA``.
        sequence: of TCP.
        acknowledged: of TCP.
    """

    at: float
    protocol: str
    source: tuple[str, int]
    destination: tuple[str, int]
    payload: bytes
    came: bool
    comments: list[str]
    flags: str = ""
    sequence: int = 0
    acknowledged: int = 0


def blocks(data: bytes) -> list[Block]:
    """Return the blocks of a file; the last one has to be whole."""
    found = []
    while data:
        kind, size = struct.unpack_from("<II", data)
        assert size % 4 == 0
        assert struct.unpack_from("<I", data, size - 4)[0] == size
        found.append(Block(kind, data[8 : size - 4]))
        data = data[size:]
    return found


def options(data: bytes) -> Options:
    found: Options = {}
    while True:
        code, size = struct.unpack_from("<HH", data)
        value, data = data[4 : 4 + size], data[4 + size + -size % 4 :]
        if code == 0:
            assert (value, data) == (b"", b"")
            return found
        found.setdefault(code, []).append(value)


def packets(data: bytes) -> list[Packet]:
    """Return the packets of a file, once its beginning is found right."""
    section, interface, *rest = blocks(data)
    assert (section.kind, interface.kind) == (0x0A0D0D0A, 1)
    assert struct.unpack_from("<IHHq", section.body) == (0x1A2B3C4D, 1, 0, -1)
    assert struct.unpack_from("<HH", interface.body) == (101, 0)
    return [_packet(block) for block in rest]


def _packet(block: Block) -> Packet:
    assert block.kind == 6
    interface, high, low, kept, size = struct.unpack_from("<IIIII", block.body)
    assert interface == 0
    assert kept == size
    about = options(block.body[20 + size + -size % 4 :])
    (direction,) = struct.unpack("<I", about[2][0])
    at = ((high << 32) + low) / 1_000_000
    comments = [comment.decode() for comment in about.get(1, [])]
    protocol, hosts, pseudo, carried = _ip(block.body[20 : 20 + size])
    assert _sums_up(pseudo + carried)
    ports = struct.unpack_from("!HH", carried)
    source, destination = zip(hosts, ports, strict=True)
    came = {1: True, 2: False}[direction]
    if protocol == 17:
        assert struct.unpack_from("!H", carried, 4)[0] == len(carried)
        assert carried[6:8] != b"\0\0"
        return Packet(at, "udp", source, destination, carried[8:], came, comments)
    sequence, acknowledged, length, bits = struct.unpack_from("!IIBB", carried, 4)
    flags = "".join(name for place, name in enumerate("FSRPA") if bits >> place & 1)
    payload = carried[length >> 4 << 2 :]
    return Packet(
        at,
        "tcp",
        source,
        destination,
        payload,
        came,
        comments,
        flags,
        sequence,
        acknowledged,
    )


def _ip(packet: bytes) -> tuple[int, tuple[str, str], bytes, bytes]:
    """Return protocol, both hosts, the pseudo header, and what the packet carries."""
    if packet[0] >> 4 == 4:
        assert packet[0] == 0x45
        assert struct.unpack_from("!H", packet, 2)[0] == len(packet)
        assert _sums_up(packet[:20])
        protocol, ends, carried = packet[9], packet[12:20], packet[20:]
    else:
        assert packet[0] >> 4 == 6
        assert struct.unpack_from("!H", packet, 4)[0] == len(packet) - 40
        protocol, ends, carried = packet[6], packet[8:40], packet[40:]
    half = len(ends) // 2
    hosts = str(ip_address(ends[:half])), str(ip_address(ends[half:]))
    return protocol, hosts, ends + struct.pack("!IHBB", len(carried), 0, 0, protocol), carried


def _sums_up(data: bytes) -> bool:
    """Tell whether a checksum is right, word by word as RFC 1071 has it."""
    data += b"\0" * (len(data) % 2)
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total == 0xFFFF


@dataclass(slots=True)
class _End:
    """What one end of a connection has sent."""

    following: int | None = None
    data: list[bytes] = field(default_factory=list)


def streams(found: list[Packet]) -> list[tuple[bytes, bytes]]:
    """Return the bytes of each TCP connection, those that came and those that left.

    Every segment has to follow the one before, and to acknowledge all that the other end sent.
    """
    connections: list[dict[bool, _End]] = []
    latest: dict[frozenset[tuple[str, int]], dict[bool, _End]] = {}
    for packet in found:
        if packet.protocol != "tcp":
            continue
        ends = frozenset({packet.source, packet.destination})
        if packet.flags == "S":
            latest[ends] = {True: _End(), False: _End()}
            connections.append(latest[ends])
        mine, other = latest[ends][packet.came], latest[ends][not packet.came]
        assert mine.following in {None, packet.sequence}
        assert packet.acknowledged == (other.following or 0)
        taken = len(packet.payload) + ("S" in packet.flags) + ("F" in packet.flags)
        mine.following = (packet.sequence + taken) % (1 << 32)
        mine.data.append(packet.payload)
    return [
        (b"".join(connection[True].data), b"".join(connection[False].data))
        for connection in connections
    ]
