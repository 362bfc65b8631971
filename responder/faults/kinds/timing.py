"""Transmissions that leave later, or in another order."""

from dataclasses import dataclass
from typing import ClassVar

from responder.faults.fault import ALL, Mishap, Passage
from responder.faults.parameter import parameter
from responder.faults.parcel import Parcel


@dataclass(frozen=True, slots=True)
class Delay(Mishap):
    """Hold transmissions back for a time; the transaction goes on as if they had left."""

    NAME: ClassVar[str] = "delay"
    SCALAR: ClassVar[str] = "time"
    USUAL: ClassVar[int] = ALL
    RANK: ClassVar[int] = 50

    time: float = parameter("seconds", "for how long", 1.0, unit="s", required=True)
    jitter: float = parameter("seconds", "how much shorter or longer by chance", 0.0, unit="s")

    def transmit(self, parcels: list[Parcel], passage: Passage) -> list[Parcel]:
        """Move every parcel to a later time."""
        for parcel in parcels:
            wait = self.time
            if self.jitter:
                wait = max(0.0, wait + (2 * passage.draw() - 1) * self.jitter)
            parcel.delay += wait
            passage.say(f"delayed {passage.name} by {wait:.3f} s")
        return parcels


@dataclass(frozen=True, slots=True)
class Reorder(Mishap):
    """Have a transmission leave after the next one of the same transaction."""

    NAME: ClassVar[str] = "reorder"
    SCALAR: ClassVar[str] = "within"
    RANK: ClassVar[int] = 60
    CONFLICTS: ClassVar[frozenset[str]] = frozenset({"join"})

    within: float = parameter("seconds", "how long it waits for a next one at most", 1.0, unit="s")

    def transmit(self, parcels: list[Parcel], passage: Passage) -> list[Parcel]:
        """Have every parcel wait."""
        for parcel in parcels:
            parcel.waits = self.within
        if parcels:
            passage.say(f"held {passage.name} back until the next transmission")
        return parcels


@dataclass(frozen=True, slots=True)
class Join(Mishap):
    """Send a transmission and the next one of the same transaction in one segment or datagram."""

    NAME: ClassVar[str] = "join"
    SCALAR: ClassVar[str] = "within"
    RANK: ClassVar[int] = 60
    CONFLICTS: ClassVar[frozenset[str]] = frozenset({"reorder", "split", "slow"})

    within: float = parameter("seconds", "how long it waits for a next one at most", 1.0, unit="s")

    def transmit(self, parcels: list[Parcel], passage: Passage) -> list[Parcel]:
        """Have every parcel wait and then go in front."""
        for parcel in parcels:
            parcel.waits = self.within
            parcel.joins = True
        if parcels:
            passage.say(f"joined {passage.name} with the next transmission")
        return parcels
