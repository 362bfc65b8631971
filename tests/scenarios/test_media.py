"""Scenarios for the negotiation of media."""

import re

import pytest

from responder.testing.caller import OFFER, Caller
from tests.judging import outcome
from tests.scenarios.library import BOTH, calling


def answered(name: str, transport: str, seconds: float = 0.5) -> Caller:
    """Return a caller whose offer was answered and who hung up."""
    alice = calling(name, transport)
    alice.call("1001", body=OFFER)
    alice.advance(seconds)
    alice.ack()
    alice.bye()
    return alice


def described(alice: Caller) -> bytes:
    """Return the session description of the answer."""
    return alice.final("INVITE").body


@BOTH
def test_codec_refused(transport: str) -> None:
    alice = calling("codec-refused", transport)
    alice.call("1001", body=OFFER)
    alice.ack()
    assert alice.ladder() == [
        "-> INVITE",
        "<- 488",
        "-> ACK",
    ]
    warning = alice.final("INVITE").header("Warning")
    assert warning == '305 responder.example "Incompatible media format"'
    assert outcome(alice, "ack") == "correct"


@BOTH
def test_announcement_then_refused(transport: str) -> None:
    alice = calling("announcement-then-refused", transport)
    alice.call("5550199", body=OFFER)
    alice.advance(3.0)
    alice.ack()
    assert alice.ladder() == [
        "-> INVITE",
        "<- 183",
        "+3 <- 404",
        "-> ACK",
    ]
    assert b"m=audio " in alice.received[0].body
    assert outcome(alice, "ack") == "correct"


@BOTH
def test_early_media(transport: str) -> None:
    alice = answered("early-media", transport, 4.0)
    assert alice.ladder() == [
        "-> INVITE",
        "<- 180",
        "+1 <- 183",
        "+3 <- 200",
        "-> ACK",
        "-> BYE",
        "<- 200 to BYE",
    ]
    ringing, early = alice.received[:2]
    assert (b"m=audio" in ringing.body, b"m=audio" in early.body) == (False, True)


@BOTH
def test_answered_on_hold(transport: str) -> None:
    alice = answered("answered-on-hold", transport)
    assert alice.ladder() == [
        "-> INVITE",
        "<- 180",
        "+0.5 <- 200",
        "-> ACK",
        "-> BYE",
        "<- 200 to BYE",
    ]
    assert b"a=sendonly\r\n" in described(alice)


@BOTH
def test_only_alaw(transport: str) -> None:
    alice = answered("only-alaw", transport)
    assert alice.ladder() == [
        "-> INVITE",
        "<- 180",
        "+0.5 <- 200",
        "-> ACK",
        "-> BYE",
        "<- 200 to BYE",
    ]
    (line,) = [each for each in described(alice).splitlines() if each.startswith(b"m=")]
    assert line.split()[3] == b"8"


@BOTH
def test_no_audio(transport: str) -> None:
    alice = answered("no-audio", transport)
    assert alice.ladder() == [
        "-> INVITE",
        "<- 180",
        "+0.5 <- 200",
        "-> ACK",
        "-> BYE",
        "<- 200 to BYE",
    ]
    assert b"m=audio " in described(alice)


@BOTH
def test_codec_never_offered(transport: str) -> None:
    alice = answered("codec-never-offered", transport)
    assert alice.ladder() == [
        "-> INVITE",
        "<- 180",
        "+0.5 <- 200",
        "-> ACK",
        "-> BYE",
        "<- 200 to BYE",
    ]
    assert b"m=audio 40000 RTP/AVP 18\r\n" in described(alice)


@BOTH
def test_answer_without_sdp(transport: str) -> None:
    alice = answered("answer-without-sdp", transport)
    assert alice.ladder() == [
        "-> INVITE",
        "<- 180",
        "+0.5 <- 200",
        "-> ACK",
        "-> BYE",
        "<- 200 to BYE",
    ]
    assert described(alice) == b""


@BOTH
def test_audio_rejected(transport: str) -> None:
    alice = answered("audio-rejected", transport)
    assert alice.ladder() == [
        "-> INVITE",
        "<- 180",
        "+0.5 <- 200",
        "-> ACK",
        "-> BYE",
        "<- 200 to BYE",
    ]
    assert b"m=audio 0 RTP/AVP 0\r\n" in described(alice)


ANSWERED = (
    "early-media",
    "answered-on-hold",
    "only-alaw",
    "no-audio",
    "codec-never-offered",
    "answer-without-sdp",
    "audio-rejected",
)


@pytest.mark.parametrize("name", ANSWERED)
def test_an_answer_is_acknowledged_and_hung_up(name: str) -> None:
    alice = answered(name, "udp", 4.0)
    assert outcome(alice, "ack") == outcome(alice, "bye") == "correct"


@pytest.mark.parametrize("name", ANSWERED)
def test_a_caller_that_hangs_up_an_answer_without_ack_is_wrong(name: str) -> None:
    alice = calling(name)
    alice.call("1001", body=OFFER)
    alice.advance(5.0)
    alice.bye()
    alice.advance(40.0)
    assert outcome(alice, "bye") == "wrong"


def talking(name: str, transport: str) -> Caller:
    """Return a caller whose call is answered."""
    alice = calling(name, transport)
    alice.call("1001", body=OFFER)
    alice.advance(0.5)
    alice.ack()
    return alice


@BOTH
def test_hold_by_far_end(transport: str) -> None:
    alice = talking("hold-by-far-end", transport)
    directions = []
    for seconds in (2.0, 5.0):
        alice.advance(seconds)
        directions += re.findall(rb"a=(sendonly|sendrecv)", alice.last().body)
        alice.answer(200, body=OFFER)
    alice.advance(2.0)
    alice.answer(200)
    assert directions == [b"sendonly", b"sendrecv"]
    assert alice.ladder() == [
        "-> INVITE",
        "<- 180",
        "+0.5 <- 200",
        "-> ACK",
        "+2 <- INVITE",
        "-> 200",
        "<- ACK",
        "+5 <- INVITE",
        "-> 200",
        "<- ACK",
        "+2 <- BYE",
        "-> 200 to BYE",
    ]
    assert outcome(alice, "ack") == "correct"


@BOTH
@pytest.mark.parametrize(("pause", "verdict"), [(3.0, "correct"), (0.5, "wrong")])
def test_hold_collides(transport: str, pause: float, verdict: str) -> None:
    alice = talking("hold-collides", transport)
    alice.advance(2.0)
    alice.inside("INVITE", body=OFFER)
    assert alice.final("INVITE").status == 491
    alice.ack()
    alice.advance(pause)
    alice.inside("INVITE", body=OFFER)
    assert alice.final("INVITE").status == 200
    alice.ack()
    assert outcome(alice, "request-pending") == verdict


@BOTH
def test_offer_asked_for(transport: str) -> None:
    alice = talking("offer-asked-for", transport)
    alice.advance(2.0)
    asked = alice.last()
    assert (asked.method, asked.body) == (b"INVITE", b"")
    alice.answer(200, body=OFFER)
    assert (alice.last().method, b"m=audio" in alice.last().body) == (b"ACK", True)
    alice.advance(3.0)
    alice.answer(200)
    assert alice.ladder() == [
        "-> INVITE",
        "<- 180",
        "+0.5 <- 200",
        "-> ACK",
        "+2 <- INVITE",
        "-> 200",
        "<- ACK",
        "+3 <- BYE",
        "-> 200 to BYE",
    ]
    assert outcome(alice, "ack") == "correct"


@BOTH
def test_reliable_early_media(transport: str) -> None:
    alice = calling("reliable-early-media", transport)
    alice.call("1001", {"Supported": "100rel"}, body=OFFER)
    early = alice.last()
    assert b"m=audio" in early.body
    alice.advance(0.5)
    alice.inside("PRACK", {"RAck": f"{early.header('RSeq')} 1 INVITE"})
    alice.advance(3.0)
    alice.ack()
    assert alice.ladder() == [
        "-> INVITE",
        "<- 183",
        "+0.5 <- 183 again",
        "-> PRACK",
        "<- 200 to PRACK",
        "+3 <- 200",
        "-> ACK",
    ]
    assert outcome(alice, "ack") == "correct"


@BOTH
def test_reliable_early_media_without_prack(transport: str) -> None:
    alice = calling("reliable-early-media", transport)
    alice.call("1001", {"Supported": "100rel"}, body=OFFER)
    alice.advance(10.0)
    assert alice.final("INVITE").status == 480


def test_reliable_early_media_without_100rel() -> None:
    alice = calling("reliable-early-media")
    alice.call("1001", body=OFFER)
    assert alice.statuses() == [480]
