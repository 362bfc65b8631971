"""The answering side above the transactions: what answers each request, and its record. Pure.

It is the transaction user of the endpoint (RFC 3261 section 8.2). This file is on the hot path.
"""

from typing import Final

from responder.answers import Answers
from responder.faults.fault import Chance
from responder.journal.journal import Journal
from responder.journal.record import Record
from responder.records import Records
from responder.scenario.conversation import Conversation
from responder.scenario.engine import ANSWERS, ANSWERS_INVITE, REGISTERS, Call
from responder.scenario.rules import UNMATCHED, Found, Rule, Rules, overrules
from responder.scenario.steps import Program, Respond
from responder.scenario.view import View
from responder.sessions import Audio
from responder.sip.call_time import CallTime
from responder.sip.dialog import ENDED, Dialog
from responder.sip.endpoint import Endpoint
from responder.sip.events import Flow
from responder.sip.gate import admit
from responder.sip.message import Message, parse
from responder.sip.server_transaction import ServerTransaction
from responder.sip.settings import Settings, Tokens
from responder.sip.timers import Timers
from responder.sip.transaction_user import TransactionUser
from responder.sip.validation import Refusal

_NEEDS_DIALOG: Final = frozenset({b"BYE", b"INFO", b"PRACK", b"UPDATE", b"NOTIFY"})
_OVERRULED: Final = frozenset({420, 481, 501})
_NOTHING: Final = Found(b"", None, None)
_RELIABLE: Final = (b"100rel",)


class Uas(TransactionUser):
    """Answers requests by rules, and records what happened.

    Attributes:
        rules: what answers which request.
        endpoint: transactions and dialogs.
        records: where calls are recorded.
        answers: what answers a request that may be answered.
        engine: the calls that programs answer.
        sessions: the session descriptions.
        faults: what goes wrong on purpose.
        registrar: the bindings.
        acknowledgements: how many ACKs came, ever; copies and those of nothing do not count.
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
        self.endpoint = Endpoint(self, settings, tokens, timers)
        self.records = Records(journal, self.endpoint, rules)
        self.answers = Answers(settings, self.endpoint, self.records, tokens, timers, audio, chance)
        self.engine = self.answers.engine
        self.sessions = self.answers.sessions
        self.faults = self.answers.faults
        self.registrar = self.answers.registrar
        self.rules = rules
        self.adopt(rules)
        self._call_time = CallTime(timers, settings.limits.call_time, self._stood_too_long)
        self._protected = not settings.authentication.users.everyone
        self.acknowledgements = 0
        self.closing = False

    def adopt(self, rules: Rules) -> None:
        """Answer by other rules from now on; counts go on, and states that are still there."""
        self.rules = self.records.rules = rules
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
                    self.answers.refuse(transaction, call.request, self.endpoint.overload(), now)
        for dialog in list(self.endpoint.dialogs.values()):
            if isinstance(dialog.user, Call):
                dialog.user.conclude(now)
            dialog.hang_up(now)

    # What the endpoint tells (TransactionUser).

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
        user, program, rule = found.user, found.program, found.rule
        record = self.records.open(transaction, request, user, now)
        transaction.log = record
        record.received(now, request.data, False, transaction.flow)
        if refusal is not None:
            reliable = program is not None and program.reliable and refusal.unsupported == _RELIABLE
            if not reliable and not overrules(found, refusal.status, request.method):
                self.answers.refuse(transaction, request, refusal, now)
                return
        elif self.closing:
            self.answers.refuse(transaction, request, self.endpoint.overload(), now)
            return
        elif transaction.invite and self._too_many_calls():
            self.over_limit("calls")
            self.answers.refuse(transaction, request, self.endpoint.overload(), now)
            return
        if program is None:
            if request.method in _NEEDS_DIALOG:
                self.answers.refuse(transaction, request, Refusal(481), now)
                return
            self.records.unmatched(request.method)
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
            self.answers.pending += 1
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
        self.answers.terminate(transaction, now)

    def acknowledged(self, dialog: Dialog, ack: Message, now: float) -> None:
        """Take note that the ACK of a 2xx came: the call stands, unless BYE followed at once."""
        if dialog.state != ENDED:
            self._call_time.established(dialog, now)
            self.sessions.acknowledged(dialog, ack, now)
        self.acknowledgements += 1
        if isinstance(dialog.user, Conversation):
            dialog.user.acknowledged(ack, now)
        if type(dialog.log) is Record:
            self.records.show(dialog.log, now)

    def unacknowledged(self, dialog: Dialog, now: float) -> None:
        """Take note that no ACK for a 2xx came."""
        if dialog.log is not None:
            dialog.log.note(now, "no ACK for the 2xx within 64*T1: BYE (RFC 3261 13.3.1.4)")
        if type(dialog.log) is Record:
            self.records.show(dialog.log, now)

    def transaction_ended(
        self, transaction: ServerTransaction, acknowledged: bool, now: float
    ) -> None:
        """Take note that a transaction is over."""
        record = transaction.log
        if transaction.status < 200:
            self.answers.uncount(transaction)
            self.engine.situation.calls.end(record)
            if type(record) is Record and not record.shown:
                record.ended = now
                self.records.show(record, now)
        elif type(record) is Record and not acknowledged:
            record.note(now, "no ACK for the final response within 64*T1 (RFC 3261 17.2.1)")
            self.records.show(record, now)
        if isinstance(transaction.user, Conversation) and not acknowledged:
            transaction.user.unacknowledged(now)

    def failure_acknowledged(self, transaction: ServerTransaction, ack: bytes, now: float) -> None:
        """Take note that the ACK of a 300-699 came."""
        self.acknowledgements += 1
        call = transaction.user
        if isinstance(call, Conversation) and call.transaction is transaction:
            call.acknowledged(parse(ack), now)
        if type(transaction.log) is Record:
            self.records.show(transaction.log, now)

    def dialog_ended(self, dialog: Dialog, now: float) -> None:
        """Take note that a dialog is over."""
        self._call_time.ended(dialog)
        self.sessions.ended(dialog, now)
        if isinstance(dialog.user, Conversation):
            dialog.user.ended(dialog, now)
        record = dialog.log
        if type(record) is Record and 200 <= record.status < 300:
            self.engine.situation.calls.end(record)
            self.records.ended(record, now)

    def stray(self, flow: Flow, data: bytes, why: str, status: int, now: float) -> None:
        """Keep bytes that belong to nothing."""
        self.records.stray(flow, data, why, status, now)

    def over_limit(self, what: str) -> None:
        """Count what was refused because of a limit."""
        self.records.over_limit(what)

    # What a request meets before it is answered.

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
            self.answers.refuse(transaction, request, found.refusal, now)
        else:
            self.answers.send(transaction, request, challenge, user, rule, now, found.stale)
        return False

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
            self.answers.answer_inside(transaction, request, dialog, now)
        if acknowledges and isinstance(call, Conversation):
            call.unblock(now)

    def _stood_too_long(self, dialog: Dialog, now: float) -> None:
        self.over_limit("call time")
        if dialog.log is not None:
            dialog.log.note(now, "the call has stood for as long as it may: BYE")
        dialog.hang_up(now)

    def _barred(self, rule: Rule, view: View, now: float) -> bool:
        engine = self.engine
        if rule.when and not engine.situation.allows(rule.when, view, now):
            return True
        return engine.attempts.spent(rule.program, view)

    def _too_many_calls(self) -> bool:
        return self.answers.pending + len(self.endpoint.dialogs) >= self._limits.calls
