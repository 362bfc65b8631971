"""The bytes of requests, for each method and with header fields of one's own."""

import pytest

from responder.probe.attempt import Attempt
from responder.probe.request import (
    body_of,
    compose,
    contact,
    identify,
    overlay,
    request_uri,
    sent_by,
    via,
)
from responder.sip.events import Flow
from responder.sip.headers.uri import parse_uri
from responder.sip.message import Message, parse
from responder.testing.tokens import counted_tokens

UDP = Flow("udp", ("192.0.2.1", 40000), ("192.0.2.9", 5060))
TCP6 = Flow("tcp", ("2001:db8::1", 40000), ("2001:db8::9", 5060))


def made(attempt: Attempt) -> Message:
    tokens = counted_tokens()
    identity = identify(attempt, b"192.0.2.1", tokens)
    kind, body = body_of(attempt, UDP, tokens)
    own = [(b"Via", via(UDP, sent_by(UDP), b"z9hG4bK1")), (b"Contact", contact(UDP, sent_by(UDP)))]
    uri = request_uri(attempt, attempt.uri)
    message = parse(compose(attempt, identity, uri, own, 1, kind, body))
    assert message.fault is None
    return message


def test_a_register_names_the_user_in_to_and_from_only() -> None:
    message = made(Attempt(parse_uri(b"sip:403@192.0.2.9:5070;retry-after=3"), b"REGISTER"))
    assert message.uri == b"sip:192.0.2.9:5070;retry-after=3"
    assert message.fields[b"to"] == b"<sip:403@192.0.2.9>"
    assert message.fields[b"from"].startswith(b"<sip:403@192.0.2.9>;tag=")
    assert message.fields[b"contact"] == b"<sip:probe@192.0.2.1:40000>"


def test_a_user_calls_from_the_domain_that_is_dialled() -> None:
    message = made(Attempt(parse_uri(b"sip:486@pbx.example"), user=b"alice"))
    assert message.fields[b"from"].startswith(b"<sip:alice@pbx.example>;tag=")


def test_header_fields_replace_those_of_the_same_name_and_join_others() -> None:
    headers = (
        (b"t", b"<sip:other@192.0.2.9>"),
        (b"Max-Forwards", b"3"),
        (b"X-One", b"1"),
        (b"User-Agent", b"mine"),
        (b"x-one", b"2"),
        (b"Call-ID", b"mine@x"),
    )
    message = made(Attempt(parse_uri(b"sip:486@192.0.2.9"), headers=headers))
    assert message.values(b"to") == [b"<sip:other@192.0.2.9>"]
    assert message.values(b"max-forwards") == [b"3"]
    assert message.values(b"user-agent") == [b"mine"]
    assert message.values(b"x-one") == [b"1", b"2"]
    assert message.values(b"call-id") == [b"mine@x"]


@pytest.mark.parametrize(
    ("given", "tag"),
    [(b"<sip:bob@x>", None), (b"<sip:bob@x>;tag=mine", b"mine"), (b"<sip:b@x>;tag=m;y=1", b"m")],
)
def test_a_from_of_ones_own_gets_a_tag_unless_it_has_one(given: bytes, tag: bytes | None) -> None:
    attempt = Attempt(parse_uri(b"sip:486@192.0.2.9"), headers=((b"From", given),))
    identity = identify(attempt, b"192.0.2.1", counted_tokens())
    assert identity.caller.startswith(given)
    assert b";tag=" + identity.tag in identity.caller
    assert tag in {None, identity.tag}
    assert made(attempt).values(b"from")[0].startswith(given)


@pytest.mark.parametrize(
    ("method", "body", "kind", "sent"),
    [
        (b"INVITE", b"", b"", None),
        (b"INVITE", b"x", b"", b"application/sdp"),
        (b"INFO", b"x", b"", b"text/plain"),
        (b"INFO", b"x", b"application/dtmf-relay", b"application/dtmf-relay"),
        (b"INVITE", None, b"application/x", b"application/x"),
        (b"MESSAGE", None, b"text/html", b"text/html"),
        (b"OPTIONS", None, b"", None),
    ],
)
def test_which_content_type_a_body_has(
    method: bytes, body: bytes | None, kind: bytes, sent: bytes | None
) -> None:
    message = made(Attempt(parse_uri(b"sip:486@192.0.2.9"), method, body=body, kind=kind))
    assert message.fields.get(b"content-type") == sent
    assert message.data.endswith(b"\r\n\r\n" + message.body)


def test_addresses_of_ipv6_stand_in_brackets() -> None:
    assert sent_by(TCP6) == b"[2001:db8::1]:40000"
    assert contact(TCP6, sent_by(TCP6)) == b"<sip:probe@[2001:db8::1]:40000;transport=tcp>"
    assert via(TCP6, sent_by(TCP6), b"b") == (
        b"SIP/2.0/TCP [2001:db8::1]:40000;branch=b;rport;keep"
    )


def test_several_fields_of_one_name_are_replaced_together() -> None:
    fields = [(b"Route", b"1"), (b"Route", b"2"), (b"Content-Length", b"0")]
    assert overlay(fields, [(b"route", b"3")]) == [(b"route", b"3"), (b"Content-Length", b"0")]
