"""How long something takes, for tests that what is longer takes longer only in proportion."""

import time
from collections.abc import Callable


def least_time(call: Callable[[], object]) -> float:
    """The least CPU time of three calls, in seconds."""
    best = float("inf")
    for _ in range(3):
        start = time.process_time_ns()
        call()
        best = min(best, (time.process_time_ns() - start) / 1e9)
    return best
