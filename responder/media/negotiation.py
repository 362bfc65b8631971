"""Offer and answer (RFC 3264): what we say to a caller's offer, and what we offer ourselves."""

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from responder.media.agreement import MUX, Agreed, agree
from responder.media.codecs import CODECS, Codec
from responder.media.formats import common, in_use
from responder.media.sdp import Attribute, Connection, Direction, Media, Origin, Session, parse
from responder.sip.errors import Misuse

#: The transports a stream may ask for; keyed media (SAVP, SAVPF) is refused.
PROTOCOLS = frozenset({b"RTP/AVP", b"RTP/AVPF"})

_ANSWERED: dict[Direction, Direction] = {  # RFC 3264 section 6.1
    Direction.SENDRECV: Direction.SENDRECV,
    Direction.SENDONLY: Direction.RECVONLY,
    Direction.RECVONLY: Direction.SENDONLY,
    Direction.INACTIVE: Direction.INACTIVE,
}


@dataclass(slots=True)
class LocalMedia:
    """Our side of one session.

    Attributes:
        host: the IP address where we receive media; IPv6 without brackets, a zone is left out.
        port: 1 to 65535, where we receive RTP.
        session_id: 0 to 2**63 - 1; the same for the life of the session.
        version: 0 to 2**63 - 1, to start with below 2**62 - 1 (RFC 3264 section 5).
        codecs: what we can take, in our order of preference.
        user: the first field of ``o=``; no white space.
        direction: the most that we want of a stream, as far as the offer allows it.

    Raises:
        Misuse: a number out of its range.
    """

    host: str
    port: int
    session_id: int
    version: int
    codecs: tuple[Codec, ...] = CODECS
    user: str = "-"
    direction: Direction = Direction.SENDRECV

    def __post_init__(self) -> None:
        if not 0 < self.port < 65536:
            raise Misuse(f"media port {self.port}")
        if not (0 <= self.session_id < 2**63 and 0 <= self.version < 2**63):
            raise Misuse("session id and version are 63-bit numbers")


@dataclass(frozen=True, slots=True)
class Refused:
    """No stream of an offer can be accepted: the request gets 488 (RFC 3261 section 13.3.1.3).

    Attributes:
        reason: what was wrong, for the record.
        warning_code: of the ``Warning`` header, 300 to 330 (RFC 3261 section 20.43).
        warning_text: the text that belongs to the code, without quotes.
    """

    reason: str
    warning_code: int
    warning_text: str


NETWORK_UNKNOWN = Refused("no Internet address", 300, "Incompatible network protocol")
FAMILY_UNUSABLE = Refused(
    "address of another IP version", 301, "Incompatible network address formats"
)
PROTOCOL_UNKNOWN = Refused("audio not over plain RTP", 302, "Incompatible transport protocol")
NO_AUDIO = Refused("no audio stream", 304, "Media type not available")
NO_COMMON_CODEC = Refused("no common codec", 305, "Incompatible media format")
SEVERAL_PORTS = Refused(
    "several ports in one stream", 307, "Session description parameter not understood"
)
MULTICAST = Refused("multicast address", 330, "Multicast not available")


def answer(offer: Session, local: LocalMedia) -> Session | Refused:
    """Answer an offer (RFC 3264 section 6).

    The first audio stream that we can take is accepted, with the offer's payload type numbers and
    order of codecs; each other stream gets port 0 in its place. An offer without streams, or with
    disabled ones only, is answered in kind.

    Returns:
        The answer, or ``Refused`` when there are streams to be used and we can take none.

    Raises:
        Misuse: ``local.host`` or ``local.user`` cannot stand in a description.
    """
    connection = _connection(local.host)
    sections: list[Media] = []
    accepted = False
    refusal: Refused | None = None
    for media in offer.media:
        section = _refusal(media)
        if media.port and not accepted:
            verdict = _accept(offer, media, connection, local)
            if isinstance(verdict, Media):
                section, accepted = verdict, True
            elif refusal is None or refusal is NO_AUDIO:
                # What was wrong with the audio tells more than that there was video as well.
                refusal = verdict
        sections.append(section)
    if refusal is not None and not accepted:
        return refusal
    return Session(
        _origin(connection, local),
        connection=connection,
        timing=offer.timing,
        media=tuple(sections),
    )


def offer(local: LocalMedia, previous: Session | None = None) -> Session:
    """Make an offer of our own (RFC 3264 section 5), for an INVITE that came without one.

    Args:
        local: our side.
        previous: the description we sent last in this session, if any. Each of its streams keeps
            its place, the accepted one with its payload type numbers, the others with port 0
            (section 8); a stream that was held is offered both ways again (RFC 6337 section 5.3).
            Where it has no stream in use, a new one is added below.

    Raises:
        Misuse: ``local.host`` or ``local.user`` cannot stand in a description.
    """
    connection = _connection(local.host)
    streams: list[Media] = []
    active = False
    for media in previous.media if previous is not None else ():
        if media.port and not active:
            active = True
            kept = tuple(item for item in media.attributes if not _is_direction(item))
            attributes = (*kept, (local.direction.value, None))
            streams.append(replace(media, port=local.port, connection=None, attributes=attributes))
        else:
            streams.append(_refusal(media))
    if not active:
        formats = in_use(tuple((b"%d" % codec.payload_type, codec) for codec in local.codecs))
        streams.append(_audio(b"RTP/AVP", formats, local.direction, local))
    return Session(_origin(connection, local), connection=connection, media=tuple(streams))


def next_version(previous: bytes | None, new: Session) -> Session:
    """Give a description the origin that follows from the one sent before (RFC 3264 section 8).

    The origin is the previous one; its version is one higher if anything but the origin differs.

    Args:
        previous: the bytes we sent last in this session; None for the first description.
        new: what is to be sent now; it is not changed.

    Raises:
        Malformed: ``previous`` is not a session description.
    """
    if previous is None:
        return new
    last = parse(previous)
    if replace(new, origin=last.origin) == last:
        return last
    version = b"%d" % (int(last.origin.version) + 1)
    return replace(new, origin=replace(last.origin, version=version))


# What differs between the offers of one kind of caller: the values of o=, which no answer depends
# on, and the port of the first audio stream, of which only being 0 matters.
_USUAL_ORIGIN = re.compile(
    rb"v=0\r?\no=[^\s\0]+ [0-9]{1,20} [0-9]{1,20} [^\s\0]+ [^\s\0]+ [^\s\0]+(?=\r?\n)"
)
_SHAPE_ORIGIN = b"v=0\r\no=- 0 0 IN IP4 0.0.0.0"
_MAX_SHAPE = 2048  # bytes; bounds the memory that strangers' offers can take
_SHAPE_PORT = 9


class Draft(NamedTuple):
    """An answer without its numbers: the session id, the version and the port.

    Attributes:
        before: up to the session id.
        between: from the end of the version to the port; to the end where no stream is in use.
        after: from the end of the port on.
        agreed: what it comes to; None where no stream is in use.
    """

    before: bytes
    between: bytes
    after: bytes
    agreed: Agreed | None

    def to_bytes(self, session_id: int, version: int, port: int) -> bytes:
        """Return the answer; an answer without a stream in use has no place for ``port``."""
        if self.agreed is None:
            return b"%b%d %d%b" % (self.before, session_id, version, self.between)
        return b"%b%d %d%b%d%b" % (
            self.before,
            session_id,
            version,
            self.between,
            port,
            self.after,
        )


def draft(body: bytes, local: LocalMedia) -> Draft | Refused:
    """Return what ``answer(parse(body), local)`` gives, for a session id, version and port to come.

    Repeated kinds of offer are remembered.

    Raises:
        Malformed: the body is not a session description.
        Misuse: ``local.host`` or ``local.user`` cannot stand in a description.
    """
    origin = _USUAL_ORIGIN.match(body) if len(body) <= _MAX_SHAPE else None
    head, found, rest = body.partition(b"\nm=audio ")
    port, space, tail = rest.partition(b" ")
    if origin is None or not space or not _is_port_in_use(port):
        return _cut(body, local)
    shape = (head[origin.end() :] + found, space + tail)
    return _remembered(shape, local.host, local.user, local.codecs, local.direction)


def answer_bytes(body: bytes, local: LocalMedia) -> bytes | Refused:
    """Return what ``answer(parse(body), local)`` gives, as bytes.

    Raises:
        Malformed: the body is not a session description.
        Misuse: ``local.host`` or ``local.user`` cannot stand in a description.
    """
    made = draft(body, local)
    if isinstance(made, Refused):
        return made
    return made.to_bytes(local.session_id, local.version, local.port)


def _is_port_in_use(port: bytes) -> bool:
    """Whether it is a port from 1 to 65535, without leading zeros."""
    return port.isdigit() and port[:1] != b"0" and len(port) <= 5 and int(port) < 65536


@lru_cache(maxsize=256)
def _remembered(
    shape: tuple[bytes, bytes],
    host: str,
    user: str,
    codecs: tuple[Codec, ...],
    direction: Direction,
) -> Draft | Refused:
    """The answer to a shape: what stands before and behind the port of its audio."""
    body = b"%b%b%d%b" % (_SHAPE_ORIGIN, shape[0], _SHAPE_PORT, shape[1])
    return _cut(body, LocalMedia(host, _SHAPE_PORT, 0, 0, codecs, user, direction))


def _cut(body: bytes, local: LocalMedia) -> Draft | Refused:
    """Answer an offer and leave the numbers out of the answer.

    An answer has one stream with a port at the most: ``_SHAPE_PORT`` is found there and nowhere
    else.
    """
    offered = parse(body)
    result = answer(offered, replace(local, port=_SHAPE_PORT, session_id=0, version=0))
    if isinstance(result, Refused):
        return result
    before = b"v=0\r\no=%b " % result.origin.user
    rest = result.to_bytes()[len(before) + len(b"0 0") :]
    between, marked, after = rest.partition(b"\nm=audio %d " % _SHAPE_PORT)
    if not marked:
        return Draft(before, rest, b"", None)
    return Draft(
        before, between + b"\nm=audio ", b" " + after, agree(result, offered, local.codecs)
    )


def _accept(offered: Session, media: Media, ours: Connection, local: LocalMedia) -> Media | Refused:
    """Our side of one offered stream in use, or why we cannot take it."""
    theirs = offered.connection_of(media)
    if media.kind != b"audio":
        return NO_AUDIO
    if media.proto not in PROTOCOLS:
        return PROTOCOL_UNKNOWN
    if theirs is None or theirs.network != b"IN":
        return NETWORK_UNKNOWN
    if theirs.family != ours.family:
        # RFC 6157 section 4.1: the answer to a stream is of the IP version of its offer.
        return FAMILY_UNUSABLE
    if theirs.is_multicast:
        return MULTICAST
    if media.count != 1:
        return SEVERAL_PORTS
    formats = in_use(common(media, local.codecs))
    if not formats:
        return NO_COMMON_CODEC
    direction = both(_ANSWERED[offered.direction_of(media)], local.direction)
    extra: list[Attribute] = []
    ptime = next(media.values(b"ptime"), b"")
    if len(ptime) <= 3 and ptime.isdigit() and int(ptime):  # milliseconds
        extra.append((b"ptime", ptime))
    if (MUX, None) in media.attributes:
        extra.append((MUX, None))  # RFC 5761 section 5.1.1
    return _audio(media.proto, formats, direction, local, tuple(extra))


def both(one: Direction, other: Direction) -> Direction:
    """Return the direction of what flows by both of two directions."""
    sends = Direction.SENDONLY if one.sends and other.sends else Direction.INACTIVE
    if not (one.receives and other.receives):
        return sends
    return Direction.SENDRECV if sends is Direction.SENDONLY else Direction.RECVONLY


def _audio(
    proto: bytes,
    formats: tuple[tuple[bytes, Codec], ...],
    direction: Direction,
    local: LocalMedia,
    extra: tuple[Attribute, ...] = (),
) -> Media:
    """An audio section of ours; the direction is its last attribute."""
    attributes: list[Attribute] = []
    for number, codec in formats:
        attributes.append((b"rtpmap", b"%b %b" % (number, codec.encoding)))
        if codec.fmtp is not None:
            attributes.append((b"fmtp", b"%b %b" % (number, codec.fmtp)))
    attributes += (*extra, (direction.value, None))
    numbers = tuple(number for number, _ in formats)
    return Media(b"audio", local.port, proto, numbers, attributes=tuple(attributes))


def _refusal(media: Media) -> Media:
    """The same stream with port 0; one format is enough, as none is looked at (RFC 3264 s8.2)."""
    return Media(media.kind, 0, media.proto, media.formats[:1])


def _is_direction(attribute: Attribute) -> bool:
    return attribute[1] is None and any(attribute[0] == each.value for each in Direction)


def _connection(host: str) -> Connection:
    address = host.partition("%")[0].encode()
    if not address or re.search(rb"[\s\0\[\]]", address):
        raise Misuse(f"media host {host!r}")
    return Connection(b"IN", b"IP6" if b":" in address else b"IP4", address)


def _origin(connection: Connection, local: LocalMedia) -> Origin:
    user = local.user.encode()
    if not user or re.search(rb"[\s\0]", user):
        raise Misuse(f"user {local.user!r} in o=")
    return Origin(
        user,
        b"%d" % local.session_id,
        b"%d" % local.version,
        connection.network,
        connection.family,
        connection.address,
    )
