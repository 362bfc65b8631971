"""Requests inside a dialog that come when they may not: RFC 3261 12.2.2 and 14.2, RFC 3311 5.2."""

from collections.abc import Callable
from typing import Final

from responder.sip.dialog import EARLY, Dialog
from responder.sip.message import Message
from responder.sip.settings import Tokens
from responder.sip.validation import Refusal, refuse

OWN_INVITE: Final = "an INVITE of ours has no final response"
THEIR_INVITE: Final = "an INVITE of theirs has no final response"
OWN_OFFER: Final = "an offer of ours has no answer"
THEIR_OFFER: Final = "an offer of theirs has no answer"

INVITE: Final = "INVITE"
UPDATE: Final = "UPDATE with an offer"
OTHER: Final = "anything else"

HOLDS: Final[dict[str, Callable[[Dialog], bool]]] = {
    OWN_INVITE: lambda dialog: dialog.own_invite is not None,
    OWN_OFFER: lambda dialog: dialog.own_offer is not None,
    THEIR_INVITE: lambda dialog: dialog.invite is not None,
    THEIR_OFFER: lambda dialog: (
        not dialog.negotiated if dialog.state == EARLY else dialog.invite is not None
    ),
}
"""When each situation is given; the first that the table has a row for decides."""

TABLE: Final[dict[tuple[str, str], int]] = {
    (OWN_INVITE, INVITE): 491,  # RFC 3261 14.2
    (OWN_INVITE, UPDATE): 491,  # RFC 3311 5.2: its offer may have no answer yet
    (OWN_OFFER, INVITE): 491,  # RFC 3261 14.2, RFC 3311 5.2
    (OWN_OFFER, UPDATE): 491,  # RFC 3311 5.2
    (THEIR_INVITE, INVITE): 500,  # RFC 3261 14.2
    (THEIR_OFFER, UPDATE): 500,  # RFC 3311 5.2
}
"""What a request gets in a situation; a pair that is not listed passes."""


def out_of_turn(dialog: Dialog, message: Message, number: int, tokens: Tokens) -> Refusal | None:
    """Return how a request inside a dialog is refused for coming when it does; None if it may.

    Args:
        dialog: the dialog, as it is without the request.
        message: the request.
        number: the number of its CSeq.
        tokens: a source of random tokens, for Retry-After.
    """
    if number < dialog.number:
        return refuse(500, "Server Internal Error (CSeq out of order)")  # 12.2.2
    kind = OTHER
    if message.method == b"INVITE":
        kind = INVITE
    elif message.method == b"UPDATE" and message.body:
        kind = UPDATE
    if kind is OTHER:
        return None
    for situation, holds in HOLDS.items():
        status = TABLE.get((situation, kind))
        if status is not None and holds(dialog):
            return Refusal(status) if status == 491 else _later(tokens)
    return None


def _later(tokens: Tokens) -> Refusal:
    """Return the 500 that asks for another attempt in 0 to 10 seconds."""
    wait = b"%d" % (int(tokens(), 16) % 11)
    return Refusal(500, headers=((b"Retry-After", wait),))
