"""Which responses are believed."""

import pytest

from responder.probe.screening import screen, understood
from responder.sip.errors import Malformed
from responder.sip.message import parse
from tests.probe.far_end import response

REQUEST = (
    b"OPTIONS sip:192.0.2.9 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:40000;branch=z9hG4bK1;rport\r\n"
    b"From: <sip:probe@192.0.2.1>;tag=near\r\nTo: <sip:192.0.2.9>\r\nCall-ID: c\r\n"
    b"CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
)
OURS = {b"192.0.2.1:40000"}


def test_a_response_to_us_is_believed() -> None:
    via = screen(parse(response(parse(REQUEST), 200)), OURS)
    assert via.branch == b"z9hG4bK1"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"to": b""}, "it has no To"),
        ({"call-id": b""}, "it has no Call-Id"),
        ({"via": b""}, "it has no Via"),
        ({"cseq": b"x OPTIONS"}, "CSeq: not a number and a method"),
        ({"max-forwards": b"99999999999"}, "Max-Forwards: number too large"),
        ({"session-expires": b"x"}, None),
        ({"min-se": b"90;x=1"}, None),
    ],
)
def test_why_a_response_is_not_believed(changes: dict[str, bytes], reason: str | None) -> None:
    message = parse(response(parse(REQUEST), 200, **changes))
    if reason is None:
        screen(message, OURS)
    else:
        with pytest.raises(Malformed) as fault:
            screen(message, OURS)
        assert str(fault.value) == reason


@pytest.mark.row("FRM-02")
def test_a_response_whose_body_is_cut_off_is_dropped() -> None:
    data = response(parse(REQUEST), 200, body=b"whole")[:-1]
    with pytest.raises(Malformed, match="body shorter than Content-Length"):
        screen(parse(data), OURS)


def test_a_response_of_another_version_is_dropped() -> None:
    data = response(parse(REQUEST), 200).replace(b"SIP/2.0 200", b"SIP/3.0 200")
    with pytest.raises(Malformed, match="Version Not Supported"):
        screen(parse(data), OURS)


def test_known_statuses_are_what_they_are() -> None:
    assert [understood(status) for status in (100, 183, 486, 603)] == [100, 183, 486, 603]
