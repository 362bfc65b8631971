"""When copies of a request are due, and whether those that came fit (RFC 3261 17.1.1.2, 17.1.2.2).

Clocks and networks are not exact: an interval fits when it is off by no more than 50 ms or a tenth
of itself, whichever is more. A copy may have been lost on its way, the first one included.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

SLACK: Final = 0.05
"""Seconds that an interval may be off, however short it is."""

SHARE: Final = 0.1
"""The part of itself that an interval may be off, however long it is."""

# What the first interval seen may be a multiple of: none, one or two copies were lost before it.
_LOST: Final = (1, 3, 7)


def near(measured: float, due: float) -> bool:
    """Whether an interval is what it has to be, as far as a network lets one say (seconds)."""
    return abs(measured - due) <= max(SLACK, SHARE * due)


def shorter(measured: float, due: float) -> bool:
    """Whether an interval is clearly shorter than it has to be (seconds)."""
    return measured < due and not near(measured, due)


def due(t1: float, longest: float | None, until: float) -> list[float]:
    """Return when a request and its copies leave, in seconds from the first one.

    Args:
        t1: the first interval, which doubles each time.
        longest: where the doubling stops: T2 for timer E, None for timer A.
        until: nothing leaves any more by then.
    """
    times, at, interval = [], 0.0, t1
    while at < until:
        times.append(at)
        at += interval
        interval = interval * 2 if longest is None else min(interval * 2, longest)
    return times


def fitting_t1(
    offsets: Sequence[float], t1: float, longest: float | None, steady: float | None = None
) -> float | None:
    """Return the T1 that explains when copies came, or None when none does.

    It is ``t1``, or else a larger one, which a client may choose (17.1.1.1).

    Args:
        offsets: seconds since the first arrival, increasing; without the 0 of that arrival.
        t1: the smallest T1 that may be.
        longest: as for `due`.
        steady: an interval that fits as well: T2, once a provisional response came (17.1.2.2).
    """
    first = offsets[0]
    candidates = [t1, *(first / lost for lost in _LOST if not shorter(first / lost, t1))]
    for candidate in candidates:
        times = due(candidate, longest, offsets[-1] + 2 * candidate + 1)
        if _fits([0.0, *offsets], times, steady):
            return candidate
    return None


def _fits(offsets: Sequence[float], times: Sequence[float], steady: float | None) -> bool:
    position = 0
    for before, after in pairwise(offsets):
        gap = after - before
        later = range(position + 1, len(times))
        found = next((k for k in later if near(gap, times[k] - times[position])), None)
        if found is None:
            if steady is None or not near(gap, steady):
                return False
            found = min(position + 1, len(times) - 1)
        position = found
    return True


def spelled(offsets: Sequence[float]) -> str:
    """Return offsets as a person reads them: ``0.5, 1.5 and 3.5 s``; the first eight of them."""
    words = [f"{offset:.3g}" for offset in offsets[:8]]
    if len(offsets) > 8:
        words.append("so on")
    return (f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else words[0]) + " s"
