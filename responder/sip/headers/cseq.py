"""CSeq: the number and the method of a request (RFC 3261 section 20.16)."""

import re
from dataclasses import dataclass
from typing import Final

from responder.sip.errors import Malformed
from responder.sip.grammar import TOKEN, parse_uint

LIMIT: Final = 2**31 - 1
"""The greatest number a request of ours may have (RFC 3261 section 8.1.1.5)."""

_CSEQ: Final = re.compile(rb"([0-9]++)[ \t]++(" + TOKEN + rb")")


@dataclass(frozen=True, slots=True)
class CSeq:
    """A CSeq value.

    Attributes:
        number: 0 to 2**32 - 1.
        method: as written; methods are case-sensitive.
    """

    number: int
    method: bytes

    def to_bytes(self) -> bytes:
        """Write the value; leading zeros that were parsed are gone."""
        return b"%d %s" % (self.number, self.method)


def parse_cseq(value: bytes) -> CSeq:
    """Parse a CSeq value. Leading zeros are fine.

    Raises:
        Malformed: not a number and a method, or a number that 32 bits do not hold.
    """
    match = _CSEQ.fullmatch(value)
    if match is None:
        raise Malformed("CSeq: not a number and a method")
    return CSeq(parse_uint(match[1], 2**32 - 1, "CSeq"), match[2])
