"""Scenarios for security."""

import pytest

from tests.answering import ALICE, login
from tests.judging import again_at, outcome
from tests.scenarios.library import BOTH, call_again, calling, register

CALLED = "sip:1001@192.0.2.1"


@BOTH
def test_challenge_then_accept(transport: str) -> None:
    alice = calling("challenge-then-accept", transport)
    alice.call("1001")
    alice.ack()
    assert (alice.last().header("Proxy-Authenticate") or "").startswith("Digest ")
    call_again(alice, "1001", login(alice, CALLED))
    alice.advance(0.5)
    alice.ack()
    assert alice.ladder() == [
        "-> INVITE",
        "<- 407",
        "-> ACK",
        "-> INVITE",
        "<- 180",
        "+0.5 <- 200",
        "-> ACK",
    ]
    for verdict in ("challenge", "call-id", "cseq"):
        assert outcome(alice, verdict, users=ALICE) == "correct", verdict


def test_challenge_then_accept_and_no_credentials() -> None:
    alice = calling("challenge-then-accept")
    alice.call("1001")
    alice.ack()
    call_again(alice, "1001")
    assert alice.statuses() == [407, 407]
    assert outcome(alice, "challenge") == "wrong"


@BOTH
def test_call_with_password(transport: str) -> None:
    alice = calling("call-with-password", transport)
    alice.call("1001")
    alice.ack()
    call_again(alice, "1001", login(alice, CALLED))
    alice.advance(0.5)
    alice.ack()
    assert alice.ladder() == [
        "-> INVITE",
        "<- 407",
        "-> ACK",
        "-> INVITE",
        "<- 180",
        "+0.5 <- 200",
        "-> ACK",
    ]
    for verdict in ("challenge", "call-id", "cseq"):
        assert outcome(alice, verdict, users=ALICE) == "correct", verdict


def test_call_with_password_and_another_one() -> None:
    alice = calling("call-with-password")
    alice.call("1001")
    alice.ack()
    call_again(alice, "1001", login(alice, CALLED, password=b"wrong"))
    assert alice.statuses() == [407, 407]
    assert outcome(alice, "challenge", users=ALICE) == "wrong"


@BOTH
def test_sha_256_first(transport: str) -> None:
    alice = calling("sha-256-first", transport)
    alice.call("1001")
    alice.ack()
    offered = alice.final("INVITE").headers("Proxy-Authenticate")
    assert ["SHA-256" in each for each in offered] == [True, False]
    call_again(alice, "1001", login(alice, CALLED))
    alice.advance(0.5)
    alice.ack()
    assert alice.ladder() == [
        "-> INVITE",
        "<- 407",
        "-> ACK",
        "-> INVITE",
        "<- 180",
        "+0.5 <- 200",
        "-> ACK",
    ]
    assert outcome(alice, "challenge", users=ALICE) == "correct"


@BOTH
def test_never_satisfied(transport: str) -> None:
    alice = calling("never-satisfied", transport)
    alice.call("1001")
    alice.ack()
    call_again(alice, "1001", login(alice, CALLED))
    alice.ack()
    assert alice.ladder() == [
        "-> INVITE",
        "<- 407",
        "-> ACK",
        "-> INVITE",
        "<- 407",
        "-> ACK",
    ]
    assert outcome(alice, "challenge", users=ALICE) == "correct"
    alice.start("REGISTER")
    assert alice.statuses()[-1] == 401


def test_never_satisfied_and_a_phone_that_tries_on() -> None:
    alice = calling("never-satisfied")
    alice.call("1001")
    alice.ack()
    for _ in range(2):
        call_again(alice, "1001", login(alice, CALLED))
        alice.ack()
    assert outcome(alice, "challenge", 2, users=ALICE) == "wrong"


@BOTH
@pytest.mark.parametrize(
    ("headers", "statuses"),
    [
        ({}, [180, 200]),
        ({"Privacy": "none"}, [180, 200]),
        ({"Privacy": "id"}, [433]),
        ({"Privacy": "header;id;critical"}, [433]),
        ({"From": '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=1'}, [433]),
    ],
)
def test_anonymous_refused(transport: str, headers: dict[str, str], statuses: list[int]) -> None:
    alice = calling("anonymous-refused", transport)
    alice.call("1001", headers)
    alice.advance(0.5)
    alice.ack(headers)
    assert list(dict.fromkeys(alice.statuses())) == statuses
    assert outcome(alice, "ack") == "correct"


@BOTH
@pytest.mark.parametrize("agent", ["friendly-scanner", "SIPVicious", "sipcli/v1.8"])
def test_scanners_ignored(transport: str, agent: str) -> None:
    alice = calling("scanners-ignored", transport)
    for method in ("OPTIONS", "INVITE", "REGISTER"):
        alice.start(method, "100", {"User-Agent": agent})
    alice.advance(60.0)
    assert alice.statuses() == []
    alice.start("OPTIONS", "100", {"User-Agent": "Linphone/5"})
    assert alice.statuses() == [200]


@BOTH
def test_identity_required(transport: str) -> None:
    alice = calling("identity-required", transport)
    alice.call("15550123")
    alice.ack()
    call_again(alice, "15550123", {"Identity": "e30.e30.AA;info=<https://example.com/c>;alg=ES256"})
    alice.advance(0.5)
    alice.ack()
    assert alice.ladder() == [
        "-> INVITE",
        "<- 428",
        "-> ACK",
        "-> INVITE",
        "<- 180",
        "+0.5 <- 200",
        "-> ACK",
    ]
    assert outcome(alice, "ack") == "correct"


@BOTH
@pytest.mark.parametrize(
    ("number", "statuses"),
    [
        ("+4930123456", [403]),
        ("004930123456", [403]),
        ("0114930123456", [403]),
        ("112", [180, 200]),
        ("911", [180, 200]),
        ("030123456", [180, 200]),
    ],
)
def test_international_barred(transport: str, number: str, statuses: list[int]) -> None:
    alice = calling("international-barred", transport)
    alice.call(number)
    alice.advance(0.5)
    alice.ack()
    assert list(dict.fromkeys(alice.statuses())) == statuses
    assert outcome(alice, "ack") == "correct"


@BOTH
def test_unwanted_caller(transport: str) -> None:
    alice = calling("unwanted-caller", transport)
    alice.call("1001")
    alice.advance(1.0)
    alice.ack()
    assert alice.ladder() == [
        "-> INVITE",
        "<- 180",
        "+1 <- 607",
        "-> ACK",
    ]
    alice.advance(40.0)
    assert outcome(alice, "global-failure") == "correct"


@BOTH
def test_register_flood(transport: str) -> None:
    alice = calling("register-flood", transport)
    for _ in range(6):
        register(alice)
        alice.advance(0.1)
    assert alice.statuses() == [200] * 5
    alice.advance(31.0)
    register(alice)
    assert alice.statuses() == [200] * 6
    assert outcome(alice, "timer-e") != "wrong"


def test_register_flood_and_a_phone_that_repeats_too_soon() -> None:
    alice = calling("register-flood")
    for _ in range(6):
        register(alice)
    again_at(alice, 0.1, 0.2)
    assert outcome(alice, "timer-e", 6) == "wrong"
