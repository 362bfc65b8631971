"""Client transactions: RFC 3261 section 17.1 with the Accepted state of RFC 6026 section 7.2.

The two state machines are the tables below; a pair of state and event that they do not list is an
error of our own code.
"""

from typing import Final, Protocol

from responder.sip.errors import Misuse
from responder.sip.events import Address, Flow, Send
from responder.sip.layer import Layer
from responder.sip.lookup import numbered
from responder.sip.message import Message, canonical
from responder.sip.server_transaction import Log
from responder.sip.settings import Timing
from responder.sip.timers import Timed

CALLING: Final = 0
TRYING: Final = 1
PROCEEDING: Final = 2
ACCEPTED: Final = 3
COMPLETED: Final = 4
TERMINATED: Final = 5
STATES: Final = ("Calling", "Trying", "Proceeding", "Accepted", "Completed", "Terminated")

PROVISIONAL: Final = 0
SUCCESS: Final = 1
FAILURE: Final = 2
RETRANSMIT: Final = 3
TIMEOUT: Final = 4
ABSORBED: Final = 5
TRANSPORT_ERROR: Final = 6
EVENTS: Final = (
    "1xx",
    "2xx",
    "300-699",
    "timer A or E",
    "timer B or F",
    "timer D, K or M",
    "transport error",
)

TO_USER: Final = "pass it to the transaction user"
ACCEPT: Final = "pass it on, start timer M"
ACKNOWLEDGE: Final = "pass it on, send ACK, start timer D"
ACK_AGAIN: Final = "send ACK again"
FINISH: Final = "pass it on, start timer K"
REPEAT: Final = "send the request again"
ABSORB: Final = "do nothing"
GIVE_UP: Final = "tell the transaction user"
END: Final = "end"

INVITE_TABLE: Final[dict[tuple[int, int], tuple[int, str]]] = {
    (CALLING, PROVISIONAL): (PROCEEDING, TO_USER),  # RFC 3261 17.1.1.2
    (CALLING, SUCCESS): (ACCEPTED, ACCEPT),  # RFC 6026 7.2
    (CALLING, FAILURE): (COMPLETED, ACKNOWLEDGE),  # RFC 3261 17.1.1.2
    (CALLING, RETRANSMIT): (CALLING, REPEAT),  # timer A
    (CALLING, TIMEOUT): (TERMINATED, GIVE_UP),  # timer B
    (CALLING, TRANSPORT_ERROR): (TERMINATED, GIVE_UP),  # 17.1.4
    (PROCEEDING, PROVISIONAL): (PROCEEDING, TO_USER),  # 17.1.1.2
    (PROCEEDING, SUCCESS): (ACCEPTED, ACCEPT),  # RFC 6026 7.2
    (PROCEEDING, FAILURE): (COMPLETED, ACKNOWLEDGE),  # RFC 3261 17.1.1.2
    (PROCEEDING, TIMEOUT): (TERMINATED, GIVE_UP),  # RFC 3261 9.1: no final after a CANCEL
    (PROCEEDING, TRANSPORT_ERROR): (TERMINATED, GIVE_UP),  # 17.1.4
    (ACCEPTED, PROVISIONAL): (ACCEPTED, ABSORB),  # late
    (ACCEPTED, SUCCESS): (ACCEPTED, TO_USER),  # RFC 6026 7.2: a copy, or another branch
    (ACCEPTED, FAILURE): (ACCEPTED, ABSORB),  # late
    (ACCEPTED, ABSORBED): (TERMINATED, END),  # timer M
    (ACCEPTED, TRANSPORT_ERROR): (ACCEPTED, ABSORB),  # the ACK's, which the user repeats
    (COMPLETED, PROVISIONAL): (COMPLETED, ABSORB),  # late
    (COMPLETED, SUCCESS): (COMPLETED, ABSORB),  # late
    (COMPLETED, FAILURE): (COMPLETED, ACK_AGAIN),  # 17.1.1.2
    (COMPLETED, ABSORBED): (TERMINATED, END),  # timer D
    (COMPLETED, TRANSPORT_ERROR): (TERMINATED, GIVE_UP),  # 17.1.1.2: the ACK could not leave
}
"""The INVITE client transaction: figure 5 of RFC 3261 as RFC 6026 amends it."""

OTHER_TABLE: Final[dict[tuple[int, int], tuple[int, str]]] = {
    (TRYING, PROVISIONAL): (PROCEEDING, TO_USER),  # RFC 3261 17.1.2.2
    (TRYING, SUCCESS): (COMPLETED, FINISH),  # 17.1.2.2
    (TRYING, FAILURE): (COMPLETED, FINISH),  # 17.1.2.2
    (TRYING, RETRANSMIT): (TRYING, REPEAT),  # timer E
    (TRYING, TIMEOUT): (TERMINATED, GIVE_UP),  # timer F
    (TRYING, TRANSPORT_ERROR): (TERMINATED, GIVE_UP),  # 17.1.4
    (PROCEEDING, PROVISIONAL): (PROCEEDING, TO_USER),  # 17.1.2.2
    (PROCEEDING, SUCCESS): (COMPLETED, FINISH),  # 17.1.2.2
    (PROCEEDING, FAILURE): (COMPLETED, FINISH),  # 17.1.2.2
    (PROCEEDING, RETRANSMIT): (PROCEEDING, REPEAT),  # timer E
    (PROCEEDING, TIMEOUT): (TERMINATED, GIVE_UP),  # timer F
    (PROCEEDING, TRANSPORT_ERROR): (TERMINATED, GIVE_UP),  # 17.1.4
    (COMPLETED, PROVISIONAL): (COMPLETED, ABSORB),  # 17.1.2.2
    (COMPLETED, SUCCESS): (COMPLETED, ABSORB),  # 17.1.2.2
    (COMPLETED, FAILURE): (COMPLETED, ABSORB),  # 17.1.2.2
    (COMPLETED, ABSORBED): (TERMINATED, END),  # timer K
    (COMPLETED, TRANSPORT_ERROR): (COMPLETED, ABSORB),  # it was answered
}
"""The non-INVITE client transaction: figure 6 of RFC 3261."""

_EVENTS: Final = len(EVENTS)
_INVITE: Final = numbered(INVITE_TABLE, len(STATES), _EVENTS)
_OTHER: Final = numbered(OTHER_TABLE, len(STATES), _EVENTS)

_TIMER_D: Final = 32.0


class User(Protocol):
    """Who began a client transaction: a dialog of the answering side, or a probe's caller."""

    def answered(
        self, transaction: "ClientTransaction", response: Message, flow: Flow, now: float
    ) -> None:
        """Take a response that the transaction passes on."""

    def unanswered(self, transaction: "ClientTransaction", reason: str, now: float) -> None:
        """Take note that no final response will come: ``timeout`` or a transport's reason."""


class ClientTransaction(Timed):
    """One request of ours and what is done until it is answered or given up.

    Attributes:
        key: branch and method, by which responses find it (RFC 3261 17.1.3).
        method: the method of the request.
        data: the request as sent.
        flow: where it is sent.
        address: another destination for datagrams than ``flow.remote``, or None.
        state: one of the constants of this file.
        timing: its timer values: those of the layer, unless others were given.
        ack: the ACK that a 300-699 gets (17.1.1.3), once there was one.
        sent: how many times the request left.
    """

    __slots__ = (
        "ack",
        "address",
        "data",
        "flow",
        "give_up",
        "interval",
        "invite",
        "key",
        "layer",
        "log",
        "method",
        "next_send",
        "sent",
        "state",
        "timing",
        "user",
    )

    def __init__(
        self,
        layer: Layer,
        user: User,
        key: tuple[bytes, bytes],
        data: bytes,
        flow: Flow,
        log: Log | None,
        address: Address | None = None,
        timing: Timing | None = None,
    ) -> None:
        super().__init__()
        self.layer = layer
        self.user = user
        self.key = key
        self.method = key[1]
        self.invite = self.method == b"INVITE"
        self.data = data
        self.flow = flow
        self.address = address
        self.log = log
        self.state = CALLING if self.invite else TRYING
        self.ack: bytes | None = None
        self.sent = 0
        self.timing = layer.timing if timing is None else timing
        self.interval = self.timing.t1
        self.give_up = 0.0
        self.next_send = 0.0

    def start(self, now: float) -> None:
        """Send the request and start timers A and B, or E and F."""
        timing = self.timing
        self.give_up = now + (timing.timer_b if self.invite else timing.timer_f)
        self._send(self.data, now, again=False)
        self.sent = 1
        if self.flow.reliable:
            self.layer.timers.arm(self, self.give_up)
        else:
            self.next_send = now + self.interval
            self.layer.timers.arm(self, self.next_send)

    def receive(self, response: Message, flow: Flow, now: float) -> None:
        """Take a response that matches."""
        status = response.status
        calling = self.state == CALLING
        event = FAILURE if status >= 300 else SUCCESS if status >= 200 else PROVISIONAL
        action = self._step(event)
        timing = self.timing
        if self.log is not None:
            self.log.received(now, response.data, action in {ABSORB, ACK_AGAIN}, flow)
        if action is ACKNOWLEDGE:
            self.ack = failure_ack(self.data, response)
            self._send(self.ack, now, again=False)
            self._absorb(now, 0.0 if self.flow.reliable else _TIMER_D)
        elif action is ACK_AGAIN and self.ack is not None:
            self._send(self.ack, now, again=True)
        elif action is FINISH:
            self._absorb(now, 0.0 if self.flow.reliable else timing.timer_k)
        elif action is ACCEPT:
            self._absorb(now, timing.give_up)
        elif event == PROVISIONAL and calling:
            # Timer A stops; an INVITE then waits for as long as its user likes (17.1.1.2).
            self.layer.timers.disarm(self)
        if action in {TO_USER, ACCEPT, ACKNOWLEDGE, FINISH}:
            self.user.answered(self, response, flow, now)

    def limit(self, now: float) -> None:
        """Stop waiting for a final response 64*T1 from now: a CANCEL was sent (RFC 3261 9.1)."""
        if self.state == PROCEEDING:
            self.give_up = now + self.timing.give_up
            self.layer.timers.arm(self, self.give_up)

    def abandon(self) -> None:
        """End at once: the user waits no longer, and hears no more of it."""
        self._end()

    def transport_error(self, reason: str, now: float) -> None:
        """Take note that the request, or the ACK, could not be delivered (17.1.4)."""
        if self._step(TRANSPORT_ERROR) is GIVE_UP:
            self._end()
            self.user.unanswered(self, reason, now)

    def fire(self, now: float) -> None:
        """Act on the deadline of the present state."""
        if self.state >= ACCEPTED:
            self._step(ABSORBED)
            self._end()
        elif now >= self.give_up:
            self._step(TIMEOUT)
            self._end()
            self.user.unanswered(self, "timeout", now)
        else:
            self._step(RETRANSMIT)
            self._send(self.data, now, again=True)
            self.sent += 1
            self._double()
            self.next_send = now + self.interval
            self.layer.timers.arm(self, min(self.next_send, self.give_up))

    def _double(self) -> None:
        # Timer A doubles without end; timer E stops at T2, and is T2 once a 1xx came.
        t2 = self.timing.t2
        if self.invite:
            self.interval *= 2
        elif self.state == PROCEEDING:
            self.interval = t2
        else:
            self.interval = min(self.interval * 2, t2)

    def _step(self, event: int) -> str:
        entry = (_INVITE if self.invite else _OTHER)[self.state * _EVENTS + event]
        if entry is None:
            kind = "INVITE" if self.invite else "non-INVITE"
            msg = f"{kind} client transaction: {EVENTS[event]} in state {STATES[self.state]}"
            raise Misuse(msg)
        self.state = entry[0]
        return entry[1]

    def _absorb(self, now: float, seconds: float) -> None:
        if seconds:
            self.layer.timers.arm_coarse(self, now + seconds)
        else:
            self._step(ABSORBED)
            self._end()

    def _end(self) -> None:
        self.state = TERMINATED
        self.layer.timers.disarm(self)
        self.layer.client_transaction_ended(self)

    def _send(self, data: bytes, now: float, again: bool) -> None:
        self.layer.outputs.append(Send(self.flow, data, self.address))
        if self.log is not None:
            self.log.sent(now, data, again, self.flow)


def failure_ack(invite: bytes, response: Message) -> bytes:
    """Return the ACK for a 300-699 (RFC 3261 17.1.1.3).

    It takes the Request-URI, top Via, From, Call-ID, CSeq number and Route of the INVITE and the To
    of the response; also its credentials (22.1).

    Args:
        invite: our own INVITE, one header field a line.
        response: what it was answered with.
    """
    return _companion(b"ACK", invite, response.fields.get(b"to"))


def cancellation(request: bytes) -> bytes:
    """Return the CANCEL for a request (RFC 3261 9.1): same branch, CSeq number and To.

    Args:
        request: our own request, one header field a line.
    """
    return _companion(b"CANCEL", request, None)


_KEPT: Final = frozenset({b"from", b"call-id", b"route", b"max-forwards"})
_CREDENTIALS: Final = frozenset({b"authorization", b"proxy-authorization"})


def _companion(method: bytes, request: bytes, to: bytes | None) -> bytes:
    """Return a request that belongs to another one's branch; ``to`` None keeps its To."""
    head, _, _ = request.partition(b"\r\n\r\n")
    start, *lines = head.split(b"\r\n")
    kept: list[bytes] = [method + start[start.index(b" ") :]]
    via_seen = False
    for line in lines:
        name, _, value = line.partition(b":")
        key = canonical(name.strip())
        if key == b"via":
            if not via_seen:
                kept.append(line)
            via_seen = True
        elif key in _KEPT or (key in _CREDENTIALS and method == b"ACK"):
            kept.append(line)
        elif key == b"to":
            kept.append(line if to is None else b"To: " + to)
        elif key == b"cseq":
            kept.append(b"CSeq: %b %b" % (value.split()[0], method))
    kept += [b"Content-Length: 0", b"", b""]
    return b"\r\n".join(kept)
