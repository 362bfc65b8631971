"""The one thing that the shells drive: bytes in, outputs out, with everything behind it. Pure.

It implements `responder.sip.events.Core`. This file is on the hot path.
"""

from collections.abc import Sequence

from responder.faults.fault import Chance
from responder.faults.impairment import Direction, Impairment
from responder.faults.whose import log_of
from responder.faults.wire import Wire
from responder.journal.journal import Journal
from responder.journal.record import Record
from responder.scenario.rules import Rules
from responder.sessions import Audio
from responder.sip.client_transaction import ACCEPTED
from responder.sip.events import Address, CloseFlow, Flow, Output, Send, Trace
from responder.sip.framing import Broken, Ping, StreamFramer, Whole
from responder.sip.message import parse
from responder.sip.settings import Settings, Tokens
from responder.sip.stun import binding_response, is_stun
from responder.sip.timers import NEVER, Timed, Timers
from responder.sip.validation import refuse
from responder.uas import Uas


class Stack:
    """Answers requests by rules, and records what happened.

    Args:
        settings: timers, limits, and what this endpoint calls itself.
        tokens: a source of fresh tokens for tags, branches and nonces.
        rules: what answers which request; by default only what is dialled.
        journal: where calls are recorded.
        audio: where audio goes; by default nowhere.
        chance: random numbers from 0 up to 1 for faults and waits; by default made of ``tokens``.

    Attributes:
        uas: what answers.
        endpoint: its transactions and dialogs.
        journal: as given.
        timers: every deadline.
        flows: the open stream flows.
    """

    def __init__(
        self,
        settings: Settings,
        tokens: Tokens,
        rules: Rules | None = None,
        journal: Journal | None = None,
        audio: Audio | None = None,
        chance: Chance | None = None,
    ) -> None:
        self.settings = settings
        self.timers = Timers()
        self.journal = journal if journal is not None else Journal()
        rules = rules if rules is not None else Rules()
        self._chance = chance if chance is not None else lambda: int(tokens(), 16) / 2**64
        self.uas = Uas(
            settings, tokens, self.timers, rules, self.journal, audio or Audio(), self._chance
        )
        self.uas.faults.engage = self._engage
        self.endpoint = self.uas.endpoint
        self._wire: Wire | None = None
        self.flows: set[Flow] = set()
        self._refused_sources: set[str] = set()

    # responder.sip.events.Core

    def receive(self, flow: Flow, data: bytes, now: float) -> None:
        """Take one datagram, or the next bytes of a stream in whatever pieces they came."""
        if self._wire is not None and self._wire.takes(flow, data, now):
            return
        if flow.reliable:
            self._stream(flow, data, now)
        elif data and data[0] > 0x20:
            self._message(flow, data, now)
        else:
            self._odd_datagram(flow, data, now)

    def flow_opened(self, flow: Flow, now: float) -> None:
        """Take note of a stream flow that is open."""
        self._set_wire(now)
        stream = flow.framer
        if type(stream) is not _Stream:
            stream = flow.framer = _Stream(self, flow)
        self.endpoint.reconnections.opened(flow)
        self.flows.add(flow)
        if len(self.flows) > self.settings.limits.connections:
            flow.refusing = True
            self.uas.over_limit("connections")
            # A connection over the limit is not kept for a request that may never come.
            self.timers.arm(stream, now + self.settings.limits.stalled)

    def flow_closed(self, flow: Flow, now: float) -> None:
        """Take note that a stream flow is gone."""
        self._set_wire(now)
        if self._wire is not None:
            self._wire.flow_closed(flow)
        flow.closed = True
        self.flows.discard(flow)
        self.endpoint.reconnections.closed(flow)
        stream = flow.framer
        if type(stream) is _Stream:
            self.timers.disarm(stream)

    def flow_failed(self, flow: Flow, address: Address, reason: str, now: float) -> None:
        """Take note that bytes to ``address`` did not arrive."""
        self._set_wire(now)
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
        self._set_wire(now)
        self.timers.expire(now)

    def next_deadline(self) -> float | None:
        """Return when `expire` wants to be called next; None while nothing waits."""
        return self.timers.next_deadline()

    def take_outputs(self) -> Sequence[Output]:
        """Return what is to be done, in order, and forget it."""
        outputs = self.endpoint.outputs
        if outputs:
            self.endpoint.outputs = []
        if self._wire is not None:
            return self._wire.leaving(outputs)
        return outputs

    # What a shell may ask for.

    def begin(self, now: float) -> None:
        """Have times that count from the start count from now on; else the first request is it."""
        self.uas.engine.situation.begin(now)

    def adopt(self, rules: Rules) -> None:
        """Answer by other rules from now on; calls in progress go on by their own."""
        self.uas.adopt(rules)

    def shut_down(self, now: float) -> None:
        """Give every call in progress its end: a 503 where none was answered, BYE where one was."""
        self._set_wire(now)
        self.uas.close(now)

    def idle(self) -> bool:
        """Whether nothing of ours is under way any more after `shut_down`."""
        return not any(
            client.state < ACCEPTED for client in self.endpoint.clients.values()
        ) and not any(dialog.bye_due for dialog in self.endpoint.dialogs.values())

    def reset(self, now: float) -> None:
        """Forget the record, how many attempts anybody has had, and what has come about so far.

        Calls under way go on; states begin anew, and the time since the start counts from now.
        """
        self.journal.clear()
        self.uas.engine.attempts.clear()
        self.uas.engine.situation.reset(self.uas.rules.states, now)

    @property
    def impairments(self) -> tuple[Impairment, ...]:
        """What impairs all traffic now."""
        return self._wire.impairments if self._wire is not None else ()

    def impair(self, impairments: Sequence[Impairment], now: float) -> None:
        """Impair all traffic from now on by these alone; none at all lets everything pass.

        Args:
            impairments: crossed in this order by what comes and by what leaves.
            now: seconds, from which their own times count.
        """
        self._engage(now).impair(impairments, now)

    # responder.faults.wire.Stack

    def impaired(
        self, flow: Flow, data: bytes, direction: Direction, what: str, text: str, now: float
    ) -> None:
        """Count what an impairment did to a message, and note it in the record of its call."""
        self.journal.counts[f"impaired {direction}: {what}"] += 1
        log = log_of(self.endpoint, flow, data)
        if isinstance(log, Record):
            log.fault(now, f"impairment {direction}: {text}")

    def _engage(self, now: float) -> Wire:
        if self._wire is None:
            self._wire = Wire(self, self._chance)
        self._wire.now = now
        return self._wire

    def _set_wire(self, now: float) -> None:
        if self._wire is not None:
            self._wire.now = now

    # Bytes to messages.

    def _message(self, flow: Flow, data: bytes, now: float) -> None:
        if data[:4] == b"ACK " and self.endpoint.quick_ack(flow, data, now):
            return
        message = self.endpoint.likenesses.read(data)
        if message is None:
            message = parse(data)
        if message.status:
            self.endpoint.response(flow, message, now)
        elif message.fault is not None and b"via" not in message.fields:
            self.uas.stray(flow, data, message.fault[1], 0, now)
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
        elif frames or stream.deadline == NEVER:
            self.timers.arm(stream, now + self.settings.limits.stalled)

    def _broken(self, flow: Flow, frame: Broken, now: float) -> None:
        if frame.status == 513:
            self.uas.over_limit("head" if frame.close else "message")
        message = parse(frame.data)
        if message.status or b"via" not in message.fields:
            self.uas.stray(flow, frame.data, frame.reason, 0, now)
        else:
            refusal = refuse(frame.status, frame.reason)
            self.endpoint.refuse_stateless(flow, message, refusal, now)
        if frame.close:
            self.endpoint.outputs.append(CloseFlow(flow))


class _Stream(Timed):
    """The framing of one stream flow, with the time that an unfinished message is waited for."""

    __slots__ = ("_flow", "_stack", "framer")

    def __init__(self, stack: Stack, flow: Flow) -> None:
        super().__init__()
        limits = stack.settings.limits
        self.framer = StreamFramer(limits.message, limits.head)
        self._stack = stack
        self._flow = flow

    def fire(self, now: float) -> None:
        stack = self._stack
        stack.journal.counts["stalled streams"] += 1
        why = (
            "connection over the limit" if self._flow.refusing else "unfinished message on a stream"
        )
        stack.uas.stray(self._flow, b"", why, 0, now)
        stack.endpoint.outputs.append(CloseFlow(self._flow))
