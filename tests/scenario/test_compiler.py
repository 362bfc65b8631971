"""Scenarios compiled, alone and together."""

import pytest

from responder.scenario.findings import BadScenario
from responder.scenario.rules import Rules
from responder.scenario.steps import Program, Respond, Wait
from responder.sip.settings import Timing
from tests.scenario.scenarios import compiled


def said(*texts: str) -> list[str]:
    with pytest.raises(BadScenario) as raised:
        compiled(*texts)
    return [str(finding) for finding in raised.value.findings]


def unmatched(rules: Rules) -> Program | None:
    return rules.unmatched


def test_rules_are_named_by_their_scenario_and_place() -> None:
    made = compiled("rules: [{respond: 486}, {name: busy, respond: 480, match: {port: 1}}]")
    assert [rule.program.name for rule in made.rules.rules] == ["a/rule 1", "a/busy"]
    assert [rule.place for rule in made.rules.rules] == ["a.yaml:1", "a.yaml:1"]


def test_a_rule_becomes_a_program_and_what_finds_it() -> None:
    (rule,) = compiled(
        """
timers: {t1: 100ms}
rules:
  - name: trunk
    match: {method: [INVITE], uri.user: trunk, port: 5060}
    per: from.user
    sequence:
      - {times: 2, respond: {status: 503, after: 1s}}
      - respond: [180, 200]
    then: cycle
"""
    ).rules.rules
    down = (Wait(1.0), Respond(503))
    assert rule.program == Program(
        "a/trunk",
        (down, down, (Respond(180), Respond(200))),
        timing=Timing(t1=0.1),
        per="from.user",
        then="cycle",
    )
    assert (rule.methods, rule.user) == ((b"INVITE",), b"trunk")
    assert [condition.field for condition in rule.conditions] == ["method", "uri.user", "port"]


def test_without_more_a_sequence_counts_all_requests_and_repeats_its_last() -> None:
    (rule,) = compiled("rules: [{sequence: [{respond: 503}]}]").rules.rules
    assert (rule.program.per, rule.program.then) == ("rule", "repeat-last")


@pytest.mark.parametrize(
    ("text", "dials", "status"),
    [
        ("{}", True, None),
        ("unmatched: dial", True, None),
        ("unmatched: 486", False, 486),
        ("unmatched: 486\ndial: true", True, 486),
        ("dial: false", False, 404),
        ("dial: false\nunmatched: 500", False, 500),
        ("dial: true", True, None),
    ],
)
def test_what_no_rule_matches(text: str, dials: bool, status: int | None) -> None:
    rules = compiled(text).rules
    answer = None if rules.unmatched is None else rules.unmatched.attempts[0]
    assert rules.dials is dials
    assert answer == (None if status is None else (Respond(status),))


def test_files_follow_one_another() -> None:
    made = compiled(
        "rules: [{name: x, match: {port: 1}, respond: 486}]",
        "rules: [{name: x, match: {port: 1}, respond: 480}]",
    )
    assert [rule.program.name for rule in made.rules.rules] == ["a/x", "b/x"]
    assert made.findings == ()


def test_files_that_agree_or_say_nothing_are_one() -> None:
    made = compiled("seed: 4\nunmatched: 404", "{}", "seed: 4\nunmatched: 404")
    assert made.seed == 4
    assert made.rules.unmatched is not None


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (
            "seed: 1",
            "seed: 2",
            "b.yaml:1:1: seed is 2 here and 1 in a.yaml:1: it holds for all files",
        ),
        (
            "unmatched: 404",
            "about: x\nunmatched: dial",
            "b.yaml:2:1: unmatched is dial here and 404 in a.yaml:1: it holds for all files",
        ),
        (
            "dial: true",
            "dial: false",
            "b.yaml:1:1: dial is false here and true in a.yaml:1: it holds for all files",
        ),
        (
            "scenario: x",
            "scenario: x",
            'b.yaml:1:1: the scenario of a.yaml is called "x" too',
        ),
    ],
)
def test_a_contradiction_names_both_places(first: str, second: str, expected: str) -> None:
    assert said(first, second) == [expected]


def test_timers_are_those_of_their_file_and_of_all_else_where_all_agree() -> None:
    fast, plain = "timers: {t1: 100ms}\nrules: [{respond: 486}]", "rules: [{respond: 480}]"
    alone = compiled(fast)
    assert alone.timing == Timing(t1=0.1)
    both = compiled(fast, plain)
    assert both.timing is None
    assert [rule.program.timing for rule in both.rules.rules] == [Timing(t1=0.1), None]


def test_what_is_found_is_in_the_order_of_the_files() -> None:
    odd = "rules:\n  - respond: 402\n  - respond: [486, 200]\n"
    assert [each.partition(": ")[0] for each in said(odd, odd)] == [
        "a.yaml:2:5",
        "a.yaml:3:5",
        "a.yaml:3:20",
        "b.yaml:2:5",
        "b.yaml:3:5",
        "b.yaml:3:20",
    ]


def test_a_rule_has_timers_before_those_of_its_scenario() -> None:
    rules = compiled("""
timers: {t1: 100ms, h: 2s}
rules:
  - {respond: 486, timers: {t1: 50ms, l: 1s}, match: {port: 1}}
  - {respond: 486}
""").rules.rules
    assert [rule.program.timing for rule in rules] == [
        Timing(t1=0.05, own_h=2.0, own_l=1.0),
        Timing(t1=0.1, own_h=2.0),
    ]


def test_timers_of_a_rule_that_are_out_of_order_are_told() -> None:
    assert said("timers: {t2: 1s}\nrules: [{respond: 486, timers: {t1: 2s}}]") == [
        "a.yaml:2:24: t1 (2 s) is longer than t2 (1 s)"
    ]
