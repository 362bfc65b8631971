"""The highest rate that holds, found by bisection."""

import math
from collections.abc import Callable


def highest(holds: Callable[[int], bool], low: int, high: int, step: float = 1.05) -> int:
    """Return the highest rate for which ``holds`` is true, to within the factor ``step``.

    Args:
        holds: tries one rate. What it says need not be monotonic near the limit; one rate that
            holds and one a ``step`` above that does not are what is looked for.
        low: a rate to start from.
        high: a rate that is not gone beyond.
        step: how close the two have to come, above 1.

    Returns:
        The rate; 0 when not even ``low`` holds.
    """
    if not holds(low):
        return 0
    if holds(high):
        return high
    while high > low * step:
        middle = round(math.sqrt(low * high))
        if middle in {low, high}:
            break
        if holds(middle):
            low = middle
        else:
            high = middle
    return low
