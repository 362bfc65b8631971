"""What a response copies of its request, as the bytes that came."""

import pytest

from responder.sip.build import assemble, echo, has_tag, partial_echo, retag, status_line
from responder.sip.message import parse

REQUEST = (
    b"OPTIONS sip:a@b SIP/2.0\r\n"
    b"Via: SIP/2.0/UDP one;branch=z9hG4bK1\r\n"
    b"v: SIP/2.0/UDP two;x=y, SIP/2.0/TCP  three\r\n"
    b"VIA: SIP/2.0/UDP four\r\n"
    b'f: "J\xc3\xbcrgen"  <sip:j@b> ; tag=F;odd\r\n'
    b"TO:<sip:a@b>%b\r\n"
    b"Call-ID: a b\r\n"
    b"cseq: 007  OPTIONS\r\n"
    b"\r\n"
)


@pytest.mark.parametrize(
    ("status", "reason", "line"),
    [
        (486, None, b"SIP/2.0 486 Busy Here\r\n"),
        (486, b"", b"SIP/2.0 486 \r\n"),
        (486, "J\u00e4".encode(), b"SIP/2.0 486 J\xc3\xa4\r\n"),
        (499, None, b"SIP/2.0 499 Client Error\r\n"),
    ],
    ids=["usual", "empty", "utf-8", "unlisted"],
)
@pytest.mark.row("RSP-10")
def test_any_phrase_goes_with_a_status_and_an_empty_one_keeps_its_space(
    status: int, reason: bytes | None, line: bytes
) -> None:
    assert status_line(status, reason) == line


@pytest.mark.row("RSP-01")
def test_every_via_and_the_rest_of_the_echo_stay_as_they_came() -> None:
    echoed = echo(parse(REQUEST % b""), b"SIP/2.0/UDP one;branch=z9hG4bK1;filled", b"T")
    assert echoed == (
        b"Via: SIP/2.0/UDP one;branch=z9hG4bK1;filled\r\n"
        b"Via: SIP/2.0/UDP two;x=y, SIP/2.0/TCP  three\r\n"
        b"Via: SIP/2.0/UDP four\r\n"
        b'From: "J\xc3\xbcrgen"  <sip:j@b> ; tag=F;odd\r\n'
        b"To: <sip:a@b>;tag=T\r\n"
        b"Call-ID: a b\r\n"
        b"CSeq: 007  OPTIONS\r\n"
    )


@pytest.mark.parametrize(
    ("old", "new", "to"),
    [(b"T", b"N", b";tag=N"), (b"T", b"", b""), (b"", b"", b"")],
    ids=["another", "none", "never-had-one"],
)
def test_the_to_tag_can_be_put_for_another(old: bytes, new: bytes, to: bytes) -> None:
    request = parse(REQUEST % b"")
    assert retag(echo(request, b"v", old), old, new) == echo(
        request, b"v", to.removeprefix(b";tag=")
    )


@pytest.mark.row("RSP-03")
def test_a_to_that_has_its_tag_gets_no_other() -> None:
    assert b"To: <sip:a@b>;tag=mine\r\n" in echo(parse(REQUEST % b";tag=mine"), b"v", b"")


@pytest.mark.parametrize(
    ("value", "tagged"),
    [
        (b"<sip:a@b>;tag=1", True),
        (b"<sip:a@b> ; TAG = 1", True),
        (b"sip:a@b;tag=1", True),
        (b"<sip:a@b>", False),
        (b"<sip:a@b;tag=1>", False),
        (b'"x;tag=1" <sip:a@b>', False),
        (b"<sip:a@b>;nametag=1", False),
    ],
    ids=["usual", "spaced", "bare", "none", "in-the-uri", "in-the-name", "another"],
)
def test_a_tag_is_found_where_it_is_the_headers_own(value: bytes, tagged: bool) -> None:
    assert has_tag(value) is tagged


@pytest.mark.parametrize(
    ("lines", "echoed"),
    [
        ([b"To: <sip:a@b>", b"CSeq: 1 X"], [b"To: <sip:a@b>;tag=T", b"CSeq: 1 X"]),
        ([b"To: <sip:a@b>;tag=U", b"From: f"], [b"From: f", b"To: <sip:a@b>;tag=U"]),
        ([b"Via: one", b"Via: two", b"i: c"], [b"Via: filled", b"Via: two", b"Call-ID: c"]),
    ],
    ids=["no-via", "tagged", "two-vias"],
)
def test_of_a_request_that_lacks_much_is_copied_what_there_is(
    lines: list[bytes], echoed: list[bytes]
) -> None:
    message = parse(b"\r\n".join([b"X sip:a SIP/2.0", *lines, b"", b""]))
    via = b"filled" if b"via" in message.fields else b""
    assert partial_echo(message, via, b"T").splitlines() == echoed


def test_a_message_ends_with_its_length_and_names_the_type_of_its_body() -> None:
    assert assemble(b"S\r\n", b"E: 1\r\n", b"H: 2\r\n", b"", b"") == (
        b"S\r\nE: 1\r\nH: 2\r\nContent-Length: 0\r\n\r\n"
    )
    assert assemble(b"S\r\n", b"E: 1\r\n", b"", b"text/plain", b"hi") == (
        b"S\r\nE: 1\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi"
    )
