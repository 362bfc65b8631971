"""A response from a request: what is copied, and how the bytes are put together (RFC 3261 8.2.6).

What is copied is copied as the bytes that came. This file is on the hot path.
"""

import re
from functools import lru_cache
from typing import Final

from responder.codes import phrase
from responder.sip.message import Message

_TAG: Final = re.compile(rb";[ \t]*tag[ \t]*=", re.IGNORECASE)
END: Final = b"Content-Length: 0\r\n\r\n"


@lru_cache(maxsize=1024)
def status_line(status: int, reason: bytes | None = None) -> bytes:
    """Return the first line of a response with its line end.

    Args:
        status: 100 to 699.
        reason: the phrase, possibly empty; None takes the registry's. It holds no line end.
    """
    text = phrase(status).encode() if reason is None else reason
    return b"SIP/2.0 %d %b\r\n" % (status, text)


def echo(request: Message, via: bytes, tag: bytes) -> bytes:
    """Return the lines that every response copies (RFC 3261 8.2.6.2).

    Args:
        request: a request that has From, To, Call-ID and CSeq.
        via: the value of its first Via line, with received and rport filled in.
        tag: the tag to add to To; empty when To has one.
    """
    fields = request.fields
    repeated = request.repeated
    if repeated is not None and b"via" in repeated:
        via = b"\r\nVia: ".join([via, *repeated[b"via"][1:]])
    return b"Via: %b\r\nFrom: %b\r\nTo: %b%b\r\nCall-ID: %b\r\nCSeq: %b\r\n" % (
        via,
        fields[b"from"],
        fields[b"to"],
        b";tag=" + tag if tag else b"",
        fields[b"call-id"],
        fields[b"cseq"],
    )


def retag(echoed: bytes, old: bytes, new: bytes) -> bytes:
    """Put one To tag, or none, for another.

    Args:
        echoed: what `echo` returned.
        old: the tag that was added there; empty when none was, which leaves all as it is.
        new: the tag to put in its place; empty for none.
    """
    if not old:
        return echoed
    return echoed.replace(b";tag=%b\r\n" % old, b";tag=%b\r\n" % new if new else b"\r\n", 1)


def partial_echo(request: Message, via: bytes, tag: bytes) -> bytes:
    """Return what can be copied of a request that lacks some of the mandatory header fields."""
    lines = [b"Via: " + value for value in [via, *request.values(b"via")[1:]] if value]
    for name, key in ((b"From", b"from"), (b"To", b"to"), (b"Call-ID", b"call-id")):
        value = request.fields.get(key)
        if value is not None:
            if key == b"to" and tag and not has_tag(value):
                value += b";tag=" + tag
            lines.append(name + b": " + value)
    if b"cseq" in request.fields:
        lines.append(b"CSeq: " + request.fields[b"cseq"])
    lines.append(b"")
    return b"\r\n".join(lines)


def has_tag(value: bytes) -> bool:
    """Whether a From or To has a tag, as far as one can tell where it may break the grammar."""
    return _TAG.search(value.rpartition(b">")[2]) is not None


def assemble(start: bytes, echoed: bytes, headers: bytes, kind: bytes, body: bytes) -> bytes:
    """Join the parts of a message.

    Args:
        start: the first line with its line end.
        echoed: header lines, each with its line end.
        headers: further header lines, each with its line end.
        kind: the body's Content-Type; unused without a body.
        body: the body, possibly empty.
    """
    if not body:
        return b"".join((start, echoed, headers, END))
    return b"%b%b%bContent-Type: %b\r\nContent-Length: %d\r\n\r\n%b" % (
        start,
        echoed,
        headers,
        kind,
        len(body),
        body,
    )
