"""Which attempt of whom comes next: counts of requests, never of retransmissions.

This file is on the hot path.
"""

from collections import OrderedDict
from collections.abc import Callable
from typing import Final, TypeAlias

from responder.scenario.steps import Program
from responder.scenario.view import View

_MOST_COUNTS = 20_000

Whose: TypeAlias = Callable[[View, bytes], tuple[bytes, ...]]


def _caller(view: View, user: bytes) -> tuple[bytes, ...]:
    request = view.request
    return (_uri(request.fields[b"from"]), request.method, user)


def _user_of(name: bytes) -> Whose:
    def whose(view: View, _user: bytes) -> tuple[bytes, ...]:
        addresses = view.addresses(name)
        return (addresses[0].uri.user or b"",) if addresses else ()

    return whose


PER: Final[dict[str, Whose]] = {
    "caller": _caller,
    "rule": lambda _view, _user: (),
    "from.user": _user_of(b"from"),
    "to.user": _user_of(b"to"),
    "uri.user": lambda view, _user: (view.user or b"",),
    "call-id": lambda view, _user: (view.request.fields[b"call-id"],),
    "source": lambda view, _user: (view.flow.remote[0].encode(),),
}
"""Whose attempts a program may count; a caller is a From URI, a method and a dialled user part."""


class Attempts:
    """Remembers how many attempts each one whose attempts are counted has had.

    The latest 20,000 counts are kept.
    """

    def __init__(self) -> None:
        self._counts: OrderedDict[tuple[object, ...], int] = OrderedDict()

    def __len__(self) -> int:
        return len(self._counts)

    def clear(self) -> None:
        """Forget them all."""
        self._counts.clear()

    def forget(self, name: str) -> None:
        """Have the first attempt come next, for everybody, of the programs of a name."""
        for key in [key for key in self._counts if key[0] == name]:
            del self._counts[key]

    def spent(self, program: Program, view: View) -> bool:
        """Whether a program that ends with its last attempt has nothing more for a request."""
        if program.then != "unmatched":
            return False
        key = self._key(program, view, b"")
        return self._counts.get(key, 0) >= len(program.attempts)

    def over(self, program: Program) -> bool:
        """Whether a program that ends with its last attempt has nothing more for anybody."""
        if program.then != "unmatched" or program.per != "rule":
            return False
        return self._counts.get((program.name,), 0) >= len(program.attempts)

    def latest(self, program: Program, view: View, user: bytes) -> int | None:
        """Return which attempt answered the request before this one; None for a first attempt."""
        count = self._counts.get(self._key(program, view, user), 0)
        if program.then == "cycle":
            count %= len(program.attempts)
        return count - 1 if count else None

    def next(self, program: Program, view: View, user: bytes) -> int:
        """Count a request; return which of the program's attempts answers it, from 0.

        Args:
            program: what answers it.
            view: the request.
            user: the user part that it dials.
        """
        most = len(program.attempts)
        key = self._key(program, view, user)
        count = self._counts.pop(key, 0)
        if program.then == "cycle":
            count %= most
        self._counts[key] = min(count + 1, most)
        if len(self._counts) > _MOST_COUNTS:
            self._counts.popitem(last=False)
        return min(count, most - 1)

    def _key(self, program: Program, view: View, user: bytes) -> tuple[object, ...]:
        whose = PER[program.per](view, user)
        # Two dialled programs of one name count as one: the dialled user part tells them apart.
        return (program.name, *whose)


def _uri(value: bytes) -> bytes:
    """Return the URI of a From value for comparing callers; exact bytes, without parameters."""
    _, bracket, rest = value.rpartition(b"<")
    return rest.partition(b">")[0] if bracket else value.partition(b";")[0]
