"""A dialog that a caller began: its identity, its 2xx until the ACK, our own requests inside it.

RFC 3261 sections 12, 13.3.1.4, 14 and 15.
"""

from dataclasses import replace
from functools import lru_cache
from typing import Final

from responder.sip.client_transaction import ClientTransaction
from responder.sip.errors import Malformed, Misuse
from responder.sip.events import Send
from responder.sip.grammar import split_commas
from responder.sip.headers.address import NameAddr, parse_address
from responder.sip.layer import Layer
from responder.sip.lookup import numbered
from responder.sip.message import Message
from responder.sip.reliable import Reliable
from responder.sip.server_transaction import Log, ServerTransaction
from responder.sip.timers import NEVER, Timed

_LONGEST_KNOWN: Final = 256
"""Longest Contact, in bytes, of those that are remembered as read."""

_MOST_KNOWN: Final = 4_096

EARLY: Final = 0
ANSWERED: Final = 1
ESTABLISHED: Final = 2
ENDED: Final = 3
STATES: Final = ("early", "answered", "established", "ended")

OK_SENT: Final = 0
ACK: Final = 1
REFUSED: Final = 2
NO_ACK: Final = 3
BYE: Final = 4
EVENTS: Final = ("2xx sent", "ACK", "300-699 sent", "no ACK in time", "BYE")

TABLE: Final[dict[tuple[int, int], int]] = {
    (EARLY, OK_SENT): ANSWERED,  # RFC 3261 13.3.1.4
    (EARLY, REFUSED): ENDED,  # 12.3
    (EARLY, BYE): ENDED,  # 15.1.2: the caller may hang up an early dialog
    (ANSWERED, OK_SENT): ANSWERED,  # a re-INVITE that came with the ACK still on its way
    (ANSWERED, ACK): ESTABLISHED,  # 13.3.1.4
    (ANSWERED, NO_ACK): ENDED,  # 13.3.1.4: then BYE
    (ANSWERED, BYE): ENDED,  # 15.1.2
    (ESTABLISHED, OK_SENT): ANSWERED,  # 14.2: a re-INVITE has its own ACK to wait for
    (ESTABLISHED, BYE): ENDED,  # 15.1.2
}
"""What an event makes of a dialog's state; what is not listed is an error of our own code."""

_EVENTS: Final = len(EVENTS)
_NEXT: Final = numbered(TABLE, len(STATES), _EVENTS)

FATAL: Final[dict[int, str]] = {
    408: "12.2.1.2",  # also where no response came at all: 8.1.3.1
    481: "12.2.1.2",
}
"""The final responses to a request of ours that end its dialog, each with its RFC 3261 section."""

REFRESHES: Final = frozenset({b"INVITE", b"UPDATE"})
"""The methods whose 2xx gives the dialog another target (RFC 3261 12.2.1.2, RFC 3311 5.1)."""


class Dialog(Timed):
    """One dialog in the role of the called side.

    Attributes:
        key: Call-ID, our tag, the caller's tag (RFC 3261 12.1.1).
        state: one of the constants of this file.
        local: our To with its tag, which is From in our own requests.
        remote: the caller's From, which is To in our own requests.
        target: the caller's Contact URI, to which our own requests go.
        timing: the timer values of the INVITE, which hold for our own requests too.
        routes: the route set in the order of Record-Route (12.1.1).
        number: the highest CSeq number of the caller's requests.
        own_number: the CSeq number of our latest request.
        flow: the flow that the caller's latest request came over.
        invite: the caller's INVITE or re-INVITE that has no final response, or None.
        own_invite: our own re-INVITE that has no final response, or None.
        own_offer: another request of ours with an offer that has no answer yet, or None.
        negotiated: True once the offer of the first INVITE was answered for good: by a 2xx, or by a
            reliable provisional response (RFC 3261 13.2.1).
        reliable: the latest provisional response that was sent reliably (RFC 3262), or None.
        description: the session description that we sent last, or empty.
        subscribed: True once we sent a SUBSCRIBE or REFER in it, so that NOTIFY belongs here.
        bye_due: True when BYE is to follow as soon as the ACK comes (15).
        log: the record of its call.
        user: what the transaction user keeps with it: the call.
    """

    __slots__ = (
        "_give_up",
        "_interval",
        "_invite_number",
        "_longest",
        "_ok",
        "_ok_transaction",
        "bye_due",
        "description",
        "flow",
        "invite",
        "key",
        "local",
        "log",
        "negotiated",
        "number",
        "own_invite",
        "own_number",
        "own_offer",
        "owner",
        "reliable",
        "remote",
        "routes",
        "state",
        "subscribed",
        "target",
        "timing",
        "user",
    )

    def __init__(self, owner: Layer, transaction: ServerTransaction, request: Message) -> None:
        fields = request.fields
        self.owner = owner
        self.state = EARLY
        self.key = (fields[b"call-id"], transaction.tag, transaction.from_tag)
        self.local = fields[b"to"] + b";tag=" + transaction.tag
        self.remote = fields[b"from"]
        self.target = remote_target(request)
        self.timing = transaction.timing
        self.routes = record_routes(request)
        self.number = transaction.number
        self.own_number = 0
        self.flow = transaction.flow
        self.invite: ServerTransaction | None = transaction
        self.own_invite: ClientTransaction | None = None
        self.own_offer: ClientTransaction | None = None
        self.negotiated = False
        self.reliable: Reliable | None = None
        self.description = b""
        self.subscribed = False
        self.bye_due = False
        self.log: Log | None = transaction.log
        self.user: object = transaction.user
        self._ok: bytes | None = None
        self._ok_transaction: ServerTransaction | None = None
        self._invite_number = self.number
        self._interval = 0.0
        self._longest = 0.0
        self._give_up = 0.0
        # What `Timed` sets, without the call.
        self.deadline = NEVER
        self.armed = NEVER
        self.coarse = False

    def step(self, event: int) -> None:
        """Move to the state that an event leads to.

        Raises:
            Misuse: the table does not list the pair.
        """
        state = _NEXT[self.state * _EVENTS + event]
        if state is None:
            msg = f"dialog: {EVENTS[event]} while {STATES[self.state]}"
            raise Misuse(msg)
        self.state = state

    def answered(self, transaction: ServerTransaction, data: bytes, now: float) -> None:
        """Repeat a 2xx until its ACK comes: at T1, doubling to T2, on every transport (13.3.1.4).

        Args:
            transaction: the INVITE that was answered, whose way the copies take, and whose CSeq
                number the ACK will have.
            data: the response as sent.
            now: seconds.
        """
        self.step(OK_SENT)
        self.negotiated = True
        if self.reliable is not None:
            self.reliable.stop()
        timing = transaction.timing
        self._ok = data
        self._ok_transaction = transaction
        self._invite_number = transaction.number
        self._interval = timing.t1
        self._longest = timing.t2
        self._give_up = now + timing.timer_h
        self.owner.timers.arm_after(self, now, timing.t1)

    def awaits(self, number: int) -> bool:
        """Whether an ACK with this CSeq number is the one that the present 2xx waits for."""
        return self.state == ANSWERED and number == self._invite_number

    def acknowledge(self, now: float) -> None:
        """Take the ACK of the present 2xx (13.3.1.4)."""
        self.step(ACK)
        self._forget_ok()
        self.owner.timers.disarm(self)
        if self.bye_due:
            self.send_bye(now)

    def _forget_ok(self) -> None:
        self._ok = None
        if self._ok_transaction is not None:
            # The transaction is there for 32 s more, to absorb copies; the dialog need not be.
            self._ok_transaction.dialog = None
            self._ok_transaction = None

    def refresh_target(self, message: Message) -> None:
        """Take the Contact of a re-INVITE or UPDATE that was answered 2xx, or of its 2xx (12.2)."""
        self.target = remote_target(message) or self.target

    def acknowledges(self, prack: Message) -> bool:
        """Whether a PRACK acknowledges the latest reliable response (RFC 3262 3)."""
        reliable = self.reliable
        if reliable is None or not reliable.named_by(prack):
            return False
        reliable.acknowledge()
        self.negotiated = self.negotiated or reliable.described
        return True

    def takes_invite(self) -> bool:
        """Whether a re-INVITE of ours may be sent: none may be pending either way (14.1)."""
        return self.state == ESTABLISHED and self.invite is None and self.own_invite is None

    def hang_up(self, now: float) -> None:
        """Send BYE, or have it follow the ACK: a 2xx must be acknowledged first (15)."""
        if self.state == ESTABLISHED:
            self.send_bye(now)
        elif self.state == ANSWERED:
            self.bye_due = True

    def send_bye(self, now: float) -> None:
        """Send BYE; the dialog is over from here on, whatever comes back (15.1.1)."""
        self.end(BYE, now)
        self.owner.open_request(self, b"BYE", now)

    def end(self, event: int, now: float) -> None:
        """End the dialog by one of ``REFUSED``, ``NO_ACK`` and ``BYE``."""
        self.step(event)
        self._forget_ok()
        if self.reliable is not None:
            self.reliable.stop()
        self.owner.timers.disarm(self)
        self.owner.dialog_ended(self, now)

    def fire(self, now: float) -> None:
        """Repeat the 2xx, or give it up."""
        if self._ok is None:
            return
        if now >= self._give_up:
            self.end(NO_ACK, now)
            self.owner.dialog_unacknowledged(self, now)
            self.owner.open_request(self, b"BYE", now)
            return
        transaction = self._ok_transaction
        if transaction is not None:
            if transaction.flow.closed:
                transaction.flow = transaction.layer.reopen(transaction)
            send = Send(transaction.flow, self._ok, transaction.address)
            if transaction.faults is not None:
                transaction.faults.transmit(send, now, True)
            else:
                self.owner.outputs.append(send)
                if self.log is not None:
                    self.log.sent(now, self._ok, True, transaction.flow)
        self._interval = min(self._interval * 2, self._longest)
        self.owner.timers.arm(self, min(now + self._interval, self._give_up))

    def settle(self, transaction: ClientTransaction, response: Message | None) -> None:
        """Take note that a request of ours is done, and what its 2xx says of the target (12.2.1.2).

        Args:
            transaction: its transaction.
            response: its final response; None where there is none.
        """
        if transaction is self.own_invite:
            self.own_invite = None
        elif transaction is self.own_offer:
            self.own_offer = None
        if response is not None and response.status < 300 and transaction.method in REFRESHES:
            self.refresh_target(response)

    def request_answered(
        self, transaction: ClientTransaction, response: Message, now: float
    ) -> None:
        """Take the final response to a request of ours inside this dialog (12.2.1.2)."""
        self.settle(transaction, response)
        if response.status in FATAL:
            self.hang_up(now)

    def request_unanswered(self, transaction: ClientTransaction, reason: str, now: float) -> None:
        """Take note that a request of ours gets no answer: the dialog is over (12.2.1.2)."""
        if self.log is not None:
            self.log.note(now, f"our {transaction.method.decode()} was not answered: {reason}")
        self.settle(transaction, None)
        self.hang_up(now)

    def request(
        self, method: bytes, number: int, via: bytes, headers: bytes, kind: bytes, body: bytes
    ) -> bytes:
        """Return a request inside the dialog (12.2.1.1), with strict routers served too.

        Args:
            method: its method.
            number: its CSeq number.
            via: the value of its Via.
            headers: further header lines, each with its line end.
            kind: the body's Content-Type.
            body: the body, possibly empty.
        """
        uri, routes = self._route()
        lines = [
            b"%b %b SIP/2.0" % (method, uri),
            b"Via: " + via,
            b"Max-Forwards: 70",
            *[b"Route: " + route for route in routes],
            b"From: " + self.local,
            b"To: " + self.remote,
            b"Call-ID: " + self.key[0],
            b"CSeq: %d %b" % (number, method),
        ]
        if body:
            lines.append(b"Content-Type: " + kind)
        return b"%b\r\n%bContent-Length: %d\r\n\r\n%b" % (
            b"\r\n".join(lines),
            headers,
            len(body),
            body,
        )

    @property
    def request_uri(self) -> bytes:
        """The Request-URI of our own requests (12.2.1.1)."""
        return self._route()[0]

    def _route(self) -> tuple[bytes, list[bytes]]:
        target = self.target or _uri_of(self.remote)
        if not self.routes:
            return target, []
        first = _address(self.routes[0])
        if first is None or first.uri.param(b"lr") is not None:
            return target, self.routes
        # The first hop is a strict router: it gets the Request-URI for itself, without what may not
        # stand in one (12.2.1.1).
        params = tuple(param for param in first.uri.params if param[0] != b"method")
        uri = replace(first.uri, params=params, headers=())
        return uri.to_bytes(), [*self.routes[1:], b"<%b>" % target]


def record_routes(request: Message) -> list[bytes]:
    """Return the elements of all Record-Route lines in order, as sent (12.1.1)."""
    if b"record-route" not in request.fields:
        return []
    try:
        return [route for line in request.values(b"record-route") for route in split_commas(line)]
    except Malformed:
        return []


def remote_target(message: Message) -> bytes:
    """Return the URI of the first Contact as sent, or nothing when there is none (12.1.1)."""
    value = message.fields.get(b"contact")
    if value is None:
        return b""
    return _known_target(value) if len(value) <= _LONGEST_KNOWN else _target(value)


def _target(value: bytes) -> bytes:
    before, bracket, rest = value.partition(b"<")
    if bracket and b'"' not in before and b">" in rest:
        return rest[: rest.index(b">")]
    address = _address(value)
    return address.uri.to_bytes() if address is not None else b""


_known_target = lru_cache(maxsize=_MOST_KNOWN)(_target)


def _uri_of(value: bytes) -> bytes:
    address = _address(value)
    return address.uri.to_bytes() if address is not None else b"sip:invalid.invalid"


def _address(value: bytes) -> NameAddr | None:
    try:
        return parse_address(split_commas(value)[0], "Contact")
    except Malformed:
        return None
