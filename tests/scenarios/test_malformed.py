"""Scenarios for malformed peers."""

import pytest

from responder.testing.caller import OFFER
from tests.judging import outcome
from tests.scenarios.library import BOTH, calling


@BOTH
def test_odd_spelling(transport: str) -> None:
    alice = calling("odd-spelling", transport)
    alice.call("1001")
    alice.advance(0.5)
    ringing, busy = (each.data for each in alice.network.sent)
    assert b"\r\nI: call-1@" in ringing
    assert b"\r\nFrom: \r\n " in busy
    alice.ack()
    assert alice.ladder() == [
        "-> INVITE",
        "<- 180",
        "+0.5 <- 486",
        "-> ACK",
    ]
    assert outcome(alice, "ack") == "correct"


@BOTH
def test_unknown_statuses(transport: str) -> None:
    alice = calling("unknown-statuses", transport)
    alice.call("1001")
    alice.advance(1.0)
    alice.ack()
    assert alice.ladder() == [
        "-> INVITE",
        "<- 155",
        "+1 <- 499",
        "-> ACK",
    ]
    assert outcome(alice, "ack") == "correct"


@BOTH
@pytest.mark.parametrize(("user", "length"), [("1001", 4096), ("empty", 0)])
def test_long_phrase(transport: str, user: str, length: int) -> None:
    alice = calling("long-phrase", transport)
    alice.call(user)
    alice.ack()
    assert alice.ladder() == [
        "-> INVITE",
        "<- 486",
        "-> ACK",
    ]
    assert len(alice.received[0].reason) == length
    assert outcome(alice, "ack") == "correct"


@BOTH
def test_wrong_branch(transport: str) -> None:
    alice = calling("wrong-branch", transport)
    alice.call("1001")
    alice.advance(2.0)
    alice.ack()
    assert alice.ladder() == [
        "-> INVITE",
        "<- 180",
        "+2 <- 486",
        "-> ACK",
    ]
    stray, busy = (each.header("Via") or "" for each in alice.received)
    assert f"branch={alice.branch}" not in stray
    assert f"branch={alice.branch}" in busy
    assert outcome(alice, "ack") == "correct"


@BOTH
def test_ringing_after_busy(transport: str) -> None:
    alice = calling("ringing-after-busy", transport)
    alice.call("1001")
    alice.advance(1.0)
    alice.ack()
    alice.advance(1.0)
    assert alice.ladder() == [
        "-> INVITE",
        "<- 180",
        "+1 <- 486",
        "-> ACK",
        "+0.3 <- 180",
    ]
    assert outcome(alice, "ack") == "correct"


@BOTH
def test_two_answers(transport: str) -> None:
    alice = calling("two-answers", transport)
    alice.call("family")
    alice.advance(1.0)
    first = alice.last().header("To")
    alice.ack()
    alice.advance(0.2)
    second = alice.last().header("To")
    assert first != second
    alice.ack()
    alice.bye({"To": first})
    alice.bye({"CSeq": "2 BYE"})
    assert alice.ladder() == [
        "-> INVITE",
        "<- 180",
        "+1 <- 200",
        "-> ACK",
        "+0.2 <- 200",
        "-> ACK",
        "-> BYE",
        "<- 481 to BYE",
        "-> BYE",
        "<- 200 to BYE",
    ]
    for verdict in ("ack", "bye", "after-bye", "cseq"):
        assert outcome(alice, verdict) == "correct", verdict


@BOTH
def test_answer_without_contact(transport: str) -> None:
    alice = calling("answer-without-contact", transport)
    alice.call("1001")
    alice.advance(0.5)
    alice.ack()
    alice.bye()
    assert alice.ladder() == [
        "-> INVITE",
        "<- 180",
        "+0.5 <- 200",
        "-> ACK",
        "-> BYE",
        "<- 200 to BYE",
    ]
    assert alice.final("INVITE").header("Contact") is None


def test_wrong_length() -> None:
    alice = calling("wrong-length")
    alice.call("1001", body=OFFER)
    alice.advance(0.5)
    alice.ack()
    alice.bye()
    assert alice.ladder() == [
        "-> INVITE",
        "<- 180",
        "+0.5 <- 200",
        "-> ACK",
        "-> BYE",
        "<- 200 to BYE",
    ]
    head, _, body = alice.network.sent[1].data.partition(b"\r\n\r\n")
    assert b"\r\nContent-Length: 0" in head
    assert b"m=audio" in body
    assert outcome(alice, "ack") == outcome(alice, "bye") == "correct"


@BOTH
def test_many_headers(transport: str) -> None:
    alice = calling("many-headers", transport)
    alice.call("1001")
    alice.advance(0.5)
    alice.ack()
    assert alice.ladder() == [
        "-> INVITE",
        "<- 180",
        "+0.5 <- 486",
        "-> ACK",
    ]
    assert len(alice.final("INVITE").headers("X-Noise")) == 100
    assert outcome(alice, "ack") == "correct"


def test_garbage_in_call() -> None:
    alice = calling("garbage-in-call")
    alice.call("1001")
    alice.advance(0.5)
    alice.ack()
    alice.advance(4.0)
    alice.answer(200)
    assert alice.ladder() == [
        "-> INVITE",
        "<- 180",
        "+0.5 <- 200",
        "-> ACK",
        "+2 <- (garbled)",
        "+2 <- BYE",
        "-> 200 to BYE",
    ]
    assert outcome(alice, "ack") == "correct"
