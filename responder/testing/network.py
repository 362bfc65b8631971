"""A network without sockets: flows, a clock that is moved by hand, and what was sent when."""

from dataclasses import dataclass

from responder.sip.events import (
    Address,
    CloseFlow,
    Core,
    Flow,
    OpenFlow,
    ResetFlow,
    Send,
    SendFrom,
    Trace,
)
from responder.sip.message import Message, parse

LOCAL: Address = ("192.0.2.1", 5060)
REMOTE: Address = ("192.0.2.9", 5070)


@dataclass(frozen=True, slots=True)
class Sent:
    """One message or keep-alive that the core put on a flow.

    Attributes:
        at: when, in seconds.
        flow: the flow.
        data: the bytes.
        address: where a datagram went instead of to the flow's peer, or None.
        port: the other port of ours that a datagram left from, or None.
    """

    at: float
    flow: Flow
    data: bytes
    address: Address | None
    port: int | None = None

    @property
    def message(self) -> Message:
        """The message that the bytes are."""
        return parse(self.data)


class Network:
    """Drives a core through virtual time; everything happens at once and in order.

    Args:
        core: what is driven.
        start: the clock's first reading, in seconds.

    Attributes:
        now: the clock.
        sent: all that the core sent, in order.
        opened: stream flows that the core asked to open.
        closed: stream flows that the core closed or reset.
        resets: those of them that it reset.
        traces: what the core told the console.
    """

    def __init__(self, core: Core, start: float = 1000.0) -> None:
        self.core = core
        self.now = start
        self.sent: list[Sent] = []
        self.opened: list[Flow] = []
        self.closed: list[Flow] = []
        self.resets: list[Flow] = []
        self.traces: list[Trace] = []

    def datagrams(self, remote: Address = REMOTE, local: Address = LOCAL) -> Flow:
        """Return a UDP flow from a peer."""
        return Flow("udp", local, remote)

    def connect(self, remote: Address = REMOTE, local: Address = LOCAL) -> Flow:
        """Return a TCP flow that a peer just opened."""
        flow = Flow("tcp", local, remote)
        self.core.flow_opened(flow, self.now)
        self.collect()
        return flow

    def receive(self, flow: Flow, data: bytes) -> list[Sent]:
        """Hand bytes to the core and return what it sent in answer at once."""
        before = len(self.sent)
        self.core.receive(flow, data, self.now)
        self.collect()
        return self.sent[before:]

    def advance(self, seconds: float) -> list[Sent]:
        """Let time pass, stopping at every deadline on the way; return what was sent meanwhile."""
        before = len(self.sent)
        end = self.now + seconds
        while True:
            deadline = self.core.next_deadline()
            if deadline is None or deadline > end:
                break
            self.now = max(self.now, deadline)
            self.core.expire(self.now)
            self.collect()
        self.now = end
        return self.sent[before:]

    def disconnect(self, flow: Flow) -> None:
        """Close a TCP flow from the peer's side."""
        flow.closed = True
        self.core.flow_closed(flow, self.now)
        self.collect()

    def collect(self) -> None:
        """Carry out the core's outputs: keep what is sent, open and close flows."""
        for output in self.core.take_outputs():
            if isinstance(output, Send):
                self.sent.append(Sent(self.now, output.flow, output.data, output.address))
            elif isinstance(output, SendFrom):
                sent = Sent(self.now, output.flow, output.data, output.address, output.port)
                self.sent.append(sent)
            elif isinstance(output, OpenFlow):
                self.opened.append(output.flow)
            elif isinstance(output, CloseFlow | ResetFlow):
                self.closed.append(output.flow)
                if isinstance(output, ResetFlow):
                    self.resets.append(output.flow)
                if not output.flow.closed:
                    output.flow.closed = True
                    self.core.flow_closed(output.flow, self.now)
            else:
                self.traces.append(output)
