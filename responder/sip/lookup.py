"""State machines as they are looked up: this is on the hot path."""

from collections.abc import Mapping
from typing import TypeVar

T = TypeVar("T")


def numbered(table: Mapping[tuple[int, int], T], states: int, events: int) -> list[T | None]:
    """Return what a table says, by state * ``events`` + event; None for what it does not list.

    A place in a list is found without making a pair, and without comparing it.

    Args:
        table: what follows from each pair of state and event.
        states: how many states there are, from 0.
        events: how many events there are, from 0.
    """
    return [table.get((state, event)) for state in range(states) for event in range(events)]
