"""RTCP: reports on what was sent and received, and the end of a stream (RFC 3550 section 6)."""

import struct
from typing import Final, NamedTuple

SENDER_REPORT: Final = 200
RECEIVER_REPORT: Final = 201
DESCRIPTION: Final = 202
GOODBYE: Final = 203
LOWEST: Final = 192
HIGHEST: Final = 223
"""The second bytes by which RTCP differs from RTP on one port (RFC 5761 section 4)."""

_NTP_EPOCH: Final = 2_208_988_800
_HEADER: Final = struct.Struct(">BBH")
_SENDER: Final = struct.Struct(">IIIIII")
_BLOCK: Final = struct.Struct(">IIIIII")
_CNAME: Final = 1


class Block(NamedTuple):
    """A report on one source (section 6.4.1).

    Attributes:
        ssrc: the source.
        fraction: the part lost since the last report, in 256ths.
        lost: packets lost in all, from -2**23 to 2**23 - 1.
        highest: the highest sequence number with its cycles, 32 bits.
        jitter: in units of the format's clock.
        last: the middle 32 bits of the NTP time of the source's latest SR; 0 for none.
        delay: since that came, in 1/65536 s.
    """

    ssrc: int
    fraction: int
    lost: int
    highest: int
    jitter: int
    last: int = 0
    delay: int = 0

    def to_bytes(self) -> bytes:
        """Return the block as it is sent."""
        lost = max(-0x800000, min(0x7FFFFF, self.lost)) & 0xFFFFFF
        return _BLOCK.pack(
            self.ssrc,
            self.fraction << 24 | lost,
            self.highest & 0xFFFFFFFF,
            min(self.jitter, 0xFFFFFFFF),
            self.last,
            min(self.delay, 0xFFFFFFFF),
        )


class Sender(NamedTuple):
    """What a source says of itself in an SR.

    Attributes:
        ntp: the time of the report, 64 bits, in 2**-32 s since 1900.
        timestamp: the same time in units of the format's clock, 32 bits.
        packets: how many it has sent.
        octets: bytes of their payloads.
    """

    ntp: int
    timestamp: int
    packets: int
    octets: int


class Report(NamedTuple):
    """An SR (with ``sender``) or RR.

    Attributes:
        ssrc: who sent it.
        sender: what it says of itself; None in an RR.
        blocks: what it received.
    """

    ssrc: int
    sender: Sender | None
    blocks: tuple[Block, ...]

    def to_bytes(self) -> bytes:
        """Return the packet as it is sent."""
        body = struct.pack(">I", self.ssrc)
        if self.sender is not None:
            ntp, timestamp, packets, octets = self.sender
            body += struct.pack(">QIII", ntp, timestamp, packets & 0xFFFFFFFF, octets & 0xFFFFFFFF)
        body += b"".join(block.to_bytes() for block in self.blocks)
        kind = RECEIVER_REPORT if self.sender is None else SENDER_REPORT
        return _packet(kind, len(self.blocks), body)


class Goodbye(NamedTuple):
    """A BYE: its sources are gone.

    Attributes:
        sources: their SSRCs.
    """

    sources: tuple[int, ...]

    def to_bytes(self) -> bytes:
        """Return the packet as it is sent."""
        body = b"".join(struct.pack(">I", ssrc) for ssrc in self.sources)
        return _packet(GOODBYE, len(self.sources), body)


def description(ssrc: int, name: bytes) -> bytes:
    """Return an SDES packet that names a source (section 6.5.1).

    Args:
        ssrc: the source.
        name: its CNAME, at most 255 bytes.
    """
    item = bytes((_CNAME, len(name))) + name
    body = struct.pack(">I", ssrc) + item
    return _packet(DESCRIPTION, 1, body + bytes(4 - len(body) % 4))


def ntp_time(seconds: float) -> int:
    """Return seconds since 1970 as a 64-bit NTP time."""
    return int((seconds + _NTP_EPOCH) * 0x100000000) & 0xFFFFFFFFFFFFFFFF


def is_rtcp(data: bytes | bytearray, size: int) -> bool:
    """Whether bytes on a port that takes both are RTCP (RFC 5761 section 4)."""
    return size >= 8 and data[0] & 0xC0 == 0x80 and LOWEST <= data[1] <= HIGHEST


def read(data: bytes) -> list[Report | Goodbye] | None:
    """Read a compound packet: its reports and goodbyes; other kinds are passed over.

    A single packet of any kind is taken too (RFC 5506). None where the bytes are not RTCP: another
    version, or lengths that do not add up (RFC 3550 appendix A.2).
    """
    found: list[Report | Goodbye] = []
    at = 0
    while at < len(data):
        if len(data) - at < 4:
            return None
        first, kind, words = _HEADER.unpack_from(data, at)
        end = at + 4 + 4 * words
        if first & 0xC0 != 0x80 or end > len(data):
            return None
        packet = _read_one(kind, first & 0x1F, data[at + 4 : end])
        if packet is not None:
            found.append(packet)
        at = end
    return found if data else None


def _read_one(kind: int, count: int, body: bytes) -> Report | Goodbye | None:
    if kind == GOODBYE:
        if len(body) < 4 * count:
            return None
        return Goodbye(struct.unpack_from(f">{count}I", body))
    if kind not in {SENDER_REPORT, RECEIVER_REPORT}:
        return None
    at = 4 if kind == RECEIVER_REPORT else _SENDER.size
    if len(body) < at + _BLOCK.size * count:
        return None
    sender = None
    if kind == SENDER_REPORT:
        sender = Sender(*struct.unpack_from(">QIII", body, 4))
    blocks = tuple(_read_block(body, at + _BLOCK.size * index) for index in range(count))
    return Report(int.from_bytes(body[:4], "big"), sender, blocks)


def _read_block(body: bytes, at: int) -> Block:
    ssrc, losses, highest, jitter, last, delay = _BLOCK.unpack_from(body, at)
    lost = losses & 0xFFFFFF
    return Block(
        ssrc, losses >> 24, lost - 0x1000000 if lost >= 0x800000 else lost, highest, jitter,
        last, delay,
    )  # fmt: skip


def _packet(kind: int, count: int, body: bytes) -> bytes:
    return _HEADER.pack(0x80 | count, kind, len(body) // 4) + body
