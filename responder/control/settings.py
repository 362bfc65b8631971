"""Where HTTP is served, and to whom. Importing this file costs nothing."""

import ipaddress
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

OFF: Final = "off"
LOCAL: Final = "127.0.0.1"
PORT: Final = 8060


class BadHttp(ValueError):
    """An address for HTTP that cannot be read; the text is one sentence."""


@dataclass(frozen=True, slots=True)
class Http:
    """Where HTTP is served, and to whom.

    Attributes:
        host: a numeric address.
        port: its port; 0 picks a free one.
        token: what a request has to show; None where nobody but this machine can come.
        names: names beside addresses and ``localhost`` that a browser may know it by.
        label: what the page calls this responder; None for nothing.
    """

    host: str = LOCAL
    port: int = PORT
    token: str | None = field(default=None, repr=False)
    names: Sequence[str] = ()
    label: str | None = None


def read_address(text: str, port: int = PORT) -> tuple[str, int]:
    """Read ``ADDRESS:PORT``, of which either part may be left out, but not both.

    Args:
        text: what is read; ``localhost`` is an address too.
        port: the port where none is written.

    Raises:
        BadHttp: it cannot be read.
    """
    rest = text.strip()
    example = f"write one such as {LOCAL}:{port} or [::1]:{port}"
    if rest.startswith("["):
        host, closed, digits = rest[1:].partition("]")
        if not closed or digits[:1] not in {"", ":"}:
            raise BadHttp(f'"{text}" has a bracket too many or too few; {example}.')
        colon, digits = digits[:1], digits[1:]
    elif rest.isdigit():
        host, colon, digits = LOCAL, ":", rest
    elif rest.count(":") == 1:
        host, colon, digits = rest.partition(":")
    else:
        host, colon, digits = rest, "", ""
    host = LOCAL if host in {"localhost", ""} else host
    try:
        ipaddress.ip_address(host)
    except ValueError:
        raise BadHttp(f'"{host}" in "{text}" is not an IP address; {example}.') from None
    if not colon:
        return host, port
    if not (digits.isascii() and digits.isdigit() and len(digits) < 6 and int(digits) <= 65535):
        raise BadHttp(f'"{digits}" in "{text}" is not a port; write a number up to 65535.')
    return host, int(digits)


def guarded(host: str, token: str | None) -> str | None:
    """Return the token that requests have to show.

    Args:
        host: the numeric address that is bound.
        token: the one that was asked for; None makes one where others than this machine can come.
    """
    if token is None and not ipaddress.ip_address(host).is_loopback:
        return secrets.token_urlsafe(16)
    return token
