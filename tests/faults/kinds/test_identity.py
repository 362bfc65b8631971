import pytest

from responder.faults.kinds.identity import PARTS
from tests.faults.messages import ANSWER, BUSY, BYE, changed_lines, mutated

CASES = [
    (
        "via-branch",
        b"Via: SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bKwrong;rport=5070",
    ),
    (
        "via-sent-by",
        b"Via: SIP/2.0/UDP wrong.invalid:5060;branch=z9hG4bKold;rport=5070",
    ),
    ("to-tag", b"To: <sip:1001@192.0.2.1>;tag=wrong"),
    ("from-tag", b'From: "A" <sip:alice@192.0.2.9;tag=uri>;tag=wrong'),
    ("call-id", b"Call-ID: wrong-call-1"),
    ("cseq", b"CSeq: 8 INVITE"),
    ("cseq-method", b"CSeq: 7 OPTIONS"),
    ("content-length", b"Content-Length: 20"),
    ("content-type", b"Content-Type: application/wrong"),
    ("version", b"SIP/3.0 200 OK"),
    ("status", b"SIP/2.0 999 OK"),
    ("no-phrase", b"SIP/2.0 200"),
    ("start-line", b"wrong"),
]


@pytest.mark.parametrize(("part", "line"), CASES)
def test_one_line_is_wrong_and_no_other(part: str, line: bytes) -> None:
    data, said = mutated("wrong", part, ANSWER)
    assert list(changed_lines(ANSWER, data).values()) == [line]
    assert said == f"a wrong {part}"


def test_a_contact_is_added_where_there_is_none() -> None:
    assert b"\r\nContact: <sip:wrong@wrong.invalid>\r\n" in mutated("wrong", "contact")[0]


def test_a_request_has_another_uri_or_version() -> None:
    data, _ = mutated("wrong", "request-uri", BYE)
    assert data.startswith(b"BYE sip:wrong@wrong.invalid SIP/2.0\r\n")
    data, _ = mutated("wrong", "version", BYE)
    assert data.startswith(b"BYE sip:alice@192.0.2.9 SIP/3.0\r\n")


@pytest.mark.parametrize(
    ("part", "value", "line"),
    [
        ("cseq", "4294967296", b"CSeq: 4294967296 INVITE"),
        ("cseq-method", "ACK", b"CSeq: 7 ACK"),
        ("content-length", "-1", b"Content-Length: -1"),
        ("start-line", "HTTP/1.1 200 OK", b"HTTP/1.1 200 OK"),
        ("via-branch", "old", b"Via: SIP/2.0/UDP 192.0.2.9:5070;branch=old;rport=5070"),
    ],
)
def test_a_wrong_value_can_be_chosen(part: str, value: str, line: bytes) -> None:
    data, _ = mutated("wrong", {"part": part, "value": value})
    assert line in data.split(b"\r\n")


def test_numbers_that_are_none_are_wrong_too() -> None:
    odd = BUSY.replace(b"7 INVITE", b"x OPTIONS").replace(b"Length: 0", b"Length: x")
    assert b"CSeq: 1 OPTIONS" in mutated("wrong", "cseq", odd)[0]
    assert b"CSeq: x INVITE" in mutated("wrong", "cseq-method", odd)[0]
    assert b"Content-Length: 10" in mutated("wrong", "content-length", odd)[0]


@pytest.mark.parametrize(
    ("part", "data"),
    [("request-uri", BUSY), ("status", BYE), ("no-phrase", BYE), ("to-tag", BYE)],
)
def test_what_a_message_does_not_have_cannot_be_wrong(part: str, data: bytes) -> None:
    assert mutated("wrong", part, data) == (data, "")


def test_every_part_is_tested() -> None:
    assert {part for part, _ in CASES} | {"contact", "request-uri"} == set(PARTS)
