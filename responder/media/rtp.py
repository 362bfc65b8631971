"""The fixed header of an RTP packet, read and written in place (RFC 3550 section 5.1)."""

import struct
from typing import Final, NamedTuple

HEADER: Final = struct.Struct(">BBHII")
"""Version and flags, marker and payload type, sequence number, time stamp, SSRC."""

SIZE: Final = 12
"""Bytes of the fixed header."""

SSRC_AT: Final = 8
"""Where the SSRC begins."""

VERSION: Final = 0x80
"""The first byte of a packet of version 2 with no flag set and no contributing source."""

MARKER: Final = 0x80

LARGEST: Final = 2048
"""Bytes of the largest packet that is taken: 20 ms of any format here, and any path, need less."""


class Packet(NamedTuple):
    """An RTP packet taken apart, for whoever does not mind what that costs.

    Attributes:
        payload_type: 0 to 127.
        sequence: 0 to 65535.
        timestamp: in units of the format's clock, 32 bits.
        ssrc: who sent it, 32 bits.
        payload: what it carries.
        marker: whether its marker bit is set.
    """

    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes
    marker: bool = False

    def to_bytes(self) -> bytes:
        """Return the packet as it is sent."""
        second = self.payload_type | (MARKER if self.marker else 0)
        head = HEADER.pack(VERSION, second, self.sequence, self.timestamp, self.ssrc)
        return head + self.payload


def read_packet(data: bytes) -> Packet | None:
    """Take a packet apart; None where it is none (RFC 3550 appendix A.1)."""
    at = payload_start(data, len(data))
    if not at:
        return None
    first, second, sequence, timestamp, ssrc = HEADER.unpack_from(data)
    end = len(data) - (data[-1] if first & 0x20 else 0)
    return Packet(second & 0x7F, sequence, timestamp, ssrc, data[at:end], second >= MARKER)


def payload_start(data: bytes | bytearray, size: int) -> int:
    """Return where the payload of a packet begins; 0 where the bytes are no packet of version 2.

    Args:
        data: holds the packet at its beginning.
        size: bytes of the packet.
    """
    if size < SIZE or data[0] & 0xC0 != VERSION:
        return 0
    at = SIZE + 4 * (data[0] & 0x0F)
    if data[0] & 0x10:
        if size < at + 4:
            return 0
        at += 4 + 4 * int.from_bytes(data[at + 2 : at + 4], "big")
    padding = data[size - 1] if data[0] & 0x20 else 0
    if at + padding > size or (data[0] & 0x20 and not padding):
        return 0
    return at
