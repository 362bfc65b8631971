"""Expectations as scenario files write them; broken.txt has what is wrong with them."""

import pytest

from responder.scenario.expect import Bounds, Expectation
from responder.scenario.expect_model import read_bounds
from tests.scenario.scenarios import compiled


@pytest.mark.parametrize(
    ("value", "bounds"),
    [
        (3, Bounds(3, 3)),
        ("3", Bounds(3, 3)),
        ("==3", Bounds(3, 3)),
        (">= 2", Bounds(2, None)),
        (">2", Bounds(3, None)),
        ("<=5", Bounds(0, 5)),
        ("<5", Bounds(0, 4)),
        ("2..4", Bounds(2, 4)),
        (Bounds(1, 2), Bounds(1, 2)),
    ],
)
def test_how_many(value: object, bounds: Bounds) -> None:
    assert read_bounds(value) == bounds


def test_an_expectation_knows_its_place_and_says_what_it_wants() -> None:
    (one, two) = compiled("""
scenario: s
rules: [{name: trunk, respond: 503}, {name: other, respond: 200, match: {port: 1}}]
expect:
  - {rule: trunk, calls: ">=3", within: 60s, status: 503, caller: {retry-after: honoured}}
  - {order: [trunk, other], unmatched: 0, statuses: [503]}
""").expectations
    assert one == Expectation(
        "s/trunk: calls at least 3, status 503, within 60 s, retry-after honoured",
        "a.yaml",
        5,
        "s",
        "s/trunk",
        Bounds(3, None),
        60.0,
        status=503,
        caller=(("retry-after", "honoured"),),
    )
    assert two.name == "s: statuses 503, order trunk, other, unmatched 0"
    assert (two.line, two.order) == (6, ("s/trunk", "s/other"))


def test_expectations_of_files_follow_one_another() -> None:
    text = "rules: [{respond: 486}]\nexpect: [{calls: 1}]"
    assert [each.scenario for each in compiled(text, text).expectations] == ["a", "b"]
