"""Requests as odd as they may be, put to a stack, and what came back."""

from responder.sip.message import Message
from responder.sip.settings import Limits, Settings
from responder.stack import Stack
from responder.testing.caller import Caller, Headers
from responder.testing.network import Network, Sent
from responder.testing.tokens import counted_tokens


def outcome(
    alice: Caller, method: str, headers: Headers | None = None, body: bytes = b"", to: str = ""
) -> Message:
    """The final response to a request outside any dialog, which may be as odd as it likes."""
    alice.tag = alice.call_id = f"odd-{alice.number}"
    uri = alice.uri(to or ("200" if method == "INVITE" else ""))
    sent = alice.network.receive(alice.flow, alice.request(method, uri, headers, body))
    return next(each.message for each in sent if each.message.status >= 200)


def listed(response: Message, name: str) -> list[str]:
    return [item.strip() for item in ",".join(response.headers(name)).split(",") if item.strip()]


def network_with(**limits: int) -> Network:
    return Network(Stack(Settings(limits=Limits(**limits)), counted_tokens()))


def counts(network: Network) -> dict[str, int]:
    assert isinstance(network.core, Stack)
    return dict(network.core.journal.counts)


def strays(network: Network) -> list[tuple[str, int]]:
    assert isinstance(network.core, Stack)
    return [(stray.why, stray.status) for stray in network.core.journal.strays]


def request(
    method: bytes = b"OPTIONS",
    *lines: bytes,
    branch: bytes = b"1",
    uri: bytes = b"sip:200@h",
    body: bytes = b"",
    length: bytes | None = b"",
) -> bytes:
    """A request whose Call-ID is its branch; a length of None leaves Content-Length out."""
    head = [
        method + b" " + uri + b" SIP/2.0",
        b"Via: SIP/2.0/TCP 192.0.2.9:5070;branch=z9hG4bK" + branch,
        b"From: <sip:a@h>;tag=1",
        b"To: <sip:b@h>",
        b"Call-ID: " + branch,
        b"CSeq: 1 " + method,
        b"Contact: <sip:a@192.0.2.9:5070>",
        *lines,
    ]
    if length is not None:
        head.append(b"Content-Length: " + (length or b"%d" % len(body)))
    return b"\r\n".join([*head, b"", body])


def answers(sent: list[Sent]) -> list[tuple[int, bytes]]:
    """Status and Call-ID of each response."""
    messages = [each.message for each in sent if each.data.strip()]
    return [(message.status, message.fields.get(b"call-id", b"")) for message in messages]


def only(sent: list[Sent]) -> Message:
    (one,) = sent
    return one.message
