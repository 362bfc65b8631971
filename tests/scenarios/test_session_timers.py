"""Scenarios for session timers."""

import pytest

from responder.testing.caller import Caller
from tests.judging import outcome
from tests.scenarios.library import BOTH, call_again, calling

TIMER = {"Supported": "timer"}


def talking(name: str, transport: str = "udp") -> Caller:
    """Return a caller whose call with session timers is answered."""
    alice = calling(name, transport)
    alice.call("1001", TIMER)
    alice.advance(0.5)
    alice.ack()
    return alice


@BOTH
def test_interval_too_small(transport: str) -> None:
    alice = calling("interval-too-small", transport)
    alice.call("1001", {**TIMER, "Session-Expires": "600"})
    alice.ack()
    assert alice.last().header("Min-SE") == "1800"
    call_again(alice, "1001", {**TIMER, "Session-Expires": "1800", "Min-SE": "1800"})
    alice.advance(0.5)
    alice.ack()
    assert alice.ladder() == [
        "-> INVITE",
        "<- 422",
        "-> ACK",
        "-> INVITE",
        "<- 180",
        "+0.5 <- 200",
        "-> ACK",
    ]
    assert outcome(alice, "min-se") == outcome(alice, "call-id") == "correct"


def test_interval_too_small_twice() -> None:
    alice = calling("interval-too-small")
    alice.call("1001", {**TIMER, "Session-Expires": "600"})
    alice.ack()
    call_again(alice, "1001", {**TIMER, "Session-Expires": "1200"})
    assert outcome(alice, "min-se") == "wrong"


@BOTH
def test_caller_refreshes(transport: str) -> None:
    alice = talking("caller-refreshes", transport)
    answer = alice.final("INVITE")
    assert (answer.header("Session-Expires"), answer.header("Require")) == (
        "90;refresher=uac",
        "timer",
    )
    alice.advance(45.0)
    alice.inside("UPDATE")
    assert alice.ladder() == [
        "-> INVITE",
        "<- 180",
        "+0.5 <- 200",
        "-> ACK",
        "+45 -> UPDATE",
        "<- 200 to UPDATE",
    ]
    assert outcome(alice, "session-refresh") == "correct"


def test_caller_refreshes_too_late() -> None:
    alice = talking("caller-refreshes")
    alice.advance(89.0)
    alice.inside("UPDATE")
    assert outcome(alice, "session-refresh") == "wrong"


@BOTH
def test_refresh_missing(transport: str) -> None:
    alice = talking("refresh-missing", transport)
    alice.advance(60.0)
    alice.bye()
    alice.advance(1.0)
    assert alice.ladder() == [
        "-> INVITE",
        "<- 180",
        "+0.5 <- 200",
        "-> ACK",
        "+60 -> BYE",
        "<- 200 to BYE",
    ]
    assert outcome(alice, "session-refresh") == "correct"


def test_refresh_missing_and_a_caller_that_talks_on() -> None:
    alice = talking("refresh-missing")
    alice.advance(100.0)
    assert outcome(alice, "session-refresh") == "wrong"


@pytest.mark.parametrize("name", ["caller-refreshes", "refresh-missing", "far-end-refreshes"])
def test_a_caller_without_session_timers_gets_none(name: str) -> None:
    alice = calling(name)
    alice.call("1001")
    alice.advance(0.5)
    alice.ack()
    assert alice.final("INVITE").header("Session-Expires") is None


@BOTH
def test_timers_unsupported(transport: str) -> None:
    alice = calling("timers-unsupported", transport)
    alice.call("1001", {"Require": "timer"})
    alice.ack()
    assert alice.last().header("Unsupported") == "timer"
    call_again(alice, "1001")
    alice.advance(0.5)
    alice.ack()
    assert alice.ladder() == [
        "-> INVITE",
        "<- 420",
        "-> ACK",
        "-> INVITE",
        "<- 180",
        "+0.5 <- 200",
        "-> ACK",
    ]
    assert outcome(alice, "bad-extension") == outcome(alice, "call-id") == "correct"


def test_timers_unsupported_and_demanded_again() -> None:
    alice = calling("timers-unsupported")
    alice.call("1001", {"Require": "timer"})
    alice.ack()
    call_again(alice, "1001", {"Require": "timer"})
    assert outcome(alice, "bad-extension") == "wrong"


@BOTH
def test_far_end_refreshes(transport: str) -> None:
    alice = talking("far-end-refreshes", transport)
    for _ in range(2):
        alice.advance(45.0)
        assert alice.last().header("Session-Expires") == "90;refresher=uac"
        alice.answer(200, {"Session-Expires": "90;refresher=uac", "Require": "timer"})
    alice.advance(45.0)
    alice.answer(200)
    assert alice.ladder() == [
        "-> INVITE",
        "<- 180",
        "+0.5 <- 200",
        "-> ACK",
        "+45 <- UPDATE",
        "-> 200 to UPDATE",
        "+45 <- UPDATE",
        "-> 200 to UPDATE",
        "+45 <- BYE",
        "-> 200 to BYE",
    ]
    assert outcome(alice, "ack") == "correct"
    assert outcome(alice, "session-refresh") != "wrong"


@BOTH
def test_refresh_refused(transport: str) -> None:
    alice = talking("refresh-refused", transport)
    alice.advance(45.0)
    alice.inside("INVITE")
    alice.ack()
    alice.bye()
    assert alice.ladder() == [
        "-> INVITE",
        "<- 180",
        "+0.5 <- 200",
        "-> ACK",
        "+45 -> INVITE",
        "<- 481",
        "-> ACK",
        "-> BYE",
        "<- 200 to BYE",
    ]
    assert outcome(alice, "bye") == "correct"
