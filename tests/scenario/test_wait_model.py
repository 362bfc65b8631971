"""Waits as scenario files write them."""

from itertools import pairwise
from typing import Any

import pytest
from pydantic import TypeAdapter

from responder.scenario.distributions import Choice, Exponential, Lognormal, Normal, Uniform
from responder.scenario.steps import Wait
from responder.scenario.wait_model import Waiting, compile_wait
from tests.scenario.scenarios import caller_of

READ: TypeAdapter[Any] = TypeAdapter(Waiting)


def compiled(value: object) -> Wait:
    return compile_wait(READ.validate_python(value))


def test_a_duration_is_always_the_same() -> None:
    assert compiled("250ms") == Wait(0.25)
    assert compiled(2) == Wait(2.0)


@pytest.mark.parametrize(
    ("value", "kind", "parameters"),
    [
        ({"uniform": ["1s", 3]}, Uniform, {"least": 1.0, "most": 3.0}),
        ({"normal": {"mean": "2s", "deviation": 0.5}}, Normal, {"mean": 2.0, "deviation": 0.5}),
        ({"lognormal": {"median": "2s", "sigma": 0.4}}, Lognormal, {"median": 2.0, "sigma": 0.4}),
        ({"exponential": {"mean": "1m"}}, Exponential, {"mean": 60.0}),
        ({"choice": {"1s": 3, "5s": 1}}, Choice, {"seconds": (1.0, 5.0), "weights": (3.0, 1.0)}),
    ],
)
def test_a_distribution_is_drawn_from(
    value: object, kind: type, parameters: dict[str, object]
) -> None:
    drawn = compiled(value).drawn
    assert type(drawn) is kind
    assert {name: getattr(drawn, name) for name in parameters} == parameters


def test_what_was_read_is_read_again_as_it_is() -> None:
    made = READ.validate_python({"uniform": [1, 2]})
    assert READ.validate_python(made) == made


def rung_for(text: str) -> list[float]:
    """Return how long each of five calls rings."""
    alice = caller_of(text)
    for _ in range(5):
        alice.call("x")
        alice.advance(10.0)
        alice.ack()
    sent = [each for each in alice.network.sent if each.message.status in {180, 486}]
    times = [
        last.at - first.at
        for first, last in pairwise(sent)
        if (first.message.status, last.message.status) == (180, 486)
    ]
    assert len(times) == 5
    return times


def test_each_call_waits_for_another_time_and_each_run_for_the_same() -> None:
    text = "rules: [{respond: [180, {wait: {uniform: [1s, 3s]}}, 486]}]"
    times = rung_for(text)
    assert all(1.0 <= time <= 3.0 for time in times)
    assert len(set(times)) == 5
    assert rung_for(text) == times


def test_after_is_drawn_too() -> None:
    times = rung_for("rules: [{respond: [180, {status: 486, after: {uniform: [1, 3]}}]}]")
    assert len(set(times)) == 5
