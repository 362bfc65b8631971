import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.media.rtp import HEADER, SIZE, Packet, payload_start, read_packet

WHOLE = Packet(0, 65_535, 2**32 - 1, 0xDEADBEEF, b"\x55" * 160, marker=True)


@given(
    st.builds(
        Packet,
        payload_type=st.integers(0, 127),
        sequence=st.integers(0, 2**16 - 1),
        timestamp=st.integers(0, 2**32 - 1),
        ssrc=st.integers(0, 2**32 - 1),
        payload=st.binary(max_size=400),
        marker=st.booleans(),
    )
)
def test_what_is_written_is_what_is_read(packet: Packet) -> None:
    assert read_packet(packet.to_bytes()) == packet


def test_the_header_on_the_wire() -> None:
    assert WHOLE.to_bytes()[:SIZE] == bytes.fromhex("80 80 ffff ffffffff deadbeef")


def test_contributing_sources_and_an_extension_stand_before_the_payload() -> None:
    head = HEADER.pack(0x92, 0, 1, 2, 3)
    data = head + bytes(8) + b"\xbe\xde\x00\x01" + bytes(4) + b"sound"
    packet = read_packet(data)
    assert packet is not None
    assert packet.payload == b"sound"


def test_padding_is_no_payload() -> None:
    packet = read_packet(HEADER.pack(0xA0, 0, 1, 2, 3) + b"sound" + b"\0\0\3")
    assert packet is not None
    assert packet.payload == b"sound"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        WHOLE.to_bytes()[: SIZE - 1],
        b"\x40" + WHOLE.to_bytes()[1:],
        HEADER.pack(0x81, 0, 1, 2, 3),
        HEADER.pack(0x90, 0, 1, 2, 3) + b"\0\0",
        HEADER.pack(0x90, 0, 1, 2, 3) + b"\0\0\0\1",
        HEADER.pack(0xA0, 0, 1, 2, 3) + b"\0",
        HEADER.pack(0xA0, 0, 1, 2, 3) + b"\5",
    ],
    ids=[
        "empty", "cut-off", "version", "sources", "extension", "long-extension", "no-padding",
        "long-padding",
    ],
)  # fmt: skip
def test_what_does_not_add_up_is_no_packet(data: bytes) -> None:
    """RFC 3550 appendix A.1."""
    assert read_packet(data) is None


@given(st.binary(max_size=64))
def test_no_bytes_raise(data: bytes) -> None:
    at = payload_start(data, len(data))
    assert 0 <= at <= len(data)
    packet = read_packet(data)
    assert (packet is None) == (at == 0)
