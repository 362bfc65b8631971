import pytest

from responder.sip.message import parse
from tests.faults.calls import drawing
from tests.faults.messages import ANSWER, BUSY, BYE, mutated


@pytest.mark.parametrize(
    ("kind", "start"),
    [
        ("empty", b"SIP/2.0 486 \r\n"),
        ("long", b"SIP/2.0 486 " + b"x" * 8192 + b"\r\n"),
        ("utf-8", "SIP/2.0 486 Besetzt, zajęty".encode()),
        ("control", b"SIP/2.0 486 Busy\x07\x1b"),
    ],
)
def test_odd_phrases(kind: str, start: bytes) -> None:
    data, said = mutated("phrase", kind)
    assert data.startswith(start)
    assert said.startswith("a reason phrase that is ")


def test_a_request_has_no_phrase() -> None:
    assert mutated("phrase", "empty", BYE) == (BYE, "")


@pytest.mark.parametrize(
    ("how", "body"),
    [
        ("short", b"v=0\r\n"),
        ("long", b"v=0\r\ns=-\r\n\r\nand more than was said\r\n"),
        ("garbage", b"\x80" * 10),
    ],
)
def test_a_body_disagrees_with_its_length_or_type(how: str, body: bytes) -> None:
    data, said = mutated("body", how, ANSWER, drawing(0.5))
    assert data.partition(b"\r\n\r\n")[2] == body
    assert parse(data).header("Content-Length") == "10"
    assert said.startswith("a body that is ")


def test_a_type_without_a_body() -> None:
    data, said = mutated("body", "none", ANSWER)
    assert data.endswith(b"Content-Type: application/sdp\r\nContent-Length: 0\r\n\r\n")
    assert said == "a Content-Type and no body"


def test_a_message_without_a_body_gets_one_to_be_wrong_about() -> None:
    message = parse(mutated("body", "short", BUSY)[0])
    assert message.header("Content-Type") == "application/sdp"
    assert message.fault == (400, "Bad Request (body shorter than Content-Length)")


def test_bytes_in_front_and_behind() -> None:
    assert mutated("before", "\r\n")[0] == b"\r\n" + BUSY
    assert mutated("behind", "é") == (BUSY + "é".encode(), "2 bytes behind")
    assert mutated("before")[1] == "13 bytes in front"


@pytest.mark.parametrize(
    ("where", "piece"),
    [
        ("start-line", b"SIP/2.0\x00 200 OK"),
        ("name", b"V\x00ia: "),
        ("value", b"Via: SIP/2.0/UDP 192.0.2.9:5070"),
        ("body", b"\r\n\r\nv=0\r\n\x00s=-\r\n"),
        ("before", b"\x00SIP/2.0 "),
        ("behind", b"s=-\r\n\x00"),
    ],
)
def test_a_nul_byte(where: str, piece: bytes) -> None:
    data, said = mutated("nul", where, ANSWER)
    assert data.count(b"\0") == 1
    assert piece in data
    assert said == f"a NUL in the {where}"


def test_a_message_without_header_fields_has_no_nul_in_them() -> None:
    assert mutated("nul", "name", b"wrong\r\n\r\n")[0] == b"wrong\r\n\r\n"
