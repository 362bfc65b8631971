"""How a challenge is answered: RFC 3261 section 22 and RFC 7616.

The digest itself is computed where the password is known.
"""

import re
from collections.abc import Iterator
from typing import Final

from responder.journal.verdicts.credentials import challenges, credentials, retried, uses
from responder.journal.verdicts.evidence import Evidence
from responder.journal.verdicts.reading import Exchange, Seen
from responder.journal.verdicts.rule import Rule
from responder.journal.verdicts.verdict import Fault, Finding, checked, shown, wrong
from responder.sip.digest import username
from responder.sip.headers.auth import Challenge, Credentials
from responder.sip.users import Users

_RETRY: Final = "RFC 3261 22.2"
_DIGEST: Final = "RFC 7616 3.4"
_COUNT: Final = re.compile(rb"[0-9A-Fa-f]{8}")
_HEADERS: Final = {401: "Authorization", 407: "Proxy-Authorization"}


def _judge(evidence: Evidence) -> Iterator[Finding]:
    for exchange in evidence.failed(401, 407):
        final = exchange.final
        request = retried(evidence, exchange)
        if final is None or request is None:
            continue
        offered = challenges(final.message)
        if offered:
            yield from checked(request.at, _faults(exchange, request, offered, evidence.users))
            yield from _counts(evidence, exchange, offered)


def _faults(
    exchange: Exchange, request: Seen, offered: list[Challenge], users: Users
) -> Iterator[Fault]:
    before, header = exchange.request, _HEADERS[exchange.status]
    yield from _new_request(before, request)
    given = credentials(request.message, exchange.status)
    realms = {each.param(b"realm") for each in offered}
    mine = [each for each in given if each.param(b"realm") in realms]
    if not mine:
        realm = shown(offered[0].param(b"realm") or b"")
        seen = f"the {request.name} came again without {header} for the realm {realm}"
        yield seen, f"{header} that answers the challenge", _RETRY
        return
    if _refused(exchange, offered, mine[0]):
        yield (
            f"user {shown(mine[0].param(b'username') or b'')} came again after a refusal",
            "no further try with credentials that were just refused",
            "RFC 3261 22.1",
        )
    for each in mine:
        challenge = _answered(offered, each)
        yield from _parameters(challenge, each, request)
        yield from _digest(each, request, users)


def _new_request(before: Seen, request: Seen) -> Iterator[Fault]:
    if request.branch == before.branch:
        yield "the branch is that of the challenged request", "a new one", "RFC 3261 8.1.1.7"
    if request.call_id != before.call_id:
        # A matter of its own: `call-id`.
        return
    if request.number is None or before.number is None or request.number <= before.number:
        yield f"the CSeq number is {request.number}", f"one above {before.number}", _RETRY
    if request.from_tag != before.from_tag:
        yield (
            f"the From tag is {shown(request.from_tag) or 'missing'}",
            f"{shown(before.from_tag)}, as before",
            "RFC 3261 8.1.3.5",
        )


def _refused(exchange: Exchange, offered: list[Challenge], answer: Credentials) -> bool:
    """Whether a user's fresh credentials were refused, and not because their nonce was old."""
    realm, user = answer.param(b"realm"), answer.param(b"username")
    stale = any(
        (each.param(b"stale") or b"").lower() == b"true"
        for each in offered
        if each.param(b"realm") == realm
    )
    return not stale and any(
        (each.param(b"realm"), each.param(b"username")) == (realm, user) and _first_use(each)
        for each in credentials(exchange.request.message, exchange.status)
    )


def _first_use(answer: Credentials) -> bool:
    """Whether credentials are the first with their nonce: these were made for a challenge."""
    return (answer.param(b"nc") or b"").lstrip(b"0") == b"1"


def _answered(offered: list[Challenge], answer: Credentials) -> Challenge:
    """Return the challenge that credentials answer: by realm and nonce, or by realm alone."""
    same = [each for each in offered if each.param(b"realm") == answer.param(b"realm")]
    for name in (b"algorithm", b"nonce"):
        closer = [each for each in same if each.param(name) == answer.param(name)]
        same = closer or same
    return same[0]


def _parameters(challenge: Challenge, answer: Credentials, request: Seen) -> Iterator[Fault]:
    for name in (b"nonce", b"opaque", b"algorithm"):
        due, came = challenge.param(name), answer.param(name)
        if name == b"algorithm":
            due, came = (due or b"MD5").upper(), (came or b"MD5").upper()
        if came != due:
            yield (
                f"{name.decode()} is {shown(came) if came is not None else 'missing'}",
                f"{shown(due)}, as in the challenge" if due is not None else "none",
                _DIGEST,
            )
    uri = answer.param(b"uri")
    if uri != request.message.uri and len(request.vias) == 1:
        seen = f"uri is {shown(uri) if uri is not None else 'missing'}"
        yield seen, f"the Request-URI, {shown(request.message.uri)}", _DIGEST
    yield from _quality(challenge, answer)


def _quality(challenge: Challenge, answer: Credentials) -> Iterator[Fault]:
    listed = (challenge.param(b"qop") or b"").lower().replace(b" ", b"").split(b",")
    offered = [each for each in listed if each]
    qop = answer.param(b"qop")
    if not offered:
        return
    if qop is None or qop.lower() not in offered:
        came = shown(qop) if qop is not None else "missing"
        yield f"qop is {came}", f"one of {shown(b', '.join(offered))}", "RFC 3261 22.4"
        return
    if not answer.param(b"cnonce"):
        yield "cnonce is missing", "one, as there is a qop", _DIGEST
    count = answer.param(b"nc") or b""
    if _COUNT.fullmatch(count) is None or int(count, 16) != 1:
        yield f"nc is {shown(count) or 'missing'}", "00000001 with a new nonce", _DIGEST


def _digest(answer: Credentials, request: Seen, users: Users) -> Iterator[Fault]:
    user = username(answer)
    if not user or answer.param(b"realm") is None:
        yield "username or realm is missing", "both", _DIGEST
        return
    if users.proven(user, answer, request.method, request.message.body) is False:
        yield (
            f"the response of user {shown(user)} is not the digest of the password",
            "the digest",
            _DIGEST,
        )


def _counts(evidence: Evidence, exchange: Exchange, offered: list[Challenge]) -> Iterator[Finding]:
    """Look whether nc grows over all uses of a nonce."""
    highest: dict[bytes, int] = {}
    ours = {each.param(b"nonce") for each in offered}
    for request in uses(evidence, exchange):
        for each in credentials(request.message, exchange.status):
            nonce, count = each.param(b"nonce"), each.param(b"nc") or b""
            if nonce is None or nonce not in ours or _COUNT.fullmatch(count) is None:
                continue
            number = int(count, 16)
            if number <= highest.get(nonce, 0):
                seen = f"nc is {shown(count)} in the next {request.name} with the nonce"
                yield wrong(request.at, seen, f"one above {highest[nonce]:08x}", _DIGEST)
            highest[nonce] = max(number, highest.get(nonce, 0))


CHALLENGE: Final = Rule(
    "challenge",
    "A request that was challenged comes again with credentials that answer the challenge in each "
    "parameter, and not once more after they were refused",
    ("RFC 3261 22.1", _RETRY, "RFC 3261 22.4", _DIGEST),
    _judge,
    word="answered",
    across=True,
)
