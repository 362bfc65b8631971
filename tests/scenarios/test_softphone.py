"""Scenarios for the error handling of softphones."""

from responder.testing.caller import Caller
from tests.judging import outcome, stack_of
from tests.scenarios.library import BOTH, calling


@BOTH
def test_busy(transport: str) -> None:
    alice = calling("busy", transport)
    alice.call("1001")
    alice.advance(0.5)
    alice.ack()
    assert alice.ladder() == [
        "-> INVITE",
        "<- 180",
        "+0.5 <- 486",
        "-> ACK",
    ]
    assert outcome(alice, "ack") == "correct"
    alice.start("OPTIONS")
    assert alice.statuses()[-1] == 200


@BOTH
def test_declined(transport: str) -> None:
    alice = calling("declined", transport)
    alice.call("1001")
    alice.advance(1.0)
    alice.ack()
    assert alice.ladder() == [
        "-> INVITE",
        "<- 180",
        "+1 <- 603",
        "-> ACK",
    ]
    alice.advance(40.0)
    assert outcome(alice, "global-failure") == "correct"


def test_declined_and_tried_elsewhere() -> None:
    alice = calling("declined")
    alice.call("1001")
    alice.advance(1.0)
    alice.ack()
    alice.flow = alice.network.datagrams(alice.remote, ("192.0.2.1", 5062))
    alice.call("1001")
    assert outcome(alice, "global-failure") == "wrong"


@BOTH
def test_no_answer(transport: str) -> None:
    alice = calling("no-answer", transport)
    alice.call("1001")
    alice.advance(30.0)
    alice.cancel()
    alice.ack()
    assert alice.ladder() == [
        "-> INVITE",
        "<- 180",
        "+30 -> CANCEL",
        "<- 200 to CANCEL",
        "<- 487",
        "-> ACK",
    ]
    assert outcome(alice, "cancel") == "correct"
    assert outcome(alice, "ack") == "correct"


def test_no_answer_and_a_cancel_with_a_branch_of_its_own() -> None:
    alice = calling("no-answer")
    alice.call("1001")
    alice.advance(30.0)
    alice.cancel({"Via": "SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bKother"})
    assert alice.statuses() == [180, 481]
    assert outcome(alice, "cancel") == "wrong"


@BOTH
def test_slow_answer(transport: str) -> None:
    alice = calling("slow-answer", transport)
    alice.call("1001")
    alice.advance(6.0)
    alice.ack()
    assert alice.ladder() == [
        "-> INVITE",
        "+0.2 <- 100",
        "+3.8 <- 180",
        "+2 <- 200",
        "-> ACK",
    ]
    assert outcome(alice, "ack") == "correct"


def test_slow_answer_and_copies_in_spite_of_the_100() -> None:
    alice = calling("slow-answer")
    alice.call("1001")
    for _ in range(3):
        alice.advance(0.5)
        alice.again()
    assert outcome(alice, "timer-a") == "wrong"


@BOTH
def test_moved(transport: str) -> None:
    alice = calling("moved", transport)
    alice.call("1001")
    alice.ack()
    assert alice.last().headers("Contact") == [
        "<sip:desk@127.0.0.1:5060>;q=0.5",
        "<sip:sales@127.0.0.1:5060>;q=0.9",
    ]
    try_contact(alice, "sales")
    alice.ack()
    try_contact(alice, "desk")
    alice.advance(0.5)
    alice.ack()
    assert alice.ladder() == [
        "-> INVITE",
        "<- 302",
        "-> ACK",
        "-> INVITE",
        "<- 486",
        "-> ACK",
        "-> INVITE",
        "<- 180",
        "+0.5 <- 200",
        "-> ACK",
    ]
    assert outcome(alice, "redirect") == "correct"


def test_moved_and_the_same_contact_tried_twice() -> None:
    alice = calling("moved")
    alice.call("1001")
    alice.ack()
    for _ in range(2):
        try_contact(alice, "sales")
        alice.ack()
    assert outcome(alice, "redirect") == "wrong"


def try_contact(alice: Caller, user: str) -> None:
    """Call a place that the redirection names."""
    uri = f"sip:{user}@127.0.0.1:5060"
    alice.send(alice.request("INVITE", uri, {"To": "<sip:1001@192.0.2.1>"}))


@BOTH
def test_number_unknown(transport: str) -> None:
    alice = calling("number-unknown", transport)
    alice.call("5550199")
    alice.ack()
    assert alice.ladder() == [
        "-> INVITE",
        "<- 404",
        "-> ACK",
    ]
    assert alice.final("INVITE").header("Reason") == (
        'Q.850;cause=1;text="Unallocated (unassigned) number"'
    )
    assert outcome(alice, "ack") == "correct"


@BOTH
def test_number_incomplete(transport: str) -> None:
    alice = calling("number-incomplete", transport)
    alice.call("555")
    alice.ack()
    alice.call("5550123")
    alice.advance(0.5)
    alice.ack()
    assert alice.ladder() == [
        "-> INVITE",
        "<- 484",
        "-> ACK",
        "-> INVITE",
        "<- 180",
        "+0.5 <- 200",
        "-> ACK",
    ]
    assert outcome(alice, "ack") == outcome(alice, "ack", 2) == "correct"


@BOTH
def test_do_not_disturb(transport: str) -> None:
    alice = calling("do-not-disturb", transport)
    alice.call("1001")
    alice.ack()
    assert alice.ladder() == [
        "-> INVITE",
        "<- 480",
        "-> ACK",
    ]
    assert alice.last().header("Retry-After") == "1800 (in a meeting)"
    alice.advance(1801.0)
    alice.call("1001")
    assert outcome(alice, "retry-after") == "correct"


def test_do_not_disturb_and_called_again_at_once() -> None:
    alice = calling("do-not-disturb")
    alice.call("1001")
    alice.ack()
    alice.advance(60.0)
    alice.call("1001")
    assert outcome(alice, "retry-after") == "wrong"


@BOTH
def test_waiting_in_queue(transport: str) -> None:
    alice = calling("waiting-in-queue", transport)
    alice.call("hotline")
    alice.advance(5.0)
    alice.ack()
    assert alice.ladder() == [
        "-> INVITE",
        "<- 182",
        "+2 <- 182",
        "+2 <- 180",
        "+1 <- 200",
        "-> ACK",
    ]
    assert [each.reason for each in alice.received[:2]] == [
        b"Queued, 2 callers ahead",
        b"Queued, 1 caller ahead",
    ]
    assert outcome(alice, "ack") == "correct"


@BOTH
def test_forwarded_on_no_answer(transport: str) -> None:
    alice = calling("forwarded-on-no-answer", transport)
    alice.call("1001")
    alice.advance(4.0)
    alice.ack()
    assert alice.ladder() == [
        "-> INVITE",
        "<- 180",
        "+3 <- 181",
        "<- 180 again",
        "+1 <- 200",
        "-> ACK",
    ]
    assert outcome(alice, "ack") == "correct"


@BOTH
def test_forked_call(transport: str) -> None:
    alice = calling("forked-call", transport)
    alice.call("family")
    alice.advance(2.5)
    alice.ack()
    alice.bye()
    assert alice.ladder() == [
        "-> INVITE",
        "<- 180",
        "+0.5 <- 180",
        "+2 <- 200",
        "-> ACK",
        "-> BYE",
        "<- 200 to BYE",
    ]
    first, second, answer = (each.header("To") for each in alice.received[:3])
    assert first == answer != second
    assert outcome(alice, "tags") == outcome(alice, "ack") == outcome(alice, "bye") == "correct"


def test_forked_call_and_an_ack_for_the_wrong_phone() -> None:
    alice = calling("forked-call")
    alice.call("family")
    alice.advance(2.5)
    alice.ack({"To": alice.received[1].header("To")})
    alice.advance(40.0)
    assert outcome(alice, "ack") == "wrong"


@BOTH
def test_answer_crosses_cancel(transport: str) -> None:
    alice = calling("answer-crosses-cancel", transport)
    alice.call("1001")
    alice.advance(3.0)
    alice.cancel()
    alice.ack()
    alice.bye()
    assert alice.ladder() == [
        "-> INVITE",
        "<- 180",
        "+3 -> CANCEL",
        "<- 200 to CANCEL",
        "<- 200",
        "-> ACK",
        "-> BYE",
        "<- 200 to BYE",
    ]
    assert outcome(alice, "cancel") == outcome(alice, "ack") == outcome(alice, "bye") == "correct"


def test_answer_crosses_cancel_and_is_left_alone() -> None:
    alice = calling("answer-crosses-cancel")
    alice.call("1001")
    alice.advance(3.0)
    alice.cancel()
    alice.advance(33.0)
    assert "<- BYE" in alice.ladder()[-1]
    assert outcome(alice, "ack") == "wrong"


@BOTH
def test_hung_up(transport: str) -> None:
    alice = calling("hung-up", transport)
    alice.call("1001")
    alice.advance(0.5)
    alice.ack()
    alice.advance(5.0)
    alice.answer(200)
    alice.advance(60.0)
    assert alice.ladder() == [
        "-> INVITE",
        "<- 180",
        "+0.5 <- 200",
        "-> ACK",
        "+5 <- BYE",
        "-> 200 to BYE",
    ]
    assert outcome(alice, "ack") == "correct"
    assert stack_of(alice).journal.records[0].notes() == []
