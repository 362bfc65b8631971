"""Session timers: who refreshes, and when."""

import pytest

from responder.scenario.rules import Rule, Rules
from responder.scenario.steps import Program, Respond
from responder.testing.caller import Caller
from tests.judging import caller, judged, outcome, stack_of
from tests.reinvites import reinvite


def talking(value: bytes) -> Caller:
    step = Respond(200, headers=((b"Session-Expires", value),))
    alice = caller(rules=Rules((Rule(Program("timer", ((step,),)), user=b"timer"),)))
    alice.call("timer")
    alice.ack()
    return alice


def test_no_interval_no_refresh() -> None:
    alice = caller()
    alice.call("200")
    alice.ack()
    alice.advance(10_000.0)
    assert outcome(alice, "session-refresh") == "not seen"


@pytest.mark.parametrize("method", ["INVITE", "UPDATE"])
@pytest.mark.parametrize(("wait", "verdict"), [(45, "correct"), (60, "correct"), (70, "wrong")])
def test_the_caller_refreshes_before_it_is_given_up(method: str, wait: float, verdict: str) -> None:
    alice = talking(b"90;refresher=uac")
    alice.advance(wait)
    assert outcome(alice, "session-refresh") == "not seen"
    alice.inside(method)
    found = judged(alice, "session-refresh")
    assert found.outcome == verdict
    assert found.seconds == pytest.approx(wait)
    if verdict == "wrong":
        assert found.sentence() == (
            "a refresh came 70 s after the last one; "
            "expected a refresh once half of 90 s have passed (RFC 4028 7.2)"
        )


def test_no_refresh_is_wrong_once_the_interval_is_over() -> None:
    alice = talking(b"90 ; refresher=uac")
    alice.advance(91)
    assert "no refresh came in 90 s" in judged(alice, "session-refresh").sentence()


@pytest.mark.parametrize("rule", [b"90;refresher=uac", b"90;refresher=uas"])
def test_a_call_that_ends_before_shows_nothing(rule: bytes) -> None:
    alice = talking(rule)
    alice.advance(10)
    alice.bye()
    alice.advance(200)
    assert outcome(alice, "session-refresh") == "not seen"


@pytest.mark.parametrize(("wait", "verdict"), [(60, "correct"), (92, "wrong")])
def test_a_session_that_we_do_not_refresh_is_ended(wait: float, verdict: str) -> None:
    alice = talking(b"90;refresher=uas")
    alice.advance(wait)
    alice.bye()
    alice.advance(1)
    assert outcome(alice, "session-refresh") == verdict
    if verdict == "wrong":
        assert "the session went on though no refresh" in (
            judged(alice, "session-refresh").sentence()
        )


def test_a_session_that_we_refresh_goes_on() -> None:
    alice = talking(b"90;refresher=uas")
    alice.advance(45)
    ours = next(iter(stack_of(alice).endpoint.dialogs.values()))
    reinvite(stack_of(alice), ours, alice.network.now)
    alice.network.collect()
    alice.answer(200)
    alice.advance(60)
    assert outcome(alice, "session-refresh") == "not seen"


@pytest.mark.parametrize("value", [b"90", b"soon;refresher=uac", b"0;refresher=uac"])
def test_a_value_that_agrees_on_nothing(value: bytes) -> None:
    alice = talking(value)
    alice.advance(200)
    assert outcome(alice, "session-refresh") == "not seen"
