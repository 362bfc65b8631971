"""What a fault is: a slotted dataclass of parameters, and one of three hooks. Pure.

A fault is shared by every message that it befalls, so it keeps nothing. What it does to one message
is decided by the number of the transmission, or by a draw from the source that it is handed.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import Field, dataclass
from typing import Any, ClassVar, Final, Literal, TypeAlias

from responder.faults.draft import Draft
from responder.faults.parameter import parameter
from responder.faults.parcel import Parcel
from responder.sip.events import Flow

Chance: TypeAlias = Callable[[], float]
"""A source of random numbers from 0 up to 1."""

Hook: TypeAlias = Literal["mutate", "transmit", "answer"]
Carrier: TypeAlias = Literal["any", "datagrams", "streams"]

ALL: Final = 1_000_000
"""As many transmissions as there may be."""


class Fault:
    """Something that can go wrong with a message.

    Attributes:
        NAME: what it is called in files.
        HOOK: ``mutate``: it changes the message once, before its transaction keeps it, so that
            retransmissions are the same bytes; ``transmit``: it befalls single transmissions;
            ``answer``: it holds the whole response back from its transaction.
        SCALAR: the parameter that a bare value sets; empty where there is none.
        CONFLICTS: the names of faults that cannot stand beside it in one step.
        CARRIER: the transports on which it can be.
    """

    __slots__ = ()

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    NAME: ClassVar[str] = ""
    HOOK: ClassVar[Hook] = "mutate"
    SCALAR: ClassVar[str] = ""
    CONFLICTS: ClassVar[frozenset[str]] = frozenset()
    CARRIER: ClassVar[Carrier] = "any"


class Mutation(Fault, ABC):
    """A fault of the message itself."""

    __slots__ = ()

    HOOK: ClassVar[Hook] = "mutate"

    @abstractmethod
    def mutate(self, draft: Draft, draw: Chance) -> str:
        """Change a message; return what was done, as a phrase, or nothing if nothing was."""


class Passage:
    """One transmission of one message, as its faults see it.

    Attributes:
        attempt: its number, from 1 for each message.
        what: the message, such as ``486`` or ``200 to BYE``.
        flow: the flow that it is to leave on.
        draw: random numbers.
        told: what was done to it so far.
    """

    __slots__ = ("attempt", "draw", "flow", "told", "what")

    def __init__(self, attempt: int, what: str, flow: Flow, draw: Chance) -> None:
        self.attempt = attempt
        self.what = what
        self.flow = flow
        self.draw = draw
        self.told: list[str] = []

    @property
    def name(self) -> str:
        """What the record calls it, such as ``transmission 2 of 486``."""
        return f"transmission {self.attempt} of {self.what}"

    def say(self, text: str) -> None:
        """Have a sentence entered in the record of the call."""
        self.told.append(text)


@dataclass(frozen=True, slots=True)
class Mishap(Fault, ABC):
    """A fault of single transmissions: of some by their numbers, or of each by chance.

    Attributes:
        USUAL: how many transmissions it befalls where neither number nor chance is written.
        RANK: its place among the faults of one transmission; lower ones come first.
    """

    HOOK: ClassVar[Hook] = "transmit"
    USUAL: ClassVar[int] = 1
    RANK: ClassVar[int] = 50

    from_: int = parameter(
        "integer", "the first transmission that it befalls", 1, least=1, most=ALL
    )
    count: int | None = parameter(
        "integer", "how many transmissions it befalls", None, least=1, most=ALL
    )
    chance: float = parameter(
        "number", "how probably it befalls each of them; all of them unless counted", 1.0, most=1
    )

    def befalls(self, attempt: int, draw: Chance) -> bool:
        """Whether it is this transmission's turn; a number is drawn only where chance decides."""
        count = self.count
        if count is None:
            count = self.USUAL if self.chance == 1.0 else ALL
        if not self.from_ <= attempt < self.from_ + count:
            return False
        return self.chance == 1.0 or draw() < self.chance

    @abstractmethod
    def transmit(self, parcels: list[Parcel], passage: Passage) -> list[Parcel]:
        """Return what is to leave instead; say in ``passage`` what was done."""


def pick(count: int, draw: Chance) -> int:
    """Return one of the numbers from 0 up to ``count``, which is 1 or more."""
    return min(int(draw() * count), count - 1)
