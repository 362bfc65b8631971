from dataclasses import dataclass
from functools import partial

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from responder.sip import message as of_messages
from responder.sip.grammar import split_commas
from responder.sip.message import COMPACT, SINGLE, Message, canonical, parse
from responder.sip.settings import Settings
from responder.stack import Stack
from responder.testing.network import Network
from responder.testing.tokens import counted_tokens
from tests.proportion import least_time

START = b"OPTIONS sip:h SIP/2.0"
COMPACT_OF = {long: short for short, long in COMPACT.items()}


def head(*lines: bytes, body: bytes = b"", start: bytes = START) -> bytes:
    return b"\r\n".join([start, *lines, b"", body])


def answered(data: bytes) -> Message:
    """The final response of a stack to a datagram."""
    network = Network(Stack(Settings(), counted_tokens()))
    return network.receive(network.datagrams(), data)[-1].message


# The start line.


def test_a_request_has_method_and_uri_as_sent() -> None:
    message = parse(head(start=b"INVITE sip:486@h;x=Y SIP/2.0"))
    assert (message.method, message.uri, message.status) == (b"INVITE", b"sip:486@h;x=Y", 0)
    assert message.fault is None


@pytest.mark.parametrize(
    ("line", "status", "reason"),
    [
        (b"SIP/2.0 200 OK", 200, b"OK"),
        (b"SIP/2.0 486 Busy  Here ", 486, b"Busy  Here "),
        (b"SIP/2.0 180 ", 180, b""),
        (b"SIP/2.0 180", 180, b""),
        (b"sip/2.0 699 \xd0\xb2\xff", 699, b"\xd0\xb2\xff"),
        (b"SIP/2.0 200 SIP/2.0", 200, b"SIP/2.0"),
    ],
    ids=["usual", "spaces", "empty", "no-space", "lower-case", "phrase-like-a-version"],
)
def test_a_response_has_its_status_and_phrase(line: bytes, status: int, reason: bytes) -> None:
    message = parse(head(start=line))
    assert (message.status, message.reason, message.method) == (status, reason, b"")
    assert message.fault is None


@pytest.mark.row("SYN-20")
@pytest.mark.parametrize(
    "line",
    [
        b"SIP/2.0 099 Low",
        b"SIP/2.0 700 High",
        b"SIP/2.0 4294967301 Larger",
        b"SIP/2.0 20 Short",
        b"SIP/2.0 2OO Letters",
        b"SIP/2.0 -10 Signed",
        b"SIP/2.0  200 Two spaces",
        b"SIP/2.0 ",
        b"SIP/2.0",
    ],
)
def test_a_status_code_out_of_range_is_a_response_that_nobody_uses(line: bytes) -> None:
    message = parse(head(start=line))
    assert message.status == -1
    assert message.fault is not None
    network = Network(Stack(Settings(), counted_tokens()))
    assert network.receive(network.datagrams(), head(b"Via: SIP/2.0/UDP h", start=line)) == []


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (b"SIP/3.0 200 OK", 505),
        (b"OPTIONS sip:h SIP/7.0", 505),
        (b"OPTIONS sip:h SIP/2.1", 505),
        (b"OPTIONS sip:h SIP/99999999999999999999.0", 505),
        (b"OPTIONS sip:h SIP/0000002.0", 505),
    ],
    ids=["response", "major", "minor", "astronomic", "zeros"],
)
def test_another_version_is_a_fault(line: bytes, status: int) -> None:
    fault = parse(head(start=line)).fault
    assert fault is not None
    assert fault[0] == status


@pytest.mark.row("VAL-13")
@pytest.mark.parametrize("version", [b"sip/2.0", b"Sip/2.0", b"SIP/2.0"])
def test_the_version_has_no_case(version: bytes) -> None:
    """The name of the protocol in the first line is compared without regard to case."""
    message = parse(head(start=b"OPTIONS sip:h " + version))
    assert message.fault is None
    assert (message.method, message.uri) == (b"OPTIONS", b"sip:h")


@pytest.mark.row("SYN-14")
@pytest.mark.parametrize(
    ("line", "uri"),
    [
        (b"OPTIONS  sip:h SIP/2.0", b"sip:h"),
        (b"OPTIONS sip:h  SIP/2.0", b"sip:h "),
        (b"OPTIONS sip:h SIP/2.0 ", b"sip:h"),
        (b"OPTIONS sip:a b@h SIP/2.0", b"sip:a b@h"),
    ],
    ids=["before-uri", "behind-uri", "at-the-end", "in-the-uri"],
)
def test_spaces_in_the_request_line_are_a_fault(line: bytes, uri: bytes) -> None:
    """Spaces beyond the two that divide a request line are refused, and nothing is repaired."""
    message = parse(head(start=line))
    assert message.fault == (400, "Bad Request (spaces in the request line)")
    assert (message.method, message.uri) == (b"OPTIONS", uri)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"OPTIONS",
        b"OPTIONS sip:h",
        b"OPTIONS SIP/2.0",
        b" sip:h SIP/2.0",
        b"OPT@IONS sip:h SIP/2.0",
        b"OPT\x00 sip:h SIP/2.0",
        b"GET / HTTP/1.1",
        b"OPTIONS sip:h SIP/two.0",
        b"OPTIONS\tsip:h\tSIP/2.0",
    ],
)
def test_a_first_line_of_another_kind_is_a_fault(line: bytes) -> None:
    message = parse(head(start=line))
    assert message.fault is not None
    assert message.fault[0] == 400
    assert message.status == 0


def test_an_unusual_method_is_no_fault() -> None:
    message = parse(head(start=b"!odd.%4dETHOD sip:h SIP/2.0"))
    assert message.fault is None
    assert message.method == b"!odd.%4dETHOD"


# Header fields.


@pytest.mark.row("SYN-01")
@pytest.mark.parametrize(("short", "long"), sorted(COMPACT.items()))
def test_a_compact_name_is_its_long_one(short: bytes, long: bytes) -> None:
    """Compact names stand for long ones in either case, mixed in one message."""
    for name in (short, short.upper(), long, long.upper()):
        message = parse(head(b"Max-Forwards: 1", name + b": here"))
        assert message.fields[long] == b"here"
        assert message.header(name.decode()) == "here"
    assert canonical(short.upper()) == canonical(long.title()) == long


def test_no_other_letter_is_a_compact_name() -> None:
    assert canonical(b"Z") == b"z"
    assert canonical(b"no token") == b""


@pytest.mark.row("SYN-01")
def test_a_request_in_compact_names_alone_is_answered() -> None:
    """An INVITE whose every name is compact, and one that mixes them, are understood."""
    sdp = b"v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n"
    sdp += b"m=audio 4000 RTP/AVP 0\r\n"
    data = head(
        b"v: SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bKa",
        b"F: <sip:a@h>;tag=1",
        b"t: <sip:b@h>",
        b"i: 1",
        b"CSeq: 1 INVITE",
        b"m: <sip:a@192.0.2.9>",
        b"K: replaces",
        b"c: application/sdp",
        b"s: compact",
        b"e: identity",
        b"Via: SIP/2.0/UDP 192.0.2.8:5070;branch=z9hG4bKb",
        b"l: %d" % len(sdp),
        start=b"INVITE sip:200@h SIP/2.0",
        body=sdp,
    )
    response = answered(data)
    assert response.status == 200
    assert len(response.values(b"via")) == 2
    assert b"m=audio 9 RTP/AVP 0" in response.body


@pytest.mark.row("SYN-02")
@pytest.mark.parametrize(
    ("line", "value"),
    [
        (b"Subject: a\r\n b", b"a b"),
        (b"Subject: a \t\r\n\t \tb", b"a b"),
        (b"Subject:\r\n a", b"a"),
        (b"Subject : a", b"a"),
        (b"SUBJECT\t \t:\ta \t", b"a"),
        (b"Subject:a", b"a"),
        (b"Subject:", b""),
        (b"Subject: \r\n \r\n a", b"a"),
        (b"Subject: a: b", b"a: b"),
    ],
    ids=["one", "around", "first", "before", "tabs", "none", "empty", "blank-fold", "colon"],
)
def test_a_fold_is_one_space_and_white_space_round_a_value_is_none(
    line: bytes, value: bytes
) -> None:
    """White space is allowed before and after the colon, and a fold in a value is one space."""
    message = parse(head(line, b"Call-ID: 1"))
    assert message.fault is None
    assert message.fields[b"subject"] == value
    assert message.fields[b"call-id"] == b"1"


@pytest.mark.row("SYN-18")
@pytest.mark.parametrize(
    ("start", "unit", "end"),
    [
        (b"Subject: a\r\n b", b" ", b"c"),
        (b"Subject: a", b"\r\n ", b"c"),
        (b"Subject", b" ", b": a\r\n b"),
        (b"Subject: a\r\n b", b"x", b""),
        (b"Subject: a\r\n b", b"\r\nVia: c", b""),
    ],
    ids=["spaces", "folds", "before-colon", "long", "many"],
)
def test_a_long_head_takes_time_in_proportion(start: bytes, unit: bytes, end: bytes) -> None:
    """A head 16 times as long may take some 16 times as long, never 256 times.

    The bound lies between the two, and a base of some microseconds keeps the clock's grain out.
    """
    heads = [head(start + unit * count + end) for count in (2_000, 32_000)]
    assert [parse(data).fault for data in heads] == [None, None]
    short, long = (least_time(partial(parse, data)) for data in heads)
    assert long < 64 * max(short, 20e-6)


@pytest.mark.row("SYN-03")
def test_lines_of_one_name_keep_their_order() -> None:
    """A header field in several lines reads like one comma list, whatever names it goes by."""
    message = parse(head(b"Via: a, b", b"To: x", b"v: c", b"VIA: d"))
    assert message.values(b"via") == [b"a, b", b"c", b"d"]
    assert message.fields[b"via"] == b"a, b"
    assert message.headers("v") == ["a, b", "c", "d"]
    assert message.values(b"to") == [b"x"]
    assert message.values(b"from") == []
    assert message.header("From") is None
    assert message.fault is None


@pytest.mark.row("SYN-03")
def test_credentials_of_several_lines_stay_apart() -> None:
    """A comma in an Authorization line does not divide it: each line is one value."""
    one, other = b'Digest realm="a", nonce="1"', b'Digest realm="b", nonce="2"'
    message = parse(head(b"Authorization: " + one, b"Authorization: " + other))
    assert message.values(b"authorization") == [one, other]


@pytest.mark.row("SYN-04")
def test_names_have_no_case_and_methods_do() -> None:
    """The case of a header name means nothing; a method in lower case is another method."""
    message = parse(head(b"cALL-iD: 1", start=b"options sip:h SIP/2.0"))
    assert message.header("Call-Id") == "1"
    assert message.method == b"options"
    usual = head(
        b"VIA: SIP/2.0/UDP 192.0.2.9:5070;BRANCH=z9hG4bKa",
        b"from: <SIP:a@h>;TAG=1",
        b"TO: <sip:b@h>",
        b"CALL-ID: 1",
        b"CSEQ: 1 invite",
        start=b"invite sip:200@h SIP/2.0",
    )
    assert answered(usual).status == 501


@pytest.mark.parametrize(
    "line",
    [b"no colon here", b"Subject", b"", b": no name", b"two words: x", b"(comment): x", b"\xff: x"],
)
def test_a_line_that_is_no_header_field_is_a_fault(line: bytes) -> None:
    message = parse(head(b"Call-ID: 1", line, b"To: x"))
    if line:
        assert message.fault is not None
        assert message.fault[0] == 400
        assert message.fields[b"to"] == b"x"
    else:
        assert message.fault is None
        assert b"to" not in message.fields
    assert message.fields[b"call-id"] == b"1"


def test_a_repeated_line_with_a_faulty_one_among_them() -> None:
    message = parse(head(b"A: 1", b"nothing", b"a: 2", b"A: 3", b"?: x"))
    assert message.values(b"accept-contact") == [b"1", b"2", b"3"]
    assert message.fault == (400, "Bad Request (header line without a colon)")


def test_odd_spellings_do_not_grow_without_bound() -> None:
    for number in range(5_000):
        assert canonical(b"X-Odd-%d" % number) == b"x-odd-%d" % number
    assert canonical(b"CALL-ID") == b"call-id"
    assert canonical(b"X-" + b"y" * 100) == b"x-" + b"y" * 100


@pytest.mark.parametrize(
    "line",
    [
        b"Subject: lunch",
        b"Subject:lunch",
        b"Subject:  lunch \t",
        b"Subject: a: b",
        b"Subject:a: b",
        b"s: lunch",
        b"Subject : lunch",
        b"Subject:",
        b"Subject",
        b": lunch",
        b"Subject: lunch\r\nSubject: dinner",
        b"Subject: lunch\r\n and dinner",
        b"Subject: " + 300 * b"x",
    ],
)
def test_a_message_that_came_before_reads_as_it_did(line: bytes) -> None:
    seen = [parse(head(b"From: <sip:a@h>", line)) for _ in range(3)]
    first = seen[0]
    for again in seen[1:]:
        assert (again.method, again.uri) == (first.method, first.uri)
        assert (again.fields, again.repeated) == (first.fields, first.repeated)
        assert again.fault == first.fault


def test_lines_that_never_come_again_take_no_more_room() -> None:
    for number in range(10_000):
        long = b"X-Odd: %d" % number + 300 * b"x"
        parse(head(b"X-Odd: %d" % number, long, start=b"INVITE sip:%d@h SIP/2.0" % number))
    assert len(of_messages._lines) <= of_messages._MAX_LINES
    assert len(of_messages._starts) <= of_messages._MAX_LINES
    assert max(map(len, of_messages._lines)) <= of_messages._LONGEST_LINE
    assert canonical(b"Subject") == b"subject"
    assert parse(head(b"X-Odd: 0")).fields == {b"x-odd": b"0"}


def test_what_may_come_once_is_known_by_its_long_name() -> None:
    assert {canonical(name) for name in SINGLE} == SINGLE


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("größe \N{SNOWMAN}".encode(), "größe \N{SNOWMAN}"),
        (b"\xff\xfe", "\\xff\\xfe"),
        (b"\x00", "\x00"),
    ],
    ids=["utf-8", "other", "nul"],
)
def test_a_value_as_text_never_fails(value: bytes, text: str) -> None:
    message = parse(head(b"Subject: " + value))
    assert message.fields[b"subject"] == value
    assert message.header("s") == text


def test_a_message_shows_its_first_line() -> None:
    assert repr(parse(head())) == "<Message b'OPTIONS sip:h SIP/2.0'>"


# Where the head ends, and the body.


@pytest.mark.row("FRM-01")
def test_bytes_beyond_content_length_are_no_part_of_the_message() -> None:
    """What follows the body that Content-Length names is dropped, from the record too."""
    message = parse(head(b"Content-Length: 3", body=b"abcINVITE sip:x SIP/2.0\r\n\r\n"))
    assert message.body == b"abc"
    assert message.data.endswith(b"\r\n\r\nabc")
    assert message.fault is None


@pytest.mark.row("FRM-02")
def test_a_body_shorter_than_content_length_is_a_fault() -> None:
    """A datagram that ends before its body does is refused."""
    message = parse(head(b"l: 4", body=b"abc"))
    assert message.fault == (400, "Bad Request (body shorter than Content-Length)")


@pytest.mark.row("FRM-03")
def test_without_content_length_the_body_is_the_rest() -> None:
    """A datagram without Content-Length has its body up to its end."""
    message = parse(head(b"To: x", body=b"a\r\n\r\nb"))
    assert message.body == b"a\r\n\r\nb"
    assert message.fault is None


@pytest.mark.row("FRM-06")
@pytest.mark.parametrize(
    ("value", "fits"),
    [
        (b"3", True),
        (b"0000000000000003", True),
        (b"-1", False),
        (b"+3", False),
        (b"0x3", False),
        (b"3 3", False),
        (b"3, 3", False),
        (b"", False),
        (b"1_0", False),
        (b"\xd9\xa3", False),
        (b"9" * 5000, False),
    ],
    ids=["three", "zeros", "minus", "plus", "hex", "two", "list", "none", "_", "arabic", "huge"],
)
def test_content_length_is_digits(value: bytes, fits: bool) -> None:
    """A Content-Length that is no plain number is refused; leading zeros are harmless."""
    message = parse(head(b"Content-Length: " + value, body=b"abc"))
    assert (message.fault is None) is fits
    assert message.body == (b"abc" if fits else b"")


@pytest.mark.row("FRM-12")
def test_a_chunked_body_is_the_bytes_that_came() -> None:
    """Transfer-Encoding says nothing in SIP."""
    chunks = b"3\r\nabc\r\n0\r\n\r\n"
    message = parse(
        head(b"Transfer-Encoding: chunked", b"Content-Length: %d" % len(chunks), body=chunks)
    )
    assert message.body == chunks
    assert message.fault is None


def test_lines_that_end_in_bare_line_feeds_are_read() -> None:
    message = parse(b"OPTIONS sip:h SIP/2.0\nTo: a\n b\nContent-Length: 2\n\nxyz")
    assert message.fault is None
    assert message.fields[b"to"] == b"a b"
    assert message.body == b"xy"
    assert message.data.endswith(b"\n\nxy")


def test_bare_line_feeds_without_a_blank_line_are_read() -> None:
    message = parse(b"OPTIONS sip:h SIP/2.0\nTo: a\n")
    assert message.fault is None
    assert message.fields == {b"to": b"a"}


@pytest.mark.parametrize("end", [b"", b"\r\n", b"\r\nTo: x\r\n", b"\n\n"])
def test_a_head_without_its_blank_line_is_a_fault(end: bytes) -> None:
    message = parse(START + b"\r\nCall-ID: 1" + end)
    assert message.fault == (400, "Bad Request (no blank line after the header)")
    assert message.fields[b"call-id"] == b"1"


# Any bytes.

SEPARATORS = [
    b"\r\n", b"\n", b"\r", b" ", b"\t", b":", b",", b";", b"=", b"<", b">", b'"', b"\\", b"/", b"@",
    b"\x00", b"\xff", b"SIP/2.0", b"INVITE", b"ACK", b"sip:h", b"Via", b"v", b"To", b"From",
    b"CSeq", b"Call-ID", b"Content-Length", b"0", b"4294967296", b"z9hG4bK", b"branch", b"tag",
    b"rport", b"\r\n\r\n", b"\r\n ", b"200", b"SIP/2.0/UDP", b"CANCEL", b"REGISTER", b"*",
]  # fmt: skip
ANY_BYTES = st.one_of(
    st.binary(max_size=300), st.lists(st.sampled_from(SEPARATORS), max_size=60).map(b"".join)
)


@given(ANY_BYTES)
@example(b"")
@example(b"\r\n\r\n")
@example(b"SIP/2.0\r\n\r\n")
@example(b"\r\n \r\n\r\n")
def test_no_bytes_raise(data: bytes) -> None:
    message = parse(data)
    assert message.fault is not None or message.method or message.status
    assert all(type(value) is bytes for value in message.fields.values())
    for name in message.fields:
        assert message.values(name)[0] == message.fields[name]
        assert len(message.headers(name.decode("latin-1"))) in {0, len(message.values(name))}
    assert message.body in data
    assert repr(message)


@given(st.lists(ANY_BYTES, max_size=4), st.sampled_from(["udp", "tcp"]))
@example([b"\x00\x01\x00\x00!\x12\xa4B" + b"\x00" * 12], "udp")
def test_no_bytes_raise_out_of_the_stack(pieces: list[bytes], transport: str) -> None:
    network = Network(Stack(Settings(), counted_tokens()))
    flow = network.datagrams() if transport == "udp" else network.connect()
    for piece in pieces:
        if not flow.closed:
            network.receive(flow, piece)
    network.advance(100.0)


# Round trip.

TOKEN = st.text("ABCxyz019-.!%*_+`'~", min_size=1, max_size=12).map(str.encode)
WHITE = st.text(" \t", max_size=3).map(str.encode)
TEXT = st.binary(min_size=1, max_size=20).filter(
    lambda value: not set(value) & set(b"\r\n") and value == value.strip()
)
KNOWN = st.sampled_from(
    [b"Via", b"To", b"From", b"Contact", b"Supported", b"Subject", b"Route", b"X-Other", b"CSeq"]
)


@dataclass(frozen=True)
class Line:
    name: bytes
    spelled: bytes
    words: tuple[bytes, ...]
    gaps: tuple[bytes, ...]
    around: tuple[bytes, bytes, bytes]

    @property
    def value(self) -> bytes:
        return b" ".join(self.words)

    def written(self) -> bytes:
        parts = [self.words[0]]
        for gap, word in zip(self.gaps, self.words[1:], strict=True):
            parts += [gap, word]
        before, behind, end = self.around
        return b"%b%b:%b%b%b" % (self.spelled, before, behind, b"".join(parts), end)


@st.composite
def lines(draw: st.DrawFn) -> Line:
    name = draw(st.one_of(KNOWN, TOKEN.map(lambda token: b"X-" + token)))
    spellings = [name, name.lower(), name.upper(), name.swapcase()]
    if name.lower() in COMPACT_OF:
        spellings += [COMPACT_OF[name.lower()], COMPACT_OF[name.lower()].upper()]
    words = tuple(draw(st.lists(TEXT, min_size=1, max_size=4)))
    fold = st.tuples(WHITE, WHITE).map(lambda white: white[0] + b"\r\n " + white[1])
    gap = st.one_of(st.just(b" "), fold)
    gaps = tuple(draw(gap) for _ in words[1:])
    behind = draw(st.one_of(WHITE, fold))
    around = (draw(WHITE), behind, draw(WHITE))
    return Line(name.lower(), draw(st.sampled_from(spellings)), words, gaps, around)


@given(st.lists(lines(), max_size=8), TOKEN, st.binary(max_size=40))
def test_a_message_written_in_any_way_reads_the_same(
    fields: list[Line], method: bytes, body: bytes
) -> None:
    data = head(
        *[line.written() for line in fields],
        b"l: %d" % len(body),
        start=method + b" sip:h SIP/2.0",
        body=body,
    )
    message = parse(data)
    assert message.fault is None
    assert (message.method, message.uri, message.body) == (method, b"sip:h", body)
    for name in {line.name for line in fields}:
        assert message.values(name) == [line.value for line in fields if line.name == name]


@given(st.lists(st.lists(TOKEN, min_size=1, max_size=3), min_size=1, max_size=4), WHITE)
def test_a_comma_list_reads_like_lines(rows: list[list[bytes]], white: bytes) -> None:
    comma = white + b"," + white
    message = parse(head(*[b"Supported: " + comma.join(row) for row in rows]))
    read = [each for value in message.values(b"supported") for each in split_commas(value)]
    assert read == [each for row in rows for each in row]


ODD = st.binary(min_size=1, max_size=30).map(
    lambda value: bytes(octet for octet in value if octet not in b'\r\n"\\<>,;:@ \t\x0b\x0c\x00')
)


@pytest.mark.row("RSP-01")
@given(ODD, ODD, ODD)
def test_bytes_of_any_kind_come_back_untouched(name: bytes, other: bytes, call_id: bytes) -> None:
    """UTF-8, and bytes that are none, stand in the response just as they came."""
    sender = b'"' + name + b'" <sip:a@h>;tag=1'
    to = b'"' + other + b'" <sip:b@h>'
    identifier = b"x" + call_id
    response = answered(
        head(
            b"Via: SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bKa;x=" + "ä".encode().hex().encode(),
            b"From: " + sender,
            b"To: " + to,
            b"Call-ID: " + identifier,
            b"CSeq: 1 OPTIONS",
        )
    )
    assert response.status == 200
    assert response.fields[b"from"] == sender
    assert response.fields[b"to"].startswith(to + b";tag=")
    assert response.fields[b"call-id"] == identifier


def test_a_list_of_tokens_is_read_over_several_lines() -> None:
    message = parse(b"OPTIONS sip:h SIP/2.0\r\nSupported: A, b ,,\r\nk: C\r\n\r\n")
    assert message.tokens(b"supported") == [b"a", b"b", b"c"]
    assert message.tokens(b"require") == []
