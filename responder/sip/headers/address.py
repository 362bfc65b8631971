"""Addresses: From, To, Contact, Route and all else that holds a URI (RFC 3261 section 20)."""

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeAlias

from responder.sip.errors import Malformed
from responder.sip.grammar import (
    LWS,
    QUOTED,
    Params,
    get_param,
    parse_params,
    quote,
    split_commas,
    unquote,
    write_params,
)
from responder.sip.headers.uri import Uri, parse_uri

# An unquoted display name is tokens; octets above 127 pass as well, since phones send UTF-8 bare.
_WORD: Final = rb"[A-Za-z0-9\-.!%*_+`'~\x80-\xff]++"
_DISPLAY: Final = QUOTED + rb"|" + _WORD + rb"(?:[ \t]++" + _WORD + rb")*"
_NAME_ADDR: Final = re.compile(rb"(" + _DISPLAY + rb")?" + LWS + rb"<([^<>]*+)>")
_ADDR_SPEC: Final = re.compile(rb'[^<>" \t;]++')


class Wildcard(Enum):
    """The ``*`` of a Contact, which stands for every binding (RFC 3261 section 10.2.2)."""

    CONTACT = b"*"


WILDCARD: Final = Wildcard.CONTACT
"""What `parse_contacts` returns for ``*``."""

Contacts: TypeAlias = "list[NameAddr] | Wildcard"


@dataclass(frozen=True, slots=True)
class NameAddr:
    """A URI with an optional display name and the header's parameters.

    Attributes:
        uri: the URI; of any scheme.
        display: the display name as written, its quotes kept; None when there is none.
        params: parameters of the header, not of the URI; names in lower case.
    """

    uri: Uri
    display: bytes | None = None
    params: Params = ()

    @property
    def tag(self) -> bytes | None:
        """The tag parameter, or None."""
        return get_param(self.params, b"tag")

    @property
    def display_text(self) -> str:
        """The display name without its quotes, as text; empty when there is none.

        Octets that are not UTF-8 become lone surrogates (``surrogateescape``).
        """
        if self.display is None:
            return ""
        return unquote(self.display).decode("utf-8", "surrogateescape")

    def param(self, name: bytes) -> bytes | None:
        """Return a parameter without quotes, b"" for a flag, None when absent.

        Args:
            name: the parameter's name in lower case.
        """
        value = get_param(self.params, name)
        return None if value is None else unquote(value)

    def to_bytes(self) -> bytes:
        """Write the value, the URI always in ``<>``."""
        display = b"" if self.display is None else self.display + b" "
        return display + b"<" + self.uri.to_bytes() + b">" + write_params(self.params)


def display_name(text: str) -> bytes:
    """Write a display name as a quoted string in UTF-8, ready for `NameAddr.display`."""
    return quote(text.encode("utf-8", "surrogateescape"))


def parse_address(value: bytes, header: str) -> NameAddr:
    """Parse a single address, with or without ``<>`` round its URI.

    Without them, all parameters are the header's, and the URI can hold neither comma, semicolon
    nor question mark (RFC 3261 section 20.10).

    Args:
        value: a header value, or one element of a list.
        header: the header's name, for the error's text.

    Raises:
        Malformed: the value or the URI in it does not follow the grammar.
    """
    match = _NAME_ADDR.match(value)
    if match is not None:
        uri = parse_uri(match[2], header)
        return NameAddr(uri, match[1], parse_params(value[match.end() :], header))
    match = _ADDR_SPEC.match(value)
    # A "<" before any quote means that <> were meant; within quotes it belongs to a parameter.
    if match is None or b"<" in value.partition(b'"')[0]:
        raise Malformed(f"{header}: {_fault(value)}")
    spec = match[0]
    if b"?" in spec or b"," in spec:
        raise Malformed(f"{header}: URI needs <>")
    uri = parse_uri(spec, header)
    return NameAddr(uri, None, parse_params(value[match.end() :], header))


def _fault(value: bytes) -> str:
    """Name what keeps the value from being an address."""
    if not value:
        return "empty"
    opening = value.find(b"<")
    if value[:1] == b'"' and re.match(QUOTED, value) is None:
        return "unbalanced quote"
    if opening >= 0:
        return "bad display name" if value.find(b">", opening) >= 0 else "unbalanced <"
    return "no URI"


def parse_address_list(value: bytes, header: str) -> list[NameAddr]:
    """Parse one row of a header that may hold several addresses.

    Args:
        value: a whole header value.
        header: the header's name, for the error's text.

    Raises:
        Malformed: an element is empty or no address.
    """
    if b"," not in value:
        return [parse_address(value, header)]
    return [parse_address(element, header) for element in split_commas(value, header)]


def parse_contacts(value: bytes) -> Contacts:
    """Parse one Contact row: addresses, or `WILDCARD` for a lone ``*``.

    Raises:
        Malformed: an element is empty or no address; ``*`` with anything beside it is none.
    """
    if value == b"*":
        return WILDCARD
    return parse_address_list(value, "Contact")
