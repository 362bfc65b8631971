"""Programs in words."""

import pytest

from responder.scenario.distributions import Uniform
from responder.scenario.steps import (
    Change,
    Hold,
    Program,
    Respond,
    Set,
    Silent,
    Step,
    Wait,
)
from responder.scenario.words import describe

BUSY = (Respond(486),)
DOWN = (Respond(503),)


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ((Respond(180), Wait(2), Respond(486)), "180, 2 s, then 486"),
        ((Wait(0.25), Respond(486, b"On holiday")), "250 ms, then 486 On holiday"),
        ((Respond(486, b""),), "486"),
        ((Respond(180), Hold()), "180, then hold until the caller ends it"),
        ((Wait(0.0, Uniform(1.0, 3.0)), Respond(486)), "1 to 3 s, then 486"),
        ((Silent(),), "no answer"),
        (
            (Set((Change(("s", "state"), "down"), Change(("s", "n"), None, 1.0))), Respond(486)),
            "state is down, state n +1, then 486",
        ),
        (
            (Set((Change(("s", "a"), "up"),), 30.0), Respond(486)),
            "state a is up after 30 s, then 486",
        ),
        ((Respond(180), Respond(486, fault="drop")), "180, then 486 with drop"),
    ],
)
def test_an_attempt_in_words(steps: tuple[Step, ...], expected: str) -> None:
    assert describe(Program("p", (steps,))) == expected


@pytest.mark.parametrize(
    ("then", "attempts", "expected"),
    [
        ("cycle", (DOWN, BUSY), "503; 486; then over again"),
        ("repeat-last", (DOWN, DOWN, BUSY), "2 times 503; 486; and so on"),
        ("unmatched", (DOWN,), "503; then none"),
    ],
)
def test_attempts_in_words(
    then: str, attempts: tuple[tuple[Step, ...], ...], expected: str
) -> None:
    assert describe(Program("p", attempts, then=then)) == expected
