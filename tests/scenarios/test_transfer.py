"""Scenarios for the places that a transferred call goes to."""

from responder.testing.caller import Caller
from tests.judging import outcome
from tests.scenarios.library import BOTH, bob_beside, calling

BY_BOB = "<sip:bob@192.0.2.10>"


def consult(alice: Caller) -> None:
    """Have the consultation answered."""
    alice.call("1001")
    alice.advance(1.0)
    alice.ack()


def in_place_of(alice: Caller) -> dict[str, str]:
    """Return what takes the place of the caller's call."""
    named = f"{alice.call_id};to-tag={alice.to_tag};from-tag={alice.tag}"
    return {"Replaces": named, "Require": "replaces", "Referred-By": BY_BOB}


@BOTH
def test_target_busy(transport: str) -> None:
    alice = calling("target-busy", transport)
    alice.call("1001", {"Referred-By": BY_BOB})
    alice.advance(1.0)
    alice.ack()
    alice.call("1001")
    alice.advance(0.5)
    alice.ack()
    assert alice.ladder() == [
        "-> INVITE",
        "<- 180",
        "+1 <- 486",
        "-> ACK",
        "-> INVITE",
        "<- 180",
        "+0.5 <- 200",
        "-> ACK",
    ]
    assert outcome(alice, "ack") == outcome(alice, "ack", 2) == "correct"


@BOTH
def test_referrer_demanded(transport: str) -> None:
    alice = calling("referrer-demanded", transport)
    alice.call("1001", {"Referred-By": BY_BOB})
    alice.ack()
    alice.call("1001", {"Referred-By": f'{BY_BOB};cid="token@192.0.2.10"'})
    alice.advance(0.5)
    alice.ack()
    assert alice.ladder() == [
        "-> INVITE",
        "<- 429",
        "-> ACK",
        "-> INVITE",
        "<- 180",
        "+0.5 <- 200",
        "-> ACK",
    ]
    assert outcome(alice, "ack") == "correct"


@BOTH
def test_attended(transport: str) -> None:
    alice = calling("attended", transport)
    bob = bob_beside(alice)
    consult(alice)
    bob.call("1001", in_place_of(alice))
    alice.answer(200)
    bob.ack()
    bob.bye()
    assert alice.ladder() == [
        "-> INVITE",
        "<- 180",
        "+1 <- 200",
        "-> ACK",
        "<- BYE",
        "-> 200 to BYE",
    ]
    assert bob.ladder() == [
        "+1 -> INVITE",
        "<- 200",
        "-> ACK",
        "-> BYE",
        "<- 200 to BYE",
    ]
    assert outcome(bob, "ack", 2) == "correct"


@BOTH
def test_attended_refused(transport: str) -> None:
    alice = calling("attended-refused", transport)
    bob = bob_beside(alice)
    consult(alice)
    bob.call("1001", in_place_of(alice))
    bob.ack()
    alice.advance(60.0)
    alice.bye()
    assert alice.ladder() == [
        "-> INVITE",
        "<- 180",
        "+1 <- 200",
        "-> ACK",
        "+60 -> BYE",
        "<- 200 to BYE",
    ]
    assert bob.ladder() == [
        "+1 -> INVITE",
        "<- 603",
        "-> ACK",
    ]
    assert outcome(alice, "bye") == outcome(bob, "ack", 2) == "correct"
