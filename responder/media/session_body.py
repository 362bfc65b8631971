"""The session description of a 2xx: the answer to a request's offer, or an offer of our own.

RFC 3261 section 13.2.1: an INVITE without a description is answered with an offer.
"""

from email.parser import BytesParser
from email.policy import HTTP

from responder.media.negotiation import (
    LocalMedia,
    Refused,
    answer,
    answer_bytes,
    next_version,
    offer,
)
from responder.media.sdp import parse
from responder.sip.message import Message

SDP = b"application/sdp"
_MOST_PARTS = 32


def offered(request: Message) -> bytes | None:
    """Return the session description that a request carries, or None.

    It is the body itself, or the first part of that type in a multipart body (RFC 5621 section 4).
    """
    if not request.body:
        return None
    kind = request.fields.get(b"content-type", b"").lower()
    if kind.partition(b";")[0].strip() == SDP:
        return request.body
    if not kind.startswith(b"multipart/"):
        return None
    head = b"Content-Type: " + request.fields[b"content-type"] + b"\r\n\r\n"
    whole = BytesParser(policy=HTTP).parsebytes(head + request.body)
    for count, part in enumerate(whole.walk()):
        if count > _MOST_PARTS:
            break
        if part.get_content_type() == SDP.decode():
            content = part.get_payload(decode=True)
            if isinstance(content, bytes):
                return content
    return None


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
