"""Requests and responses are counted by method and status, whatever a peer sends."""

from collections import Counter

import pytest

from responder.scenario.rules import Rule, Rules
from responder.scenario.steps import Program, Respond, Step, Wait
from responder.sip.settings import Limits, Settings
from responder.sip.traffic import BOUNDS, FURTHER, OTHER, Traffic
from responder.stack import Stack
from responder.testing.caller import Caller
from responder.testing.network import Network
from responder.testing.tokens import counted_tokens


def caller(*steps: Step, limits: Limits | None = None) -> Caller:
    """A caller of a stack that answers every INVITE by these steps."""
    rules = Rules((Rule(Program("it", (steps,)), (b"INVITE",)),)) if steps else None
    settings = Settings(limits=limits or Limits())
    return Caller(Network(Stack(settings, counted_tokens(), rules)))


def stack_of(alice: Caller) -> Stack:
    assert isinstance(alice.network.core, Stack)
    return alice.network.core


def traffic(alice: Caller) -> Traffic:
    return stack_of(alice).endpoint.traffic


def requests(alice: Caller) -> dict[str, int]:
    live = stack_of(alice).endpoint.transactions.values()
    return {method.decode(): count for method, count in traffic(alice).requests(live).items()}


def responses(alice: Caller) -> dict[str, int]:
    """How many responses there were, such as ``486 to INVITE``."""
    found: Counter[str] = Counter()
    for (method, status, _), count in traffic(alice).responses.items():
        found[f"{status} to {method.decode()}"] += count
    return dict(found)


def step(alice: Caller, status: int) -> int:
    """The step of the one response with a status."""
    [found] = [each for _, code, each in traffic(alice).responses if code == status]
    return found


def test_a_call_is_counted_once_whatever_comes_again() -> None:
    alice = caller(Respond(180), Respond(486))
    alice.call("x")
    alice.again()
    alice.advance(2)
    alice.ack()
    alice.ack()
    assert requests(alice) == {"INVITE": 1}
    assert responses(alice) == {"180 to INVITE": 1, "486 to INVITE": 1}
    assert stack_of(alice).uas.acknowledgements == 1
    again = stack_of(alice).journal.again
    assert (again.received, again.sent) == (2, 3)


def test_requests_inside_a_call_count_by_their_own_methods() -> None:
    alice = caller(Respond(200))
    alice.call("x")
    alice.ack()
    alice.ack()
    alice.inside("INFO")
    alice.bye()
    assert requests(alice) == {"INVITE": 1, "INFO": 1, "BYE": 1}
    assert responses(alice) == {"200 to INVITE": 1, "200 to INFO": 1, "200 to BYE": 1}
    assert stack_of(alice).uas.acknowledgements == 1


def test_a_cancel_and_what_it_brings_about_are_counted() -> None:
    alice = caller(Respond(180), Wait(5.0), Respond(200))
    alice.call("x")
    alice.cancel()
    assert requests(alice) == {"INVITE": 1, "CANCEL": 1}
    assert responses(alice) == {"180 to INVITE": 1, "487 to INVITE": 1, "200 to CANCEL": 1}


def test_an_ack_of_nothing_is_not_counted() -> None:
    alice = caller()
    alice.start("ACK", "x")
    assert requests(alice) == {}
    assert stack_of(alice).uas.acknowledgements == 0


def test_a_request_that_waits_is_counted_from_the_start_and_to_the_end() -> None:
    alice = caller(Wait(1000.0), Respond(486))
    stack = stack_of(alice)
    alice.call("x")
    transaction = next(iter(stack.endpoint.transactions.values()))
    assert requests(alice) == {"INVITE": 1}
    transaction.silence(alice.network.now)
    alice.advance(40)
    assert not stack.endpoint.transactions
    assert requests(alice) == {"INVITE": 1}
    assert responses(alice) == {}


def test_invented_methods_count_as_one() -> None:
    alice = caller()
    for number in range(5):
        alice.start(f"INVENTED{number}", "x")
    assert requests(alice) == {"other": 5}
    assert responses(alice) == {"501 to other": 5}
    assert len(traffic(alice).responses) == 1


def test_what_is_refused_without_a_transaction_is_counted() -> None:
    alice = caller(limits=Limits(transactions=1))
    alice.start("OPTIONS", "200")
    alice.start("MESSAGE", "200")
    alice.send(b"FOO sip:x@h SIP/2.0\r\nVia: no Via\r\n\r\n")
    assert requests(alice) == {"OPTIONS": 1, "MESSAGE": 1, "other": 1}
    assert responses(alice) == {"200 to OPTIONS": 1, "503 to MESSAGE": 1, "400 to other": 1}


def test_what_is_refused_for_its_header_fields_is_counted() -> None:
    alice = caller()
    alice.start("OPTIONS", "200", {"CSeq": "1 INVITE"})
    assert requests(alice) == {"OPTIONS": 1}
    assert responses(alice) == {"400 to OPTIONS": 1}


@pytest.mark.parametrize(
    ("wait", "expected"),
    [(0.0, 0), (0.001, 0), (0.002, 1), (0.25, 6), (0.3, 7), (200.0, len(BOUNDS))],
)
def test_the_wait_for_a_first_response_falls_into_its_step(wait: float, expected: int) -> None:
    made = Traffic()
    alice = caller(Wait(1000.0), Respond(486))
    alice.call("x")
    transaction = next(iter(stack_of(alice).endpoint.transactions.values()))
    transaction.born = 0.0
    made.responded(transaction, 180, wait)
    made.responded(transaction, 180, wait)
    assert made.responses == {(b"INVITE", 180, expected): 2}
    assert made.waited == ({b"INVITE": 2 * wait} if wait else {})


def test_only_a_first_response_is_waited_for() -> None:
    alice = caller(Wait(0.05), Respond(180), Wait(2.0), Respond(486))
    alice.call("x")
    alice.advance(3)
    assert BOUNDS[step(alice, 180)] >= 0.05
    assert step(alice, 486) == FURTHER
    assert traffic(alice).waited[b"INVITE"] == pytest.approx(0.05)


def test_the_100_of_the_protocol_is_a_first_response_too() -> None:
    alice = caller(Wait(1.0), Respond(486))
    alice.call("x")
    alice.advance(1)
    assert responses(alice) == {"100 to INVITE": 1, "486 to INVITE": 1}
    assert step(alice, 486) == FURTHER


def test_requests_of_ours_and_their_responses_are_counted() -> None:
    alice = caller(Respond(200))
    alice.call("x")
    alice.ack()
    stack_of(alice).shut_down(alice.network.now)
    alice.advance(0.6)
    alice.answer(200)
    alice.again()
    assert traffic(alice).own_requests == {b"BYE": 1}
    assert traffic(alice).own_responses == {(b"BYE", 200): 1}


def test_requests_of_ours_with_other_methods_count_as_one() -> None:
    made = Traffic()
    made.asked(b"INVENTED")
    made.answered(b"INVENTED", 200)
    assert made.own_requests == {OTHER: 1}
    assert made.own_responses == {(OTHER, 200): 1}
