"""The session description of a 2xx: the answer to a request's offer, or an offer of our own.

RFC 3261 section 13.2.1: an INVITE without a description is answered with an offer.
"""

from dataclasses import replace

from responder.media.negotiation import (
    LocalMedia,
    Refused,
    answer,
    answer_bytes,
    next_version,
    offer,
)
from responder.media.sdp import parse
from responder.sip.errors import Malformed
from responder.sip.headers.content import parse_media_type
from responder.sip.message import Message
from responder.sip.multipart import parts

SDP = b"application/sdp"
_EARLY = b"early-session"
_PLAIN = b"identity"
_QUALIFIED = frozenset({b"content-encoding", b"content-disposition"})


def offered(request: Message) -> bytes | None:
    """Return the session description that a request carries, or None.

    It is the body itself, or the first part of that type in a multipart body (RFC 5621 section 4).
    A description of an early session is another matter (RFC 3959).
    """
    body = request.body
    named = request.fields.get(b"content-type")
    if not body or named is None:
        return None
    if named == SDP and _QUALIFIED.isdisjoint(request.fields):
        return body
    if request.fields.get(b"content-encoding", _PLAIN).lower() != _PLAIN:
        return None
    try:
        kind = parse_media_type(named)
        if kind.type == b"multipart":
            for part in parts(kind, body):
                if part.kind.essence == SDP and part.disposition != _EARLY:
                    return part.content
            return None
    except Malformed:
        return None
    disposition = request.fields.get(b"content-disposition", b"").partition(b";")[0]
    if kind.essence != SDP or disposition.strip().lower() == _EARLY:
        return None
    return body


def capabilities_body(local: LocalMedia) -> bytes:
    """Return the description of what we could take, for a 200 to OPTIONS (RFC 3264 section 9).

    Args:
        local: our side; its port is not shown, so that nobody sends there.
    """
    made = offer(local)
    return replace(made, media=tuple(replace(each, port=0) for each in made.media)).to_bytes()


def session_body(request: Message, local: LocalMedia, previous: bytes = b"") -> bytes | Refused:
    """Return the description for the 2xx of an INVITE or UPDATE.

    Args:
        request: the INVITE or UPDATE.
        local: our side of the session.
        previous: what we sent last in this session, or empty; then the version of its origin goes
            up by one if anything changes (RFC 3264 section 8).

    Returns:
        The body, or why the offer is refused with 488.

    Raises:
        Malformed: the offer is no session description.
    """
    sdp = offered(request)
    if not previous:
        return offer(local).to_bytes() if sdp is None else answer_bytes(sdp, local)
    if sdp is None:
        return next_version(previous, offer(local, parse(previous))).to_bytes()
    made = answer(parse(sdp), local)
    if isinstance(made, Refused):
        return made
    return next_version(previous, made).to_bytes()
