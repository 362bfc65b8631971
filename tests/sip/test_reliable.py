"""Reliable provisional responses: repeated until their PRACK comes, or nobody waits for it."""

import pytest

from responder.sip.errors import Misuse
from responder.sip.reliable import (
    ACKNOWLEDGED,
    EVENTS,
    REPEAT,
    STATES,
    STOPPED,
    TABLE,
    TIMEOUT,
    WAITING,
    Reliable,
)
from responder.testing.caller import OFFER, Caller
from tests.scenario.calls import answered_by, assert_nothing_is_left, notes, record_of
from tests.scenario.scenarios import stack_behind

RELIABLE = {"Supported": "timer, 100rel"}


def called(steps: str, transport: str = "udp", body: bytes = OFFER) -> Caller:
    caller = answered_by(steps, transport)
    caller.call("x", RELIABLE, body)
    return caller


def prack(caller: Caller, off_by: int = 0, body: bytes = b"") -> None:
    """Acknowledge the latest reliable response."""
    caller.ladder()
    last = next(each for each in reversed(caller.received) if b"rseq" in each.fields)
    number = int(last.fields[b"rseq"]) + off_by
    caller.inside("PRACK", {"RAck": f"{number} {last.header('CSeq')}"}, body)


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_it_is_repeated_until_its_prack(transport: str) -> None:
    caller = called("[{status: 183, reliable: true}, {wait: 9s}, 486]", transport)
    assert caller.last().values(b"require") == [b"100rel"]
    caller.advance(4)
    prack(caller)
    caller.advance(5)
    assert caller.ladder() == [
        "-> INVITE",
        "<- 183",
        "+0.5 <- 183 again",
        "+1 <- 183 again",
        "+2 <- 183 again",
        "+0.5 -> PRACK",
        "<- 200 to PRACK",
        "+5 <- 486",
    ]
    caller.ack()
    assert_nothing_is_left(caller)


def test_without_a_prack_the_invite_is_refused() -> None:
    caller = called("[{status: 183, reliable: true}, {wait: 60s}, 200]")
    caller.advance(32)
    assert caller.ladder()[-2:] == ["+16 <- 183 again", "+0.5 <- 504"]
    assert record_of(caller).failed == "no PRACK came within 64*T1 (RFC 3262 3)"
    caller.ack()
    assert_nothing_is_left(caller)


def test_without_a_prack_a_call_without_steps_left_is_refused_too() -> None:
    caller = called("[{status: 183, reliable: true}]")
    caller.advance(32)
    assert caller.statuses()[-1] == 504


@pytest.mark.parametrize("sdp", ["", ", sdp: {direction: sendrecv}"], ids=["plain", "sdp"])
def test_a_2xx_waits_for_the_prack_of_a_description(sdp: str) -> None:
    caller = called(f"[{{status: 183, reliable: true{sdp}}}, 200]")
    waits = bool(sdp)
    assert caller.statuses() == ([183] if waits else [183, 200])
    prack(caller)
    assert caller.statuses() == [183, 200, 200]
    assert caller.final("PRACK").status == 200
    caller.ack()
    caller.advance(40)
    assert 504 not in caller.statuses()


def test_the_next_one_waits_for_the_prack_of_the_first() -> None:
    caller = called("[{status: 183, reliable: true}, {status: 180, reliable: true}, 486]")
    prack(caller)
    first, second = [int(each.fields[b"rseq"]) for each in caller.received if each.header("RSeq")]
    assert second == first + 1
    assert caller.ladder()[1:] == ["<- 183", "-> PRACK", "<- 200 to PRACK", "<- 180", "<- 486"]


def test_a_prack_of_nothing_is_481() -> None:
    caller = called("[{status: 183, reliable: true}, {wait: 1s}, 486]")
    prack(caller, 1)
    assert caller.statuses() == [183, 481]
    caller.advance(1)
    assert caller.ladder()[-2:] == ["+0.5 <- 183 again", "+0.5 <- 486"]


def test_a_step_can_take_the_prack() -> None:
    caller = called("[{status: 183, reliable: true}, {receive: PRACK, within: 2s}, 500, 486]")
    prack(caller)
    assert caller.ladder()[1:] == ["<- 183", "-> PRACK", "<- 500 to PRACK", "<- 486"]


def test_a_step_waits_for_the_prack_and_leaves_it_the_usual_answer() -> None:
    caller = called(
        "[{status: 183, reliable: true}, {receive: PRACK, within: 2s}, 180,"
        " {status: 486, to: INVITE}]"
    )
    prack(caller)
    assert caller.ladder()[1:] == ["<- 183", "-> PRACK", "<- 200 to PRACK", "<- 180", "<- 486"]


def test_a_prack_with_an_offer_is_answered() -> None:
    caller = called("[{status: 183, reliable: true, sdp: {direction: sendrecv}}, {wait: 1s}, 200]")
    prack(caller, body=OFFER + b"a=sendonly\r\n")
    assert b"a=recvonly" in caller.last().body


def test_an_update_may_change_the_early_session_then() -> None:
    caller = called("[{status: 183, reliable: true, sdp: {direction: sendrecv}}, {wait: 1s}, 200]")
    caller.inside("UPDATE", body=OFFER)
    assert caller.statuses()[-1] == 500
    prack(caller)
    caller.inside("UPDATE", body=OFFER + b"a=sendonly\r\n")
    assert caller.statuses()[-1] == 200
    assert b"a=recvonly" in caller.last().body


def test_a_cancelled_one_is_not_repeated() -> None:
    caller = called("[{status: 183, reliable: true}, {wait: 60s}, 200]")
    caller.cancel()
    caller.ack()
    caller.advance(60)
    assert caller.statuses() == [183, 200, 487]
    assert_nothing_is_left(caller)


def test_a_call_that_falls_silent_repeats_nothing() -> None:
    caller = called("[{status: 183, reliable: true}, silent]")
    caller.advance(60)
    assert caller.statuses() == [183]
    assert_nothing_is_left(caller)


def test_an_invite_that_does_not_ask_for_it_gets_it_all_the_same() -> None:
    caller = answered_by("[{status: 183, reliable: true}, {wait: 1s}, 486]")
    caller.call("x")
    assert b"rseq" in caller.last().fields
    assert notes(caller) == ["183 is reliable though the INVITE has no 100rel"]


def test_an_invite_may_require_it_of_a_rule_that_has_it() -> None:
    caller = answered_by("[{status: 183, reliable: true}, 486]")
    caller.call("x", {"Require": "100rel"})
    assert caller.statuses() == [183, 486]
    caller = answered_by("[183, 486]")
    caller.call("x", {"Require": "100rel"})
    assert caller.statuses() == [420]


def test_it_is_repeated_no_more_once_the_call_ends() -> None:
    caller = called("[{status: 183, reliable: true}, {wait: 60s}, 200]")
    stack_behind(caller).shut_down(caller.network.now)
    caller.network.collect()
    caller.ack()
    caller.advance(60)
    assert caller.statuses() == [183, 503]
    assert_nothing_is_left(caller)


@pytest.mark.parametrize("state", range(len(STATES)), ids=STATES)
@pytest.mark.parametrize("event", [REPEAT, TIMEOUT], ids=[EVENTS[REPEAT], EVENTS[TIMEOUT]])
def test_what_the_table_does_not_list_is_our_own_fault(state: int, event: int) -> None:
    caller = called("[{status: 183, reliable: true}]")
    (dialog,) = stack_behind(caller).endpoint.dialogs.values()
    reliable = dialog.reliable
    assert isinstance(reliable, Reliable)
    reliable.state = state
    now = caller.network.now + (100.0 if event == TIMEOUT else 0.0)
    if (state, event) in TABLE:
        assert state == WAITING
        reliable.fire(now)
    else:
        assert state in {ACKNOWLEDGED, STOPPED}
        with pytest.raises(Misuse):
            reliable.fire(now)
