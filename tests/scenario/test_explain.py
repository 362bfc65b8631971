"""Why a rule answers, or not."""

from responder.scenario.explain import nearest, nearest_miss, unruled, verdicts
from responder.scenario.rules import Rules
from responder.scenario.situation import Situation
from responder.sip.timers import Timers
from tests.scenario.requests import flow, request
from tests.scenario.scenarios import compiled

RULES = compiled(
    """
scenario: s
rules:
  - {name: options, match: {method: OPTIONS, uri.user: bob}, respond: 200}
  - {name: carol, match: {method: INVITE, uri.user: carol, from.user: alice}, respond: 486}
  - {name: all of bob, match: {uri.user: bob}, respond: 480}
"""
).rules


def test_each_rule_has_its_verdict() -> None:
    told = verdicts(RULES, request(), flow())
    assert [
        (each.rule.program.name, [(miss.condition.field, miss.got) for miss in each.misses])
        for each in told
    ] == [
        ("s/options", [("method", "INVITE")]),
        ("s/carol", [("uri.user", "bob")]),
        ("s/all of bob", []),
    ]
    first = told[0].misses[0].condition
    assert (first.wanted, first.place) == ("OPTIONS", "a.yaml:4")


def test_the_nearest_is_the_one_with_the_fewest_misses_and_the_most_that_held() -> None:
    assert nearest_miss(RULES, request(), flow()) == "s/carol: uri.user"
    other = request(start="MESSAGE sip:dave@example.com SIP/2.0")
    assert nearest_miss(RULES, other, flow()) == "s/all of bob: uri.user"


def test_without_rules_none_is_near() -> None:
    assert nearest_miss(Rules(), request(), flow()) == ""
    assert nearest(Rules(), request(), flow()) is None


WHEN = compiled(
    """
scenario: s
state: up
rules:
  - {name: down, when: {state: down, from: 5s}, respond: 503}
  - {name: rushed, when: {rate: {above: 2/s}}, respond: 503}
  - {name: full, match: {uri.user: bob}, when: {calls: {above: 3}}, respond: 486}
  - {name: other, match: {uri.user: carol}, when: {state: down}, respond: 486}
  - {name: up, match: {uri.user: bob}, when: {state: up, calls: {above: 0}}, respond: 200}
"""
).rules


def test_what_rules_ask_of_the_situation_is_told_as_if_nothing_came_before() -> None:
    told = verdicts(WHEN, request(), flow())
    assert [
        [(miss.condition.field, miss.condition.wanted, miss.got) for miss in each.misses]
        for each in told
    ] == [
        [("state", "down", "up"), ("time", "from 5 s since start", "0 s")],
        [("rate", "above 2 in 1 s", "1 in 1 s")],
        [("calls", "above 3", "1")],
        [("uri.user", "carol", "bob")],
        [],
    ]
    assert told[0].misses[0].condition.place == "a.yaml:5"


def test_a_rule_that_matched_and_did_not_answer_is_near_by_what_it_waits_for() -> None:
    assert nearest_miss(WHEN, request(), flow()) == "s/full: calls"


def test_the_nearest_rule_knows_what_it_wanted_and_where() -> None:
    near = nearest(RULES, request(), flow())
    assert near is not None
    assert near.rule.program.name == "s/carol"
    assert [(miss.condition.wanted, miss.got) for miss in near.misses] == [("carol", "bob")]
    waiting = nearest(WHEN, request(), flow())
    assert waiting is not None
    assert [(miss.condition.field, miss.got) for miss in waiting.misses] == [("calls", "otherwise")]


def test_what_rules_ask_is_told_of_a_situation_where_there_is_one() -> None:
    rules = compiled("scenario: s\nstate: up\nrules: [{when: {state: down}, respond: 503}]").rules
    situation = Situation(Timers())
    situation.adopt(rules.states)
    [before] = verdicts(rules, request(), flow(), situation, 1.0)
    assert [(miss.condition.wanted, miss.got) for miss in before.misses] == [("down", "up")]
    situation.values["s", "state"] = "down"
    [after] = verdicts(rules, request(), flow(), situation, 1.0)
    assert after.misses == ()


def test_what_a_request_gets_that_no_rule_matches() -> None:
    dialled = request(start="INVITE sip:486@example.com SIP/2.0")
    assert unruled(Rules(), dialled) == "dialling answers: 100, then 486"
    assert unruled(Rules(), request()) == "dialling answers: it spells nothing, which is 200"
    assert unruled(compiled("unmatched: 404").rules, request()) == "unmatched: 404"
