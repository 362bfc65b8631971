"""The bytes of a request outside any dialog (RFC 3261 section 8.1.1)."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final, NamedTuple, TypeAlias

from responder.media.negotiation import LocalMedia, offer
from responder.probe.attempt import Attempt
from responder.sip.events import Address, Flow
from responder.sip.headers.uri import Uri
from responder.sip.message import canonical
from responder.sip.settings import Tokens

Fields: TypeAlias = Sequence[tuple[bytes, bytes]]

LARGEST_DATAGRAM: Final = 1300
"""Bytes of a request that may go by UDP where the path MTU is unknown (RFC 3261 18.1.1)."""

ALLOW: Final = b"INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, MESSAGE, NOTIFY"

MEDIA_PORT: Final = 9
"""Where our offers ask for audio: the discard port, since a probe listens to none."""

# RFC 3428 section 4 forbids Contact in MESSAGE; RFC 3903 and 6086 give it no meaning.
_NO_CONTACT: Final = frozenset({b"MESSAGE", b"PUBLISH", b"INFO", b"BYE", b"CANCEL", b"PRACK"})
# What proxies look at stands first (RFC 3261 section 7.3.1).
_FOR_PROXIES: Final = frozenset({b"Via", b"Route"})
_TEXT: Final = b"Is anybody there?"


class Identity(NamedTuple):
    """What stays the same in every request of an attempt (RFC 3261 8.1.3.4, 22.2).

    Attributes:
        caller: the From value with its tag.
        called: the To value.
        call_id: the Call-ID.
        tag: the tag of From.
    """

    caller: bytes
    called: bytes
    call_id: bytes
    tag: bytes


def identify(attempt: Attempt, local: bytes, tokens: Tokens) -> Identity:
    """Return the identity of an attempt; From, To and Call-ID may come from its own headers.

    Args:
        attempt: what is asked for.
        local: our own host, as a URI writes it.
        tokens: where the tag and the Call-ID come from.
    """
    given = {canonical(name): value for name, value in attempt.headers}
    uri = attempt.uri
    called = Uri(b"sip", uri.host, uri.user)
    registers = attempt.method == b"REGISTER"
    caller = called if registers else Uri(b"sip", uri.host if attempt.user else b"")
    if not registers:
        caller = replace(caller, user=attempt.user or b"probe")
    host = caller.to_bytes() if caller.host else b"sip:%b@%b" % (caller.user or b"", local)
    sender = given.get(b"from", b"<%b>" % host)
    # A From without a tag is no From of RFC 3261; people who give one mean the address.
    head, mark, tag = sender.partition(b";tag=")
    tag = tag.partition(b";")[0] if mark else tokens()
    return Identity(
        sender if mark else b"%b;tag=%b" % (head, tag),
        given.get(b"to", b"<%b>" % called.to_bytes()),
        given.get(b"call-id", tokens() + b"@" + local),
        tag,
    )


def request_uri(attempt: Attempt, uri: Uri) -> bytes:
    """Return the Request-URI for a target; that of a REGISTER has no user part (10.2)."""
    if attempt.method == b"REGISTER":
        uri = replace(uri, user=None, password=None)
    return uri.to_bytes()


def host_of(address: Address) -> bytes:
    """Return the host of an address as a URI writes it."""
    host = address[0].encode()
    return b"[%b]" % host if b":" in host else host


def sent_by(flow: Flow) -> bytes:
    """Return the sent-by of what we send on a flow."""
    return b"%b:%d" % (host_of(flow.local), flow.local[1])


def via(flow: Flow, ours: bytes, branch: bytes) -> bytes:
    """Return a Via value that asks for the port we are seen at (RFC 3581).

    On a stream it also asks whether keep-alives are welcome (RFC 6223).
    """
    keep = b";keep" if flow.reliable else b""
    transport = flow.transport.upper().encode()
    return b"SIP/2.0/%b %b;branch=%b;rport%b" % (transport, ours, branch, keep)


def contact(flow: Flow, ours: bytes) -> bytes:
    """Return our Contact value."""
    transport = b";transport=tcp" if flow.reliable else b""
    return b"<sip:probe@%b%b>" % (ours, transport)


def body_of(attempt: Attempt, flow: Flow, tokens: Tokens) -> tuple[bytes, bytes]:
    """Return the Content-Type and the body that an attempt sends."""
    kind = {b"INVITE": b"application/sdp", b"MESSAGE": b"text/plain"}.get(attempt.method, b"")
    if attempt.body is not None:
        return attempt.kind or kind or b"text/plain", attempt.body
    if attempt.method == b"INVITE":
        return attempt.kind or kind, offer(local_media(flow, tokens)).to_bytes()
    if attempt.method == b"MESSAGE":
        return attempt.kind or kind, _TEXT
    return b"", b""


def local_media(flow: Flow, tokens: Tokens) -> LocalMedia:
    """Return our side of a session, of which no packet is read."""
    return LocalMedia(flow.local[0], MEDIA_PORT, int(tokens(), 16) >> 2, 1)


def compose(
    attempt: Attempt,
    identity: Identity,
    uri: bytes,
    own: Fields,
    number: int,
    kind: bytes,
    body: bytes,
) -> bytes:
    """Return the whole request.

    Args:
        attempt: what is asked for; its headers replace those of the same name.
        identity: From, To and Call-ID.
        uri: the Request-URI.
        own: Via, Route, Contact and credentials, as far as there are any.
        number: the CSeq number.
        kind: the Content-Type; unused without a body.
        body: the body, possibly empty.
    """
    method = attempt.method
    own = [field for field in own if field[0] != b"Contact" or method not in _NO_CONTACT]
    fields = [
        *[field for field in own if field[0] in _FOR_PROXIES],
        (b"Max-Forwards", b"70"),
        (b"From", identity.caller),
        (b"To", identity.called),
        (b"Call-ID", identity.call_id),
        (b"CSeq", b"%d %b" % (number, method)),
        *[field for field in own if field[0] not in _FOR_PROXIES],
        (b"User-Agent", attempt.agent),
    ]
    if method in {b"INVITE", b"OPTIONS"}:
        fields += [(b"Allow", ALLOW), (b"Accept", b"application/sdp")]
    if body:
        fields.append((b"Content-Type", kind))
    fields.append((b"Content-Length", b"%d" % len(body)))
    theirs = [field for field in attempt.headers if canonical(field[0]) != b"from"]
    return write(b"%b %b SIP/2.0" % (method, uri), overlay(fields, theirs), body)


def overlay(fields: Fields, replacing: Fields) -> list[tuple[bytes, bytes]]:
    """Return fields with those of another list in place of all that have the same name."""
    names = [canonical(name) for name, _ in replacing]
    result: list[tuple[bytes, bytes]] = []
    placed: set[bytes] = set()
    for name, value in fields:
        key = canonical(name)
        if key not in names:
            result.append((name, value))
        elif key not in placed:
            placed.add(key)
            result += [field for field, known in zip(replacing, names, strict=True) if known == key]
    extra = [field for field, known in zip(replacing, names, strict=True) if known not in placed]
    # Content-Length stays the last line, where people look for it.
    return [*result[:-1], *extra, result[-1]]


def write(start: bytes, fields: Iterable[tuple[bytes, bytes]], body: bytes) -> bytes:
    """Join a start line, header fields and a body."""
    lines = [start, *[b"%b: %b" % field for field in fields], b"", body]
    return b"\r\n".join(lines)
