"""A dialog in the role of the caller (RFC 3261 sections 12.1.2, 12.2.1, 13.2.2.4)."""

from typing import Final

from responder.probe.request import write
from responder.sip.dialog import record_routes, remote_target
from responder.sip.errors import Malformed
from responder.sip.headers.address import NameAddr, parse_address
from responder.sip.headers.uri import Uri, parse_uri
from responder.sip.message import Message

EARLY: Final = 0
CONFIRMED: Final = 1
ENDED: Final = 2


class Dialog:
    """One dialog that our INVITE made.

    Attributes:
        tag: the far end's tag; empty if it sent none.
        state: ``EARLY``, ``CONFIRMED`` or ``ENDED``.
        target: the URI that requests go to: its Contact, or what was dialled.
        ack: the ACK for its 2xx, which every copy of that gets; empty before.
    """

    __slots__ = ("_invite", "_remote", "_routes", "ack", "number", "state", "tag", "target")

    def __init__(self, invite: Message, response: Message, tag: bytes) -> None:
        self._invite = invite
        self._remote = response.fields[b"to"]
        self._routes: list[bytes] = []
        self.tag = tag
        self.state = EARLY
        self.target = invite.uri
        self.ack = b""
        self.number = int(invite.fields[b"cseq"].split()[0])
        self.learn(response)

    def learn(self, response: Message) -> None:
        """Take target and route set from a response that makes or confirms the dialog (12.1.2)."""
        self.target = remote_target(response) or self.target
        self._routes = record_routes(response)[::-1]

    def request(
        self, method: bytes, via: bytes, fields: list[tuple[bytes, bytes]], body: bytes = b""
    ) -> bytes:
        """Return a request inside the dialog.

        An ACK takes the CSeq number and the credentials of the INVITE (13.2.2.4), any other
        request the next number.

        Args:
            method: its method.
            via: its Via value.
            fields: further header fields; with a body its Content-Type.
            body: the body, possibly empty.
        """
        uri, routes = self._route()
        sent = self._invite.fields
        number = int(sent[b"cseq"].split()[0])
        if method != b"ACK":
            self.number += 1
            number = self.number
        lines = [(b"Via", via), (b"Max-Forwards", b"70"), *[(b"Route", each) for each in routes]]
        lines += [
            (b"From", sent[b"from"]),
            (b"To", self._remote),
            (b"Call-ID", sent[b"call-id"]),
            (b"CSeq", b"%d %b" % (number, method)),
        ]
        if method == b"ACK":
            for name in (b"Authorization", b"Proxy-Authorization"):
                lines += [(name, value) for value in self._invite.values(name.lower())]
        lines += [*fields, (b"Content-Length", b"%d" % len(body))]
        return write(b"%b %b SIP/2.0" % (method, uri), lines, body)

    def uri(self) -> bytes:
        """Return the Request-URI of its requests, over which credentials are computed."""
        return self._route()[0]

    def hop(self) -> Uri | None:
        """Return the URI whose address requests go to; None when it cannot be read (8.1.2)."""
        first = _address(self._routes[0]) if self._routes else None
        if first is not None:
            return first.uri if first.uri.is_sip else None
        try:
            uri = parse_uri(self.target)
        except Malformed:
            return None
        return uri if uri.is_sip else None

    def _route(self) -> tuple[bytes, list[bytes]]:
        first = _address(self._routes[0]) if self._routes else None
        if first is None or first.uri.param(b"lr") is not None:
            return self.target, self._routes
        # A strict router finds itself in the Request-URI, the target last in Route (12.2.1.1).
        return first.uri.to_bytes(), [*self._routes[1:], b"<%b>" % self.target]


def _address(value: bytes) -> NameAddr | None:
    try:
        return parse_address(value, "Record-Route")
    except Malformed:
        return None
