"""Lists of tokens: Require, Supported, Allow, Unsupported and their like (RFC 3261 section 20)."""

import re
from collections.abc import Iterable
from typing import Final

from responder.sip.errors import Malformed
from responder.sip.grammar import TOKEN, split_commas

_PLAIN: Final = re.compile(TOKEN + rb"(?:, ?+" + TOKEN + rb")*")
_TOKEN: Final = re.compile(TOKEN)


def parse_tokens(value: bytes, header: str) -> tuple[bytes, ...]:
    """Parse a comma list of tokens, kept as written.

    Args:
        value: a header value. An empty one is an empty list, as Supported and Allow permit.
        header: the header's name, for the error's text.

    Raises:
        Malformed: an element is empty or no token.
    """
    if not value:
        return ()
    if _PLAIN.fullmatch(value) is not None:
        return tuple(value.replace(b", ", b",").split(b","))
    tokens = tuple(split_commas(value, header))
    for token in tokens:
        if _TOKEN.fullmatch(token) is None:
            raise Malformed(f"{header}: not a token")
    return tokens


def write_tokens(tokens: Iterable[bytes]) -> bytes:
    """Write a comma list of tokens."""
    return b", ".join(tokens)
