"""What the caller's own requests inside a call are answered with, when no step says otherwise."""

from responder.sip.message import Message
from responder.sip.validation import Refusal

_PLAIN = frozenset({b"BYE", b"INVITE", b"UPDATE", b"OPTIONS", b"MESSAGE", b"PUBLISH", b"REGISTER"})


def response_to(request: Message, acknowledges: bool = False, subscribed: bool = False) -> Refusal:
    """Return the status for a request inside an established or early dialog.

    A request that would need something that was never begun here gets the status that says so: a
    PRACK or NOTIFY 481 (RFC 3262 3, RFC 6665 4.1.3), an INFO of a package 469 with an empty
    Recv-Info (RFC 6086 4.2.2), a SUBSCRIBE 489, a REFER 603.

    Args:
        request: the request.
        acknowledges: whether it is the PRACK of a response that was sent reliably.
        subscribed: whether we sent a SUBSCRIBE or REFER in this dialog.
    """
    method = request.method
    if method in _PLAIN or acknowledges or (method == b"NOTIFY" and subscribed):
        return Refusal(200)
    if method == b"INFO":
        return Refusal(469) if b"info-package" in request.fields else Refusal(200)
    if method == b"SUBSCRIBE":
        return Refusal(489)
    if method == b"REFER":
        return Refusal(603)
    return Refusal(481)
