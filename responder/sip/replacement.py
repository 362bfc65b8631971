"""Replaces and Join: an INVITE that names another dialog (RFC 3891, RFC 3911)."""

from collections.abc import Mapping

from responder.sip.dialog import EARLY, Dialog
from responder.sip.errors import Malformed
from responder.sip.headers.replaces import Replaces, parse_join, parse_replaces
from responder.sip.message import Message
from responder.sip.validation import Refusal, refuse

Key = tuple[bytes, bytes, bytes]


def judge(
    request: Message, dialogs: Mapping[Key, Dialog], ended: Mapping[Key, object]
) -> Dialog | Refusal | None:
    """Decide what an INVITE's Replaces or Join means here.

    Args:
        request: an INVITE; in any other method both are refused before.
        dialogs: every live dialog by Call-ID, our tag, the other's tag.
        ended: the keys of dialogs that ended lately.

    Returns:
        The dialog to hang up once the INVITE is answered 2xx; how to refuse (400, 481, 486, 488 or
        603); None when the INVITE names no other dialog.
    """
    fields = request.fields
    replaces = fields.get(b"replaces")
    join = fields.get(b"join")
    if replaces is None and join is None:
        return None
    if replaces is not None and join is not None:
        return refuse(400, "Replaces together with Join")
    try:
        if replaces is not None:
            named = parse_replaces(replaces)
            key = _key(named)
            early_only = named.early_only
        else:
            joined = parse_join(join or b"")
            key = _key(joined)
            early_only = False
    except Malformed as fault:
        return refuse(400, str(fault))
    dialog = dialogs.get(key)
    if dialog is None and key[2] == b"0":
        # A tag of 0 also stands for none, as a caller of RFC 2543 has (RFC 3891 6.1, RFC 3911 7.1).
        key = (*key[:2], b"")
        dialog = dialogs.get(key)
    if dialog is None:
        return Refusal(603) if key in ended else Refusal(481)
    if join is not None:
        # Nothing here mixes two callers.
        return Refusal(488)
    if dialog.state == EARLY:
        # Only the side that sent the INVITE may have its early dialog replaced.
        return Refusal(481)
    return Refusal(486) if early_only else dialog


def _key(named: Replaces) -> Key:
    """Return the dialog that is named, the tags taken as those of a request to us (section 3)."""
    return (named.call_id, named.to_tag, named.from_tag)
