"""What a body is and what a peer takes: types, dispositions, codings (RFC 3261 section 20)."""

import re
from dataclasses import dataclass
from typing import Final

from responder.sip.errors import Malformed
from responder.sip.grammar import (
    LWS,
    TOKEN,
    Params,
    get_param,
    parse_params,
    split_commas,
    unquote,
    write_params,
)

_PLAIN_TYPE: Final = re.compile(rb"([a-z0-9\-]++)/([a-z0-9\-+.]++)")
_TYPE: Final = re.compile(rb"(" + TOKEN + rb")" + LWS + rb"/" + LWS + rb"(" + TOKEN + rb")")
_ITEM: Final = re.compile(TOKEN)
DISPOSITIONS: Final = frozenset({b"session", b"render", b"by-reference"})
"""The disposition types that are understood (RFC 3261 section 20.11, RFC 5621 section 9)."""

_QVALUE: Final = re.compile(rb"0(?:\.[0-9]{0,3}+)?|1(?:\.0{0,3}+)?")


def _preference(params: Params, header: str) -> float:
    value = get_param(params, b"q")
    if value is None:
        return 1.0
    if _QVALUE.fullmatch(value) is None:
        raise Malformed(f"{header}: bad q value")
    return float(value)


@dataclass(frozen=True, slots=True)
class MediaType:
    """A media type of Content-Type, or a range of them in Accept.

    Attributes:
        type: in lower case; ``b"*"`` in a range.
        subtype: in lower case; ``b"*"`` in a range.
        params: names in lower case; ``q`` is among them in Accept.
        q: the preference in Accept, 0.0 to 1.0; 1.0 when none is given.
    """

    type: bytes
    subtype: bytes
    params: Params = ()
    q: float = 1.0

    @property
    def essence(self) -> bytes:
        """Type and subtype without parameters, such as ``b"application/sdp"``."""
        return self.type + b"/" + self.subtype

    def param(self, name: bytes) -> bytes | None:
        """Return a parameter without quotes, b"" for a flag, None when absent."""
        value = get_param(self.params, name)
        return None if value is None else unquote(value)

    def matches(self, essence: bytes) -> bool:
        """Tell whether this range takes a type, such as ``b"application/sdp"``.

        A range with ``q=0`` takes nothing (RFC 2616 section 3.9). Parameters are not compared.
        """
        if self.q == 0.0:
            return False
        kind, _, subtype = essence.lower().partition(b"/")
        return self.type in (b"*", kind) and self.subtype in (b"*", subtype)

    def to_bytes(self) -> bytes:
        """Write the value."""
        return self.essence + write_params(self.params)


def parse_media_type(value: bytes, header: str = "Content-Type") -> MediaType:
    """Parse a Content-Type value.

    Args:
        value: a header value.
        header: the header's name, for the error's text.

    Raises:
        Malformed: no type and subtype, a wildcard, or a fault in the parameters.
    """
    if _PLAIN_TYPE.fullmatch(value) is not None:
        kind, _, subtype = value.partition(b"/")
        return MediaType(kind, subtype)
    found = _media_range(value, header)
    if b"*" in (found.type, found.subtype):
        raise Malformed(f"{header}: wildcard")
    return MediaType(found.type, found.subtype, found.params)


def _media_range(value: bytes, header: str) -> MediaType:
    match = _TYPE.match(value)
    if match is None:
        raise Malformed(f"{header}: no media type")
    return MediaType(match[1].lower(), match[2].lower(), parse_params(value[match.end() :], header))


def parse_accept(value: bytes) -> list[MediaType]:
    """Parse an Accept value; an empty one takes nothing (RFC 3261 section 20.1).

    Raises:
        Malformed: an element is empty, no media range, or has a bad ``q``.
    """
    if not value:
        return []
    ranges = [_media_range(element, "Accept") for element in split_commas(value, "Accept")]
    for each in ranges:
        if each.type == b"*" and each.subtype != b"*":
            raise Malformed("Accept: bad wildcard")
    return [
        MediaType(each.type, each.subtype, each.params, _preference(each.params, "Accept"))
        for each in ranges
    ]


@dataclass(frozen=True, slots=True)
class Disposition:
    """A Content-Disposition value (RFC 3261 section 20.11).

    Attributes:
        kind: in lower case, such as ``b"session"``; any token.
        params: names in lower case.
    """

    kind: bytes
    params: Params = ()

    @property
    def handling(self) -> bytes:
        """``b"required"``, ``b"optional"`` or another token in lower case; required by default."""
        value = get_param(self.params, b"handling")
        return b"required" if value is None else value.lower()

    def to_bytes(self) -> bytes:
        """Write the value."""
        return self.kind + write_params(self.params)


def parse_disposition(value: bytes) -> Disposition:
    """Parse a Content-Disposition value.

    Raises:
        Malformed: no token, or a fault in the parameters.
    """
    match = _ITEM.match(value)
    if match is None:
        raise Malformed("Content-Disposition: no type")
    params = parse_params(value[match.end() :], "Content-Disposition")
    return Disposition(match[0].lower(), params)


@dataclass(frozen=True, slots=True)
class Preference:
    """One element of Accept-Encoding or Accept-Language.

    Attributes:
        name: a coding or a language range, in lower case; ``b"*"`` for any.
        params: names in lower case; ``q`` is among them.
        q: 0.0 to 1.0; 1.0 when none is given. 0.0 refuses the name.
    """

    name: bytes
    params: Params = ()
    q: float = 1.0

    def to_bytes(self) -> bytes:
        """Write the element."""
        return self.name + write_params(self.params)


def parse_preferences(value: bytes, header: str) -> list[Preference]:
    """Parse an Accept-Encoding or Accept-Language value; an empty one names nothing.

    Args:
        value: a header value.
        header: the header's name, for the error's text.

    Raises:
        Malformed: an element is empty, no token, or has a bad ``q``.
    """
    if not value:
        return []
    found: list[Preference] = []
    for element in split_commas(value, header):
        match = _ITEM.match(element)
        if match is None:
            raise Malformed(f"{header}: no token")
        params = parse_params(element[match.end() :], header)
        found.append(Preference(match[0].lower(), params, _preference(params, header)))
    return found
