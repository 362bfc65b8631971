"""Challenges and credentials: the four authentication headers (RFC 3261 section 20, RFC 7616)."""

import re
from dataclasses import dataclass, field
from typing import Final

from responder.sip.errors import Malformed
from responder.sip.grammar import LWS, QUOTED, TOKEN, Params, unquote

_SCHEME: Final = re.compile(rb"(" + TOKEN + rb")(?:[ \t]++|\Z)")
# Some clients leave out the quotes of uri, nonce or opaque, so a bare value takes what those hold.
_PARAM: Final = re.compile(
    rb"("
    + TOKEN
    + rb")"
    + LWS
    + rb"="
    + LWS
    + rb"("
    + QUOTED
    + rb'|[^\x00-\x20",=\x7f][^\x00-\x20",\x7f]*+)'
    + LWS
)
_COMMA: Final = re.compile(rb"," + LWS)
# The one opaque word that Basic and Bearer carry in place of parameters (RFC 7235 section 2.1).
_TOKEN68: Final = re.compile(rb"([A-Za-z0-9\-._~+/]++=*+)[ \t]*+")


@dataclass(frozen=True, slots=True)
class Authentication:
    """What the four headers have in common: a scheme and its parameters.

    Attributes:
        scheme: as written, such as ``b"Digest"``; any token.
        params: names in lower case, values as written, quotes kept.
        token68: the bare word of a scheme without parameters; None otherwise.
    """

    scheme: bytes
    params: Params = ()
    token68: bytes | None = None
    # Credentials are asked for the same few parameters again and again.
    _values: dict[bytes, bytes] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def is_digest(self) -> bool:
        """Whether the scheme is Digest."""
        return self.scheme.lower() == b"digest"

    def param(self, name: bytes) -> bytes | None:
        """Return a parameter without quotes; None when absent.

        Args:
            name: the parameter's name in lower case.
        """
        values = self._values
        if not values:
            for key, value in reversed(self.params):
                values[key] = unquote(value or b"")
        return values.get(name)

    def to_bytes(self) -> bytes:
        """Write the value."""
        if self.token68 is not None:
            return self.scheme + b" " + self.token68
        if not self.params:
            return self.scheme
        return (
            self.scheme
            + b" "
            + b", ".join(name + b"=" + (value or b"") for name, value in self.params)
        )


@dataclass(frozen=True, slots=True)
class Challenge(Authentication):
    """What WWW-Authenticate or Proxy-Authenticate asks for."""


@dataclass(frozen=True, slots=True)
class Credentials(Authentication):
    """What Authorization or Proxy-Authorization offers."""


def parse_challenge(value: bytes, header: str = "WWW-Authenticate") -> Challenge:
    """Parse one row of WWW-Authenticate or Proxy-Authenticate, which holds a single challenge.

    Args:
        value: a header value.
        header: the header's name, for the error's text.

    Raises:
        Malformed: no scheme, an empty element, a parameter twice or without its value.
    """
    return Challenge(*_parse(value, header))


def parse_credentials(value: bytes, header: str = "Authorization") -> Credentials:
    """Parse one row of Authorization or Proxy-Authorization, which holds one set of credentials.

    Args:
        value: a header value.
        header: the header's name, for the error's text.

    Raises:
        Malformed: no scheme, an empty element, a parameter twice or without its value.
    """
    return Credentials(*_parse(value, header))


def _parse(value: bytes, header: str) -> tuple[bytes, Params, bytes | None]:
    match = _SCHEME.match(value)
    if match is None:
        raise Malformed(f"{header}: no scheme")
    scheme = match[1]
    position = match.end()
    if position == len(value):
        return scheme, (), None
    if scheme.lower() != b"digest":
        word = _TOKEN68.fullmatch(value, position)
        if word is not None:
            return scheme, (), word[1]
    found: dict[bytes, bytes | None] = {}
    while (match := _PARAM.match(value, position)) is not None:
        name = match[1].lower()
        if name in found:
            raise Malformed(f"{header}: parameter twice")
        found[name] = match[2]
        position = match.end()
        if position == len(value):
            return scheme, tuple(found.items()), None
        comma = _COMMA.match(value, position)
        if comma is None:
            break
        position = comma.end()
    raise Malformed(f"{header}: {_fault(value[position:])}")


def _fault(rest: bytes) -> str:
    """Name what stands where a parameter should."""
    if rest[:1] in (b"", b","):
        return "empty parameter"
    return "unbalanced quote" if rest.count(b'"') % 2 else "bad parameter"
