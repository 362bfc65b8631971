"""Compiled steps: what a program does to one request, one after another.

Programs are made once (by the dialling grammar, later by scenario files) and shared by every call
that they answer; the engine only moves a counter over them.
"""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Respond:
    """Send a response.

    Attributes:
        status: 100 to 699.
        reason: the phrase; None takes the registry's.
        headers: (name, value) pairs. A name that the status brings by itself is replaced by these.
        omit: lower-case names of headers that are not to be sent although the status brings them.
    """

    status: int
    reason: bytes | None = None
    headers: tuple[tuple[bytes, bytes], ...] = ()
    omit: frozenset[bytes] = frozenset()


@dataclass(frozen=True, slots=True)
class Wait:
    """Let time pass before the next step.

    Attributes:
        seconds: zero or more.
    """

    seconds: float


@dataclass(frozen=True, slots=True)
class Hold:
    """Wait for the caller to end it, by CANCEL, by BYE or by its own timer; an hour at the most."""


@dataclass(frozen=True, slots=True)
class Silent:
    """Answer nothing from here on, no CANCEL and no 100; copies are taken in without a sign."""


Step: TypeAlias = Respond | Wait | Hold | Silent


@dataclass(frozen=True, slots=True)
class Program:
    """What a rule does: the steps of each successive attempt of one caller.

    Attributes:
        name: what the record and the ``Server`` header call it, such as ``dial``.
        attempts: one tuple of steps an attempt; after the last one it starts over.
        trying: whether an INVITE that nothing else answers within 200 ms gets a 100.
    """

    name: str
    attempts: tuple[tuple[Step, ...], ...]
    trying: bool = True
