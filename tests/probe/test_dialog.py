"""Dialogs of a caller: numbers, routes and targets."""

from responder.probe.dialog import Dialog
from responder.sip.headers.uri import parse_uri
from responder.sip.message import parse

INVITE = parse(
    b"INVITE sip:486@192.0.2.9 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n"
    b"From: <sip:p@x>;tag=near\r\nTo: <sip:486@192.0.2.9>\r\nCall-ID: c\r\nCSeq: 5 INVITE\r\n"
    b'Proxy-Authorization: Digest username="alice"\r\nContent-Length: 0\r\n\r\n'
)


def dialog(*headers: bytes) -> Dialog:
    lines = [b"SIP/2.0 200 OK", b"To: <sip:486@192.0.2.9>;tag=far", *headers, b"", b""]
    return Dialog(INVITE, parse(b"\r\n".join(lines)), b"far")


def test_only_an_ack_shares_the_number_and_the_credentials_of_the_invite() -> None:
    one = dialog(b"Contact: <sip:far@192.0.2.9>")
    numbers = [
        parse(one.request(method, b"v", [])).fields[b"cseq"]
        for method in (b"ACK", b"BYE", b"ACK", b"INFO")
    ]
    assert numbers == [b"5 ACK", b"6 BYE", b"5 ACK", b"7 INFO"]
    assert b"Proxy-Authorization" in one.request(b"ACK", b"v", [])
    assert b"Proxy-Authorization" not in one.request(b"BYE", b"v", [])


def test_a_request_can_carry_a_body() -> None:
    message = parse(dialog().request(b"ACK", b"v", [(b"Content-Type", b"text/plain")], b"abc"))
    assert (message.body, message.fields[b"content-length"]) == (b"abc", b"3")


def test_the_next_hop_is_the_first_route_else_the_target() -> None:
    assert dialog(b"Contact: <sip:far@192.0.2.9>").hop() == parse_uri(b"sip:far@192.0.2.9")
    routed = dialog(b"Contact: <sip:far@192.0.2.9>", b"Record-Route: <sip:a;lr>, <sip:b;lr>")
    assert routed.hop() == parse_uri(b"sip:b;lr")


def test_a_route_that_cannot_be_read_is_kept_for_whom_it_may_concern() -> None:
    odd = dialog(b"Contact: <sip:far@192.0.2.9>", b"Record-Route: sip:a?b")
    assert odd.hop() == parse_uri(b"sip:far@192.0.2.9")
    assert parse(odd.request(b"BYE", b"v", [])).values(b"route") == [b"sip:a?b"]
