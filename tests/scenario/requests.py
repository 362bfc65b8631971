"""Requests and flows to put rules to."""

from responder.scenario.view import View
from responder.sip.events import Flow
from responder.sip.message import Message, parse


def flow(source: str = "192.0.2.9", transport: str = "udp", port: int = 5060) -> Flow:
    """Return a flow from a peer to a port of ours."""
    return Flow(transport, ("192.0.2.1", port), (source, 5070))


def request(
    *lines: str, start: str = "INVITE sip:bob@example.com SIP/2.0", body: str = ""
) -> Message:
    """Return a request with From, To, Call-ID and CSeq, and the lines that are given."""
    usual = {
        "From": '"Alice" <sip:alice@atlanta.example;p=1>;tag=a1',
        "To": "<sip:bob@biloxi.example>",
        "Call-ID": "one@host",
        "CSeq": f"1 {start.split(maxsplit=1)[0]}",
    }
    given = {line.partition(":")[0] for line in lines}
    head = [start, *[f"{n}: {v}" for n, v in usual.items() if n not in given], *lines]
    return parse("\r\n".join([*head, "", body]).encode("utf-8", "surrogateescape"))


def seen(*lines: str, start: str = "INVITE sip:bob@example.com SIP/2.0", body: str = "") -> View:
    """Return such a request as rules see it."""
    return View(request(*lines, start=start, body=body), flow())
