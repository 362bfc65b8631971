"""A STUN server as small as RFC 5626 section 8 allows: Binding requests on a SIP port.

A phone behind a NAT keeps its binding open with them and learns its public address. Nothing is
authenticated: USERNAME, MESSAGE-INTEGRITY and the like are understood and not looked into.
Messages are those of RFC 5389. The client's half is the bare request, for who only wants to know
whether somebody is there.
"""

import ipaddress
import struct
import zlib
from typing import Final

from responder.sip.events import Address

_COOKIE: Final = 0x2112A442
_COOKIE_BYTES: Final = _COOKIE.to_bytes(4, "big")
_HEADER: Final = struct.Struct("!HHI12s")
_ATTRIBUTE: Final = struct.Struct("!HH")

_BINDING_REQUEST: Final = 0x0001
_BINDING_SUCCESS: Final = 0x0101
_BINDING_ERROR: Final = 0x0111
_BINDING_ANSWERS: Final = (_BINDING_SUCCESS, _BINDING_ERROR)

_MESSAGE_INTEGRITY: Final = 0x0008
_ERROR_CODE: Final = 0x0009
_UNKNOWN_ATTRIBUTES: Final = 0x000A
_XOR_MAPPED_ADDRESS: Final = 0x0020
_SOFTWARE: Final = 0x8022
_FINGERPRINT: Final = 0x8028

_OPTIONAL: Final = 0x8000
"""An attribute with this bit may be skipped by who does not know it (RFC 5389 section 15)."""

_KNOWN: Final = frozenset(
    {
        0x0001,  # MAPPED-ADDRESS
        0x0006,  # USERNAME
        _MESSAGE_INTEGRITY,
        _ERROR_CODE,
        _UNKNOWN_ATTRIBUTES,
        0x0014,  # REALM
        0x0015,  # NONCE
        _XOR_MAPPED_ADDRESS,
    }
)

_FINGERPRINT_SIZE: Final = 8
_FINGERPRINT_XOR: Final = 0x5354554E


def is_stun(data: bytes) -> bool:
    """Tell a STUN message from a SIP message: first octet 0 or 1, and the magic cookie."""
    return len(data) >= _HEADER.size and data[0] <= 1 and data[4:8] == _COOKIE_BYTES


def binding_request(transaction: bytes) -> bytes:
    """Return a Binding request without attributes (RFC 5389 section 7.1).

    Args:
        transaction: 12 octets, drawn at random for each request.
    """
    return _message(_BINDING_REQUEST, transaction, b"", b"", False)


def answers(data: bytes, transaction: bytes) -> bool:
    """Tell whether a datagram is the answer to a Binding request, be it a success or an error.

    Args:
        data: any datagram.
        transaction: what the request was made with.
    """
    if not is_stun(data):
        return False
    kind, _, _, of = _HEADER.unpack_from(data)
    return kind in _BINDING_ANSWERS and of == transaction


def binding_response(data: bytes, remote: Address, software: bytes = b"") -> bytes | None:
    """Return the answer to a Binding request (RFC 5389 section 7.3).

    Args:
        data: one datagram, as `is_stun` takes it.
        remote: where it came from, which is what the answer tells; an IPv4 address in its IPv6
            form is told as IPv4.
        software: the text of a SOFTWARE attribute, UTF-8, at most 763 bytes; none if empty.

    Returns:
        A success, an error 420 that lists the attributes that would have to be understood, or an
        error 400 for attributes that do not fit their message. None for what gets no answer:
        indications, responses, other methods, wrong lengths, a FINGERPRINT that is not the last
        attribute or does not match.
    """
    if not is_stun(data):
        return None
    kind, length, _, transaction = _HEADER.unpack_from(data)
    if kind != _BINDING_REQUEST or length % 4 or length != len(data) - _HEADER.size:
        return None
    types = _attribute_types(data)
    marked = types is not None and _FINGERPRINT in types
    if marked and not _fingerprint_holds(data):
        return None
    if types is None:
        return _message(_BINDING_ERROR, transaction, _error(400, b"Bad Request"), software, marked)
    unknown = _unknown(types)
    if unknown:
        body = _error(420, b"Unknown Attribute") + _attribute(
            _UNKNOWN_ATTRIBUTES, struct.pack(f"!{len(unknown)}H", *unknown)
        )
        return _message(_BINDING_ERROR, transaction, body, software, marked)
    body = _attribute(_XOR_MAPPED_ADDRESS, _xor_address(remote, transaction))
    return _message(_BINDING_SUCCESS, transaction, body, software, marked)


def _attribute_types(data: bytes) -> list[int] | None:
    """Return the types of all attributes in order; None where one reaches past the end."""
    types: list[int] = []
    at = _HEADER.size
    while at < len(data):
        kind, length = _ATTRIBUTE.unpack_from(data, at)
        types.append(kind)
        at += _ATTRIBUTE.size + length + -length % 4
    return types if at == len(data) else None


def _unknown(types: list[int]) -> list[int]:
    """Return, each once, the types that have to be understood and are not.

    What follows MESSAGE-INTEGRITY is not looked at (RFC 5389 section 15.4).
    """
    unknown: dict[int, None] = {}
    for kind in types:
        if kind == _MESSAGE_INTEGRITY:
            break
        if not kind & _OPTIONAL and kind not in _KNOWN:
            unknown[kind] = None
    return list(unknown)


def _fingerprint_holds(data: bytes) -> bool:
    """Check that a FINGERPRINT ends the message and matches it (RFC 5389 section 15.5)."""
    return data[-_FINGERPRINT_SIZE:] == _fingerprint(data[:-_FINGERPRINT_SIZE])


def _attribute(kind: int, value: bytes) -> bytes:
    return _ATTRIBUTE.pack(kind, len(value)) + value + bytes(-len(value) % 4)


def _fingerprint(data: bytes) -> bytes:
    return _attribute(_FINGERPRINT, (zlib.crc32(data) ^ _FINGERPRINT_XOR).to_bytes(4, "big"))


def _error(code: int, phrase: bytes) -> bytes:
    return _attribute(_ERROR_CODE, bytes((0, 0, code // 100, code % 100)) + phrase)


def _xor_address(remote: Address, transaction: bytes) -> bytes:
    """Return the value of XOR-MAPPED-ADDRESS (RFC 5389 section 15.2)."""
    address = ipaddress.ip_address(remote[0])
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    packed = address.packed
    mask = _COOKIE_BYTES + transaction
    family = 1 if address.version == 4 else 2
    masked = bytes(a ^ b for a, b in zip(packed, mask, strict=False))
    return struct.pack("!BBH", 0, family, remote[1] ^ (_COOKIE >> 16)) + masked


def _message(kind: int, transaction: bytes, body: bytes, software: bytes, marked: bool) -> bytes:
    """Join a message; ``marked`` ends it with a FINGERPRINT, which its length counts."""
    if software:
        body = _attribute(_SOFTWARE, software) + body
    length = len(body) + (_FINGERPRINT_SIZE if marked else 0)
    message = _HEADER.pack(kind, length, _COOKIE, transaction) + body
    return message + _fingerprint(message) if marked else message
