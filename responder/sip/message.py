"""One SIP message as a lazy view over the bytes that arrived (RFC 3261 section 7).

`parse` splits the head into header fields and does nothing else: values stay the bytes that came,
without the white space around them. Typed values are made on demand by `responder.sip.headers`.
This file is on the hot path.
"""

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from responder.sip.likeness import Likeness
    from responder.sip.validation import Examined

SINGLE: Final = frozenset(
    {
        b"from",
        b"to",
        b"call-id",
        b"cseq",
        b"max-forwards",
        b"content-length",
        b"content-type",
        b"date",
        b"expires",
        b"event",
        b"rack",
        b"rseq",
        b"min-se",
        b"session-expires",
        b"replaces",
        b"join",
        b"subscription-state",
        b"timestamp",
    }
)
"""Header fields that may occur only once in a message (RFC 3261 section 7.3.1, RFC 4475 3.3.8)."""

COMPACT: Final = {
    b"a": b"accept-contact",
    b"b": b"referred-by",
    b"c": b"content-type",
    b"d": b"request-disposition",
    b"e": b"content-encoding",
    b"f": b"from",
    b"i": b"call-id",
    b"j": b"reject-contact",
    b"k": b"supported",
    b"l": b"content-length",
    b"m": b"contact",
    b"n": b"identity-info",
    b"o": b"event",
    b"r": b"refer-to",
    b"s": b"subject",
    b"t": b"to",
    b"u": b"allow-events",
    b"v": b"via",
    b"x": b"session-expires",
    b"y": b"identity",
}
"""Compact names (RFC 3261 section 7.3.3; 3515, 3841, 3892, 4028, 6665, 8224)."""

_TOKEN: Final = re.compile(rb"[A-Za-z0-9\-.!%*_+`'~]+\Z")
_FOLD: Final = re.compile(rb"\r\n[ \t]+")
_VERSION: Final = re.compile(rb"[Ss][Ii][Pp]/(\d+)\.(\d+)\Z")
_COMMON: Final = b"""
    Accept Accept-Encoding Accept-Language Alert-Info Allow Allow-Events Authorization Call-ID
    Call-Info Contact Content-Disposition Content-Encoding Content-Language Content-Length
    Content-Type CSeq Date Event Expires From History-Info In-Reply-To Join Max-Forwards
    MIME-Version Min-Expires Min-SE Organization P-Asserted-Identity Path Priority
    Proxy-Authorization Proxy-Require RAck Reason Record-Route Refer-To Referred-By Replaces
    Reply-To Require Route RSeq Server Session-Expires Subject Subscription-State Supported
    Timestamp To Unsupported User-Agent Via Warning WWW-Authenticate""".split()
_MAX_NAMES: Final = 4096
_MAX_LINES: Final = 4096
_LONGEST_LINE: Final = 256
"""Bytes of a line that is remembered; with their number it bounds what strangers can take up."""
_OF_ONE_CALL: Final = frozenset({b"via", b"from", b"to", b"call-id"})
"""Header fields whose lines hardly ever come twice: tags, branches and identifiers are in them."""


class Message:
    """A request or a response.

    Attributes:
        data: the whole message as it arrived, up to the end of its body.
        method: the method of a request exactly as sent; empty for a response.
        uri: the Request-URI as sent; empty for a response.
        status: the code of a response; 0 for a request.
        reason: the reason phrase of a response, possibly empty.
        fields: the first value of each header field by lower-case long name, unfolded, stripped.
        repeated: every value in order, for the names that came in more than one line.
        body: the body's bytes.
        fault: the status and phrase that answer what is wrong with the message as a whole (400 or
            505), or None. Single header values are judged elsewhere.
        like: the likeness that a request was read by; None for one that was parsed.
        branch: its branch, where there is a likeness.
        examined: what its mandatory header fields say, where there is a likeness.
    """

    __slots__ = (
        "body",
        "branch",
        "data",
        "examined",
        "fault",
        "fields",
        "like",
        "method",
        "reason",
        "repeated",
        "status",
        "uri",
    )

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.method = b""
        self.uri = b""
        self.status = 0
        self.reason = b""
        self.fields: dict[bytes, bytes] = {}
        self.repeated: dict[bytes, list[bytes]] | None = None
        self.body = b""
        self.fault: tuple[int, str] | None = None
        self.like: Likeness | None = None
        self.branch = b""
        self.examined: Examined | None = None

    def values(self, name: bytes) -> list[bytes]:
        """Return the value of every line of one header field, in order.

        Args:
            name: the lower-case long name, such as ``record-route``.
        """
        if self.repeated is not None and name in self.repeated:
            return self.repeated[name]
        value = self.fields.get(name)
        return [] if value is None else [value]

    def tokens(self, name: bytes) -> list[bytes]:
        """Return the elements of a comma list such as Supported in lower case, in order.

        Args:
            name: the lower-case long name. Empty elements are passed over.
        """
        if name not in self.fields:
            return []
        elements = b",".join(self.values(name)).lower().split(b",")
        return [element.strip() for element in elements if element.strip()]

    def header(self, name: str) -> str | None:
        """Return the first value of a header field as text, or None; any case, long or compact."""
        key = canonical(name.encode())
        value = self.fields.get(key)
        return None if value is None else value.decode("utf-8", "backslashreplace")

    def headers(self, name: str) -> list[str]:
        """Return the value of every line of a header field as text, in order."""
        key = canonical(name.encode())
        return [value.decode("utf-8", "backslashreplace") for value in self.values(key)]

    def __repr__(self) -> str:
        start, _, _ = self.data.partition(b"\r\n")
        return f"<Message {start!r}>"


def canonical(name: bytes) -> bytes:
    """Return a header name in lower case and long form (RFC 3261 sections 7.3.1 and 7.3.3).

    White space before the colon is not part of the name. What is no token gives an empty name.
    """
    known = _names.get(name)
    if known is not None:
        return known
    stripped = name.rstrip(b" \t")
    if not _TOKEN.match(stripped):
        return b""
    lower = stripped.lower()
    long = COMPACT.get(lower, lower)
    if len(_names) < _MAX_NAMES and len(name) < 64:
        _names[name] = long
    return long


_names: Final = {name: name.lower() for name in _COMMON} | COMPACT
"""Spelling as sent -> lower-case long name.

Seeded, so that no flood of odd spellings keeps the usual ones out; bounded, so that none can make
it grow.
"""
_lines: Final = dict[bytes, tuple[bytes, bytes]]()
"""Name and value of lines that came before: most of what a caller sends, it sends every time.

To look a line up costs a third of taking it apart. And a value that is the same object each time
has its hash at hand wherever it is looked up further on.
"""
_starts: Final = dict[bytes, tuple[bytes, bytes]]()
"""Method and Request-URI of request lines that came before, for the same reasons."""


def parse(data: bytes) -> Message:
    """Split one message into its start line, header fields and body.

    The body ends where Content-Length says or, without one, where the data does (RFC 3261 section
    18.3). Lines that end in a bare LF are read too, when no line ends in CRLF.

    Args:
        data: a datagram, or one framed message of a stream; no CRLF before the start line.

    Returns:
        A message, whatever the bytes: what is wrong with it as a whole is in its ``fault``.
    """
    message = Message(data)
    end = data.find(b"\r\n\r\n")
    if end < 0:
        data, end = _without_blank_line(message, data)
    lines = data[:end].split(b"\r\n")
    start = lines[0]
    del lines[0]
    fields: dict[bytes, bytes] = {}
    usual = True
    for line in lines:
        field = _lines.get(line)
        if field is None:
            # With its space in the separator, most values need not be stripped, which costs more.
            name, _, value = line.partition(b": ")
            key = _names.get(name) or canonical(name)
            if not value or not key:
                # There is no colon, no space or no value; no token before it, or a folded line.
                usual = False
            elif value[0] <= 32 or value[-1] <= 32:
                value = value.strip()
                usual = usual and bool(value)
            elif key not in _OF_ONE_CALL and len(line) <= _LONGEST_LINE:
                if len(_lines) >= _MAX_LINES:
                    _lines.clear()
                _lines[line] = (key, value)
            fields[key] = value
        else:
            fields[field[0]] = field[1]
    message.fields = fields
    if not usual or len(fields) != len(lines):
        start = _unusual_lines(message, data[:end])
        fields = message.fields
    body = data[end + 4 :]
    length = fields.get(b"content-length")
    if length is None or length == digits(len(body)):
        message.body = body
    else:
        _unusual_length(message, length, body)
    known = _starts.get(start)
    if known is not None:
        message.method, message.uri = known
        return message
    parts = start.split(b" ")
    if len(parts) == 3 and parts[2] == b"SIP/2.0" and parts[0].isalpha() and parts[1]:
        message.method = parts[0]
        message.uri = parts[1]
        if len(start) <= _LONGEST_LINE:
            if len(_starts) >= _MAX_LINES:
                _starts.clear()
            _starts[start] = (parts[0], parts[1])
    else:
        _unusual_start(message, start, parts)
    return message


@lru_cache(maxsize=1024)
def digits(number: int) -> bytes:
    """Return a number as it is written, remembered: lengths of bodies come again and again."""
    return b"%d" % number


def _unfold(head: bytes) -> bytes:
    """Put one space for each fold and the white space round it (RFC 3261 section 7.3.1)."""
    # A pattern for the space before the line end, too, would look at each space of a run again.
    return b" ".join([piece.rstrip(b" \t") for piece in _FOLD.split(head)])


def _without_blank_line(message: Message, data: bytes) -> tuple[bytes, int]:
    if b"\r\n" not in data and b"\n" in data:
        head, _, body = data.partition(b"\n\n")
        head = head.rstrip(b"\n").replace(b"\n", b"\r\n")
        return head + b"\r\n\r\n" + body, len(head)
    message.fault = (400, "Bad Request (no blank line after the header)")
    data = data.rstrip(b"\r\n")
    return data, len(data)


def _unusual_lines(message: Message, head: bytes) -> bytes:
    """Keep every value of what is repeated, the first one apart; find lines that are no field.

    Returns:
        The start line.
    """
    if b"\r\n " in head or b"\r\n\t" in head:
        head = _unfold(head)
    start, *lines = head.split(b"\r\n")
    fields: dict[bytes, bytes] = {}
    repeated: dict[bytes, list[bytes]] = {}
    for line in lines:
        name, colon, value = line.partition(b":")
        key = canonical(name)
        value = value.strip()
        if not key or not colon:
            what = "header line without a colon" if not colon else "header name is no token"
            message.fault = message.fault or (400, f"Bad Request ({what})")
        elif key not in fields:
            fields[key] = value
        elif key in repeated:
            repeated[key].append(value)
        else:
            repeated[key] = [fields[key], value]
    message.fields = fields
    message.repeated = repeated or None
    return start


def _unusual_length(message: Message, value: bytes, body: bytes) -> None:
    """Cut the body to its length; find lengths that are no number or too large."""
    # int() also takes signs and underscores, which Content-Length may not have.
    significant = value.lstrip(b"0")
    if not value.isdigit() or len(significant) > 10:
        message.fault = message.fault or (400, "Bad Request (Content-Length is no number)")
        return
    length = int(significant or b"0")
    if length > len(body):
        message.fault = message.fault or (400, "Bad Request (body shorter than Content-Length)")
    elif length < len(body):
        message.data = message.data[: len(message.data) - (len(body) - length)]
        body = body[:length]
    message.body = body


def _unusual_start(message: Message, line: bytes, parts: list[bytes]) -> None:
    version = _VERSION.match(parts[0])
    if version is not None:
        _status_line(message, line)
        return
    method, _, rest = line.partition(b" ")
    uri, _, protocol = rest.strip(b" ").rpartition(b" ")
    message.method = method
    message.uri = uri
    version = _VERSION.match(protocol)
    if version is None or not uri or not _TOKEN.match(method):
        message.fault = message.fault or (400, "Bad Request (malformed request line)")
    elif (int(version[1][:6]), int(version[2][:6])) != (2, 0):
        message.fault = (505, "Version Not Supported")
    elif b" " in uri or len(parts) != 3:
        message.fault = message.fault or (400, "Bad Request (spaces in the request line)")


def _status_line(message: Message, line: bytes) -> None:
    version, _, rest = line.partition(b" ")
    code, _, reason = rest.partition(b" ")
    message.reason = reason
    if len(code) == 3 and code.isdigit() and b"100" <= code < b"700":
        message.status = int(code)
        if version.upper() != b"SIP/2.0":
            message.fault = message.fault or (505, "Version Not Supported")
    else:
        # A response is never answered; a status of -1 keeps it apart from requests.
        message.status = -1
        message.fault = message.fault or (400, "Bad Request (status code out of range)")
