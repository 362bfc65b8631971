"""Calls that steps go along with, as ladders: what is received, what is in vain, what is left."""

import pytest

from responder.scenario.conversation import MOST_KEPT
from responder.scenario.rules import Rule, Rules
from responder.scenario.steps import Hold, Program, Raw, Receive, Respond, Step
from responder.sip.settings import Settings
from responder.stack import Stack
from responder.testing.caller import OFFER, Caller
from responder.testing.network import Network
from responder.testing.tokens import counted_tokens
from tests.scenario.calls import answered_by, assert_nothing_is_left, notes, record_of
from tests.scenario.scenarios import caller_of, stack_behind


def establish(steps: str, transport: str = "udp") -> Caller:
    caller = answered_by(steps, transport)
    caller.call("x", body=OFFER)
    caller.ack()
    return caller


# Receiving.


def test_a_call_is_hung_up_after_a_while() -> None:
    caller = answered_by(
        "[180, {wait: 2s}, 200, {receive: ACK, within: 4s}, {wait: 5s}, {send: BYE},"
        " {receive: 200}]"
    )
    caller.call("x", body=OFFER)
    caller.advance(2)
    caller.ack()
    caller.advance(5)
    caller.answer(200)
    assert caller.ladder() == [
        "-> INVITE",
        "<- 180",
        "+2 <- 200",
        "-> ACK",
        "+5 <- BYE",
        "-> 200 to BYE",
    ]
    assert notes(caller) == []
    assert not record_of(caller).failed
    assert_nothing_is_left(caller)


def test_an_ack_that_came_before_its_step_counts() -> None:
    caller = establish("[200, {wait: 3s}, {receive: ACK, within: 1s}, {send: BYE}]")
    caller.advance(3)
    assert caller.ladder()[-1] == "+3 <- BYE"


def test_an_ack_in_vain_fails_the_call() -> None:
    caller = answered_by("[200, {receive: ACK, within: 0.4s}, {send: INFO}]")
    caller.call("x")
    caller.advance(0.4)
    assert record_of(caller).failed == "no ACK was received: 0.4 s are over"
    assert notes(caller) == ["the call failed: no ACK was received: 0.4 s are over"]
    caller.ack()
    assert caller.ladder()[-1] == "<- BYE"
    assert_nothing_is_left(caller)


def test_what_is_in_vain_has_its_own_steps_and_goes_on() -> None:
    caller = establish(
        "[200, {receive: INFO, within: 1s, otherwise: [{send: OPTIONS}]}, {wait: 1s}, {send: BYE}]"
    )
    caller.advance(2)
    assert caller.ladder()[3:] == ["+1 <- OPTIONS", "+0.5 <- OPTIONS again", "+0.5 <- BYE"]
    assert notes(caller) == ["no INFO was received: 1 s are over"]
    assert not record_of(caller).failed


def test_what_is_received_skips_those_steps() -> None:
    caller = establish("[200, {receive: INFO, otherwise: [{send: OPTIONS}]}, {send: BYE}]")
    caller.inside("INFO")
    assert caller.ladder()[3:] == ["-> INFO", "<- 200 to INFO", "<- BYE"]


def test_a_request_may_or_may_not_come() -> None:
    caller = establish("[200, {receive: INFO, within: 1s, otherwise: []}, {send: BYE}]")
    caller.advance(1)
    assert caller.ladder()[-1] == "+1 <- BYE"


def test_a_step_can_look_into_what_it_waits_for() -> None:
    caller = establish("[200, {receive: INFO, match: {body: hello}}, 415, {send: BYE}]")
    caller.inside("INFO", {"Content-Type": "text/plain"}, b"bye")
    caller.inside("INFO", {"Content-Type": "text/plain"}, b"hello")
    assert caller.ladder()[3:] == [
        "-> INFO",
        "<- 200 to INFO",
        "-> INFO",
        "<- 415 to INFO",
        "<- BYE",
    ]


def test_a_request_that_comes_early_waits_for_the_step_that_answers_it() -> None:
    caller = establish("[200, {wait: 2s}, {receive: INFO}, 415, {receive: BYE}]")
    caller.inside("INFO")
    caller.advance(2)
    caller.bye()
    assert caller.ladder()[3:] == ["-> INFO", "+2 <- 415 to INFO", "-> BYE", "<- 200 to BYE"]
    assert_nothing_is_left(caller)


def test_a_request_that_comes_early_and_has_no_answer_of_its_own_gets_the_usual_one() -> None:
    caller = establish("[200, {wait: 2s}, {receive: INFO}, {send: BYE}]")
    caller.inside("INFO")
    caller.advance(2)
    assert caller.ladder()[3:] == ["-> INFO", "<- 200 to INFO", "+2 <- BYE"]


def test_requests_are_looked_for_in_any_order() -> None:
    caller = establish("[200, {receive: MESSAGE}, 415, {receive: INFO}, 469, {send: BYE}]")
    caller.inside("INFO")
    caller.inside("MESSAGE", {"Content-Type": "text/plain"}, b"x")
    assert caller.ladder()[3:] == [
        "-> INFO",
        "-> MESSAGE",
        "<- 415 to MESSAGE",
        "<- 469 to INFO",
        "<- BYE",
    ]


def test_more_than_can_be_kept_gets_the_usual_answer() -> None:
    caller = establish("[200, {wait: 5s}, {receive: INFO}, 415]")
    for _ in range(MOST_KEPT + 2):
        caller.inside("INFO")
    assert caller.statuses().count(200) == 1 + 2
    caller.advance(5)
    assert caller.statuses().count(415) == 1
    assert caller.statuses().count(200) == 1 + 2 + MOST_KEPT - 1


def test_a_retransmission_is_received_once() -> None:
    caller = establish("[200, {receive: INFO}, 415, {receive: INFO}, 469]")
    caller.inside("INFO")
    caller.again()
    assert caller.statuses() == [200, 415, 415]


def test_a_late_answer_is_preceded_by_a_100_where_it_is_owed() -> None:
    caller = establish("[200, {receive: INFO}, {wait: 10s}, 200]")
    caller.inside("INFO")
    caller.advance(10)
    assert caller.ladder()[3:] == ["-> INFO", "+3.5 <- 100 to INFO", "+6.5 <- 200 to INFO"]


def test_a_step_without_an_end_waits_as_long_as_the_call() -> None:
    caller = establish("[200, {receive: INFO}]")
    caller.advance(3000)
    caller.bye()
    assert caller.ladder()[-2:] == ["+3000 -> BYE", "<- 200 to BYE"]
    assert record_of(caller).failed == "no INFO was received: the call is over"
    assert_nothing_is_left(caller)


# The caller's BYE.


def test_bye_ends_the_call_and_its_steps() -> None:
    caller = establish("[200, {wait: 5s}, {send: INFO}, {wait: 1s}, {send: BYE}]")
    caller.bye()
    caller.advance(10)
    assert caller.ladder()[3:] == ["-> BYE", "<- 200 to BYE"]
    assert notes(caller) == ["the last 3 steps left out: the call is over"]
    assert not record_of(caller).failed
    assert_nothing_is_left(caller)


def test_bye_that_a_step_waits_for_further_on_leaves_the_steps_to_go_on() -> None:
    caller = establish("[200, {wait: 1s}, {receive: BYE}, {wait: 1s}, {raw: tail}]")
    caller.bye()
    assert caller.ladder()[3:] == ["-> BYE", "<- 200 to BYE"]
    caller.advance(2)
    assert caller.network.sent[-1].data == b"tail"
    assert_nothing_is_left(caller)


def test_bye_may_be_answered_otherwise_and_the_call_goes_on() -> None:
    caller = establish("[200, {receive: BYE}, 401, {receive: BYE}, 200]")
    caller.bye()
    caller.inside("INFO")
    caller.bye()
    assert caller.ladder()[3:] == [
        "-> BYE",
        "<- 401 to BYE",
        "-> INFO",
        "<- 200 to INFO",
        "-> BYE",
        "<- 200 to BYE",
    ]
    assert_nothing_is_left(caller)


@pytest.mark.parametrize("status", [200, 408, 481])
def test_bye_that_is_answered_so_ends_the_dialog(status: int) -> None:
    caller = establish(f"[200, {{receive: BYE}}, {status}]")
    caller.bye()
    caller.inside("INFO")
    assert caller.statuses() == [200, status, 481]


def test_bye_before_the_answer_ends_everything() -> None:
    caller = answered_by("[180, {wait: 5s}, 200, {receive: ACK}]")
    caller.call("x")
    caller.bye()
    caller.ack()
    caller.advance(10)
    assert caller.ladder() == ["-> INVITE", "<- 180", "-> BYE", "<- 200 to BYE", "<- 487", "-> ACK"]
    assert record_of(caller).failed == "no ACK was received: the call is over"
    assert_nothing_is_left(caller)


def test_a_held_request_is_answered_when_the_call_ends() -> None:
    caller = establish("[200, {wait: 5s}, {receive: INFO}, 415]")
    caller.inside("INFO")
    caller.bye()
    assert caller.ladder()[3:] == ["-> INFO", "-> BYE", "<- 200 to BYE", "<- 487 to INFO"]
    assert_nothing_is_left(caller)


# CANCEL.


def test_a_cancel_that_no_step_takes_ends_the_call() -> None:
    caller = answered_by("[180, {wait: 5s}, 200, {receive: ACK}]")
    caller.call("x")
    caller.cancel()
    caller.ack()
    assert caller.ladder()[2:] == ["-> CANCEL", "<- 200 to CANCEL", "<- 487", "-> ACK"]
    assert_nothing_is_left(caller)


def test_a_cancel_that_a_step_takes_may_lose_the_race() -> None:
    caller = answered_by("[180, {receive: CANCEL}, 200, {receive: ACK}, {send: BYE}]")
    caller.call("x", body=OFFER)
    caller.cancel()
    caller.ack()
    assert caller.ladder()[2:] == ["-> CANCEL", "<- 200 to CANCEL", "<- 200", "-> ACK", "<- BYE"]


def test_a_cancel_that_a_step_takes_without_an_answer_of_its_own_brings_the_487() -> None:
    caller = answered_by("[180, {receive: CANCEL}, {receive: ACK, within: 1s}]")
    caller.call("x")
    caller.cancel()
    caller.advance(1)
    assert caller.ladder()[2:] == [
        "-> CANCEL",
        "<- 200 to CANCEL",
        "<- 487",
        "+0.5 <- 487 again",
    ]
    assert record_of(caller).failed == "no ACK was received: 1 s are over"
    caller.ack()
    assert_nothing_is_left(caller)


def test_a_cancel_that_comes_early_waits_for_its_step() -> None:
    caller = answered_by("[180, {wait: 1s}, {receive: CANCEL}, 486]")
    caller.call("x")
    caller.cancel()
    caller.advance(1)
    assert caller.ladder()[2:] == ["-> CANCEL", "<- 200 to CANCEL", "+1 <- 486"]


def test_an_invite_rings_for_an_hour_while_a_step_waits() -> None:
    caller = answered_by("[180, {receive: CANCEL}]")
    caller.call("x")
    caller.advance(3600)
    assert caller.statuses()[-1] == 480
    assert record_of(caller).failed == "no CANCEL was received: it took too long"
    caller.ack()
    assert_nothing_is_left(caller)


def test_an_invitation_runs_out_while_a_step_waits() -> None:
    caller = answered_by("[180, {receive: CANCEL}, 200]")
    caller.call("x", {"Expires": "70"})
    caller.advance(70)
    assert caller.ladder()[2:] == ["+60 <- 180 again", "+10 <- 487"]
    caller.ack()
    assert_nothing_is_left(caller)


def test_without_a_final_status_it_rings_on() -> None:
    caller = answered_by("[180, {receive: INFO}, {raw: x}]")
    caller.call("x")
    caller.inside("INFO")
    caller.advance(60)
    assert caller.ladder()[-1] == "+60 <- 180 again"
    caller.cancel()
    assert caller.statuses()[-1] == 487
    caller.ack()
    assert_nothing_is_left(caller)


# The ACK of a failure.


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_the_ack_of_a_failure_is_received(transport: str) -> None:
    caller = answered_by("[486, {receive: ACK, within: 1s}, {raw: seen}]", transport)
    caller.call("x")
    caller.ack()
    assert caller.network.sent[-1].data == b"seen"
    assert not record_of(caller).failed
    assert_nothing_is_left(caller)


def test_no_ack_for_a_failure() -> None:
    caller = answered_by("[486, {receive: ACK}]")
    caller.call("x")
    caller.advance(40)
    assert record_of(caller).failed == "no ACK was received: none came within 64*T1"
    assert_nothing_is_left(caller)


def test_no_ack_for_a_2xx() -> None:
    caller = answered_by("[200, {receive: ACK}]")
    caller.call("x")
    caller.advance(32)
    assert record_of(caller).failed == "no ACK was received: the call is over"
    assert caller.ladder()[-1] == "+0.5 <- BYE"
    caller.answer(200)
    assert_nothing_is_left(caller)


# Silence, and other requests.


def test_a_call_that_falls_silent_answers_nothing() -> None:
    caller = establish("[200, {receive: INFO}, silent]")
    caller.inside("INFO")
    caller.bye()
    caller.again()
    assert caller.ladder()[3:] == ["-> INFO", "<- 200 to INFO", "-> BYE", "-> BYE again"]
    assert_nothing_is_left(caller)


def test_silence_before_the_answer() -> None:
    caller = answered_by("[{raw: x}, silent]")
    caller.call("x")
    caller.cancel()
    assert caller.statuses() == []
    assert_nothing_is_left(caller)


def test_a_rule_for_any_method_leaves_out_what_only_a_call_has() -> None:
    caller = answered_by("[200, {receive: INFO, otherwise: []}, {send: INFO}, {raw: tail}]")
    caller = answered_by(
        "[200, {receive: INFO, otherwise: []}, {send: INFO}, {raw: tail}]",
        method="[INVITE, OPTIONS]",
    )
    caller.start("OPTIONS", "x")
    assert notes(caller) == [
        "no INFO was received: the call is over",
        "INFO left out: there is no dialog",
    ]
    assert caller.network.sent[-1].data == b"tail"
    assert_nothing_is_left(caller)


def test_the_end_of_the_process_ends_the_steps() -> None:
    caller = establish("[200, {receive: INFO}, 415, {send: BYE}]")
    stack_behind(caller).shut_down(caller.network.now)
    caller.network.collect()
    caller.answer(200)
    assert caller.ladder()[3:] == ["<- BYE", "-> 200 to BYE"]
    assert_nothing_is_left(caller)


def test_the_end_of_the_process_ends_a_ringing_call() -> None:
    caller = answered_by("[180, {receive: CANCEL}, 200, {receive: ACK}]")
    caller.call("x")
    stack_behind(caller).shut_down(caller.network.now)
    caller.network.collect()
    caller.ack()
    assert caller.statuses() == [180, 503]
    assert_nothing_is_left(caller)


# Steps that a file cannot hold, or only with a state.


def direct(*steps: Step) -> Caller:
    """Return a caller of steps that were not read from a file."""
    rules = Rules((Rule(Program("r", (steps,))),))
    return Caller(Network(Stack(Settings(), counted_tokens(), rules)))


def test_a_status_that_no_request_waits_for_is_left_out() -> None:
    caller = direct(Respond(200), Raw(b"x"), Respond(486), Respond(180), Hold(), Raw(b"never"))
    caller.call("x")
    caller.ack()
    assert notes(caller) == [
        "486 left out: no request waits for it",
        "180 left out: no request waits for it",
    ]
    assert caller.network.sent[-1].data == b"x"
    caller.bye()
    assert_nothing_is_left(caller)


def test_a_state_may_change_inside_a_call() -> None:
    caller = caller_of(
        "state: up\n"
        "rules:\n"
        "  - when: {state: up}\n"
        "    respond: [200, {receive: INFO}, {set: {state: down}}]\n"
        "  - respond: 503\n"
    )
    caller.call("x", body=OFFER)
    caller.ack()
    caller.inside("INFO")
    caller.bye()
    caller.call("x")
    assert caller.statuses()[-1] == 503
    assert notes(caller) != []


def test_a_request_whose_answer_is_still_to_come_when_the_call_ends() -> None:
    caller = establish("[200, {receive: INFO}, {wait: 5s}, 415]")
    caller.inside("INFO")
    caller.bye()
    assert caller.ladder()[3:] == ["-> INFO", "-> BYE", "<- 200 to BYE", "<- 487 to INFO"]
    assert_nothing_is_left(caller)


def test_a_step_without_a_request_of_ours_receives_no_response() -> None:
    caller = direct(Respond(200), Receive(lowest=200, highest=699))
    caller.call("x")
    assert record_of(caller).failed == "no final response was received: no request of ours is open"


def test_what_is_received_may_be_answered_before_the_next_step_receives() -> None:
    caller = direct(
        Respond(200), Receive(b"INFO", answered=True), Receive(b"MESSAGE", answered=True)
    )
    caller.call("x")
    caller.ack()
    caller.inside("INFO")
    caller.inside("MESSAGE", {"Content-Type": "text/plain"}, b"x")
    assert caller.statuses() == [200, 200, 200]
    caller.bye()
    assert_nothing_is_left(caller)


def test_an_early_dialog_that_ended_is_not_the_end_of_the_call() -> None:
    caller = answered_by("[180, 199, 183, {receive: INFO, within: 1s, otherwise: []}, 200]")
    caller.call("x", {"Supported": "199"}, OFFER)
    caller.advance(1)
    assert caller.statuses() == [180, 199, 183, 200]
    caller.ack()
    caller.bye()
    assert_nothing_is_left(caller)


def test_a_bye_that_a_step_received_ends_a_call_that_rings() -> None:
    caller = answered_by("[180, {receive: BYE}]")
    caller.call("x")
    caller.inside("BYE")
    caller.ack()
    assert caller.ladder() == ["-> INVITE", "<- 180", "-> BYE", "<- 200 to BYE", "<- 487", "-> ACK"]
    assert_nothing_is_left(caller)
