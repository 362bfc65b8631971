"""How long a wait is that is not the same each time: distributions, and drawing from them. Pure.

A distribution takes numbers from 0 up to 1 from a source that is handed in, always the same number
of them a draw: so one seed gives one run, draw by draw. What is drawn lies between no time and the
longest wait.
"""

import math
from abc import abstractmethod
from bisect import bisect
from collections.abc import Callable
from itertools import accumulate
from typing import Final, TypeAlias

from responder.scenario.duration import LONGEST

Chance: TypeAlias = Callable[[], float]
"""Returns a number from 0 up to, and without, 1."""

_TURN: Final = 2 * math.pi
_SMALLEST: Final = 1e-9


class Distribution:
    """How long waits are, in seconds."""

    __slots__ = ()

    def draw(self, chance: Chance) -> float:
        """Return how long the next wait is, from 0 to the longest wait."""
        return min(max(self.sample(chance), 0.0), LONGEST)

    @abstractmethod
    def sample(self, chance: Chance) -> float:
        """Return a number of seconds that may lie outside the bounds of a wait."""

    @abstractmethod
    def __str__(self) -> str:
        """Say in words how long a wait is."""


class Uniform(Distribution):
    """Any time between two is as likely as any other."""

    __slots__ = ("least", "most")

    def __init__(self, least: float, most: float) -> None:
        self.least = least
        self.most = most

    def sample(self, chance: Chance) -> float:
        """Return a time between the two."""
        return self.least + (self.most - self.least) * chance()

    def __str__(self) -> str:
        return f"{self.least:g} to {self.most:g} s"


class Normal(Distribution):
    """Times lie round a mean, as the bell curve has them."""

    __slots__ = ("deviation", "mean")

    def __init__(self, mean: float, deviation: float) -> None:
        self.mean = mean
        self.deviation = deviation

    def sample(self, chance: Chance) -> float:
        """Return a time that may be negative."""
        return self.mean + self.deviation * _standard(chance)

    def __str__(self) -> str:
        return f"about {self.mean:g} s"


class Lognormal(Distribution):
    """Most times are short and a few are long, as those of people and networks are."""

    __slots__ = ("median", "sigma")

    def __init__(self, median: float, sigma: float) -> None:
        self.median = median
        self.sigma = sigma

    def sample(self, chance: Chance) -> float:
        """Return a time above zero; half of them are below the median."""
        return self.median * math.exp(self.sigma * _standard(chance))

    def __str__(self) -> str:
        return f"about {self.median:g} s"


class Exponential(Distribution):
    """Times between things that happen independently of each other."""

    __slots__ = ("mean",)

    def __init__(self, mean: float) -> None:
        self.mean = mean

    def sample(self, chance: Chance) -> float:
        """Return a time above zero."""
        return -self.mean * math.log(1.0 - chance())

    def __str__(self) -> str:
        return f"about {self.mean:g} s"


class Choice(Distribution):
    """One of some times, each as likely as its weight says."""

    __slots__ = ("_sums", "seconds", "weights")

    def __init__(self, seconds: tuple[float, ...], weights: tuple[float, ...]) -> None:
        self.seconds = seconds
        self.weights = weights
        self._sums = tuple(accumulate(weights))

    def sample(self, chance: Chance) -> float:
        """Return one of the times."""
        at = bisect(self._sums, chance() * self._sums[-1])
        return self.seconds[min(at, len(self.seconds) - 1)]

    def __str__(self) -> str:
        return " or ".join(f"{each:g} s" for each in self.seconds)


def _standard(chance: Chance) -> float:
    """Return a number of the standard normal distribution, of two draws (Box and Muller)."""
    length = math.sqrt(-2.0 * math.log(max(1.0 - chance(), _SMALLEST)))
    return length * math.cos(_TURN * chance())
