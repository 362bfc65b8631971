"""Two things measured in turn, and how sure their ratio is."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

WANTED = 0.95


@dataclass(frozen=True, slots=True)
class Pair:
    """One measurement of the responder and the one of its peer that was taken next to it."""

    ours: float
    peer: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a series of pairs says.

    Attributes:
        ours: median of ours.
        peer: median of the peer's.
        ratio: median of the pairs' ratios, ours to the peer's.
        least: lowest ratio of a pair.
        most: highest ratio of a pair.
        low: lower end of an interval that holds the true median of the ratio.
        high: upper end of it.
        confidence: probability that the interval does hold it.
        pairs: how many pairs there were.
    """

    ours: float
    peer: float
    ratio: float
    least: float
    most: float
    low: float
    high: float
    confidence: float
    pairs: int

    @property
    def verdict(self) -> str:
        """One phrase: on which side of 1 the ratio is, and how sure that is."""
        if self.confidence < WANTED:
            return f"not sure: {self.pairs} pairs" if self.pairs > 1 else "not sure: 1 pair"
        sure = f"{self.low:.2f}-{self.high:.2f} at {self.confidence:.1%}"
        if self.low > 1:
            return f"more than the peer ({sure})"
        if self.high < 1:
            return f"less than the peer ({sure})"
        return f"no difference shown ({sure})"


def compare(pairs: Sequence[Pair]) -> Comparison:
    """Compare pairs; the interval assumes nothing about how the ratios are distributed.

    Raises:
        ValueError: there are no pairs.
    """
    if not pairs:
        raise ValueError("nothing was measured")
    ratios = sorted(pair.ours / pair.peer for pair in pairs)
    rank, confidence = interval(len(ratios))
    return Comparison(
        ours=statistics.median(pair.ours for pair in pairs),
        peer=statistics.median(pair.peer for pair in pairs),
        ratio=statistics.median(ratios),
        least=ratios[0],
        most=ratios[-1],
        low=ratios[rank],
        high=ratios[-1 - rank],
        confidence=confidence,
        pairs=len(ratios),
    )


def interval(count: int) -> tuple[int, float]:
    """Return how many values to leave out at each end, and the confidence of what remains.

    The median of whatever the values were drawn from lies between the one of this rank and its
    mirror image unless too many of them fell on one side of it, as with coins (the sign test).
    As many are left out as `WANTED` allows.
    """
    rank, confidence = 0, _confidence(count, 0)
    while 2 * (rank + 1) < count and _confidence(count, rank + 1) >= WANTED:
        rank += 1
        confidence = _confidence(count, rank)
    return rank, confidence


def _confidence(count: int, rank: int) -> float:
    tail: float = sum(math.comb(count, heads) for heads in range(rank + 1)) / 2**count
    return 1 - 2 * tail if count > 1 else 0.0
