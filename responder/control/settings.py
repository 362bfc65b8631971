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


def read_address(text: str) -> tuple[str, int]:
    """Read ``ADDRESS:PORT``, of which either part may be left out, but not both.

    Raises:
        BadHttp: it cannot be read.
    """
    rest = text.strip()
    if rest.startswith("["):
        host, closed, digits = rest[1:].partition("]")
        if not closed or not digits.startswith((":", "")) or digits in {":"}:
            raise BadHttp(f'"{text}" has a bracket too many or too few; write [::1]:{PORT}.')
        digits = digits[1:]
    elif rest.isdigit():
        host, digits = LOCAL, rest
    elif rest.count(":") == 1:
        host, _, digits = rest.partition(":")
        host = host or LOCAL
    else:
        host, digits = rest, ""
    host = LOCAL if host == "localhost" else host
    try:
        ipaddress.ip_address(host)
    except ValueError:
        raise BadHttp(
            f'"{host}" in "{text}" is not an IP address; write one such as {LOCAL}:{PORT} or'
            f" [::1]:{PORT}, or {OFF}."
        ) from None
    if digits and not (digits.isascii() and digits.isdigit() and int(digits) <= 65535):
        raise BadHttp(f'"{digits}" in "{text}" is not a port; write a number up to 65535.')
    return host, int(digits) if digits else PORT


def guarded(host: str, token: str | None) -> str | None:
    """Return the token that requests have to show.

    Args:
        host: the numeric address that is bound.
        token: the one that was asked for; None makes one where others than this machine can come.
    """
    if token is None and not ipaddress.ip_address(host).is_loopback:
        return secrets.token_urlsafe(16)
    return token
