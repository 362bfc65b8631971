"""Calls that the rules of scenario files answer, drawn as ladders."""

import pytest

from responder.scenario.rules import Rules
from responder.testing.caller import OFFER, Caller
from tests.scenario.scenarios import caller_of, stack_behind


def rule(respond: str, match: str = "") -> str:
    """Return a scenario with one rule that is called ``it``."""
    matches = f", match: {{{match}}}" if match else ""
    return f"scenario: s\nrules: [{{name: it{matches}, respond: {respond}}}]"


def record_of(caller: Caller) -> tuple[str, list[str]]:
    """Return what the latest record says answered, and its notes."""
    record = stack_behind(caller).journal.records[-1]
    return record.rule, record.notes()


# Steps.


def test_steps_are_sent_as_they_are_written_and_no_100_beside_them() -> None:
    alice = caller_of(rule("[180, {wait: 2s}, {status: 486, after: 250ms}]"))
    alice.call("x")
    alice.advance(2.25)
    alice.ack()
    assert alice.ladder() == ["-> INVITE", "<- 180", "+2.25 <- 486", "-> ACK"]
    assert record_of(alice) == ("s/it", [])
    assert alice.final("INVITE").header("Server") == "sip-responder (s/it)"


def test_an_invite_that_waits_gets_the_100_of_the_protocol() -> None:
    alice = caller_of(rule("{status: 486, after: 1s}"))
    alice.call("x")
    alice.advance(1)
    assert alice.ladder() == ["-> INVITE", "+0.2 <- 100", "+0.8 <- 486"]


def test_without_a_final_status_it_rings_until_the_caller_ends_it() -> None:
    alice = caller_of(rule("[180]"))
    alice.call("x")
    alice.advance(130)
    alice.cancel()
    assert alice.ladder()[1:4] == ["<- 180", "+60 <- 180 again", "+60 <- 180 again"]
    assert alice.statuses()[-1] == 487


@pytest.mark.parametrize("method", ["INVITE", "OPTIONS", "MESSAGE"])
def test_a_silent_rule_never_answers(method: str) -> None:
    alice = caller_of(rule("silent"))
    alice.start(method, "x")
    alice.advance(100)
    assert alice.statuses() == []
    assert not stack_behind(alice).endpoint.transactions


def test_a_provisional_status_is_left_out_where_the_method_has_none() -> None:
    alice = caller_of(rule("[180, {wait: 1s}, 200]"))
    alice.start("MESSAGE", "x")
    alice.advance(1)
    assert alice.ladder() == ["-> MESSAGE", "+1 <- 200 to MESSAGE"]
    assert record_of(alice)[1] == ["180 left out: only an INVITE gets it (RFC 4320 4.1)"]


# Which rule.


def test_a_rule_goes_before_dialling_and_dialling_before_nothing() -> None:
    alice = caller_of(rule("603", "uri.user: 486"))
    for dialled, status in (("486", 603), ("480", 480), ("bob", 200)):
        alice.call(dialled)
        alice.ack()
        assert alice.final("INVITE").status == status
    assert record_of(alice) == ("dial", [])


def test_what_no_rule_matches_gets_what_the_scenario_says() -> None:
    alice = caller_of("unmatched: 404\n" + rule("603", "uri.user: 486"))
    for dialled, status in (("486", 603), ("480", 404)):
        alice.call(dialled)
        alice.ack()
        assert alice.final("INVITE").status == status
    assert record_of(alice) == ("", ["unmatched"])
    assert alice.final("INVITE").header("Server") == "sip-responder"
    assert stack_behind(alice).journal.records[-1].unmatched
    assert stack_behind(alice).journal.unmatched == 1
    alice.start("OPTIONS")
    assert alice.final("OPTIONS").status == 404


def test_a_request_of_a_dialog_that_is_gone_stays_481_where_no_rule_matches() -> None:
    alice = caller_of("unmatched: 404\nrules: []")
    alice.start("BYE", "x")
    assert alice.final("BYE").status == 481


def test_a_rule_answers_by_where_a_request_comes_from() -> None:
    alice = caller_of(rule("603", "source: [192.0.2.9, 192.0.2.11], transport: udp"))
    bob = Caller(alice.network, remote=("192.0.2.10", 5070))
    carol = Caller(alice.network, "tcp", ("192.0.2.11", 5070))
    for each in (alice, bob, carol):
        each.call("486")
    assert [each.final("INVITE").status for each in (alice, bob, carol)] == [603, 486, 486]


# The protocol's own answers.


@pytest.mark.parametrize(
    ("match", "status"), [("method: FOO", 486), ("", 501), ("method: INVITE", 501)]
)
def test_an_unknown_method_is_answered_by_a_rule_that_names_it(match: str, status: int) -> None:
    alice = caller_of(rule("486", match))
    alice.start("FOO", "x")
    assert alice.final("FOO").status == status


@pytest.mark.parametrize(
    ("match", "method", "status"),
    [
        ("method: BYE", "BYE", 500),
        ("method: SUBSCRIBE", "SUBSCRIBE", 500),
        ("", "BYE", 481),
        ("method: INVITE", "INVITE", 481),
    ],
)
def test_a_request_of_an_unknown_dialog_is_answered_by_a_rule_that_names_its_method(
    match: str, method: str, status: int
) -> None:
    alice = caller_of(rule("500", match))
    alice.start(method, "x", {"To": "<sip:x@192.0.2.1>;tag=gone"})
    assert alice.final(method).status == status


def test_bad_requests_and_extensions_are_refused_before_any_rule() -> None:
    alice = caller_of(rule("200"))
    alice.call("x", {"Require": "unheard-of"})
    assert alice.final("INVITE").status == 420
    alice.call("x", {"From": "<<"})
    assert alice.final("INVITE").status == 400


def test_requests_inside_a_call_are_answered_by_the_protocol() -> None:
    alice = caller_of(
        "rules: [{match: {method: INVITE}, respond: 200}, {match: {method: BYE}, respond: 500}]"
    )
    alice.call("x", body=OFFER)
    alice.ack()
    alice.bye()
    assert alice.final("BYE").status == 200


# Sequences.

SEQUENCE = """
rules:
  - name: trunk
    match: {{method: INVITE}}
    per: {per}
    sequence:
      - {{times: 2, respond: 503}}
      - respond: 486
    then: {then}
  - {{name: rest, respond: 603}}
"""


@pytest.mark.parametrize(
    ("then", "expected"),
    [
        ("repeat-last", [503, 503, 486, 486, 486]),
        ("cycle", [503, 503, 486, 503, 503]),
        ("unmatched", [503, 503, 486, 603, 603]),
    ],
)
def test_successive_calls_get_what_the_sequence_says(then: str, expected: list[int]) -> None:
    alice = caller_of(SEQUENCE.format(per="rule", then=then))
    for status in expected:
        alice.call("x")
        alice.again()
        alice.ack()
        assert alice.final("INVITE").status == status
    rules = [record.rule for record in stack_behind(alice).journal.records]
    assert rules[:3] == ["a/trunk 1/3", "a/trunk 2/3", "a/trunk 3/3"]


def test_each_caller_has_its_own_count_where_the_rule_says_so() -> None:
    alice = caller_of(SEQUENCE.format(per="from.user", then="unmatched"))
    bob = Caller(alice.network, remote=("192.0.2.10", 5070), user="bob")
    for each, expected in ((alice, [503, 503, 486, 603]), (bob, [503, 503])):
        for status in expected:
            each.call("x")
            each.ack()
            assert each.final("INVITE").status == status


# Timers.


def test_timer_values_are_those_of_the_rule_that_answers() -> None:
    slow = "rules: [{match: {uri.user: slow}, respond: 486}]"
    fast = "timers: {t1: 100ms, t2: 200ms}\nrules: [{respond: 486}]"
    alice = caller_of(slow, fast)
    alice.call("fast")
    alice.advance(0.8)
    alice.ack()
    assert alice.ladder() == [
        "-> INVITE",
        "<- 486",
        "+0.1 <- 486 again",
        "+0.2 <- 486 again",
        "+0.2 <- 486 again",
        "+0.2 <- 486 again",
        "+0.1 -> ACK",
    ]
    bob = Caller(alice.network, remote=("192.0.2.10", 5070))
    bob.call("slow")
    bob.advance(1.5)
    assert bob.ladder()[1:] == ["<- 486", "+0.5 <- 486 again", "+1 <- 486 again"]


def test_an_unacknowledged_answer_is_given_up_by_the_timers_of_its_rule() -> None:
    alice = caller_of("timers: {t1: 10ms, t2: 20ms}\nrules: [{respond: 200}]", "rules: []")
    alice.call("x", body=OFFER)
    alice.advance(0.65)
    byes = [line for line in alice.ladder() if "<- BYE" in line]
    # Our own request keeps to the timers of the rule, too: it is repeated after 10 ms.
    assert len(byes) > 1


def test_trying_can_be_late() -> None:
    alice = caller_of("timers: {trying: 1s}\n" + rule("{status: 486, after: 3s}"), "rules: []")
    alice.call("x")
    alice.advance(3)
    assert alice.ladder() == ["-> INVITE", "+1 <- 100", "+2 <- 486"]


# Rules that change.


def test_other_rules_answer_from_the_next_request_on() -> None:
    alice = caller_of(rule("[180, {wait: 2s}, 486]"))
    alice.call("x")
    stack = stack_behind(alice)
    stack.adopt(Rules())
    alice.advance(2)
    alice.ack()
    alice.call("603")
    assert alice.statuses() == [180, 486, 100, 603]


def test_a_reset_forgets_the_record_and_the_attempts() -> None:
    alice = caller_of("rules: [{sequence: [{respond: 503}, {respond: 486}]}]")
    alice.call("x")
    alice.ack()
    stack = stack_behind(alice)
    stack.reset(2.0)
    assert list(stack.journal.records) == []
    alice.call("x")
    alice.ack()
    assert alice.statuses() == [503, 503]
