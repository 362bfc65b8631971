"""URIs: the parts of ``sip:`` and ``sips:``, and any other scheme whole (RFC 3261 section 19.1)."""

import re
from dataclasses import dataclass
from typing import Final

from responder.sip.errors import Malformed
from responder.sip.grammar import (
    ESCAPE,
    HOST,
    Params,
    get_param,
    parse_ipv6_reference,
    unescape,
    write_params,
)

# RFC 3261 wants "#" escaped, but a telephone-subscriber may hold it bare and phones send it so.
_USER: Final = rb"(?:[A-Za-z0-9\-_.!~*'()&=+$,;?/#]++|" + ESCAPE + rb")+"
_PASSWORD: Final = rb"(?:[A-Za-z0-9\-_.!~*'()&=+$,]++|" + ESCAPE + rb")*"
_PARAM: Final = rb"(?:[A-Za-z0-9\-_.!~*'()\[\]/:&+$]++|" + ESCAPE + rb")+"
_HEADER_TEXT: Final = rb"(?:[A-Za-z0-9\-_.!~*'()\[\]/?:+$]++|" + ESCAPE + rb")"
_HEADER: Final = _HEADER_TEXT + rb"+=" + _HEADER_TEXT + rb"*"
_USERINFO: Final = rb"(?:(" + _USER + rb")(?::(" + _PASSWORD + rb"))?@)?"

_SIP: Final = re.compile(
    rb"([sS][iI][pP][sS]?+):"
    + _USERINFO
    + rb"("
    + HOST
    + rb")(?::([0-9]++))?"
    + rb"((?:;"
    + _PARAM
    + rb"(?:="
    + _PARAM
    + rb")?)*)"
    + rb"(?:\?("
    + _HEADER
    + rb"(?:&"
    + _HEADER
    + rb")*))?"
)
_HOST_AHEAD: Final = re.compile(HOST + rb"(?![^:;?])")
_SCHEME: Final = re.compile(rb"([A-Za-z][A-Za-z0-9+\-.]*+):(.*+)", re.DOTALL)
# `absoluteURI` with the fragment and the brackets that RFC 3986 has since added.
_OPAQUE: Final = re.compile(rb"(?:[A-Za-z0-9\-_.!~*'();/?:@&=+$,#\[\]]++|" + ESCAPE + rb")+")
_USER_OCTETS: Final = frozenset(
    b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.!~*'()&=+$,;?/"
)
_RESERVED: Final = frozenset(b";/?:@&=+$,%")
_MUST_BE_IN_BOTH: Final = frozenset((b"user", b"ttl", b"method", b"maddr", b"transport"))
_CANONICAL: Final = re.compile(rb"%([0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True)
class Uri:
    """A URI as a peer wrote it, escapes left in place.

    Attributes:
        scheme: in lower case, such as ``b"sip"``.
        host: name or address as written, an IPv6 address without brackets; empty when the
            scheme is neither ``sip`` nor ``sips``.
        user: the user part, still escaped; None when there is none.
        password: what follows the user's colon, still escaped; None when there is none.
        port: 0 to 65535, or None when the URI names none.
        params: URI parameters, names in lower case, values still escaped.
        headers: the part after ``?`` as name and value, both still escaped.
        rest: all that follows the colon of another scheme; empty for ``sip`` and ``sips``.
    """

    scheme: bytes
    host: bytes = b""
    user: bytes | None = None
    password: bytes | None = None
    port: int | None = None
    params: Params = ()
    headers: tuple[tuple[bytes, bytes], ...] = ()
    rest: bytes = b""

    @property
    def is_sip(self) -> bool:
        """Whether the scheme is ``sip`` or ``sips``; any other is answered 416."""
        return self.scheme in {b"sip", b"sips"}

    @property
    def host_port(self) -> bytes:
        """The host, in brackets if it is an IPv6 address, and the port if there is one."""
        host = b"[" + self.host + b"]" if b":" in self.host else self.host
        return host if self.port is None else host + b":%d" % self.port

    @property
    def user_text(self) -> str | None:
        """The user part with its escapes decoded once, as text; None when there is none.

        Octets that are not UTF-8 become lone surrogates (``surrogateescape``); NUL stays.
        """
        if self.user is None:
            return None
        return unescape(self.user).decode("utf-8", "surrogateescape")

    def param(self, name: bytes) -> bytes | None:
        """Return a parameter decoded once, b"" for a flag, None when absent.

        Args:
            name: the parameter's name in lower case.
        """
        value = get_param(self.params, name)
        return None if value is None else unescape(value)

    def to_bytes(self) -> bytes:
        """Write the URI, without ``<>``."""
        if not self.is_sip:
            return self.scheme + b":" + self.rest
        parts = [self.scheme, b":"]
        if self.user is not None:
            parts.append(self.user)
            if self.password is not None:
                parts += (b":", self.password)
            parts.append(b"@")
        parts += (self.host_port, write_params(self.params))
        if self.headers:
            parts += (b"?", b"&".join(name + b"=" + value for name, value in self.headers))
        return b"".join(parts)


def parse_uri(value: bytes, header: str = "URI") -> Uri:
    """Parse one URI, without ``<>`` round it.

    Args:
        value: the URI's bytes; white space is not trimmed, as none belongs there.
        header: where the URI stands, such as ``Request-URI``, for the error's text.

    Returns:
        The parts of a ``sip`` or ``sips`` URI; for any other scheme only ``scheme`` and ``rest``.

    Raises:
        Malformed: the bytes follow neither grammar, a URI parameter occurs twice, or the port is
            over 65535.
    """
    match = _SIP.fullmatch(value)
    if match is None:
        return _parse_other(value, header)
    scheme, user, password, host, port_digits, raw_params, raw_headers = match.groups()
    if host[0] == 0x5B:
        host = parse_ipv6_reference(host, header)
    port = None if port_digits is None else _port(port_digits, header)
    return Uri(
        scheme.lower(),
        host,
        user,
        password,
        port,
        _split_params(raw_params, header) if raw_params else (),
        _split_headers(raw_headers) if raw_headers else (),
    )


def escape_user(user: bytes) -> bytes:
    """Write a decoded user part as a URI holds it (RFC 3261 section 19.1.2)."""
    return b"".join(
        bytes((octet,)) if octet in _USER_OCTETS else b"%%%02X" % octet for octet in user
    )


def _port(digits: bytes, header: str) -> int:
    significant = digits.lstrip(b"0") or b"0"
    if len(significant) > 5 or int(significant) > 65535:
        raise Malformed(f"{header}: bad port")
    return int(significant)


def _split_params(raw: bytes, header: str) -> Params:
    found: dict[bytes, bytes | None] = {}
    items = raw[1:].split(b";")
    for item in items:
        name, equals, value = item.partition(b"=")
        found[name.lower()] = value if equals else None
    if len(found) != len(items):
        raise Malformed(f"{header}: URI parameter twice")
    return tuple(found.items())


def _split_headers(raw: bytes) -> tuple[tuple[bytes, bytes], ...]:
    pairs = (item.partition(b"=") for item in raw.split(b"&"))
    return tuple((name, value) for name, _, value in pairs)


def _parse_other(value: bytes, header: str) -> Uri:
    """Parse a URI of another scheme, or say what is wrong with a ``sip`` or ``sips`` one."""
    if b" " in value or b"\t" in value:
        raise Malformed(f"{header}: white space in URI")
    if value[:1] == b"<":
        raise Malformed(f"{header}: <> not allowed")
    match = _SCHEME.fullmatch(value)
    if match is None:
        raise Malformed(f"{header}: URI has no scheme")
    scheme = match[1].lower()
    if scheme in {b"sip", b"sips"}:
        raise Malformed(f"{header}: {_sip_fault(match[2])}")
    if _OPAQUE.fullmatch(match[2]) is None:
        raise Malformed(f"{header}: bad {scheme[:20].decode('ascii')} URI")
    return Uri(scheme, rest=match[2])


def _sip_fault(rest: bytes) -> str:
    """Name the part of a SIP URI, less its scheme, that breaks the grammar."""
    userinfo, at, after = rest.rpartition(b"@")
    if at and re.fullmatch(_USERINFO, userinfo + b"@") is None:
        return "bad user part"
    if _HOST_AHEAD.match(after) is None:
        return "bad host"
    return "bad URI parameter or header"


def equal(a: Uri, b: Uri) -> bool:
    """Compare two URIs (RFC 3261 section 19.1.4).

    The relation is not transitive: a parameter that only one of the two has is ignored unless it
    is user, ttl, method, maddr or transport. URIs of other schemes are equal when their bytes are.
    """
    if a.scheme != b.scheme:
        return False
    if not a.is_sip:
        return a.rest == b.rest
    return (
        _canonical(a.user) == _canonical(b.user)
        and _canonical(a.password) == _canonical(b.password)
        and a.host.lower() == b.host.lower()
        and a.port == b.port
        and _same_params(a.params, b.params)
        and _header_set(a) == _header_set(b)
    )


def _canonical(text: bytes | None) -> bytes | None:
    """Decode the escapes of what need not be escaped, so that equal texts have equal bytes.

    A reserved character and its escape differ (RFC 3261 section 19.1.4); so do ``%`` and ``%25``.
    """
    if text is None or b"%" not in text:
        return text

    def decode(match: re.Match[bytes]) -> bytes:
        octet = int(match[1], 16)
        return match[0].upper() if octet in _RESERVED else bytes((octet,))

    return _CANONICAL.sub(decode, text)


def _folded(text: bytes | None) -> bytes | None:
    canonical = _canonical(text)
    return None if canonical is None else canonical.lower()


def _same_params(a: Params, b: Params) -> bool:
    left = {_folded(name): _folded(value) for name, value in a}
    right = {_folded(name): _folded(value) for name, value in b}
    return all(left[name] == right[name] for name in left.keys() & right.keys()) and (
        _MUST_BE_IN_BOTH.isdisjoint(left.keys() ^ right.keys())
    )


def _header_set(uri: Uri) -> list[tuple[bytes, bytes]]:
    return sorted((_folded(name) or b"", _folded(value) or b"") for name, value in uri.headers)
