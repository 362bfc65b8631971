"""A caller on a plain socket: it writes the bytes it wants, and does nothing by itself."""

import re
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count

from sipmessage import Response

from tests.interop import oracle

PATIENCE = 20.0
"""How long something that has to come may take, in seconds. Only a failure waits that long."""

BODY = (
    b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    b"m=audio 40010 RTP/AVP 0 8\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n"
)
RECORD_ROUTE = "<sip:127.0.0.1:9;lr;leg=a>, <sip:127.0.0.1:9;lr;leg=b>"

# What a method is not complete without, where the request is to be beyond reproach.
_OF_METHOD = {
    "INVITE": (
        "Supported: 199",
        "Timestamp: 54",
        f"Record-Route: {RECORD_ROUTE}",
        "Content-Type: application/sdp",
    ),
    "NOTIFY": ("Event: presence", "Subscription-State: active;expires=60"),
    "PRACK": ("RAck: 1 1 INVITE",),
    "PUBLISH": ("Event: presence", "Expires: 60"),
    "REFER": ("Refer-To: <sip:bob@127.0.0.1>",),
    "REGISTER": ("Expires: 60",),
    "SUBSCRIBE": ("Event: presence", "Expires: 60"),
}
_BODIES = {"INVITE": BODY}

_numbers = count(1)


@dataclass(slots=True)
class Call:
    """One request outside a dialog and all that came back for it.

    Attributes:
        method: its method.
        user: what it dials.
        number: makes its Call-ID, its branch and its tag its own.
        responses: the responses in the order they came.
        raw: the same as bytes.
        acknowledged: how many responses had come when the ACK was sent; None before.
    """

    method: str
    user: str
    number: int = field(default_factory=lambda: next(_numbers))
    responses: list[Response] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    acknowledged: int | None = None

    @property
    def call_id(self) -> str:
        return f"plain-{self.number}"

    def statuses(self, method: str = "") -> list[int]:
        """Return the statuses in order; with a method, those to requests of that method."""
        return [
            each.code
            for each in self.responses
            if each.cseq is not None and each.cseq.method == (method or self.method)
        ]

    def finals(self, method: str = "") -> list[int]:
        return [status for status in self.statuses(method) if status >= 200]

    def response(self, status: int) -> Response:
        """Return the first response with this status."""
        return next(each for each in self.responses if each.code == status)


class PlainCaller:
    """Calls over one socket.

    Attributes:
        transport: ``udp`` or ``tcp``.
        port: where the responder listens.
        sent: every message that left, in order.
        strays: what came for no call of this caller.
    """

    def __init__(self, transport: str, port: int) -> None:
        self.transport = transport
        self.port = port
        kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
        self._socket = socket.socket(socket.AF_INET, kind)
        if transport == "udp":
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        else:
            # An ACK and the INVITE behind it would wait for each other.
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.connect(("127.0.0.1", port))
        self._host = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self._buffer = b""
        self.calls: dict[str, Call] = {}
        self.sent: list[bytes] = []
        self.strays: list[bytes] = []

    def close(self) -> None:
        self._socket.close()

    def dial(self, user: str, method: str = "INVITE", parameters: str = "") -> Call:
        """Send a request that dials ``user``, with what its method cannot be without."""
        call = Call(method, user)
        self.calls[call.call_id] = call
        host = f"127.0.0.1:{self.port}"
        uri = f"sip:{host}" if method == "REGISTER" else f"sip:{user}@{host}{parameters}"
        self._request(call, method, uri, 1, f"<sip:{user}@{host}>", first=True)
        return call

    def again(self, call: Call) -> None:
        """Send the first request of a call again, byte for byte."""
        marker = f"\r\nCall-ID: {call.call_id}\r\n".encode()
        self._send(next(data for data in self.sent if marker in data))

    def acknowledge(self, call: Call) -> None:
        """Send the ACK of a call's final response: of the transaction, or end to end for a 2xx."""
        response = next(each for each in call.responses if each.code >= 200)
        call.acknowledged = len(call.responses)
        uri = f"sip:{call.user}@127.0.0.1:{self.port}"
        fresh = response.code < 300
        self._request(call, "ACK", uri, 1, response.headers["To"], branch="ack" if fresh else "")

    def cancel(self, call: Call) -> None:
        host = f"127.0.0.1:{self.port}"
        self._request(call, "CANCEL", f"sip:{call.user}@{host}", 1, f"<sip:{call.user}@{host}>")

    def bye(self, call: Call) -> None:
        """End an answered call, in its dialog: to the Contact of the answer."""
        response = next(each for each in call.responses if each.code >= 200)
        [contact] = response.contact
        self._request(call, "BYE", str(contact.uri), 2, response.headers["To"], branch="bye")

    def receive(self, until: Callable[[], bool]) -> None:
        """Take messages until ``until()`` holds; fail the test when it does not come to that."""
        deadline = time.monotonic() + PATIENCE
        while not until():
            left = deadline - time.monotonic()
            if left <= 0 or not self._take(left):
                heard = {call.user: call.statuses() for call in self.calls.values()}
                raise AssertionError(f"what was waited for did not come; heard: {heard}")

    def drain(self) -> None:
        """Take what has arrived already."""
        while self._take(0.0):
            pass

    def _request(
        self,
        call: Call,
        method: str,
        uri: str,
        number: int,
        to: str,
        *,
        branch: str = "",
        first: bool = False,
    ) -> None:
        body = _BODIES.get(method, b"") if first else b""
        via = f"SIP/2.0/{self.transport.upper()} {self._host};rport"
        lines = [
            f"{method} {uri} SIP/2.0",
            f"Via: {via};branch=z9hG4bK{call.number}{branch}",
            "Max-Forwards: 70",
            f'From: "Plain" <sip:plain@{self._host}>;tag=plain{call.number}',
            f"To: {to}",
            f"Call-ID: {call.call_id}",
            f"CSeq: {number} {method}",
            f"Contact: <sip:plain@{self._host};transport={self.transport}>",
            *(_OF_METHOD.get(method, ()) if first else ()),
            f"Content-Length: {len(body)}",
        ]
        self._send("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    def _send(self, data: bytes) -> None:
        self.sent.append(data)
        self._socket.sendall(data)

    def _take(self, within: float) -> bool:
        """Take what one read gives; False when nothing came in time."""
        self._socket.settimeout(within or 0.0)
        try:
            data = self._socket.recv(65535)
        except (TimeoutError, BlockingIOError):
            return False
        assert data, "the responder closed the connection"
        if self.transport == "udp":
            self._file(data)
            return True
        self._buffer += data
        for message in self._framed():
            self._file(message)
        return True

    def _framed(self) -> Iterator[bytes]:
        while (head := self._buffer.find(b"\r\n\r\n")) >= 0:
            length = re.search(rb"(?mi)^Content-Length: *([0-9]+)", self._buffer[:head])
            assert length is not None, self._buffer
            end = head + 4 + int(length[1])
            if len(self._buffer) < end:
                return
            yield self._buffer[:end]
            self._buffer = self._buffer[end:]

    def _file(self, data: bytes) -> None:
        response = oracle.read(data)
        call = self.calls.get(response.call_id or "")
        if call is None:
            self.strays.append(data)
            return
        call.responses.append(response)
        call.raw.append(data)
