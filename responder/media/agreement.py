"""What an offer and its answer come to for our side of the stream in use (RFC 3264)."""

from collections.abc import Mapping
from dataclasses import dataclass

from responder.media.codecs import CODECS, Codec
from responder.media.formats import common
from responder.media.sdp import Media, Session

MUX = b"rtcp-mux"
"""The attribute by which RTCP shares the port of RTP (RFC 5761)."""


@dataclass(frozen=True, slots=True)
class Agreed:
    """One stream as both sides see it. It is shared by all calls that agree on the same.

    Attributes:
        codec: what we send, the first of the other side's formats.
        payload_type: its number in what we send.
        formats: what may come, by payload type: speech and telephone events.
        sends: whether anything may be sent to the other side.
        receives: whether anything is to come from it.
        mux: whether RTCP shares the port of RTP.
    """

    codec: Codec
    payload_type: int
    formats: Mapping[int, Codec]
    sends: bool
    receives: bool
    mux: bool


def agree(ours: Session, theirs: Session, codecs: tuple[Codec, ...] = CODECS) -> Agreed | None:
    """Return what our description and the other side's come to, whichever was the offer.

    It is the first audio stream that has a port and a codec of ours in both. None where there is
    no such stream.
    """
    for mine, other in zip(ours.media, theirs.media, strict=False):
        if mine.kind == b"audio" and mine.port and other.port:
            agreed = _stream(ours, mine, theirs, other, codecs)
            if agreed is not None:
                return agreed
    return None


def _stream(
    ours: Session, mine: Media, theirs: Session, other: Media, codecs: tuple[Codec, ...]
) -> Agreed | None:
    formats = {int(number): codec for number, codec in common(mine, codecs)}
    allowed = tuple(formats.values())
    sent = [each for each in common(other, allowed) if each[1].speech]
    if not sent:
        return None
    number, codec = sent[0]
    my_direction, their_direction = ours.direction_of(mine), theirs.direction_of(other)
    connection = theirs.connection_of(other)
    void = connection is None or connection.is_void
    return Agreed(
        codec=codec,
        payload_type=int(number),
        formats=formats,
        sends=my_direction.sends and their_direction.receives and not void,
        receives=my_direction.receives and their_direction.sends,
        mux=_has_mux(mine) and _has_mux(other),
    )


def _has_mux(media: Media) -> bool:
    return (MUX, None) in media.attributes
