"""The interpreter of programs: what is sent when, and how a call ends by itself."""

import pytest

from responder.scenario.engine import LONGEST_HOLD, Engine
from responder.scenario.rules import Rule, Rules
from responder.scenario.steps import Hold, Program, Respond, Silent, Step, Wait
from responder.sip.message import parse
from responder.sip.settings import Settings, Timing
from responder.stack import Stack
from responder.testing.caller import Caller
from responder.testing.network import Network
from responder.testing.tokens import counted_tokens


def caller_of(*attempts: tuple[Step, ...]) -> Caller:
    """Return a caller of a stack whose one rule has these attempts."""
    rules = Rules((Rule(Program("rule", attempts)),))
    return Caller(Network(Stack(Settings(), counted_tokens(), rules)))


def stack_of(caller: Caller) -> Stack:
    core = caller.network.core
    assert isinstance(core, Stack)
    return core


def test_steps_are_carried_out_in_order_and_waits_kept() -> None:
    caller = caller_of((Respond(100), Wait(2), Respond(180), Wait(0.25), Wait(0), Respond(603)))
    caller.call("x")
    caller.advance(2.25)
    assert caller.ladder() == ["-> INVITE", "<- 100", "+2 <- 180", "+0.25 <- 603"]


def test_what_follows_a_final_response_is_never_reached() -> None:
    caller = caller_of((Respond(486), Respond(200), Wait(1), Respond(180)))
    caller.call("x")
    caller.ack()
    caller.advance(100)
    assert caller.statuses() == [486]


# Ringing.


@pytest.mark.parametrize(
    "steps",
    [(Respond(180), Hold()), (Respond(180),), (Respond(180), Wait(200), Respond(486))],
    ids=["hold", "end", "wait"],
)
def test_a_provisional_is_repeated_every_minute_while_it_rings(steps: tuple[Step, ...]) -> None:
    caller = caller_of(steps)
    caller.call("x")
    caller.advance(150)
    caller.cancel()
    assert caller.ladder()[:4] == ["-> INVITE", "<- 180", "+60 <- 180 again", "+60 <- 180 again"]


def test_a_100_is_not_repeated() -> None:
    caller = caller_of((Respond(100), Hold()))
    caller.call("x")
    caller.advance(200)
    assert caller.statuses() == [100]


def test_the_latest_provisional_is_the_one_that_is_repeated() -> None:
    caller = caller_of((Respond(180), Wait(10), Respond(183), Hold()))
    caller.call("x")
    caller.advance(75)
    assert caller.ladder() == ["-> INVITE", "<- 180", "+10 <- 183", "+60 <- 183 again"]


def test_a_phone_that_nobody_picks_up_stops_ringing_after_an_hour() -> None:
    caller = caller_of((Respond(180), Hold()))
    caller.call("x")
    caller.advance(LONGEST_HOLD)
    caller.ack()
    caller.advance(10)
    assert caller.statuses()[-1] == 480
    assert not stack_of(caller).endpoint.transactions
    assert not stack_of(caller).endpoint.dialogs


@pytest.mark.parametrize("steps", [(Hold(),), (Wait(1),)], ids=["hold", "wait"])
def test_another_request_that_a_program_does_not_answer_is_forgotten(
    steps: tuple[Step, ...],
) -> None:
    caller = caller_of(steps)
    caller.start("OPTIONS")
    caller.advance(100)
    assert caller.ladder() == ["-> OPTIONS"]
    assert not stack_of(caller).endpoint.transactions


# Expires (RFC 3261 13.3.1).


def test_an_invitation_that_expires_ends_with_487() -> None:
    caller = caller_of((Respond(180), Hold()))
    caller.call("x", {"Expires": "30"})
    caller.advance(30)
    assert caller.ladder() == ["-> INVITE", "<- 180", "+30 <- 487"]


def test_an_invitation_expires_in_the_midst_of_a_program() -> None:
    caller = caller_of((Respond(180), Wait(20), Respond(183), Wait(20), Respond(200)))
    caller.call("x", {"Expires": "30"})
    caller.advance(30.4)
    caller.ack()
    caller.advance(100)
    assert caller.statuses() == [180, 183, 487]


@pytest.mark.parametrize("expires", ["", "x", "-1", "99999999999", "40"])
def test_an_expiry_that_is_late_or_no_number_changes_nothing(expires: str) -> None:
    caller = caller_of((Respond(180), Wait(35), Respond(486)))
    caller.call("x", {"Expires": expires})
    caller.advance(35)
    assert caller.statuses() == [180, 486]


def test_an_answered_invitation_does_not_expire() -> None:
    caller = caller_of((Respond(180), Wait(1), Respond(200)))
    caller.call("x", {"Expires": "30"})
    caller.advance(1)
    caller.ack()
    caller.advance(100)
    assert caller.statuses() == [180, 200]


# Silence.


@pytest.mark.parametrize("method", ["INVITE", "OPTIONS"])
def test_a_silent_program_never_answers_and_leaves_nothing_behind(method: str) -> None:
    caller = caller_of((Silent(),))
    caller.start(method, headers={"Expires": "10"})
    for seconds in (0.5, 1, 2, 4, 8):
        caller.advance(seconds)
        caller.again()
    caller.advance(60)
    assert caller.statuses() == []
    stack = stack_of(caller)
    assert not stack.endpoint.transactions
    assert stack.uas.answers.pending == 0
    assert stack.journal.records[0].shown


def test_a_program_may_fall_silent_after_ringing() -> None:
    caller = caller_of((Respond(180), Wait(5), Silent()))
    caller.call("x", {"Expires": "60"})
    caller.advance(600)
    assert caller.ladder() == ["-> INVITE", "<- 180"]
    assert not stack_of(caller).endpoint.transactions
    assert not stack_of(caller).endpoint.dialogs


# Attempts.


def test_attempts_follow_one_another_and_start_over() -> None:
    caller = caller_of((Respond(503),), (Respond(503),), (Respond(486),))
    for _ in range(4):
        caller.call("x")
        caller.ack()
    assert caller.statuses() == [503, 503, 486, 503]
    rules = [record.rule for record in stack_of(caller).journal.records]
    assert rules == ["rule 1/3", "rule 2/3", "rule 3/3", "rule 1/3"]


def test_a_copy_of_a_request_is_no_attempt() -> None:
    caller = caller_of((Respond(503),), (Respond(486),))
    caller.call("x")
    caller.again()
    caller.call("x")
    assert caller.statuses() == [503, 503, 486]


def test_attempts_are_counted_for_each_caller_method_and_number() -> None:
    alice = caller_of((Respond(503),), (Respond(486),))
    bob = Caller(alice.network, remote=("192.0.2.8", 5070), user="bob")
    alice.call("x")
    bob.call("x")
    alice.start("OPTIONS", "x")
    alice.call("y")
    alice.call("x", {"From": '"Alice <a>" <sip:alice@192.0.2.9>;tag=other'})
    assert alice.statuses() == [503, 503, 503, 486]
    assert bob.statuses() == [503]


def test_a_challenge_that_ended_the_attempt_before_is_remembered() -> None:
    challenge = Respond(407)
    steps = ((Respond(503),), (Respond(180), challenge), (Respond(603),))
    caller = caller_of(*steps)
    engine: Engine = stack_of(caller).uas.engine
    program = Program("rule", steps)
    asked = []
    for _ in range(4):
        caller.call("x")
        caller.ack()
        asked.append(engine.asked(parse(caller.invite), caller.flow, program, b"x"))
    assert caller.statuses() == [503, 180, 407, 603, 503]
    assert asked == [None, challenge, None, None]
    silence = Program("rule", ((Silent(),), (Silent(),)))
    assert engine.asked(parse(caller.invite), caller.flow, silence, b"x") is None


def test_callers_are_told_apart_without_brackets_too() -> None:
    caller = caller_of((Respond(503),), (Respond(486),))
    caller.call("x", {"From": "sip:a@h;tag=1"})
    caller.call("x", {"From": "sip:b@h;tag=1"})
    caller.call("x", {"From": "sip:a@h;tag=2"})
    assert caller.statuses() == [503, 503, 486]


def test_callers_without_end_do_not_grow_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("responder.scenario.attempts._MOST_COUNTS", 10)
    caller = caller_of((Respond(503),), (Respond(486),))
    for number in range(11):
        caller.start("OPTIONS", f"user{number}")
    engine = stack_of(caller).uas.engine
    assert len(engine.attempts) == 10
    caller.start("OPTIONS", "user10")
    caller.start("OPTIONS", "user0")
    assert caller.statuses()[-2:] == [486, 503]


# Timers of a rule.


@pytest.mark.parametrize(("status", "copies"), [(486, 3), (200, 3)])
def test_a_final_response_waits_for_its_ack_as_long_as_the_timer_of_its_rule_says(
    status: int, copies: int
) -> None:
    rule = Rule(Program("rule", ((Respond(status),),), timing=Timing(t1=0.1, own_h=1.0)))
    caller = Caller(Network(Stack(Settings(), counted_tokens(), Rules((rule,)))))
    caller.call("x")
    caller.advance(60.0)
    assert caller.ladder()[: 2 + copies] == [
        "-> INVITE",
        f"<- {status}",
        f"+0.1 <- {status} again",
        f"+0.2 <- {status} again",
        f"+0.4 <- {status} again",
    ]
    assert f"<- {status}" not in "".join(caller.ladder()[2 + copies :])
