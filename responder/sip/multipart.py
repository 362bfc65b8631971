"""The parts of a multipart body (RFC 2046 section 5.1), and whether they can be served (RFC 5621).

The standard library's MIME parser is not used here: it follows nesting as deep as a sender cares to
make it, at a cost that grows with the square of the depth.
"""

import binascii
import re
from collections.abc import Container, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from responder.sip.errors import Malformed
from responder.sip.headers.content import (
    DISPOSITIONS,
    Disposition,
    MediaType,
    parse_disposition,
    parse_media_type,
)

MOST_PARTS: Final = 32
"""How many parts of one body are looked at, those of nested ones included."""

DEEPEST: Final = 3
"""How many multiparts within one another are looked into."""

_LONGEST_BOUNDARY: Final = 70
_FOLD: Final = re.compile(rb"\r?\n[ \t]+")
_LINE_END: Final = re.compile(rb"\r?\n")
_HEAD_END: Final = re.compile(rb"\r?\n\r?\n")
_PLAIN: Final = MediaType(b"text", b"plain")
_AS_IT_IS: Final = frozenset({b"", b"7bit", b"8bit", b"binary"})


@dataclass(frozen=True, slots=True)
class Part:
    """One part that is no multipart itself.

    Attributes:
        kind: its media type; ``text/plain`` when it names none.
        disposition: the type of its Content-Disposition in lower case, or empty.
        content: its bytes, the transfer encoding undone.
    """

    kind: MediaType
    disposition: bytes
    content: bytes


def parts(kind: MediaType, body: bytes) -> list[Part]:
    """Return the parts of a multipart body in order, those of nested multiparts in their place.

    What does not follow the grammar is left out, and so is what goes beyond `MOST_PARTS` and
    `DEEPEST`.

    Args:
        kind: the body's Content-Type, with its boundary.
        body: the body.
    """
    return list(_within(kind, body, 1, [MOST_PARTS]))


def served(kind: MediaType, body: bytes, known: Container[bytes]) -> bool:
    """Whether all parts that have to be processed are understood; if not, 415 (RFC 5621 8.3, 8.4).

    Of a ``multipart/alternative`` one part is enough, whatever their handling says (8.2). What is
    beyond `MOST_PARTS` is not judged, and what is nested beyond `DEEPEST` not understood.

    Args:
        kind: the body's Content-Type, with its boundary.
        body: the body.
        known: the media types that are understood, multiparts left out.
    """
    return _served(kind, body, known, 1, [MOST_PARTS])


class _Section(NamedTuple):
    """One part as it stands: its type is None where it cannot be read; the content is encoded."""

    kind: MediaType | None
    disposition: Disposition | None
    encoding: bytes
    content: bytes


def _served(
    kind: MediaType, body: bytes, known: Container[bytes], depth: int, left: list[int]
) -> bool:
    alternatives = kind.subtype == b"alternative"
    understood = True
    for part in _sections(kind, body, left):
        disposition = part.disposition
        if part.kind is None or (disposition is not None and disposition.kind not in DISPOSITIONS):
            understood = False
        elif part.kind.type == b"multipart":
            understood = depth < DEEPEST and _served(
                part.kind, part.content, known, depth + 1, left
            )
        else:
            understood = part.kind.essence in known and _decodes(part)
        if alternatives and understood:
            return True
        optional = disposition is not None and disposition.handling == b"optional"
        if not alternatives and not understood and not optional:
            return False
    return understood or not alternatives


def _within(kind: MediaType, body: bytes, depth: int, left: list[int]) -> Iterator[Part]:
    for section in _sections(kind, body, left):
        of = section.kind
        if of is None:
            continue
        if of.type == b"multipart":
            if depth < DEEPEST:
                yield from _within(of, section.content, depth + 1, left)
            continue
        decoded = _decode(section.encoding, section.content)
        if decoded is not None:
            disposition = section.disposition
            yield Part(of, b"" if disposition is None else disposition.kind, decoded)


def _sections(kind: MediaType, body: bytes, left: list[int]) -> Iterator[_Section]:
    """Yield the parts of one multipart, those within its parts left out; ``left`` counts down."""
    boundary = kind.param(b"boundary")
    if not boundary or len(boundary) > _LONGEST_BOUNDARY:
        return
    for section in _cut(boundary, body):
        if left[0] == 0:
            return
        left[0] -= 1
        headers, content = _split(section)
        named, placed = headers.get(b"content-type"), headers.get(b"content-disposition")
        of: MediaType | None = None
        disposition: Disposition | None = None
        try:
            disposition = None if placed is None else parse_disposition(placed)
            of = _PLAIN if named is None else parse_media_type(named)
        except Malformed:
            pass
        encoding = headers.get(b"content-transfer-encoding", b"").lower()
        yield _Section(of, disposition, encoding, content)


def _decodes(section: _Section) -> bool:
    return _decode(section.encoding, section.content) is not None


def _cut(boundary: bytes, body: bytes) -> Iterator[bytes]:
    """Yield what stands between one delimiter and the next; a body cut short ends its last part."""
    delimiter = re.compile(rb"(?:\A|\r?\n)--" + re.escape(boundary) + rb"(--)?[ \t]*(?:\r?\n|\Z)")
    found = delimiter.search(body)
    while found is not None and found[1] is None:
        # The line end of one delimiter may begin the next one.
        start = found.end()
        following = delimiter.search(body, max(found.end() - 2, 0))
        yield body[start : following.start() if following is not None else len(body)]
        found = following


def _split(section: bytes) -> tuple[dict[bytes, bytes], bytes]:
    """Return the header fields of a part, names in lower case, and what follows them."""
    empty = _LINE_END.match(section)
    if empty is not None:
        return {}, section[empty.end() :]
    end = _HEAD_END.search(section)
    head = section if end is None else section[: end.start()]
    content = b"" if end is None else section[end.end() :]
    headers: dict[bytes, bytes] = {}
    for line in _LINE_END.split(_FOLD.sub(b" ", head)):
        name, _, value = line.partition(b":")
        headers.setdefault(name.strip().lower(), value.strip())
    return headers, content


def _decode(encoding: bytes, content: bytes) -> bytes | None:
    """Undo a Content-Transfer-Encoding (RFC 2045 section 6); None when that cannot be done."""
    if encoding in _AS_IT_IS:
        return content
    if encoding == b"quoted-printable":
        return binascii.a2b_qp(content)
    if encoding == b"base64":
        try:
            return binascii.a2b_base64(content)
        except binascii.Error:
            return None
    return None
