"""Requests of the callers that are written here, where SIPp's clock or life is too coarse."""

SDP = (
    b"v=0\r\no=load 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    b"m=audio 40000 RTP/AVP 0 8\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n"
)

_REQUEST = (
    b"%(method)s sip:486@127.0.0.1:%(target)d;trying=no SIP/2.0\r\n"
    b"Via: SIP/2.0/UDP 127.0.0.1:%(source)d;branch=z9hG4bK-%(number)d\r\n"
    b"Max-Forwards: 70\r\n"
    b'From: "Load" <sip:load@127.0.0.1:%(source)d>;tag=load-%(number)d\r\n'
    b"To: <sip:486@127.0.0.1:%(target)d>%(to)s\r\n"
    b"Call-ID: %(number)d@load\r\n"
    b"CSeq: 1 %(method)s\r\n"
    b"Contact: <sip:load@127.0.0.1:%(source)d>\r\n"
    b"User-Agent: load\r\n"
    b"%(type)sContent-Length: %(length)d\r\n\r\n%(body)s"
)


def invite(number: int, source: int, target: int) -> bytes:
    """Return an INVITE to the user 486, with an offer.

    Args:
        number: makes Call-ID, branch and From tag unlike those of other numbers.
        source: the caller's UDP port.
        target: the answerer's UDP port.
    """
    return _request(b"INVITE", number, source, target, b"", SDP)


def ack(number: int, source: int, target: int, to_tag: bytes) -> bytes:
    """Return the ACK for the 486 to `invite` (RFC 3261 section 17.1.1.3)."""
    return _request(b"ACK", number, source, target, b";tag=" + to_tag, b"")


def options(number: int, source: int, target: int) -> bytes:
    """Return an OPTIONS request."""
    return _request(b"OPTIONS", number, source, target, b"", b"")


def _request(method: bytes, number: int, source: int, target: int, to: bytes, body: bytes) -> bytes:
    return _REQUEST % {
        b"method": method,
        b"number": number,
        b"source": source,
        b"target": target,
        b"to": to,
        b"type": b"Content-Type: application/sdp\r\n" if body else b"",
        b"length": len(body),
        b"body": body,
    }


def call_number(response: bytes) -> int | None:
    """Return the number of the request that a response answers; None when it names none."""
    _, found, rest = response.partition(b"\r\nCall-ID: ")
    digits = rest.partition(b"@")[0]
    return int(digits) if found and digits.isdigit() else None


def to_tag(response: bytes) -> bytes:
    """Return the tag of the To header; empty when there is none."""
    line = response.partition(b"\r\nTo: ")[2].partition(b"\r\n")[0]
    return line.partition(b";tag=")[2].partition(b";")[0]
