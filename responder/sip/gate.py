"""What follows from the credentials of a request that has to have some (RFC 3261 section 22)."""

from typing import NamedTuple

from responder.sip.authenticator import Authenticator, Terms, Verdict
from responder.sip.grammar import unescape
from responder.sip.headers.address import parse_address
from responder.sip.message import Message
from responder.sip.validation import Refusal, refuse


class Admission(NamedTuple):
    """Whether a request may pass, and what it gets if not.

    Attributes:
        passes: whether it may.
        why: a sentence for the record.
        refusal: what answers it; None for a challenge.
        stale: whether the challenge calls the nonce stale.
    """

    passes: bool
    why: str
    refusal: Refusal | None = None
    stale: bool = False


_STALE = frozenset({Verdict.STALE, Verdict.REPLAYED})
_REFUSABLE = frozenset({Verdict.WRONG_PASSWORD, Verdict.UNKNOWN_USER})


def admit(
    authenticator: Authenticator,
    request: Message,
    status: int,
    terms: Terms,
    demanded: bool,
    now: float,
) -> Admission:
    """Decide about a request that was challenged, or has to be.

    Where everyone is welcome, credentials need only be well-formed.

    Args:
        authenticator: judges the credentials.
        request: the request.
        status: the status of the challenge.
        terms: how it differs from the settings.
        demanded: whether there have to be credentials even where everyone is welcome.
        now: seconds.
    """
    settings = authenticator.settings
    judgement = authenticator.judge(request, status, terms, now)
    verdict = judgement.verdict
    if verdict is Verdict.ACCEPTED:
        judgement = authenticator.use(judgement)
        verdict = judgement.verdict
    why = judgement.why
    if verdict is Verdict.MALFORMED:
        return Admission(False, why, refuse(400, why.rstrip(".")))
    if settings.users.everyone:
        return Admission(verdict is not Verdict.ABSENT or not demanded, why)
    if verdict is Verdict.ACCEPTED:
        if settings.own and request.method == b"REGISTER" and not _own(request, judgement.user):
            why = f"{why} The address of record is another one's (RFC 3261 10.3 step 4)."
            return Admission(False, why, Refusal(403))
        return Admission(True, why)
    wrong = settings.refusal if terms.refusal is None else terms.refusal
    if wrong is not None and verdict in _REFUSABLE:
        return Admission(False, why, Refusal(wrong))
    return Admission(False, why, None, verdict in _STALE)


def _own(request: Message, user: bytes) -> bool:
    """Whether a REGISTER is for the address of record that has the user's name."""
    return unescape(parse_address(request.fields[b"to"], "To").uri.user or b"") == user
