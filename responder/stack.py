"""The one thing that the shells drive: endpoint, engine and journal composed. Pure.

It implements `responder.sip.events.Core`. This file is on the hot path.
"""

from collections.abc import Sequence
from typing import Final

from responder.journal.journal import Journal, Stray
from responder.journal.record import Record
from responder.media.negotiation import LocalMedia, Refused
from responder.media.session_body import SDP, capabilities_body, offered, session_body
from responder.scenario.engine import ANSWERS, ANSWERS_INVITE, Call, Engine
from responder.scenario.in_dialog import response_to
from responder.scenario.rules import Rules, redirects
from responder.scenario.steps import Respond
from responder.sip.client_transaction import ACCEPTED
from responder.sip.dialog import BYE, ENDED, Dialog
from responder.sip.endpoint import Endpoint
from responder.sip.errors import Malformed
from responder.sip.events import Address, CloseFlow, Flow, Output, Send, Trace
from responder.sip.framing import Broken, Ping, StreamFramer, Whole
from responder.sip.headers.content import parse_accept
from responder.sip.message import Message, parse
from responder.sip.server_transaction import PROCEEDING, Log, ServerTransaction
from responder.sip.settings import Settings, Tokens
from responder.sip.stun import binding_response, is_stun
from responder.sip.timers import Timers
from responder.sip.validation import Refusal, refuse

DISCARD_PORT: Final = 9
"""Where media is to be sent while nothing here takes it: the discard port (RFC 863)."""

_NEEDS_DIALOG: Final = frozenset({b"BYE", b"INFO", b"PRACK", b"UPDATE", b"NOTIFY"})
_OVERRULED: Final = frozenset({420, 501})
_KEPT_OF_STRAY: Final = 2_048


class Stack:
    """Answers requests by rules, and records what happened.

    Args:
        settings: timers, limits, and what this endpoint calls itself.
        tokens: a source of fresh tokens for tags, branches and nonces.
        rules: what answers which request; by default only what is dialled.
        journal: where calls are recorded.

    Attributes:
        traces: whether a finished call is also an output, for a console to show.
        flows: the open stream flows.
    """

    def __init__(
        self,
        settings: Settings,
        tokens: Tokens,
        rules: Rules | None = None,
        journal: Journal | None = None,
    ) -> None:
        self.settings = settings
        self.timers = Timers()
        self.journal = journal if journal is not None else Journal()
        self.rules = rules if rules is not None else Rules()
        self.endpoint = Endpoint(self, settings, tokens, self.timers)
        self.engine = Engine(self, self.timers)
        self.traces = True
        self.flows: set[Flow] = set()
        self.pending = 0
        self.closing = False
        self._refused_sources: set[str] = set()
        self._session = 0

    # responder.sip.events.Core

    def receive(self, flow: Flow, data: bytes, now: float) -> None:
        """Take one datagram, or the next bytes of a stream in whatever pieces they came."""
        if flow.reliable:
            self._stream(flow, data, now)
        elif data and data[0] > 0x20:
            self._message(flow, data, now)
        else:
            self._odd_datagram(flow, data, now)

    def flow_opened(self, flow: Flow, now: float) -> None:
        """Take note of a stream flow that is open."""
        stream = flow.framer
        if type(stream) is not _Stream:
            stream = flow.framer = _Stream(self, flow)
        self.endpoint.reconnections.opened(flow)
        self.flows.add(flow)
        if len(self.flows) > self.settings.limits.connections:
            flow.refusing = True
            self.over_limit("connections")
            # A connection over the limit is not kept for a request that may never come.
            self.timers.arm(stream, now + self.settings.limits.stalled)

    def flow_closed(self, flow: Flow, now: float) -> None:
        """Take note that a stream flow is gone."""
        flow.closed = True
        self.flows.discard(flow)
        self.endpoint.reconnections.closed(flow)
        stream = flow.framer
        if type(stream) is _Stream:
            self.timers.disarm(stream)

    def flow_failed(self, flow: Flow, address: Address, reason: str, now: float) -> None:
        """Take note that bytes to ``address`` did not arrive."""
        self.journal.counts["undeliverable"] += 1
        self.endpoint.flow_failed(flow, address, reason, now)

    def source_refused(self, transport: str, address: Address, now: float) -> None:
        """Count what came from a source that is not allowed; say so once a source."""
        self.journal.counts["refused sources"] += 1
        host = address[0]
        if host not in self._refused_sources and len(self._refused_sources) < 10_000:
            self._refused_sources.add(host)
            self.endpoint.outputs.append(Trace("source-refused", transport=transport, source=host))

    def expire(self, now: float) -> None:
        """Act on every deadline that is not after ``now``."""
        self.timers.expire(now)

    def next_deadline(self) -> float | None:
        """Return when `expire` wants to be called next; None while nothing waits."""
        return self.timers.next_deadline()

    def take_outputs(self) -> Sequence[Output]:
        """Return what is to be done, in order, and forget it."""
        outputs = self.endpoint.outputs
        if outputs:
            self.endpoint.outputs = []
        return outputs

    # What a shell may ask for.

    def shut_down(self, now: float) -> None:
        """Give every call in progress its end: a 503 where none was answered, BYE where one was."""
        self.closing = True
        for transaction in list(self.endpoint.transactions.values()):
            call = transaction.user
            if type(call) is Call and not call.over and not transaction.quiet:
                call.stop()
                self._refuse(transaction, call.request, self.endpoint.overload(), now)
        for dialog in list(self.endpoint.dialogs.values()):
            dialog.hang_up(now)

    def idle(self) -> bool:
        """Whether nothing of ours is under way any more after `shut_down`."""
        return not any(
            client.state < ACCEPTED for client in self.endpoint.clients.values()
        ) and not any(dialog.bye_due for dialog in self.endpoint.dialogs.values())

    # Bytes to messages.

    def _message(self, flow: Flow, data: bytes, now: float) -> None:
        if data[:4] == b"ACK " and self.endpoint.quick_ack(flow, data, now):
            return
        message = parse(data)
        if message.status:
            self.endpoint.response(flow, message, now)
        elif message.fault is not None and b"via" not in message.fields:
            self.stray(flow, data, message.fault[1], 0, now)
        elif flow.refusing:
            self.endpoint.refuse_stateless(flow, message, self.endpoint.overload(), now)
            self.endpoint.outputs.append(CloseFlow(flow))
        else:
            self.endpoint.request(flow, message, now)

    def _odd_datagram(self, flow: Flow, data: bytes, now: float) -> None:
        if is_stun(data):
            response = binding_response(data, flow.remote)
            if response is not None:
                self.endpoint.outputs.append(Send(flow, response))
            self.journal.counts["STUN requests"] += 1
            return
        rest = data.lstrip(b"\r\n\0 \t")
        if rest:
            self._message(flow, rest, now)
        else:
            self.journal.counts["keep-alive datagrams"] += 1

    def _stream(self, flow: Flow, data: bytes, now: float) -> None:
        stream = flow.framer
        if type(stream) is not _Stream:
            self.flow_opened(flow, now)
            stream = flow.framer
            assert type(stream) is _Stream
        frames = stream.framer.feed(data)
        for frame in frames:
            if type(frame) is Whole:
                self._message(flow, frame.data, now)
            elif type(frame) is Ping:
                self.endpoint.outputs.append(Send(flow, b"\r\n"))
            elif type(frame) is Broken:
                self._broken(flow, frame, now)
        if flow.refusing:
            return
        if not stream.framer.pending:
            self.timers.disarm(stream)
        elif frames or stream.deadline is None:
            self.timers.arm(stream, now + self.settings.limits.stalled)

    def _broken(self, flow: Flow, frame: Broken, now: float) -> None:
        if frame.status == 513:
            self.over_limit("head" if frame.close else "message")
        message = parse(frame.data)
        if message.status or b"via" not in message.fields:
            self.stray(flow, frame.data, frame.reason, 0, now)
        else:
            refusal = refuse(frame.status, frame.reason)
            self.endpoint.refuse_stateless(flow, message, refusal, now)
        if frame.close:
            self.endpoint.outputs.append(CloseFlow(flow))

    # responder.sip.endpoint.TransactionUser

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
        user, program = b"", None
        if refusal is None or refusal.status in _OVERRULED:
            # Rules remember what they looked up: nothing that is over a limit gets there.
            user, program = self.rules.find(request)
        record = self._open_record(transaction, request, user, now)
        transaction.log = record
        record.received(now, request.data, False)
        if refusal is not None:
            if refusal.status not in _OVERRULED or not redirects(program):
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
            program = ANSWERS_INVITE if transaction.invite else ANSWERS
        call = self.engine.start(transaction, request, program, user)
        transaction.user = call
        invite = transaction.invite
        count = len(program.attempts)
        record.rule = program.name if count == 1 else f"{program.name} {call.attempt + 1}/{count}"
        if invite:
            self.pending += 1
            call.counted = True
        call.run(now)
        if not call.over and transaction.last is None and (program.trying or not invite):
            transaction.await_answer(now)

    def cancelled(self, transaction: ServerTransaction, now: float) -> None:
        """Answer a cancelled INVITE with 487 (RFC 3261 9.2)."""
        call = transaction.user
        if type(call) is Call:
            call.stop()
        self._terminate(transaction, now)

    def _terminate(self, transaction: ServerTransaction, now: float) -> None:
        pending = transaction.state == PROCEEDING and not transaction.quiet
        if pending and transaction.request is not None:
            self._respond(transaction, transaction.request, Respond(487), b"", b"", now)

    def acknowledged(self, dialog: Dialog, now: float) -> None:
        """Take note that the ACK of a 2xx came: the call stands."""
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
            if type(record) is Record and not record.shown:
                record.ended = now
                self._show(record, now)
        elif type(record) is Record and not acknowledged:
            record.note(now, "no ACK for the final response within 64*T1 (RFC 3261 17.2.1)")
            self._show(record, now)

    def failure_acknowledged(self, transaction: ServerTransaction, now: float) -> None:
        """Take note that the ACK of a 300-699 came."""
        if type(transaction.log) is Record:
            self._show(transaction.log, now)

    def dialog_ended(self, dialog: Dialog, now: float) -> None:
        """Take note that a dialog is over."""
        record = dialog.log
        if type(record) is Record and 200 <= record.status < 300:
            record.ended = now
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
        self._respond(call.transaction, call.request, step, call.user, call.rule, now)

    def skipped(self, call: Call, why: str, now: float) -> None:
        """Note that a step was not carried out."""
        if call.transaction.log is not None:
            call.transaction.log.note(now, why)

    # Answers.

    def _respond(
        self,
        transaction: ServerTransaction,
        request: Message,
        step: Respond,
        user: bytes,
        rule: bytes,
        now: float,
    ) -> None:
        status = step.status
        body = b""
        if transaction.status == 199 and 100 < status < 300 and status != 199:
            # What follows the end of an early dialog belongs to another one (RFC 6228).
            self.endpoint.fork(transaction)
        if status == 200 and request.method == b"OPTIONS":
            if _takes_sdp(request):
                body = capabilities_body(self._local_media(transaction.flow))
        elif transaction.invite and 200 <= status < 300:
            made = self._describe(transaction, request)
            if type(made) is Refusal:
                self._refuse(transaction, request, made, now)
                return
            assert type(made) is bytes
            body = made
        data = self.endpoint.responses.build(
            transaction,
            request,
            status,
            now,
            reason=step.reason,
            fields=step.headers,
            omit=step.omit,
            kind=SDP,
            body=body,
            rule=rule,
            user=user,
        )
        record = transaction.log
        self.endpoint.respond(transaction, request, status, data, now)
        if body and transaction.dialog is not None:
            transaction.dialog.description = body
            transaction.dialog.user = None
        self._answered(transaction, record, status, now)

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

    def _uncount(self, transaction: ServerTransaction) -> None:
        call = transaction.user
        if type(call) is Call and call.counted:
            call.counted = False
            self.pending -= 1

    def _local_media(self, flow: Flow) -> LocalMedia:
        self._session += 1
        advertised = self.settings.advertise
        host = advertised[0] if advertised is not None else flow.local[0]
        return LocalMedia(host, DISCARD_PORT, self._session, 1)

    def _describe(self, transaction: ServerTransaction, request: Message) -> bytes | Refusal:
        """Return the session description of a 2xx, or how the offer is refused."""
        dialog = transaction.dialog
        local = self._local_media(transaction.flow)
        try:
            made = session_body(request, local, dialog.description if dialog is not None else b"")
        except Malformed as fault:
            return refuse(400, str(fault))
        if isinstance(made, Refused):
            agent = self.endpoint.responses.host(transaction.flow)
            warning = b'%d %b "%b"' % (made.warning_code, agent, made.warning_text.encode())
            return Refusal(488, headers=((b"Warning", warning),))
        return made

    def _in_dialog(
        self,
        transaction: ServerTransaction,
        request: Message,
        dialog: Dialog,
        refusal: Refusal | None,
        now: float,
    ) -> None:
        if refusal is None:
            refusal = response_to(request)
        method = request.method
        if refusal.status == 200 and method in {b"INVITE", b"UPDATE"}:
            self._refresh(transaction, request, dialog, now)
            return
        self.endpoint.refuse(transaction, request, refusal, now)
        if method == b"BYE" and refusal.status == 200 and dialog.state != ENDED:
            call = dialog.user
            if type(call) is Call:
                call.stop()
            if dialog.invite is not None:
                # BYE leaves nothing of its dialog unanswered (RFC 3261 15.1.2).
                self._terminate(dialog.invite, now)
            if dialog.state != ENDED:
                dialog.end(BYE, now)

    def _refresh(
        self, transaction: ServerTransaction, request: Message, dialog: Dialog, now: float
    ) -> None:
        """Answer a re-INVITE or UPDATE; a refused one leaves the session as it was (14.1)."""
        body: bytes | Refusal = b""
        if request.method == b"INVITE" or offered(request) is not None:
            transaction.dialog = dialog
            body = self._describe(transaction, request)
        if type(body) is Refusal:
            self.endpoint.refuse(transaction, request, body, now)
            return
        assert type(body) is bytes
        if body:
            dialog.description = body
        dialog.refresh_target(request)
        user = self.rules.find(request)[0]
        data = self.endpoint.responses.build(
            transaction, request, 200, now, kind=SDP, body=body, user=user
        )
        self.endpoint.respond(transaction, request, 200, data, now)

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
                self.endpoint.outputs.append(Trace("call", record=record))

    def _too_many_calls(self) -> bool:
        return self.pending + len(self.endpoint.dialogs) >= self.settings.limits.calls


def _takes_sdp(request: Message) -> bool:
    """Whether an OPTIONS asks for a session description by name (RFC 3261 11.2)."""
    try:
        ranges = parse_accept(b", ".join(request.values(b"accept")))
    except Malformed:
        return False
    return any(each.essence == SDP and each.q for each in ranges)


class _Stream:
    """The framing of one stream flow, with the time that an unfinished message is waited for."""

    __slots__ = ("_flow", "_stack", "armed", "coarse", "deadline", "framer")

    def __init__(self, stack: Stack, flow: Flow) -> None:
        limits = stack.settings.limits
        self.framer = StreamFramer(limits.message, limits.head)
        self._stack = stack
        self._flow = flow
        self.deadline: float | None = None
        self.armed: float | None = None
        self.coarse = False

    def fire(self, now: float) -> None:
        stack = self._stack
        stack.journal.counts["stalled streams"] += 1
        why = (
            "connection over the limit" if self._flow.refusing else "unfinished message on a stream"
        )
        stack.stray(self._flow, b"", why, 0, now)
        stack.endpoint.outputs.append(CloseFlow(self._flow))
