import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.sip.errors import Malformed
from responder.sip.headers.uri import Uri, equal, parse_uri


@pytest.mark.parametrize(
    ("raw", "uri"),
    [
        (b"sip:example.com", Uri(b"sip", b"example.com")),
        (b"SIPS:alice@Example.COM", Uri(b"sips", b"Example.COM", b"alice")),
        (b"sip:alice:pw@192.0.2.1:5070", Uri(b"sip", b"192.0.2.1", b"alice", b"pw", 5070)),
        (b"sip:alice:@host", Uri(b"sip", b"host", b"alice", b"")),
        (b"sip:host:05060", Uri(b"sip", b"host", port=5060)),
        (b"sip:host;lr", Uri(b"sip", b"host", params=((b"lr", None),))),
        (
            b"sip:486@host;Retry-After=30;reason=Over%20load",
            Uri(
                b"sip",
                b"host",
                b"486",
                params=((b"retry-after", b"30"), (b"reason", b"Over%20load")),
            ),
        ),
        (
            b"sip:a@h?Route=%3Csip:x%3E&empty=",
            Uri(b"sip", b"h", b"a", headers=((b"Route", b"%3Csip:x%3E"), (b"empty", b""))),
        ),
        (
            b"sip:+1-212;phone-context=x@gw;user=phone",
            Uri(b"sip", b"gw", b"+1-212;phone-context=x", params=((b"user", b"phone"),)),
        ),
        (b"sip:180*5*486@host", Uri(b"sip", b"host", b"180*5*486")),
        (b"sip:*72#@host", Uri(b"sip", b"host", b"*72#")),
        (b"tel:+1-201-555-0123", Uri(b"tel", rest=b"+1-201-555-0123")),
        (b"URN:service:sos", Uri(b"urn", rest=b"service:sos")),
        (
            b"nobodyKnowsThisScheme:totallyopaquecontent",
            Uri(b"nobodyknowsthisscheme", rest=b"totallyopaquecontent"),
        ),
    ],
    ids=repr,
)
def test_parts(raw: bytes, uri: Uri) -> None:
    assert parse_uri(raw) == uri
    assert parse_uri(uri.to_bytes()) == uri


def test_another_scheme_is_told_apart() -> None:
    assert parse_uri(b"sips:h").is_sip
    assert not parse_uri(b"mailto:a@b").is_sip


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        (b"", "URI has no scheme"),
        (b"alice@example.com", "URI has no scheme"),
        (b"1sip:a@b", "URI has no scheme"),
        (b"sip:", "bad host"),
        (b"sip:@host", "bad user part"),
        (b"sip:a@b@c", "bad user part"),
        (b"sip:a\xc3\xa9@host", "bad user part"),
        (b"sip:a%4@host", "bad user part"),
        (b"sip:a@", "bad host"),
        (b"sip:a@host:", "bad URI parameter or header"),
        (b"sip:a@host:x", "bad URI parameter or header"),
        (b"sip:a@host:65536", "bad port"),
        (b"sip:a@host:" + b"9" * 5000, "bad port"),
        (b"sip:a@host;", "bad URI parameter or header"),
        (b"sip:a@host;=b", "bad URI parameter or header"),
        (b"sip:a@host?x", "bad URI parameter or header"),
        (b"sip:a@[1::2::3]", "bad IPv6 address"),
        (b"tel:", "bad tel URI"),
        (b"http://a/\xff", "bad http URI"),
        (b"http://a/%zz", "bad http URI"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_what_is_no_uri(raw: bytes, fault: str) -> None:
    with pytest.raises(Malformed, match=f"^Request-URI: {fault}$"):
        parse_uri(raw, "Request-URI")


@pytest.mark.row("SYN-05")
@pytest.mark.parametrize("raw", [b"sip:h;lr;lr", b"sip:h;transport=udp;TRANSPORT=tcp"], ids=repr)
def test_a_uri_parameter_occurs_once(raw: bytes) -> None:
    with pytest.raises(Malformed, match="parameter twice"):
        parse_uri(raw)


@pytest.mark.row("SYN-06")
def test_escapes_are_decoded_once() -> None:
    uri = parse_uri(b"sip:sips%3Auser%2540x%41@example.com;name=value%2541;reason=Over%20load;lr")
    assert uri.user_text == "sips:user%40xA"
    assert uri.user == b"sips%3Auser%2540x%41"
    assert uri.param(b"name") == b"value%41"
    assert uri.param(b"reason") == b"Over load"
    assert uri.param(b"lr") == b""
    assert uri.param(b"none") is None


@pytest.mark.row("SYN-07")
@pytest.mark.parametrize("raw", [b"sip:a@ex%61mple.com", b"sip:%65xample.com"], ids=repr)
def test_escapes_in_the_host_are_refused(raw: bytes) -> None:
    with pytest.raises(Malformed, match="bad host"):
        parse_uri(raw)


@pytest.mark.row("SYN-08")
def test_nul_does_not_shorten_the_user() -> None:
    assert parse_uri(b"sip:486%00-200@host").user_text == "486\x00-200"
    assert not equal(parse_uri(b"sip:null%00a@h"), parse_uri(b"sip:null%00b@h"))


def test_a_user_that_is_not_utf8_keeps_its_octets_and_no_user_is_none() -> None:
    text = parse_uri(b"sip:%ff@host").user_text
    assert text is not None
    assert text.encode("utf-8", "surrogateescape") == b"\xff"
    assert parse_uri(b"sip:host").user_text is None


@pytest.mark.row("SYN-10")
def test_semicolons_and_an_escaped_at_sign_belong_to_the_user() -> None:
    uri = parse_uri(b"sip:486;par=x%40example.net@example.com;lr")
    assert uri.user_text == "486;par=x@example.net"
    assert (uri.host, uri.params) == (b"example.com", ((b"lr", None),))


@pytest.mark.row("SYN-14")
@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        (b"<sip:a@example.com>", "<> not allowed"),
        (b"sip:a@example.com; lr", "white space in URI"),
        (b"sip:a@example.com ", "white space in URI"),
        (b" sip:a@example.com", "white space in URI"),
        (b"sip:a\t@example.com", "white space in URI"),
    ],
    ids=repr,
)
def test_angle_brackets_and_white_space_are_refused(raw: bytes, fault: str) -> None:
    with pytest.raises(Malformed, match=fault):
        parse_uri(raw)


@pytest.mark.row("SYN-15")
def test_a_headers_part_is_told_apart_so_that_it_is_never_applied() -> None:
    uri = parse_uri(b"sip:a@example.com?Route=%3Csip:evil.example%3E")
    assert uri.headers == ((b"Route", b"%3Csip:evil.example%3E"),)
    assert (uri.host, uri.params) == (b"example.com", ())


@pytest.mark.row("SYN-18")
def test_a_very_long_user_is_parsed_whole() -> None:
    user = b"very;long=" + b"x" * 60_000
    assert parse_uri(b"sip:" + user + b"@example.com").user == user


@pytest.mark.row("IP6-01")
def test_an_ipv6_host_needs_brackets() -> None:
    uri = parse_uri(b"sip:a@[2001:db8::10];transport=tcp")
    assert uri.host == b"2001:db8::10"
    assert uri.host_port == b"[2001:db8::10]"
    with pytest.raises(Malformed, match="URI"):
        parse_uri(b"sip:2001:db8::10")


@pytest.mark.row("IP6-02")
def test_the_port_stands_behind_the_bracket() -> None:
    outside = parse_uri(b"sip:[2001:db8::10]:5070")
    assert (outside.host, outside.port) == (b"2001:db8::10", 5070)
    assert outside.host_port == b"[2001:db8::10]:5070"
    inside = parse_uri(b"sip:[2001:db8::10:5070]")
    assert (inside.host, inside.port) == (b"2001:db8::10:5070", None)


@pytest.mark.row("IP6-04")
def test_an_ipv4_mapped_address() -> None:
    assert parse_uri(b"sip:a@[::ffff:192.0.2.10]").host == b"::ffff:192.0.2.10"


@pytest.mark.row("IP6-05")
def test_the_form_with_an_extra_colon_is_read_as_the_address_it_means() -> None:
    assert parse_uri(b"sip:a@[2001:db8:::192.0.2.1]:5060").host == b"2001:db8::192.0.2.1"


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (b"sip:%61lice@atlanta.com;transport=TCP", b"sip:alice@AtLanTa.CoM;Transport=tcp"),
        (b"sip:carol@chicago.com", b"sip:carol@chicago.com;newparam=5"),
        (b"sip:carol@chicago.com", b"sip:carol@chicago.com;security=on"),
        (
            b"sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
            b"sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
        ),
        (
            b"sip:alice@atlanta.com?subject=project%20x&priority=urgent",
            b"sip:alice@atlanta.com?priority=urgent&subject=project%20x",
        ),
        (b"sip:a%3bb@h", b"sip:a%3Bb@h"),
        (b"sip:h;%6cr=1", b"sip:h;lr=1"),
        (b"tel:+1", b"TEL:+1"),
    ],
    ids=repr,
)
def test_equal_uris(a: bytes, b: bytes) -> None:
    assert equal(parse_uri(a), parse_uri(b))
    assert equal(parse_uri(b), parse_uri(a))


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (b"SIP:ALICE@AtLanTa.CoM;Transport=udp", b"sip:alice@AtLanTa.CoM;Transport=UDP"),
        (b"sip:bob@biloxi.com", b"sip:bob@biloxi.com:5060"),
        (b"sip:bob@biloxi.com", b"sip:bob@biloxi.com;transport=udp"),
        (b"sip:bob@biloxi.com", b"sip:bob@biloxi.com:6000;transport=tcp"),
        (b"sip:carol@chicago.com", b"sip:carol@chicago.com?Subject=next%20meeting"),
        (b"sip:bob@phone21.boxesbybob.com", b"sip:bob@192.0.2.4"),
        (b"sip:carol@chicago.com;security=on", b"sip:carol@chicago.com;security=off"),
        (b"sip:a@h", b"sips:a@h"),
        (b"sip:a@h", b"sip:h"),
        (b"sip:a:x@h", b"sip:a@h"),
        (b"sip:a@h;user=phone", b"sip:a@h"),
        (b"sip:a@h;maddr=192.0.2.1", b"sip:a@h"),
        (b"sip:a;b@h", b"sip:a%3Bb@h"),
        (b"sip:%2541@h", b"sip:%41@h"),
        (b"sip:a@h", b"tel:a"),
        (b"tel:+1", b"tel:+2"),
    ],
    ids=repr,
)
def test_different_uris(a: bytes, b: bytes) -> None:
    assert not equal(parse_uri(a), parse_uri(b))
    assert not equal(parse_uri(b), parse_uri(a))


TEXT = st.from_regex(rb"(?:[A-Za-z0-9_.!~*'()&+$-]|%[0-9A-F]{2}){1,8}", fullmatch=True)


@given(
    scheme=st.sampled_from([b"sip", b"sips"]),
    host=st.sampled_from([b"example.com", b"192.0.2.1", b"2001:db8::1", b"h"]),
    user=st.none() | TEXT,
    password=st.none() | TEXT,
    port=st.none() | st.integers(0, 65535),
    params=st.dictionaries(TEXT.map(bytes.lower), st.none() | TEXT, max_size=3),
    headers=st.lists(
        st.tuples(st.just(b"Subject"), TEXT.filter(lambda x: b"&" not in x)), max_size=2
    ),
)
def test_a_uri_written_and_parsed_is_the_same(
    scheme: bytes,
    host: bytes,
    user: bytes | None,
    password: bytes | None,
    port: int | None,
    params: dict[bytes, bytes | None],
    headers: list[tuple[bytes, bytes]],
) -> None:
    uri = Uri(
        scheme,
        host,
        user,
        password if user is not None else None,
        port,
        tuple(params.items()),
        tuple(headers),
    )
    assert parse_uri(uri.to_bytes()) == uri
    assert equal(uri, uri)
