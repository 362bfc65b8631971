import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.sip.headers.content import MediaType, parse_media_type
from responder.sip.multipart import DEEPEST, MOST_PARTS, Part, parts, served
from tests.proportion import least_time

MIXED = parse_media_type(b'multipart/mixed;boundary="b"')
TEXT = MediaType(b"text", b"plain")


def body(*sections: bytes, boundary: bytes = b"b") -> bytes:
    return b"".join(
        [b"--%b\r\n%b\r\n" % (boundary, each) for each in sections] + [b"--%b--\r\n" % boundary]
    )


def contents(data: bytes, kind: MediaType = MIXED) -> list[bytes]:
    return [part.content for part in parts(kind, data)]


def test_parts_have_their_type_disposition_and_bytes() -> None:
    data = body(
        b"Content-Type: application/sdp\r\nContent-Disposition: Session;handling=x\r\n\r\nv=0\r\n",
        b"content-type:\r\n text/html;\r\n\tcharset=x\r\nX-Other: y\r\n\r\n\x00\xff\r\n\r\n",
        b"\r\nplain",
    )
    html = parse_media_type(b"text/html; charset=x")
    assert parts(MIXED, data) == [
        Part(parse_media_type(b"application/sdp"), b"session", b"v=0\r\n"),
        Part(html, b"", b"\x00\xff\r\n\r\n"),
        Part(TEXT, b"", b"plain"),
    ]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"preamble\r\n--b\r\n\r\none\r\n--b--\r\nepilogue", [b"one"]),
        (b"--b \t\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--b-- ", [b"one", b"two"]),
        (b"--b\n\none\n--b\n\ntwo\n--b--\n", [b"one", b"two"]),
        (b"--b\r\n\r\none", [b"one"]),
        (b"--b\r\n\r\none --b\r\n--bc\r\n--b", [b"one --b\r\n--bc", b""]),
        (b"--b\r\n--b\r\n--b--", [b"", b""]),
        (b"--b\r\nno blank line\r\n--b--", [b""]),
        (b"--b--\r\n\r\nbehind\r\n--b\r\n", []),
        (b"x --b\r\n\r\none", []),
        (b"", []),
    ],
    ids=[
        "preamble", "white-space", "bare-lf", "cut-short", "looks-alike", "empty", "head-only",
        "closed", "in-a-line", "nothing",
    ],
)  # fmt: skip
def test_a_delimiter_is_a_line_of_its_own(data: bytes, expected: list[bytes]) -> None:
    assert contents(data) == expected


@pytest.mark.parametrize(
    "kind",
    [b"multipart/mixed", b"multipart/mixed;boundary=" + b"b" * 71, b'multipart/x;boundary=""'],
)
def test_without_a_boundary_there_are_no_parts(kind: bytes) -> None:
    assert contents(body(b"\r\none"), parse_media_type(kind)) == []


def test_a_boundary_is_no_pattern() -> None:
    kind = parse_media_type(b'multipart/mixed;boundary="(.*+"')
    assert contents(body(b"\r\none", boundary=b"(.*+"), kind) == [b"one"]


@pytest.mark.parametrize(
    ("encoding", "content", "expected"),
    [
        (b"binary", b"\x00", [b"\x00"]),
        (b"8BIT", b"v=0", [b"v=0"]),
        (b"base64", b"dj0w\r\nDQo=", [b"v=0\r\n"]),
        (b"Quoted-Printable", b"v=3D0=\r\n", [b"v=0"]),
        (b"base64", b"dj0", []),
        (b"x-uuencode", b"v=0", []),
    ],
)
def test_a_transfer_encoding_is_undone(
    encoding: bytes, content: bytes, expected: list[bytes]
) -> None:
    section = b"Content-Transfer-Encoding: " + encoding + b"\r\n\r\n" + content
    assert contents(body(section)) == expected


def nested(depth: int) -> bytes:
    data = b"\r\ninnermost"
    for level in range(depth, 0, -1):
        name = b"n%d" % level
        kind = b"Content-Type: multipart/mixed;boundary=%b\r\n\r\n" % name
        data = kind + body(data, b"\r\nbeside", boundary=name)
    return data


def test_parts_of_parts_stand_in_their_place() -> None:
    data = body(b"\r\nfirst", nested(1), b"\r\nlast")
    assert contents(data) == [b"first", b"innermost", b"beside", b"last"]
    assert contents(body(nested(DEEPEST - 1)))[0] == b"innermost"


def test_nesting_without_end_is_not_followed() -> None:
    assert b"innermost" not in contents(body(nested(DEEPEST)))


def test_no_more_than_so_many_parts_are_looked_at() -> None:
    assert len(contents(body(*[b"\r\nx"] * (MOST_PARTS + 5)))) == MOST_PARTS
    assert len(contents(body(nested(1), *[b"\r\nx"] * MOST_PARTS))) == MOST_PARTS - 1


def test_a_part_of_no_type_is_left_out() -> None:
    assert contents(body(b"Content-Type: ;\r\n\r\none", b"\r\ntwo")) == [b"two"]


SDP = b"Content-Type: application/sdp\r\n"
UNKNOWN = b"Content-Type: application/x\r\n"
OPTIONAL = b"Content-Disposition: render;handling=optional\r\n"
KNOWN = frozenset({b"application/sdp", b"text/plain"})
ALTERNATIVE = parse_media_type(b"multipart/alternative;boundary=b")


def inner(kind: bytes, *sections: bytes, disposition: bytes = b"") -> bytes:
    named = b"Content-Type: multipart/%b;boundary=i\r\n%b\r\n" % (kind, disposition)
    return named + body(*sections, boundary=b"i")


def section(*lines: bytes) -> bytes:
    return b"".join([*lines, b"\r\nx"])


@pytest.mark.row("BOD-01", "BOD-02")
@pytest.mark.parametrize(
    ("sections", "expected"),
    [
        ([section(SDP)], True),
        ([section()], True),
        ([section(SDP), section(UNKNOWN)], False),
        ([section(UNKNOWN, b"Content-Disposition: render;handling=required\r\n")], False),
        ([section(SDP), section(UNKNOWN, OPTIONAL)], True),
        ([section(UNKNOWN, OPTIONAL), section(UNKNOWN)], False),
        ([section(SDP, b"Content-Disposition: early-session\r\n")], False),
        ([section(SDP, b"Content-Disposition: early-session;handling=optional\r\n")], True),
        ([section(SDP, b"Content-Disposition: by-reference\r\n")], True),
        ([section(SDP, b"Content-Disposition: ;\r\n")], False),
        ([section(b"Content-Type: ;\r\n")], False),
        ([section(b"Content-Type: ;\r\n", OPTIONAL)], True),
        ([section(SDP, b"Content-Transfer-Encoding: x-uuencode\r\n")], False),
        ([inner(b"mixed", section(SDP))], True),
        ([section(SDP), inner(b"mixed", section(UNKNOWN))], False),
        ([section(SDP), inner(b"mixed", section(UNKNOWN), disposition=OPTIONAL)], True),
        ([inner(b"alternative", section(SDP), section(UNKNOWN))], True),
        ([inner(b"alternative", section(UNKNOWN), section(UNKNOWN, OPTIONAL))], False),
        ([inner(b"x", section(SDP))], True),
        ([nested(DEEPEST - 1)], True),
        ([nested(DEEPEST)], False),
        ([section()] * MOST_PARTS + [section(UNKNOWN)], True),
        ([], True),
    ],
)
def test_a_part_that_is_required_has_to_be_understood(
    sections: list[bytes], expected: bool
) -> None:
    assert served(MIXED, body(*sections), KNOWN) is expected


@pytest.mark.parametrize(
    ("sections", "expected"),
    [
        ([section(UNKNOWN), section(SDP)], True),
        ([section(SDP), section(UNKNOWN)], True),
        ([section(UNKNOWN), inner(b"mixed", section(SDP))], True),
        ([section(UNKNOWN, OPTIONAL)], False),
        ([], True),
    ],
)
def test_one_of_alternatives_is_enough(sections: list[bytes], expected: bool) -> None:
    assert served(ALTERNATIVE, body(*sections), KNOWN) is expected


@pytest.mark.parametrize(
    ("unit", "end"),
    [
        (b"--b\r\n", b""),
        (b"\r\n", b""),
        (b"\r\n--b ", b""),
        (b"--b\r\na: b\r\n", b"\r\n"),
        (b"x\n ", b"\n\n"),
    ],
    ids=["delimiters", "line-ends", "spaces", "parts", "folds"],
)
def test_a_hostile_body_takes_time_in_proportion(unit: bytes, end: bytes) -> None:
    """A body 16 times as long may take some 16 times as long, never 256 times."""
    short, long = (b"--b\r\n" + unit * count + end for count in (1_000, 16_000))
    assert least_time(lambda: parts(MIXED, long)) < 64 * max(
        least_time(lambda: parts(MIXED, short)), 20e-6
    )


@given(
    st.lists(
        st.sampled_from(
            [b"--b", b"--", b"\r\n", b"\n", b"Content-Type: ", b"multipart/x;boundary=b", b"text/x",
             b":", b" ", b"\x00", b"Content-Transfer-Encoding: base64", b"=", b"a"]
        ),
        max_size=40,
    ).map(b"".join)
)  # fmt: skip
def test_no_body_raises(data: bytes) -> None:
    found = parts(MIXED, data)
    served(MIXED, data, KNOWN)
    assert len(found) <= MOST_PARTS
    assert all(part.kind.type != b"multipart" for part in found)
