"""Nonces that prove themselves: when they were made, and that they were made here.

A nonce is the time of its birth, a fresh token, and a keyed hash of both, so that no table of those
that are out is kept (RFC 7616 section 3.3). What is kept is the highest count that came with each,
to see a replay (section 5.12), and of so many only.
"""

import hashlib
import hmac
import re
from collections import OrderedDict
from typing import Final

from responder.sip.settings import Tokens

MOST_USED: Final = 20_000
"""How many nonces in use are remembered at a time."""

_NONCE: Final = re.compile(rb"([0-9a-f]{12})[0-9a-f]{16}([0-9a-f]{16})")


class Nonces:
    """The nonces of one endpoint, on the clock that the caller's ``now`` comes from.

    Args:
        tokens: a source of fresh tokens.
        lifetime: how long a nonce is good for, in seconds.
        most: how many nonces in use are remembered.
    """

    __slots__ = ("_floor", "_lifetime", "_most", "_secret", "_tokens", "_used")

    def __init__(self, tokens: Tokens, lifetime: float, most: int = MOST_USED) -> None:
        self._tokens = tokens
        self._lifetime = lifetime
        self._most = most
        self._secret = b""
        self._used: OrderedDict[bytes, int] = OrderedDict()
        self._floor = -1.0

    def fresh(self, now: float) -> bytes:
        """Return a new nonce, 44 hexadecimal digits."""
        open_part = b"%012x%b" % (int(now * 1000), self._tokens())
        return open_part + self._seal(open_part)

    def good(self, nonce: bytes, now: float) -> bool:
        """Tell whether a nonce was made here and is neither too old nor forgotten."""
        match = _NONCE.fullmatch(nonce)
        if match is None or not hmac.compare_digest(self._seal(nonce[:28]), match[2]):
            return False
        born = int(match[1], 16) / 1000
        return now - born < self._lifetime and (born > self._floor or nonce in self._used)

    def use(self, nonce: bytes, count: int) -> bool:
        """Take note of a use of a good nonce; False when its count has come before.

        Args:
            nonce: one that is `good`.
            count: the nonce count of the request, from 1; each has to be higher than the last one.
        """
        used = self._used
        if count <= used.get(nonce, 0):
            return False
        used[nonce] = count
        used.move_to_end(nonce)
        if len(used) > self._most:
            # Whether a forgotten nonce is used again could not be told: no nonce as old is good.
            forgotten, _ = used.popitem(last=False)
            self._floor = max(self._floor, int(forgotten[:12], 16) / 1000)
        return True

    def _seal(self, open_part: bytes) -> bytes:
        if not self._secret:
            self._secret = self._tokens() + self._tokens()
        sealed = hashlib.blake2s(open_part, digest_size=8, key=self._secret)
        return sealed.hexdigest().encode("ascii")
