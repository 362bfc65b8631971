"""What templates may not do is told when a scenario is read."""

import pytest

from responder.scenario.template_rules import faults
from responder.scenario.templates import Sandbox

STATES = frozenset({"trunk"})


def told(text: str) -> list[str]:
    environment = Sandbox("\n")
    tree = environment.parse(text)
    return list(faults(tree, STATES, environment.filters, environment.tests))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ reqest.from }}", 'unknown name "reqest"; did you mean "request"?'),
        ("{{ x }}", 'unknown name "x"; expected call, now, random, range, request or state'),
        ("{{ request.usr }}", '"request" has no part "usr"; did you mean "uri"?'),
        ("{{ request.from.usr }}", '"request.from" has no part "usr"; did you mean "user"?'),
        ("{{ request['from']['tga'] }}", '"request.from" has no part "tga"; did you mean "tag"?'),
        ("{{ request.from.uri.usr }}", '"request.uri" has no part "usr"; did you mean "user"?'),
        ("{{ request.method.x }}", '"request.method" has no part "x"'),
        ("{{ call.atempt }}", '"call" has no part "atempt"; did you mean "attempt"?'),
        ("{{ state.trnk }}", 'no state "trnk" is declared; did you mean "trunk"?'),
        ("{{ state }}", 'no state "state" is declared; expected trunk'),
        ("{{ now | rfc1124 }}", 'unknown filter "rfc1124"; did you mean "rfc1123"?'),
        ("{{ now is odder }}", 'unknown test "odder"; did you mean "odd"?'),
        ("{% set x = 1 %}", '"set" is not offered in templates'),
        ("{% macro m() %}{% endmacro %}", '"macro" is not offered in templates'),
        ("{{ 2 ** 9999999 }}", '"**" is not offered in templates'),
        (
            "{% for a in range(9) %}{% for b in range(9) %}{% endfor %}{% endfor %}",
            "a loop in a loop is not offered in templates",
        ),
        ("{{ range(*[1]) }}", "* and ** before an argument are not offered in templates"),
    ],
)
def test_a_sentence_says_what_is_wrong(text: str, expected: str) -> None:
    assert told(text) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "{{ now.iso() }}",
        "{{ 'a'.ljust(9) }}",
        "{{ request.method.upper() }}",
        "{{ ('a' ~ 'b')() }}",
    ],
)
def test_only_what_is_listed_is_called(text: str) -> None:
    assert any("cannot be called; expected random.choice" in each for each in told(text))


@pytest.mark.parametrize(
    "text",
    [
        "{{ request.header.Anything }}{{ request.header['X-Y'] }}{{ request.header('Z') }}",
        "{{ request.from.param.x }}{{ request.uri.param('y') }}",
        "{{ state.trunk }}{{ state['trunk'] }}",
        "{% for each in request.headers('Via') %}{{ loop.index }}{{ each.x }}{% endfor %}",
        "{{ request.headers('Via')[0] }}{{ (call.rule ~ 'x')[0:2] }}",
        "{{ [1, 2][0] }}{{ {'a': 1}['a'] }}{{ (1, 2) }}{{ -1 if not true else +1 }}",
    ],
)
def test_what_is_known_or_only_the_request_knows_is_let_pass(text: str) -> None:
    assert told(text) == []
