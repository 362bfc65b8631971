"""Scenarios for the places that a transferred call goes to."""

import pytest

from responder.testing.caller import Caller
from tests.judging import outcome
from tests.scenarios.library import BOTH, bob_beside, calling

BY_BOB = "<sip:bob@192.0.2.10>"
REPORT = {
    "Event": "refer",
    "Subscription-State": "active;expires=60",
    "Content-Type": "message/sipfrag",
}


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


def talking(name: str, transport: str = "udp") -> Caller:
    """Return a caller whose call is answered."""
    alice = calling(name, transport)
    alice.call("1001")
    alice.advance(0.5)
    alice.ack()
    return alice


@BOTH
@pytest.mark.parametrize("name", ["transfer-accepted", "transfer-fails"])
def test_the_transfer_is_reported(transport: str, name: str) -> None:
    alice = talking(name, transport)
    alice.inside("REFER", {"Refer-To": "<sip:1002@example.com>"})
    reports = [alice.last()]
    alice.answer(200)
    alice.advance(2.0)
    reports.append(alice.last())
    alice.answer(200)
    assert alice.ladder() == [
        "-> INVITE",
        "<- 180",
        "+0.5 <- 200",
        "-> ACK",
        "-> REFER",
        "<- 200 to REFER",
        "<- NOTIFY",
        "-> 200 to NOTIFY",
        "+2 <- NOTIFY",
        "-> 200 to NOTIFY",
    ]
    assert [each.header("Event") for each in reports] == ["refer", "refer"]
    states = [each.header("Subscription-State") for each in reports]
    assert states == ["active;expires=60", "terminated;reason=noresource"]


def test_transfer_accepted() -> None:
    alice = talking("transfer-accepted")
    alice.inside("REFER", {"Refer-To": "<sip:1002@example.com>"})
    assert alice.last().body == b"SIP/2.0 100 Trying"
    alice.answer(200)
    alice.advance(2.0)
    assert alice.last().body == b"SIP/2.0 200 OK"
    alice.answer(200)
    alice.bye()
    assert alice.statuses()[-1] == 200
    assert outcome(alice, "ack") == outcome(alice, "bye") == "correct"


def test_transfer_fails() -> None:
    alice = talking("transfer-fails")
    alice.inside("REFER", {"Refer-To": "<sip:1002@example.com>"})
    alice.answer(200)
    alice.advance(2.0)
    assert alice.last().body == b"SIP/2.0 486 Busy Here"
    alice.answer(200)
    alice.advance(60.0)
    assert "<- BYE" not in " ".join(alice.ladder())
    assert outcome(alice, "ack") == "correct"


@BOTH
def test_transfer_refused(transport: str) -> None:
    alice = talking("transfer-refused", transport)
    alice.inside("REFER", {"Refer-To": "<sip:1002@example.com>"})
    alice.advance(60.0)
    alice.bye()
    assert alice.ladder() == [
        "-> INVITE",
        "<- 180",
        "+0.5 <- 200",
        "-> ACK",
        "-> REFER",
        "<- 603 to REFER",
        "+60 -> BYE",
        "<- 200 to BYE",
    ]
    assert outcome(alice, "ack") == "correct"


@BOTH
def test_transferred_by_far_end(transport: str) -> None:
    alice = talking("transferred-by-far-end", transport)
    alice.advance(2.0)
    assert alice.last().header("Refer-To") == "<sip:1002@192.0.2.1:5060>"
    alice.answer(202)
    for report in (b"SIP/2.0 100 Trying", b"SIP/2.0 200 OK"):
        alice.inside("NOTIFY", REPORT, report)
    alice.answer(200)
    assert alice.ladder() == [
        "-> INVITE",
        "<- 180",
        "+0.5 <- 200",
        "-> ACK",
        "+2 <- REFER",
        "-> 202 to REFER",
        "-> NOTIFY",
        "<- 200 to NOTIFY",
        "-> NOTIFY",
        "<- 200 to NOTIFY",
        "<- BYE",
        "-> 200 to BYE",
    ]
    assert outcome(alice, "ack") == "correct"


@BOTH
def test_transferred_by_far_end_against_its_will(transport: str) -> None:
    alice = talking("transferred-by-far-end", transport)
    alice.advance(2.0)
    alice.answer(603)
    alice.advance(20.0)
    alice.answer(200)
    assert alice.ladder() == [
        "-> INVITE",
        "<- 180",
        "+0.5 <- 200",
        "-> ACK",
        "+2 <- REFER",
        "-> 603 to REFER",
        "+20 <- BYE",
        "-> 200 to BYE",
    ]
