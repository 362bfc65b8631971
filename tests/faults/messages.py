"""Messages for faults to work on, and what they make of them."""

from collections.abc import Mapping

from responder.faults.draft import Draft
from responder.faults.fault import Chance, Mutation, Passage
from responder.faults.parcel import Parcel
from responder.faults.registry import make
from responder.sip.events import Flow
from tests.faults.calls import drawing

BUSY = (
    b"SIP/2.0 486 Busy Here\r\n"
    b"Via: SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bKold;rport=5070\r\n"
    b"Via: SIP/2.0/UDP 192.0.2.8;branch=z9hG4bKfar\r\n"
    b'From: "A" <sip:alice@192.0.2.9;tag=uri>;tag=from\r\n'
    b"To: <sip:1001@192.0.2.1>;tag=to\r\n"
    b"Call-ID: call-1\r\n"
    b"CSeq: 7 INVITE\r\n"
    b"Content-Length: 0\r\n"
    b"\r\n"
)
ANSWER = BUSY.replace(b"486 Busy Here", b"200 OK").replace(
    b"Content-Length: 0\r\n\r\n",
    b"Content-Type: application/sdp\r\nContent-Length: 10\r\n\r\nv=0\r\ns=-\r\n",
)
BYE = (
    b"BYE sip:alice@192.0.2.9 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKbye\r\n"
    b"CSeq: 1 BYE\r\nContent-Length: 0\r\n\r\n"
)


def mutated(
    name: str, value: object = None, data: bytes = BUSY, draw: Chance | None = None
) -> tuple[bytes, str]:
    """What one mutation makes of a message, and what it says."""
    [fault] = make(name, value)
    assert isinstance(fault, Mutation)
    draft = Draft(data)
    said = fault.mutate(draft, draw or drawing(0.0))
    return draft.to_bytes(), said


def changed_lines(before: bytes, after: bytes) -> Mapping[bytes, bytes]:
    """The lines that another line stands in place of, by the old one."""
    old, new = before.split(b"\r\n"), after.split(b"\r\n")
    assert len(old) == len(new)
    return {one: other for one, other in zip(old, new, strict=True) if one != other}


def passage(attempt: int = 1, transport: str = "udp", draw: Chance | None = None) -> Passage:
    flow = Flow(transport, ("192.0.2.1", 5060), ("192.0.2.9", 5070))
    return Passage(attempt, "486", flow, draw or drawing(0.0))


def parcels(*data: bytes) -> list[Parcel]:
    return [Parcel(each) for each in data]
