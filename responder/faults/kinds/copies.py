"""Transmissions that leave more than once, or never twice alike."""

from dataclasses import dataclass, replace
from typing import ClassVar

from responder.codes import phrase
from responder.faults.draft import Draft
from responder.faults.fault import ALL, Mishap, Passage, pick
from responder.faults.parameter import parameter
from responder.faults.parcel import Parcel
from responder.faults.tags import with_tag

_DIGITS = b"0123456789abcdef"


@dataclass(frozen=True, slots=True)
class Duplicate(Mishap):
    """Send a transmission more than once."""

    NAME: ClassVar[str] = "duplicate"
    SCALAR: ClassVar[str] = "copies"
    RANK: ClassVar[int] = 40

    copies: int = parameter("integer", "how many more leave", 1, least=1, most=100)
    gap: float = parameter("seconds", "the time between two of them", 0.0, unit="s")

    def transmit(self, parcels: list[Parcel], passage: Passage) -> list[Parcel]:
        """Put copies behind each parcel."""
        found = [
            replace(parcel, delay=parcel.delay + number * self.gap)
            for parcel in parcels
            for number in range(self.copies + 1)
        ]
        if parcels:
            times = "once" if self.copies == 1 else f"{self.copies} times"
            passage.say(f"duplicated {passage.name}: it leaves {times} more")
        return found


@dataclass(frozen=True, slots=True)
class OtherTag(Mishap):
    """Give a transmission another To tag than the first one had, as if the call had forked."""

    NAME: ClassVar[str] = "other-tag"
    SCALAR: ClassVar[str] = "count"
    USUAL: ClassVar[int] = ALL
    RANK: ClassVar[int] = 30

    from_: int = parameter(
        "integer", "the first transmission that it befalls", 2, least=1, most=ALL
    )

    def transmit(self, parcels: list[Parcel], passage: Passage) -> list[Parcel]:
        """Change the tag of all parcels alike."""
        tag = b"other-" + bytes([_DIGITS[pick(16, passage.draw)] for _ in range(8)])
        for parcel in parcels:
            draft = Draft(parcel.data)
            draft.put(b"To", with_tag(draft.first(b"to") or b"", tag))
            parcel.data = draft.to_bytes()
        if parcels:
            passage.say(f"gave {passage.name} the To tag {tag.decode()}")
        return parcels


@dataclass(frozen=True, slots=True)
class Also(Mishap):
    """Send another response beside this one, of which its transaction knows nothing.

    It has the header fields of this one, no body, and the status and phrase asked for: a 180 after
    the 200, or a 200 after the 486.
    """

    NAME: ClassVar[str] = "also"
    SCALAR: ClassVar[str] = "status"
    RANK: ClassVar[int] = 35

    status: int = parameter(
        "integer", "the status of the other response", 180, least=100, most=699, required=True
    )
    after: float = parameter("seconds", "how much later it leaves", 0.0, unit="s")

    def transmit(self, parcels: list[Parcel], passage: Passage) -> list[Parcel]:
        """Put the other response behind the first parcel."""
        if not parcels or not parcels[0].data.startswith(b"SIP/"):
            return parcels
        first, *rest = parcels
        draft = Draft(first.data)
        draft.start = b"SIP/2.0 %d %b" % (self.status, phrase(self.status).encode())
        draft.body = b""
        draft.remove(b"Content-Type")
        draft.put(b"Content-Length", b"0")
        passage.say(f"sent also a {self.status} behind {passage.name}")
        other = replace(first, data=draft.to_bytes(), delay=first.delay + self.after)
        return [first, other, *rest]
