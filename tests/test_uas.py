import pytest

from responder.scenario.rules import Rule, Rules
from responder.scenario.steps import Program, Respond
from responder.sip.settings import Registering, Settings
from responder.stack import Stack
from responder.testing.caller import OFFER, Caller
from responder.testing.network import Network
from responder.testing.tokens import counted_tokens


def caller(stack: Stack, transport: str = "udp") -> Caller:
    return Caller(Network(stack), transport)


@pytest.fixture
def stack() -> Stack:
    return Stack(Settings(), counted_tokens())


@pytest.fixture
def alice(stack: Stack) -> Caller:
    return caller(stack)


# What answers.


def test_a_rule_goes_before_dialling_and_names_itself() -> None:
    program = Program("closed", ((Respond(480, b"Closed", ((b"Retry-After", b"60"),)),),))
    rules = Rules((Rule(program, (b"INVITE",), b"486"),))
    alice = caller(Stack(Settings(), counted_tokens(), rules))
    alice.call("486")
    final = alice.final("INVITE")
    assert (final.status, final.reason) == (480, b"Closed")
    assert final.header("Retry-After") == "60"
    assert final.header("Server") == "sip-responder (closed)"


@pytest.mark.parametrize("method", ["BYE", "INFO", "PRACK", "UPDATE", "NOTIFY"])
def test_a_request_of_no_dialog_that_spells_nothing_is_481(alice: Caller, method: str) -> None:
    alice.start(method)
    assert alice.statuses() == [481]


@pytest.mark.row("RDR-03")
@pytest.mark.parametrize("method", ["INVITE", "OPTIONS", "FOO"])
def test_a_redirection_asks_neither_for_methods_nor_for_extensions(
    alice: Caller, method: str
) -> None:
    """A redirect server leaves both to whom it redirects (RFC 3261 section 8.3)."""
    alice.start(method, "302", {"Require": "unheard-of"})
    assert alice.final(method).status == 302
    alice.start(method, "486", {"Require": "unheard-of"})
    assert alice.final(method).status == (501 if method == "FOO" else 420)


# The end.


def test_at_the_end_every_call_gets_its_own_end(stack: Stack, alice: Caller) -> None:
    alice.call("200", body=OFFER)
    alice.ack()
    bob = Caller(alice.network, remote=("192.0.2.10", 5080), user="bob")
    bob.ring()
    carol = Caller(alice.network, remote=("192.0.2.11", 5080), user="carol")
    carol.call("200", body=OFFER)
    dave = Caller(alice.network, remote=("192.0.2.12", 5080), user="dave")
    dave.call("000")
    stack.shut_down(alice.network.now)
    alice.network.collect()
    assert alice.ladder()[-1] == "<- BYE"
    assert bob.statuses() == [100, 180, 503]
    assert "<- BYE" not in carol.ladder()
    assert not stack.idle()
    carol.ack()
    assert carol.ladder()[-1] == "<- BYE"
    alice.answer(200)
    carol.answer(200)
    assert stack.idle()
    assert dave.statuses() == []


def test_at_the_end_nothing_new_begins(stack: Stack, alice: Caller) -> None:
    stack.shut_down(alice.network.now)
    alice.call("486")
    assert alice.statuses() == [503]
    assert alice.last().header("Retry-After") == "5"
    assert stack.idle()


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_nothing_is_left_of_calls_that_are_over(transport: str) -> None:
    stack = Stack(Settings(registering=Registering(maximum=60)), counted_tokens())
    alice = caller(stack, transport)
    for dialled in ("486", "180-1-603", "401-200", "200", "180-200", "000", "302"):
        alice.call(dialled, body=OFFER)
        alice.advance(1.0)
        if dialled != "000":
            alice.ack()
        if alice.statuses()[-1] == 200:
            alice.bye()
    alice.ring()
    alice.cancel()
    alice.ack()
    for method in ("OPTIONS", "REGISTER", "MESSAGE", "FOO"):
        alice.start(method)
    alice.advance(100.0)
    assert not stack.endpoint.transactions
    assert not stack.endpoint.dialogs
    assert not stack.endpoint.clients
    assert stack.uas.answers.pending == 0
    assert stack.next_deadline() is None
