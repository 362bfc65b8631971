"""What the steps of a call do inside it: answers, requests of our own, raw bytes, its end. Pure.

It is the actor of `responder.scenario.conversation`.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final, Protocol

from responder.journal.record import Record
from responder.media.session_body import SDP, offered
from responder.scenario.conversation import Conversation, Event
from responder.scenario.engine import Call, Engine
from responder.scenario.steps import Ask, Filling, Program, Respond
from responder.sessions import Sessions
from responder.sip.capabilities import ALLOW, SUPPORTED
from responder.sip.dialog import ANSWERED, BYE, EARLY, ENDED, FATAL, REFRESHES, Dialog
from responder.sip.endpoint import Endpoint
from responder.sip.events import CloseFlow, Flow, ResetFlow, Send
from responder.sip.login import Login
from responder.sip.message import Message
from responder.sip.own_requests import OwnRequest
from responder.sip.reliable import FIRST_NUMBERS, Reliable
from responder.sip.server_transaction import ServerTransaction
from responder.sip.settings import Tokens
from responder.sip.validation import Refusal

_WITH_CONTACT: Final = frozenset({b"INVITE", b"UPDATE", b"SUBSCRIBE", b"NOTIFY", b"REFER"})
_SUBSCRIBES: Final = frozenset({b"REFER", b"SUBSCRIBE"})
_ESTABLISHED_ONLY: Final = frozenset({b"INVITE", b"BYE"})


class Answerer(Protocol):
    """What answers requests."""

    def filled(
        self, call: Call, step: Respond, filling: Filling, request: Message, now: float
    ) -> Respond:
        """Return a response to a request, or what a request of ours is made of, with its values."""

    def respond(self, call: Call, step: Respond, now: float) -> None:
        """Answer the request that began a call."""

    def respond_inside(self, call: Conversation, event: Event, step: Respond, now: float) -> None:
        """Answer a request inside a call as a step says; the dialog is not touched."""

    def describe(
        self, transaction: ServerTransaction, request: Message, step: Respond, now: float
    ) -> bytes | Refusal:
        """Return the session description of a response, or how the offer is refused."""

    def answer_inside(
        self, transaction: ServerTransaction, request: Message, dialog: Dialog, now: float
    ) -> None:
        """Answer a request inside a call as the protocol asks."""

    def terminate(self, transaction: ServerTransaction, now: float) -> None:
        """Answer an INVITE with 487, unless it has a final status."""


class Calls:
    """Carries out the steps of calls that go on beside their answer.

    Args:
        answerer: answers requests.
        endpoint: transactions and dialogs.
        sessions: the session descriptions.
        tokens: a source of fresh tokens.
    """

    def __init__(
        self, answerer: Answerer, endpoint: Endpoint, sessions: Sessions, tokens: Tokens
    ) -> None:
        self._answerer = answerer
        self._endpoint = endpoint
        self._sessions = sessions
        self._tokens = tokens

    def begin(
        self,
        engine: Engine,
        transaction: ServerTransaction,
        request: Message,
        program: Program,
        attempt: int,
        user: bytes,
    ) -> Conversation:
        """Make the call of a program, as `responder.scenario.engine.Begin`."""
        return Conversation(self, engine, transaction, request, program, attempt, user)

    # responder.scenario.conversation.Actor

    def respond(self, call: Conversation, step: Respond, now: float) -> bool:
        """Answer the request that began the call; its dialog, if it makes one, leads back to it."""
        transaction = call.transaction
        earlier = None if call.dialog is None else call.dialog.reliable
        if earlier is not None and earlier.waiting:
            success = earlier.described and 200 <= step.status < 300
            if step.reliable or success:
                return False  # RFC 3262 3
        if step.reliable:
            step = self._numbered(call, step, now)
        self._answerer.respond(call, step, now)
        dialog = transaction.dialog
        if step.reliable and dialog is not None and transaction.last is not None:
            described = bool(transaction.last.partition(b"\r\n\r\n")[2])
            timers = self._endpoint.timers
            dialog.reliable = Reliable(
                transaction,
                call.reliable,
                transaction.last,
                described,
                timers,
                call.unconfirmed,
                now,
            )
        if dialog is not None and transaction.status < 300:
            call.follow(dialog)
        elif transaction.invite and transaction.status >= 300:
            transaction.user = call  # until its ACK
        return True

    def _numbered(self, call: Conversation, step: Respond, now: float) -> Respond:
        """Return a provisional response with what makes it reliable."""
        request = call.request
        if b"100rel" not in request.tokens(b"supported") + request.tokens(b"require"):
            self.noted(call, f"{step.status} is reliable though the INVITE has no 100rel", now)
        first = int(self._tokens(), 16) % FIRST_NUMBERS + 1
        call.reliable = call.reliable + 1 if call.reliable else first
        number = b"%d" % call.reliable
        return replace(step, beside=(*step.beside, (b"Require", b"100rel"), (b"RSeq", number)))

    def answer(self, call: Conversation, event: Event, step: Respond, now: float) -> None:
        """Answer a request inside the call as a step says, and do what that means to its dialog."""
        transaction, request, dialog = event.transaction, event.message, call.dialog
        if transaction is None or transaction.status >= 200 or transaction.request is None:
            self.skipped(call, f"{step.status} left out: the {_method(event)} was answered", now)
            return
        assert dialog is not None
        if dialog.state == ENDED and event.method != b"BYE":
            self.skipped(call, f"{step.status} left out: the call is over", now)
            self.answer_by_default(call, event, now)
            return
        if step.filling is not None:
            step = self._answerer.filled(call, step, step.filling, request, now)
        success = 200 <= step.status < 300
        if success and event.method in REFRESHES:
            if step.body is None and (event.method == b"INVITE" or offered(request) is not None):
                transaction.dialog = dialog
                made = self._answerer.describe(transaction, request, step, now)
                if type(made) is Refusal:
                    self._endpoint.refuse(transaction, request, made, now)
                    return
                assert type(made) is bytes
                step = replace(step, body=made, kind=SDP)
                dialog.description = made or dialog.description
            dialog.refresh_target(request)
        self._answerer.respond_inside(call, event, step, now)
        if event.method == b"BYE" and (success or step.status in FATAL):
            self._hung_up(call, dialog, now)

    def _hung_up(self, call: Conversation, dialog: Dialog, now: float) -> None:
        self._answerer.terminate(call.transaction, now)
        if dialog.state != ENDED:
            dialog.end(BYE, now)

    def answer_by_default(self, call: Conversation, event: Event, now: float) -> None:
        """Answer a request inside the call, or a CANCEL, as the protocol asks."""
        if event.method == b"CANCEL":
            self._answerer.terminate(call.transaction, now)
            return
        transaction, dialog = event.transaction, call.dialog
        if transaction is None or dialog is None or transaction.status >= 200:
            return
        if dialog.state == ENDED and event.method != b"BYE":
            # It has waited for a step until after the end (RFC 3261 15.1.2).
            self._endpoint.refuse_ended(transaction, event.message, now)
        else:
            self._answerer.answer_inside(transaction, event.message, dialog, now)

    def ask(self, call: Conversation, step: Ask, now: float) -> OwnRequest | bool:
        """Make a request inside the call; False while something has to come before it."""
        dialog, method = call.dialog, step.method
        name = method.decode()
        if dialog is None or dialog.state == ENDED:
            why = "there is no dialog" if dialog is None else "the call is over"
            self.skipped(call, f"{name} left out: {why}", now)
            return True
        if method in _ESTABLISHED_ONLY and dialog.state == EARLY:
            self.skipped(call, f"{name} left out: the call has no answer (RFC 3261 15)", now)
            return True
        if method == b"BYE" and dialog.state == ANSWERED:
            return False  # a 2xx must be acknowledged first (15)
        if method == b"INVITE" and not dialog.takes_invite():
            return False  # 14.1
        if step.filling is not None:
            step = self._filled(call, step, step.filling, now)
        body, kind = step.body or b"", step.kind
        if step.body is None:
            body, kind = self._offer(dialog, step), SDP
        headers = b"".join(
            [b"%b: %b\r\n" % field for field in self._fields(call, dialog, step, now)]
        )
        login = Login(step.user, step.password, self._tokens) if step.user else None
        own = self._endpoint.own
        made = OwnRequest(own, dialog, method, headers, kind, body, call, login)
        if method == b"BYE":
            dialog.end(BYE, now)
        elif method in _SUBSCRIBES:
            dialog.subscribed = True
        return made

    def _filled(self, call: Conversation, step: Ask, filling: Filling, now: float) -> Ask:
        made = step.as_response()
        made = self._answerer.filled(call, made, filling, call.request, now)
        headers, beside = made.headers, made.beside
        return replace(step, headers=headers, beside=beside, body=made.body, sdp=made.sdp)

    def _offer(self, dialog: Dialog, step: Ask) -> bytes:
        if step.sdp is None:
            return self._sessions.offer(dialog, None) if step.method == b"INVITE" else b""
        if step.sdp.text is not None:
            return step.sdp.text
        return self._sessions.offer(dialog, step.sdp)

    def _fields(
        self, call: Conversation, dialog: Dialog, step: Ask, now: float
    ) -> Iterator[tuple[bytes, bytes]]:
        replaced = step.omit | {name.lower() for name, _ in step.headers}
        if step.method in _WITH_CONTACT and b"contact" not in replaced:
            responses = self._endpoint.responses
            yield b"Contact", responses.contact(call.request, dialog.flow, call.user, now)
        if step.method in REFRESHES:
            if b"allow" not in replaced:
                yield b"Allow", ALLOW
            if b"supported" not in replaced:
                yield b"Supported", SUPPORTED
        yield from step.headers
        yield from step.beside

    def settle(
        self, call: Conversation, request: OwnRequest, response: Message, now: float
    ) -> None:
        """Take the answer to our offer, which a 2xx carries."""
        del call
        if request.offers:
            request.dialog.description = request.body
            self._sessions.answered(request.dialog, request.body, response, now)

    def acknowledgement(
        self, call: Conversation, request: OwnRequest, response: Message, now: float
    ) -> bytes:
        """Return the description for the ACK of a 2xx that came with an offer."""
        del call
        return self._sessions.answer(request.dialog, response, now)

    def put(self, call: Conversation, data: bytes, now: float) -> None:
        """Send bytes on the flow of the call."""
        flow = _flow(call)
        if flow.closed:
            self.skipped(call, "raw bytes left out: the connection is closed", now)
            return
        self._endpoint.outputs.append(Send(flow, data))
        if call.log is not None:
            call.log.sent(now, data, False, flow)

    def close(self, call: Conversation, reset: bool, now: float) -> None:
        """End the connection of the call."""
        flow = _flow(call)
        what = "reset" if reset else "close"
        if not flow.reliable or flow.closed:
            why = "the connection is closed" if flow.closed else "UDP has no connection"
            self.skipped(call, f"{what} left out: {why}", now)
            return
        self._endpoint.outputs.append(ResetFlow(flow) if reset else CloseFlow(flow))
        self.noted(call, f"the connection is {'reset' if reset else 'closed'}", now)

    def skipped(self, call: Conversation, why: str, now: float) -> None:
        """Note that a step was not carried out, and why."""
        self.noted(call, why, now)

    def noted(self, call: Conversation, text: str, now: float) -> None:
        """Note what a step did."""
        if call.log is not None:
            call.log.note(now, text)

    def fail(self, call: Conversation, why: str, status: int, now: float) -> None:
        """Mark the call as failed, and bring it to its end: an INVITE gets ``status``."""
        log = call.log
        if type(log) is Record:
            log.failed = log.failed or why
        self.noted(call, f"the call failed: {why}", now)
        if call.transaction.status < 200:
            self._answerer.respond(call, Respond(status), now)
        elif call.dialog is not None:
            call.dialog.hang_up(now)

    def concluded(self, call: Conversation) -> None:
        """Forget the call: what comes is answered as the protocol asks."""
        if call.dialog is not None and call.dialog.user is call:
            call.dialog.user = None
            if call.transaction.quiet and call.dialog.reliable is not None:
                call.dialog.reliable.stop()
        if call.transaction.user is call and call.transaction.status >= 200:
            call.transaction.user = None


def _flow(call: Conversation) -> Flow:
    return call.transaction.flow if call.dialog is None else call.dialog.flow


def _method(event: Event) -> str:
    return event.method.decode("utf-8", "replace")
