"""A scripted caller: sends what a test tells it to, and draws what happened as a ladder.

It answers nothing on its own account, so a test decides about each ACK, and a conversation reads as
the list of its verbs::

    caller = Caller(Network(stack))
    caller.call("486")
    caller.advance(0.5)
    caller.ack()
    assert caller.ladder() == ["-> INVITE", "<- 100", "<- 486", "+0.5 <- 486 again", "-> ACK"]
"""

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from responder.sip.errors import Malformed
from responder.sip.events import Address
from responder.sip.headers.address import parse_address
from responder.sip.message import Message, canonical, parse
from responder.testing.network import LOCAL, REMOTE, Network, Sent

Headers: TypeAlias = Mapping[str, str | Sequence[str] | None]
"""Header fields by name: a value, one value for each line, or None to leave a usual one out."""

OFFER: Final = (
    b"v=0\r\n"
    b"o=- 1 1 IN IP4 192.0.2.9\r\n"
    b"s=-\r\n"
    b"c=IN IP4 192.0.2.9\r\n"
    b"t=0 0\r\n"
    b"m=audio 40000 RTP/AVP 0 8 101\r\n"
    b"a=rtpmap:101 telephone-event/8000\r\n"
)
"""A session description that a phone could have sent."""

_WITH_CONTACT: Final = frozenset({"INVITE", "REGISTER", "SUBSCRIBE", "REFER", "UPDATE"})


class Caller:
    """One calling endpoint on a virtual network, with one call at a time.

    Args:
        network: the network, which drives the core that is called.
        transport: ``udp`` or ``tcp``.
        remote: the caller's own address; each caller on a network needs another one.
        user: the user part of its From and Contact.

    Attributes:
        network: the network.
        flow: the flow that it sends on.
        received: all that came to it, in order.
        call_id: the Call-ID of the present call or request.
        tag: its own tag.
        to_tag: the tag of the other side, as the latest 101 to 299 gave it; empty before.
        target: the URI of the other side's Contact; empty before it is known.
        routes: the Record-Route values of the response that gave ``target``, in its order.
        number: the latest CSeq number.
        branch: the branch of the latest request.
        sent: the latest request as sent, which `again` repeats.
        invite: the latest INVITE as sent; empty before.
    """

    def __init__(
        self,
        network: Network,
        transport: str = "udp",
        remote: Address = REMOTE,
        user: str = "alice",
    ) -> None:
        self.network = network
        self.transport = transport
        self.remote = remote
        self.user = user
        self.flow = network.datagrams(remote) if transport == "udp" else network.connect(remote)
        self.received: list[Message] = []
        self.call_id = ""
        self.tag = ""
        self.to_tag = ""
        self.target = ""
        self.routes: list[str] = []
        self.number = 0
        self.branch = ""
        self.sent = b""
        self.invite = b""
        self._calls = 0
        self._branches = 0
        self._to_lose = 0
        self._seen = len(network.sent)
        self._told: set[tuple[str, bytes]] = set()
        self._last_at = network.now
        self._lines: list[str] = []

    # Verbs.

    def call(self, dialled: str, headers: Headers | None = None, body: bytes = b"") -> None:
        """Send an INVITE that begins a new call.

        Args:
            dialled: a user part such as ``486``, or a whole URI.
            headers: header fields beside or instead of the usual ones.
            body: a body, `OFFER` for example; its Content-Type is application/sdp unless
                ``headers`` say otherwise.
        """
        self.start("INVITE", dialled, headers, body)

    def ring(self, headers: Headers | None = None, body: bytes = b"") -> None:
        """Call the number that rings until the caller ends it."""
        self.call("180", headers, body)

    def start(
        self, method: str, dialled: str = "", headers: Headers | None = None, body: bytes = b""
    ) -> None:
        """Send a request outside any dialog, with a Call-ID and a tag of its own.

        Args:
            method: its method.
            dialled: a user part, or a whole URI; the responder itself if empty.
            headers: header fields beside or instead of the usual ones.
            body: a body.
        """
        self._calls += 1
        self.call_id = f"call-{self._calls}@{self.remote[0]}"
        self.tag = f"caller-{self._calls}"
        self.to_tag = self.target = ""
        self.routes = []
        self.number = 0
        self.send(self.request(method, self.uri(dialled), headers, body))

    def inside(self, method: str, headers: Headers | None = None, body: bytes = b"") -> None:
        """Send a request inside the dialog: to the other side's Contact, with both tags."""
        self.send(self.request(method, self.target or self.uri(""), headers, body))

    def bye(self, headers: Headers | None = None) -> None:
        """Hang up."""
        self.inside("BYE", headers)

    def ack(self, headers: Headers | None = None) -> None:
        """Acknowledge the latest final response to an INVITE.

        For a 2xx in a transaction of its own (RFC 3261 13.2.2.4), else in the INVITE's (17.1.1.3).

        Raises:
            LookupError: no INVITE has a final response yet.
        """
        final = self.final("INVITE")
        number = final.fields[b"cseq"].split()[0].decode()
        usual: dict[str, str | Sequence[str] | None] = {"CSeq": f"{number} ACK"}
        if final.status < 300:
            target = self.target or self.uri("")
        else:
            invite = parse(self.invite)
            usual["Via"] = _text(invite.fields[b"via"])
            usual["To"] = _text(final.fields[b"to"])
            usual["Route"] = [_text(value) for value in invite.values(b"route")] or None
            target = _text(invite.uri)
        self.send(self.request("ACK", target, {**usual, **(headers or {})}))

    def cancel(self, headers: Headers | None = None) -> None:
        """Send a CANCEL for the latest INVITE (RFC 3261 9.1)."""
        invite = parse(self.invite)
        number = invite.fields[b"cseq"].split()[0].decode()
        usual: dict[str, str | Sequence[str] | None] = {
            "Via": _text(invite.fields[b"via"]),
            "To": _text(invite.fields[b"to"]),
            "CSeq": f"{number} CANCEL",
        }
        uri = _text(invite.uri)
        self.send(self.request("CANCEL", uri, {**usual, **(headers or {})}))

    def answer(self, status: int, headers: Headers | None = None, body: bytes = b"") -> None:
        """Answer the latest request of the other side.

        Raises:
            LookupError: there was none.
        """
        self.send(self.reply(status, headers, body))

    def again(self, data: bytes | None = None) -> None:
        """Send a message again, byte for byte: ``data``, or else the latest request."""
        self.send(self.sent if data is None else data)

    def lose(self, count: int = 1) -> None:
        """Have the next ``count`` messages of the caller get lost on their way."""
        self._to_lose += count

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.network.advance(seconds)
        self._collect()

    def disconnect(self) -> None:
        """Close the caller's TCP connection."""
        self._collect()
        self._tell("-> (closed)")
        self.network.disconnect(self.flow)
        self._collect()

    def connect(self) -> None:
        """Open another TCP connection, over which everything goes from here on."""
        self._collect()
        self.flow = self.network.connect((self.remote[0], self.flow.remote[1] + 1))
        self._tell("-> (connected)")

    # What was said.

    def ladder(self) -> list[str]:
        """Return all that happened, a line a message, in order.

        ``-> INVITE`` is the caller's, ``<- 486`` the other side's. A response to another method
        than INVITE says to which: ``<- 200 to BYE``. ``again`` marks bytes that went the same way
        before, ``-x`` a message that was lost, ``(garbled)`` bytes that are no message. A line that
        came later than the one above it begins with the seconds in between: ``+0.5 <- 486 again``.
        """
        self._collect()
        return list(self._lines)

    def statuses(self) -> list[int]:
        """Return the status of each response that came, retransmissions included."""
        self._collect()
        return [message.status for message in self.received if message.status]

    def last(self) -> Message:
        """Return the latest message that came.

        Raises:
            LookupError: none came.
        """
        self._collect()
        return self.received[-1]

    def final(self, method: str) -> Message:
        """Return the latest final response to a method.

        Raises:
            LookupError: there is none.
        """
        self._collect()
        for message in reversed(self.received):
            if message.status >= 200 and _method_of(message) == method:
                return message
        raise LookupError(f"no final response to {method}")

    # How it is built.

    def request(
        self, method: str, uri: str, headers: Headers | None = None, body: bytes = b""
    ) -> bytes:
        """Return a request of the present call; an ACK or CANCEL leaves the numbering alone.

        Args:
            method: its method.
            uri: its Request-URI.
            headers: header fields beside or instead of the usual ones. A value is written as it
                is; text stands for its UTF-8 bytes.
            body: a body.
        """
        if method not in {"ACK", "CANCEL"}:
            self.number += 1
        self._branches += 1
        host, port = self.remote
        written = f"[{host}]" if ":" in host else host
        branch = f"z9hG4bK-{self._branches}-{self.user}"
        to_tag = f";tag={self.to_tag}" if self.to_tag else ""
        usual: dict[str, str | Sequence[str] | None] = {
            "Via": f"SIP/2.0/{self.transport.upper()} {written}:{port};branch={branch}",
            "Max-Forwards": "70",
            "From": f"<sip:{self.user}@{written}>;tag={self.tag}",
            "To": f"<{uri if not self.to_tag else self.uri('')}>{to_tag}",
            "Call-ID": self.call_id,
            "CSeq": f"{self.number} {method}",
        }
        if self.to_tag:
            invite = parse(self.invite)
            if b"to" in invite.fields:
                usual["To"] = _text(invite.fields[b"to"].partition(b";tag=")[0]) + to_tag
            usual["Route"] = list(reversed(self.routes)) or None
        if method in _WITH_CONTACT:
            usual["Contact"] = self._contact()
        return _write(f"{method} {uri} SIP/2.0", usual, headers, body)

    def reply(self, status: int, headers: Headers | None = None, body: bytes = b"") -> bytes:
        """Return a response to the latest request of the other side that can be answered.

        Args:
            status: 100 to 699.
            headers: header fields beside or instead of the usual ones.
            body: a body.

        Raises:
            LookupError: there was none.
        """
        self._collect()
        requests = [message for message in self.received if message.method not in {b"", b"ACK"}]
        if not requests:
            raise LookupError("the other side sent no request")
        request = requests[-1]
        fields: dict[str, str | Sequence[str] | None] = {
            name: [_text(value) for value in request.values(canonical(name.encode()))]
            for name in ("Via", "From", "To", "Call-ID", "CSeq")
        }
        if request.method == b"INVITE":
            fields["Contact"] = self._contact()
        return _write(f"SIP/2.0 {status} Answer", fields, headers, body)

    def uri(self, dialled: str) -> str:
        """Return the URI that dialling means: ``486`` on the responder, or a whole URI as it is."""
        if ":" in dialled:
            return dialled
        host = f"[{LOCAL[0]}]" if ":" in LOCAL[0] else LOCAL[0]
        return f"sip:{dialled}@{host}" if dialled else f"sip:{host}"

    def send(self, data: bytes) -> None:
        """Send bytes on the caller's flow, unless they are to be lost."""
        self._collect()
        message = parse(data)
        if message.method not in {b"", b"ACK"}:
            self.sent = data
        if message.method == b"INVITE":
            self.invite = data
        if message.method and b"via" in message.fields:
            self.branch = message.fields[b"via"].partition(b"branch=")[2].decode("latin-1")
        lost = self._to_lose > 0
        self._tell(_line("-x" if lost else "->", message) + self._again("->", data))
        if lost:
            self._to_lose -= 1
            return
        self.network.receive(self.flow, data)
        self._collect()

    def _contact(self) -> str:
        host, port = self.remote
        written = f"[{host}]" if ":" in host else host
        transport = "" if self.transport == "udp" else f";transport={self.transport}"
        return f"<sip:{self.user}@{written}:{port}{transport}>"

    def _collect(self) -> None:
        """Take in what the network carried to this caller since the last time."""
        for sent in self.network.sent[self._seen :]:
            if sent.flow is self.flow or sent.flow.remote[0] == self.remote[0]:
                self._take(sent)
        self._seen = len(self.network.sent)

    def _take(self, sent: Sent) -> None:
        if not sent.data.strip():
            self._tell("<- (keep-alive)", sent.at)
            return
        message = sent.message
        self._tell(_line("<-", message) + self._again("<-", sent.data), sent.at)
        self.received.append(message)
        if message.status <= 100 or _method_of(message) == "REGISTER":
            # Only other methods make a dialog, or lead to one (RFC 3261 10.2).
            return
        try:
            self._note(message)
        except Malformed:
            return

    def _note(self, message: Message) -> None:
        """Keep what a response says about the dialog."""
        tag = parse_address(message.fields.get(b"to", b""), "To").tag
        if tag and message.status < 300 and _method_of(message) != "CANCEL":
            self.to_tag = tag.decode()
        if b"contact" in message.fields and message.status < 300:
            if not self.target:
                self.routes = [_text(value) for value in message.values(b"record-route")]
            self.target = _text(parse_address(message.fields[b"contact"], "Contact").uri.to_bytes())

    def _again(self, direction: str, data: bytes) -> str:
        known = (direction, data) in self._told
        self._told.add((direction, data))
        return " again" if known else ""

    def _tell(self, line: str, at: float | None = None) -> None:
        when = self.network.now if at is None else at
        later = round(when - self._last_at, 3)
        self._last_at = when
        self._lines.append(f"+{later:g} {line}" if later > 0 else line)


def _method_of(response: Message) -> str:
    words = response.fields.get(b"cseq", b"").split()
    return words[-1].decode("latin-1") if words else "INVITE"


def _line(arrow: str, message: Message) -> str:
    if message.fault is not None and message.status <= 0:
        return f"{arrow} (garbled)"
    if not message.status:
        return f"{arrow} {_text(message.method)}"
    method = _method_of(message)
    return f"{arrow} {message.status}" + (f" to {method}" if method != "INVITE" else "")


def _text(value: bytes) -> str:
    return value.decode("utf-8", "surrogateescape")


def _write(start: str, usual: Headers, changes: Headers | None, body: bytes) -> bytes:
    """Return a message: the usual header fields, changed in place, then those that are new."""
    fields: dict[str, tuple[str, str | Sequence[str] | None]] = {}
    lengths: dict[str, str | Sequence[str] | None] = {
        "Content-Type": "application/sdp" if body else None,
        "Content-Length": str(len(body)),
    }
    for name, value in {**usual, **lengths}.items():
        fields[name.lower()] = (name, value)
    for name, value in (changes or {}).items():
        fields[name.lower()] = (name, value)
    lines = [start]
    for name, value in fields.values():
        if isinstance(value, str):
            lines.append(f"{name}: {value}")
        elif value is not None:
            lines += [f"{name}: {each}" for each in value]
    return "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape") + body
