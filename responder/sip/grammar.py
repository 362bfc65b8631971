"""The lexical layer of SIP as compiled patterns over bytes (RFC 3261 section 25.1).

Every pattern runs in time proportional to its input: a repeated character class gives nothing
back (``++``), and the rounds of a repeated group begin with bytes that nothing else there can take.
Groups are never possessive themselves: CPython before 3.11.5 matches those wrongly. Values come
unfolded, so white space is SP and HTAB only; CR and LF belong to nothing here.
"""

import re
from ipaddress import AddressValueError, IPv6Address
from typing import Final, TypeAlias

from responder.sip.errors import Malformed

Params: TypeAlias = tuple[tuple[bytes, bytes | None], ...]
"""Parameters in order: name in lower case, and the value (quotes kept) or None for a flag."""

LWS: Final = rb"[ \t]*+"
TOKEN: Final = rb"[A-Za-z0-9\-.!%*_+`'~]++"
WORD: Final = rb"[A-Za-z0-9\-.!%*_+`'~()<>:\\\"/\[\]?{}]++"
# Octets above 127 pass whether or not they are UTF-8: peers send Latin-1 too, and nothing here
# has to understand them. A backslash may protect any octet but CR and LF.
QUOTED: Final = rb'"(?:[^"\\\x00-\x08\x0a-\x1f\x7f]++|\\[^\r\n])*"'
ESCAPE: Final = rb"%[0-9A-Fa-f]{2}"

# Host labels take what names on real networks have beyond RFC 1034: an underscore (containers) and
# a top label that starts with a digit. A name of digits and dots alone is an address or nothing.
_LABEL: Final = rb"[A-Za-z0-9_]++(?:-++[A-Za-z0-9_]++)*"
HOSTNAME: Final = rb"(?![0-9.]++(?![A-Za-z0-9_\-]))" + _LABEL + rb"(?:\." + _LABEL + rb")*\.?+"
IPV4: Final = rb"[0-9]{1,3}+(?:\.[0-9]{1,3}+){3}(?![A-Za-z0-9_\-])"
# The form only; `is_ipv6` judges the address.
IPV6_REFERENCE: Final = rb"\[[0-9A-Fa-f:.]{2,45}+\]"
HOST: Final = rb"(?:" + IPV4 + rb"|" + HOSTNAME + rb"|" + IPV6_REFERENCE + rb")"
PORT: Final = rb"[0-9]{1,5}+"
# A token, or an IPv6 address with or without brackets (RFC 5118 section 4.5); `generic-param` takes
# a host as its value.
PARAM_VALUE: Final = rb"[A-Za-z0-9\-.!%*_+`'~:\[\]]++"

TOKEN_PATTERN: Final = re.compile(TOKEN)
QUOTED_PATTERN: Final = re.compile(QUOTED)
HOST_PATTERN: Final = re.compile(HOST)

_PLAIN_PARAMS: Final = re.compile(rb"(?:;" + TOKEN + rb"(?:=" + PARAM_VALUE + rb")?)+")
_PARAM: Final = re.compile(
    LWS + rb";" + LWS + rb"(" + TOKEN + rb")"
    rb"(?:" + LWS + rb"=" + LWS + rb"(" + PARAM_VALUE + rb"|" + QUOTED + rb"))?"
)
_ELEMENT: Final = re.compile(rb'(?:[^",<]++|' + QUOTED + rb"|<[^<>]*+>)+")
_QUOTED_PAIR: Final = re.compile(rb"\\(.)", re.DOTALL)
_ESCAPE: Final = re.compile(rb"%([0-9A-Fa-f]{2})")
_OCTETS: Final = [bytes((n,)) for n in range(256)]
_UINT32_DIGITS: Final = 10


def is_ipv6(text: bytes) -> bool:
    """Tell whether ``text``, without brackets, is an IPv6 address (RFC 3261 section 25.1).

    The one extra colon before an embedded IPv4 address that an early ABNF produced is tolerated
    (RFC 5118 section 4.10). A zone is not part of a SIP host.
    """
    if b"%" in text or len(text) > 45:
        return False
    try:
        IPv6Address(text.replace(b":::", b"::", 1).decode("ascii"))
    except (AddressValueError, UnicodeDecodeError):
        return False
    return True


def parse_ipv6_reference(text: bytes, header: str) -> bytes:
    """Return the address within brackets, an extra colon before an embedded IPv4 address removed.

    Args:
        text: what `IPV6_REFERENCE` matched.
        header: the header's name, for the error's text.

    Raises:
        Malformed: the brackets hold no IPv6 address.
    """
    address = text[1:-1]
    if not is_ipv6(address):
        raise Malformed(f"{header}: bad IPv6 address")
    return address.replace(b":::", b"::")


def is_host(text: bytes) -> bool:
    """Tell whether ``text`` is a host name, an IPv4 address or a bracketed IPv6 address."""
    if HOST_PATTERN.fullmatch(text) is None:
        return False
    return text[:1] != b"[" or is_ipv6(text[1:-1])


def split_commas(value: bytes, header: str = "List") -> list[bytes]:
    """Split a comma list into its elements, stripped (RFC 3261 section 7.3.1).

    Commas within quoted strings and within ``<>`` do not separate.

    Args:
        value: a header value, unfolded.
        header: the header's name, for the error's text.

    Raises:
        Malformed: an element is empty, a quote is not closed, or a ``<`` has no ``>``.
    """
    if b'"' not in value and b"<" not in value:
        elements = value.split(b",")
    else:
        elements = []
        position = 0
        while True:
            match = _ELEMENT.match(value, position)
            if match is None:
                elements.append(b"")
            else:
                elements.append(match[0])
                position = match.end()
            if position == len(value):
                break
            if value[position] != 0x2C:
                raise Malformed(f"{header}: unbalanced {_opened(value[position])}")
            position += 1
    stripped = [element.strip(b" \t") for element in elements]
    if b"" in stripped:
        raise Malformed(f"{header}: empty element")
    return stripped


def _opened(octet: int) -> str:
    return "quote" if octet == 0x22 else "<"


def parse_params(rest: bytes, header: str = "Parameters") -> Params:
    """Parse ``;name=value;flag`` with white space anywhere round ``;`` and ``=``.

    Args:
        rest: what follows the main part of a header value; may be empty.
        header: the header's name, for the error's text.

    Returns:
        The parameters in order, names in lower case, quoted values with their quotes.

    Raises:
        Malformed: something is not a parameter, a ``;`` has nothing behind it, or a name occurs
            twice (RFC 3261 section 7.3.1).
    """
    if not rest:
        return ()
    found: dict[bytes, bytes | None] = {}
    if _PLAIN_PARAMS.fullmatch(rest) is not None:
        items = rest[1:].split(b";")
        for item in items:
            name, equals, value = item.partition(b"=")
            found[name.lower()] = value if equals else None
        if len(found) != len(items):
            raise Malformed(f"{header}: parameter twice")
        return tuple(found.items())
    position = 0
    while (match := _PARAM.match(rest, position)) is not None:
        name = match[1].lower()
        if name in found:
            raise Malformed(f"{header}: parameter twice")
        found[name] = match[2]
        position = match.end()
    if rest[position:].strip(b" \t"):
        raise Malformed(f"{header}: {_param_fault(rest[position:])}")
    return tuple(found.items())


def _param_fault(rest: bytes) -> str:
    """Name what is wrong where the parameters stop being parameters."""
    left = rest.lstrip(b" \t")
    if left[:1] == b";" and left[1:].lstrip(b" \t")[:1] in (b"", b";"):
        return "empty parameter"
    if left.count(b'"') % 2:
        return "unbalanced quote"
    return "bad parameter"


def write_params(params: Params) -> bytes:
    """Write parameters as ``;name=value;flag``; the reverse of `parse_params`."""
    return b"".join(
        b";" + name if value is None else b";" + name + b"=" + value for name, value in params
    )


def get_param(params: Params, name: bytes) -> bytes | None:
    """Return a parameter's value as written, b"" for a flag, None when it is absent.

    Args:
        params: what `parse_params` returned.
        name: the name in lower case.
    """
    for key, value in params:
        if key == name:
            return b"" if value is None else value
    return None


def unquote(value: bytes) -> bytes:
    """Return the content of a quoted string, its backslash escapes resolved.

    Anything that does not both start and end with a quote is returned as it is.
    """
    if len(value) < 2 or value[0] != 0x22 or value[-1] != 0x22:
        return value
    inner = value[1:-1]
    return _QUOTED_PAIR.sub(rb"\1", inner) if b"\\" in inner else inner


def quote(text: bytes) -> bytes:
    """Write ``text`` as a quoted string that `unquote` turns back.

    CR and LF, which no quoted string can hold, become spaces; other control characters are
    protected by a backslash (RFC 3261 section 25.1).
    """
    text = text.replace(b"\r", b" ").replace(b"\n", b" ")
    return b'"' + re.sub(rb'(["\\\x00-\x08\x0a-\x1f\x7f])', rb"\\\1", text) + b'"'


def unescape(text: bytes) -> bytes:
    """Replace each ``%HH`` by its octet, once (RFC 3261 section 19.1.2).

    The result may hold any octet, NUL included, and a ``%`` that looks like an escape again.
    """
    if b"%" not in text:
        return text
    return _ESCAPE.sub(lambda match: _OCTETS[int(match[1], 16)], text)


def parse_uint(digits: bytes, limit: int, header: str) -> int:
    """Return a decimal number of at most 32 bits; leading zeros are fine.

    Args:
        digits: ASCII digits only, at least one, however many.
        limit: the greatest number allowed.
        header: the header's name, for the error's text.

    Raises:
        Malformed: not digits, or greater than ``limit``.
    """
    if not digits.isdigit():
        raise Malformed(f"{header}: not a number")
    # The length is looked at first: int() refuses thousands of digits with an error of its own.
    significant = digits.lstrip(b"0")
    if len(significant) > _UINT32_DIGITS or int(significant or b"0") > limit:
        raise Malformed(f"{header}: number too large")
    return int(significant or b"0")
