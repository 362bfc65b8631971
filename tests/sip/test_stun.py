"""The STUN server on a SIP port, held against the vectors of RFC 5769."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.sip.events import Address
from responder.sip.stun import answers, binding_request, binding_response, is_stun

TRANSACTION = bytes.fromhex("b7e7a701 bc34d686 fa87dfae")
COOKIE = bytes.fromhex("2112a442")
V4 = ("192.0.2.1", 32853)
V6 = ("2001:db8:1234:5678:11:2233:4455:6677", 32853)

ICE_REQUEST = bytes.fromhex(  # RFC 5769 section 2.1
    "00010058 2112a442 b7e7a701 bc34d686 fa87dfae 80220010 5354554e 20746573 7420636c 69656e74"
    "00240004 6e0001ff 80290008 932ff9b1 51263b36 00060009 6576746a 3a683676 59202020 00080014"
    "9aeaa70c bfd8cb56 781ef2b5 b2d3f249 c1b571a2 80280004 e57a3bcf"
)
RESPONSE_V4 = bytes.fromhex(  # RFC 5769 section 2.2
    "0101003c 2112a442 b7e7a701 bc34d686 fa87dfae 8022000b 74657374 20766563 746f7220"
    "00200008 0001a147 e112a643 00080014 2b91f599 fd9e90c3 8c7489f9 2af9ba53 f06be7d7"
    "80280004 c07d4c96"
)
RESPONSE_V6 = bytes.fromhex(  # RFC 5769 section 2.3
    "01010048 2112a442 b7e7a701 bc34d686 fa87dfae 8022000b 74657374 20766563 746f7220"
    "00200014 0002a147 0113a9fa a5d3f179 bc25f4b5 bed2b9d9 00080014 a382954e 4be67bf1 1784c97c"
    "8292c275 bfe3ed41 80280004 c8fb0b4c"
)
LONG_TERM_REQUEST = bytes.fromhex(  # RFC 5769 section 2.4
    "00010060 2112a442 78ad3433 c6ad72c0 29da412e 00060012 e3839ee3 8388e383 aae38383 e382afe3"
    "82b90000 0015001c 662f2f34 39396b39 35346436 4f4c3334 6f4c3946 53547679 36347341 0014000b"
    "6578616d 706c652e 6f726700 00080014 f6702465 6dd64a3e 02b8e071 2e85c9a2 8ca89666"
)


def attribute(kind: int, value: bytes = b"") -> bytes:
    return struct.pack("!HH", kind, len(value)) + value + bytes(-len(value) % 4)


def message(body: bytes = b"", kind: int = 0x0001) -> bytes:
    return struct.pack("!HH", kind, len(body)) + COOKIE + TRANSACTION + body


def split(response: bytes | None) -> tuple[int, list[tuple[int, bytes]]]:
    """Return a response's type and attributes, its header checked."""
    assert response is not None
    kind, length = struct.unpack_from("!HH", response)
    assert length == len(response) - 20
    assert response[4:8] == COOKIE
    attributes = []
    at = 20
    while at < len(response):
        name, size = struct.unpack_from("!HH", response, at)
        attributes.append((name, response[at + 4 : at + 4 + size]))
        at += 4 + size + -size % 4
    return kind, attributes


@pytest.mark.row("FRM-11")
@pytest.mark.parametrize(
    ("remote", "vector"), [(V4, RESPONSE_V4), (V6, RESPONSE_V6)], ids=["IPv4", "IPv6"]
)
def test_address_as_in_the_vectors(remote: Address, vector: bytes) -> None:
    """A Binding request is answered with XOR-MAPPED-ADDRESS (RFC 5769 sections 2.2 and 2.3)."""
    kind, attributes = split(binding_response(message(), remote))
    expected = dict(split(vector)[1])
    assert kind == 0x0101
    assert attributes == [(0x0020, expected[0x0020])]


def test_transaction_is_echoed() -> None:
    response = binding_response(LONG_TERM_REQUEST, V4)
    assert response is not None
    assert response[8:20] == LONG_TERM_REQUEST[8:20]


@pytest.mark.parametrize(
    ("host", "same"),
    [("::ffff:192.0.2.1", "192.0.2.1"), ("fe80::1%eth0", "fe80::1")],
    ids=["mapped", "zone"],
)
def test_forms_of_an_address(host: str, same: str) -> None:
    assert binding_response(message(), (host, 1)) == binding_response(message(), (same, 1))


def test_authentication_is_not_looked_into() -> None:
    """A request with long-term credentials is answered (RFC 5769 section 2.4)."""
    assert split(binding_response(LONG_TERM_REQUEST, V4))[0] == 0x0101


def test_unknown_attribute_and_fingerprint() -> None:
    """An ICE check needs PRIORITY understood: 420, with a FINGERPRINT as in the request."""
    response = binding_response(ICE_REQUEST, V4)
    kind, attributes = split(response)
    assert kind == 0x0111
    assert attributes[0] == (0x0009, b"\x00\x00\x04\x14Unknown Attribute")
    assert attributes[1] == (0x000A, b"\x00\x24")
    assert [name for name, _ in attributes] == [0x0009, 0x000A, 0x8028]


def test_fingerprint_as_in_the_vectors() -> None:
    """What we mark passes the check that the vectors pass."""
    marked = binding_response(ICE_REQUEST, V4)
    assert marked is not None
    # A response is no request, so its type is turned back before it is fed in; that the
    # FINGERPRINT then fails shows that it covers the header.
    assert binding_response(b"\x00\x01" + marked[2:], V4) is None
    assert binding_response(ICE_REQUEST[:-1] + b"\x00", V4) is None


def test_fingerprint_of_a_success() -> None:
    # The vector's own message, cut to SOFTWARE and a FINGERPRINT made by an independent formula.
    import zlib

    bare = message(bytes(8))[:20]
    mark = struct.pack("!HHI", 0x8028, 4, zlib.crc32(bare) ^ 0x5354554E)
    kind, attributes = split(binding_response(bare + mark, V4))
    assert kind == 0x0101
    assert [name for name, _ in attributes] == [0x0020, 0x8028]
    response = binding_response(bare + mark, V4)
    assert response is not None
    assert attributes[1][1] == struct.pack("!I", zlib.crc32(response[:-8]) ^ 0x5354554E)


@pytest.mark.parametrize(
    "body",
    [
        attribute(0x8028, bytes(4)) + attribute(0x8022, b"late"),
        attribute(0x8028, bytes(8)),
    ],
    ids=["not last", "wrong size"],
)
def test_odd_fingerprint(body: bytes) -> None:
    assert binding_response(message(body), V4) is None


def test_software() -> None:
    kind, attributes = split(binding_response(message(), V4, b"test vector"))
    assert kind == 0x0101
    assert attributes[0] == (0x8022, b"test vector")


def test_unknown_attributes_are_listed_once() -> None:
    body = attribute(0x0003, bytes(4)) + attribute(0x7FFF) + attribute(0x0003) + attribute(0x9999)
    assert split(binding_response(message(body), V4))[1][1] == (0x000A, b"\x00\x03\x7f\xff")


def test_attributes_after_the_integrity_are_not_looked_at() -> None:
    body = attribute(0x0008, bytes(20)) + attribute(0x0003)
    assert split(binding_response(message(body), V4))[0] == 0x0101


def test_attribute_past_the_end() -> None:
    kind, attributes = split(binding_response(message(b"\x80\x22\x00\x05abcd"), V4))
    assert kind == 0x0111
    assert attributes == [(0x0009, b"\x00\x00\x04\x00Bad Request")]


@pytest.mark.parametrize(
    "data",
    [
        message(kind=0x0011),
        message(kind=0x0101),
        message(kind=0x0111),
        message(kind=0x0003),
        message()[:-1],
        message() + b"x",
        message() + bytes(4),
        b"\x00\x01\x00\x02" + message()[4:] + b"xx",
        b"\x00\x01\x00\x00" + bytes(16),
        b"",
        b"OPTIONS sip:a@b SIP/2.0\r\n\r\n",
    ],
    ids=[
        "indication",
        "success",
        "error",
        "other method",
        "short",
        "long",
        "longer",
        "no multiple of 4",
        "no cookie",
        "empty",
        "SIP",
    ],
)
def test_unanswered(data: bytes) -> None:
    assert binding_response(data, V4) is None


@pytest.mark.row("FRM-11")
@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (message(), True),
        (RESPONSE_V4, True),
        (b"\x02" + message()[1:], False),
        (message()[:19], False),
        (b"\x00" * 20, False),
        (b"", False),
        (b"OPTIONS sip:a@b SIP/2.0\r\n\r\n", False),
    ],
)
def test_is_stun(data: bytes, expected: bool) -> None:
    """The first octet and the cookie tell STUN from SIP."""
    assert is_stun(data) is expected


@given(st.binary(max_size=80).map(lambda body: message(body[: len(body) & ~3])))
def test_any_body(data: bytes) -> None:
    """No answer outgrows its request by more than the attributes that it must carry."""
    response = binding_response(data, V4)
    assert response is None or len(response) <= len(data) + 60


def test_a_request_of_ours_is_answered_as_its_own() -> None:
    request = binding_request(TRANSACTION)
    response = binding_response(request, V4)
    assert response is not None
    assert answers(response, TRANSACTION)
    assert not answers(response, bytes(12))
    assert not answers(request, TRANSACTION)
    assert not answers(b"SIP/2.0 200 OK\r\n\r\n", TRANSACTION)
