import pytest

from responder.sip.errors import Malformed
from responder.sip.headers.content import (
    Disposition,
    MediaType,
    Preference,
    parse_accept,
    parse_disposition,
    parse_media_type,
    parse_preferences,
)


@pytest.mark.parametrize(
    ("value", "essence"),
    [
        (b"application/sdp", b"application/sdp"),
        (b"Application / SDP", b"application/sdp"),
        (b"message/sipfrag;version=2.0", b"message/sipfrag"),
        (b"application/vnd.3gpp.sms", b"application/vnd.3gpp.sms"),
        (b'multipart/mixed; boundary="a;b/c"', b"multipart/mixed"),
    ],
    ids=repr,
)
def test_media_types(value: bytes, essence: bytes) -> None:
    found = parse_media_type(value)
    assert found.essence == essence
    assert parse_media_type(found.to_bytes()) == found


def test_parameters_are_given_without_quotes() -> None:
    found = parse_media_type(b'multipart/mixed;Boundary="a\\"b";flag')
    assert found.param(b"boundary") == b'a"b'
    assert found.param(b"flag") == b""
    assert found.param(b"charset") is None


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        (b"", "no media type"),
        (b"sdp", "no media type"),
        (b"application/", "no media type"),
        (b"application/sdp x", "bad parameter"),
        (b"application/*", "wildcard"),
        (b"*/*", "wildcard"),
        pytest.param(b"a/b;;c", "empty parameter", marks=pytest.mark.row("SYN-13")),
        pytest.param(b"a/b;c=1;C=2", "parameter twice", marks=pytest.mark.row("SYN-05")),
    ],
    ids=repr,
)
def test_what_is_no_media_type(value: bytes, fault: str) -> None:
    with pytest.raises(Malformed, match=f"^Content-Type: {fault}$"):
        parse_media_type(value)


def test_accept_lists_ranges_with_their_preference() -> None:
    ranges = parse_accept(b"application/sdp;level=1, application/*;q=0.5, */* ; q=0")
    assert [(each.essence, each.q) for each in ranges] == [
        (b"application/sdp", 1.0),
        (b"application/*", 0.5),
        (b"*/*", 0.0),
    ]
    for each in ranges:
        assert parse_accept(each.to_bytes()) == [each]


def test_an_empty_accept_takes_nothing() -> None:
    assert parse_accept(b"") == []


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (b"application/sdp", True),
        (b"APPLICATION/SDP;q=0.1", True),
        (b"application/*", True),
        (b"*/*", True),
        (b"application/sdp;q=0.0", False),
        (b"text/plain", False),
        (b"application/isup", False),
    ],
    ids=repr,
)
def test_what_a_range_takes(accept: bytes, expected: bool) -> None:
    (media_range,) = parse_accept(accept)
    assert media_range.matches(b"Application/sdp") is expected


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        (b"a/b;q=2", "bad q value"),
        (b"a/b;q=0.1234", "bad q value"),
        (b"a/b;q", "bad q value"),
        (b"a/b;q=nan", "bad q value"),
        (b"*/sdp", "bad wildcard"),
        pytest.param(b"a/b,,c/d", "empty element", marks=pytest.mark.row("SYN-13")),
    ],
    ids=repr,
)
def test_what_is_no_accept(value: bytes, fault: str) -> None:
    with pytest.raises(Malformed, match=f"^Accept: {fault}$"):
        parse_accept(value)


@pytest.mark.parametrize(
    ("value", "kind", "handling"),
    [
        (b"session", b"session", b"required"),
        (b"Session;Handling=OPTIONAL", b"session", b"optional"),
        (b"render ; handling = required", b"render", b"required"),
        (b"by-reference;handling=later", b"by-reference", b"later"),
    ],
    ids=repr,
)
def test_dispositions(value: bytes, kind: bytes, handling: bytes) -> None:
    found = parse_disposition(value)
    assert (found.kind, found.handling) == (kind, handling)
    assert parse_disposition(found.to_bytes()) == found


def test_what_is_no_disposition() -> None:
    with pytest.raises(Malformed, match=r"^Content-Disposition: no type$"):
        parse_disposition(b";handling=optional")
    with pytest.raises(Malformed, match=r"^Content-Disposition: bad parameter$"):
        parse_disposition(b"session optional")


def test_codings_and_languages_have_preferences() -> None:
    found = parse_preferences(b"GZIP, identity;q=0.3, *;q=0", "Accept-Encoding")
    assert found == [
        Preference(b"gzip"),
        Preference(b"identity", ((b"q", b"0.3"),), 0.3),
        Preference(b"*", ((b"q", b"0"),), 0.0),
    ]
    for each in found:
        assert parse_preferences(each.to_bytes(), "Accept-Encoding") == [each]
    assert parse_preferences(b"", "Accept-Encoding") == []


@pytest.mark.parametrize(
    ("value", "fault"),
    [(b"gzip,", "empty element"), (b";q=1", "no token"), (b"da;q=x", "bad q value")],
    ids=repr,
)
def test_what_is_no_list_of_languages(value: bytes, fault: str) -> None:
    with pytest.raises(Malformed, match=f"^Accept-Language: {fault}$"):
        parse_preferences(value, "Accept-Language")


def test_values_made_by_hand() -> None:
    assert MediaType(b"application", b"sdp").to_bytes() == b"application/sdp"
    made = Disposition(b"session", ((b"handling", b"optional"),))
    assert made.to_bytes() == b"session;handling=optional"
