"""Every copy that a caller sends stands in the record, with its time and the flow that it took."""

import pytest

from responder.journal.record import Entry, Record
from responder.sip.message import parse
from responder.sip.settings import Settings
from responder.stack import Stack
from responder.testing.caller import Caller
from responder.testing.network import Network
from responder.testing.tokens import counted_tokens


def caller(transport: str = "udp") -> Caller:
    return Caller(Network(Stack(Settings(), counted_tokens())), transport)


def record_of(alice: Caller) -> Record:
    stack = alice.network.core
    assert isinstance(stack, Stack)
    (record,) = stack.journal.records
    return record


def came(alice: Caller) -> list[tuple[float, str, str]]:
    """Return seconds since the start, kind and method of all that came from the caller."""
    record = record_of(alice)
    return [
        (entry.at - record.started, entry.kind, parse(entry.data).method.decode())
        for entry in record.entries
        if entry.kind.startswith("received")
    ]


@pytest.mark.parametrize("dialled", ["180", "000", "486", "200"])
def test_a_copy_of_an_invite_in_proceeding_silence_completed_and_accepted(dialled: str) -> None:
    alice = caller()
    alice.call(dialled)
    alice.advance(0.25)
    alice.again()
    alice.advance(0.25)
    alice.again()
    assert came(alice) == [
        (0.0, "received", "INVITE"),
        (0.25, "received again", "INVITE"),
        (0.5, "received again", "INVITE"),
    ]


@pytest.mark.parametrize("dialled", ["486", "200"])
def test_copies_of_the_ack_and_of_an_invite_that_comes_after_it(dialled: str) -> None:
    alice = caller()
    alice.call(dialled)
    alice.ack()
    ack = record_of(alice).entries[-1].data
    for data in (ack, alice.invite):
        alice.advance(0.5)
        alice.again(data)
    assert came(alice)[1:] == [
        (0.0, "received", "ACK"),
        (0.5, "received again", "ACK"),
        (1.0, "received again", "INVITE"),
    ]


@pytest.mark.parametrize("dialled", ["000", "486", "sip:486@192.0.2.1;after=2s"])
def test_a_copy_of_another_request_before_and_after_its_answer(dialled: str) -> None:
    alice = caller()
    alice.start("OPTIONS", dialled)
    for _ in range(2):
        alice.advance(0.5)
        alice.again()
    assert came(alice) == [
        (0.0, "received", "OPTIONS"),
        (0.5, "received again", "OPTIONS"),
        (1.0, "received again", "OPTIONS"),
    ]


def test_copies_of_a_cancel_and_of_a_bye_stand_in_the_record_of_their_call() -> None:
    alice = caller()
    alice.ring()
    alice.cancel()
    alice.again()
    assert came(alice)[1:] == [(0.0, "received", "CANCEL"), (0.0, "received again", "CANCEL")]
    bob = caller()
    bob.call("200")
    bob.ack()
    bob.bye()
    bob.again()
    assert came(bob)[2:] == [(0.0, "received", "BYE"), (0.0, "received again", "BYE")]


def test_each_entry_has_the_flow_that_it_took() -> None:
    alice = caller()
    first = alice.flow
    alice.call("486")
    alice.flow = other = alice.network.datagrams((alice.remote[0], 6_000))
    alice.again()
    alice.ack()
    flows = [
        (entry.kind, entry.flow)
        for entry in record_of(alice).entries
        if entry.kind.startswith("received")
    ]
    assert flows == [("received", first), ("received again", other), ("received", other)]
    sent = [entry.flow for entry in record_of(alice).entries if entry.kind.startswith("sent")]
    assert set(sent) == {first}


def test_the_ack_of_a_2xx_a_bye_and_a_note_too() -> None:
    alice = caller("tcp")
    alice.call("200")
    alice.connect()
    alice.ack()
    alice.bye()
    record = record_of(alice)
    record.note(0.0, "a remark")
    assert record.entries[-1] == Entry(0.0, "note", b"a remark", None)
    assert [entry.flow for entry in record.entries if entry.kind == "received"][1:] == (
        [alice.flow] * 2
    )
