"""What is wrong with a request, and the status that says so (RFC 3261 section 8.2, RFC 4475).

The common shape of each header field is recognised by one regular expression; only what does not
fit goes through the exact grammar. This file is on the hot path.
"""

import re
from functools import lru_cache
from typing import Final, NamedTuple

from responder.sip import capabilities
from responder.sip.errors import Malformed
from responder.sip.headers.address import parse_address, parse_address_list
from responder.sip.headers.content import (
    DISPOSITIONS,
    parse_accept,
    parse_disposition,
    parse_media_type,
)
from responder.sip.headers.uri import Uri, parse_uri
from responder.sip.headers.via import COOKIE
from responder.sip.message import SINGLE, Message
from responder.sip.multipart import served
from responder.sip.settings import Limits


class Refusal(NamedTuple):
    """How a request is to be answered that cannot be served.

    Attributes:
        status: 400 to 513.
        reason: the phrase, which names the fault; None takes the registry's.
        headers: header fields that go with it, as (name, value) pairs.
        unsupported: the option tags that a 420 names.
        cause: what a 415 refuses: ``type``, ``encoding`` or ``language``; the limit that a 413, 414
            or 513 keeps.
    """

    status: int
    reason: bytes | None = None
    headers: tuple[tuple[bytes, bytes], ...] = ()
    unsupported: tuple[bytes, ...] = ()
    cause: str = ""


class Examined(NamedTuple):
    """What the mandatory header fields of a sound request say.

    Attributes:
        from_tag: empty when From has none (RFC 2543 peers).
        to_tag: empty outside a dialog.
        number: the CSeq number.
    """

    from_tag: bytes
    to_tag: bytes
    number: int


_NAME_ADDR: Final = (
    rb'(?:[^"<>,;:@\\\r\n]*|"[^"\\\r\n]*"[ \t]*)'
    rb"<[Ss][Ii][Pp][Ss]?:[A-Za-z0-9\-_.!~*'()%&=+$,;?/@:\[\]]+>"
)
_ADDRESS: Final = re.compile(_NAME_ADDR + rb"\Z")
_CONTACT: Final = re.compile(
    _NAME_ADDR + rb"(?:;[A-Za-z0-9\-.!%*_+`'~]+(?:=[A-Za-z0-9\-.!%*_+`'~]+)?)*\Z"
    rb"|[Ss][Ii][Pp][Ss]?:[A-Za-z0-9\-_.!~*'()%&=+$/@:\[\]]+\Z"
)
_TOKEN_BYTES: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.!%*_+`'~"
_NOT_IN_CALL_ID: Final = b", \t\r\n\v\f"
_MOST_KNOWN: Final = 4_096
_LONGEST_KNOWN: Final = 256
"""Bytes of a value that is remembered as usual; bounds the memory that strangers can take."""
_MANDATORY: Final = ((b"to", "To"), (b"from", "From"), (b"call-id", "Call-ID"), (b"cseq", "CSeq"))
_LARGEST_CSEQ: Final = 2**32 - 1
_SCHEME: Final = re.compile(rb"[A-Za-z][A-Za-z0-9+\-.]*:")
_usual_cseqs: Final = dict[bytes, tuple[int, bytes]]()
_usual_addresses: Final = set[bytes]()
_usual_contacts: Final = set[bytes]()


def refuse(status: int, why: str = "") -> Refusal:
    """Return a refusal whose phrase names the fault, as RFC 3261 section 21.4.1 asks of a 400."""
    if not why:
        return Refusal(status)
    text = "Bad Request" if status == 400 else ""
    phrase = f"{text} ({why})" if text else why
    # The fault may quote what the peer wrote; a phrase must stay on its line.
    clean = "".join(c if c.isprintable() else "?" for c in phrase)
    return Refusal(status, clean[:160].encode())


def examine(message: Message, limits: Limits) -> Examined | Refusal:
    """Judge the sizes and the mandatory header fields of a request (RFC 3261 8.1.1).

    Args:
        message: a request with or without a ``fault``.
        limits: the sizes that are taken.

    Returns:
        What the header fields say, or how to refuse: 400, 413, 414, 501, 505 or 513.
    """
    if message.examined is not None:
        return message.examined
    if message.fault is not None:
        return Refusal(message.fault[0], message.fault[1].encode())
    fields = message.fields
    over = _over_limits(message, limits)
    if over is not None:
        return over
    try:
        to = fields[b"to"]
        sender = fields[b"from"]
        call_id = fields[b"call-id"]
        cseq = fields[b"cseq"]
    except KeyError:
        missing = [name for key, name in _MANDATORY if key not in fields]
        return refuse(400, "missing " + ", ".join(missing))
    if message.repeated is not None:
        for name in message.repeated:
            if name in SINGLE:
                return refuse(400, f"repeated {name.decode().title()}")
    known = _usual_cseqs.get(cseq)
    if known is not None and known[1] == message.method:
        number = known[0]
    else:
        digits, _, method = cseq.partition(b" ")
        if method != message.method or not digits.isdigit() or len(digits) > 9:
            refusal = _unusual_cseq(message, cseq)
            if refusal is not None:
                return refusal
            number = int(cseq.split(None, 1)[0])
        else:
            number = int(digits)
            if len(_usual_cseqs) >= _MOST_KNOWN:
                _usual_cseqs.clear()
            _usual_cseqs[cseq] = (number, method)
    if not call_id or call_id.translate(None, _NOT_IN_CALL_ID) != call_id:
        return refuse(400, "malformed Call-ID")
    hops = fields.get(b"max-forwards")
    if hops is not None and hops != b"70" and not hops.isdigit():
        return refuse(400, "Max-Forwards is no number")
    from_tag = _usual_tag(sender)
    to_tag = _usual_tag(to)
    if from_tag is None or to_tag is None:
        try:
            to_tag = parse_address(to, "To").tag or b""
            from_tag = parse_address(sender, "From").tag or b""
        except Malformed as fault:
            return refuse(400, str(fault))
    # The constructor of a named tuple is a function in Python; this is the same, at C's speed.
    return tuple.__new__(Examined, (from_tag, to_tag, number))


def _usual_tag(value: bytes) -> bytes | None:
    """Return the tag of a From or To of the usual form, empty for none; None for another form."""
    if value in _usual_addresses:
        return b""
    address, separator, tag = value.partition(b";tag=")
    if separator and (not tag or tag.translate(None, _TOKEN_BYTES)):
        return None
    if address in _usual_addresses or _is_usual(address, _ADDRESS, _usual_addresses):
        return tag
    return None


def _is_usual(value: bytes, pattern: re.Pattern[bytes], known: set[bytes]) -> bool:
    """Whether a value fits the pattern; remember one that does, since its sender will repeat it."""
    if len(value) > _LONGEST_KNOWN or pattern.match(value) is None:
        return False
    if len(known) >= _MOST_KNOWN:
        known.clear()
    known.add(value)
    return True


def _over_limits(message: Message, limits: Limits) -> Refusal | None:
    size = len(message.data)
    body = len(message.body)
    count = len(message.fields)
    if message.repeated is not None:
        count += sum(len(values) - 1 for values in message.repeated.values())
    if size > limits.message or size - body > limits.head or count > limits.headers:
        over = (
            "message" if size > limits.message else "headers" if count > limits.headers else "head"
        )
        return Refusal(513, cause=over)
    if len(message.uri) > limits.uri:
        return Refusal(414, cause="uri")
    if body > limits.body:
        return Refusal(413, cause="body")
    return None


def _unusual_cseq(message: Message, cseq: bytes) -> Refusal | None:
    parts = cseq.split()
    if len(parts) != 2 or not parts[0].isdigit():
        return refuse(400, "malformed CSeq")
    digits = parts[0].lstrip(b"0") or b"0"
    if len(digits) > 10 or int(digits) > _LARGEST_CSEQ:
        return refuse(400, "CSeq number over 32 bits")
    if parts[1] != message.method:
        # An unknown method is the more useful thing to be told of (RFC 4475 3.1.2.18).
        if message.method not in capabilities.METHODS:
            return Refusal(501)
        return refuse(400, "CSeq method differs from the request line")
    return None


@lru_cache(maxsize=4096)
def request_uri(uri: bytes) -> Uri | Refusal:
    """Return the Request-URI as a SIP URI, or how to refuse it (400 or 416; 8.2.2.1)."""
    scheme = _SCHEME.match(uri)
    if scheme is None:
        return refuse(400, "malformed Request-URI")
    if scheme[0].lower() not in {b"sip:", b"sips:"}:
        return Refusal(416)
    try:
        parsed = parse_uri(uri, "Request-URI")
    except Malformed as fault:
        return refuse(400, str(fault))
    if parsed.headers:
        return refuse(400, "header fields in the Request-URI")
    return parsed


def inspect(message: Message, uri: Uri | Refusal) -> Refusal | None:
    """Judge method, Request-URI, extensions and body of a request, in that order (RFC 3261 8.2).

    Args:
        message: a request that `examine` found sound; neither ACK nor CANCEL.
        uri: what `request_uri` made of its Request-URI.

    Returns:
        How to refuse it: 400, 406, 415, 416, 420, 494 or 501; None when it can be served.
    """
    method = message.method
    if method not in capabilities.METHODS:
        return Refusal(501)
    if type(uri) is Refusal:
        return uri
    fields = message.fields
    if method == b"INVITE":
        contact = fields.get(b"contact")
        if (
            contact is None
            or message.repeated is not None
            or not (contact in _usual_contacts or _is_usual(contact, _CONTACT, _usual_contacts))
        ):
            refusal = _unusual_contact(message)
            if refusal is not None:
                return refusal
    else:
        if method == b"REGISTER":
            refusal = _register_addresses(message)
            if refusal is not None:
                return refusal
        if b"replaces" in fields or b"join" in fields:
            # RFC 3891 section 3, RFC 3911 section 4.
            return refuse(400, "Replaces or Join outside an INVITE")
    if b"require" in fields:
        refusal = _required(message)
        if refusal is not None:
            return refusal
    if message.body and not describes(message):
        refusal = _body(message)
        if refusal is not None:
            return refusal
    if method == b"INVITE" and b"accept" in fields:
        return _acceptable(message)
    return None


def describes(message: Message) -> bool:
    """Whether the header fields of a request say that its body is a session description."""
    fields = message.fields
    return (
        message.method in {b"INVITE", b"UPDATE"}
        and fields.get(b"content-type") == b"application/sdp"
        and b"content-disposition" not in fields
        and b"content-encoding" not in fields
        and b"content-language" not in fields
    )


def _unusual_contact(message: Message) -> Refusal | None:
    values = message.values(b"contact")
    if not values:
        if COOKIE in message.fields.get(b"via", b""):
            return refuse(400, "INVITE without Contact")
        # A caller of RFC 2543 has to be heard as well (RFC 4475 3.4.1).
        return None
    try:
        contacts = parse_address_list(b", ".join(values), "Contact")
    except Malformed as fault:
        return refuse(400, str(fault))
    if len(contacts) != 1 or contacts[0].uri.scheme not in {b"sip", b"sips"}:
        return refuse(400, "INVITE needs one SIP Contact")
    return None


def _register_addresses(message: Message) -> Refusal | None:
    fields = message.fields
    contact = fields.get(b"contact")
    # The registrar reads them again; what has the usual form is left to it.
    usual = contact is None or (
        message.repeated is None
        and (contact in _usual_contacts or _is_usual(contact, _CONTACT, _usual_contacts))
    )
    to = fields[b"to"]
    if usual and (to in _usual_addresses or _is_usual(to, _ADDRESS, _usual_addresses)):
        return None
    contacts = message.values(b"contact")
    try:
        if parse_address(message.fields[b"to"], "To").uri.scheme not in {b"sip", b"sips"}:
            return refuse(400, "To is no SIP address of record")
        if contacts and contacts != [b"*"]:
            parse_address_list(b", ".join(contacts), "Contact")
    except Malformed as fault:
        return refuse(400, str(fault))
    return None


def _required(message: Message) -> Refusal | None:
    tags = message.tokens(b"require")
    if b"sec-agree" in tags:
        # The agreement cannot be made here, but the mechanisms have to be listed (RFC 3329 2.3.1).
        return Refusal(494)
    register = message.method == b"REGISTER"
    known = capabilities.OF_REGISTER if register else capabilities.EXTENSIONS
    unknown = tuple(tag for tag in tags if tag not in known)
    return Refusal(420, unsupported=unknown) if unknown else None


def _body(message: Message) -> Refusal | None:
    fields = message.fields
    try:
        placed = fields.get(b"content-disposition")
        disposition = None if placed is None else parse_disposition(placed)
        if disposition is not None and disposition.handling == b"optional":
            return None
        named = fields.get(b"content-type")
        if named is None:
            return refuse(400, "body without Content-Type")
        known = capabilities.BODY_TYPES.get(message.method)
        if known is not None:
            kind = parse_media_type(named)
            if (
                kind.essence not in known
                or (disposition is not None and disposition.kind not in DISPOSITIONS)
                or (kind.type == b"multipart" and not served(kind, message.body, known))
            ):
                return Refusal(415, cause="type")
    except Malformed as fault:
        return refuse(400, str(fault))
    if any(coding not in capabilities.ENCODINGS for coding in message.tokens(b"content-encoding")):
        return Refusal(415, cause="encoding")
    for language in message.tokens(b"content-language"):
        if language.partition(b"-")[0] not in capabilities.LANGUAGES:
            return Refusal(415, cause="language")
    return None


def _acceptable(message: Message) -> Refusal | None:
    value = b", ".join(message.values(b"accept"))
    try:
        ranges = parse_accept(value)
    except Malformed as fault:
        return refuse(400, str(fault))
    if any(each.matches(b"application/sdp") for each in ranges):
        return None
    return Refusal(406)
