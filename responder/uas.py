"""The answering side above the transactions: what each request gets, and its record. Pure.

It is the transaction user of the endpoint (RFC 3261 section 8.2) and the actor of the engine. This
file is on the hot path.
"""

from typing import Final

from responder.calls import Calls
from responder.faults.bundle import Bundle
from responder.faults.desk import Desk
from responder.faults.fault import Chance
from responder.journal.journal import Journal, Stray
from responder.journal.record import Record
from responder.media.session_body import SDP, offered
from responder.scenario.conversation import Conversation, Event
from responder.scenario.engine import ANSWERS, ANSWERS_INVITE, REGISTERS, Call, Engine
from responder.scenario.in_dialog import response_to
from responder.scenario.redirection import LOOP, leads_back
from responder.scenario.rules import UNMATCHED, Found, Rule, Rules, overrules
from responder.scenario.steps import Filling, Program, Respond
from responder.scenario.view import View
from responder.sessions import NO_PORT, Audio, Key, Sessions
from responder.sip.call_time import CallTime
from responder.sip.dialog import BYE, ENDED, REFRESHES, Dialog
from responder.sip.endpoint import Endpoint
from responder.sip.events import Flow, Trace
from responder.sip.gate import admit
from responder.sip.message import Message, parse
from responder.sip.registrar import Bound, Registrar
from responder.sip.server_transaction import PROCEEDING, Log, ServerTransaction
from responder.sip.settings import Settings, Tokens
from responder.sip.timers import Timers
from responder.sip.validation import Refusal

_NEEDS_DIALOG: Final = frozenset({b"BYE", b"INFO", b"PRACK", b"UPDATE", b"NOTIFY"})
_OVERRULED: Final = frozenset({420, 481, 501})
_NOTHING: Final = Found(b"", None, None)
_RELIABLE: Final = (b"100rel",)
_KEPT_OF_STRAY: Final = 2_048
_WITH_OFFER: Final = REFRESHES | {b"PRACK"}
_REFRESHED: Final = Respond(200)


class Uas:
    """Answers requests by rules, and records what happened.

    Attributes:
        journal: where calls are recorded.
        rules: what answers which request.
        endpoint: transactions and dialogs.
        engine: the calls that programs answer.
        sessions: the session descriptions.
        faults: what goes wrong on purpose.
        registrar: the bindings.
        traces: whether a finished call is also an output, for a console to show.
        pending: how many INVITEs wait for their answer.
        closing: set once every new request is to be refused.
    """

    def __init__(
        self,
        settings: Settings,
        tokens: Tokens,
        timers: Timers,
        rules: Rules,
        journal: Journal,
        audio: Audio,
        chance: Chance,
    ) -> None:
        self._limits = settings.limits
        self._epoch = settings.epoch
        self.journal = journal
        self.rules = rules
        self.endpoint = Endpoint(self, settings, tokens, timers)
        self.sessions = Sessions(
            settings, self.endpoint.responses.host, tokens, timers, audio, self._media_stopped
        )
        calls = Calls(self, self.endpoint, self.sessions, tokens)
        self.engine = Engine(self, timers, chance, calls.begin)
        self.adopt(rules)
        self.faults = Desk(self.endpoint, chance)
        self._call_time = CallTime(timers, settings.limits.call_time, self._stood_too_long)
        self.registrar = Registrar(settings.registering, timers, settings.limits.retry_after)
        self._protected = not settings.authentication.users.everyone
        self.traces = True
        self.pending = 0
        self.closing = False

    def adopt(self, rules: Rules) -> None:
        """Answer by other rules from now on; counts go on, and states that are still there."""
        self.rules = rules
        self.engine.situation.adopt(rules.states)

    def close(self, now: float) -> None:
        """Give every call in progress its end: a 503 where none was answered, BYE where one was."""
        self.closing = True
        self.faults.release(now)
        for transaction in list(self.endpoint.transactions.values()):
            call = transaction.user
            if isinstance(call, Call) and not call.over and not transaction.quiet:
                call.conclude(now)
                if call.transaction is transaction and transaction.status < 200:
                    self._refuse(transaction, call.request, self.endpoint.overload(), now)
        for dialog in list(self.endpoint.dialogs.values()):
            if isinstance(dialog.user, Call):
                dialog.user.conclude(now)
            dialog.hang_up(now)

    # responder.sip.transaction_user.TransactionUser

    def requested(
        self,
        transaction: ServerTransaction,
        request: Message,
        dialog: Dialog | None,
        refusal: Refusal | None,
        now: float,
    ) -> None:
        """Take a new request: open its record, find what answers it, begin."""
        if dialog is not None:
            self._in_dialog(transaction, request, dialog, refusal, now)
            return
        found = _NOTHING
        if refusal is None or refusal.status in _OVERRULED:
            # Rules remember what they looked up: nothing that is over a limit gets there.
            found = self.rules.find(request, transaction.flow, now, self._barred)
        user, program, rule = found
        record = self._open_record(transaction, request, user, now)
        transaction.log = record
        record.received(now, request.data, False, transaction.flow)
        if refusal is not None:
            reliable = program is not None and program.reliable and refusal.unsupported == _RELIABLE
            if not reliable and not overrules(found, refusal.status, request.method):
                self._refuse(transaction, request, refusal, now)
                return
        elif self.closing:
            self._refuse(transaction, request, self.endpoint.overload(), now)
            return
        elif transaction.invite and self._too_many_calls():
            self.over_limit("calls")
            self._refuse(transaction, request, self.endpoint.overload(), now)
            return
        if program is None:
            if request.method in _NEEDS_DIALOG:
                self._refuse(transaction, request, Refusal(481), now)
                return
            program = self.rules.unmatched
            if program is not None:
                record.unmatched = True
                record.note(now, UNMATCHED)
            elif self._protected and request.method == b"REGISTER":
                program = REGISTERS
            else:
                program = ANSWERS_INVITE if transaction.invite else ANSWERS
        challenge = program.challenge or self.engine.asked(request, transaction.flow, program, user)
        if challenge is not None:
            record.rule = program.name
            if not self._admitted(transaction, request, program, challenge, user, now):
                return
        call = self.engine.start(transaction, request, program, user)
        transaction.user = call
        invite = transaction.invite
        count = len(program.attempts)
        record.rule = program.name if count == 1 else f"{program.name} {call.attempt + 1}/{count}"
        if invite:
            self.pending += 1
            call.counted = True
        if self.rules.attentive and rule is not None:
            self.engine.situation.taken(rule.scenario, invite, now)
            if invite:
                self.engine.situation.calls.start(record, rule.scenario, program.name)
        call.run(now)
        if not call.over and not transaction.status and (program.trying or not invite):
            transaction.await_answer(now)

    def cancelled(self, transaction: ServerTransaction, cancel: Message, now: float) -> None:
        """Answer a cancelled INVITE with 487 (RFC 3261 9.2), or with what was held back for it."""
        if self.faults.cancelled(transaction, now):
            return
        call = transaction.user
        if isinstance(call, Call) and call.transaction is transaction:
            if isinstance(call, Conversation) and call.cancelled(cancel, now):
                return
            call.conclude(now)
        self.terminate(transaction, now)

    def terminate(self, transaction: ServerTransaction, now: float) -> None:
        """Answer an INVITE with 487, unless it has a final status."""
        pending = transaction.state == PROCEEDING and not transaction.quiet
        if pending and transaction.request is not None:
            self._respond(transaction, transaction.request, Respond(487), b"", b"", now)

    def acknowledged(self, dialog: Dialog, ack: Message, now: float) -> None:
        """Take note that the ACK of a 2xx came: the call stands, unless BYE followed at once."""
        if dialog.state != ENDED:
            self._call_time.established(dialog, now)
            self.sessions.acknowledged(dialog, ack, now)
        if isinstance(dialog.user, Conversation):
            dialog.user.acknowledged(ack, now)
        if type(dialog.log) is Record:
            self._show(dialog.log, now)

    def unacknowledged(self, dialog: Dialog, now: float) -> None:
        """Take note that no ACK for a 2xx came."""
        if dialog.log is not None:
            dialog.log.note(now, "no ACK for the 2xx within 64*T1: BYE (RFC 3261 13.3.1.4)")
        if type(dialog.log) is Record:
            self._show(dialog.log, now)

    def transaction_ended(
        self, transaction: ServerTransaction, acknowledged: bool, now: float
    ) -> None:
        """Take note that a transaction is over."""
        record = transaction.log
        if transaction.status < 200:
            self._uncount(transaction)
            self.engine.situation.calls.end(record)
            if type(record) is Record and not record.shown:
                record.ended = now
                self._show(record, now)
        elif type(record) is Record and not acknowledged:
            record.note(now, "no ACK for the final response within 64*T1 (RFC 3261 17.2.1)")
            self._show(record, now)
        if isinstance(transaction.user, Conversation) and not acknowledged:
            transaction.user.unacknowledged(now)

    def failure_acknowledged(self, transaction: ServerTransaction, ack: bytes, now: float) -> None:
        """Take note that the ACK of a 300-699 came."""
        call = transaction.user
        if isinstance(call, Conversation) and call.transaction is transaction:
            call.acknowledged(parse(ack), now)
        if type(transaction.log) is Record:
            self._show(transaction.log, now)

    def dialog_ended(self, dialog: Dialog, now: float) -> None:
        """Take note that a dialog is over."""
        self._call_time.ended(dialog)
        self.sessions.ended(dialog, now)
        if isinstance(dialog.user, Conversation):
            dialog.user.ended(dialog, now)
        record = dialog.log
        if type(record) is Record and 200 <= record.status < 300:
            record.ended = now
            self.engine.situation.calls.end(record)
            # The caller may hang up before it acknowledges (RFC 3261 15).
            self._show(record, now)
            if self.traces:
                self.endpoint.outputs.append(Trace("ended", record=record))

    def stray(self, flow: Flow, data: bytes, why: str, status: int, now: float) -> None:
        """Keep bytes that belong to nothing."""
        source = flow.sent_by.decode("ascii", "replace")
        stray = Stray(now, flow.transport, source, why, status, data[:_KEPT_OF_STRAY])
        self.journal.stray(stray)
        if self.traces:
            self.endpoint.outputs.append(Trace("stray", stray=stray))

    def over_limit(self, what: str) -> None:
        """Count what was refused because of a limit."""
        self.journal.counts[f"over the limit: {what}"] += 1

    # responder.scenario.engine.Actor

    def respond(self, call: Call, step: Respond, now: float) -> None:
        """Send the response of a step; a 2xx to an INVITE gets its session description."""
        if step.filling is not None:
            step = self.filled(call, step, step.filling, call.request, now)
        if step.fault is not None and self._holds(call, step, step.fault, now):
            return
        self._respond(call.transaction, call.request, step, call.user, call.rule, now)

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

    def _holds(self, call: Call, step: Respond, fault: object, now: float) -> bool:
        """Whether a fault holds the response of a step back until the CANCEL."""
        transaction, record = call.transaction, call.transaction.log

        def answer(at: float) -> None:
            self._respond(transaction, call.request, step, call.user, call.rule, at)

        return (
            isinstance(fault, Bundle)
            and isinstance(record, Record)
            and self.faults.holds(transaction, fault, answer, record, now)
        )

    def skipped(self, call: Call, why: str, now: float) -> None:
        """Note that a step was not carried out."""
        self.noted(call, why, now)

    def noted(self, call: Call, text: str, now: float) -> None:
        """Note what a step did."""
        if call.transaction.log is not None:
            call.transaction.log.note(now, text)

    # Answers.

    def _admitted(
        self,
        transaction: ServerTransaction,
        request: Message,
        program: Program,
        challenge: Respond,
        user: bytes,
        now: float,
    ) -> bool:
        """Let a request pass whose credentials fit; challenge or refuse it if not."""
        demanded = program.challenge is not None
        authenticator = self.endpoint.responses.authenticator
        found = admit(authenticator, request, challenge.status, challenge.terms, demanded, now)
        if transaction.log is not None:
            transaction.log.note(now, found.why)
        if found.passes:
            return True
        rule = program.name.encode()
        if found.refusal is not None:
            self._refuse(transaction, request, found.refusal, now)
        else:
            self._respond(transaction, request, challenge, user, rule, now, found.stale)
        return False

    def _respond(
        self,
        transaction: ServerTransaction,
        request: Message,
        step: Respond,
        user: bytes,
        rule: bytes,
        now: float,
        stale: bool = False,
    ) -> None:
        status = step.status
        body, kind = b"", SDP
        fields = step.headers
        bindings: bytes | None = None
        call = transaction.user
        inside = isinstance(call, Call) and call.transaction is not transaction
        if transaction.status == 199 and 100 < status < 300 and status != 199:
            # What follows the end of an early dialog belongs to another one (RFC 6228).
            self.endpoint.fork(transaction)
        if step.body is not None:
            body, kind = step.body, step.kind
        elif status == 200 and request.method == b"OPTIONS":
            body = self.sessions.capabilities(request, transaction.flow)
        elif transaction.invite and _describes(step):
            made = self.describe(transaction, request, step, now)
            if type(made) is Refusal:
                self._refuse(transaction, request, made, now)
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
        data = self.endpoint.responses.build(
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
        self.endpoint.respond(transaction, request, status, data, now)
        if body and kind == SDP and transaction.dialog is not None:
            transaction.dialog.description = body
            if type(transaction.dialog.user) is Call:
                transaction.dialog.user = None
        if not inside:
            self._answered(transaction, record, status, now)

    def respond_inside(self, call: Conversation, event: Event, step: Respond, now: float) -> None:
        """Answer a request inside a call as a step says; the dialog is not touched."""
        transaction = event.transaction
        assert transaction is not None
        transaction.user = call
        self._respond(transaction, event.message, step, call.user, call.rule, now)

    def describe(
        self, transaction: ServerTransaction, request: Message, step: Respond, now: float
    ) -> bytes | Refusal:
        """Return the session description of a response, or how the offer is refused."""
        made = self.sessions.describe(transaction, request, step, now)
        if type(made) is Refusal and made.cause == NO_PORT:
            self.over_limit(NO_PORT)
        return made

    def _media_stopped(self, key: Key, now: float) -> None:
        """End a call whose other side has sent no media for too long."""
        dialog = self.endpoint.dialogs.get(key)
        if dialog is not None:
            if dialog.log is not None:
                dialog.log.note(now, "no media came for too long: BYE")
            dialog.hang_up(now)

    def _refuse_binding(
        self, transaction: ServerTransaction, request: Message, refusal: Refusal, now: float
    ) -> None:
        """Answer a REGISTER that the registrar does not carry out, in place of the 2xx."""
        if refusal.cause:
            self.over_limit(refusal.cause)
        if transaction.log is not None:
            phrase = (refusal.reason or b"").decode("utf-8", "replace")
            said = f"{refusal.status} {phrase}".rstrip()
            transaction.log.note(now, f"the registrar refuses it: {said} (RFC 3261 10.3)")
        self._refuse(transaction, request, refusal, now)

    def _refuse(
        self, transaction: ServerTransaction, request: Message, refusal: Refusal, now: float
    ) -> None:
        record = transaction.log
        self.endpoint.refuse(transaction, request, refusal, now)
        self._answered(transaction, record, refusal.status, now)

    def _answered(
        self, transaction: ServerTransaction, record: Log | None, status: int, now: float
    ) -> None:
        """Enter a response into the record, which the transaction may have let go, and the counts.

        A transaction other than INVITE ends with its answer on a reliable transport (17.2.2).
        """
        if transaction.invite and status > 100:
            # From here on the call's dialog, an early one too, stands for it.
            self._uncount(transaction)
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
                self._show(record, now)
            elif status >= 300:
                self.engine.situation.calls.end(record)

    def _uncount(self, transaction: ServerTransaction) -> None:
        call = transaction.user
        if isinstance(call, Call) and call.counted:
            call.counted = False
            self.pending -= 1

    def _in_dialog(
        self,
        transaction: ServerTransaction,
        request: Message,
        dialog: Dialog,
        refusal: Refusal | None,
        now: float,
    ) -> None:
        if refusal is not None:
            self.endpoint.refuse(transaction, request, refusal, now)
            return
        acknowledges = request.method == b"PRACK" and dialog.acknowledges(request)
        call = dialog.user
        if not isinstance(call, Conversation) or not call.takes(transaction, request, now):
            self.answer_inside(transaction, request, dialog, now)
        if acknowledges and isinstance(call, Conversation):
            call.unblock(now)

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
        self.endpoint.refuse(transaction, request, refusal, now)
        if method == b"BYE" and refusal.status == 200 and dialog.state != ENDED:
            call = dialog.user
            if type(call) is Call:
                call.stop()
            if dialog.invite is not None:
                # BYE leaves nothing of its dialog unanswered (RFC 3261 15.1.2).
                self.terminate(dialog.invite, now)
            if dialog.state != ENDED:
                dialog.end(BYE, now)

    def _refresh(
        self, transaction: ServerTransaction, request: Message, dialog: Dialog, now: float
    ) -> None:
        """Answer a re-INVITE or UPDATE; a refused one leaves the session as it was (14.1)."""
        body: bytes | Refusal = b""
        if request.method == b"INVITE" or offered(request) is not None:
            transaction.dialog = dialog
            body = self.describe(transaction, request, _REFRESHED, now)
        if type(body) is Refusal:
            self.endpoint.refuse(transaction, request, body, now)
            return
        assert type(body) is bytes
        if body:
            dialog.description = body
        if request.method in REFRESHES:
            dialog.refresh_target(request)
        user = self.rules.dialled(request).user
        data = self.endpoint.responses.build(
            transaction, request, 200, now, kind=SDP, body=body, user=user
        )
        self.endpoint.respond(transaction, request, 200, data, now)

    def _stood_too_long(self, dialog: Dialog, now: float) -> None:
        self.over_limit("call time")
        if dialog.log is not None:
            dialog.log.note(now, "the call has stood for as long as it may: BYE")
        dialog.hang_up(now)

    # The record.

    def _open_record(
        self, transaction: ServerTransaction, request: Message, user: bytes, now: float
    ) -> Record:
        record = self.journal.open(request.method.decode("utf-8", "replace"), now)
        flow = transaction.flow
        record.transport = flow.transport
        record.flow = flow
        record.request = request
        record.user = user
        return record

    def _show(self, record: Record, now: float) -> None:
        """Output a finished call once."""
        if not record.shown:
            record.shown = True
            if record.ended is None and record.status >= 300:
                record.ended = now
            if self.traces:
                facts = {"rules": self.rules} if record.unmatched else {}
                self.endpoint.outputs.append(Trace("call", record=record, **facts))

    def _barred(self, rule: Rule, view: View, now: float) -> bool:
        engine = self.engine
        if rule.when and not engine.situation.allows(rule.when, view, now):
            return True
        return engine.attempts.spent(rule.program, view)

    def _too_many_calls(self) -> bool:
        return self.pending + len(self.endpoint.dialogs) >= self._limits.calls


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
