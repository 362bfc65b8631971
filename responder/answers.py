"""The answers to requests: each with what its step says and what its method owes. Pure.

It is the actor of the engine, and answers for the steps of calls. This file is on the hot path.
"""

from typing import Final

from responder.calls import Calls
from responder.faults.bundle import Bundle
from responder.faults.desk import Desk
from responder.faults.fault import Chance
from responder.journal.record import Record
from responder.media.session_body import SDP, offered
from responder.records import Records
from responder.scenario.conversation import Conversation, Event
from responder.scenario.engine import Actor, Call, Engine
from responder.scenario.in_dialog import response_to
from responder.scenario.redirection import LOOP, leads_back
from responder.scenario.steps import Filling, Respond
from responder.sessions import NO_PORT, Audio, Key, Sessions
from responder.sip.dialog import BYE, ENDED, REFRESHES, Dialog
from responder.sip.endpoint import Endpoint
from responder.sip.message import Message
from responder.sip.registrar import Bound, Registrar
from responder.sip.server_transaction import PROCEEDING, Log, ServerTransaction
from responder.sip.settings import Settings, Tokens
from responder.sip.timers import Timers
from responder.sip.validation import Refusal

_WITH_OFFER: Final = REFRESHES | {b"PRACK"}
_REFRESHED: Final = Respond(200)


class Answers(Actor):
    """Answers requests as steps, the protocol and faults have it, and enters that in the record.

    Args:
        settings: what the endpoint advertises, and its limits.
        endpoint: transactions and dialogs.
        records: where calls are recorded.
        tokens: a source of fresh tokens.
        timers: every deadline.
        audio: where audio goes.
        chance: random numbers from 0 up to 1 for faults and waits.

    Attributes:
        engine: the calls that programs answer.
        sessions: the session descriptions.
        faults: what goes wrong on purpose.
        registrar: the bindings.
        pending: how many INVITEs wait for their answer.
    """

    def __init__(
        self,
        settings: Settings,
        endpoint: Endpoint,
        records: Records,
        tokens: Tokens,
        timers: Timers,
        audio: Audio,
        chance: Chance,
    ) -> None:
        self._endpoint = endpoint
        self._records = records
        self._epoch = settings.epoch
        self.sessions = Sessions(
            settings, endpoint.responses.host, tokens, timers, audio, self._media_stopped
        )
        calls = Calls(self, endpoint, self.sessions, tokens)
        self.engine = Engine(self, timers, chance, calls.begin)
        self.faults = Desk(endpoint, chance)
        self.registrar = Registrar(settings.registering, timers, settings.limits.retry_after)
        self.pending = 0

    # What the interpreter asks for (Actor).

    def respond(self, call: Call, step: Respond, now: float) -> None:
        """Send the response of a step; a 2xx to an INVITE gets its session description."""
        if step.filling is not None:
            step = self.filled(call, step, step.filling, call.request, now)
        if step.fault is not None and self._holds(call, step, step.fault, now):
            return
        self.send(call.transaction, call.request, step, call.user, call.rule, now)

    def skipped(self, call: Call, why: str, now: float) -> None:
        """Note that a step was not carried out."""
        self.noted(call, why, now)

    def noted(self, call: Call, text: str, now: float) -> None:
        """Note what a step did."""
        if call.transaction.log is not None:
            call.transaction.log.note(now, text)

    # responder.calls.Answerer

    def filled(
        self, call: Call, step: Respond, filling: Filling, request: Message, now: float
    ) -> Respond:
        """Return a response to a request, or what a request of ours is made of, with its values."""
        log = call.log if isinstance(call, Conversation) else call.transaction.log
        number = log.number if type(log) is Record else 0
        facts = self.engine.facts(call, request, number, self._epoch, now)
        filled, told = filling.fill(step, facts)
        for text in told:
            if log is not None:
                log.note(now, text)
        return filled

    def respond_inside(self, call: Conversation, event: Event, step: Respond, now: float) -> None:
        """Answer a request inside a call as a step says; the dialog is not touched."""
        transaction = event.transaction
        assert transaction is not None
        transaction.user = call
        self.send(transaction, event.message, step, call.user, call.rule, now)

    def describe(
        self, transaction: ServerTransaction, request: Message, step: Respond, now: float
    ) -> bytes | Refusal:
        """Return the session description of a response, or how the offer is refused."""
        made = self.sessions.describe(transaction, request, step, now)
        if type(made) is Refusal and made.cause == NO_PORT:
            self._records.over_limit(NO_PORT)
        return made

    def answer_inside(
        self, transaction: ServerTransaction, request: Message, dialog: Dialog, now: float
    ) -> None:
        """Answer a request inside a call as the protocol asks."""
        method = request.method
        acknowledges = method == b"PRACK" and dialog.acknowledges(request)
        refusal = response_to(request, acknowledges, dialog.subscribed)
        if refusal.status == 200 and method in _WITH_OFFER:
            self._refresh(transaction, request, dialog, now)
            return
        self._endpoint.refuse(transaction, request, refusal, now)
        if method == b"BYE" and refusal.status == 200 and dialog.state != ENDED:
            call = dialog.user
            if type(call) is Call:
                call.stop()
            if dialog.invite is not None:
                # BYE leaves nothing of its dialog unanswered (RFC 3261 15.1.2).
                self.terminate(dialog.invite, now)
            if dialog.state != ENDED:
                dialog.end(BYE, now)

    def terminate(self, transaction: ServerTransaction, now: float) -> None:
        """Answer an INVITE with 487, unless it has a final status."""
        pending = transaction.state == PROCEEDING and not transaction.quiet
        if pending and transaction.request is not None:
            self.send(transaction, transaction.request, Respond(487), b"", b"", now)

    # Every answer.

    def send(
        self,
        transaction: ServerTransaction,
        request: Message,
        step: Respond,
        user: bytes,
        rule: bytes,
        now: float,
        stale: bool = False,
    ) -> None:
        """Send the response of a step with what its status and the method of its request owe.

        Args:
            transaction: what is answered; it has no final response yet.
            request: its request.
            step: the response, each value of it made.
            user: the user part that the request dials.
            rule: what the Server field calls the rule; empty for none.
            now: seconds.
            stale: whether a challenge calls the nonce stale that the request used.
        """
        status = step.status
        body, kind = b"", SDP
        fields = step.headers
        bindings: bytes | None = None
        call = transaction.user
        inside = isinstance(call, Call) and call.transaction is not transaction
        if transaction.status == 199 and 100 < status < 300 and status != 199:
            # What follows the end of an early dialog belongs to another one (RFC 6228).
            self._endpoint.fork(transaction)
        if step.body is not None:
            body, kind = step.body, step.kind
        elif status == 200 and request.method == b"OPTIONS":
            body = self.sessions.capabilities(request, transaction.flow)
        elif transaction.invite and _describes(step):
            made = self.describe(transaction, request, step, now)
            if type(made) is Refusal:
                self.refuse(transaction, request, made, now)
                return
            assert type(made) is bytes
            body = made
        elif 200 <= status < 300 and request.method == b"REGISTER":
            bound = self.registrar.register(request, transaction.flow, now, _longest(step))
            if type(bound) is Refusal:
                self._refuse_binding(transaction, request, bound, now)
                return
            assert type(bound) is Bound
            bindings = bound.contacts
            if bound.fields:
                named = {name.lower() for name, _ in fields}
                fields += tuple(each for each in bound.fields if each[0].lower() not in named)
        data = self._endpoint.responses.build(
            transaction,
            request,
            status,
            now,
            reason=step.reason,
            fields=fields,
            beside=step.beside,
            omit=step.omit,
            kind=kind,
            body=body,
            rule=rule,
            user=user,
            bindings=bindings,
            terms=step.terms,
            stale=stale,
        )
        record = transaction.log
        redirection = step.headers and 300 <= status < 400
        if redirection and record is not None and leads_back(request, step.headers):
            record.note(now, LOOP)
        fault = step.fault
        if fault is not None and isinstance(fault, Bundle) and isinstance(record, Record):
            data = self.faults.prepare(transaction, fault, data, record, now)
        self._endpoint.respond(transaction, request, status, data, now)
        if body and kind == SDP and transaction.dialog is not None:
            transaction.dialog.description = body
            if type(transaction.dialog.user) is Call:
                transaction.dialog.user = None
        if not inside:
            self._answered(transaction, record, status, now)

    def refuse(
        self, transaction: ServerTransaction, request: Message, refusal: Refusal, now: float
    ) -> None:
        """Answer a request that opened a record with the endpoint's own judgement of it."""
        record = transaction.log
        self._endpoint.refuse(transaction, request, refusal, now)
        self._answered(transaction, record, refusal.status, now)

    def uncount(self, transaction: ServerTransaction) -> None:
        """Count an INVITE no more as one that waits for its answer."""
        call = transaction.user
        if isinstance(call, Call) and call.counted:
            call.counted = False
            self.pending -= 1

    def _refuse_binding(
        self, transaction: ServerTransaction, request: Message, refusal: Refusal, now: float
    ) -> None:
        """Answer a REGISTER that the registrar does not carry out, in place of the 2xx."""
        if refusal.cause:
            self._records.over_limit(refusal.cause)
        if transaction.log is not None:
            phrase = (refusal.reason or b"").decode("utf-8", "replace")
            said = f"{refusal.status} {phrase}".rstrip()
            transaction.log.note(now, f"the registrar refuses it: {said} (RFC 3261 10.3)")
        self.refuse(transaction, request, refusal, now)

    def _refresh(
        self, transaction: ServerTransaction, request: Message, dialog: Dialog, now: float
    ) -> None:
        """Answer a re-INVITE or UPDATE; a refused one leaves the session as it was (14.1)."""
        body: bytes | Refusal = b""
        if request.method == b"INVITE" or offered(request) is not None:
            transaction.dialog = dialog
            body = self.describe(transaction, request, _REFRESHED, now)
        if type(body) is Refusal:
            self._endpoint.refuse(transaction, request, body, now)
            return
        assert type(body) is bytes
        if body:
            dialog.description = body
        if request.method in REFRESHES:
            dialog.refresh_target(request)
        user = self._records.rules.dialled(request).user
        data = self._endpoint.responses.build(
            transaction, request, 200, now, kind=SDP, body=body, user=user
        )
        self._endpoint.respond(transaction, request, 200, data, now)

    def _holds(self, call: Call, step: Respond, fault: object, now: float) -> bool:
        """Whether a fault holds the response of a step back until the CANCEL."""
        transaction, record = call.transaction, call.transaction.log

        def answer(at: float) -> None:
            self.send(transaction, call.request, step, call.user, call.rule, at)

        return (
            isinstance(fault, Bundle)
            and isinstance(record, Record)
            and self.faults.holds(transaction, fault, answer, record, now)
        )

    def _answered(
        self, transaction: ServerTransaction, record: Log | None, status: int, now: float
    ) -> None:
        """Enter a response into the record, which the transaction may have let go, and the counts.

        A transaction other than INVITE ends with its answer on a reliable transport (17.2.2).
        """
        if transaction.invite and status > 100:
            # From here on the call's dialog, an early one too, stands for it.
            self.uncount(transaction)
            if status >= 200:
                transaction.user = None
        if type(record) is not Record or record.status:
            return
        if status not in record.statuses:
            record.statuses.append(status)
        if status >= 200:
            record.status = status
            record.answered = now
            if not transaction.invite:
                record.ended = now
                self._records.show(record, now)
            elif status >= 300:
                self.engine.situation.calls.end(record)

    def _media_stopped(self, key: Key, now: float) -> None:
        """End a call whose other side has sent no media for too long."""
        dialog = self._endpoint.dialogs.get(key)
        if dialog is not None:
            if dialog.log is not None:
                dialog.log.note(now, "no media came for too long: BYE")
            dialog.hang_up(now)


def _describes(step: Respond) -> bool:
    """Whether a response to an INVITE carries a session description."""
    if step.status < 200:
        return step.status > 100 and (step.sdp is not None or step.media is not None)
    return step.status < 300


def _longest(step: Respond) -> int | None:
    """Return the seconds that the Expires of a step grants a REGISTER, if it has one."""
    for name, value in step.headers:
        if name.lower() == b"expires" and value.isdigit() and len(value) <= 10:
            return int(value)
    return None
