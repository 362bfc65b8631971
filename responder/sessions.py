"""The session of each call: the description in its 2xx (RFC 3261 section 13.3.1). Pure."""

from collections.abc import Callable
from typing import Final

from responder.media.negotiation import LocalMedia, Refused
from responder.media.session_body import SDP, capabilities_body, session_body
from responder.sip.errors import Malformed
from responder.sip.events import Flow
from responder.sip.headers.content import parse_accept
from responder.sip.message import Message
from responder.sip.server_transaction import ServerTransaction
from responder.sip.settings import Settings
from responder.sip.validation import Refusal, refuse

DISCARD_PORT: Final = 9
"""Where media is to be sent while nothing here takes it: the discard port (RFC 863)."""


class Sessions:
    """Makes the session descriptions of one endpoint.

    Args:
        settings: what the endpoint advertises.
        host: returns our own host and port as a URI writes them, for a flow.
    """

    def __init__(self, settings: Settings, host: Callable[[Flow], bytes]) -> None:
        self._settings = settings
        self._host = host
        self._session = 0

    def capabilities(self, request: Message, flow: Flow) -> bytes:
        """Return the description that an OPTIONS asks for by name (RFC 3261 11.2), or nothing."""
        return capabilities_body(self._local(flow)) if _takes_sdp(request) else b""

    def describe(self, transaction: ServerTransaction, request: Message) -> bytes | Refusal:
        """Return the session description of a 2xx, or how the offer is refused."""
        dialog = transaction.dialog
        local = self._local(transaction.flow)
        try:
            made = session_body(request, local, dialog.description if dialog is not None else b"")
        except Malformed as fault:
            return refuse(400, str(fault))
        if isinstance(made, Refused):
            agent = self._host(transaction.flow)
            warning = b'%d %b "%b"' % (made.warning_code, agent, made.warning_text.encode())
            return Refusal(488, headers=((b"Warning", warning),))
        return made

    def _local(self, flow: Flow) -> LocalMedia:
        self._session += 1
        advertised = self._settings.advertise
        host = advertised[0] if advertised is not None else flow.local[0]
        return LocalMedia(host, DISCARD_PORT, self._session, 1)


def _takes_sdp(request: Message) -> bool:
    """Whether an OPTIONS asks for a session description by name (RFC 3261 11.2)."""
    try:
        ranges = parse_accept(b", ".join(request.values(b"accept")))
    except Malformed:
        return False
    return any(each.essence == SDP and each.q for each in ranges)
