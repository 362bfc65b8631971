"""The end of calls whose callers vanished."""

import pytest

from responder.sip.settings import Limits, Settings
from responder.stack import Stack
from responder.testing.caller import Caller
from responder.testing.network import Network
from responder.testing.tokens import counted_tokens


def network(call_time: float) -> Network:
    return Network(Stack(Settings(limits=Limits(call_time=call_time)), counted_tokens()))


def answered(wire: Network, address: str = "192.0.2.10") -> Caller:
    caller = Caller(wire, remote=(address, 5060))
    caller.call("200")
    caller.ack()
    return caller


def hung_up(caller: Caller) -> bool:
    return any(line.endswith("<- BYE") for line in caller.ladder())


def stack_of(wire: Network) -> Stack:
    assert isinstance(wire.core, Stack)
    return wire.core


def test_a_call_that_nobody_ends_gets_a_bye() -> None:
    wire = network(60.0)
    alice = answered(wire)
    alice.advance(61.0)
    # On the second that ends behind it: many calls may share one.
    assert alice.ladder()[-1] == "+61 <- BYE"
    stack = stack_of(wire)
    assert stack.endpoint.dialogs == {}
    assert stack.journal.counts["over the limit: call time"] == 1
    assert "stood for as long as it may" in stack.journal.records[-1].notes()[-1]


def test_each_call_has_its_own_time() -> None:
    wire = network(60.0)
    first = answered(wire)
    wire.advance(30.0)
    second = answered(wire, "192.0.2.11")
    wire.advance(32.0)
    assert hung_up(first)
    assert second.ladder()[-1] == "-> ACK"
    wire.advance(30.0)
    assert hung_up(second)


def test_a_call_that_was_ended_leaves_nothing_behind() -> None:
    wire = network(60.0)
    alice = answered(wire)
    alice.bye()
    wire.advance(120.0)
    assert stack_of(wire).next_deadline() is None
    assert alice.ladder()[-2:] == ["-> BYE", "<- 200 to BYE"]
    assert stack_of(wire).journal.counts["over the limit: call time"] == 0


def test_a_reinvite_gives_no_more_time() -> None:
    wire = network(60.0)
    alice = answered(wire)
    wire.advance(50.0)
    alice.inside("INVITE")
    alice.ack()
    wire.advance(12.0)
    assert hung_up(alice)


def test_a_call_with_a_reinvite_under_way_is_hung_up_after_its_ack() -> None:
    wire = network(60.0)
    alice = answered(wire)
    wire.advance(59.5)
    alice.inside("INVITE")
    wire.advance(3.0)
    assert stack_of(wire).journal.counts["over the limit: call time"] == 1
    assert not hung_up(alice)
    alice.ack()
    assert hung_up(alice)
    wire.advance(120.0)
    assert stack_of(wire).endpoint.dialogs == {}
    assert stack_of(wire).next_deadline() is None


def test_a_long_time_is_waited_for_in_looks() -> None:
    wire = network(1000.0)
    alice = answered(wire)
    wire.advance(999.0)
    assert not hung_up(alice)
    wire.advance(2.0)
    assert hung_up(alice)


@pytest.mark.parametrize("seconds", [60.0, 100_000.0])
def test_zero_is_no_end(seconds: float) -> None:
    wire = network(0.0)
    alice = answered(wire)
    wire.advance(seconds)
    assert alice.ladder()[-1] == "-> ACK"
