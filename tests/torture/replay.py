"""Feeds bytes to a stack the way a peer would, and reads what comes back with two parsers."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import sipmessage

from responder.sip.events import Flow
from responder.sip.message import Message, parse
from responder.sip.settings import Registering, Settings
from responder.stack import Stack
from responder.testing.network import Network, Sent
from responder.testing.tokens import counted_tokens

SERVER = "sip-responder"
BRANCH_BEHIND = b"z9hG4bKbehind-it"
OPTIONS_BEHIND = b"\r\n".join(
    [
        b"OPTIONS sip:harbour.example SIP/2.0",
        b"Via: SIP/2.0/UDP pilot.lantern.example;branch=" + BRANCH_BEHIND,
        b"To: <sip:harbour.example>",
        b"From: <sip:pilot@lantern.example>;tag=behind-it",
        b"Call-ID: behind-it@lantern.example",
        b"CSeq: 7 OPTIONS",
        b"Max-Forwards: 70",
        b"Content-Length: 0",
        b"",
        b"",
    ]
)

_ADDRESSES = {
    False: (("127.0.0.1", 5060), ("127.0.0.1", 40000)),
    True: (("::1", 5060), ("::1", 40000)),
}
_READERS: dict[str, Callable[[sipmessage.Message], object]] = {
    "Via": lambda message: message.via,
    "From": lambda message: message.from_address,
    "To": lambda message: message.to_address,
    "Call-ID": lambda message: message.call_id,
    "CSeq": lambda message: message.cseq,
    "Contact": lambda message: message.contact,
    "Content-Length": lambda message: message.content_length,
    "Content-Type": lambda message: message.content_type,
    "Accept": lambda message: message.accept,
    "Record-Route": lambda message: message.record_route,
    "Supported": lambda message: message.supported,
    "Unsupported": lambda message: message.unsupported,
    "Date": lambda message: message.date,
}


# sipmessage takes a received parameter with an IPv6 address only in brackets, which must not be
# sent (RFC 5118 section 4.5).
_IPV6_RECEIVED = re.compile(rb";received=([0-9a-f.]*:[0-9a-f:.]*)")


def new_stack() -> Stack:
    """Return a stack whose tokens are the same in every run, and whose bindings last a minute."""
    settings = Settings(server=SERVER, registering=Registering(maximum=60))
    return Stack(settings, counted_tokens())


class Sea(Network):
    """A network on which nobody answers the connections that the core opens itself."""

    def collect(self) -> None:
        super().collect()
        while self.opened:
            flow = self.opened.pop()
            self.core.flow_failed(flow, flow.remote, "nobody there", self.now)
            super().collect()


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a stack did about some bytes.

    Attributes:
        responses: every response to them, retransmissions included.
        finals: the different final responses among them.
        behind: the different final responses to `OPTIONS_BEHIND`.
        requests: the requests that the stack sent, such as the BYE of a call nobody acknowledged.
        closed_soon: whether the stream was closed within a second.
        closed: whether it was closed in the end.
    """

    responses: list[bytes]
    finals: list[bytes]
    behind: list[bytes]
    requests: list[bytes]
    closed_soon: bool
    closed: bool


def open_flow(network: Network, transport: str, *, ipv6: bool = False) -> Flow:
    """Return the flow of a peer on loopback."""
    local, remote = _ADDRESSES[ipv6]
    if transport == "udp":
        return network.datagrams(remote, local)
    return network.connect(remote, local)


def replay(
    stack: Stack, transport: str, pieces: Iterable[bytes], *, ipv6: bool = False
) -> Replayed:
    """Hand pieces to a stack, let two minutes pass, and sort what came back."""
    network = Sea(stack)
    flow = open_flow(network, transport, ipv6=ipv6)
    for piece in pieces:
        if not flow.closed:
            network.receive(flow, piece)
    network.advance(1.0)
    closed_soon = flow.closed
    network.advance(120.0)
    return _sorted(network.sent, closed_soon, flow.closed)


def _sorted(sent: list[Sent], closed_soon: bool, closed: bool) -> Replayed:
    responses: list[bytes] = []
    behind: dict[bytes, None] = {}
    finals: dict[bytes, None] = {}
    requests: list[bytes] = []
    for each in sent:
        if not each.data.strip():
            continue
        status = each.message.status
        if status == 0:
            requests.append(each.data)
        elif BRANCH_BEHIND in each.data:
            behind[each.data] = None
        else:
            responses.append(each.data)
            if status >= 200:
                finals[each.data] = None
    return Replayed(responses, list(finals), list(behind), requests, closed_soon, closed)


def well_formed(data: bytes) -> Message:
    """Return a response or request of ours as a message; fail unless our own parser takes it."""
    message = parse(data)
    assert message.fault is None, f"{message.fault} in {data!r}"
    assert len(message.data) == len(data), f"bytes behind the body of {data!r}"
    assert message.fields[b"content-length"] == b"%d" % len(message.body)
    return message


def consult_oracle(data: bytes, unreadable: Iterable[str] = ()) -> None:
    """Have sipmessage read a response, each of its header fields too.

    Args:
        data: the response.
        unreadable: the fields that it is known not to read. Each must fail, or it is not needed.
    """
    readers = dict(_READERS)
    excused = {name: readers.pop(name) for name in unreadable}
    message = sipmessage.Message.parse(_IPV6_RECEIVED.sub(rb";received=[\1]", data))
    assert isinstance(message, sipmessage.Response)
    for name, read in readers.items():
        try:
            read(message)
        except (ValueError, KeyError) as error:
            raise AssertionError(f"sipmessage cannot read {name} of {data!r}") from error
    for name, read in excused.items():
        try:
            read(message)
        except (ValueError, KeyError):
            continue
        raise AssertionError(f"sipmessage reads {name} of {data!r} after all")


def left_over(stack: Stack) -> dict[str, int]:
    """Return what a stack still holds, by kind; nothing once all its timers have run out."""
    held = {
        "transactions": len(stack.endpoint.transactions),
        "client transactions": len(stack.endpoint.clients),
        "dialogs": len(stack.endpoint.dialogs),
        "calls not answered": stack.uas.answers.pending,
        "outputs": len(stack.endpoint.outputs),
        "bindings": sum(1 for _ in stack.uas.registrar.bindings(0.0)),
    }
    return {kind: count for kind, count in held.items() if count}
