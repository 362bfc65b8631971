"""Listening addresses as a person writes them: ``udp:0.0.0.0:5060``."""

import ipaddress
from typing import Final, NamedTuple

from responder.net.errors import BadAddress

BOTH_FAMILIES: Final = "*"
"""The host of a `Listen` that means every local address, of IPv4 and of IPv6 where it exists."""

OFFERED: Final = ("udp", "tcp")
_NOT_OFFERED: Final = ("tls", "ws", "wss", "sctp", "dtls")


class Listen(NamedTuple):
    """A transport, a numeric host or `BOTH_FAMILIES`, and a port; port 0 picks a free one.

    A listener of a scenario has a name too.
    """

    transport: str
    host: str
    port: int
    name: str = ""

    def __str__(self) -> str:
        return f"{self.transport}:{write_address(self.host, self.port)}"


def default_port(transport: str) -> int:
    """Return the port of a transport when none is written (RFC 3261 section 18.1.1)."""
    return 5061 if transport in {"tls", "wss"} else 5060


DEFAULT_LISTENS: Final = (
    Listen("udp", BOTH_FAMILIES, 5060),
    Listen("tcp", BOTH_FAMILIES, 5060),
)
"""What is listened on when nothing is asked for."""


def write_address(host: str, port: int) -> str:
    """Write a host and port the way a URI has them: an IPv6 address in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def parse_listen(text: str) -> Listen:
    """Read ``TRANSPORT:HOST:PORT``, of which any part may be left out.

    Without a transport it is udp, without a host every local address, without a port the
    transport's default. An IPv6 address stands in brackets when a port follows it.

    Raises:
        BadAddress: it cannot be read, or the transport is not offered; the text is one sentence.
    """
    word, colon, rest = text.strip().partition(":")
    transport = word.lower()
    if transport in _NOT_OFFERED:
        offered = " and ".join(OFFERED)
        raise BadAddress(f"{transport} is not offered by this version; it listens on {offered}.")
    if transport not in OFFERED:
        if word.isalpha() and colon and not rest.isdigit() and not _is_address(text.strip()):
            raise BadAddress(f'"{word}" in "{text}" is not a transport; write udp or tcp.')
        transport, rest = "udp", text.strip()
    host, port = _split(rest, text)
    if host != BOTH_FAMILIES and not _is_address(host):
        raise BadAddress(
            f'"{host}" in "{text}" is not an IP address; write one such as 127.0.0.1 or [::1].'
        )
    return Listen(transport, host, default_port(transport) if port is None else port)


def _split(rest: str, text: str) -> tuple[str, int | None]:
    if not rest:
        return BOTH_FAMILIES, None
    if rest.startswith("["):
        host, closed, tail = rest[1:].partition("]")
        if not closed or (tail and not tail.startswith(":")):
            raise BadAddress(f'"{text}" has a bracket too many or too few; write [::1]:5060.')
        return host, _port(tail[1:], text) if tail else None
    if _is_address(rest):
        return rest, None
    host, colon, tail = rest.rpartition(":")
    if not colon and not tail.isdigit():
        return tail, None
    return host or BOTH_FAMILIES, _port(tail, text)


def _port(digits: str, text: str) -> int:
    if not (digits.isascii() and digits.isdigit()) or int(digits) > 65535:
        raise BadAddress(f'"{digits}" in "{text}" is not a port; write a number up to 65535.')
    return int(digits)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
