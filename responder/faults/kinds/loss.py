"""Transmissions that never leave."""

from dataclasses import dataclass
from typing import ClassVar

from responder.faults.fault import Mishap, Passage
from responder.faults.parcel import Parcel


@dataclass(frozen=True, slots=True)
class Drop(Mishap):
    """Lose a transmission: the sender believes that it left, and nothing leaves."""

    NAME: ClassVar[str] = "drop"
    SCALAR: ClassVar[str] = "count"
    RANK: ClassVar[int] = 10

    def transmit(self, parcels: list[Parcel], passage: Passage) -> list[Parcel]:
        """Let nothing leave."""
        if parcels:
            passage.say(f"dropped {passage.name}")
        return []
