"""Via: the path a request took, one value a hop (RFC 3261 section 20.42, RFC 3581)."""

import re
from dataclasses import dataclass
from typing import Final

from responder.sip.errors import Malformed
from responder.sip.grammar import (
    HOST,
    LWS,
    PORT,
    TOKEN,
    Params,
    get_param,
    parse_ipv6_reference,
    parse_params,
    split_commas,
    write_params,
)

COOKIE: Final = b"z9hG4bK"
"""What the branch of an RFC 3261 element starts with."""

_SLASH: Final = LWS + rb"/" + LWS
_VIA: Final = re.compile(
    rb"("
    + TOKEN
    + rb")"
    + _SLASH
    + rb"("
    + TOKEN
    + rb")"
    + _SLASH
    + rb"("
    + TOKEN
    + rb")[ \t]++("
    + HOST
    + rb")(?:"
    + LWS
    + rb":"
    + LWS
    + rb"("
    + PORT
    + rb"))?(?=[ \t;]|\Z)"
)


@dataclass(frozen=True, slots=True)
class Via:
    """One hop of the path.

    Attributes:
        protocol: the protocol's name and version, such as ``b"SIP/2.0"``.
        transport: as written; any token, known or not.
        host: the sent-by host as written, an IPv6 address without brackets.
        port: the sent-by port, or None when there is none.
        params: parameters, names in lower case.
    """

    protocol: bytes
    transport: bytes
    host: bytes
    port: int | None = None
    params: Params = ()

    @property
    def branch(self) -> bytes | None:
        """The branch parameter, or None."""
        return get_param(self.params, b"branch")

    @property
    def has_cookie(self) -> bool:
        """Whether the branch is one of RFC 3261: the cookie, in any case, and more behind it."""
        branch = self.branch
        if branch is None:
            return False
        return branch[:7].lower() == b"z9hg4bk" and len(branch) > len(COOKIE)

    @property
    def received(self) -> bytes | None:
        """The address in ``received`` without brackets, or None (RFC 5118 section 4.5)."""
        value = get_param(self.params, b"received")
        if value is not None and value[:1] == b"[" and value[-1:] == b"]":
            return value[1:-1]
        return value

    @property
    def rport(self) -> bytes | None:
        """None when absent, b"" when the sender asks for it, else its digits (RFC 3581)."""
        return get_param(self.params, b"rport")

    @property
    def maddr(self) -> bytes | None:
        """The address in ``maddr`` without brackets, or None."""
        value = get_param(self.params, b"maddr")
        if value is not None and value[:1] == b"[" and value[-1:] == b"]":
            return value[1:-1]
        return value

    @property
    def ttl(self) -> int | None:
        """The multicast time to live, 0 to 255; None when absent or not such a number."""
        value = get_param(self.params, b"ttl")
        if value is None or len(value) > 3 or not value.isdigit() or int(value) > 255:
            return None
        return int(value)

    @property
    def keep(self) -> bytes | None:
        """None when absent, b"" when keep-alives are offered, else seconds (RFC 6223)."""
        return get_param(self.params, b"keep")

    @property
    def sent_by(self) -> bytes:
        """The host, in brackets if it is an IPv6 address, and the port if there is one."""
        host = b"[" + self.host + b"]" if b":" in self.host else self.host
        return host if self.port is None else host + b":%d" % self.port

    def to_bytes(self) -> bytes:
        """Write the value in its usual form, without optional white space."""
        head = self.protocol + b"/" + self.transport + b" " + self.sent_by
        return head + write_params(self.params)


def parse_via(value: bytes) -> Via:
    """Parse a single Via value.

    White space is allowed around the slashes, the colon and the parameters; the transport may be
    any token. The host has to be in brackets if it is an IPv6 address.

    Raises:
        Malformed: the value does not follow the grammar.
    """
    match = _VIA.match(value)
    if match is None:
        raise Malformed(f"Via: {_fault(value)}")
    name, version, transport, host, digits = match.groups()
    if host[0] == 0x5B:
        host = parse_ipv6_reference(host, "Via")
    port = None if digits is None else int(digits)
    if port is not None and port > 65535:
        raise Malformed("Via: bad port")
    params = parse_params(value[match.end() :], "Via")
    return Via(name + b"/" + version, transport, host, port, params)


def _fault(value: bytes) -> str:
    """Name the part that breaks the grammar."""
    if re.match(TOKEN + _SLASH + TOKEN + _SLASH + TOKEN + rb"[ \t]", value) is None:
        return "bad protocol"
    return "bad sent-by"


def parse_via_list(value: bytes) -> list[Via]:
    """Parse one Via row, which holds one hop or several, topmost first.

    Raises:
        Malformed: an element is empty or does not follow the grammar.
    """
    if b"," not in value:
        return [parse_via(value)]
    return [parse_via(element) for element in split_commas(value, "Via")]
