"""Tokens that are the same in every run."""

from collections.abc import Callable


def counted_tokens(start: int = 1) -> Callable[[], bytes]:
    """Return a token source that counts: 16 hexadecimal digits, each run alike.

    Args:
        start: the number of the first token.
    """
    number = start - 1

    def token() -> bytes:
        nonlocal number
        number += 1
        # Spread over the digits, so that code which takes a part of a token is tested too.
        return b"%016x" % (number * 0x9E3779B97F4A7C15 % 2**64)

    return token
