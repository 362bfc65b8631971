"""Answering challenges: RFC 3261 section 22 with the algorithms of RFC 8760."""

from typing import Final

from responder.sip.digest import answer, choose
from responder.sip.errors import Malformed
from responder.sip.headers.auth import Challenge, parse_challenge
from responder.sip.message import Message
from responder.sip.settings import Tokens

_ROUNDS: Final = 5
"""Challenges answered at most: a far end that calls every nonce stale would never be done."""

_ASKED: Final = {401: b"www-authenticate", 407: b"proxy-authenticate"}
_GIVEN: Final = {401: b"Authorization", 407: b"Proxy-Authorization"}


class _Realm:
    """The nonce in use for one realm."""

    __slots__ = ("challenge", "cnonce", "count", "header")

    def __init__(self, header: bytes, challenge: Challenge, cnonce: bytes) -> None:
        self.header = header
        self.challenge = challenge
        self.cnonce = cnonce
        self.count = 0


class Login:
    """A user's name and password, and the nonces that they are to be used with."""

    __slots__ = ("_password", "_realms", "_rounds", "_tokens", "_user")

    def __init__(self, user: bytes, password: bytes | None, tokens: Tokens) -> None:
        self._user = user
        self._password = password
        self._tokens = tokens
        self._realms: dict[tuple[int, bytes], _Realm] = {}
        self._rounds = 0

    def challenged(self, response: Message) -> str:
        """Take a 401 or 407; return nothing when the request may be tried again, else why not.

        A nonce is used for one answer to a challenge. Credentials that were refused are offered
        again only if the refusal says that just the nonce was stale (RFC 3261 section 22.2).
        """
        if self._password is None:
            return "it asks for a user and a password, and none were given"
        self._rounds += 1
        if self._rounds > _ROUNDS:
            return "it goes on asking for credentials"
        status = response.status
        fresh = [each for each in map(choose, _by_realm(response)) if each is not None]
        if not fresh:
            return "it asks for credentials in no way that is known here"
        for challenge in fresh:
            key = (status, challenge.param(b"realm") or b"")
            known = self._realms.get(key)
            if known is not None:
                if (challenge.param(b"stale") or b"").lower() != b"true":
                    return "it refuses the user or the password"
                if challenge.param(b"nonce") == known.challenge.param(b"nonce"):
                    return "it calls its own new nonce stale"
            self._realms[key] = _Realm(_GIVEN[status], challenge, self._tokens())
        return ""

    def headers(self, method: bytes, uri: bytes, body: bytes) -> list[tuple[bytes, bytes]]:
        """Return the credentials for a request, one header field for each realm met so far."""
        fields = []
        for realm in self._realms.values():
            realm.count += 1
            credentials = answer(
                realm.challenge,
                method,
                uri,
                self._user,
                self._password or b"",
                body,
                realm.cnonce,
                realm.count,
            )
            fields.append((realm.header, credentials.to_bytes()))
        return fields


def _by_realm(response: Message) -> list[list[Challenge]]:
    """Return the challenges of a response; those of one realm are alternatives (RFC 8760 2.4)."""
    name = _ASKED[response.status]
    realms: dict[bytes | None, list[Challenge]] = {}
    for value in response.values(name):
        try:
            challenge = parse_challenge(value)
        except Malformed:
            continue
        realms.setdefault(challenge.param(b"realm"), []).append(challenge)
    return list(realms.values())
