"""The one source of challenges, and the judge of the credentials that come back.

RFC 3261 section 22, RFC 7616, RFC 8760. Nothing here answers a request: `responder.sip.gate`
decides what follows from a judgement.
"""

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final, NamedTuple

from responder.sip.digest import algorithm_of, is_known, username
from responder.sip.errors import Malformed
from responder.sip.grammar import quote
from responder.sip.headers.auth import Credentials, parse_credentials
from responder.sip.headers.uri import Uri, equal, parse_uri
from responder.sip.message import Message
from responder.sip.nonces import Nonces
from responder.sip.settings import Authentication, Tokens
from responder.sip.validation import request_uri

_DIRECT: Final = (b"authorization", "Authorization")
_BY_PROXY: Final = (b"proxy-authorization", "Proxy-Authorization")
_NEEDED: Final = (b"realm", b"nonce", b"uri", b"response")
_COUNT: Final = re.compile(rb"[0-9A-Fa-f]{8}")
_RESPONSE: Final = re.compile(rb"[0-9A-Fa-f]{32,}")
_EXTENDED: Final = re.compile(rb"(?i:utf-8)''(?:[A-Za-z0-9!#$&+\-.^_`|~]|%[0-9A-Fa-f]{2})*")
_SHOWN: Final = 64
_MOST_TEXTS: Final = 256


@dataclass(frozen=True, slots=True)
class Terms:
    """How one challenge differs from the settings.

    Attributes:
        realm: its realm; None for that of the settings.
        algorithms: its algorithms, in order, as they are to be written; empty for those of the
            settings. One that is not known here can be asked for, but never be met.
        qop: its qop values; empty for RFC 2069; None for those of the settings.
        stale: whether it calls the nonce stale, where the request has credentials.
        refusal: the status for an unknown user or a wrong password; None for that of the settings.
    """

    realm: bytes | None = None
    algorithms: tuple[bytes, ...] = ()
    qop: tuple[bytes, ...] | None = None
    stale: bool = False
    refusal: int | None = None


USUAL: Final = Terms()
"""The terms of the settings."""


class Verdict(Enum):
    """What credentials amount to."""

    ABSENT = "absent"
    ACCEPTED = "accepted"
    WRONG_PASSWORD = "wrong password"
    UNKNOWN_USER = "unknown user"
    UNASKED = "not what was asked for"
    STALE = "stale"
    REPLAYED = "replayed"
    MALFORMED = "malformed"
    OTHER_REALM = "other realm"


class Judgement(NamedTuple):
    """What was found out about the credentials of one request.

    Attributes:
        verdict: what they amount to.
        why: a sentence for the record, without the password or what it could be found from.
        user: the name that they are for, in bytes; empty when there is none.
        nonce: their nonce.
        nc: their nonce count; 0 without one.
    """

    verdict: Verdict
    why: str
    user: bytes = b""
    nonce: bytes = b""
    nc: int = 0


class Authenticator:
    """Makes challenges and judges credentials for one endpoint.

    Args:
        settings: how.
        tokens: a source of fresh tokens.

    Attributes:
        settings: as given.
    """

    def __init__(self, settings: Authentication, tokens: Tokens) -> None:
        self.settings = settings
        self._nonces = Nonces(tokens, settings.lifetime)
        self._texts: dict[tuple[Terms, bool], tuple[bytes, bytes]] = {}
        self._algorithms = tuple(
            each for each in settings.algorithms if is_known(each) and settings.users.can(each)
        )

    # Challenges.

    def challenges(self, terms: Terms, stale: bool, now: float) -> list[bytes]:
        """Return a header value for each algorithm that may be used, each with a nonce of its own.

        Args:
            terms: how they differ from the settings.
            stale: whether just the nonce of the credentials that came is at fault.
            now: seconds.
        """
        realm, rest = self._texts.get((terms, stale)) or self._text_of(terms, stale)
        return [
            b'Digest realm=%b, nonce="%b", algorithm=%b%b'
            % (realm, self._nonces.fresh(now), algorithm, rest)
            for algorithm in terms.algorithms or self._algorithms
        ]

    def _text_of(self, terms: Terms, stale: bool) -> tuple[bytes, bytes]:
        """Return the realm, quoted, and what stands behind the algorithm in a challenge."""
        settings = self.settings
        realm = settings.realm if terms.realm is None else terms.realm
        qop = settings.qop if terms.qop is None else terms.qop
        end = [b", qop=" + quote(b",".join(qop))] if qop else []
        if settings.opaque:
            end.append(b", opaque=" + quote(settings.opaque))
        if settings.domain:
            end.append(b", domain=" + quote(settings.domain))
        if stale:
            end.append(b", stale=true")
        if settings.charset:
            end.append(b", charset=UTF-8")
        # What is dialled makes terms too, so there may be any number of them.
        if len(self._texts) >= _MOST_TEXTS:
            self._texts.clear()
        made = self._texts[terms, stale] = (quote(realm), b"".join(end))
        return made

    def called_stale(self, request: Message, status: int, terms: Terms, now: float) -> bool:
        """Tell whether a challenge is to call the nonce of a request's credentials stale.

        Args:
            request: what is answered.
            status: the status of the challenge.
            terms: how it differs from the settings.
            now: seconds.
        """
        name, _ = _BY_PROXY if status == 407 else _DIRECT
        if name not in request.fields:
            return False
        return terms.stale or self.judge(request, status, terms, now).verdict is Verdict.STALE

    # Credentials.

    def judge(self, request: Message, status: int, terms: Terms, now: float) -> Judgement:
        """Judge the credentials that answer a challenge; nothing is remembered of it.

        The URI in them may differ from the Request-URI, which a proxy may have changed (RFC 8760
        section 2.6 item 6).

        Args:
            request: the request; its method and body count as well.
            status: the status of the challenge, 401 or 407 for example.
            terms: how it differs from the settings.
            now: seconds.

        Returns:
            Any verdict but `Verdict.REPLAYED`, which only `use` can tell.
        """
        name, shown = _BY_PROXY if status == 407 else _DIRECT
        realm = self.settings.realm if terms.realm is None else terms.realm
        try:
            credentials = _chosen(request.values(name), shown, realm)
            if isinstance(credentials, str):
                return Judgement(Verdict.ABSENT, credentials)
            user = _sound(credentials, shown)
        except Malformed as fault:
            return Judgement(Verdict.MALFORMED, f"{fault}.")
        nonce = credentials.param(b"nonce") or b""
        count = int(credentials.param(b"nc") or b"0", 16)
        who = _text(user)
        if not self.settings.users.everyone:
            verdict, why = self._in_table(request, credentials, user, terms)
            if verdict is not Verdict.ACCEPTED:
                return Judgement(verdict, why, user, nonce, count)
        if not self._nonces.good(nonce, now):
            why = f"{who} answers a nonce that is too old, or not of this process."
            return Judgement(Verdict.STALE, why, user, nonce, count)
        note = _elsewhere(credentials, request)
        return Judgement(Verdict.ACCEPTED, f"{who} is accepted{note}.", user, nonce, count)

    def use(self, judgement: Judgement) -> Judgement:
        """Take note that accepted credentials are used; return the judgement that this leaves.

        A nonce count that is not above those before is a replay (RFC 7616 section 3.4).
        """
        if judgement.nc == 0 or self._nonces.use(judgement.nonce, judgement.nc):
            return judgement
        why = (
            f"{_text(judgement.user)} uses a nonce again with nc {judgement.nc:08x}, which is "
            "not above that of the last request (RFC 7616 3.4)."
        )
        return judgement._replace(verdict=Verdict.REPLAYED, why=why)

    def _in_table(
        self, request: Message, credentials: Credentials, user: bytes, terms: Terms
    ) -> tuple[Verdict, str]:
        """Look for a user in the table and check the password; the nonce is not looked at."""
        settings = self.settings
        who = _text(user)
        realm = settings.realm if terms.realm is None else terms.realm
        given = credentials.param(b"realm") or b""
        if given != realm:
            return Verdict.OTHER_REALM, (
                f'{who} has credentials for realm "{_text(given)}", not "{_text(realm)}".'
            )
        opaque = credentials.param(b"opaque") or b""
        if opaque != settings.opaque:
            return Verdict.UNASKED, f"{who} did not return the opaque text as it was."
        why = self._unasked(credentials, terms)
        if why:
            return Verdict.UNASKED, f"{who} {why}"
        users = settings.users
        if user not in users:
            return Verdict.UNKNOWN_USER, f"{who} is no user."
        if not users.proven(user, credentials, request.method, request.body):
            return Verdict.WRONG_PASSWORD, f"{who} has another password."
        return Verdict.ACCEPTED, ""

    def _unasked(self, credentials: Credentials, terms: Terms) -> str:
        """Say what of the algorithm or qop was not asked for; nothing when both were."""
        algorithm = algorithm_of(credentials)
        asked = terms.algorithms or self._algorithms
        if algorithm not in {each.lower() for each in asked}:
            return f"uses algorithm {_text(algorithm)}, which was not asked for."
        if not is_known(algorithm):
            return f"uses algorithm {_text(algorithm)}, which is not known here."
        qop = credentials.param(b"qop")
        # Without qop they follow RFC 2069, which has to be taken (RFC 3261 section 22.4 item 8).
        if qop is not None:
            offered = self.settings.qop if terms.qop is None else terms.qop
            if qop.lower() not in offered:
                return f"uses qop {_text(qop)}, which was not asked for."
        return ""


def _chosen(values: list[bytes], header: str, realm: bytes) -> Credentials | str:
    """Return the Digest credentials for a realm, else the first ones, else why there are none.

    Raises:
        Malformed: there are none but some that cannot be read.
    """
    found: list[Credentials] = []
    others: list[str] = []
    fault: Malformed | None = None
    for value in values:
        try:
            credentials = parse_credentials(value, header)
        except Malformed as unread:
            fault = fault or unread
            continue
        if not credentials.is_digest:
            others.append(_text(credentials.scheme))
        elif not _placeholder(credentials):
            found.append(credentials)
    for credentials in found:
        if credentials.param(b"realm") == realm:
            return credentials
    if found:
        return found[0]
    if fault is not None:
        raise fault
    if others:
        return f"No Digest credentials; {', '.join(others)} is not taken (RFC 8760 2.6)."
    return "No credentials."


def _placeholder(credentials: Credentials) -> bool:
    """Whether they only name a user who has not seen a challenge yet (RFC 8760 section 2.7)."""
    return (
        credentials.param(b"response") == b""
        and not credentials.param(b"nonce")
        and bool(username(credentials))
    )


def _sound(credentials: Credentials, header: str) -> bytes:
    """Return the name in Digest credentials that are well-formed (RFC 7616 section 3.4).

    Raises:
        Malformed: a parameter is missing, contradicts another, or is not what it has to be.
    """
    named = [name for name in (b"username", b"username*") if credentials.param(name) is not None]
    if len(named) != 1:
        raise Malformed(f"{header}: {'username twice' if named else 'no username'}")
    extended = credentials.param(b"username*")
    user = username(credentials)
    if extended is not None:
        if _EXTENDED.fullmatch(extended) is None or user is None:
            raise Malformed(f"{header}: username* is not UTF-8''...")
        if (credentials.param(b"userhash") or b"").lower() == b"true":
            raise Malformed(f"{header}: username* with userhash")
    for name in _NEEDED:
        if credentials.param(name) is None:
            raise Malformed(f"{header}: no {name.decode()}")
    digits = credentials.param(b"response") or b""
    if _RESPONSE.fullmatch(digits) is None:
        raise Malformed(f"{header}: response is not hexadecimal digits, 32 or more")
    count = credentials.param(b"nc")
    if count is not None and _COUNT.fullmatch(count) is None:
        raise Malformed(f"{header}: nc is not 8 hexadecimal digits")
    if credentials.param(b"qop") is not None:
        for name in (b"cnonce", b"nc"):
            if credentials.param(name) is None:
                raise Malformed(f"{header}: qop without {name.decode()}")
        if count is not None and int(count, 16) == 0:
            raise Malformed(f"{header}: nc begins with 1")
    parse_uri(credentials.param(b"uri") or b"", f"uri of {header}")
    return user or b""


def _elsewhere(credentials: Credentials, request: Message) -> str:
    """Say so where the credentials are for another URI than the request is."""
    given = credentials.param(b"uri") or b""
    uri = request_uri(request.uri)
    if given == request.uri or (type(uri) is Uri and equal(parse_uri(given), uri)):
        return ""
    return f", for {_text(given)} and not the Request-URI (RFC 8760 2.6)"


def _text(value: bytes) -> str:
    """Return what a peer wrote as it may stand in a sentence."""
    text = "".join(c if c.isprintable() else "?" for c in value.decode("utf-8", "replace"))
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."
