import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.sip import grammar
from responder.sip.errors import Malformed

NO_LINE_ENDS = st.binary().map(lambda raw: raw.replace(b"\r", b"").replace(b"\n", b""))


@pytest.mark.parametrize(
    "text",
    [
        b"example.com",
        b"example.com.",
        b"a",
        b"x--y.example",
        b"sip_responder",
        b"3f2a9b1c",
        b"1.example",
        b"192.0.2.1",
        b"[2001:db8::1]",
        b"[::]",
        b"[::ffff:192.0.2.1]",
    ],
    ids=repr,
)
def test_hosts(text: bytes) -> None:
    assert grammar.is_host(text)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b".",
        b"-a",
        b"a-",
        b"a..b",
        b".a",
        b"ex%61mple.com",
        b"192.0.2",
        b"192.0.2.1.5",
        b"12345",
        b"1234.0.2.1",
        b"2001:db8::1",
        b"[2001:db8::1",
        b"[2001:db8:::1:2:3:4:5:6]",
        b"[1::2::3]",
        b"[::1%25eth0]",
        b"[192.0.2.1]",
        b"a b",
        b"\xc3\xa9.example",
    ],
    ids=repr,
)
def test_what_is_no_host(text: bytes) -> None:
    assert not grammar.is_host(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"::1", True),
        (b"2001:db8:::192.0.2.1", True),
        (b"2001:db8::::192.0.2.1", False),
        (b"fe80::1%eth0", False),
        (b"\xff::1", False),
        (b":" * 46, False),
        (b"", False),
    ],
    ids=repr,
)
def test_ipv6(text: bytes, expected: bool) -> None:
    assert grammar.is_ipv6(text) is expected


@pytest.mark.row("SYN-03")
@pytest.mark.parametrize(
    ("value", "elements"),
    [
        (b"a", [b"a"]),
        (b"a,b ,\tc", [b"a", b"b", b"c"]),
        (b'"x, y" <sip:a@b>, <sip:c,d@e>', [b'"x, y" <sip:a@b>', b"<sip:c,d@e>"]),
        (b'"a\\",b" <sip:a@b>,c', [b'"a\\",b" <sip:a@b>', b"c"]),
        (b'<sip:a@b>;x="<,",c', [b'<sip:a@b>;x="<,"', b"c"]),
        (b'""', [b'""']),
    ],
    ids=repr,
)
def test_a_comma_separates_outside_quotes_and_angle_brackets(
    value: bytes, elements: list[bytes]
) -> None:
    assert grammar.split_commas(value) == elements


@pytest.mark.row("SYN-13")
@pytest.mark.parametrize(
    "value", [b"", b" ", b",", b"a,", b",a", b"a,,b", b"<a>, ,<b>", b"<a>,", b',"a"'], ids=repr
)
def test_an_empty_element_is_refused(value: bytes) -> None:
    with pytest.raises(Malformed, match=r"^Allow: empty element$"):
        grammar.split_commas(value, "Allow")


@pytest.mark.row("SYN-11")
@pytest.mark.parametrize(
    ("value", "fault"),
    [
        (b'"a, b', "unbalanced quote"),
        (b'"a\\", b', "unbalanced quote"),
        (b'a, "', "unbalanced quote"),
        (b"<a, b", "unbalanced <"),
        (b"<a, <b>", "unbalanced <"),
    ],
    ids=repr,
)
def test_what_is_opened_has_to_be_closed(value: bytes, fault: str) -> None:
    with pytest.raises(Malformed, match=f"^List: {fault}$"):
        grammar.split_commas(value)


@pytest.mark.parametrize(
    ("rest", "params"),
    [
        (b"", ()),
        (b"   ", ()),
        (b";lr", ((b"lr", None),)),
        (b";a=1;b=2", ((b"a", b"1"), (b"b", b"2"))),
        (b" ;\ta = 1 ; b ", ((b"a", b"1"), (b"b", None))),
        (b';text="a;b=\\"c\\""', ((b"text", b'"a;b=\\"c\\""'),)),
        (b';a="";b', ((b"a", b'""'), (b"b", None))),
        (b";received=2001:db8::1", ((b"received", b"2001:db8::1"),)),
        (b";q=[::1]", ((b"q", b"[::1]"),)),
        (b'; x="\xc3\xa9\xff"', ((b"x", b'"\xc3\xa9\xff"'),)),
    ],
    ids=repr,
)
def test_params(rest: bytes, params: grammar.Params) -> None:
    assert grammar.parse_params(rest) == params


@pytest.mark.row("SYN-04")
def test_parameter_names_are_case_insensitive_and_values_are_not() -> None:
    params = grammar.parse_params(b';TAG=AbC;+Sip.Instance="X"')
    assert params == ((b"tag", b"AbC"), (b"+sip.instance", b'"X"'))


@pytest.mark.row("SYN-05")
@pytest.mark.parametrize("rest", [b";a=1;A=2", b";a;a", b'; a=1; a="1"'], ids=repr)
def test_a_parameter_name_occurs_once(rest: bytes) -> None:
    with pytest.raises(Malformed, match=r"^Via: parameter twice$"):
        grammar.parse_params(rest, "Via")


@pytest.mark.parametrize(
    ("rest", "fault"),
    [
        pytest.param(b";;", "empty parameter", marks=pytest.mark.row("SYN-13")),
        pytest.param(b";a; ;b", "empty parameter", marks=pytest.mark.row("SYN-13")),
        pytest.param(b";a=1;", "empty parameter", marks=pytest.mark.row("SYN-13")),
        pytest.param(b';a="1', "unbalanced quote", marks=pytest.mark.row("SYN-11")),
        (b"a", "bad parameter"),
        (b";a=", "bad parameter"),
        (b";=1", "bad parameter"),
        (b";a=1 2", "bad parameter"),
        (b";a=b@c", "bad parameter"),
        (b';a="1"2', "bad parameter"),
        (b';a="\x00"', "bad parameter"),
    ],
    ids=repr,
)
def test_what_is_no_parameter(rest: bytes, fault: str) -> None:
    with pytest.raises(Malformed, match=f"^Parameters: {fault}$"):
        grammar.parse_params(rest)


def test_get_param_tells_a_flag_from_what_is_absent() -> None:
    params = grammar.parse_params(b";rport;branch=x")
    assert grammar.get_param(params, b"rport") == b""
    assert grammar.get_param(params, b"branch") == b"x"
    assert grammar.get_param(params, b"received") is None


@given(
    st.dictionaries(
        st.from_regex(rb"[a-z0-9.!%*_+`'~-]{1,8}", fullmatch=True),
        st.none()
        | st.from_regex(rb"[A-Za-z0-9.:]{1,8}", fullmatch=True)
        | NO_LINE_ENDS.map(grammar.quote),
        max_size=5,
    )
)
def test_params_written_and_parsed_are_the_same(found: dict[bytes, bytes | None]) -> None:
    params = tuple(found.items())
    assert grammar.parse_params(grammar.write_params(params)) == params


@pytest.mark.row("SYN-11")
@pytest.mark.parametrize(
    ("quoted", "text"),
    [
        (b'"a"', b"a"),
        (b'""', b""),
        (b'"a\\"b\\\\c\\d"', b'a"b\\cd'),
        (b'"\xe2\x82\xac"', b"\xe2\x82\xac"),
        (b'"NUL:\\\x00"', b"NUL:\x00"),
        (b"token", b"token"),
        (b'"', b'"'),
        (b'"open', b'"open'),
    ],
    ids=repr,
)
def test_unquote(quoted: bytes, text: bytes) -> None:
    assert grammar.unquote(quoted) == text


@given(NO_LINE_ENDS)
def test_any_text_survives_quoting(text: bytes) -> None:
    quoted = grammar.quote(text)
    assert grammar.QUOTED_PATTERN.fullmatch(quoted)
    assert grammar.unquote(quoted) == text


def test_quoting_turns_line_ends_into_spaces() -> None:
    assert grammar.quote(b"a\r\nb") == b'"a  b"'


@pytest.mark.row("SYN-06", "SYN-08")
@pytest.mark.parametrize(
    ("text", "octets"),
    [
        (b"alice", b"alice"),
        (b"%61lice", b"alice"),
        (b"%2541", b"%41"),
        (b"a%00b", b"a\x00b"),
        (b"%C3%a9", b"\xc3\xa9"),
        (b"%", b"%"),
        (b"%4", b"%4"),
        (b"%zz%41", b"%zzA"),
    ],
    ids=repr,
)
def test_escapes_are_decoded_once_and_nul_stays(text: bytes, octets: bytes) -> None:
    assert grammar.unescape(text) == octets


@given(st.binary())
def test_escaping_every_octet_is_undone(octets: bytes) -> None:
    assert grammar.unescape(b"".join(b"%%%02X" % octet for octet in octets)) == octets


@pytest.mark.row("SYN-17")
def test_leading_zeros_do_not_matter() -> None:
    assert grammar.parse_uint(b"0" * 10_000 + b"68", 255, "Max-Forwards") == 68
    assert grammar.parse_uint(b"0", 255, "Max-Forwards") == 0


@pytest.mark.parametrize(
    ("digits", "fault"),
    [
        (b"", "not a number"),
        (b"-1", "not a number"),
        (b"1_0", "not a number"),
        (b"256", "number too large"),
        (b"9" * 10_000, "number too large"),
    ],
    ids=["empty", "negative", "underscore", "over the limit", "thousands of digits"],
)
def test_what_is_no_number(digits: bytes, fault: str) -> None:
    with pytest.raises(Malformed, match=f"^Max-Forwards: {fault}$"):
        grammar.parse_uint(digits, 255, "Max-Forwards")
