"""The faults of one step, made once and shared by every message that the step sends."""

from collections.abc import Sequence
from typing import Final

from responder.faults.fault import Carrier, Fault, Mishap, Mutation
from responder.faults.kinds.late import Late
from responder.faults.parameter import Unfit

_NEEDS: Final[dict[Carrier, str]] = {"datagrams": "UDP", "streams": "a connection"}


class Bundle:
    """The faults of one step, by the hook that they use.

    Args:
        faults: what a person asked for; mutations are made in this order.

    Raises:
        Unfit: two of them cannot stand together.

    Attributes:
        faults: as given.
        mutations: what changes the message.
        mishaps: what befalls its transmissions, in the order in which they act.
        late: what holds the response back, or None.
    """

    __slots__ = ("faults", "late", "mishaps", "mutations")

    def __init__(self, faults: Sequence[Fault]) -> None:
        _check(faults)
        self.faults = tuple(faults)
        self.mutations = tuple(each for each in faults if isinstance(each, Mutation))
        mishaps = [each for each in faults if isinstance(each, Mishap)]
        self.mishaps = tuple(sorted(mishaps, key=lambda each: each.RANK))
        late = [each for each in faults if isinstance(each, Late)]
        self.late = late[0] if late else None

    def __repr__(self) -> str:
        return f"Bundle({self.faults!r})"

    def __str__(self) -> str:
        return ", ".join(each.NAME for each in self.faults) or "no fault"


def needs(fault: Fault) -> str:
    """Return what a fault needs in order to happen, as a phrase; nothing if it always can."""
    return _NEEDS.get(fault.CARRIER, "")


def _check(faults: Sequence[Fault]) -> None:
    names = [each.NAME for each in faults]
    if names.count("late") > 1:
        msg = "late can be there once: a response is late, or it is not"
        raise Unfit(msg)
    for each in faults:
        clash = sorted(each.CONFLICTS.intersection(names))
        if clash:
            msg = f"{each.NAME} and {clash[0]} cannot stand together: leave one of them out"
            raise Unfit(msg)
