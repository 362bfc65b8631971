"""Bytes that are lost or changed on their way: the kept message stays as it is."""

from dataclasses import dataclass
from typing import ClassVar

from responder.faults.fault import Mishap, Passage, pick
from responder.faults.parameter import parameter
from responder.faults.parcel import Parcel

_HALF = 0


@dataclass(frozen=True, slots=True)
class Truncate(Mishap):
    """Lose the end of a transmission."""

    NAME: ClassVar[str] = "truncate"
    SCALAR: ClassVar[str] = "bytes_"
    RANK: ClassVar[int] = 32

    bytes_: int = parameter(
        "integer", "how much is left; 0 for half of it", _HALF, unit="bytes", most=65_535
    )

    def transmit(self, parcels: list[Parcel], passage: Passage) -> list[Parcel]:
        """Cut every parcel."""
        for parcel in parcels:
            whole = len(parcel.data)
            parcel.data = parcel.data[: self.bytes_ or whole // 2]
            passage.say(f"truncated {passage.name} to {len(parcel.data)} of {whole} bytes")
        return parcels


@dataclass(frozen=True, slots=True)
class Corrupt(Mishap):
    """Change bytes of a transmission, at places and to values drawn by chance."""

    NAME: ClassVar[str] = "corrupt"
    SCALAR: ClassVar[str] = "bytes_"
    RANK: ClassVar[int] = 31

    bytes_: int = parameter("integer", "how many", 1, unit="bytes", least=1, most=65_535)
    where: str = parameter(
        "choice",
        "in which part of the message",
        "any",
        choices=("any", "start-line", "header", "body"),
    )

    def transmit(self, parcels: list[Parcel], passage: Passage) -> list[Parcel]:
        """Change every parcel."""
        for parcel in parcels:
            start, end = self._bounds(parcel.data)
            changed = bytearray(parcel.data)
            places = []
            for _ in range(self.bytes_ if end > start else 0):
                at = start + pick(end - start, passage.draw)
                # Anything but what stands there.
                changed[at] = (changed[at] + 1 + pick(255, passage.draw)) % 256
                places.append(at)
            parcel.data = bytes(changed)
            shown = ", ".join(str(at) for at in sorted(set(places))[:8]) or "none"
            passage.say(f"corrupted {passage.name} at byte {shown}")
        return parcels

    def _bounds(self, data: bytes) -> tuple[int, int]:
        line = data.find(b"\r\n") + 1 or len(data)
        head = data.find(b"\r\n\r\n") + 1 or len(data)
        bounds = {
            "any": (0, len(data)),
            "start-line": (0, line - 1),
            "header": (line + 1, head),
            "body": (head + 3, len(data)),
        }
        return bounds[self.where]
