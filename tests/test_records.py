"""What is recorded of calls, and what a console is told of them."""

import pytest

from responder.journal.record import Record
from responder.sip.settings import Settings
from responder.stack import Stack
from responder.testing.caller import OFFER, Caller
from responder.testing.network import Network
from responder.testing.tokens import counted_tokens


@pytest.fixture
def stack() -> Stack:
    return Stack(Settings(), counted_tokens())


@pytest.fixture
def alice(stack: Stack) -> Caller:
    return Caller(Network(stack))


def shown(alice: Caller) -> list[str]:
    """What a console was told, in order: its kind, and the status of the call."""
    told = []
    for trace in alice.network.traces:
        record = trace.facts.get("record")
        told.append(f"{trace.kind} {record.status}" if isinstance(record, Record) else trace.kind)
    return told


def test_a_refused_call_is_shown_once_it_is_acknowledged(alice: Caller) -> None:
    alice.call("486")
    assert shown(alice) == []
    alice.ack()
    alice.ack()
    assert shown(alice) == ["call 486"]


def test_a_refused_call_without_an_ack_is_shown_when_it_is_given_up(
    alice: Caller, stack: Stack
) -> None:
    alice.call("486")
    alice.advance(40.0)
    assert shown(alice) == ["call 486"]
    assert "no ACK for the final response within 64*T1" in stack.journal.records[0].notes()[0]


def test_an_answered_call_is_shown_when_it_stands_and_when_it_ends(alice: Caller) -> None:
    alice.call("200", body=OFFER)
    assert shown(alice) == []
    alice.ack()
    assert shown(alice) == ["call 200"]
    alice.bye()
    assert shown(alice) == ["call 200", "ended 200"]


def test_another_request_is_shown_with_its_answer(alice: Caller) -> None:
    alice.start("OPTIONS")
    alice.start("FOO")
    assert shown(alice) == ["call 200", "call 501"]


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize("target", ["480", "alice"], ids=["refused", "answered"])
def test_a_request_outside_any_call_is_shown_whatever_its_transport(
    stack: Stack, transport: str, target: str
) -> None:
    bob = Caller(Network(stack), transport)
    bob.start("MESSAGE", target)
    status = 480 if target == "480" else 200
    assert shown(bob) == [f"call {status}"]
    assert [record.status for record in stack.journal.records] == [status]


def test_nothing_is_told_where_nobody_listens(stack: Stack, alice: Caller) -> None:
    stack.uas.records.traces = False
    alice.call("486")
    alice.ack()
    alice.call("200")
    alice.ack()
    alice.bye()
    alice.network.receive(alice.flow, b"nonsense")
    assert alice.network.traces == []
    assert stack.journal.counts["strays"] == 1
    assert [record.status for record in stack.journal.records] == [486, 200]
