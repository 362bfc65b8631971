"""A session description as data, read from and written to bytes (RFC 8866)."""

import enum
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from responder.sip.errors import Malformed

#: What one body may hold at most; a browser's offer with all its candidates has about 300 lines.
MAX_LINES = 1000
MAX_MEDIA = 64

#: The name and the value of an ``a=`` line; None where it has no colon.
Attribute: TypeAlias = tuple[bytes, bytes | None]

#: Any other line: its letter (one byte) and what follows the ``=``.
Line: TypeAlias = tuple[bytes, bytes]

_BEFORE_CONNECTION = b"iuep"
_AFTER_CONNECTION = b"cb"
_TIMING = b"trz"
_SESSION_ONLY = b"vostrz"
# The largest unsigned 64-bit number has 20 digits; RFC 3264 section 5 asks for no more than that.
_MAX_ID_DIGITS = 20


class Direction(enum.Enum):
    """Which way a stream's media flows, seen by whoever wrote the description (section 6.7)."""

    SENDRECV = b"sendrecv"
    SENDONLY = b"sendonly"
    RECVONLY = b"recvonly"
    INACTIVE = b"inactive"

    @property
    def sends(self) -> bool:
        """Whether whoever wrote it sends."""
        return self in {Direction.SENDRECV, Direction.SENDONLY}

    @property
    def receives(self) -> bool:
        """Whether whoever wrote it receives."""
        return self in {Direction.SENDRECV, Direction.RECVONLY}


_DIRECTIONS: dict[bytes, Direction] = {direction.value: direction for direction in Direction}


@dataclass(slots=True)
class Origin:
    """The ``o=`` line (section 5.2).

    Attributes:
        user: without white space; ``-`` where there is none.
        session_id: 1 to 20 digits.
        version: 1 to 20 digits.
        network: ``IN`` in practice.
        family: ``IP4`` or ``IP6`` in practice.
        address: an IP address (IPv6 without brackets) or a name.
    """

    user: bytes
    session_id: bytes
    version: bytes
    network: bytes
    family: bytes
    address: bytes

    def value(self) -> bytes:
        """What follows ``o=``."""
        return b"%b %b %b %b %b %b" % (
            self.user,
            self.session_id,
            self.version,
            self.network,
            self.family,
            self.address,
        )


@dataclass(slots=True)
class Connection:
    """A ``c=`` line (section 5.7).

    Attributes:
        network: ``IN`` in practice.
        family: ``IP4`` or ``IP6`` in practice.
        address: as written: IPv6 without brackets, multicast with its ``/ttl`` and ``/count``.
    """

    network: bytes
    family: bytes
    address: bytes

    @property
    def is_void(self) -> bool:
        """True where nothing may be sent to this address, RTCP included.

        That is 0.0.0.0 (RFC 3264 section 8.4), for IPv6 a name under ``.invalid`` (RFC 6157
        section 4.1) and, as it is seen in practice, ``::``. It says nothing of the direction.
        """
        address = self.address
        return address in {b"0.0.0.0", b"::"} or address.lower().endswith(b".invalid")

    @property
    def is_multicast(self) -> bool:
        """True for 224.0.0.0 to 239.255.255.255 and for IPv6 addresses that start with ff."""
        if self.family == b"IP6":
            return self.address[:2].lower() == b"ff" and b":" in self.address
        first, dot, _ = self.address.partition(b".")
        return dot == b"." and len(first) == 3 and first.isdigit() and 224 <= int(first) <= 239

    def value(self) -> bytes:
        """What follows ``c=``."""
        return b"%b %b %b" % (self.network, self.family, self.address)


@dataclass(slots=True)
class Media:
    """One ``m=`` line with the lines under it (section 5.14).

    Attributes:
        kind: ``audio``, ``video``, ...
        port: 0 to 65535; 0 for a stream that is refused, removed or not to be used.
        proto: ``RTP/AVP``, ...
        formats: at least one, in order of preference; payload type numbers for RTP.
        count: how many ports follow each other from ``port`` on; 1 is not written.
        connection: the section's own ``c=``; None where the session's holds.
        attributes: all ``a=`` lines, in order.
        others: all other lines: ``i``, then further ``c`` and ``b``, then ``k`` and unknown
            letters.
    """

    kind: bytes
    port: int
    proto: bytes
    formats: tuple[bytes, ...]
    count: int = 1
    connection: Connection | None = None
    attributes: tuple[Attribute, ...] = ()
    others: tuple[Line, ...] = ()

    @property
    def direction(self) -> Direction | None:
        """The section's own direction; None where the session's, or the default, holds."""
        return _direction(self.attributes)

    def values(self, name: bytes) -> Iterator[bytes]:
        """The values of the attributes of that exact name, in order; those without one left out."""
        return (value for key, value in self.attributes if key == name and value is not None)

    def lines(self) -> Iterator[bytes]:
        """The section's lines in the order of the grammar, without line ends."""
        ports = b"%d" % self.port if self.count == 1 else b"%d/%d" % (self.port, self.count)
        yield b"m=%b %b %b %b" % (self.kind, ports, self.proto, b" ".join(self.formats))
        yield from _body_lines(self.connection, self.others, (), self.attributes)


@dataclass(slots=True)
class Session:
    """A whole description (section 5).

    Attributes:
        origin: the ``o=`` line.
        name: what ``s=`` says; empty where a peer left it empty, which the grammar forbids.
        connection: the session's ``c=``, which holds for each section that has none.
        timing: the ``t``, ``r`` and ``z`` lines in order; at least one ``t``.
        attributes: the session's ``a=`` lines, in order.
        others: all other lines: ``i``, ``u``, ``e``, ``p``, then further ``c`` and ``b``, then
            ``k`` and unknown letters.
        media: the sections, in order.
    """

    origin: Origin
    name: bytes = b"-"
    connection: Connection | None = None
    timing: tuple[Line, ...] = ((b"t", b"0 0"),)
    attributes: tuple[Attribute, ...] = ()
    others: tuple[Line, ...] = ()
    media: tuple[Media, ...] = ()

    def direction_of(self, media: Media) -> Direction:
        """The direction that holds for a section: its own, the session's, or sendrecv."""
        return media.direction or _direction(self.attributes) or Direction.SENDRECV

    def connection_of(self, media: Media) -> Connection | None:
        """The connection that holds for a section: its own before the session's."""
        return media.connection or self.connection

    def to_bytes(self) -> bytes:
        """The description in the order of the grammar (section 9), each line ended by CRLF."""
        lines = [b"v=0", b"o=" + self.origin.value(), b"s=" + self.name]
        lines += _body_lines(self.connection, self.others, self.timing, self.attributes)
        for media in self.media:
            lines += media.lines()
        lines.append(b"")
        return b"\r\n".join(lines)


def parse(body: bytes) -> Session:
    """Read a session description.

    Lines end with CRLF or a bare LF; empty lines at the end are passed over. Lines may stand in
    another order than the grammar's, except that ``v=`` comes first and that a line belongs to
    the ``m=`` above it. An empty ``s=`` is accepted (RFC 5118 section 4.8 has one).

    Raises:
        Malformed: with the number of the line (the first is 1) and what is wrong with it: no
            letter and ``=``, a NUL or stray CR, a bad or repeated ``v``, ``o`` or ``s``, a bad
            ``t``, ``c`` or ``m``, one of these missing, a session's line under an ``m=``, a stream
            in use that no ``c=`` holds for, more than ``MAX_LINES`` lines or ``MAX_MEDIA`` streams.
    """
    lines = _split(body)
    starts = [index for index, line in enumerate(lines) if line.startswith(b"m=")]
    if len(starts) > MAX_MEDIA:
        raise _malformed(starts[MAX_MEDIA], "too many m= lines")
    starts.append(len(lines))
    session = _session(lines[: starts[0]])
    session.media = tuple(_media(lines[start:end], start) for start, end in pairwise(starts))
    if session.connection is None:
        for start, media in zip(starts, session.media, strict=False):
            # A stream that is not to be used is often stripped of all its lines.
            if media.connection is None and media.port:
                raise _malformed(start, "no c= for this stream")
    return session


def _malformed(index: int, reason: str) -> Malformed:
    return Malformed(f"SDP line {index + 1}: {reason}")


def _direction(attributes: tuple[Attribute, ...]) -> Direction | None:
    for name, value in attributes:
        if value is None and name in _DIRECTIONS:
            return _DIRECTIONS[name]
    return None


def _split(body: bytes) -> list[bytes]:
    """The lines of a body without their ends, each of the form letter, ``=``, value."""
    text = body.replace(b"\r\n", b"\n").rstrip(b"\n")
    lines = text.split(b"\n", MAX_LINES)
    if len(lines) > MAX_LINES:
        raise _malformed(MAX_LINES, "too many lines")
    if b"\r" in text or b"\0" in text:
        index = next(i for i, line in enumerate(lines) if b"\r" in line or b"\0" in line)
        raise _malformed(index, "CR or NUL inside the line")
    for index, line in enumerate(lines):
        if line[1:2] != b"=" or not line[:1].isalpha():
            raise _malformed(index, "not of the form letter=value")
    return lines


def _session(lines: list[bytes]) -> Session:
    if not lines or lines[0] != b"v=0":
        raise _malformed(0, "not v=0")
    origin: Origin | None = None
    name: bytes | None = None
    timing: list[Line] = []
    rest: list[tuple[int, bytes]] = []
    for index, line in enumerate(lines[1:], 1):
        letter = line[:1]
        if letter in _TIMING:
            if letter == b"t":
                _check_time(line, index)
            timing.append((letter, line[2:]))
        elif letter == b"o" and origin is None:
            origin = _origin(line, index)
        elif letter == b"s" and name is None:
            name = line[2:]
        elif letter in _SESSION_ONLY:
            raise _malformed(index, f"a second {letter.decode()}=")
        else:
            rest.append((index, line))
    last = len(lines) - 1
    if origin is None:
        raise _malformed(last, "the session ends without o=")
    if name is None:
        raise _malformed(last, "the session ends without s=")
    if not any(letter == b"t" for letter, _ in timing):
        raise _malformed(last, "the session ends without t=")
    connection, attributes, others = _body(rest)
    return Session(origin, name, connection, tuple(timing), attributes, others)


def _media(lines: list[bytes], start: int) -> Media:
    """One section; ``start`` is the index of its ``m=`` line in the body."""
    fields = lines[0][2:].split()
    if len(fields) < 4:
        raise _malformed(start, "m= needs a kind, port, protocol and format")
    port, slash, count = fields[1].partition(b"/")
    if not _is_number(port, 5) or int(port) > 65535:
        raise _malformed(start, "m= with a bad port")
    if slash and not (_is_number(count, 5) and int(count)):
        raise _malformed(start, "m= with a bad number of ports")
    for index, line in enumerate(lines[1:], start + 1):
        if line[:1] in _SESSION_ONLY:
            raise _malformed(index, f"{line[:1].decode()}= after an m=")
    connection, attributes, others = _body(enumerate(lines[1:], start + 1))
    return Media(
        kind=fields[0],
        port=int(port),
        proto=fields[2],
        formats=tuple(fields[3:]),
        count=int(count) if slash else 1,
        connection=connection,
        attributes=attributes,
        others=others,
    )


def _body(
    numbered: Iterable[tuple[int, bytes]],
) -> tuple[Connection | None, tuple[Attribute, ...], tuple[Line, ...]]:
    """The lines that a session and a section have in common, from (index, line) pairs."""
    connection: Connection | None = None
    attributes: list[Attribute] = []
    others: list[Line] = []
    for index, line in numbered:
        letter = line[:1]
        if letter == b"a":
            name, colon, value = line[2:].partition(b":")
            attributes.append((name, value if colon else None))
        elif letter == b"c" and connection is None:
            fields = line[2:].split()
            if len(fields) != 3:
                raise _malformed(index, "c= needs three fields")
            connection = Connection(*fields)
        else:
            others.append((letter, line[2:]))
    if len(others) > 1:
        others.sort(key=_rank)
    return connection, tuple(attributes), tuple(others)


def _body_lines(
    connection: Connection | None,
    others: tuple[Line, ...],
    timing: tuple[Line, ...],
    attributes: tuple[Attribute, ...],
) -> Iterator[bytes]:
    """What ``_body`` read, written in the order of the grammar; timing comes after ``b=``."""
    ranked = [(_rank(line), b"%b=%b" % line) for line in others]
    yield from (text for rank, text in ranked if rank == 0)
    if connection is not None:
        yield b"c=" + connection.value()
    yield from (text for rank, text in ranked if rank == 1)
    yield from (b"%b=%b" % line for line in timing)
    yield from (text for rank, text in ranked if rank == 2)
    for name, value in attributes:
        yield b"a=" + name if value is None else b"a=%b:%b" % (name, value)


def _rank(line: Line) -> int:
    """Where the grammar has a line: 0 before ``c=``, 1 between it and ``t=``, 2 after that."""
    if line[0] in _BEFORE_CONNECTION:
        return 0
    return 1 if line[0] in _AFTER_CONNECTION else 2


def _origin(line: bytes, index: int) -> Origin:
    fields = line[2:].split()
    if len(fields) != 6:
        raise _malformed(index, "o= needs six fields")
    if not (_is_number(fields[1], _MAX_ID_DIGITS) and _is_number(fields[2], _MAX_ID_DIGITS)):
        raise _malformed(index, "o= needs a number as session id and version")
    return Origin(*fields)


def _check_time(line: bytes, index: int) -> None:
    fields = line[2:].split()
    if len(fields) != 2 or not (fields[0].isdigit() and fields[1].isdigit()):
        raise _malformed(index, "t= needs two numbers")


def _is_number(field: bytes, digits: int) -> bool:
    return len(field) <= digits and field.isdigit()
