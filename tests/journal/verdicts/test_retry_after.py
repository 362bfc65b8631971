"""Whether a caller waits as long as Retry-After says."""

import pytest

from responder.scenario.rules import Rule, Rules
from responder.scenario.steps import Program, Respond
from responder.testing.caller import OFFER, Caller
from tests.judging import caller, judged, outcome


def refused(status: int = 503, method: str = "INVITE") -> Caller:
    alice = caller()
    alice.start(method, dialled(status))
    if method == "INVITE":
        alice.ack()
    return alice


def dialled(status: int) -> str:
    return f"sip:{status}@192.0.2.1;retry-after=10"


def test_a_caller_that_waits_is_correct() -> None:
    alice = refused()
    assert outcome(alice, "retry-after") == "not seen"
    alice.advance(10.0)
    alice.call(dialled(503))
    verdict = judged(alice, "retry-after")
    assert verdict.outcome == "correct"
    assert verdict.seconds == pytest.approx(10.0)


def test_a_caller_that_does_not_come_back_is_correct_once_the_time_is_over() -> None:
    alice = refused()
    alice.advance(10.0)
    assert judged(alice, "retry-after").sentence() == "nothing came for 10 s"


@pytest.mark.parametrize(
    ("status", "section"), [(503, "21.5.4"), (486, "20.33"), (600, "20.33"), (404, "20.33")]
)
def test_a_caller_that_comes_back_at_once_is_wrong(status: int, section: str) -> None:
    alice = refused(status)
    alice.advance(2.0)
    alice.call(dialled(status))
    verdict = judged(alice, "retry-after")
    assert verdict.sentence() == (
        f"INVITE came 2 s after the {status}; expected none for 10 s (RFC 3261 {section})"
    )
    assert verdict.seconds == pytest.approx(2.0)


@pytest.mark.parametrize(("status", "verdict"), [(503, "wrong"), (486, "not seen")])
def test_503_closes_the_server_and_other_responses_the_target(status: int, verdict: str) -> None:
    alice = refused(status)
    alice.advance(2.0)
    alice.call("200")
    assert outcome(alice, "retry-after") == verdict


@pytest.mark.parametrize("method", ["OPTIONS", "MESSAGE"])
def test_after_a_503_an_options_may_ask_whether_it_is_back(method: str) -> None:
    alice = refused()
    alice.advance(2.0)
    alice.start(method, "200")
    assert outcome(alice, "retry-after") == ("not seen" if method == "OPTIONS" else "wrong")


def test_another_listener_is_another_target() -> None:
    alice = refused()
    alice.flow = alice.network.datagrams(alice.remote, ("192.0.2.1", 5062))
    alice.call(dialled(503))
    assert outcome(alice, "retry-after") == "not seen"


def test_another_caller_does_not_count() -> None:
    alice = refused()
    bob = Caller(alice.network, remote=("192.0.2.10", 5070), user="bob")
    bob.call(dialled(503))
    assert outcome(alice, "retry-after") == "not seen"


def test_what_crosses_with_the_response_does_not_count_unless_it_goes_on() -> None:
    alice, bob = caller(), caller()
    for who in (alice, bob):
        who.call(dialled(503))
    bob.send(bob.request("INVITE", bob.uri(dialled(503))))
    alice.call("200")
    assert outcome(alice, "retry-after") == "not seen"
    assert outcome(bob, "retry-after") == "wrong"


def test_other_requests_are_put_off_as_well() -> None:
    alice = refused(method="REGISTER")
    assert outcome(alice, "retry-after") == "not seen"


@pytest.mark.parametrize(("part", "verdict"), [(0.5, "wrong"), (1.0, "correct")])
def test_a_request_in_a_dialog_that_was_put_off(part: float, verdict: str) -> None:
    alice = caller()
    alice.ring()
    alice.inside("UPDATE", body=OFFER)
    put_off = float(alice.last().header("Retry-After") or 0)
    assert put_off > 0
    alice.advance(put_off * part)
    alice.inside("UPDATE", body=OFFER)
    assert outcome(alice, "retry-after") == verdict


@pytest.mark.parametrize("value", [b"soon", b"0"])
def test_a_value_that_asks_for_nothing(value: bytes) -> None:
    put_off = Program("odd", ((Respond(503, headers=((b"Retry-After", value),)),),))
    alice = caller(rules=Rules((Rule(put_off, user=b"odd"),)))
    for _ in range(2):
        alice.call("odd")
        alice.ack()
    assert outcome(alice, "retry-after") == "not seen"
