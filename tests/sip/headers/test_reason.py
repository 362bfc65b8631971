import pytest

from responder.sip.errors import Malformed
from responder.sip.headers.reason import Reason, parse_reason, parse_reason_list


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (
            b'SIP ;cause=200 ;text="Call completed elsewhere"',
            Reason(b"SIP", 200, b"Call completed elsewhere"),
        ),
        (b"Q.850;cause=16;text=Terminated", Reason(b"Q.850", 16, b"Terminated")),
        (b"preemption", Reason(b"preemption")),
        (
            b'SIP;text="a \\"b\\"";location=x',
            Reason(b"SIP", None, b'a "b"', ((b"location", b"x"),)),
        ),
        (b"SIP;text", Reason(b"SIP", None, b"")),
    ],
    ids=repr,
)
def test_values(value: bytes, reason: Reason) -> None:
    assert parse_reason(value) == reason
    assert parse_reason(reason.to_bytes()) == reason


def test_a_list_keeps_its_order() -> None:
    reasons = parse_reason_list(b'SIP;cause=580;text="a, b", Q.850;cause=16')
    assert [(each.protocol, each.cause) for each in reasons] == [(b"SIP", 580), (b"Q.850", 16)]


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        (b"", "empty element"),
        (b"SIP,,Q.850", "empty element"),
        (b";cause=1", "no protocol"),
        (b"SIP;cause=x", "not a number"),
        (b"SIP;cause", "not a number"),
        (b"SIP;cause=99999999999", "number too large"),
        (b"SIP;cause=1;cause=2", "parameter twice"),
        (b"SIP 200", "bad parameter"),
    ],
    ids=repr,
)
def test_what_is_no_reason(value: bytes, fault: str) -> None:
    with pytest.raises(Malformed, match=f"^Reason: {fault}$"):
        parse_reason_list(value)
