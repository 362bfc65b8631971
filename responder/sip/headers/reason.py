"""Reason: why a request or a response was sent (RFC 3326)."""

import re
from dataclasses import dataclass
from typing import Final

from responder.sip.errors import Malformed
from responder.sip.grammar import (
    TOKEN,
    Params,
    get_param,
    parse_params,
    parse_uint,
    quote,
    split_commas,
    unquote,
    write_params,
)

_PROTOCOL: Final = re.compile(TOKEN)


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason.

    Attributes:
        protocol: as written, such as ``b"SIP"`` or ``b"Q.850"``.
        cause: the protocol's code; None when it is not given.
        text: the explanation without quotes; None when there is none.
        params: all other parameters, names in lower case.
    """

    protocol: bytes
    cause: int | None = None
    text: bytes | None = None
    params: Params = ()

    def to_bytes(self) -> bytes:
        """Write the value."""
        cause = b"" if self.cause is None else b";cause=%d" % self.cause
        text = b"" if self.text is None else b";text=" + quote(self.text)
        return self.protocol + cause + text + write_params(self.params)


def parse_reason(value: bytes) -> Reason:
    """Parse a single reason.

    Raises:
        Malformed: no protocol, a cause that is no number of 32 bits, or a fault in the parameters.
    """
    match = _PROTOCOL.match(value)
    if match is None:
        raise Malformed("Reason: no protocol")
    params = parse_params(value[match.end() :], "Reason")
    cause = get_param(params, b"cause")
    text = get_param(params, b"text")
    return Reason(
        match[0],
        None if cause is None else parse_uint(cause, 2**32 - 1, "Reason"),
        None if text is None else unquote(text),
        tuple(param for param in params if param[0] not in {b"cause", b"text"}),
    )


def parse_reason_list(value: bytes) -> list[Reason]:
    """Parse one Reason row, which holds one reason or several of different protocols.

    Raises:
        Malformed: an element is empty or no reason.
    """
    return [parse_reason(element) for element in split_commas(value, "Reason")]
