"""What rules see of a request."""

import pytest

from responder.scenario import view
from responder.scenario.view import Read
from tests.scenario.requests import seen

FROM = '"Al \\"ice\\"" <sip:al%20ice@Atlanta.example;p=1>;tag=a1;x="y z"'
CONTACTS = "Contact: <sip:a@one.example;t=x>;expires=60, sip:b@two.example;expires=0"


@pytest.mark.parametrize(
    ("read", "expected"),
    [
        (view.method, ("INVITE",)),
        (view.uri_text, ("sip:b%6Fb@Example.com:5070;User=Phone;lr",)),
        (view.uri_part("user"), ("bob",)),
        (view.uri_part("host"), ("example.com",)),
        (view.uri_part("param.user"), ("Phone",)),
        (view.uri_part("param.LR"), ("",)),
        (view.uri_part("param.x"), ()),
        (view.address_text(b"from"), ("sip:al%20ice@Atlanta.example;p=1",)),
        (view.address_part(b"from", "user"), ("al ice",)),
        (view.address_part(b"from", "host"), ("atlanta.example",)),
        (view.address_part(b"from", "display"), ('Al "ice"',)),
        (view.address_part(b"from", "tag"), ("a1",)),
        (view.address_part(b"from", "param.X"), ("y z",)),
        (view.address_part(b"to", "tag"), ()),
        (view.address_part(b"to", "display"), ()),
        (view.address_part(b"contact", "user"), ("a", "b")),
        (view.address_part(b"contact", "param.expires"), ("60", "0")),
        (view.header(b"subject"), ("one", "two")),
        (view.header(b"x"), ()),
        (view.call_id, ("one@host",)),
        (view.body, ("hello",)),
        (view.source, ("192.0.2.9",)),
        (view.transport, ("udp",)),
        (view.port, ("5060",)),
    ],
)
def test_each_field_is_read(read: Read, expected: tuple[str, ...]) -> None:
    start = "INVITE sip:b%6Fb@Example.com:5070;User=Phone;lr SIP/2.0"
    request = seen(f"From: {FROM}", "Subject: one", "s: two", CONTACTS, start=start, body="hello")
    assert read(request) == tuple(text.encode() for text in expected)
    assert read(request) == tuple(text.encode() for text in expected)


@pytest.mark.parametrize(
    "read",
    [
        view.uri_part("user"),
        view.uri_part("host"),
        view.uri_part("param.x"),
        view.address_text(b"contact"),
        view.address_part(b"from", "user"),
        view.address_part(b"from", "tag"),
        view.body,
    ],
)
def test_what_cannot_be_parsed_is_absent(read: Read) -> None:
    request = seen("From: <<", "Contact: ,", start="INVITE tel:+1 SIP/2.0")
    assert read(request) == ()


def test_a_uri_without_user_has_none() -> None:
    assert view.uri_part("user")(seen(start="INVITE sip:example.com SIP/2.0")) == ()


def test_an_address_is_taken_apart_once() -> None:
    request = seen()
    assert request.addresses(b"from") is request.addresses(b"from")
