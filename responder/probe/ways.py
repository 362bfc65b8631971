"""The flows of a caller: which one leads to a URI, and the keep-alive of its stream."""

from responder.probe.request import sent_by
from responder.sip.events import Address, Flow, OpenFlow, Output, Send
from responder.sip.framing import Frame, StreamFramer
from responder.sip.headers.uri import Uri
from responder.sip.headers.via import Via
from responder.sip.keepalive import KeepAlive, KeepAliveAction, ping_interval
from responder.sip.routing import DEFAULT_PORTS
from responder.sip.settings import Limits, Tokens

_UPPER = 120
"""Seconds between pings at most, where the far end names no number (RFC 5626 section 4.4.1)."""

_PING = b"\r\n\r\n"
_PONG = b"\r\n"


class Ways:
    """The datagram flow that the shell made, and the stream flows that are opened when needed.

    Attributes:
        datagrams: the UDP flow to what is dialled; None when nothing can be sent by UDP.
        flow: the flow of the latest request outside a dialog.
        address: where its datagrams go if not to ``flow.remote``, or None.
        sent_bys: every sent-by that our Via values had.
    """

    __slots__ = (
        "_keep_alive",
        "_limits",
        "_opening",
        "_outputs",
        "_pinged",
        "_streams",
        "_tokens",
        "address",
        "datagrams",
        "flow",
        "sent_bys",
    )

    def __init__(self, outputs: list[Output], limits: Limits, tokens: Tokens) -> None:
        self.datagrams: Flow | None = None
        self.flow: Flow | None = None
        self.address: Address | None = None
        self.sent_bys: set[bytes] = set()
        self._outputs = outputs
        self._limits = limits
        self._tokens = tokens
        self._streams: list[tuple[Flow, Address]] = []
        self._opening: set[Flow] = set()
        self._keep_alive: KeepAlive | None = None
        self._pinged: Flow | None = None

    def toward(self, uri: Uri, transport: str) -> tuple[Flow, Address | None] | None:
        """Return the flow and the datagram address that lead to a URI; None if none can.

        A connection that leads there is used again (RFC 3261 section 18.1.1).

        Args:
            uri: a ``sip`` URI; its maddr counts rather than its host.
            transport: ``udp`` or ``tcp``.
        """
        address = _address(uri)
        if transport == "udp":
            if self.datagrams is None:
                return None
            there = _same(self.datagrams.remote, address, transport)
            return self.datagrams, None if there else address
        for flow, asked in self._streams:
            # The shell knows the number, and whoever wrote the URI perhaps only the name.
            there = any(_same(known, address, transport) for known in (flow.remote, asked))
            if there and not flow.closed:
                return flow, None
        return self.connect(address), None

    def first(self, transport: str, uri: Uri) -> tuple[Flow, Address | None] | None:
        """Return the way for what was dialled: to the address that the shell has found for it."""
        if self.datagrams is None:
            return self.toward(uri, transport)
        if transport == "udp":
            return self.datagrams, None
        return self.connect(self.datagrams.remote, _address(uri)), None

    def beside(self) -> Flow:
        """Return a new stream flow to where the datagrams go (RFC 3261 section 18.1.1)."""
        assert self.datagrams is not None
        return self.connect(self.address or self.datagrams.remote)

    def connect(self, address: Address, asked: Address | None = None) -> Flow:
        """Have a connection opened; what is sent on it waits until it stands.

        Args:
            address: where to.
            asked: the same as a URI has it, by which the connection is found again.
        """
        local = self.flow.local if self.flow is not None else ("", 0)
        flow = Flow("tcp", local, address)
        flow.framer = StreamFramer(self._limits.message, self._limits.head)
        self._streams.append((flow, asked or address))
        self._opening.add(flow)
        self._outputs.append(OpenFlow(flow))
        return flow

    def opened(self, flow: Flow) -> None:
        """Take note that a connection stands, so that its local address is known."""
        self._opening.discard(flow)

    def stands(self, flow: Flow) -> bool:
        """Whether the local address of a flow is the one that the far end will see."""
        return flow not in self._opening

    def own(self, flow: Flow) -> bytes:
        """Return the sent-by for a request on a flow, and expect responses for it."""
        text = sent_by(flow)
        self.sent_bys.add(text.lower())
        return text

    # The keep-alive of a stream (RFC 5626 section 4.4.1, RFC 6223).

    def answered(self, flow: Flow, via: Via, now: float) -> None:
        """Begin to ping a stream whose far end says, in our Via, that it answers pings."""
        seconds = via.keep
        if not flow.reliable or not seconds or not seconds.isdigit() or self._pinged is flow:
            return
        upper = min(_UPPER, int(seconds[:6])) or _UPPER
        self._pinged = flow
        self._keep_alive = KeepAlive(lambda: ping_interval(upper, self._fraction()))
        self._keep_alive.started(now)

    def ponged(self, now: float) -> None:
        """Take note of a pong."""
        if self._keep_alive is not None:
            self._keep_alive.pong(now)

    def pinged(self, flow: Flow) -> None:
        """Answer a ping."""
        self._outputs.append(Send(flow, _PONG))

    def deadline(self) -> float | None:
        """Return when `expire` wants to be called; None while no ping is due."""
        return self._keep_alive.deadline if self._keep_alive is not None else None

    def expire(self, now: float) -> Flow | None:
        """Send a ping that is due; return the flow that has failed for want of a pong, or None."""
        if self._keep_alive is None or self._pinged is None:
            return None
        action = self._keep_alive.expire(now)
        if action is KeepAliveAction.PING:
            framer = self._pinged.framer
            assert isinstance(framer, StreamFramer)
            framer.expect_pong()
            self._outputs.append(Send(self._pinged, _PING))
        return self._pinged if action is KeepAliveAction.FAILED else None

    def rest(self) -> None:
        """Send no more pings: nothing is waited for."""
        self._keep_alive = None

    def _fraction(self) -> float:
        return int(self._tokens(), 16) / 2**64


def frames(flow: Flow, data: bytes) -> list[Frame]:
    """Return the frames that the next bytes of a stream complete."""
    framer = flow.framer
    return framer.feed(data) if isinstance(framer, StreamFramer) else []


def _address(uri: Uri) -> Address:
    host = (uri.param(b"maddr") or uri.host).decode("ascii", "replace").strip("[]")
    return (host, uri.port or 0)


def _same(known: Address, wanted: Address, transport: str) -> bool:
    port = DEFAULT_PORTS[transport]
    return (known[0].lower(), known[1] or port) == (wanted[0].lower(), wanted[1] or port)
