"""Where tags, branches and nonces come from: the kernel, or a seed."""

import os
import random
from collections.abc import Callable
from typing import Final

from responder.sip.settings import Tokens

DIGITS: Final = 16
_BLOCK: Final = 4096


def fresh_tokens(entropy: Callable[[int], bytes] = os.urandom) -> Tokens:
    """Return a source of unpredictable tokens.

    One read of 4 KiB gives 512 of them: a system call for each would cost as much as the parse of
    a message.

    Args:
        entropy: returns as many random bytes as asked for.
    """
    digits = b""
    at = 0

    def token() -> bytes:
        nonlocal digits, at
        if at >= len(digits):
            digits = entropy(_BLOCK).hex().encode()
            at = 0
        at += DIGITS
        return digits[at - DIGITS : at]

    return token


def seeded_tokens(numbers: random.Random) -> Tokens:
    """Return a source of tokens that are the same in every run with the same seed."""

    def token() -> bytes:
        return b"%016x" % numbers.getrandbits(64)

    return token
