"""Server transactions: RFC 3261 section 17.2 with the Accepted state of RFC 6026 section 7.1.

The two state machines are the tables below. A pair of state and event that they do not list is an
error of our own code. This file is on the hot path, hence plain integers for states and events.
"""

from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

from responder.sip.compiled import mypyc_attr
from responder.sip.errors import Misuse
from responder.sip.events import Address, Flow, Send
from responder.sip.layer import Layer
from responder.sip.lookup import numbered
from responder.sip.message import Message
from responder.sip.timers import NEVER, Timed

if TYPE_CHECKING:
    from responder.sip.dialog import Dialog

Merged: TypeAlias = tuple[bytes, bytes, bytes, Address]
"""What merged requests have in common: Call-ID, From tag, CSeq, and the address of ours that they
came to. Another address is another server: a proxy that was refused at one tries the next."""

TRYING: Final = 0
PROCEEDING: Final = 1
ACCEPTED: Final = 2
COMPLETED: Final = 3
CONFIRMED: Final = 4
TERMINATED: Final = 5
STATES: Final = ("Trying", "Proceeding", "Accepted", "Completed", "Confirmed", "Terminated")

REQUEST: Final = 0
PROVISIONAL: Final = 1
SUCCESS: Final = 2
FAILURE: Final = 3
ACK: Final = 4
TIMER_G: Final = 5
TIMER_H: Final = 6
TIMER_I: Final = 7
TIMER_J: Final = 8
TIMER_L: Final = 9
TRANSPORT_ERROR: Final = 10
LAPSE: Final = 11
EVENTS: Final = (
    "request again",
    "1xx from the user",
    "2xx from the user",
    "300-699 from the user",
    "ACK",
    "timer G",
    "timer H",
    "timer I",
    "timer J",
    "timer L",
    "transport error",
    "end of silence",
)

SEND: Final = "send"
RESEND: Final = "send the last response again"
ABSORB: Final = "do nothing"
TO_USER: Final = "pass it to the transaction user"
COMPLETE: Final = "send, start timers G and H"
CONFIRM: Final = "start timer I"
ACCEPT: Final = "send, start timer L"
FINISH: Final = "send, start timer J"
REPEAT: Final = "send again, double timer G"
FAIL: Final = "tell the transaction user that no ACK came"
END: Final = "end"

INVITE_TABLE: Final[dict[tuple[int, int], tuple[int, str]]] = {
    (PROCEEDING, REQUEST): (PROCEEDING, RESEND),  # RFC 3261 17.2.1
    (PROCEEDING, PROVISIONAL): (PROCEEDING, SEND),  # 17.2.1
    (PROCEEDING, SUCCESS): (ACCEPTED, ACCEPT),  # RFC 6026 7.1
    (PROCEEDING, FAILURE): (COMPLETED, COMPLETE),  # RFC 3261 17.2.1
    (PROCEEDING, ACK): (PROCEEDING, ABSORB),  # nothing to acknowledge yet
    (PROCEEDING, TRANSPORT_ERROR): (PROCEEDING, TO_USER),  # RFC 6026 7.1
    (PROCEEDING, LAPSE): (TERMINATED, END),  # of our own: see `ServerTransaction.silence`
    (ACCEPTED, REQUEST): (ACCEPTED, ABSORB),  # RFC 6026 7.1
    (ACCEPTED, SUCCESS): (ACCEPTED, SEND),  # RFC 6026 7.1: the user repeats its 2xx
    (ACCEPTED, ACK): (ACCEPTED, TO_USER),  # RFC 6026 7.1
    (ACCEPTED, TIMER_L): (TERMINATED, END),  # RFC 6026 7.1
    (ACCEPTED, TRANSPORT_ERROR): (ACCEPTED, TO_USER),  # RFC 6026 7.1
    (COMPLETED, REQUEST): (COMPLETED, RESEND),  # RFC 3261 17.2.1
    (COMPLETED, ACK): (CONFIRMED, CONFIRM),  # 17.2.1
    (COMPLETED, TIMER_G): (COMPLETED, REPEAT),  # 17.2.1
    (COMPLETED, TIMER_H): (TERMINATED, FAIL),  # 17.2.1
    (COMPLETED, TRANSPORT_ERROR): (COMPLETED, TO_USER),  # RFC 6026 7.1
    (CONFIRMED, REQUEST): (CONFIRMED, ABSORB),  # late copy of the INVITE
    (CONFIRMED, ACK): (CONFIRMED, ABSORB),  # RFC 3261 17.2.1
    (CONFIRMED, TIMER_I): (TERMINATED, END),  # 17.2.1
    (CONFIRMED, TRANSPORT_ERROR): (CONFIRMED, ABSORB),  # it concerns a response that was received
}
"""The INVITE server transaction: figure 7 of RFC 3261 as RFC 6026 amends it."""

OTHER_TABLE: Final[dict[tuple[int, int], tuple[int, str]]] = {
    (TRYING, REQUEST): (TRYING, ABSORB),  # RFC 3261 17.2.2
    (TRYING, PROVISIONAL): (PROCEEDING, SEND),  # 17.2.2
    (TRYING, SUCCESS): (COMPLETED, FINISH),  # 17.2.2
    (TRYING, FAILURE): (COMPLETED, FINISH),  # 17.2.2
    (TRYING, TRANSPORT_ERROR): (TRYING, TO_USER),
    (TRYING, LAPSE): (TERMINATED, END),  # of our own, as for INVITE
    (PROCEEDING, REQUEST): (PROCEEDING, RESEND),  # 17.2.2
    (PROCEEDING, PROVISIONAL): (PROCEEDING, SEND),  # 17.2.2
    (PROCEEDING, SUCCESS): (COMPLETED, FINISH),  # 17.2.2
    (PROCEEDING, FAILURE): (COMPLETED, FINISH),  # 17.2.2
    (PROCEEDING, TRANSPORT_ERROR): (PROCEEDING, TO_USER),  # 17.2.2, kept: a copy may come yet
    (PROCEEDING, LAPSE): (TERMINATED, END),
    (COMPLETED, REQUEST): (COMPLETED, RESEND),  # 17.2.2
    (COMPLETED, SUCCESS): (COMPLETED, ABSORB),  # 17.2.2: other finals are discarded
    (COMPLETED, FAILURE): (COMPLETED, ABSORB),  # 17.2.2
    (COMPLETED, TIMER_J): (TERMINATED, END),  # 17.2.2
    (COMPLETED, TRANSPORT_ERROR): (COMPLETED, TO_USER),  # 17.2.2, kept as above
}
"""The non-INVITE server transaction: figure 8 of RFC 3261."""

_EVENTS: Final = len(EVENTS)
_INVITE: Final = numbered(INVITE_TABLE, len(STATES), _EVENTS)
_OTHER: Final = numbered(OTHER_TABLE, len(STATES), _EVENTS)

_LONGEST_RINGING: Final = 180.0


@mypyc_attr(allow_interpreted_subclasses=True)
class Log:
    """Where a transaction or dialog writes down what it received and sent."""

    __slots__ = ()

    def received(self, now: float, data: bytes, again: bool, flow: Flow | None = None) -> None:
        """Note a message that came; ``again`` when it is a retransmission."""

    def sent(self, now: float, data: bytes, again: bool, flow: Flow | None = None) -> None:
        """Note a message that left; ``again`` when it is a retransmission."""

    def note(self, now: float, text: str) -> None:
        """Note a sentence about what was done or not done."""


class Faults(Protocol):
    """What goes wrong on purpose with the messages of a transaction on their way out."""

    def transmit(self, send: Send, now: float, again: bool) -> None:
        """Send a message, changed, later, more than once or not at all, and log what was done.

        Args:
            send: the transmission as it should be.
            now: seconds.
            again: whether it is a retransmission.
        """


class ServerTransaction(Timed):
    """One request and all that is sent in answer to it.

    Attributes:
        key: how its retransmissions are recognised (RFC 3261 17.2.3).
        invite: True for INVITE.
        request: the request as first received; None once it cannot be needed any more, since many
            transactions are kept for long only to absorb copies.
        flow: where it came from and where responses go.
        address: another destination for datagrams than ``flow.remote``, or None.
        number: the number of its CSeq.
        tag: the tag that every response but 100 adds to To; empty if To came with one.
        from_tag: the tag of its From, empty for a peer of RFC 2543.
        echo: the header lines that responses copy, with the tag in To; empty once no response can
            follow.
        merged: the key under which merged requests find it, or None (8.2.2.2).
        state: one of the constants of this file.
        last: the response that a retransmitted request gets, or None.
        status: the status of the latest response, 0 before any.
        timing: its timer values: those of the layer, unless its user sets others.
        quiet: True when not even a 100 may be sent.
        dialog: the dialog that an INVITE made or came in, or None.
        replaces: the dialog that ends when an INVITE with Replaces is answered 2xx, or None.
        log: the record of the call that it belongs to.
        faults: what goes wrong with its transmissions, or None.
        user: what the transaction user keeps with it: the call.
        born: when the request came.
    """

    __slots__ = (
        "address",
        "born",
        "dialog",
        "echo",
        "faults",
        "flow",
        "from_tag",
        "give_up",
        "interval",
        "invite",
        "key",
        "last",
        "layer",
        "log",
        "merged",
        "number",
        "quiet",
        "replaces",
        "request",
        "state",
        "status",
        "tag",
        "timing",
        "user",
    )

    def __init__(
        self,
        layer: Layer,
        key: tuple[bytes, ...],
        request: Message,
        flow: Flow,
        address: Address | None,
        now: float,
    ) -> None:
        self.layer = layer
        self.key = key
        self.request: Message | None = request
        self.flow = flow
        self.address = address
        self.born = now
        self.invite = request.method == b"INVITE"
        self.state = PROCEEDING if self.invite else TRYING
        self.number = 0
        self.tag = b""
        self.from_tag = b""
        self.echo = b""
        self.merged: Merged | None = None
        self.last: bytes | None = None
        self.status = 0
        self.timing = layer.timing
        self.quiet = False
        self.dialog: Dialog | None = None
        self.replaces: Dialog | None = None
        self.log: Log | None = None
        self.faults: Faults | None = None
        self.user: object = None
        self.interval = 0.0
        self.give_up = 0.0
        # What `Timed` sets, without the call.
        self.deadline = NEVER
        self.armed = NEVER
        self.coarse = False

    def _step(self, event: int) -> str:
        entry = (_INVITE if self.invite else _OTHER)[self.state * _EVENTS + event]
        if entry is None:
            kind = "INVITE" if self.invite else "non-INVITE"
            msg = f"{kind} server transaction: {EVENTS[event]} in state {STATES[self.state]}"
            raise Misuse(msg)
        self.state = entry[0]
        return entry[1]

    def respond(self, status: int, data: bytes, now: float) -> None:
        """Send a response of the transaction user and do what its class asks for.

        Args:
            status: 100 to 699.
            data: the whole response; kept, so that retransmissions are the same bytes.
            now: seconds.
        """
        event = FAILURE if status >= 300 else SUCCESS if status >= 200 else PROVISIONAL
        action = self._step(event)
        if action is ABSORB:
            return
        self.last = data
        self.status = status
        self._send(data, now, again=False)
        if action is COMPLETE:
            self._complete(now)
        elif action is FINISH:
            self.request = None
            self.echo = b""
            self._absorb_until(now, 0.0 if self.flow.reliable else self.timing.timer_j)
        elif action is ACCEPT:
            self.request = None
            self.last = None
            self._absorb_until(now, self.timing.timer_l)
        elif event == PROVISIONAL:
            # Whatever 100 was owed is no longer.
            self.layer.timers.disarm(self)

    def request_again(self, now: float) -> None:
        """Take a retransmission of the request: resend what it calls for, or nothing."""
        if self._step(REQUEST) is RESEND and self.last is not None and not self.quiet:
            self._send(self.last, now, again=True)

    def repeat(self, data: bytes, now: float) -> None:
        """Send a provisional response again, of its user's own accord (RFC 3262 3)."""
        if self.state <= PROCEEDING and not self.quiet:
            self._send(data, now, again=True)

    def acknowledge(self, now: float) -> bool:
        """Take an ACK that matches the INVITE; True when it is the transaction user's to see."""
        action = self._step(ACK)
        if action is CONFIRM:
            self.request = None
            self.last = None
            self.echo = b""
            if self.flow.reliable:
                self._end(now, acknowledged=True)
            else:
                self.layer.timers.arm_coarse(self, now + self.timing.timer_i)
        return action is TO_USER

    def transport_error(self) -> bool:
        """Take note that a response could not be delivered; True when the user is to know.

        The transaction stays, so that a retransmitted request is still absorbed (RFC 6026 7.1).
        """
        return self._step(TRANSPORT_ERROR) is TO_USER

    def await_answer(self, now: float) -> None:
        """Arm the 100 that is owed when the transaction user does not answer at once.

        200 ms for an INVITE (RFC 3261 17.2.1); for another request when the client's timer E
        reaches T2, whatever the transport (RFC 4320 4.1).
        """
        timing = self.timing
        seconds = timing.trying if self.invite else timing.late_trying
        self.layer.timers.arm(self, now + seconds)

    def silence(self, now: float) -> None:
        """Send nothing from here on, and end once the caller cannot be waiting any more.

        That is after 64*T1, or three minutes more where it has a provisional response: as long as a
        proxy's timer C (RFC 3261 16.6) may have it wait. Copies are taken in without a sign.
        """
        self.quiet = True
        waited = _LONGEST_RINGING if self.status > 100 else 0.0
        self.layer.timers.arm_coarse(self, now + waited + self.timing.give_up)

    def fire(self, now: float) -> None:
        """Act on the deadline of the present state."""
        if self.state == COMPLETED and self.invite:
            if now >= self.give_up:
                self._step(TIMER_H)
                self._end(now, acknowledged=False)
            else:
                self._step(TIMER_G)
                if self.last is not None:
                    self._send(self.last, now, again=True)
                self.interval = min(self.interval * 2, self.timing.t2)
                self.layer.timers.arm(self, min(now + self.interval, self.give_up))
        elif self.quiet and self.state <= PROCEEDING:
            self._step(LAPSE)
            self._end(now, acknowledged=False)
        elif self.state <= PROCEEDING:
            self.layer.send_trying(self, now)
        else:
            event = TIMER_I
            if self.state == ACCEPTED:
                event = TIMER_L
            elif self.state == COMPLETED:
                event = TIMER_J
            self._step(event)
            self._end(now, acknowledged=True)

    def _complete(self, now: float) -> None:
        timing = self.timing
        self.give_up = now + timing.timer_h
        if self.flow.reliable:
            self.layer.timers.arm(self, self.give_up)
        else:
            self.interval = timing.t1
            self.layer.timers.arm_after(self, now, timing.t1)

    def _absorb_until(self, now: float, seconds: float) -> None:
        if seconds:
            self.layer.timers.arm_coarse(self, now + seconds)
        else:
            self._step(TIMER_J)
            self._end(now, acknowledged=True)

    def _end(self, now: float, acknowledged: bool) -> None:
        self.state = TERMINATED
        self.deadline = NEVER
        self.layer.transaction_ended(self, acknowledged, now)
        self.request = None
        self.last = None
        self.log = None
        self.user = None
        self.dialog = None
        self.replaces = None

    def _send(self, data: bytes, now: float, again: bool) -> None:
        if self.flow.closed:
            self.flow = self.layer.reopen(self)
        if self.faults is not None:
            self.faults.transmit(Send(self.flow, data, self.address), now, again)
            return
        self.layer.outputs.append(Send(self.flow, data, self.address))
        if self.log is not None:
            self.log.sent(now, data, again, self.flow)


def old_key(message: Message, method: bytes) -> tuple[bytes, ...]:
    """Return the transaction key of a request without a branch of RFC 3261 (17.2.3).

    The To tag is left out, so that the ACK of a non-2xx finds its INVITE.
    """
    fields = message.fields
    sender = fields.get(b"from", b"")
    number = fields.get(b"cseq", b"").partition(b" ")[0]
    call_id = fields.get(b"call-id", b"")
    return (message.uri, sender, call_id, number, fields.get(b"via", b""), method)
