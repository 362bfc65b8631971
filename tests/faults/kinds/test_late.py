"""A response that crosses the CANCEL, in whole calls."""

import pytest

from responder.scenario.steps import Respond
from tests.faults.calls import answering, called, faulty


def test_an_answer_crosses_the_cancel() -> None:
    call = called(Respond(180), faulty(200, "late"))
    call.alice.advance(1.0)
    call.alice.cancel()
    call.alice.ack()
    call.alice.bye()
    assert call.ladder == [
        "-> INVITE",
        "<- 180",
        "+1 -> CANCEL",
        "<- 200 to CANCEL",
        "<- 200",
        "-> ACK",
        "-> BYE",
        "<- 200 to BYE",
    ]
    assert call.record.faults() == ["held the response back until the CANCEL"]
    call.alice.advance(200.0)
    assert call.left_over() == {}


def test_it_follows_the_cancel_after_a_time() -> None:
    call = called(Respond(180), faulty(486, {"late": 1.5}))
    call.alice.cancel()
    call.alice.advance(1.6)
    assert call.ladder[2:] == ["-> CANCEL", "<- 200 to CANCEL", "+1.5 <- 486"]


def test_other_faults_of_the_response_come_with_it() -> None:
    call = called(Respond(180), faulty(486, {"late": None, "drop": 1}))
    call.alice.cancel()
    call.alice.advance(0.6)
    assert call.ladder[2:] == ["-> CANCEL", "<- 200 to CANCEL", "+0.5 <- 486"]


def test_a_caller_that_never_cancels_gets_it_in_the_end() -> None:
    call = called(Respond(180), faulty(200, {"late": {"within": 10.0}}))
    call.alice.advance(10.0)
    assert call.ladder == ["-> INVITE", "<- 180", "+10 <- 200"]


def test_a_call_that_ended_otherwise_is_left_alone() -> None:
    call = called(Respond(180), faulty(200, "late"))
    call.alice.bye()
    call.alice.ack()
    call.alice.advance(300.0)
    assert call.ladder[2:] == ["-> BYE", "<- 200 to BYE", "<- 487", "-> ACK"]
    assert call.left_over() == {}


def test_a_stack_that_ends_waits_for_no_cancel() -> None:
    call = called(Respond(180), faulty(486, "late"))
    call.stack.shut_down(call.alice.network.now)
    call.alice.network.collect()
    assert call.ladder == ["-> INVITE", "<- 180", "<- 486"]


@pytest.mark.parametrize("method", ["OPTIONS", "MESSAGE"])
def test_only_an_invite_can_be_cancelled(method: str) -> None:
    call = answering(faulty(486, "late"))
    call.alice.start(method, "1001")
    assert call.ladder[1:] == [f"<- 486 to {method}"]
    assert call.record.faults() == ["no late for it: only an INVITE can be cancelled"]
