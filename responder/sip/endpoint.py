"""The protocol core's junction: every message finds its transaction or dialog, or makes one.

RFC 3261 sections 8.2, 9.2, 12.2.2, 17 and 18. This file is on the hot path.
"""

import re
from collections import OrderedDict
from typing import Final

from responder.sip import capabilities
from responder.sip.build import echo, has_tag, retag
from responder.sip.client_transaction import ClientTransaction
from responder.sip.dialog import ANSWERED, EARLY, ESTABLISHED, REFUSED, Dialog
from responder.sip.dialog_order import out_of_turn
from responder.sip.errors import Malformed
from responder.sip.events import Address, Flow, Output, Send
from responder.sip.failures import Failures, goes_to
from responder.sip.headers.uri import Uri
from responder.sip.likeness import Likenesses
from responder.sip.message import Message
from responder.sip.own_requests import OwnRequest, OwnRequests, Requesting
from responder.sip.reconnection import Reconnections
from responder.sip.replacement import judge
from responder.sip.responses import Responses
from responder.sip.routing import VIA_TEXT, TopVia, top_via
from responder.sip.server_transaction import (
    ACCEPTED,
    COMPLETED,
    CONFIRMED,
    PROCEEDING,
    TERMINATED,
    Merged,
    ServerTransaction,
    old_key,
)
from responder.sip.settings import Settings, Tokens
from responder.sip.timers import Timers
from responder.sip.traffic import Traffic
from responder.sip.transaction_user import TransactionUser
from responder.sip.validation import Examined, Refusal, examine, inspect, refuse, request_uri

_KEPT_ENDED: Final = 1_000
_OURS: Final = Uri(b"sip")
"""Our own Contact, which the Request-URI is inside a dialog, whatever it looks like by now."""
_USUAL_ACK: Final = re.compile(
    rb"ACK [^ \r\n]+ SIP/2\.0\r\nVia: SIP/2\.0/UDP (" + VIA_TEXT + rb")(?:;rport|)"
    rb";branch=(z9hG4bK" + VIA_TEXT + rb")(?:;rport|)\r\n"
)
_OVER_LIMIT: Final = frozenset({413, 414, 513})
_SPIRAL: Final = frozenset({428, 436, 437, 438})


class Endpoint(Requesting):
    """Transactions and dialogs of one answering endpoint.

    Attributes:
        transactions: the live server transactions by key.
        clients: the live client transactions by branch and method.
        dialogs: the live dialogs by Call-ID, our tag, the other's tag.
        responses: builds what is sent.
        reconnections: the connections that are opened to deliver responses.
        traffic: how much there was so far.
        outputs: what the shell is to do, in order; whoever drives the endpoint empties it.
    """

    def __init__(
        self, user: TransactionUser, settings: Settings, tokens: Tokens, timers: Timers
    ) -> None:
        self.user = user
        self.timing = settings.timing
        self.limits = settings.limits
        self.tokens = tokens
        self.timers = timers
        self.responses = Responses(settings, tokens)
        self.likenesses = Likenesses(settings.limits)
        self.traffic = Traffic()
        self.own = OwnRequests(self)
        self._failures = Failures()
        self.outputs: list[Output] = []
        self.transactions: dict[tuple[bytes, ...], ServerTransaction] = {}
        self.clients: dict[tuple[bytes, bytes], ClientTransaction] = {}
        self.dialogs: dict[tuple[bytes, bytes, bytes], Dialog] = {}
        self.reconnections = Reconnections(self)
        self._ended: OrderedDict[tuple[bytes, bytes, bytes], None] = OrderedDict()
        self._merged: dict[Merged, ServerTransaction] = {}

    # What arrives.

    def quick_ack(self, flow: Flow, data: bytes, now: float) -> bool:
        """Take the ACK of a 300-699 without parsing it whole; False when it is not so simple.

        Its branch and sent-by alone decide where it belongs (RFC 3261 17.2.3), and nothing else of
        it is used.
        """
        usual = _USUAL_ACK.match(data)
        if usual is None:
            return False
        transaction = self.transactions.get((usual[2], usual[1], b"INVITE"))
        if transaction is None or transaction.state != COMPLETED or flow.reliable:
            return False
        if transaction.log is not None:
            transaction.log.received(now, data, False, flow)
        self.user.failure_acknowledged(transaction, data, now)
        transaction.acknowledge(now)
        return True

    def request(self, flow: Flow, message: Message, now: float) -> None:
        """Take a request."""
        via = message.fields.get(b"via")
        method = message.method
        like = message.like
        try:
            if via is None:
                self.refuse_stateless(flow, message, refuse(400, "missing Via"), now)
                return
            if like is not None and like.plain and like.sent_by == flow.sent_by:
                top: TopVia = (message.branch, like.sent_by, via, None)
            else:
                top = top_via(via, flow)
        except Malformed as fault:
            self.refuse_stateless(flow, message, refuse(400, str(fault)), now)
            return
        goal = b"INVITE" if method == b"ACK" else method
        branch = top[0]
        key = (branch, top[1], goal) if branch else old_key(message, goal)
        transaction = self.transactions.get(key)
        if transaction is not None:
            self._known(transaction, flow, message, now)
            return
        examined = examine(message, self.limits)
        if self.likenesses.wanting and branch and type(examined) is Examined:
            self.likenesses.learn(message, top, examined)
        if method == b"ACK":
            self._stray_ack(flow, message, examined, now)
        elif len(self.transactions) >= self.limits.transactions:
            self.user.over_limit("transactions")
            self.refuse_stateless(flow, message, self.overload(), now)
        elif type(examined) is Examined:
            transaction = ServerTransaction(self, key, message, flow, top[3], now)
            self._open(transaction, message, top[2], examined, now)
        elif type(examined) is Refusal:
            self._refuse_early(key, flow, message, top, examined, now)

    def response(self, flow: Flow, message: Message, now: float) -> None:
        """Take a response to a request of ours (RFC 3261 17.1.3, 18.1.2)."""
        via = message.fields.get(b"via", b"")
        if message.fault is not None:
            fault = message.fault[1]
        elif not via or b"," in via or len(message.values(b"via")) != 1:
            fault = "response with other than one Via"
        else:
            branch = via.partition(b"branch=")[2].partition(b";")[0].rstrip()
            words = message.fields.get(b"cseq", b"").split()
            client = self.clients.get((branch, words[-1] if words else b""))
            if client is not None:
                client.receive(message, flow, now)
                return
            fault = "response that matches no request"
        self.user.stray(flow, message.data, fault, 0, now)

    def flow_failed(self, flow: Flow, address: Address, reason: str, now: float) -> None:
        """Send responses another way if there is one, and tell each transaction concerned."""
        if flow.reliable and self.reconnections.failed(flow):
            return
        if flow.reliable or self._failures.told(address, now):
            for transaction in list(self.transactions.values()):
                if goes_to(transaction.flow, transaction.address, flow, address):
                    transaction.transport_error()
                    if transaction.log is not None:
                        transaction.log.note(now, f"the response could not be delivered: {reason}")
        for client in list(self.clients.values()):
            if goes_to(client.flow, None, flow, address):
                client.transport_error(reason, now)

    # What the transaction user asks for.

    def respond(
        self,
        transaction: ServerTransaction,
        request: Message,
        status: int,
        data: bytes,
        now: float,
    ) -> None:
        """Send a response and do to its dialog what it means (RFC 3261 12.1.1, 13.3.1).

        Args:
            transaction: what is answered; it has no final response yet.
            request: its request.
            status: 100 to 699.
            data: the response, as `Responses.build` made it.
            now: seconds.
        """
        self.traffic.responded(transaction, status, now)
        if not transaction.invite:
            transaction.respond(status, data, now)
            return
        dialog = transaction.dialog
        if dialog is None and 100 < status < 300 and status != 199:
            dialog = self._begin_dialog(transaction, request)
        transaction.respond(status, data, now)
        if dialog is None or (status < 200 and status != 199):
            return
        dialog.invite = None
        if 200 <= status < 300:
            dialog.answered(transaction, data, now)
            replaced = transaction.replaces
            if replaced is not None and replaced.state in {ANSWERED, ESTABLISHED}:
                replaced.hang_up(now)
        elif dialog.state == EARLY:
            dialog.end(REFUSED, now)
        if status == 199:
            transaction.dialog = None

    def fork(self, transaction: ServerTransaction) -> None:
        """Give the further responses to an INVITE another To tag: its early dialog ended by 199."""
        if transaction.tag:
            old, transaction.tag = transaction.tag, self.tokens()
            transaction.echo = retag(transaction.echo, old, transaction.tag)

    def send_trying(self, transaction: ServerTransaction, now: float) -> None:
        """Send the 100 that the transaction owes (RFC 3261 17.2.1, RFC 4320 4.1)."""
        request = transaction.request
        if request is not None and not transaction.quiet:
            data = self.responses.build(transaction, request, 100, now)
            self.respond(transaction, request, 100, data, now)

    def refuse(
        self, transaction: ServerTransaction, request: Message, refusal: Refusal, now: float
    ) -> None:
        """Answer a request with the endpoint's own judgement of it."""
        data = self.responses.build(
            transaction,
            request,
            refusal.status,
            now,
            reason=refusal.reason,
            fields=refusal.headers,
            refusal=refusal,
        )
        self.respond(transaction, request, refusal.status, data, now)

    def refuse_ended(self, transaction: ServerTransaction, request: Message, now: float) -> None:
        """Answer a request whose dialog ended before it had its answer (RFC 3261 15.1.2)."""
        transaction.dialog = None
        self.refuse(transaction, request, Refusal(487), now)

    def refuse_stateless(self, flow: Flow, message: Message, refusal: Refusal, now: float) -> None:
        """Answer once and keep nothing (RFC 3261 8.2.7); an ACK is not answered at all."""
        if message.method == b"ACK":
            self.user.stray(flow, message.data, "ACK that cannot be matched", 0, now)
            return
        data, address = self.responses.stateless(flow, message, refusal)
        self.outputs.append(Send(flow, data, address))
        self.traffic.refused(message.method, refusal.status)
        reason = (refusal.reason or b"refused without a transaction").decode("utf-8", "replace")
        self.user.stray(flow, message.data, reason, refusal.status, now)

    def overload(self) -> Refusal:
        """Return the 503 for what is over a limit (RFC 3261 21.5.4)."""
        return Refusal(503, headers=((b"Retry-After", b"%d" % self.limits.retry_after),))

    # What transactions and dialogs call back (Layer).

    def transaction_ended(
        self, transaction: ServerTransaction, acknowledged: bool, now: float
    ) -> None:
        """Forget a terminated server transaction."""
        if transaction.flow.reliable:
            self.reconnections.ended(transaction)
        self.transactions.pop(transaction.key, None)
        merged = transaction.merged
        if merged is not None and self._merged.get(merged) is transaction:
            del self._merged[merged]
        if not acknowledged:
            if not transaction.status:
                self.traffic.lapsed(transaction)
            self.user.transaction_ended(transaction, acknowledged, now)
            dialog = transaction.dialog
            if dialog is not None and dialog.invite is transaction:
                # Silence has outlived the caller's patience: nobody waits for this INVITE.
                dialog.invite = None
                if dialog.state == EARLY:
                    dialog.end(REFUSED, now)

    def client_transaction_ended(self, transaction: ClientTransaction) -> None:
        """Forget a terminated client transaction."""
        self.clients.pop(transaction.key, None)

    def reopen(self, transaction: ServerTransaction) -> Flow:
        """Return a new flow to the sender of a request whose connection is gone (18.2.2)."""
        return self.reconnections.reopen(transaction)

    def open_request(self, dialog: Dialog, method: bytes, now: float) -> None:
        """Send a request of our own accord inside a dialog (RFC 3261 12.2.1)."""
        OwnRequest(self.own, dialog, method, b"", b"", b"").send(now)

    def dialog_unacknowledged(self, dialog: Dialog, now: float) -> None:
        """Tell the user that a 2xx was never acknowledged."""
        self.user.unacknowledged(dialog, now)

    def dialog_ended(self, dialog: Dialog, now: float) -> None:
        """Forget a dialog, but remember for a while that it was there (RFC 3891 section 3)."""
        self.dialogs.pop(dialog.key, None)
        self._ended[dialog.key] = None
        if len(self._ended) > _KEPT_ENDED:
            self._ended.popitem(last=False)
        self.user.dialog_ended(dialog, now)

    # Requests, one kind after another.

    def _known(
        self, transaction: ServerTransaction, flow: Flow, message: Message, now: float
    ) -> None:
        ack = message.method == b"ACK"
        if transaction.log is not None and not (ack and transaction.state == ACCEPTED):
            again = not ack or transaction.state == CONFIRMED
            transaction.log.received(now, message.data, again, flow)
        if flow.reliable and transaction.flow.closed:
            transaction.flow = flow
        if not ack:
            transaction.request_again(now)
            return
        if transaction.state == COMPLETED:
            self.user.failure_acknowledged(transaction, message.data, now)
        if transaction.acknowledge(now):
            # Some callers give the ACK of a 2xx the branch of the INVITE.
            self._stray_ack(flow, message, examine(message, self.limits), now)

    def _open(
        self,
        transaction: ServerTransaction,
        message: Message,
        via: bytes,
        examined: Examined,
        now: float,
    ) -> None:
        transaction.from_tag, to_tag, transaction.number = examined
        tag = b"" if to_tag else self.tokens()
        transaction.tag = tag
        transaction.echo = echo(message, via, tag)
        self.transactions[transaction.key] = transaction
        method = message.method
        if method == b"CANCEL":
            self._cancel(transaction, message, via, to_tag, now)
            return
        # A REGISTER belongs to no dialog (RFC 3261 10.2), so what tag its To has says nothing.
        if to_tag and method != b"REGISTER":
            self._in_dialog(transaction, message, examined, now)
            return
        fields, local = message.fields, transaction.flow.local
        merged = (fields[b"call-id"], examined[0], fields[b"cseq"], local)
        other = self._merged.get(merged)
        if other is not None and other.status not in _SPIRAL:
            self.user.requested(transaction, message, None, _merged_refusal(message), now)
            return
        self._merged[merged] = transaction
        transaction.merged = merged
        refusal = None
        like = message.like
        if like is None or not like.serves(message):
            refusal = inspect(message, request_uri(message.uri))
            if refusal is None and (b"replaces" in message.fields or b"join" in message.fields):
                named = judge(message, self.dialogs, self._ended)
                if isinstance(named, Dialog):
                    transaction.replaces = named
                else:
                    refusal = named
            elif refusal is None and like is not None:
                like.served = True
        self.user.requested(transaction, message, None, refusal, now)

    def _cancel(
        self,
        transaction: ServerTransaction,
        message: Message,
        via: bytes,
        to_tag: bytes,
        now: float,
    ) -> None:
        """Answer a CANCEL and, if its INVITE has no final response yet, pass it on (9.2)."""
        goal = self._cancelled_transaction(transaction.key[:-1])
        if goal is None:
            self.user.requested(transaction, message, None, Refusal(481), now)
            return
        if not to_tag and goal.tag:
            # Both responses carry one To tag.
            transaction.tag = goal.tag
            transaction.echo = echo(message, via, goal.tag)
        transaction.log = goal.log
        if goal.log is not None:
            goal.log.received(now, message.data, False, transaction.flow)
        if goal.quiet and goal.state <= PROCEEDING:
            transaction.silence(now)
            return
        data = self.responses.build(transaction, message, 200, now)
        self.respond(transaction, message, 200, data, now)
        if goal.invite and goal.state == PROCEEDING:
            self.user.cancelled(goal, message, now)

    def _cancelled_transaction(self, start: tuple[bytes, ...]) -> ServerTransaction | None:
        invite = self.transactions.get((*start, b"INVITE"))
        if invite is not None:
            return invite
        for method in capabilities.METHODS:
            other = self.transactions.get((*start, method))
            if other is not None and method != b"CANCEL":
                return other
        return None

    def _in_dialog(
        self, transaction: ServerTransaction, message: Message, examined: Examined, now: float
    ) -> None:
        from_tag, to_tag, number = examined
        dialog = self.dialogs.get((message.fields[b"call-id"], to_tag, from_tag))
        if dialog is None:
            known = message.method in capabilities.METHODS
            self.user.requested(transaction, message, None, Refusal(481 if known else 501), now)
            return
        transaction.log = dialog.log
        if dialog.log is not None:
            dialog.log.received(now, message.data, False, transaction.flow)
        dialog.flow = transaction.flow
        refusal = out_of_turn(dialog, message, number, self.tokens)
        dialog.number = max(number, dialog.number)
        like = message.like
        if refusal is None and (like is None or not like.serves(message)):
            refusal = inspect(message, _OURS)
            if refusal is None and like is not None:
                like.served = True
        if message.method == b"INVITE" and refusal is None:
            dialog.invite = transaction
            transaction.dialog = dialog
        self.user.requested(transaction, message, dialog, refusal, now)

    def _stray_ack(
        self, flow: Flow, message: Message, examined: Examined | Refusal, now: float
    ) -> None:
        # An ACK is never answered, whatever is wrong with it (RFC 3261 17.1).
        if type(examined) is Examined:
            if not self._dialog_ack(flow, message, examined, now):
                self.user.stray(flow, message.data, "ACK that matches nothing", 0, now)
        elif type(examined) is Refusal:
            why = (examined.reason or b"").decode("utf-8", "replace")
            self.user.stray(flow, message.data, f"malformed ACK: {why}", 0, now)

    def _dialog_ack(self, flow: Flow, message: Message, examined: Examined, now: float) -> bool:
        key = (message.fields[b"call-id"], examined.to_tag, examined.from_tag)
        dialog = self.dialogs.get(key)
        if dialog is None:
            return False
        log = dialog.log
        first = dialog.awaits(examined.number)
        if log is not None:
            log.received(now, message.data, not first, flow)
        if first:
            dialog.acknowledge(now)
            self.user.acknowledged(dialog, message, now)
        return True

    def _begin_dialog(self, transaction: ServerTransaction, request: Message) -> Dialog:
        dialog = transaction.dialog = Dialog(self, transaction, request)
        self.dialogs[dialog.key] = dialog
        return dialog

    def _refuse_early(
        self,
        key: tuple[bytes, ...],
        flow: Flow,
        message: Message,
        top: TopVia,
        refusal: Refusal,
        now: float,
    ) -> None:
        """Refuse a request with faulty mandatory fields: statefully where that is possible."""
        if refusal.status in _OVER_LIMIT:
            self.user.over_limit(refusal.cause)
        fields = message.fields
        if not (
            b"from" in fields and b"to" in fields and b"call-id" in fields and b"cseq" in fields
        ):
            self.refuse_stateless(flow, message, refusal, now)
            return
        transaction = ServerTransaction(self, key, message, flow, top[3], now)
        transaction.tag = b"" if has_tag(fields[b"to"]) else self.tokens()
        transaction.echo = echo(message, top[2], transaction.tag)
        self.transactions[key] = transaction
        self.user.requested(transaction, message, None, refusal, now)
        if transaction.state == TERMINATED:
            self.transactions.pop(key, None)


def _merged_refusal(message: Message) -> Refusal:
    """Return 482, unless what is judged before that refuses the request (RFC 3261 8.2.1, 8.2.2)."""
    if message.method not in capabilities.METHODS:
        return Refusal(501)
    uri = request_uri(message.uri)
    return uri if isinstance(uri, Refusal) else Refusal(482)
