"""What is to leave: bytes, when, from where, in which pieces, and what becomes of the flow."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from responder.sip.events import Address

Ending: TypeAlias = Literal["", "close", "reset"]


@dataclass(slots=True)
class Parcel:
    """One datagram, or one stretch of a stream, on its way out.

    Attributes:
        data: the bytes.
        address: another destination than the flow's peer, or None.
        delay: seconds until it leaves.
        port: another port of ours that it leaves from, 0 for any free one; None for the usual one.
        pieces: the bytes in the pieces in which they leave, each with the seconds to wait before
            it; empty for all at once.
        ending: what becomes of the connection once it has left.
        waits: seconds that it may wait for the next transmission to leave first; None if it does
            not wait.
        joins: whether it leaves in front of that one, in the same segment or datagram.
    """

    data: bytes
    address: Address | None = None
    delay: float = 0.0
    port: int | None = None
    pieces: tuple[tuple[float, bytes], ...] = ()
    ending: Ending = ""
    waits: float | None = None
    joins: bool = False
