"""The far end of a probe: a caller driven by hand, and responses to what it sent."""

from typing import TypedDict, Unpack

from responder.probe.attempt import Attempt, Result
from responder.probe.caller import Caller
from responder.sip.events import Address, Flow
from responder.sip.headers.uri import Uri, parse_uri
from responder.sip.message import Message
from responder.testing.network import Network, Sent
from responder.testing.tokens import counted_tokens

HERE: Address = ("192.0.2.1", 40000)
THERE: Address = ("192.0.2.9", 5060)
ELSEWHERE = b"<sip:elsewhere@192.0.2.77:5070>"


class Options(TypedDict, total=False):
    """What an attempt is asked for, but the URI; see `responder.probe.attempt.Attempt`."""

    method: bytes
    transport: str
    pinned: bool
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    user: bytes
    password: bytes
    timeout: float
    grace: float
    hold: float
    follow: bool
    proxy: Uri


class FarEnd:
    """One attempt, placed at time 0 over a network without sockets.

    Attributes:
        caller: the caller.
        network: what drives it, and what it sent.
        flow: the UDP flow that it was given; None without one.
    """

    def __init__(
        self,
        uri: str = "sip:486@192.0.2.9",
        /,
        *,
        datagrams: bool = True,
        **options: Unpack[Options],
    ) -> None:
        attempt = Attempt(parse_uri(uri.encode()), **options)
        self.caller = Caller(attempt, counted_tokens())
        self.network = Network(self.caller, start=0.0)
        self.flow = Flow("udp", HERE, THERE) if datagrams else None
        self.caller.start(self.flow, 0.0)
        self.network.collect()

    @property
    def result(self) -> Result:
        return self.caller.result

    @property
    def notes(self) -> list[str]:
        return self.result.record.notes()

    def requests(self, method: bytes = b"") -> list[Sent]:
        """Return the requests sent so far, of one method or of all."""
        return [
            sent
            for sent in self.network.sent
            if sent.message.method and method in {b"", sent.message.method}
        ]

    def last(self, method: bytes = b"") -> Sent:
        return self.requests(method)[-1]

    def answer(self, status: int, *headers: bytes, **changes: bytes) -> list[Sent]:
        """Respond to the latest request but ACK; see `respond`."""
        request = [sent for sent in self.requests() if sent.message.method != b"ACK"][-1]
        return self.respond(request, status, *headers, **changes)

    def respond(self, request: Sent, status: int, *headers: bytes, **changes: bytes) -> list[Sent]:
        """Respond to a request; return what the caller sends in turn.

        Args:
            request: what to respond to.
            status: the status.
            headers: further header lines.
            changes: ``tag`` of To; ``body``; or another value for a field, such as ``cseq``.
        """
        data = response(request.message, status, *headers, **changes)
        return self.network.receive(request.flow, data)

    def send(self, method: bytes, number: int = 1, /, **changes: bytes) -> list[Sent]:
        """Send a request inside the call; return what the caller sends in turn."""
        first = self.requests()[0]
        return self.network.receive(first.flow, inside(first.message, method, number, **changes))

    def open(self) -> Flow:
        """Let the latest connection stand that the caller asked for."""
        flow = self.network.opened[-1]
        flow.local = ("192.0.2.1", 41000 + len(self.network.opened))
        self.caller.flow_opened(flow, self.network.now)
        self.network.collect()
        return flow

    def fail(self, flow: Flow, reason: str, address: Address | None = None) -> None:
        """Tell the caller that what went to an address did not arrive."""
        self.caller.flow_failed(flow, address or flow.remote, reason, self.network.now)
        self.network.collect()

    def settled(self) -> bool:
        """Whether the shell was told that the attempt is over, which it must be just once."""
        told = [trace for trace in self.network.traces if trace.kind == "settled"]
        assert len(told) <= 1
        return bool(told)


def response(
    request: Message,
    status: int,
    *headers: bytes,
    tag: bytes = b"far",
    reason: bytes = b"Any",
    body: bytes = b"",
    **changes: bytes,
) -> bytes:
    fields = request.fields
    to = fields[b"to"]
    if tag and b"tag=" not in to and status > 100:
        to += b";tag=" + tag
    values = {
        "via": fields[b"via"],
        "from": fields[b"from"],
        "to": to,
        "call-id": fields[b"call-id"],
        "cseq": fields[b"cseq"],
    } | changes
    lines = [b"SIP/2.0 %d %b" % (status, reason)]
    lines += [b"%b: %b" % (name.encode(), value) for name, value in values.items() if value]
    lines += [*headers, b"Content-Length: %d" % len(body), b"", body]
    return b"\r\n".join(lines)


def inside(
    invite: Message,
    method: bytes,
    number: int,
    *,
    tag: bytes = b"far",
    branch: bytes = b"z9hG4bKfar",
    **changes: bytes,
) -> bytes:
    fields = invite.fields
    values = {
        "via": b"SIP/2.0/UDP 192.0.2.9:5060;branch=%b%d%b" % (branch, number, method),
        "from": fields[b"to"] + b";tag=" + tag,
        "to": fields[b"from"],
        "call-id": fields[b"call-id"],
        "cseq": b"%d %b" % (number, method),
        "content-length": b"0",
    } | changes
    lines = [b"%b sip:probe@192.0.2.1:40000 SIP/2.0" % method]
    lines += [b"%b: %b" % (name.encode(), value) for name, value in values.items() if value]
    return b"\r\n".join([*lines, b"", b""])
