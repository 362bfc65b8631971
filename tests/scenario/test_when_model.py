"""``when``, ``set`` and ``state`` as scenario files write them; broken.txt has what is wrong."""

from typing import Any

import pytest
from pydantic import TypeAdapter

from responder.scenario.steps import Change, Set
from responder.scenario.when_model import SetShape, States, When, read_state_value
from tests.scenario.scenarios import compiled

STATES: TypeAdapter[Any] = TypeAdapter(States)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("up", {"state": "up"}),
        (3, {"state": "3"}),
        (True, {"state": "true"}),
        ({"a": "up", "b": False, "c": 1.5}, {"a": "up", "b": "false", "c": "1.5"}),
    ],
)
def test_how_a_scenario_begins(value: object, expected: dict[str, str]) -> None:
    assert STATES.validate_python(value) == expected


def test_a_value_is_one_line_of_some_length() -> None:
    with pytest.raises(Exception, match="1,001 characters"):
        read_state_value("x" * 1_001)
    with pytest.raises(Exception, match="control character"):
        read_state_value("a\nb")


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("state: up", ["state is up"]),
        ("state: {any: [up, back]}", ["state is (up or back)"]),
        ("state: {not: down}", ["state is not down"]),
        ("state: {above: 3, below: 5.5}", ["state is above 3 and below 5.5"]),
        ("state: true", ["state is true"]),
        ("rate: {above: 10/s, over: 2s, for: 30s}", ["rate is above 20 in 2 s, for 30 s"]),
        ("rate: {above: 90 / m}", ["rate is above 90 in 60 s"]),
        ("calls: {above: 5}", ["calls is above 5"]),
        ("from: 10s, until: 1m", ["time is from 10 s until 60 s since start"]),
        ("until: 1m, since: first-call", ["time is until 60 s since first-call"]),
        ("state: up, rate: {above: 1/s}", ["rate is above 1 in 1 s", "state is up"]),
    ],
)
def test_what_a_rule_asks(written: str, wanted: list[str]) -> None:
    text = f"state: up\nrules: [{{name: r, when: {{{written}}}, respond: 486}}]"
    (rule,) = compiled(text).rules.rules
    assert [f"{each.field} is {each.wanted}" for each in rule.when] == wanted
    assert {each.place for each in rule.when} == {"a.yaml:2"}


def test_calls_of_rules_are_told_apart_by_their_whole_names() -> None:
    made = compiled("rules: [{name: r, when: {calls: {above: 1, of: [r]}}, respond: 486}]")
    (circumstance,) = made.rules.rules[0].when
    assert getattr(circumstance, "names", None) == ("a/r",)
    assert made.rules.attentive


def test_what_a_rule_sets_comes_first_in_each_attempt() -> None:
    text = """
state: {a: up, b: 0}
rules:
  - set: {state: {a: down, b: {add: 2}}, after: 1m}
    sequence: [{times: 2, respond: 503}, {respond: 200}]
"""
    made = compiled(text).rules
    change = Set((Change(("a", "a"), "down"), Change(("a", "b"), None, 2.0)), 60.0)
    assert [attempt[0] for attempt in made.rules[0].program.attempts] == [change] * 3
    assert made.states == {("a", "a"): "up", ("a", "b"): "0"}
    assert not made.attentive


def test_what_was_read_is_read_again_as_it_is() -> None:
    when = When.model_validate({"state": {"a": "up"}, "from": 1})
    assert When.model_validate(when) == when
    assert SetShape.model_validate({"state": "up"}).state["state"].value == "up"
