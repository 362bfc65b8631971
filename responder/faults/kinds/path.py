"""Datagrams that come from elsewhere, or go elsewhere, than they should."""

from dataclasses import dataclass
from typing import ClassVar

from responder.faults.draft import Draft
from responder.faults.fault import ALL, Carrier, Mishap, Passage
from responder.faults.parameter import parameter
from responder.faults.parcel import Parcel
from responder.sip.errors import Malformed
from responder.sip.grammar import split_commas
from responder.sip.headers.via import parse_via_list
from responder.sip.routing import DEFAULT_PORTS


@dataclass(frozen=True, slots=True)
class FromPort(Mishap):
    """Answer from another port than the one that was asked (against RFC 3581 section 4)."""

    NAME: ClassVar[str] = "from-port"
    SCALAR: ClassVar[str] = "port"
    USUAL: ClassVar[int] = ALL
    RANK: ClassVar[int] = 20
    CARRIER: ClassVar[Carrier] = "datagrams"

    port: int = parameter("integer", "the other port; 0 for any that is free", 0, most=65_535)

    def transmit(self, parcels: list[Parcel], passage: Passage) -> list[Parcel]:
        """Have every parcel leave from there."""
        for parcel in parcels:
            parcel.port = self.port
        if parcels:
            port = f"port {self.port}" if self.port else "another port"
            passage.say(f"sent {passage.name} from {port}")
        return parcels


@dataclass(frozen=True, slots=True)
class IgnoreRport(Mishap):
    """Answer to the port of the Via although it asks for the source port (RFC 3581 section 4)."""

    NAME: ClassVar[str] = "ignore-rport"
    SCALAR: ClassVar[str] = "count"
    USUAL: ClassVar[int] = ALL
    RANK: ClassVar[int] = 20
    CARRIER: ClassVar[Carrier] = "datagrams"

    def transmit(self, parcels: list[Parcel], passage: Passage) -> list[Parcel]:
        """Address every parcel as RFC 3261 section 18.2.2 does without ``rport``."""
        for parcel in parcels:
            value = Draft(parcel.data).first(b"via") or b""
            try:
                via = parse_via_list(split_commas(value)[0])[0]
            except Malformed:
                passage.say(f"left {passage.name} alone: its Via cannot be read")
                continue
            port = via.port or DEFAULT_PORTS["udp"]
            parcel.address = (passage.flow.remote[0], port)
            passage.say(f"sent {passage.name} to port {port} of the Via, not to the source port")
        return parcels
