"""Scenarios for registrars that give trouble."""

import pytest

from tests.answering import ALICE, login
from tests.judging import again_at, outcome
from tests.scenarios.library import BOTH, calling, register, register_again

HERE = "sip:192.0.2.1"


@BOTH
def test_registration_refused(transport: str) -> None:
    alice = calling("registration-refused", transport)
    register(alice)
    assert alice.ladder() == [
        "-> REGISTER",
        "<- 403 to REGISTER",
    ]
    assert alice.last().reason == b"Account blocked"
    alice.call("486")
    assert alice.statuses() == [403, 100, 486]


@BOTH
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 423),
        ({"Expires": "60"}, 423),
        ({"Expires": "1799"}, 423),
        ({"Expires": "1800"}, 200),
        ({"Expires": "86400"}, 200),
        ({"Expires": "0"}, 200),
        ({"Contact": "<sip:a@127.0.0.1:9>;expires=3600"}, 200),
    ],
)
def test_interval_too_brief(transport: str, headers: dict[str, str], status: int) -> None:
    alice = calling("interval-too-brief", transport)
    register(alice, **headers)
    assert alice.statuses() == [status]
    assert alice.last().header("Min-Expires") == (None if status == 200 else "1800")


@pytest.mark.parametrize(("expires", "verdict"), [("1800", "correct"), ("60", "wrong")])
def test_interval_too_brief_and_tried_again(expires: str, verdict: str) -> None:
    alice = calling("interval-too-brief")
    register(alice, Expires="60")
    register_again(alice, Expires=expires)
    assert outcome(alice, "min-expires") == verdict


@BOTH
def test_register_with_password(transport: str) -> None:
    alice = calling("register-with-password", transport)
    register(alice)
    register_again(alice, **login(alice, HERE, "REGISTER"))
    assert alice.ladder() == [
        "-> REGISTER",
        "<- 401 to REGISTER",
        "-> REGISTER",
        "<- 200 to REGISTER",
    ]
    assert outcome(alice, "challenge", users=ALICE) == "correct"
    assert outcome(alice, "call-id") == "correct"


def test_register_with_password_and_the_wrong_one_twice() -> None:
    alice = calling("register-with-password")
    register(alice)
    for _ in range(2):
        register_again(alice, **login(alice, HERE, "REGISTER", password=b"wrong"))
    assert alice.statuses() == [401, 401, 401]
    assert outcome(alice, "challenge", users=ALICE) == "wrong"


@BOTH
def test_wrong_password_refused(transport: str) -> None:
    alice = calling("wrong-password-refused", transport)
    register(alice)
    register_again(alice, **login(alice, HERE, "REGISTER", password=b"wrong"))
    register(alice)
    register_again(alice, **login(alice, HERE, "REGISTER"))
    assert alice.ladder() == [
        "-> REGISTER",
        "<- 401 to REGISTER",
        "-> REGISTER",
        "<- 403 to REGISTER",
        "-> REGISTER",
        "<- 401 to REGISTER",
        "-> REGISTER",
        "<- 200 to REGISTER",
    ]


@BOTH
def test_refresh_every_minute(transport: str) -> None:
    alice = calling("refresh-every-minute", transport)
    register(alice, Expires="3600")
    assert (alice.last().header("Contact") or "").endswith(";expires=60")
    alice.advance(50.0)
    register_again(alice, Expires="3600")
    assert alice.ladder() == [
        "-> REGISTER",
        "<- 200 to REGISTER",
        "+50 -> REGISTER",
        "<- 200 to REGISTER",
    ]
    assert outcome(alice, "call-id") == "correct"
    assert outcome(alice, "cseq") == "correct"


def test_refresh_every_minute_by_another_call_id() -> None:
    alice = calling("refresh-every-minute")
    register(alice)
    register(alice)
    assert outcome(alice, "call-id") == "wrong"


def test_registrar_silent() -> None:
    alice = calling("registrar-silent")
    register(alice)
    again_at(alice, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5)
    alice.advance(1.0)
    assert alice.ladder() == [
        "-> REGISTER",
        "+0.5 -> REGISTER again",
        "+1 -> REGISTER again",
        "+2 -> REGISTER again",
        "+4 -> REGISTER again",
        "+4 -> REGISTER again",
        "+4 -> REGISTER again",
        "+4 -> REGISTER again",
        "+4 -> REGISTER again",
        "+4 -> REGISTER again",
        "+4 -> REGISTER again",
    ]
    assert outcome(alice, "timer-e") == outcome(alice, "timer-f") == "correct"


@pytest.mark.parametrize(("copies", "verdict"), [((0.5, 1.0), "timer-e"), ((0.5,), "timer-f")])
def test_registrar_silent_and_a_phone_that_repeats_in_its_own_way(
    copies: tuple[float, ...], verdict: str
) -> None:
    alice = calling("registrar-silent")
    register(alice)
    again_at(alice, *copies)
    alice.advance(40.0)
    assert outcome(alice, verdict) == "wrong"


@BOTH
def test_registration_lost(transport: str) -> None:
    alice = calling("registration-lost", transport)
    register(alice)
    for seconds in (50.0, 10.0, 10.0, 50.0):
        alice.advance(seconds)
        register_again(alice)
    assert alice.ladder() == [
        "-> REGISTER",
        "<- 200 to REGISTER",
        "+50 -> REGISTER",
        "<- 503 to REGISTER",
        "+10 -> REGISTER",
        "<- 503 to REGISTER",
        "+10 -> REGISTER",
        "<- 200 to REGISTER",
        "+50 -> REGISTER",
        "<- 200 to REGISTER",
    ]
    assert [outcome(alice, "retry-after", number) for number in (2, 3)] == ["correct"] * 2
    assert outcome(alice, "call-id") == "correct"


def test_registration_lost_and_a_phone_that_hammers() -> None:
    alice = calling("registration-lost")
    register(alice)
    for seconds in (50.0, 1.0, 1.0):
        alice.advance(seconds)
        register_again(alice)
    assert [outcome(alice, "retry-after", number) for number in (2, 3)] == ["wrong"] * 2


@BOTH
def test_stale_nonce(transport: str) -> None:
    alice = calling("stale-nonce", transport)
    register(alice)
    for _ in range(2):
        register_again(alice, **login(alice, HERE, "REGISTER"))
    assert alice.ladder() == [
        "-> REGISTER",
        "<- 401 to REGISTER",
        "-> REGISTER",
        "<- 401 to REGISTER",
        "-> REGISTER",
        "<- 200 to REGISTER",
    ]
    challenges = [each.header("WWW-Authenticate") or "" for each in alice.received[:2]]
    assert ["stale=true" in each for each in challenges] == [False, True]
    assert outcome(alice, "challenge", 2, users=ALICE) == "correct"
