"""Everything that crosses the boundary of the pure core: flows, outputs, and the core's own shape.

A shell (``responder.net``, or ``responder.testing`` with its virtual network) calls the methods of
`Core` and then carries out what `Core.take_outputs` returns, in order.
"""

from collections.abc import Sequence
from typing import Protocol, TypeAlias

Address: TypeAlias = tuple[str, int]
"""An IP address in text, without brackets, and a port."""


class Flow:
    """A path between this endpoint and a peer (RFC 5626 section 3), made by the shell.

    A datagram flow is one peer address seen on one socket; a stream flow is one connection. Two
    flows are the same only when they are the same object.

    Attributes:
        transport: ``udp``, ``tcp``, ``tls``, ``ws`` or ``wss``.
        reliable: True for every transport but ``udp``.
        local: the address that the peer reached, never a wildcard, as far as the shell can know it.
        remote: the peer's address, as the packet or the connection gives it.
        received: the peer's address as the bytes of a ``received`` parameter, without brackets.
        rport: the peer's port as the bytes of an ``rport`` parameter.
        sent_by: the peer's address and port as a Via would write them; a Via that says just this
            needs no ``received``.
        listener: what the shell needs in order to send on this flow; opaque to the core.
        name: what a scenario calls the listener that it came to; empty for none.
        framer: the core's framing state of a stream; None on a datagram flow.
        closed: set once the shell or the core has closed the flow.
        refusing: set while the connection is over the limit: its next request is answered 503.
    """

    __slots__ = (
        "closed",
        "framer",
        "listener",
        "local",
        "name",
        "received",
        "refusing",
        "reliable",
        "remote",
        "rport",
        "sent_by",
        "transport",
    )

    def __init__(
        self,
        transport: str,
        local: Address,
        remote: Address,
        listener: object = None,
        name: str = "",
    ) -> None:
        self.transport = transport
        self.reliable = transport != "udp"
        self.listener = listener
        self.name = name
        self.framer: object = None
        self.closed = False
        self.refusing = False
        self.place(local, remote)

    def place(self, local: Address, remote: Address) -> None:
        """Set the addresses, as the shell does once a connection of ours stands."""
        self.local = local
        self.remote = remote
        self.received = remote[0].encode()
        self.rport = b"%d" % remote[1]
        host = b"[" + self.received + b"]" if b":" in self.received else self.received
        self.sent_by = host + b":" + self.rport

    def __repr__(self) -> str:
        return f"<Flow {self.transport} {self.local} - {self.remote}>"


class Send:
    """Put bytes on a flow: one datagram, or the next bytes of a stream.

    Attributes:
        flow: where to send. A stream flow that is being opened keeps the bytes until it is open.
        data: one whole SIP message, a keep-alive or a STUN response.
        address: for a datagram, another destination than ``flow.remote`` (RFC 3261 section 18.2.2:
            the sent-by port, or maddr); None otherwise. The host may be a name.
    """

    __slots__ = ("address", "data", "flow")

    def __init__(self, flow: Flow, data: bytes, address: Address | None = None) -> None:
        self.flow = flow
        self.data = data
        self.address = address

    def __repr__(self) -> str:
        return f"Send({self.flow!r}, {self.data[:40]!r}, {self.address!r})"


class SlowSend(Send):
    """Put bytes on a stream flow in pieces, with everything else on it behind the last.

    Attributes:
        pieces: the bytes in order, each piece with the seconds to wait before it. What lies between
            core and shell (`responder.faults.wire`) makes a `Send` of each; a shell sees no others.
    """

    __slots__ = ("pieces",)

    def __init__(self, flow: Flow, data: bytes, pieces: tuple[tuple[float, bytes], ...]) -> None:
        super().__init__(flow, data)
        self.pieces = pieces


class SendFrom:
    """Put one datagram on a flow, but have it leave from another port of ours.

    Attributes:
        flow: where to send; a datagram flow.
        data: the datagram.
        port: the other port at the flow's own address, which the shell binds and keeps; 0 for any
            free one, the same each time.
        address: another destination than ``flow.remote``, as for `Send`.
    """

    __slots__ = ("address", "data", "flow", "port")

    def __init__(self, flow: Flow, data: bytes, port: int, address: Address | None = None) -> None:
        self.flow = flow
        self.data = data
        self.port = port
        self.address = address


class OpenFlow:
    """Connect a stream flow that the core made; `Send` outputs for it follow at once.

    The shell locates ``flow.remote`` (a name is looked up, RFC 3263 section 5; port 0 means that
    none was given, so SRV records count), connects, and calls `Core.flow_opened`, or
    `Core.flow_failed` when no address could be reached.
    """

    __slots__ = ("flow",)

    def __init__(self, flow: Flow) -> None:
        self.flow = flow


class CloseFlow:
    """Close a stream flow once what was sent on it has left."""

    __slots__ = ("flow",)

    def __init__(self, flow: Flow) -> None:
        self.flow = flow


class ResetFlow:
    """Reset a stream flow at once (TCP RST), whatever has not left yet."""

    __slots__ = ("flow",)

    def __init__(self, flow: Flow) -> None:
        self.flow = flow


class Trace:
    """Something worth telling a person or a log, never needed for the protocol to go on.

    Attributes:
        kind: a stable word, such as ``call`` or ``source-refused``.
        facts: named values; secrets never among them.
    """

    __slots__ = ("facts", "kind")

    def __init__(self, kind: str, **facts: object) -> None:
        self.kind = kind
        self.facts = facts

    def __repr__(self) -> str:
        return f"Trace({self.kind!r}, {self.facts!r})"


Output: TypeAlias = Send | SendFrom | OpenFlow | CloseFlow | ResetFlow | Trace


class Core(Protocol):
    """What a shell drives: the answering stack, or the calling side of a probe.

    Every ``now`` is in seconds on one clock that never goes back. No method raises for anything
    that a peer did. After each call, or each batch of calls, the shell carries out `take_outputs`
    and arms its timer for `next_deadline`.
    """

    def receive(self, flow: Flow, data: bytes, now: float) -> None:
        """Take one datagram, or the next bytes of a stream in whatever pieces they came."""

    def flow_opened(self, flow: Flow, now: float) -> None:
        """Take note of a stream flow: one that a peer opened, or one of our own `OpenFlow`."""

    def flow_closed(self, flow: Flow, now: float) -> None:
        """Take note that a stream flow is gone, whoever closed it."""

    def flow_failed(self, flow: Flow, address: Address, reason: str, now: float) -> None:
        """Take note that bytes to ``address`` did not arrive (RFC 3261 section 18.4).

        For a datagram flow an ICMP error or the socket's refusal, for a stream flow a connection
        that could not be made.
        """

    def source_refused(self, transport: str, address: Address, now: float) -> None:
        """Count a packet or connection from a source that is not allowed; its bytes are dropped."""

    def expire(self, now: float) -> None:
        """Act on every deadline that is not after ``now``."""

    def next_deadline(self) -> float | None:
        """When `expire` wants to be called next; None while nothing waits."""

    def take_outputs(self) -> Sequence[Output]:
        """Return what is to be done, in order, and forget it."""
