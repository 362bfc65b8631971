"""What is odd with rules that are well formed."""

import pytest

from responder.scenario.lint import lint
from tests.scenario.scenarios import compiled, loaded


def said(*rules: str) -> list[str]:
    """Return what is found in rules, one a line from line 2 on."""
    text = "rules:\n" + "".join(f"  - {{{rule}}}\n" for rule in rules)
    return [str(finding).removeprefix("f.yaml:") for finding in lint(loaded(text))]


def reached(*matches: str) -> list[int]:
    """Return which of some rules with these matches are never reached, counted from 0."""
    found = said(*[f"match: {{{match}}}, respond: 486" for match in matches])
    return [int(each.partition(":")[0]) - 2 for each in found if "never reached" in each]


@pytest.mark.parametrize(
    ("matches", "expected"),
    [
        (("", "method: INVITE"), [1]),
        (("method: INVITE", ""), []),
        (("method: INVITE", "method: INVITE"), [1]),
        (("method: INVITE", "method: [INVITE, OPTIONS]"), []),
        (("method: [INVITE, OPTIONS]", "method: OPTIONS"), [1]),
        (("method: INVITE", "method: OPTIONS", "method: [INVITE, OPTIONS]"), [2]),
        (("method: INVITE", "method: INVITE, uri.user: a"), [1]),
        (("method: INVITE, uri.user: a", "method: INVITE, uri.user: b"), []),
        (("uri.user: a", "method: INVITE, uri.user: a, from.user: b"), [1]),
        (("uri.user: {equals: a}", "uri.user: a"), [1]),
        (("header: {X: 1}", "header: {x: 1, Y: 2}"), [1]),
        (("header: {X: 1, Y: 2}", "header: {X: 1}"), []),
        (("uri.param.a: 1", "uri.param.a: 1, port: 5060"), [1]),
        (("not: {method: INVITE}", "not: {method: INVITE}, port: 5060"), [1]),
    ],
)
def test_a_rule_behind_one_that_leaves_nothing_is_never_reached(
    matches: tuple[str, ...], expected: list[int]
) -> None:
    assert reached(*matches) == expected


def test_a_rule_that_can_be_spent_leaves_the_rest() -> None:
    assert said("sequence: [{respond: 503}], then: unmatched", "respond: 200") == []


def test_many_conditions_are_compared_without_looking_at_every_subset() -> None:
    many = ", ".join(f"uri.param.p{n}: x" for n in range(30))
    assert reached("uri.param.p7: x", many, many) == [1, 2]
    assert reached("uri.param.p7: x, uri.param.p8: x", many, many) == [2]


def test_the_sentence_names_the_rule_that_is_in_the_way() -> None:
    assert said("respond: 486", "respond: 480") == [
        "3:5: warning: never reached: the rule in line 2 matches all that this one does"
    ]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (
            "match: {method: INVIET}, respond: 486",
            '2:14: warning: method: no RFC names "INVIET"; did you mean INVITE?',
        ),
        (
            "match: {method: MESSAGE}, respond: 408",
            "2:32: warning: 408 to a request other than INVITE: RFC 4320 4.2 asks for silence",
        ),
        ("respond: 687", ""),
        ("respond: {status: 411}", "2:16: warning: 411 is deprecated (RFC 2543)"),
        ("match: {method: FOO}, respond: 486", ""),
        ("match: {method: [INVITE, MESSAGE]}, respond: 408", ""),
    ],
)
def test_what_is_odd_is_a_warning(rule: str, expected: str) -> None:
    assert said(rule) == ([expected] if expected else [])


def test_a_warning_leaves_a_scenario_usable() -> None:
    made = compiled("rules: [{respond: 486}, {respond: 480}]")
    assert len(made.rules.rules) == 2
    assert [finding.warning for finding in made.findings] == [True]


def in_state(state: str, *rules: str) -> list[str]:
    text = f"state: {state}\nrules:\n" + "".join(f"  - {{{rule}}}\n" for rule in rules)
    return [str(finding).removeprefix("f.yaml:") for finding in lint(loaded(text))]


def test_a_rule_that_asks_for_a_state_leaves_the_rest() -> None:
    assert in_state("up", "when: {state: up}, respond: 200", "respond: 503") == []


@pytest.mark.parametrize(
    ("first", "second", "reached"),
    [
        ("state: up", "state: up", False),
        ("state: up", "state: up, until: 3s", False),
        ("calls: {above: 1}", "calls: {above: 1}", False),
        ("from: 2s", "from: 2s", False),
        ("from: 2s", "from: 3s", True),
        ("state: up", "calls: {above: 1}", True),
        ("rate: {above: 1/s}", "rate: {above: 1/s}", True),
    ],
)
def test_what_two_rules_ask_of_the_situation_is_compared(
    first: str, second: str, reached: bool
) -> None:
    found = in_state("up", f"when: {{{first}}}, respond: 200", f"when: {{{second}}}, respond: 503")
    assert any("never reached" in each for each in found) is not reached


def test_a_state_that_nothing_sets_is_waited_for_in_vain() -> None:
    assert in_state(
        "{trunk: up, count: 0}",
        "when: {state: {trunk: drianed}}, respond: 503, set: {state: {count: {add: 1}}}",
        "when: {state: {trunk: gone}}, respond: 503",
        "when: {state: {count: 3}}, respond: 503",
        "when: {state: {trunk: {regex: x}}}, respond: 503",
        "respond: [{set: {state: {trunk: drained}}}, 200]",
    ) == [
        (
            '3:21: warning: never reached: nothing sets state trunk to "drianed"; did you mean'
            ' "drained"?'
        ),
        '4:21: warning: never reached: nothing sets state trunk to "gone"; it is drained or up',
    ]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("respond: {status: 405, headers: {allow: null}}", ["405 without Allow", "RFC 3261"]),
        ("respond: {status: 423, headers: {Min-Expires: null}}", ["423 without Min-Expires"]),
        (
            "match: {method: PUBLISH}, respond: {status: 200, headers: {SIP-ETag: null}}",
            ["200 without SIP-ETag"],
        ),
        ("respond: {status: 200, headers: {SIP-ETag: null}}", []),
        ("respond: {status: 486, headers: {Allow: null}}", []),
        ("respond: {status: 405, headers: {Allow: INVITE}}", []),
    ],
)
def test_a_field_that_a_status_needs_is_not_left_out_by_chance(
    rule: str, expected: list[str]
) -> None:
    found = [each for each in said(rule) if "is wrong" in each]
    assert len(found) == bool(expected)
    assert all(part in found[0] for part in expected)


def test_a_state_that_is_set_where_nothing_came_is_set() -> None:
    assert (
        in_state(
            "up",
            "when: {state: lost}, respond: 503",
            "respond: [200, {receive: BYE, within: 2s, otherwise: [{set: {state: lost}}]}]",
        )
        == []
    )
