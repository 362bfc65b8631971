"""Messages that come over a connection in pieces, or end it."""

from dataclasses import dataclass
from typing import ClassVar

from responder.faults.fault import ALL, Carrier, Mishap, Passage
from responder.faults.parameter import parameter
from responder.faults.parcel import Ending, Parcel


@dataclass(frozen=True, slots=True)
class Split(Mishap):
    """Send a message in several TCP segments."""

    NAME: ClassVar[str] = "split"
    SCALAR: ClassVar[str] = "segments"
    USUAL: ClassVar[int] = ALL
    RANK: ClassVar[int] = 70
    CARRIER: ClassVar[Carrier] = "streams"
    CONFLICTS: ClassVar[frozenset[str]] = frozenset({"slow", "join"})

    segments: int = parameter("integer", "how many, of equal size", 2, least=2, most=65_535)
    pause: float = parameter("seconds", "the time between two of them", 0.02, unit="s", most=60)

    def transmit(self, parcels: list[Parcel], passage: Passage) -> list[Parcel]:
        """Cut every parcel into pieces."""
        for parcel in parcels:
            size = max(1, -(-len(parcel.data) // self.segments))
            parcel.pieces = _cut(parcel.data, size, self.pause)
            passage.say(f"split {passage.name} into {len(parcel.pieces)} segments")
        return parcels


@dataclass(frozen=True, slots=True)
class Slow(Mishap):
    """Have the bytes of a message trickle."""

    NAME: ClassVar[str] = "slow"
    SCALAR: ClassVar[str] = "rate"
    USUAL: ClassVar[int] = ALL
    RANK: ClassVar[int] = 70
    CARRIER: ClassVar[Carrier] = "streams"
    CONFLICTS: ClassVar[frozenset[str]] = frozenset({"split", "join"})

    rate: float = parameter(
        "number", "how fast they leave", 100.0, unit="bytes/s", least=1, most=1_000_000
    )
    bytes_: int = parameter(
        "integer", "how many leave at a time", 1, unit="bytes", least=1, most=65_535
    )

    def transmit(self, parcels: list[Parcel], passage: Passage) -> list[Parcel]:
        """Cut every parcel into pieces."""
        for parcel in parcels:
            parcel.pieces = _cut(parcel.data, self.bytes_, self.bytes_ / self.rate)
            passage.say(f"slowed {passage.name} down to {self.rate:g} bytes/s")
        return parcels


@dataclass(frozen=True, slots=True)
class _End(Mishap):
    """End the connection behind a message, or in the middle of it."""

    RANK: ClassVar[int] = 45
    CARRIER: ClassVar[Carrier] = "streams"
    SCALAR: ClassVar[str] = "bytes_"
    ENDING: ClassVar[Ending] = "close"

    bytes_: int | None = parameter(
        "integer", "how much of the message leaves first; all of it if not said", None,
        unit="bytes", most=65_535,
    )  # fmt: skip

    def transmit(self, parcels: list[Parcel], passage: Passage) -> list[Parcel]:
        """End the connection with the last parcel."""
        if parcels:
            last = parcels[-1]
            whole = len(last.data)
            if self.bytes_ is not None and self.bytes_ < whole:
                last.data = last.data[: self.bytes_]
            last.ending = self.ENDING
            verb = "closed" if self.ENDING == "close" else "reset"
            passage.say(
                f"{verb} the connection after {len(last.data)} of {whole} bytes of {passage.name}"
            )
        return parcels


@dataclass(frozen=True, slots=True)
class Close(_End):
    """Close the connection behind a message, or in the middle of it."""

    NAME: ClassVar[str] = "close"
    CONFLICTS: ClassVar[frozenset[str]] = frozenset({"reset"})


@dataclass(frozen=True, slots=True)
class Reset(_End):
    """Reset the connection (TCP RST) behind a message, or in the middle of it."""

    NAME: ClassVar[str] = "reset"
    CONFLICTS: ClassVar[frozenset[str]] = frozenset({"close"})
    ENDING: ClassVar[Ending] = "reset"


def _cut(data: bytes, size: int, pause: float) -> tuple[tuple[float, bytes], ...]:
    """Return pieces of ``size`` bytes, each but the first with a pause before it."""
    starts = range(0, len(data), size)
    return tuple((pause if at else 0.0, data[at : at + size]) for at in starts)
