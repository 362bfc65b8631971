"""The calling side of one request: a pure core that places it and follows it to its end.

RFC 3261 sections 8.1, 9.1, 17.1, 18.1 and 22.
"""

from collections.abc import Sequence
from typing import Final

from responder.journal.record import Record
from responder.probe import attempt as ends
from responder.probe.attempt import Attempt, Result
from responder.probe.incoming import Incoming
from responder.probe.legs import Alarm, Legs, transport_of
from responder.probe.outcome import Outcome
from responder.probe.request import LARGEST_DATAGRAM, host_of
from responder.probe.screening import screen, understood
from responder.probe.series import Series
from responder.probe.targets import TargetSet
from responder.probe.transcript import Transcript
from responder.probe.ways import Ways, frames
from responder.sip.client_transaction import (
    PROCEEDING,
    ClientTransaction,
    User,
    cancellation,
)
from responder.sip.errors import Malformed
from responder.sip.events import Address, CloseFlow, Flow, Output, Trace
from responder.sip.framing import Broken, Ping, Pong
from responder.sip.headers.via import COOKIE
from responder.sip.layer import Layer
from responder.sip.login import Login
from responder.sip.message import Message, parse
from responder.sip.routing import DEFAULT_PORTS
from responder.sip.settings import Limits, Timing, Tokens
from responder.sip.timers import Timers

_CUT_OFF: Final = 60
"""Characters of a URI in a remark."""


class Caller(Layer):
    """Places one request and does all that follows from it; a `responder.sip.events.Core`.

    The shell calls `start` once and then drives it until `settled`, of which it is told by
    ``Trace("settled")``; each entry of the record is told as ``Trace("entry", entry=...)``. Driven
    for longer, it goes on to acknowledge what is repeated.

    Attributes:
        result: what came of it so far; final once its ``end`` is set.
        timers: every deadline but the keep-alive's.
        timing: the timer values.
        outputs: what is to be done, until `take_outputs` hands it over.
        ways: the flows.
    """

    def __init__(
        self,
        attempt: Attempt,
        tokens: Tokens,
        timing: Timing | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.timers = Timers()
        self.timing = timing or Timing()
        self.outputs: list[Output] = []
        self.ways = Ways(self.outputs, limits or Limits(), tokens)
        self.result = Result(Record(1, 0.0, attempt.method.decode("utf-8", "replace")))
        self._outcome = Outcome(self.result)
        self._attempt = attempt
        self._invites = attempt.method == b"INVITE"
        self._tokens = tokens
        self._log = Transcript(self.result.record, self.outputs)
        self._login = Login(attempt.user, attempt.password, tokens)
        self._legs = Legs(self, self._log, self._login, tokens, attempt.hold)
        self._incoming = Incoming(
            self.timers,
            self.timing,
            self.outputs,
            self._log,
            tokens,
            lambda request, now: self._legs.judge(request, self._series.identity, now),
        )
        self._targets = TargetSet(attempt.uri, attempt.proxy)
        self._target = self._targets.first
        self._series = Series(attempt, self._login, tokens)
        self._clients: dict[tuple[bytes, bytes], ClientTransaction] = {}
        self._request: ClientTransaction | None = None
        self._connecting: Flow | None = None
        self._limit = Alarm(self._out_of_time)
        self._oversized = False
        self._giving_up = ""
        self._cancelled = False
        self._told = False

    # What the shell calls

    def start(self, datagrams: Flow | None, now: float) -> None:
        """Place the request.

        Args:
            datagrams: a UDP flow to the address of what is dialled; None when there is none, so
                that nothing can be sent by UDP.
            now: seconds.
        """
        attempt = self._attempt
        record = self.result.record
        record.started = now
        record.target = attempt.uri.to_bytes().decode("utf-8", "replace")
        self.ways.datagrams = datagrams
        self.timers.arm(self._limit, now + attempt.timeout)
        self._go(self.ways.first(attempt.transport, attempt.hop), now)
        self._settle()

    def receive(self, flow: Flow, data: bytes, now: float) -> None:
        """Take one datagram, or the next bytes of a stream."""
        if not flow.reliable:
            if data.strip(b"\r\n\0"):
                self._message(flow, data, now)
        else:
            for frame in frames(flow, data):
                if isinstance(frame, Ping):
                    self.ways.pinged(flow)
                elif isinstance(frame, Pong):
                    self.ways.ponged(now)
                elif isinstance(frame, Broken):
                    self._broken(flow, frame, now)
                else:
                    self._message(flow, frame.data, now)
        self._settle()

    def flow_opened(self, flow: Flow, now: float) -> None:
        """Send the request that waited for its connection, now that our address is known."""
        self.ways.opened(flow)
        if flow is self._connecting:
            self._connecting = None
            self._place(flow, None, now)
        self._settle()

    def flow_closed(self, flow: Flow, now: float) -> None:
        """Fail what still waits for an answer on a connection."""
        flow.closed = True
        self._lost(flow, "the far end closed the connection", now)
        self._settle()

    def flow_failed(self, flow: Flow, address: Address, reason: str, now: float) -> None:
        """Fail what was sent to an address (RFC 3261 section 18.4)."""
        if flow.reliable:
            flow.closed = True
            self._lost(flow, reason, now)
        else:
            for client in list(self._clients.values()):
                if client.flow is flow and _concerns(client.address or flow.remote, address):
                    client.transport_error(reason, now)
        self._settle()

    def source_refused(self, transport: str, address: Address, now: float) -> None:
        """Note a packet from a source that is not allowed."""
        self._log.note(now, f"dropped a packet from {address[0]} ({transport}): not allowed")

    def expire(self, now: float) -> None:
        """Act on every deadline that is not after ``now``."""
        self.timers.expire(now)
        failed = self.ways.expire(now)
        if failed is not None:
            self._close(failed, "no pong answered a ping within 10 s", now)
        self._settle()

    def next_deadline(self) -> float | None:
        """Return when `expire` wants to be called next; None while nothing waits."""
        times = (self.timers.next_deadline(), self.ways.deadline())
        return min((time for time in times if time is not None), default=None)

    def take_outputs(self) -> Sequence[Output]:
        """Return what is to be done, in order, and forget it; what is to be told comes last."""
        outputs = sorted(self.outputs, key=lambda output: isinstance(output, Trace))
        self.outputs.clear()
        return outputs

    @property
    def settled(self) -> bool:
        """Whether the attempt is over: it has its end, and nothing of it is left unanswered.

        The answer to a CANCEL is not waited for once the INVITE itself was answered.
        """
        if not self.result.end or self._legs.standing:
            return False
        waiting = (c for c in self._clients.values() if c.state <= PROCEEDING)
        return all(client.method == b"CANCEL" for client in waiting)

    def _settle(self) -> None:
        self.result.remote_hangup = self._legs.remote_hangup
        if self.settled and not self._told:
            self._told = True
            self.ways.rest()
            self.outputs.append(Trace("settled"))

    # Placing the request

    def _go(self, way: tuple[Flow, Address | None] | None, now: float) -> None:
        """Place the request by a way, once our own address on it is known."""
        if way is None:
            self._next_or_end(ends.TRANSPORT, "there is no UDP socket to send from", now)
            return
        self._aim(*way)
        if self.ways.stands(way[0]):
            self._place(*way, now)
        else:
            self._connecting = way[0]

    def _aim(self, flow: Flow, address: Address | None) -> None:
        remote = address or flow.remote
        port = remote[1] or DEFAULT_PORTS[flow.transport]
        self.result.record.transport = flow.transport
        self.result.record.source = f"{host_of(remote).decode()}:{port}"

    def _place(self, flow: Flow, address: Address | None, now: float) -> None:
        ways = self.ways
        ways.flow, ways.address = flow, address
        if self._series.identity is None:
            identity = self._series.begin(flow)
            self.result.record.call_id = identity.call_id.decode("utf-8", "replace")
            self.result.record.caller = identity.caller.decode("utf-8", "replace")
        branch = COOKIE + self._tokens()
        data = self._series.written(flow, ways.own(flow), self._target, branch)
        if self._too_large(flow, data, now):
            return
        if self._invites:
            self._legs.begin(parse(data))
        self._request = self.send(self, (branch, self._attempt.method), data, (flow, address), now)

    def _too_large(self, flow: Flow, data: bytes, now: float) -> bool:
        """Move a large request from UDP to TCP (RFC 3261 18.1.1); True when it was moved."""
        fits = len(data) <= LARGEST_DATAGRAM or flow.reliable
        if fits or self._attempt.pinned or self._oversized:
            return False
        self._oversized = True
        self._series.unsent()
        self._log.note(now, f"{len(data)} bytes are too many for a datagram: it goes by TCP")
        self._connecting = self.ways.beside()
        self._aim(self._connecting, None)
        return True

    def send(
        self,
        user: User,
        key: tuple[bytes, bytes],
        data: bytes,
        way: tuple[Flow, Address | None],
        now: float,
    ) -> ClientTransaction:
        """Begin a client transaction.

        Args:
            user: who is told of its responses.
            key: its branch and method.
            data: the request.
            way: the flow, and another address for datagrams than the flow's or None.
            now: seconds.
        """
        client = ClientTransaction(self, user, key, data, way[0], self._log, way[1])
        self._clients[key] = client
        client.start(now)
        return client

    def client_transaction_ended(self, transaction: ClientTransaction) -> None:
        """Forget a terminated transaction."""
        self._clients.pop(transaction.key, None)

    # What arrives

    def _message(self, flow: Flow, data: bytes, now: float) -> None:
        message = parse(data.lstrip(b"\r\n"))
        if message.status == 0:
            self._incoming.receive(flow, message, now)
            return
        try:
            top = screen(message, self.ways.sent_bys)
            client = self._clients.get((top.branch or b"", message.fields[b"cseq"].split()[1]))
            if client is None:
                raise Malformed("nothing waits for it")
        except Malformed as fault:
            self._log.received(now, data, False)
            self._log.note(now, f"dropped this response: {fault}")
            return
        self.ways.answered(flow, top, now)
        client.receive(message, flow, now)

    def _broken(self, flow: Flow, frame: Broken, now: float) -> None:
        self._log.received(now, frame.data, False)
        self._log.note(now, f"dropped this message: {frame.reason}")
        if frame.close:
            self._close(flow, f"the stream cannot be read on: {frame.reason}", now)

    def _close(self, flow: Flow, reason: str, now: float) -> None:
        flow.closed = True
        self.outputs.append(CloseFlow(flow))
        self._lost(flow, reason, now)

    def _lost(self, flow: Flow, reason: str, now: float) -> None:
        """Fail what waits on a connection that is gone."""
        if flow is self._connecting:
            self._connecting = None
            self._unconnected(reason, now)
        for client in list(self._clients.values()):
            if client.flow is flow and client.state <= PROCEEDING:
                client.transport_error(reason, now)

    # What the client transactions tell

    def answered(
        self, transaction: ClientTransaction, response: Message, flow: Flow, now: float
    ) -> None:
        """Take a response that a transaction passes on."""
        del flow
        if transaction is not self._request:
            return  # A CANCEL's: only what becomes of the INVITE counts (RFC 3261 9.1).
        status = response.status
        if self._outcome.heard(status, now) and understood(status) != status:
            self._log.note(now, f"{status} is unknown: treated as {understood(status)}")
        if status < 200:
            self._legs.provisional(response)
            if self._giving_up:
                self._cancel(transaction, now)
        elif status >= 300:
            self._refused(response, now)
        else:
            if self._invites:
                self._legs.accepted(response, not self._giving_up, now)
            self._conclude(response, now)

    def unanswered(self, transaction: ClientTransaction, reason: str, now: float) -> None:
        """Take note that a transaction gets no final response."""
        if transaction is not self._request or self.result.end:
            self._log.note(now, f"{transaction.method.decode()} was given up: {reason}")
        elif reason == "timeout":
            self._next_or_end(ends.TIMEOUT, self._outcome.silence(now), now)
        else:
            self._next_or_end(ends.TRANSPORT, reason, now)

    def _unconnected(self, reason: str, now: float) -> None:
        flow = self.ways.flow
        if self._oversized and flow is not None and not flow.reliable:
            # It went by TCP for its size alone, so UDP is tried after all (RFC 3261 18.1.1).
            self._log.note(now, f"TCP failed ({reason}): it goes by UDP after all")
            self._aim(flow, self.ways.address)
            self._place(flow, self.ways.address, now)
        else:
            self._next_or_end(ends.TRANSPORT, reason, now)

    def _refused(self, response: Message, now: float) -> None:
        """Try again with credentials or at another target, or take the failure for final."""
        status = understood(response.status)
        if self._giving_up:
            self._conclude(response, now)
            return
        if response.status in {401, 407}:
            obstacle = self._login.challenged(response)
            if not obstacle:
                self._again(now)
                return
            self._log.note(now, f"not tried again: {obstacle}")
        if self._attempt.follow and 300 <= status < 400:
            for remark in self._targets.add(response, self._target.uri):
                self._log.note(now, remark)
        if status >= 600 or not self._next(now):
            self._conclude(response, now)

    def _again(self, now: float) -> None:
        """Place the request once more by the same way, by a new connection if that is gone."""
        flow = self.ways.flow
        assert flow is not None
        if flow.closed:
            self._connecting = self.ways.connect(flow.remote)
        else:
            self._place(flow, self.ways.address, now)

    def _next(self, now: float) -> bool:
        """Turn to the next target (RFC 3261 8.1.3.4); False when there is none."""
        target = self._targets.take()
        if target is None:
            return False
        self._target = target
        self._oversized = False
        uri = target.contact.to_bytes().decode("utf-8", "replace")
        self._log.note(now, f"following to {uri[:_CUT_OFF]}")
        self._go(self.ways.toward(target.hop, transport_of(target.hop, self.ways)), now)
        return True

    # How it ends

    def give_up(self, why: str, now: float) -> None:
        """End the attempt early: cancel or hang up what there is.

        Args:
            why: what `Result.why` says if no final response came; a sentence without full stop.
            now: seconds.
        """
        self._legs.hang_up(now)
        if not self.result.end and not self._giving_up:
            self._withdraw(why, now)
        self._settle()

    def _out_of_time(self, now: float) -> None:
        self._withdraw(f"no final response came within {self._attempt.timeout:g} s", now)

    def _withdraw(self, why: str, now: float) -> None:
        """Cancel the INVITE, as soon as that may be done; give anything else up at once."""
        self.timers.disarm(self._limit)
        self._giving_up = why
        request = self._request
        if self._connecting is not None:
            flow, self._connecting = self._connecting, None
            flow.closed = True
            self.outputs.append(CloseFlow(flow))
            self._end(ends.TIMEOUT, f"no connection stood within {self._outcome.elapsed(now)}", now)
        elif request is not None and self._invites and request.state == PROCEEDING:
            self._cancel(request, now)
        elif self._invites and self._attempt.grace > 0:
            # RFC 3261 9.1: no CANCEL before a provisional response.
            self._log.note(now, "a CANCEL has to wait for a provisional response")
            self.timers.arm(Alarm(self._abandon), now + self._attempt.grace)
        else:
            self._abandon(now)

    def _abandon(self, now: float) -> None:
        request = self._request
        if request is not None and not self._cancelled and not self.result.end:
            request.abandon()
            self._end(ends.TIMEOUT, self._outcome.silence(now), now)

    def _cancel(self, request: ClientTransaction, now: float) -> None:
        if not self._cancelled:
            self._cancelled = True
            data = cancellation(request.data)
            key = (request.key[0], b"CANCEL")
            self.send(self, key, data, (request.flow, request.address), now)
            request.limit(now)

    def _next_or_end(self, end: str, why: str, now: float) -> None:
        """Turn to the next target, as after a 408 or 503 (8.1.3.1), or end without a final."""
        if not self._giving_up and self._next(now):
            return
        self._end(end, why, now)

    def _conclude(self, response: Message, now: float) -> None:
        """End with a final response, unless there was one: copies and forks change nothing."""
        if self.result.end:
            return
        self._outcome.final(response, now)
        if self._giving_up:
            self._end(ends.CANCELLED, self._giving_up, now)
        else:
            self._end(ends.ANSWERED if response.status < 300 else ends.FAILED, "", now)

    def _end(self, end: str, why: str, now: float) -> None:
        self.timers.disarm(self._limit)
        self._outcome.end(end, why, now)


def _concerns(sent_to: Address, failed: Address) -> bool:
    """Whether what was sent to one address is meant by a failure at another.

    A name may stand for any address, and port 0 for any port.
    """
    if sent_to == failed:
        return True
    named = not sent_to[0].replace(".", "").isdigit() and ":" not in sent_to[0]
    return (named or sent_to[0] == failed[0]) and sent_to[1] in {0, failed[1]}
