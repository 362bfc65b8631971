"""Digest authentication: the arithmetic of both sides (RFC 7616, RFC 8760)."""

import hashlib
import hmac
from collections.abc import Iterable
from typing import Final

from responder.sip.errors import Misuse
from responder.sip.grammar import get_param, quote, unescape
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
    realm = bare(challenge, b"realm")
    offered = _offered(challenge)
    chosen = qop if qop in offered else next((each for each in _QOPS if each in offered), None)
    wants_hash = (challenge.param(b"userhash") or b"").lower() == b"true"
    username = _digest(hash_name, user + b":" + realm) if wants_hash else user
    params: list[tuple[bytes, bytes | None]] = [
        (b"username", quote(username)),
        (b"realm", b'"' + realm + b'"'),
        (b"nonce", b'"' + bare(challenge, b"nonce") + b'"'),
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
        params.append((b"opaque", b'"' + bare(challenge, b"opaque") + b'"'))
    if wants_hash:
        params.append((b"userhash", b"true"))
    unsigned = Credentials(b"Digest", tuple(params))
    key = secret(algorithm_of(challenge), user, realm, password)
    response = _response(unsigned, hash_name, method, key, body)
    return Credentials(b"Digest", (*params, (b"response", b'"' + response + b'"')))


def username(credentials: Credentials) -> bytes | None:
    """Return the name that credentials are for, plain or hashed; None when they name nobody.

    A name that ``username`` cannot hold stands in ``username*`` (RFC 7616 section 3.4), which is
    taken in UTF-8 alone.
    """
    name = credentials.param(b"username")
    if name is not None:
        return name
    extended = credentials.param(b"username*")
    if extended is None or extended[:7].lower() != b"utf-8''":
        return None
    return unescape(extended[7:])


def secret(algorithm: bytes, user: bytes, realm: bytes, password: bytes) -> bytes:
    """Return what stands for a password in a file: H(user:realm:password), in hexadecimal.

    Args:
        algorithm: one that `is_known`; its session form has the same secret.
        user: the user's name.
        realm: the realm, as it stands between the quotes of the challenge.
        password: the user's password there.
    """
    name = _HASHES[algorithm.lower().removesuffix(_SESS)]
    return _digest(name, user + b":" + realm + b":" + password)


def is_known(algorithm: bytes) -> bool:
    """Tell whether an algorithm's hash is built in, whatever the case of its name."""
    name = _HASHES.get(algorithm.lower().removesuffix(_SESS))
    return name in hashlib.algorithms_available


def spelled(algorithm: bytes) -> bytes:
    """Return a name as RFC 8760 writes it; one that is not known here stays as it is."""
    name, session, _ = algorithm.lower().partition(_SESS)
    return name.upper() + session if is_known(algorithm) else algorithm


def algorithm_of(value: Authentication) -> bytes:
    """Return the algorithm in lower case; ``md5`` where none is named (RFC 7616 section 3.3)."""
    return (value.param(b"algorithm") or b"MD5").lower()


def proves(credentials: Credentials, method: bytes, key: bytes, body: bytes = b"") -> bool:
    """Tell whether credentials prove the knowledge of a `secret`.

    Whether realm, nonce, nonce count and URI are the expected ones is for the caller to check.

    Args:
        credentials: what the request carries.
        method: the method of the request.
        key: the secret of their user, made by their algorithm for their realm.
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
    if any(credentials.param(name) is None for name in needed):
        return False
    if qop is not None and qop.lower() not in _QOPS:
        return False
    expected = _response(credentials, hash_name, method, key, body)
    return hmac.compare_digest(expected, given.lower())


def _response(
    credentials: Credentials, hash_name: str, method: bytes, key: bytes, body: bytes
) -> bytes:
    """Compute the response value for credentials that hold all else (RFC 7616 section 3.4.1)."""
    nonce = bare(credentials, b"nonce")
    cnonce = bare(credentials, b"cnonce")
    qop = credentials.param(b"qop")
    if _is_session(credentials):
        key = _digest(hash_name, key + b":" + nonce + b":" + cnonce)
    a2 = method + b":" + bare(credentials, b"uri")
    if qop is not None and qop.lower() == b"auth-int":
        a2 += b":" + _digest(hash_name, body)
    ha2 = _digest(hash_name, a2)
    if qop is None:
        return _digest(hash_name, key + b":" + nonce + b":" + ha2)
    parts = (key, nonce, bare(credentials, b"nc"), cnonce, qop, ha2)
    return _digest(hash_name, b":".join(parts))


def _digest(hash_name: str, data: bytes) -> bytes:
    return hashlib.new(hash_name, data, usedforsecurity=False).hexdigest().encode("ascii")


def bare(value: Authentication, name: bytes) -> bytes:
    """Return a parameter less its quotes, with its backslashes: what RFC 7616 calls ``unq``."""
    raw = get_param(value.params, name) or b""
    return raw[1:-1] if raw[:1] == b'"' else raw


def _is_session(value: Authentication) -> bool:
    return algorithm_of(value).endswith(_SESS)


def _hash_name(value: Authentication) -> str | None:
    """Return hashlib's name of the algorithm, or None when it is unknown or not built in."""
    algorithm = algorithm_of(value)
    return _HASHES[algorithm.removesuffix(_SESS)] if is_known(algorithm) else None


def _offered(challenge: Challenge) -> frozenset[bytes]:
    """Return the qop values of a challenge in lower case; none when it has no qop."""
    listed = challenge.param(b"qop") or b""
    return frozenset(each.strip(b" \t").lower() for each in listed.split(b",") if each.strip())
