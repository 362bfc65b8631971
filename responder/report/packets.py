"""Packets around payloads: IPv4 (RFC 791), IPv6 (RFC 8200), UDP (RFC 768) and TCP (RFC 9293).

Every length and checksum is right, so a reader of captures finds nothing to remark on.
"""

import struct
from collections.abc import Iterator
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final, TypeAlias

from responder.sip.events import Address

Host: TypeAlias = IPv4Address | IPv6Address

UNKNOWN: Final = IPv4Address(0)
"""Stands for a host whose address was never known, such as a name that could not be looked up."""

LARGEST_DATAGRAM: Final = 65_507
"""Bytes of payload that a UDP datagram takes over IPv4; IPv6 takes 20 more, which are not used."""

_SEGMENT: Final = 65_000
_TCP: Final = 6
_UDP: Final = 17
_FIN: Final = 0x01
_SYN: Final = 0x02
_PSH: Final = 0x08
_ACK: Final = 0x10
# The largest segment (RFC 9293 section 3.7.1), and a window of a gigabyte (RFC 7323): no reader
# thinks that a sender waits for the other side.
_SYN_OPTIONS: Final = struct.pack("!BBHBBBB", 2, 4, _SEGMENT, 1, 3, 3, 14)
_SPACE: Final = 1 << 32
# Far enough from each other that two connections of the same ports are not taken for one.
_BETWEEN_CONNECTIONS: Final = 0x01000193


@lru_cache(maxsize=4096)
def host_of(text: str) -> Host:
    """Return an IP address, without its zone; `UNKNOWN` for what is none."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return UNKNOWN
    return address


def udp(source: Address, destination: Address, payload: bytes) -> bytes:
    """Return an IP packet with one UDP datagram.

    Raises:
        ValueError: ``payload`` is longer than `LARGEST_DATAGRAM`.
    """
    size = 8 + len(payload)
    if len(payload) > LARGEST_DATAGRAM:
        raise ValueError(f"{len(payload)} bytes are no datagram")
    datagram = struct.pack("!HHHH", source[1], destination[1], size, 0) + payload
    hosts = _alike(host_of(source[0]), host_of(destination[0]))
    # RFC 768: a sum of zero is sent as all ones, since zero says that there is none.
    checksum = _checksum(_pseudo(hosts, _UDP, size) + datagram) or 0xFFFF
    return _ip(hosts, _UDP, datagram[:6] + checksum.to_bytes(2) + payload)


class Connection:
    """The packets of one TCP connection between two addresses, as it could have been.

    The bytes of the stream are the true ones. What the kernels did to carry them is not known: the
    handshake, sequence numbers, segments and acknowledgements are made up, and agree.

    Args:
        local: our end.
        remote: the peer's end.
        number: another one for each connection of a capture.
    """

    __slots__ = ("_ends", "_next")

    def __init__(self, local: Address, remote: Address, number: int) -> None:
        first = number * _BETWEEN_CONNECTIONS
        self._ends = (local, remote)
        # The sequence number of each end's next byte: ours, the peer's.
        self._next = [first % _SPACE, (first + _SPACE // 2) % _SPACE]

    def open(self, *, by_peer: bool) -> list[tuple[bytes, bool]]:
        """Return the handshake: each packet, and whether the peer sent it."""
        return [
            (self._packet(by_peer, _SYN, options=_SYN_OPTIONS), by_peer),
            (self._packet(not by_peer, _SYN | _ACK, options=_SYN_OPTIONS), not by_peer),
            (self._packet(by_peer, _ACK), by_peer),
        ]

    def carry(self, data: bytes, *, from_peer: bool) -> Iterator[bytes]:
        """Yield the packets of one piece of the stream, several if it fills more than one."""
        for start in range(0, len(data), _SEGMENT):
            yield self._packet(from_peer, _PSH | _ACK, data[start : start + _SEGMENT])

    def close(self, *, by_peer: bool) -> list[tuple[bytes, bool]]:
        """Return the end of the connection, as `open` returns its beginning."""
        return [
            (self._packet(by_peer, _FIN | _ACK), by_peer),
            (self._packet(not by_peer, _FIN | _ACK), not by_peer),
            (self._packet(by_peer, _ACK), by_peer),
        ]

    def _packet(
        self, from_peer: bool, flags: int, payload: bytes = b"", options: bytes = b""
    ) -> bytes:
        source, destination = reversed(self._ends) if from_peer else self._ends
        sequence = self._next[from_peer]
        acknowledged = self._next[not from_peer] if flags & _ACK else 0
        # SYN and FIN take a place in the sequence each (RFC 9293 section 3.4).
        taken = len(payload) + bool(flags & (_SYN | _FIN))
        self._next[from_peer] = (sequence + taken) % _SPACE
        head = struct.pack(
            "!HHIIBBH",
            source[1],
            destination[1],
            sequence,
            acknowledged,
            (20 + len(options)) << 2,
            flags,
            0xFFFF,
        )
        rest = b"\0\0" + options + payload
        hosts = _alike(host_of(source[0]), host_of(destination[0]))
        size = len(head) + 2 + len(rest)
        checksum = _checksum(_pseudo(hosts, _TCP, size) + head + b"\0\0" + rest)
        return _ip(hosts, _TCP, head + checksum.to_bytes(2) + rest)


def _alike(source: Host, destination: Host) -> tuple[Host, Host]:
    """Return both addresses in one family: an IPv4 address is mapped where the other is IPv6."""
    if source.version == destination.version:
        return source, destination
    return _as_ipv6(source), _as_ipv6(destination)


def _as_ipv6(host: Host) -> Host:
    return host if host.version == 6 else IPv6Address(b"\0" * 10 + b"\xff\xff" + host.packed)


def _pseudo(hosts: tuple[Host, Host], protocol: int, size: int) -> bytes:
    """Return the header that a checksum covers besides the packet (RFC 8200 section 8.1).

    That of IPv4 has the same numbers in other places, which the sum does not see.
    """
    return hosts[0].packed + hosts[1].packed + struct.pack("!II", size, protocol)


def _ip(hosts: tuple[Host, Host], protocol: int, payload: bytes) -> bytes:
    source, destination = hosts
    if source.version == 6:
        head = struct.pack("!IHBB", 6 << 28, len(payload), protocol, 64)
        return head + source.packed + destination.packed + payload
    # Don't Fragment: RFC 6864 lets the identification be zero then.
    head = struct.pack("!BBHHHBB", 0x45, 0, 20 + len(payload), 0, 0x4000, 64, protocol)
    ends = source.packed + destination.packed
    return head + _checksum(head + b"\0\0" + ends).to_bytes(2) + ends + payload


def _checksum(data: bytes) -> int:
    """Return the Internet checksum (RFC 1071), 0 to 0xFFFE."""
    # The one's complement sum of 16-bit words is the remainder by 0xFFFF of the whole number.
    whole = int.from_bytes(data + b"\0" if len(data) % 2 else data)
    return (0xFFFF - whole % 0xFFFF) % 0xFFFF
