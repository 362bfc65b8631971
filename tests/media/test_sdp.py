from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.media.sdp import (
    MAX_LINES,
    MAX_MEDIA,
    Connection,
    Direction,
    Media,
    Origin,
    Session,
    parse,
)
from responder.sip.errors import Malformed

FULL = b"""v=0
o=jdoe 3724394400 3724394405 IN IP4 198.51.100.1
s=Call to John Smith
i=SDP Offer #1
u=http://www.jdoe.example.com/home.html
e=Jane Doe <jane@jdoe.example.com>
p=+1 617 555-6011
c=IN IP4 198.51.100.1
b=AS:128
t=0 0
t=3724394400 3724398000
r=604800 3600 0 90000
z=3730928400 -1h
k=prompt
X=unknown letter
a=recvonly
a=tool:own 1.0: with colon
m=audio 49170/2 RTP/AVP 0 96
i=left and right
c=IN IP4 233.252.0.1/127/3
c=IN IP4 233.252.0.9/127
b=TIAS:64000
k=clear:x
a=rtpmap:96 \xfe\xff/8000
a=sendonly
m=video 0 RTP/AVP 99
""".replace(b"\n", b"\r\n")

HEAD = b"v=0\r\no=- 1 1 IN IP4 h.example\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"


def body(*lines: bytes) -> bytes:
    return b"".join(line + b"\r\n" for line in lines)


def test_a_description_in_order_is_written_back_byte_for_byte() -> None:
    assert parse(FULL).to_bytes() == FULL


def test_session_level() -> None:
    session = parse(FULL)
    assert session.origin == Origin(
        b"jdoe", b"3724394400", b"3724394405", b"IN", b"IP4", b"198.51.100.1"
    )
    assert session.name == b"Call to John Smith"
    assert session.connection == Connection(b"IN", b"IP4", b"198.51.100.1")
    assert session.timing == (
        (b"t", b"0 0"),
        (b"t", b"3724394400 3724398000"),
        (b"r", b"604800 3600 0 90000"),
        (b"z", b"3730928400 -1h"),
    )
    assert session.attributes == ((b"recvonly", None), (b"tool", b"own 1.0: with colon"))
    assert session.others[-1] == (b"X", b"unknown letter")


def test_media_level() -> None:
    audio, video = parse(FULL).media
    assert (audio.kind, audio.port, audio.count, audio.proto) == (b"audio", 49170, 2, b"RTP/AVP")
    assert audio.formats == (b"0", b"96")
    assert audio.connection == Connection(b"IN", b"IP4", b"233.252.0.1/127/3")
    assert audio.attributes == ((b"rtpmap", b"96 \xfe\xff/8000"), (b"sendonly", None))
    assert audio.others == (
        (b"i", b"left and right"),
        (b"c", b"IN IP4 233.252.0.9/127"),
        (b"b", b"TIAS:64000"),
        (b"k", b"clear:x"),
    )
    assert (video.port, video.count, video.formats) == (0, 1, (b"99",))


def test_direction_of_a_section_comes_before_the_sessions_and_the_default() -> None:
    session = parse(FULL)
    audio, video = session.media
    assert (audio.direction, video.direction) == (Direction.SENDONLY, None)
    assert session.direction_of(audio) is Direction.SENDONLY
    assert session.direction_of(video) is Direction.RECVONLY
    session.attributes = ((b"inactive", b"with a value it is none"),)
    assert session.direction_of(video) is Direction.SENDRECV


def test_values_are_those_of_the_named_attribute() -> None:
    audio = Media(b"audio", 1, b"RTP/AVP", (b"0",), attributes=((b"x", b"1"), (b"x", None)))
    assert list(audio.values(b"x")) == [b"1"]
    assert list(audio.values(b"y")) == []


@pytest.mark.row("OAN-13")
def test_connection_of_a_section_comes_before_the_sessions() -> None:
    session = parse(
        HEAD + body(b"m=audio 9 RTP/AVP 0", b"m=audio 9 RTP/AVP 0", b"c=IN IP4 192.0.2.2")
    )
    first, second = session.media
    assert session.connection_of(first) == Connection(b"IN", b"IP4", b"192.0.2.1")
    assert session.connection_of(second) == Connection(b"IN", b"IP4", b"192.0.2.2")


@pytest.mark.row("OAN-13")
def test_each_section_may_have_an_address_of_another_ip_version() -> None:
    """No c= for the session, an empty s= (the hazard of RFC 5118 section 4.8)."""
    session = parse(
        body(
            b"v=0",
            b"o=carol 77 78 IN IP4 host.example.org",
            b"s=",
            b"t=0 0",
            b"m=audio 22000 RTP/AVP 0",
            b"c=IN IP4 192.0.2.7",
            b"m=video 22002 RTP/AVP 107",
            b"c=IN IP6 2001:db8::7",
        )
    )
    assert session.name == b""
    assert [session.connection_of(media) for media in session.media] == [
        Connection(b"IN", b"IP4", b"192.0.2.7"),
        Connection(b"IN", b"IP6", b"2001:db8::7"),
    ]


@pytest.mark.row("OAN-13")
def test_ipv6_has_no_brackets() -> None:
    text = HEAD.replace(b"IP4 192.0.2.1", b"IP6 2001:db8::20")
    session = parse(text)
    assert session.connection == Connection(b"IN", b"IP6", b"2001:db8::20")
    assert session.to_bytes() == text


@pytest.mark.parametrize(
    ("family", "address", "expected"),
    [
        (b"IP4", b"0.0.0.0", True),
        (b"IP6", b"::", True),
        (b"IP6", b"Hold.INVALID", True),
        (b"IP4", b"10.0.0.0", False),
        (b"IP4", b"invalid.example", False),
    ],
    ids=["0.0.0.0", "::", "name", "address", "other-name"],
)
def test_void_address(family: bytes, address: bytes, expected: bool) -> None:
    assert Connection(b"IN", family, address).is_void is expected


@pytest.mark.parametrize(
    ("family", "address", "expected"),
    [
        (b"IP4", b"224.2.1.1/127", True),
        (b"IP4", b"239.255.255.255", True),
        (b"IP4", b"223.0.0.1", False),
        (b"IP4", b"240.0.0.1", False),
        (b"IP4", b"22.4.1.1", False),
        (b"IP4", b"host.example", False),
        (b"IP4", b"224", False),
        (b"IP6", b"FF15::101/3", True),
        (b"IP6", b"2001:db8::ff", False),
        (b"IP6", b"ffffff.example", False),
    ],
)
def test_multicast_address(family: bytes, address: bytes, expected: bool) -> None:
    assert Connection(b"IN", family, address).is_multicast is expected


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(FULL.replace(b"\r\n", b"\n"), id="bare-lf"),
        pytest.param(FULL + b"\r\n\r\n", id="empty-lines-at-the-end"),
        pytest.param(FULL[:-2], id="last-line-not-ended"),
        pytest.param(FULL.replace(b"m=video 0 RTP", b"m=video  0/1 \tRTP"), id="wide-spaces"),
    ],
)
def test_tolerated_ways_of_writing(text: bytes) -> None:
    assert parse(text).to_bytes() == FULL


def test_lines_out_of_order_are_put_in_order() -> None:
    session = parse(
        body(b"v=0", b"s=-", b"a=x", b"b=AS:1", b"e=me", b"t=0 0", b"o=- 1 2 IN IP4 h.example")
    )
    assert session.to_bytes() == body(
        b"v=0", b"o=- 1 2 IN IP4 h.example", b"s=-", b"e=me", b"b=AS:1", b"t=0 0", b"a=x"
    )


def test_a_stream_not_in_use_needs_no_address() -> None:
    session = parse(HEAD.replace(b"c=IN IP4 192.0.2.1\r\n", b"") + b"m=audio 0 RTP/AVP 0\r\n")
    assert session.connection_of(session.media[0]) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "SDP line 1: not of the form letter=value"),
        (b"s=-\r\n", "SDP line 1: not v=0"),
        (b"m=audio 1 RTP/AVP 0\r\n", "SDP line 1: not v=0"),
        (b"v=1\r\n", "SDP line 1: not v=0"),
        (HEAD + b"hello\r\n", "SDP line 6: not of the form letter=value"),
        (HEAD + b"=x\r\n", "SDP line 6: not of the form letter=value"),
        (HEAD + b"\r\na=x\r\n", "SDP line 6: not of the form letter=value"),
        (HEAD + b"a=x\rb=y\r\n", "SDP line 6: CR or NUL inside the line"),
        (HEAD + b"a=x\0\r\n", "SDP line 6: CR or NUL inside the line"),
        (HEAD + HEAD, "SDP line 6: a second v="),
        (HEAD + b"o=- 1 1 IN IP4 h\r\n", "SDP line 6: a second o="),
        (HEAD + b"s=-\r\n", "SDP line 6: a second s="),
        (b"v=0\r\ns=-\r\nt=0 0\r\n", "SDP line 3: the session ends without o="),
        (b"v=0\r\no=- 1 1 IN IP4 h\r\nt=0 0\r\n", "SDP line 3: the session ends without s="),
        (b"v=0\r\no=- 1 1 IN IP4 h\r\ns=-\r\n", "SDP line 3: the session ends without t="),
        (b"v=0\r\no=- 1 1 IN IP4\r\n", "SDP line 2: o= needs six fields"),
        (b"v=0\r\no=- a 1 IN IP4 h\r\n", "SDP line 2: o= needs a number as session id and version"),
        (
            b"v=0\r\no=- 1 " + b"1" * 21 + b" IN IP4 h\r\n",
            "SDP line 2: o= needs a number as session id and version",
        ),
        (HEAD + b"t=0\r\n", "SDP line 6: t= needs two numbers"),
        (HEAD + b"t=0 x\r\n", "SDP line 6: t= needs two numbers"),
        (
            b"v=0\r\nc=IN IP4\r\no=- 1 1 IN IP4 h\r\ns=-\r\nt=0 0",
            "SDP line 2: c= needs three fields",
        ),
        (HEAD + b"m=audio 9 RTP/AVP\r\n", "SDP line 6: m= needs a kind, port, protocol and format"),
        (HEAD + b"m=audio x RTP/AVP 0\r\n", "SDP line 6: m= with a bad port"),
        (HEAD + b"m=audio -1 RTP/AVP 0\r\n", "SDP line 6: m= with a bad port"),
        (HEAD + b"m=audio 65536 RTP/AVP 0\r\n", "SDP line 6: m= with a bad port"),
        (HEAD + b"m=audio 9/ RTP/AVP 0\r\n", "SDP line 6: m= with a bad number of ports"),
        (HEAD + b"m=audio 9/0 RTP/AVP 0\r\n", "SDP line 6: m= with a bad number of ports"),
        (HEAD + b"m=audio 9 RTP/AVP 0\r\na=x\r\nt=0 0\r\n", "SDP line 8: t= after an m="),
        (HEAD + b"m=audio 9 RTP/AVP 0\r\nc=IN\r\n", "SDP line 7: c= needs three fields"),
        (
            b"v=0\r\no=- 1 1 IN IP4 h\r\ns=-\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n",
            "SDP line 5: no c= for this stream",
        ),
        (HEAD + b"a=x\n" * MAX_LINES, f"SDP line {MAX_LINES + 1}: too many lines"),
        (HEAD + b"m=x 0 y z\n" * (MAX_MEDIA + 1), f"SDP line {MAX_MEDIA + 6}: too many m= lines"),
    ],
)
def test_malformed_names_the_line(text: bytes, message: str) -> None:
    with pytest.raises(Malformed) as caught:
        parse(text)
    assert str(caught.value) == message


def test_the_limits_themselves_are_allowed() -> None:
    assert len(parse(HEAD + b"a=x\n" * (MAX_LINES - 5)).attributes) == MAX_LINES - 5
    assert len(parse(HEAD + b"m=x 0 y z\n" * MAX_MEDIA).media) == MAX_MEDIA


# A field is anything without white space; a value anything without NUL, CR and LF.
fields = st.binary(min_size=1, max_size=8).filter(lambda b: len(b.split()) == 1 and b == b.strip())
fields = fields.filter(lambda b: b"\0" not in b)
values = st.binary(max_size=12).filter(lambda b: not set(b) & set(b"\0\r\n"))
numbers = st.integers(0, 2**63).map(lambda n: b"%d" % n)
connections = st.builds(Connection, fields, fields, fields)
attributes = st.lists(
    st.tuples(values.map(lambda b: b.replace(b":", b"")), st.none() | values), max_size=4
).map(tuple)
ORDER = b"iuepbkwyz"


def in_order(lines: list[tuple[bytes, bytes]]) -> tuple[tuple[bytes, bytes], ...]:
    return tuple(sorted(lines, key=lambda line: ORDER.index(line[0])))


def other_lines(letters: list[bytes]) -> st.SearchStrategy[tuple[tuple[bytes, bytes], ...]]:
    return st.lists(st.tuples(st.sampled_from(letters), values), max_size=4).map(in_order)


media_sections = st.builds(
    Media,
    kind=fields,
    port=st.integers(0, 65535),
    proto=fields,
    formats=st.lists(fields, min_size=1, max_size=3).map(tuple),
    count=st.integers(1, 99999),
    connection=connections,
    attributes=attributes,
    others=other_lines([b"i", b"b", b"k", b"w"]),
)
sessions = st.builds(
    Session,
    origin=st.builds(Origin, fields, numbers, numbers, fields, fields, fields),
    name=values,
    connection=st.none() | connections,
    timing=st.lists(
        st.tuples(st.just(b"t"), st.tuples(numbers, numbers).map(b" ".join)),
        min_size=1,
        max_size=3,
    ).map(tuple),
    attributes=attributes,
    others=other_lines([b"i", b"u", b"e", b"p", b"b", b"k", b"y"]),
    media=st.lists(media_sections, max_size=3).map(tuple),
)


@given(sessions)
def test_what_is_written_is_read_back(session: Session) -> None:
    assert parse(session.to_bytes()) == session


def never_raises_but_malformed(text: bytes) -> None:
    with suppress(Malformed):
        session = parse(text)
        assert reread(session.to_bytes()) == session


def reread(written: bytes) -> Session:
    try:
        return parse(written)
    except Malformed as malformed:
        raise AssertionError(written) from malformed


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_malformed(text: bytes) -> None:
    never_raises_but_malformed(text)


@given(st.integers(0, len(FULL)), st.integers(0, 12), st.binary(max_size=6))
def test_any_damage_is_read_or_malformed(at: int, length: int, instead: bytes) -> None:
    never_raises_but_malformed(FULL[:at] + instead + FULL[at + length :])


@given(
    st.lists(
        st.tuples(st.sampled_from(list(b"vosiuepcbtrzkamX")), values).map(
            lambda pair: b"%c=%b\n" % pair
        ),
        max_size=8,
    )
)
def test_any_lines_are_read_or_malformed(lines: list[bytes]) -> None:
    never_raises_but_malformed(HEAD + b"".join(lines))
