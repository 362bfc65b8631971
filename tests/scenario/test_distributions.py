"""Waits that are drawn: the same for the same seed, within their bounds, spread as they should."""

import random
from statistics import mean, median, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.scenario.distributions import (
    Choice,
    Distribution,
    Exponential,
    Lognormal,
    Normal,
    Uniform,
)
from responder.scenario.duration import LONGEST

ALL = (
    Uniform(1.0, 3.0),
    Normal(2.0, 0.5),
    Lognormal(2.0, 0.4),
    Exponential(2.0),
    Choice((1.0, 5.0), (9.0, 1.0)),
)
each = pytest.mark.parametrize("distribution", ALL, ids=lambda each: type(each).__name__)


def draws(distribution: Distribution, seed: int = 42, count: int = 4_000) -> list[float]:
    chance = random.Random(seed).random
    return [distribution.draw(chance) for _ in range(count)]


@each
def test_one_seed_gives_one_series(distribution: Distribution) -> None:
    assert draws(distribution) == draws(distribution)
    assert draws(distribution) != draws(distribution, seed=43)


@each
def test_every_draw_takes_as_many_numbers(distribution: Distribution) -> None:
    taken: list[float] = []

    def chance() -> float:
        taken.append(0.25)
        return 0.25

    distribution.draw(chance)
    once = len(taken)
    distribution.draw(chance)
    assert len(taken) == 2 * once


@given(st.floats(0.0, 1.0, exclude_max=True), st.floats(0.0, 1.0, exclude_max=True))
def test_a_wait_is_never_negative_nor_longer_than_the_longest(first: float, second: float) -> None:
    wild = (*ALL, Normal(1.0, 3_600.0), Lognormal(3_600.0, 5.0), Exponential(3_600.0))
    for distribution in wild:
        assert 0.0 <= distribution.draw(iter((first, second)).__next__) <= LONGEST


def test_they_are_spread_as_their_parameters_say() -> None:
    uniform, normal, lognormal, exponential, choice = map(draws, ALL)
    assert 1.0 <= min(uniform) < 1.1
    assert 2.9 < max(uniform) <= 3.0
    assert mean(normal) == pytest.approx(2.0, abs=0.05)
    assert stdev(normal) == pytest.approx(0.5, abs=0.05)
    assert median(lognormal) == pytest.approx(2.0, abs=0.1)
    assert mean(exponential) == pytest.approx(2.0, abs=0.15)
    assert set(choice) == {1.0, 5.0}
    assert choice.count(5.0) / len(choice) == pytest.approx(0.1, abs=0.02)


def test_they_say_what_they_are() -> None:
    assert [str(each) for each in ALL] == [
        "1 to 3 s",
        "about 2 s",
        "about 2 s",
        "about 2 s",
        "1 s or 5 s",
    ]
