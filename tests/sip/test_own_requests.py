"""What the answering side asks of its callers: BYE and re-INVITE on its own account."""

import pytest

from responder.sip.events import OpenFlow
from responder.sip.own_requests import glare_wait
from responder.sip.settings import Settings
from responder.stack import Stack
from responder.testing.caller import OFFER, Caller
from responder.testing.network import Network
from responder.testing.tokens import counted_tokens
from tests.reinvites import reinvite


def stack_of(caller: Caller) -> Stack:
    core = caller.network.core
    assert isinstance(core, Stack)
    return core


@pytest.fixture
def caller() -> Caller:
    return Caller(Network(Stack(Settings(), counted_tokens())))


@pytest.fixture
def tcp_caller() -> Caller:
    return Caller(Network(Stack(Settings(), counted_tokens())), "tcp")


@pytest.mark.row("INV-07")
def test_after_glare_our_reinvite_is_sent_again_within_two_seconds(caller: Caller) -> None:
    caller.call("200", body=OFFER)
    caller.ack()
    (dialog,) = stack_of(caller).endpoint.dialogs.values()
    reinvite(stack_of(caller), dialog, caller.network.now, OFFER)
    caller.network.collect()
    caller.answer(491)
    caller.advance(2)
    invites = [message for message in caller.received if message.method == b"INVITE"]
    assert [message.fields[b"cseq"] for message in invites][:2] == [b"1 INVITE", b"2 INVITE"]


@pytest.mark.row("INV-07")
@pytest.mark.parametrize("draw", [0, 1, 190, 200, 201, 2**63])
def test_the_waits_after_glare_of_the_two_sides_never_overlap(draw: int) -> None:
    assert 2.1 <= glare_wait(owner=True, draw=draw) <= 4.0
    assert 0 <= glare_wait(owner=False, draw=draw) <= 2.0


def test_our_request_on_a_connection_that_is_gone_opens_another_one(tcp_caller: Caller) -> None:
    caller = tcp_caller
    caller.call("200")
    caller.ack()
    caller.disconnect()
    stack = stack_of(caller)
    stack.shut_down(caller.network.now)
    outputs = stack.take_outputs()
    (opened,) = [output for output in outputs if isinstance(output, OpenFlow)]
    assert opened.flow.transport == "tcp"
    assert opened.flow.remote == caller.remote
