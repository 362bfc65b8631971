"""Records that the tests of reports draw."""

from responder.journal.journal import Journal
from responder.journal.record import Record
from responder.report.outcome import Outcome
from responder.report.run import Run, run_of
from responder.sip.settings import Settings
from responder.stack import Stack
from responder.testing.caller import OFFER, Caller
from responder.testing.network import Network
from responder.testing.tokens import counted_tokens

INVITE = (
    b"INVITE sip:486@192.0.2.9 SIP/2.0\r\nCSeq: 1 INVITE\r\nContent-Type: application/sdp\r\n"
    b"Content-Length: 4\r\n\r\nv=0\n"
)
ACK = b"ACK sip:486@192.0.2.9 SIP/2.0\r\nCSeq: 1 ACK\r\n\r\n"


def response(status: int, reason: bytes = b"Any", cseq: bytes = b"1 INVITE") -> bytes:
    return b"SIP/2.0 %d %b\r\nCSeq: %b\r\n\r\n" % (status, reason, cseq)


def busy() -> Record:
    record = Record(1, 100.0, "INVITE")
    record.sent(100.0, INVITE, False)
    record.sent(100.5, INVITE, True)
    record.received(100.51, response(100, b"Trying"), False)
    record.received(100.7, response(486, b"Busy Here"), False)
    record.sent(100.7, ACK, False)
    record.received(101.2, response(486, b"Busy Here"), True)
    record.note(101.3, "the far end is busy")
    return record


def calls(transport: str = "udp") -> Journal:
    """Two calls that overlap: one rings and is busy, one is repeated once."""
    stack = Stack(Settings(), counted_tokens())
    network = Network(stack)
    alice = Caller(network, transport)
    bob = Caller(network, transport, remote=("192.0.2.10", 5070), user="bob")
    alice.call("180-2-486")
    bob.call("404")
    bob.advance(0.5)
    bob.ack()
    alice.advance(1.5)
    alice.ack()
    alice.advance(40.0)
    return stack.journal


def a_run(outcomes: bool = True, epoch: float = 1_700_000_000.0) -> Run:
    """A run in which one call was answered late, one is still going on, and one made no sense."""
    stack = Stack(Settings(), counted_tokens())
    network = Network(stack)
    alice, bob = Caller(network), Caller(network, "tcp", ("2001:db8::9", 5070), "bob")
    alice.call("180-2-486", body=OFFER)
    alice.advance(3.6)
    alice.ack()
    bob.call("200", {"Subject": "gr\xfc\xdfe"})
    network.receive(alice.flow, b"\xff\xfe no SIP\r\n\r\n")
    late, going = stack.journal.records
    late.fault(1003.6, "dropped the first 486")
    going.received(1003.6, b"INFO sip:x SIP/2.0\r\nCSeq: 2 INFO\r\n\r\n\xff\x00", False)
    calls = (late.identify(), going.identify())
    found = (
        Outcome("trunk fails over", True, "1 call", 0.5, calls[1:], "trunk.yaml", 12),
        Outcome("the ACK is right", False, "wanted an ACK\ngot none", 3.6, calls, "trunk.yaml", 14),
    )
    return run_of(
        stack.journal,
        name="flaky-trunk",
        program="sip-responder/1.0",
        epoch=epoch,
        began=999.0,
        ended=1004.5,
        outcomes=found if outcomes else (),
    )
