"""Retry-After: when to come back (RFC 3261 section 20.33)."""

import re
from dataclasses import dataclass
from typing import Final

from responder.sip.errors import Malformed
from responder.sip.grammar import LWS, Params, get_param, parse_params, parse_uint, write_params

_SECONDS: Final = re.compile(rb"([0-9]++)" + LWS)
_COMMENT_STEP: Final = re.compile(rb"[^()\\\r\n]++|\\[^\r\n]|[()]")


@dataclass(frozen=True, slots=True)
class RetryAfter:
    """A Retry-After value.

    Attributes:
        seconds: how long to wait, 0 to 2**32 - 1 seconds.
        comment: the comment with its parentheses, as written; None when there is none.
        params: names in lower case.
    """

    seconds: int
    comment: bytes | None = None
    params: Params = ()

    @property
    def duration(self) -> int | None:
        """How long the callee will then be reachable, in seconds; None when it is not said."""
        value = get_param(self.params, b"duration")
        return None if value is None else int(value)

    def to_bytes(self) -> bytes:
        """Write the value."""
        comment = b"" if self.comment is None else b" " + self.comment
        return b"%d" % self.seconds + comment + write_params(self.params)


def parse_retry_after(value: bytes) -> RetryAfter:
    """Parse a Retry-After value.

    Raises:
        Malformed: no number of seconds, an open comment, or a fault in the parameters, a
            ``duration`` that is no number included.
    """
    match = _SECONDS.match(value)
    if match is None:
        raise Malformed("Retry-After: not a number of seconds")
    seconds = parse_uint(match[1], 2**32 - 1, "Retry-After")
    position = match.end()
    comment = None
    if value[position : position + 1] == b"(":
        end = _comment_end(value, position)
        comment = value[position:end]
        position = end
    params = parse_params(value[position:], "Retry-After")
    duration = get_param(params, b"duration")
    if duration is not None:
        parse_uint(duration, 2**32 - 1, "Retry-After")
    return RetryAfter(seconds, comment, params)


def _comment_end(value: bytes, start: int) -> int:
    """Return the position behind the comment that opens at ``start``; comments nest."""
    depth = 0
    position = start
    while (match := _COMMENT_STEP.match(value, position)) is not None:
        position = match.end()
        if match[0] == b"(":
            depth += 1
        elif match[0] == b")":
            depth -= 1
            if depth == 0:
                return position
    raise Malformed("Retry-After: comment not closed")
