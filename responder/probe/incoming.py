"""Requests that reach a caller: answered by server transactions of their own."""

from collections.abc import Callable
from typing import Final, NamedTuple, TypeAlias

from responder.sip.build import assemble, echo, status_line
from responder.sip.errors import Malformed
from responder.sip.events import Flow, Output
from responder.sip.layer import Layer
from responder.sip.message import Message
from responder.sip.routing import TopVia, top_via
from responder.sip.server_transaction import Log, ServerTransaction
from responder.sip.settings import Timing, Tokens
from responder.sip.timers import Timers

_MANDATORY: Final = (b"via", b"from", b"to", b"call-id", b"cseq")


class Reply(NamedTuple):
    """How a request is answered.

    Attributes:
        status: a final status.
        tag: the To tag for a request that came without one.
        headers: further header lines, each with its line end.
    """

    status: int
    tag: bytes = b""
    headers: bytes = b""


Judge: TypeAlias = Callable[[Message, float], Reply]


class Incoming(Layer):
    """The server transactions of a caller.

    Attributes:
        timers: the deadlines, shared with the caller.
        timing: the timer values.
        outputs: what is to be sent, shared with the caller.
    """

    def __init__(
        self,
        timers: Timers,
        timing: Timing,
        outputs: list[Output],
        log: Log,
        tokens: Tokens,
        judge: Judge,
    ) -> None:
        """Take what is shared, and ``judge``, which decides on each new request."""
        self.timers = timers
        self.timing = timing
        self.outputs = outputs
        self._log = log
        self._tokens = tokens
        self._judge = judge
        self._transactions: dict[tuple[bytes, ...], ServerTransaction] = {}

    def receive(self, flow: Flow, request: Message, now: float) -> None:
        """Answer a request, once for all its copies; one that cannot be read is dropped."""
        fields = request.fields
        missing = [name.decode().title() for name in _MANDATORY if name not in fields]
        try:
            if request.fault is not None:
                raise Malformed(request.fault[1])
            if missing:
                raise Malformed(f"it has no {missing[0]}")
            top = top_via(fields[b"via"], flow)
        except Malformed as fault:
            self._log.received(now, request.data, False)
            self._log.note(now, f"dropped this request: {fault}")
            return
        key = _key(request, top)
        known = self._transactions.get(key)
        if request.method == b"ACK":
            self._log.received(now, request.data, known is None)
            if known is not None:
                known.acknowledge(now)
        elif known is not None:
            self._log.received(now, request.data, True)
            known.request_again(now)
        else:
            self._log.received(now, request.data, False)
            self._answer(key, flow, request, top, now)

    def _answer(
        self, key: tuple[bytes, ...], flow: Flow, request: Message, top: TopVia, now: float
    ) -> None:
        _, _, value, address = top
        transaction = ServerTransaction(self, key, request, flow, address, now)
        transaction.log = self._log
        self._transactions[key] = transaction
        reply = self._judge(request, now)
        has_tag = b"tag=" in request.fields[b"to"].lower()
        tag = b"" if has_tag else reply.tag or self._tokens()
        echoed = echo(request, value, tag)
        data = assemble(status_line(reply.status), echoed, reply.headers, b"", b"")
        transaction.respond(reply.status, data, now)

    def transaction_ended(
        self, transaction: ServerTransaction, acknowledged: bool, now: float
    ) -> None:
        """Forget a terminated transaction."""
        del acknowledged, now
        self._transactions.pop(transaction.key, None)


def _key(request: Message, top: TopVia) -> tuple[bytes, ...]:
    """Return the transaction's key (RFC 3261 17.2.3); an ACK finds its INVITE."""
    method = b"INVITE" if request.method == b"ACK" else request.method
    branch, sent_by, _, _ = top
    if branch:
        return (branch, sent_by, method)
    fields = request.fields
    return (fields[b"call-id"], fields[b"cseq"].partition(b" ")[0], sent_by, method)
