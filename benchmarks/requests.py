"""Requests of the callers that are written here, where SIPp's clock or life is too coarse."""

SDP = (
    b"v=0\r\no=load 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    b"m=audio 40000 RTP/AVP 0 8\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n"
)

_REQUEST = (
    b"%(method)s sip:%(user)s@127.0.0.1:%(target)d;trying=no SIP/2.0\r\n"
    b"Via: SIP/2.0/UDP 127.0.0.1:%(source)d;branch=z9hG4bK-%(branch)s\r\n"
    b"Max-Forwards: 70\r\n"
    b'From: "Load" <sip:load@127.0.0.1:%(source)d>;tag=load-%(number)d\r\n'
    b"To: <sip:%(user)s@127.0.0.1:%(target)d>%(to)s\r\n"
    b"Call-ID: %(number)d@load\r\n"
    b"CSeq: %(sequence)d %(method)s\r\n"
    b"Contact: <sip:load@127.0.0.1:%(source)d>\r\n"
    b"User-Agent: load\r\n"
    b"%(type)sContent-Length: %(length)d\r\n\r\n%(body)s"
)


class Caller:
    """Writes the requests of one caller's calls.

    Args:
        source: the caller's UDP port.
        target: the answerer's UDP port.
        user: whom it calls; 486 is always busy.
    """

    def __init__(self, source: int, target: int, user: bytes = b"486") -> None:
        self._source = source
        self._target = target
        self._user = user

    def invite(self, number: int) -> bytes:
        """Return the INVITE of a call, with an offer.

        Args:
            number: makes Call-ID, branch and From tag unlike those of other calls.
        """
        return self._request(b"INVITE", number, body=SDP)

    def failure_ack(self, number: int, to_tag: bytes) -> bytes:
        """Return the ACK for a 300-699, which has the INVITE's branch (RFC 3261 17.1.1.3)."""
        return self._request(b"ACK", number, to_tag)

    def ack(self, number: int, to_tag: bytes) -> bytes:
        """Return the ACK for a 2xx, which has a branch of its own (RFC 3261 13.2.2.4)."""
        return self._request(b"ACK", number, to_tag, b"-ack")

    def bye(self, number: int, to_tag: bytes) -> bytes:
        """Return the BYE of a call."""
        return self._request(b"BYE", number, to_tag, b"-bye", sequence=2)

    def options(self, number: int) -> bytes:
        """Return an OPTIONS request."""
        return self._request(b"OPTIONS", number)

    def _request(
        self,
        method: bytes,
        number: int,
        to_tag: bytes = b"",
        branch: bytes = b"",
        body: bytes = b"",
        sequence: int = 1,
    ) -> bytes:
        return _REQUEST % {
            b"method": method,
            b"user": self._user,
            b"number": number,
            b"branch": b"%d%b" % (number, branch),
            b"source": self._source,
            b"target": self._target,
            b"to": b";tag=" + to_tag if to_tag else b"",
            b"sequence": sequence,
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
