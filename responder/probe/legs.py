"""What follows an answered INVITE: ACK, the time that the call is held, BYE, and forks.

RFC 3261 sections 13.2.2.4 and 15.1.1.
"""

from collections.abc import Callable
from typing import Final, Protocol

from responder.media.negotiation import Refused, answer_bytes
from responder.probe.dialog import CONFIRMED, ENDED, Dialog
from responder.probe.incoming import Reply
from responder.probe.request import ALLOW, Identity, local_media, via
from responder.probe.ways import Ways
from responder.sip.client_transaction import ClientTransaction, User
from responder.sip.errors import Malformed
from responder.sip.events import Address, Flow, Output, Send
from responder.sip.headers.address import parse_address
from responder.sip.headers.uri import Uri
from responder.sip.headers.via import COOKIE
from responder.sip.login import Login
from responder.sip.message import Message
from responder.sip.server_transaction import Log
from responder.sip.settings import Tokens
from responder.sip.timers import Timed, Timers

_TAKEN: Final = frozenset({b"OPTIONS", b"INFO", b"MESSAGE", b"NOTIFY"})
_ALLOW: Final = b"Allow: %b\r\n" % ALLOW
_CAPABLE: Final = _ALLOW + b"Accept: application/sdp, text/plain\r\n"
_NO_SECOND: Final = b'Warning: 399 probe.invalid "no other session is taken"\r\n'


class Alarm(Timed):
    """One deadline and what is done when it comes."""

    __slots__ = ("_action",)

    def __init__(self, action: Callable[[float], None]) -> None:
        """Take ``action``, which is called with the time."""
        super().__init__()
        self._action = action

    def fire(self, now: float) -> None:
        """Do what was to be done."""
        self._action(now)


class Layer(Protocol):
    """What the legs need of the caller that they belong to."""

    timers: Timers
    outputs: list[Output]
    ways: Ways

    def send(
        self,
        user: User,
        key: tuple[bytes, bytes],
        data: bytes,
        way: tuple[Flow, Address | None],
        now: float,
    ) -> ClientTransaction:
        """Begin a client transaction."""


class Legs:
    """The dialogs of one INVITE, of which there are several where it forks.

    It is the `responder.sip.client_transaction.User` of their BYE transactions.

    Attributes:
        remote_hangup: True once a far end sent BYE.
    """

    def __init__(self, layer: Layer, log: Log, login: Login, tokens: Tokens, hold: float) -> None:
        """Take what is shared, and ``hold``: seconds from an answer to our BYE."""
        self.remote_hangup = False
        self._layer = layer
        self._log = log
        self._login = login
        self._tokens = tokens
        self._hold = hold
        self._invite = Message(b"")
        self._dialogs: dict[bytes, Dialog] = {}
        self._byes: dict[ClientTransaction, Dialog] = {}

    @property
    def standing(self) -> bool:
        """Whether a dialog is established whose BYE is not answered."""
        return any(dialog.state == CONFIRMED for dialog in self._dialogs.values())

    def begin(self, invite: Message) -> None:
        """Take the INVITE that is sent now; dialogs of the one before it are over (12.3)."""
        self._invite = invite
        self._dialogs.clear()

    def provisional(self, response: Message) -> None:
        """Take note of an early dialog (12.1.2)."""
        if _tag(response):
            self._dialog_of(response)

    def accepted(self, response: Message, wanted: bool, now: float) -> None:
        """Acknowledge a 2xx, its copies too, and hang up at once what is not wanted.

        Args:
            response: a 2xx to the INVITE.
            wanted: False when the INVITE was given up before.
            now: seconds.
        """
        dialog = self._dialog_of(response)
        if dialog.ack:
            self._acknowledge(dialog, now, again=True)
            return
        first = not any(each.ack for each in self._dialogs.values())
        dialog.state = CONFIRMED
        dialog.learn(response)
        if b"contact" not in response.fields:
            self._log.note(now, "the 2xx has no Contact; the ACK goes to what was dialled")
        way = self._way_of(dialog)
        value = via(way[0], self._layer.ways.own(way[0]), COOKIE + self._tokens())
        fields, body = self._late_answer(response)
        dialog.ack = dialog.request(b"ACK", value, fields, body)
        self._acknowledge(dialog, now, again=False)
        if not first:
            self._log.note(now, "another far end answered too: it is hung up")
        elif not wanted:
            self._log.note(now, "the answer crossed the CANCEL: it is hung up")
        if first and wanted and self._hold > 0:
            alarm = Alarm(lambda then: self._hang_up(dialog, then))
            self._layer.timers.arm(alarm, now + self._hold)
        else:
            self._hang_up(dialog, now)

    def _acknowledge(self, dialog: Dialog, now: float, again: bool) -> None:
        flow, address = self._way_of(dialog)
        self._layer.outputs.append(Send(flow, dialog.ack, address))
        self._log.sent(now, dialog.ack, again)

    def _late_answer(self, response: Message) -> tuple[list[tuple[bytes, bytes]], bytes]:
        """Return what an ACK carries: our answer, if the offer came with the 2xx."""
        flow = self._layer.ways.flow
        if self._invite.body or not response.body or flow is None:
            return [], b""
        try:
            answer = answer_bytes(response.body, local_media(flow, self._tokens))
        except Malformed:
            return [], b""
        if isinstance(answer, Refused):
            return [], b""
        return [(b"Content-Type", b"application/sdp")], answer

    def hang_up(self, now: float) -> None:
        """Send BYE in every dialog that is held."""
        for dialog in list(self._dialogs.values()):
            if dialog not in self._byes.values():
                self._hang_up(dialog, now)

    def _hang_up(self, dialog: Dialog, now: float) -> None:
        if dialog.state != CONFIRMED:
            return  # The far end was quicker.
        way = self._way_of(dialog)
        branch = COOKIE + self._tokens()
        value = via(way[0], self._layer.ways.own(way[0]), branch)
        credentials = self._login.headers(b"BYE", dialog.uri(), b"")
        data = dialog.request(b"BYE", value, credentials)
        self._byes[self._layer.send(self, (branch, b"BYE"), data, way, now)] = dialog

    def answered(
        self, transaction: ClientTransaction, response: Message, flow: Flow, now: float
    ) -> None:
        """Take a response to a BYE: whatever it says, the dialog is over (15.1.1)."""
        del flow
        if response.status < 200:
            return
        dialog = self._byes.pop(transaction)
        if response.status in {401, 407} and not self._login.challenged(response):
            self._hang_up(dialog, now)
            return
        dialog.state = ENDED

    def unanswered(self, transaction: ClientTransaction, reason: str, now: float) -> None:
        """Take note that a BYE gets no answer."""
        self._byes.pop(transaction).state = ENDED
        self._log.note(now, f"BYE was not answered: {reason}")

    # Requests from the far end

    def judge(self, request: Message, identity: Identity | None, now: float) -> Reply:
        """Decide on a request that came, inside the call or not (RFC 3261 8.2, 12.2.2, 15.1.2)."""
        try:
            to_tag = parse_address(request.fields[b"to"], "To").tag
            from_tag = parse_address(request.fields[b"from"], "From").tag or b""
        except Malformed as fault:
            self._log.note(now, f"refused this request: {fault}")
            return Reply(400)
        method = request.method
        if to_tag is None and method not in {b"BYE", b"CANCEL"}:
            return _outside(method)
        inside = (
            identity is not None
            and identity.tag == to_tag
            and identity.call_id == request.fields[b"call-id"]
        )
        dialog = self._dialogs.get(from_tag)
        if method == b"BYE" and inside and dialog is not None:
            self.remote_hangup = True
            dialog.state = ENDED
            return Reply(200)
        if not inside or method in {b"BYE", b"CANCEL"}:
            return Reply(481)
        if method in {b"INVITE", b"UPDATE"}:
            return Reply(481) if dialog is None else Reply(488, headers=_NO_SECOND)
        if method in _TAKEN:
            return Reply(200, headers=_CAPABLE if method == b"OPTIONS" else b"")
        return Reply(405, headers=_ALLOW)

    # Where requests go

    def _dialog_of(self, response: Message) -> Dialog:
        tag = _tag(response)
        dialog = self._dialogs.get(tag)
        if dialog is None:
            dialog = self._dialogs[tag] = Dialog(self._invite, response, tag)
        return dialog

    def _way_of(self, dialog: Dialog) -> tuple[Flow, Address | None]:
        """Return how requests inside a dialog travel (8.1.2), else the way of the INVITE."""
        ways = self._layer.ways
        assert ways.flow is not None
        hop = dialog.hop()
        way = None if hop is None else ways.toward(hop, transport_of(hop, ways))
        return way or (ways.flow, ways.address)


def transport_of(uri: Uri, ways: Ways) -> str:
    """Return the transport that a URI asks for; one that asks for none keeps what is in use."""
    asked = (uri.param(b"transport") or b"").decode("ascii", "replace").lower()
    if asked in {"udp", "tcp"}:
        return asked
    return ways.flow.transport if ways.flow is not None else "udp"


def _tag(response: Message) -> bytes:
    try:
        return parse_address(response.fields[b"to"], "To").tag or b""
    except Malformed:
        return b""


def _outside(method: bytes) -> Reply:
    """Return the answer to a request that no call of ours explains."""
    if method == b"OPTIONS":
        return Reply(200, headers=_CAPABLE)
    return Reply(486) if method == b"INVITE" else Reply(405, headers=_ALLOW)
