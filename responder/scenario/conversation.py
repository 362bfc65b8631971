"""The interpreter of programs that go along with a call: they receive, send, outlive the answer.

What comes is looked for by the steps in their order. What came before its step was reached is kept
for it, as long as a step further on waits for such a thing; everything else is answered as the
protocol asks. A status step answers the request that a step received last, and else the request
that began the call.
"""

from typing import Final, Protocol

from responder.scenario.engine import LONGEST_HOLD, Call, Engine
from responder.scenario.steps import (
    Ask,
    Close,
    Program,
    Raw,
    Receive,
    Respond,
    Set,
    Silent,
    Step,
    Wait,
    answers,
)
from responder.scenario.view import View
from responder.sip.dialog import ENDED, Dialog
from responder.sip.message import Message
from responder.sip.own_requests import OwnRequest
from responder.sip.server_transaction import Log, ServerTransaction

_NO_PRACK: Final = "no PRACK came within 64*T1 (RFC 3262 3)"

MOST_KEPT: Final = 32
"""How many messages are kept for steps further on; more are answered as if no step waited."""


class Event:
    """A message of the caller's that a step may wait for.

    Attributes:
        method: the method of a request; empty for a response.
        status: the status of a response; 0 for a request.
        message: the message.
        transaction: of a request that has no answer yet; None for all else.
    """

    __slots__ = ("message", "method", "status", "transaction")

    def __init__(self, message: Message, transaction: ServerTransaction | None = None) -> None:
        self.method = message.method
        self.status = message.status
        self.message = message
        self.transaction = transaction


class Actor(Protocol):
    """What a conversation asks for."""

    def respond(self, call: "Conversation", step: Respond, now: float) -> bool:
        """Answer the request that began the call; False if something has to come before that."""

    def answer(self, call: "Conversation", event: Event, step: Respond, now: float) -> None:
        """Answer a request inside the call as a step says."""

    def answer_by_default(self, call: "Conversation", event: Event, now: float) -> None:
        """Answer a request inside the call, or a CANCEL, as the protocol asks."""

    def ask(self, call: "Conversation", step: Ask, now: float) -> OwnRequest | bool:
        """Send a request inside the call; False if something has to come before that.

        Returns:
            The request; True if it cannot be sent at all, which is noted.
        """

    def settle(
        self, call: "Conversation", request: OwnRequest, response: Message, now: float
    ) -> None:
        """Take the answer to our offer, if a response carries it."""

    def acknowledgement(
        self, call: "Conversation", request: OwnRequest, response: Message, now: float
    ) -> bytes:
        """Return the description for the ACK of a 2xx that came with an offer."""

    def put(self, call: "Conversation", data: bytes, now: float) -> None:
        """Send bytes on the flow of the call."""

    def close(self, call: "Conversation", reset: bool, now: float) -> None:
        """End the connection of the call."""

    def skipped(self, call: "Conversation", why: str, now: float) -> None:
        """Note that a step was not carried out, and why."""

    def noted(self, call: "Conversation", text: str, now: float) -> None:
        """Note what a step did."""

    def fail(self, call: "Conversation", why: str, status: int, now: float) -> None:
        """Mark the call as failed, and bring it to its end: an INVITE gets ``status``."""

    def concluded(self, call: "Conversation") -> None:
        """Forget the call: it takes nothing more."""


class Conversation(Call):
    """One call that a program goes along with.

    Attributes:
        dialog: its dialog, as soon as there is one.
        reliable: the RSeq of its latest reliable response; 0 before any.
        log: the record of the call.
    """

    __slots__ = (
        "_actor",
        "_awaited",
        "_blocked",
        "_events",
        "_final",
        "_gone",
        "_latest",
        "_muted",
        "_own",
        "_pending",
        "_running",
        "_unacknowledged",
        "dialog",
        "log",
        "reliable",
    )

    def __init__(
        self,
        actor: Actor,
        engine: Engine,
        transaction: ServerTransaction,
        request: Message,
        program: Program,
        attempt: int,
        user: bytes,
    ) -> None:
        super().__init__(engine, transaction, request, program, attempt, user)
        self._actor = actor
        self.dialog: Dialog | None = None
        self.log: Log | None = transaction.log
        self.reliable = 0
        self._awaited: Receive | None = None
        self._blocked = False
        self._events: list[Event] = []
        self._final = False
        self._gone = not transaction.invite
        self._latest = ""
        self._muted = False
        self._own: OwnRequest | None = None
        self._pending: Event | None = None
        self._running = False
        self._unacknowledged = False

    # Steps.

    def run(self, now: float) -> None:
        """Carry out steps until one waits or all are done."""
        self._running = True
        while not self.over and self.at < len(self.steps):
            if not self._carry_out(self.steps[self.at], now):
                self._running = False
                return
        self._running = False
        if not self.over:
            self._finish(now)

    def _carry_out(self, step: Step, now: float) -> bool:
        """Carry out a step; False if it waits."""
        if type(step) is Respond:
            return self._respond(step, now)
        if type(step) is Receive:
            return self._receive(step, now)
        if type(step) is Ask:
            return self._ask(step, now)
        self.at += 1
        if type(step) is Wait:
            drawn = step.drawn
            self._due = now + (step.seconds if drawn is None else drawn.draw(self._engine.chance))
            self._pause(now)
            return False
        if type(step) is Silent:
            self._fall_silent(now)
            return False
        if type(step) is Set:
            for text in self._engine.situation.change(step, now):
                self._actor.noted(self, text, now)
        elif type(step) is Raw:
            self._actor.put(self, step.data, now)
        elif type(step) is Close:
            self._actor.close(self, step.reset, now)
        else:
            self.at = len(self.steps)
        return True

    def _respond(self, step: Respond, now: float) -> bool:
        pending = self._pending
        if pending is not None and answers(step, pending.method):
            self.at += 1
            if step.status >= 200:
                self._pending = None
            self._actor.answer(self, pending, step, now)
            return True
        why = "" if not step.to or step.to == self.request.method else _named(step)
        if not why and self._final:
            why = f"{step.status} left out: no request waits for it"
        if not why and step.status < 200:
            why = self._why_not(step)
        if why:
            self.at += 1
            self._actor.skipped(self, why, now)
            return True
        if not self._actor.respond(self, step, now):
            return self._block(now)
        self.at += 1
        if self.transaction.status >= 200:
            self._answered()
        elif step.status > 100 and step.status != 199:
            # A copy of a reliable one would be taken for a retransmission.
            self.provisional = None if step.reliable else step
        return True

    def _answered(self) -> None:
        """Take note that the request that began the call has its final status."""
        self._final = True
        self.provisional = None
        self._clear_wait()
        if self.transaction.status >= 300:
            self._gone = True

    def _receive(self, step: Receive, now: float) -> bool:
        event = next((each for each in self._events if self._fits(step, each)), None)
        if event is not None:
            self._events.remove(event)
            self._received(step, event, now)
            return True
        why = self._never(step)
        if why:
            self._in_vain(step, why, now)
            return True
        if step.method not in {b"", b"ACK"}:
            self._answer_pending(now)
        self._awaited = step
        self._due = None if step.within is None else now + step.within
        if step.within is None and not self._final:
            self._due = max(now, self.transaction.born + LONGEST_HOLD)
        self._pause(now)
        return False

    def _never(self, step: Receive) -> str:
        """Return why what a step waits for can never come; empty if it may."""
        if not step.method:
            if self._own is not None and not self._own.over:
                return ""
            return self._latest or "no request of ours is open"
        if step.method == b"CANCEL":
            return "the INVITE has its final status" if self._final else ""
        if step.method == b"ACK" and self._final and self.transaction.status >= 300:
            return "none came within 64*T1" if self._unacknowledged else ""
        return "the call is over" if self._gone else ""

    def _received(self, step: Receive, event: Event, now: float) -> None:
        self.at += 1 + (step.otherwise or 0)
        if event.transaction is not None:
            self._answer_pending(now)
            if step.answered:
                self._pending = event
            else:
                self._actor.answer_by_default(self, event, now)
        elif event.method == b"CANCEL" and not step.answered and not self._final:
            self._actor.answer_by_default(self, event, now)
            self._answered()

    def _in_vain(self, step: Receive, why: str, now: float) -> None:
        self.at += 1
        if step.otherwise is None:
            self._fail(f"no {step.what} was received: {why}", now)
        else:
            self._actor.skipped(self, f"no {step.what} was received: {why}", now)

    def _ask(self, step: Ask, now: float) -> bool:
        if step.method == b"INVITE":
            # A re-INVITE of the caller's that waits for a step would be in the way for good.
            for event in [self._pending, *self._events]:
                if event is not None and event.method == b"INVITE":
                    self._default(event, now)
        made = self._actor.ask(self, step, now)
        if made is False:
            return self._block(now)
        self.at += 1
        if type(made) is OwnRequest:
            self._own = made
            self._latest = ""
            self._events = [event for event in self._events if event.method]
            made.send(now)
        return True

    def _fall_silent(self, now: float) -> None:
        """Answer nothing any more: neither what began the call nor what comes inside it."""
        self._due = None
        if self._final:
            self._muted = True
            self._engine.timers.disarm(self)
        else:
            self.transaction.silence(now)
            self.conclude(now)

    def _block(self, now: float) -> bool:
        """Wait until something that the protocol puts before a step is done."""
        self._blocked = True
        self._due = None
        self._pause(now)
        return False

    def _finish(self, now: float) -> None:
        """Go on without steps: an INVITE without a final status rings on."""
        self._answer_pending(now)
        if not self._final:
            self._hold(now)
            if not self.over:
                return
        self.conclude(now)

    def _fail(self, why: str, now: float, status: int = 480) -> None:
        self._answer_pending(now)
        self.over = True
        self._actor.fail(self, why, status, now)
        self.conclude(now)

    def conclude(self, now: float) -> None:
        """Carry out no further step, and answer what still waits for one."""
        self.stop()
        self._awaited = None
        self._blocked = False
        for event in self._events:
            self._default(event, now)
        self._events = []
        self._answer_pending(now)
        self._actor.concluded(self)

    def _answer_pending(self, now: float) -> None:
        """Answer what a step received and none answered."""
        if self._pending is not None:
            event, self._pending = self._pending, None
            self._default(event, now)

    def _default(self, event: Event, now: float) -> None:
        if event.transaction is not None:
            self._actor.answer_by_default(self, event, now)
            event.transaction = None

    # Time.

    def fire(self, now: float) -> None:
        """Go on after a wait, or as a call does that only rings."""
        if self.over:
            return
        if not self._final and self._expires is not None and now >= self._expires:
            super().fire(now)
            self.conclude(now)
        elif self._due is not None and now >= self._due:
            awaited = self._awaited
            self._clear_wait()
            if awaited is not None:
                within = awaited.within
                why = "it took too long" if within is None else f"{within:g} s are over"
                self._in_vain(awaited, why, now)
            self._go_on(now)
        elif not self._final:
            super().fire(now)

    def _pause(self, now: float) -> None:
        if not self._final:
            super()._pause(now)
        elif self._due is not None:
            self._engine.timers.arm(self, self._due)

    def _clear_wait(self) -> None:
        self._awaited = None
        self._blocked = False
        self._due = None
        self._engine.timers.disarm(self)

    def _go_on(self, now: float) -> None:
        if not self.over and not self._running:
            self.run(now)

    # What happens to the call.

    def takes(self, transaction: ServerTransaction, request: Message, now: float) -> bool:
        """Whether a step takes a request inside the call, now or later; it is then answered."""
        if self._muted:
            transaction.silence(now)
            return True
        event = Event(request, transaction)
        if not self._hear(event, now):
            return False
        ahead = self._ahead(event) if event in self._events else None
        if ahead is not None and not ahead.answered:
            self._default(event, now)
        elif event.transaction is not None and not transaction.status:
            transaction.user = self
            transaction.await_answer(now)
        return True

    def follow(self, dialog: Dialog) -> None:
        """Belong to a dialog; after a 199 it is another one (RFC 6228)."""
        self.dialog = dialog
        self._gone = dialog.state == ENDED
        if not self._gone:
            dialog.user = self

    def cancelled(self, cancel: Message, now: float) -> bool:
        """Whether a step takes the CANCEL, which has its 200 already, now or later."""
        return self._hear(Event(cancel), now)

    def acknowledged(self, ack: Message, now: float) -> None:
        """Take an ACK, of a 2xx or of another final status."""
        self._hear(Event(ack), now)
        self.unblock(now)

    def unacknowledged(self, now: float) -> None:
        """Take note that no ACK for a 300-699 came."""
        self._unacknowledged = True
        self._lose(now)

    def unconfirmed(self, now: float) -> None:
        """Take note that no PRACK for a reliable provisional response came (RFC 3262 3)."""
        if self.over:
            self._actor.fail(self, _NO_PRACK, 504, now)
        else:
            self._fail(_NO_PRACK, now, 504)

    def ended(self, dialog: Dialog, now: float) -> None:
        """Take note that a dialog is over; what can still come or go is carried out."""
        if dialog is not self.dialog:
            return
        self._gone = True
        if not self._final and self.transaction.status >= 200:
            self._final = True  # BYE left the INVITE with 487
            self.provisional = None
        if self._running or self.over:
            return
        if self._awaited is not None:
            if self._awaited.method:
                self._lose(now)
        elif self._blocked:
            self.unblock(now)
        elif not any(event.method == b"BYE" for event in self._events):
            self._leave_out(now)

    def _lose(self, now: float) -> None:
        """Give up what is waited for, if it can never come any more."""
        awaited = self._awaited
        why = self._never(awaited) if awaited is not None else ""
        if awaited is not None and why and not self._running:
            self._clear_wait()
            self._in_vain(awaited, why, now)
            self._go_on(now)

    def _leave_out(self, now: float) -> None:
        at, left = self.at, list[Step]()
        while at < len(self.steps):
            step = self.steps[at]
            left.append(step)
            at += 1 + ((step.otherwise or 0) if type(step) is Receive else 0)
        for step in left:
            if type(step) is Receive and step.otherwise is None:
                self._fail(f"no {step.what} was received: the call is over", now)
                return
        if left and not self._muted:
            steps = "the last step" if len(left) == 1 else f"the last {len(left)} steps"
            self._actor.skipped(self, f"{steps} left out: the call is over", now)
        self.conclude(now)

    def unblock(self, now: float) -> None:
        """Try the present step again: what it waited for may be done."""
        if self._blocked and not self._running and not self.over:
            self._blocked = False
            self.run(now)

    # responder.sip.own_requests.Listener

    def answered(self, request: OwnRequest, response: Message, now: float) -> None:
        """Take a response to a request of ours."""
        if 200 <= response.status < 300:
            self._actor.settle(self, request, response, now)
        if request is self._own:
            if request.over:
                self._latest = f"a {response.status} came"
            if not self._hear(Event(response), now):
                self._lose(now)
        self.unblock(now)

    def unanswered(self, request: OwnRequest, reason: str, now: float) -> None:
        """Take note that a request of ours gets no answer."""
        if request is self._own:
            self._latest = reason
            self._lose(now)
        self.unblock(now)

    def wants(self, response: Message) -> bool:
        """Whether the next step that waits for a response waits for this one."""
        for step in self.steps[self.at :] if not self.over else ():
            if type(step) is Receive and not step.method:
                return step.lowest <= response.status <= step.highest
        return False

    def answer(self, request: OwnRequest, response: Message, now: float) -> bytes:
        """Return the description for the ACK of a 2xx that came with an offer."""
        return self._actor.acknowledgement(self, request, response, now)

    # Looking.

    def _hear(self, event: Event, now: float) -> bool:
        """Give a message to the step that waits for it, or keep it for one further on."""
        if self.over or self._muted:
            return False
        awaited = self._awaited
        if awaited is not None and not self._running and self._fits(awaited, event):
            self._clear_wait()
            self._running = True  # what its answer brings about is looked at by the next steps
            self._received(awaited, event, now)
            self._running = False
            self._go_on(now)
            return True
        if len(self._events) >= MOST_KEPT or self._ahead(event) is None:
            return False
        self._events.append(event)
        return True

    def _ahead(self, event: Event) -> Receive | None:
        """Return the first step ahead that waits for such a message."""
        for step in self.steps[self.at :]:
            if type(step) is Receive and self._fits(step, event):
                return step
        return None

    def _fits(self, step: Receive, event: Event) -> bool:
        if step.method != event.method:
            return False
        if not step.method and not step.lowest <= event.status <= step.highest:
            return False
        if not step.conditions:
            return True
        dialog = self.dialog
        flow = self.transaction.flow if dialog is None else dialog.flow
        view = View(event.message, flow)
        return all(condition.passes(view) for condition in step.conditions)


def _named(step: Respond) -> str:
    return f"{step.status} left out: no {step.to.decode()} waits for it"
