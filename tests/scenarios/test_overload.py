"""Scenarios for overloaded servers."""

import pytest

from tests.judging import again_at, judged, outcome
from tests.scenarios.library import BOTH, bob_beside, calling, register, register_again


@pytest.mark.parametrize("method", ["INVITE", "REGISTER", "MESSAGE", "OPTIONS"])
@BOTH
def test_overloaded(transport: str, method: str) -> None:
    alice = calling("overloaded", transport)
    alice.start(method, "1001")
    assert alice.statuses() == [200 if method == "OPTIONS" else 503]
    assert method == "OPTIONS" or alice.last().header("Retry-After") == "30 (maintenance)"


@pytest.mark.parametrize(("pause", "verdict"), [(31.0, "correct"), (5.0, "wrong")])
def test_overloaded_and_called_again(pause: float, verdict: str) -> None:
    alice = calling("overloaded")
    alice.call("1001")
    alice.ack()
    alice.advance(pause)
    alice.call("1002")
    assert outcome(alice, "retry-after") == verdict


def test_late_trying() -> None:
    alice = calling("late-trying")
    alice.call("1001")
    again_at(alice, 0.5, 1.5)
    alice.advance(2.5)
    alice.ack()
    assert alice.ladder() == [
        "-> INVITE",
        "+0.5 -> INVITE again",
        "+1 -> INVITE again",
        "+0.5 <- 100",
        "+1 <- 180",
        "+1 <- 200",
        "-> ACK",
    ]
    assert outcome(alice, "timer-a") == outcome(alice, "copies") == "correct"


def test_late_trying_over_a_connection() -> None:
    alice = calling("late-trying", "tcp")
    alice.call("1001")
    alice.advance(4.0)
    alice.ack()
    assert alice.ladder() == [
        "-> INVITE",
        "+2 <- 100",
        "+1 <- 180",
        "+1 <- 200",
        "-> ACK",
    ]
    assert outcome(alice, "timer-a") == "correct"


def test_late_trying_and_a_copy_that_is_none() -> None:
    alice = calling("late-trying")
    alice.call("1001")
    alice.advance(0.5)
    alice.again(alice.invite.replace(b"Max-Forwards: 70", b"Max-Forwards: 69"))
    assert outcome(alice, "copies") == "wrong"


@BOTH
def test_one_in_ten_fails(transport: str) -> None:
    alice = calling("one-in-ten-fails", transport)
    finals = []
    for _ in range(20):
        alice.call("1001")
        alice.advance(0.5)
        alice.ack()
        finals.append(alice.final("INVITE").status)
    assert finals == [*[200] * 9, 500] * 2
    assert all(outcome(alice, "ack", number) == "correct" for number in range(1, 21))
    assert [outcome(alice, "failover", number) for number in (9, 10)] == ["not seen", "correct"]


@BOTH
def test_slow_server(transport: str) -> None:
    alice = calling("slow-server", transport)
    alice.start("OPTIONS")
    alice.advance(32.0)
    alice.call("1001")
    alice.advance(0.5)
    alice.ack()
    assert alice.ladder() == [
        "-> OPTIONS",
        "+1.23 <- 200 to OPTIONS",
        "+30.77 -> INVITE",
        "+0.2 <- 100",
        "+0.143 <- 180",
        "+0.145 <- 200",
        "+0.012 -> ACK",
    ]
    assert outcome(alice, "timer-e") == "correct"


def test_slow_server_and_a_caller_in_a_hurry() -> None:
    alice = calling("slow-server")
    alice.start("OPTIONS")
    again_at(alice, 0.1, 0.2, 0.3)
    assert outcome(alice, "timer-e") == "wrong"


@BOTH
def test_registration_avalanche(transport: str) -> None:
    alice = calling("registration-avalanche", transport)
    bob = bob_beside(alice)
    for phone in (alice, bob):
        register(phone)
        assert 20 <= int(phone.last().header("Retry-After") or 0) <= 60
    alice.advance(60.0)
    register_again(alice)
    assert alice.ladder() == [
        "-> REGISTER",
        "<- 503 to REGISTER",
        "+60 -> REGISTER",
        "<- 200 to REGISTER",
    ]
    assert outcome(alice, "retry-after") == "correct"
    register_again(bob)
    assert bob.statuses() == [503, 200]


def test_registration_avalanche_and_a_phone_that_cannot_wait() -> None:
    alice = calling("registration-avalanche")
    register(alice)
    alice.advance(2.0)
    register_again(alice)
    verdict = judged(alice, "retry-after")
    assert verdict.sentence().startswith("REGISTER came 2 s after the 503; expected none for ")


@BOTH
def test_overload_by_rate(transport: str) -> None:
    alice = calling("overload-by-rate", transport)
    for _ in range(11):
        alice.call("1001")
        alice.advance(0.02)
    refused = alice.last()
    assert (refused.status, refused.header("Retry-After")) == (503, "30")
    alice.ack()
    alice.advance(30.5)
    alice.call("1001")
    alice.advance(0.5)
    assert alice.statuses()[-1] == 200
    assert outcome(alice, "retry-after", 11) == outcome(alice, "failover", 11) == "correct"


def test_overload_by_rate_and_a_dialler_that_does_not_slow_down() -> None:
    alice = calling("overload-by-rate")
    for _ in range(11):
        alice.call("1001")
        alice.advance(0.02)
    alice.ack()
    alice.advance(1.0)
    alice.call("1001")
    assert alice.last().status == 503
    assert outcome(alice, "retry-after", 11) == "wrong"
