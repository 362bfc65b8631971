"""Re-INVITEs of the answering side, sent by hand."""

from responder.sip.dialog import Dialog
from responder.sip.own_requests import OwnRequest
from responder.stack import Stack

SDP = b"application/sdp"


def reinvite(
    stack: Stack,
    dialog: Dialog,
    now: float,
    body: bytes = b"",
    headers: bytes = b"Contact: <sip:192.0.2.1>\r\n",
) -> OwnRequest:
    """Have a dialog of the stack send a re-INVITE."""
    made = OwnRequest(stack.endpoint.own, dialog, b"INVITE", headers, SDP, body)
    made.send(now)
    return made
