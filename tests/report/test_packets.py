"""Packets: addresses, lengths and checksums, and connections that agree with themselves."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.report.packets import LARGEST_DATAGRAM, UNKNOWN, Connection, host_of, udp
from responder.report.pcap import Capture
from responder.sip.events import Address, Flow
from tests.report.dissection import Packet, packets, streams

HERE, THERE = ("192.0.2.1", 5060), ("192.0.2.9", 5070)
HERE_6, THERE_6 = ("2001:db8::1", 5060), ("fe80::9%eth0", 5070)

ADDRESSES = st.tuples(st.ip_addresses().map(str), st.integers(0, 65535))


def read(local: Address, remote: Address, payload: bytes, transport: str = "udp") -> list[Packet]:
    file = Capture(0.0, "test")
    message = file.message(Flow(transport, local, remote), payload, came=False, at=1.0)
    return packets(file.head() + message)


@given(ADDRESSES, ADDRESSES, st.binary(max_size=70))
def test_any_datagram_has_right_lengths_and_sums(
    local: Address, remote: Address, data: bytes
) -> None:
    (packet,) = read(local, remote, data)
    assert packet.payload == data
    assert (packet.source[1], packet.destination[1]) == (local[1], remote[1])


@given(ADDRESSES, ADDRESSES, st.lists(st.tuples(st.booleans(), st.binary(max_size=70))))
def test_any_conversation_over_tcp_can_be_read_back(
    local: Address, remote: Address, pieces: list[tuple[bool, bytes]]
) -> None:
    file = Capture(0.0, "test")
    flow = Flow("tcp", local, remote)
    data = file.head() + file.opened(flow, by_peer=True, at=0.0)
    for came, piece in pieces:
        data += file.message(flow, piece, came=came, at=0.0)
    data += file.closed(flow, by_peer=False, at=0.0)
    (stream,) = streams(packets(data))
    assert stream == (
        b"".join(piece for came, piece in pieces if came),
        b"".join(piece for came, piece in pieces if not came),
    )


def test_a_checksum_of_zero_is_sent_as_all_ones() -> None:
    """RFC 768; the two bytes of the payload bring the sum there."""
    sums = {udp(HERE, THERE, number.to_bytes(2))[26:28] for number in range(0x10000)}
    assert b"\0\0" not in sums
    assert len(sums) == 0xFFFF


def test_families() -> None:
    (packet,) = read(HERE_6, THERE_6, b"x")
    assert (packet.source, packet.destination) == (HERE_6, ("fe80::9", 5070))
    (packet,) = read(HERE, THERE_6, b"x")
    assert packet.source == (str(ip_address("::ffff:192.0.2.1")), 5060)


def test_what_is_no_address() -> None:
    assert host_of("sip.example.com") is UNKNOWN
    assert host_of("") is UNKNOWN


def test_the_largest_datagram() -> None:
    (packet,) = read(HERE, THERE, b"x" * LARGEST_DATAGRAM)
    assert len(packet.payload) == LARGEST_DATAGRAM
    with pytest.raises(ValueError, match="65508 bytes are no datagram"):
        udp(HERE, THERE, b"x" * (LARGEST_DATAGRAM + 1))


def test_a_large_piece_of_a_stream_takes_several_segments() -> None:
    data = bytes(range(256)) * 800
    found = read(HERE, THERE, data, "tcp")
    assert [(each.flags, len(each.payload)) for each in found] == [
        ("S", 0),
        ("SA", 0),
        ("A", 0),
        *[("PA", 65000)] * 3,
        ("PA", 9800),
    ]
    assert streams(found) == [(b"", data)]


def test_who_opens_and_who_closes() -> None:
    connection = Connection(HERE, THERE, 1)
    assert [came for _, came in connection.open(by_peer=True)] == [True, False, True]
    assert [came for _, came in connection.close(by_peer=False)] == [False, True, False]


def test_sequence_numbers_go_round() -> None:
    # The product of this number and the distance of two connections is just below 2^32.
    number = (1 << 32) // 0x01000193
    connection = Connection(HERE, THERE, number)
    connection.open(by_peer=False)
    before = int.from_bytes(next(connection.carry(b"x", from_peer=False))[24:28])
    for _ in range(300):
        list(connection.carry(b"x" * 65000, from_peer=False))
    after = int.from_bytes(next(connection.carry(b"x", from_peer=False))[24:28])
    assert after < before
    assert (after - before) % (1 << 32) == 1 + 300 * 65000
