import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.sip.errors import Malformed
from responder.sip.headers.address import (
    WILDCARD,
    NameAddr,
    display_name,
    parse_address,
    parse_address_list,
    parse_contacts,
)
from responder.sip.headers.uri import Uri

A_AT_B = Uri(b"sip", b"b", b"a")


@pytest.mark.parametrize(
    ("value", "address"),
    [
        (b"<sip:a@b>", NameAddr(A_AT_B)),
        (b"<sip:a@b>;tag=1", NameAddr(A_AT_B, None, ((b"tag", b"1"),))),
        (b"sip:a@b", NameAddr(A_AT_B)),
        (b"sip:a@b ; tag = 1", NameAddr(A_AT_B, None, ((b"tag", b"1"),))),
        (b"Alice  B. <sip:a@b>", NameAddr(A_AT_B, b"Alice  B.")),
        (b'"A" <sip:a@b>', NameAddr(A_AT_B, b'"A"')),
        (b'"" <sip:a@b>', NameAddr(A_AT_B, b'""')),
        (b"<tel:+1>;tag=x", NameAddr(Uri(b"tel", rest=b"+1"), None, ((b"tag", b"x"),))),
        (
            b'sip:a@b;+sip.instance="<urn:uuid:0>"',
            NameAddr(A_AT_B, None, ((b"+sip.instance", b'"<urn:uuid:0>"'),)),
        ),
    ],
    ids=repr,
)
def test_values(value: bytes, address: NameAddr) -> None:
    assert parse_address(value, "To") == address
    assert parse_address(address.to_bytes(), "To") == address


def test_tag_and_other_parameters() -> None:
    address = parse_address(b'"A \\"B\\"" <sip:a@b>;TAG=Xy;reason="a\\"b";lr', "From")
    assert address.tag == b"Xy"
    assert address.param(b"reason") == b'a"b'
    assert address.param(b"lr") == b""
    assert address.param(b"expires") is None
    assert address.display_text == 'A "B"'
    assert parse_address(b"<sip:a@b>", "From").tag is None
    assert parse_address(b"<sip:a@b>", "From").display_text == ""


@pytest.mark.row("REG-15")
def test_parameters_behind_a_bare_uri_belong_to_the_header() -> None:
    bare = parse_address(b"sip:a@b;unknownparam", "Contact")
    assert (bare.uri.params, bare.params) == ((), ((b"unknownparam", None),))
    inside = parse_address(b"<sip:a@b;unknownparam>", "Contact")
    assert (inside.uri.params, inside.params) == (((b"unknownparam", None),), ())


@pytest.mark.row("SYN-09")
@pytest.mark.parametrize(
    "value",
    [b"sip:a@b?Route=%3Csip:c%3E", b"sip:a,b@c", b"sip:a;x@b", b"sip:a;x=1@b;tag=2"],
    ids=repr,
)
def test_a_uri_with_comma_semicolon_or_question_mark_needs_angle_brackets(value: bytes) -> None:
    with pytest.raises(Malformed, match=r"^To: "):
        parse_address(value, "To")
    assert parse_address(b"<" + value + b">", "To").uri.host in {b"b", b"c"}


@pytest.mark.row("SYN-06")
def test_escapes_in_a_display_name_stay() -> None:
    assert parse_address(b"%41lice <sip:a@b>", "To").display_text == "%41lice"


@pytest.mark.row("SYN-11")
@pytest.mark.parametrize(
    ("display", "text"),
    [
        (b'"J Rosenberg \\\\\\""', 'J Rosenberg \\"'),
        (b'"BEL:\\\x07 NUL:\\\x00 DEL:\\\x7f"', "BEL:\x07 NUL:\x00 DEL:\x7f"),
        (b'"\xd0\xb8<\xe2\x82\xac>"', "\u0438<\u20ac>"),
        (b"\xc3\x89mile", "\u00c9mile"),
    ],
    ids=repr,
)
def test_display_names_with_escapes_and_utf8(display: bytes, text: str) -> None:
    address = parse_address(display + b" <sip:a@b>", "From")
    assert address.display_text == text
    assert address.display == display


@pytest.mark.row("SYN-12")
@pytest.mark.parametrize("value", [b"caller<sip:a@b>;tag=3", b'"c"<sip:a@b>;tag=3'], ids=repr)
def test_no_space_is_needed_before_the_angle_bracket(value: bytes) -> None:
    address = parse_address(value, "From")
    assert (address.uri, address.tag) == (A_AT_B, b"3")


@pytest.mark.row("SYN-11")
@pytest.mark.parametrize("value", [b'"Mr. J. <sip:a@b>', b'"a\\" <sip:a@b>', b'"'], ids=repr)
def test_an_open_quote_is_refused(value: bytes) -> None:
    with pytest.raises(Malformed, match=r"^To: unbalanced quote$"):
        parse_address(value, "To")
    with pytest.raises(Malformed, match=r"^To: unbalanced quote$"):
        parse_address_list(value, "To")


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        (b"", "empty"),
        (b"<sip:a@b", "unbalanced <"),
        (b"A <sip:a@b", "unbalanced <"),
        (b"A; B <sip:a@b>", "bad display name"),
        (b'A "B" <sip:a@b>', "URI has no scheme"),
        (b'"A" sip:a@b', "no URI"),
        (b";tag=1", "no URI"),
        (b"A sip:a@b", "URI has no scheme"),
        (b"sip:a @b", "bad parameter"),
        (b"*", "URI has no scheme"),
        (b"<>", "URI has no scheme"),
        (b"< sip:a@b >", "white space in URI"),
        (b"<sip:a@b>x", "bad parameter"),
        pytest.param(b"<sip:a@b>;;tag=1", "empty parameter", marks=pytest.mark.row("SYN-13")),
        pytest.param(b"<sip:a@b>;", "empty parameter", marks=pytest.mark.row("SYN-13")),
        pytest.param(b"<sip:a@b>;tag=1;Tag=1", "parameter twice", marks=pytest.mark.row("SYN-05")),
        pytest.param(b"<sip:a@%62>", "bad host", marks=pytest.mark.row("SYN-07")),
    ],
    ids=repr,
)
def test_what_is_no_address(value: bytes, fault: str) -> None:
    with pytest.raises(Malformed, match=f"^To: {fault}$"):
        parse_address(value, "To")


@pytest.mark.row("SYN-03")
def test_a_list_keeps_its_order() -> None:
    value = b'"x, y" <sip:a@b>;q=0.5, <sip:c,d@e>,sip:f@g;expires=60'
    addresses = parse_address_list(value, "Contact")
    assert [each.uri.user for each in addresses] == [b"a", b"c,d", b"f"]
    assert addresses[2].param(b"expires") == b"60"


@pytest.mark.row("SYN-13")
@pytest.mark.parametrize("value", [b"<sip:a@b>,", b"<sip:a@b>,,<sip:c@d>", b","], ids=repr)
def test_an_empty_element_is_refused(value: bytes) -> None:
    with pytest.raises(Malformed, match=r"^Route: empty element$"):
        parse_address_list(value, "Route")


def test_the_wildcard_contact_stands_alone() -> None:
    assert parse_contacts(b"*") is WILDCARD
    assert parse_contacts(b"<sip:a@b>") == [NameAddr(A_AT_B)]
    for value in (b"*;expires=0", b"*, <sip:a@b>", b"<*>"):
        with pytest.raises(Malformed, match=r"^Contact: "):
            parse_contacts(value)


@given(st.text().filter(lambda text: "\r" not in text and "\n" not in text))
def test_any_display_name_survives(text: str) -> None:
    address = parse_address(NameAddr(A_AT_B, display_name(text)).to_bytes(), "To")
    assert address.display_text == text
    assert address.uri == A_AT_B
