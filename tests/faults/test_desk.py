"""Mutations in whole calls: made once, kept by the transaction, told in the record."""

import pytest

from responder.faults.desk import Desk
from responder.faults.registry import compile_faults
from responder.journal.record import Record
from responder.scenario.steps import Respond
from responder.testing.caller import OFFER
from tests.faults.calls import answering, called, drawing, faulty
from tests.faults.messages import BUSY, BYE


def test_a_mutated_failure_is_repeated_unchanged() -> None:
    call = called(faulty(486, {"wrong": "via-branch", "body": "garbage"}))
    call.alice.again()
    call.alice.advance(3.6)
    sent = {each.data for each in call.alice.network.sent}
    assert len(call.alice.network.sent) == 5
    [data] = sent
    assert b"branch=z9hG4bKwrong" in data
    assert call.record.faults() == [
        "made 486 with a wrong via-branch",
        "made 486 with a body that is garbage",
    ]


def test_a_mutated_2xx_is_repeated_unchanged_by_its_dialog() -> None:
    call = called(faulty(200, {"nul": "value"}))
    call.alice.advance(2.0)
    assert len({each.data for each in call.alice.network.sent}) == 1
    assert len(call.alice.network.sent) == 3


def test_both_hooks_act_on_one_response() -> None:
    call = called(faulty(486, {"missing": "To", "drop": 1}))
    call.alice.advance(0.6)
    assert b"To:" not in call.alice.network.sent[0].data
    assert call.record.faults() == [
        "made 486 with no To",
        "dropped transmission 1 of 486",
    ]


def test_what_cannot_be_done_is_told() -> None:
    call = called(faulty(486, {"missing": "Contact"}))
    assert call.ladder == ["-> INVITE", "<- 486"]
    assert call.record.faults() == ["left 486 as it is: missing finds nothing to change"]


def test_a_dialog_outlives_the_wrong_to_tag_of_its_2xx() -> None:
    call = called(faulty(200, {"wrong": "to-tag"}))
    call.alice.ack()
    call.alice.advance(60.0)
    assert call.ladder[-1] == "+4 <- BYE again"
    assert any("no ACK for the 2xx" in note for note in call.record.notes())


@pytest.mark.parametrize("method", ["OPTIONS", "REGISTER", "MESSAGE"])
def test_other_methods_have_faults_too(method: str) -> None:
    call = answering(faulty(480, {"drop": 1, "compact": None}))
    call.alice.start(method, "1001")
    call.alice.again()
    assert call.ladder[2:] == [f"<- 480 to {method}"]
    assert call.alice.last().data.startswith(b"SIP/2.0 480 Temporarily Unavailable\r\nv: ")


def test_the_end_of_a_dialog_is_not_touched() -> None:
    call = called(faulty(200, "compact"))
    call.alice.ack()
    call.alice.bye()
    assert b"Via: " in call.alice.last().data


def test_an_offer_that_is_refused_gets_its_488_without_faults() -> None:
    call = answering(faulty(200, "drop"))
    call.alice.call("1001", body=OFFER.replace(b"RTP/AVP 0 8 101", b"RTP/AVP 99"))
    assert call.ladder == ["-> INVITE", "<- 488"]


def test_requests_can_be_mutated_too() -> None:
    desk = Desk(called(Respond(486)).stack.endpoint, drawing(0.0))
    record = Record(1, 0.0, "BYE")
    bundle = compile_faults([{"wrong": "request-uri"}, {"wrong": "status"}])
    data = desk.mutate(bundle, BYE, record, 1.0)
    assert data.startswith(b"BYE sip:wrong@wrong.invalid SIP/2.0\r\n")
    assert record.faults() == [
        "made BYE with a wrong request-uri",
        "left BYE as it is: wrong finds nothing to change",
    ]
    assert desk.mutate(compile_faults("drop"), BUSY, record, 1.0) is BUSY


# Counts.


def test_each_fault_is_counted_as_often_as_it_did_something() -> None:
    call = called(
        faulty(180, {"missing": "To"}),
        faulty(486, {"missing": "Contact", "drop": {"count": 2}, "duplicate": {"from": 3}}),
    )
    call.alice.advance(4)
    assert call.stack.uas.faults.counts == {"missing": 1, "drop": 2, "duplicate": 1}


def test_a_response_that_is_held_back_is_counted_as_late() -> None:
    call = called(faulty(200, {"late": None}))
    assert call.stack.uas.faults.counts == {"late": 1}
