import pytest

from responder.journal.record import Record
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


def shown(alice: Caller) -> list[str]:
    """What a console was told, in order: its kind, and the status of the call."""
    told = []
    for trace in alice.network.traces:
        record = trace.facts.get("record")
        told.append(f"{trace.kind} {record.status}" if isinstance(record, Record) else trace.kind)
    return told


# What a console is told.


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


def test_nothing_is_told_where_nobody_listens(stack: Stack, alice: Caller) -> None:
    stack.uas.traces = False
    alice.call("486")
    alice.ack()
    alice.call("200")
    alice.ack()
    alice.bye()
    alice.network.receive(alice.flow, b"nonsense")
    assert alice.network.traces == []
    assert stack.journal.counts["strays"] == 1
    assert [record.status for record in stack.journal.records] == [486, 200]


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


def test_what_is_advertised_stands_in_contact_and_description() -> None:
    settings = Settings(advertise=("203.0.113.5", 5999))
    alice = caller(Stack(settings, counted_tokens()))
    alice.call("200", body=OFFER)
    final = alice.final("INVITE")
    assert final.header("Contact") == "<sip:200@203.0.113.5:5999>"
    assert b"c=IN IP4 203.0.113.5\r\n" in final.body


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
    assert stack.uas.pending == 0
    assert stack.next_deadline() is None


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize("target", ["480", "alice"], ids=["refused", "answered"])
def test_a_request_outside_any_call_is_shown_whatever_its_transport(
    stack: Stack, transport: str, target: str
) -> None:
    bob = caller(stack, transport)
    bob.start("MESSAGE", target)
    status = 480 if target == "480" else 200
    assert shown(bob) == [f"call {status}"]
    assert [record.status for record in stack.journal.records] == [status]
