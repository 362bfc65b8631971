"""Digest authentication: the arithmetic of both sides (RFC 7616, RFC 8760)."""

import hashlib
import hmac
from collections.abc import Iterable
from typing import Final

from responder.sip.errors import Misuse
from responder.sip.grammar import get_param, quote
from responder.sip.headers.auth import Authentication, Challenge, Credentials

_HASHES: Final = {b"md5": "md5", b"sha-256": "sha256", b"sha-512-256": "sha512_256"}
_SESS: Final = b"-sess"
_QOPS: Final = (b"auth", b"auth-int")


def choose(challenges: Iterable[Challenge]) -> Challenge | None:
    """Return the topmost challenge that `answer` can answer, or None (RFC 8760 section 2.4).

    Args:
        challenges: in the order of the response. Those of one realm are alternatives.
    """
    return next((each for each in challenges if _answerable(each)), None)


def _answerable(challenge: Challenge) -> bool:
    offered = _offered(challenge)
    return (
        challenge.is_digest
        and _hash_name(challenge) is not None
        and get_param(challenge.params, b"realm") is not None
        and get_param(challenge.params, b"nonce") is not None
        and (not offered or not offered.isdisjoint(_QOPS))
    )


def answer(
    challenge: Challenge,
    method: bytes,
    uri: bytes,
    user: bytes,
    password: bytes,
    body: bytes,
    cnonce: bytes,
    nc: int,
    qop: bytes = b"auth",
) -> Credentials:
    """Compute the credentials that answer a challenge (RFC 7616 section 3.4).

    Args:
        challenge: one that `choose` returned.
        method: the method of the request that will carry the credentials.
        uri: its Request-URI.
        user: the user's name in the realm; sent hashed if the challenge asks for that.
        password: the user's password in the realm.
        body: the body, which counts only for ``auth-int``.
        cnonce: a text of our own choosing, new for each nonce; no quotes or backslashes.
        nc: how many requests have used this nonce, this one included; from 1.
        qop: ``b"auth"`` or ``b"auth-int"``, whichever is preferred if both are offered.

    Raises:
        Misuse: the challenge is not one that `choose` returns.
    """
    if not _answerable(challenge):
        raise Misuse("a challenge that cannot be answered")
    hash_name = _hash_name(challenge) or ""
    realm = _bare(challenge, b"realm")
    offered = _offered(challenge)
    chosen = qop if qop in offered else next((each for each in _QOPS if each in offered), None)
    wants_hash = (challenge.param(b"userhash") or b"").lower() == b"true"
    username = _digest(hash_name, user + b":" + realm) if wants_hash else user
    params: list[tuple[bytes, bytes | None]] = [
        (b"username", quote(username)),
        (b"realm", b'"' + realm + b'"'),
        (b"nonce", b'"' + _bare(challenge, b"nonce") + b'"'),
        (b"uri", quote(uri)),
    ]
    algorithm = challenge.param(b"algorithm")
    if algorithm is not None:
        params.append((b"algorithm", algorithm))
    if chosen is not None or _is_session(challenge):
        params.append((b"cnonce", quote(cnonce)))
    if chosen is not None:
        params += ((b"qop", chosen), (b"nc", b"%08x" % nc))
    opaque = get_param(challenge.params, b"opaque")
    if opaque is not None:
        params.append((b"opaque", b'"' + _bare(challenge, b"opaque") + b'"'))
    if wants_hash:
        params.append((b"userhash", b"true"))
    unsigned = Credentials(b"Digest", tuple(params))
    response = _response(unsigned, hash_name, method, user, password, body)
    return Credentials(b"Digest", (*params, (b"response", b'"' + response + b'"')))


def verify(
    credentials: Credentials, method: bytes, user: bytes, password: bytes, body: bytes = b""
) -> bool:
    """Tell whether credentials prove the knowledge of a password.

    Whether realm, nonce, nonce count and URI are the expected ones is for the caller to check.

    Args:
        credentials: what the request carries.
        method: the method of the request.
        user: the name that the credentials must be for, plain or hashed.
        password: that user's password.
        body: the body, which counts only for ``auth-int``.

    Returns:
        False also for another scheme, an unknown algorithm or qop, and missing parameters.
    """
    hash_name = _hash_name(credentials)
    given = credentials.param(b"response")
    qop = credentials.param(b"qop")
    if not credentials.is_digest or hash_name is None or given is None:
        return False
    needed = [b"realm", b"nonce", b"uri"]
    if qop is not None:
        needed += (b"cnonce", b"nc")
    if any(get_param(credentials.params, name) is None for name in needed):
        return False
    if qop is not None and qop.lower() not in _QOPS:
        return False
    name = user
    if (credentials.param(b"userhash") or b"").lower() == b"true":
        name = _digest(hash_name, user + b":" + _bare(credentials, b"realm"))
    if credentials.param(b"username") != name:
        return False
    expected = _response(credentials, hash_name, method, user, password, body)
    return hmac.compare_digest(expected, given.lower())


def _response(
    credentials: Credentials,
    hash_name: str,
    method: bytes,
    user: bytes,
    password: bytes,
    body: bytes,
) -> bytes:
    """Compute the response value for credentials that hold all else (RFC 7616 section 3.4.1)."""
    nonce = _bare(credentials, b"nonce")
    cnonce = _bare(credentials, b"cnonce")
    qop = credentials.param(b"qop")
    ha1 = _digest(hash_name, user + b":" + _bare(credentials, b"realm") + b":" + password)
    if _is_session(credentials):
        ha1 = _digest(hash_name, ha1 + b":" + nonce + b":" + cnonce)
    a2 = method + b":" + _bare(credentials, b"uri")
    if qop is not None and qop.lower() == b"auth-int":
        a2 += b":" + _digest(hash_name, body)
    ha2 = _digest(hash_name, a2)
    if qop is None:
        return _digest(hash_name, ha1 + b":" + nonce + b":" + ha2)
    parts = (ha1, nonce, _bare(credentials, b"nc"), cnonce, qop, ha2)
    return _digest(hash_name, b":".join(parts))


def _digest(hash_name: str, data: bytes) -> bytes:
    return hashlib.new(hash_name, data, usedforsecurity=False).hexdigest().encode("ascii")


def _bare(value: Authentication, name: bytes) -> bytes:
    """Return a parameter less its quotes, with its backslashes: what RFC 7616 calls ``unq``."""
    raw = get_param(value.params, name) or b""
    return raw[1:-1] if raw[:1] == b'"' else raw


def _algorithm(value: Authentication) -> bytes:
    return (value.param(b"algorithm") or b"MD5").lower()


def _is_session(value: Authentication) -> bool:
    return _algorithm(value).endswith(_SESS)


def _hash_name(value: Authentication) -> str | None:
    """Return hashlib's name of the algorithm, or None when it is unknown or not built in."""
    name = _HASHES.get(_algorithm(value).removesuffix(_SESS))
    return name if name in hashlib.algorithms_available else None


def _offered(challenge: Challenge) -> frozenset[bytes]:
    """Return the qop values of a challenge in lower case; none when it has no qop."""
    listed = challenge.param(b"qop") or b""
    return frozenset(each.strip(b" \t").lower() for each in listed.split(b",") if each.strip())
