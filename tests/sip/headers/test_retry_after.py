import pytest

from responder.sip.errors import Malformed
from responder.sip.headers.retry_after import RetryAfter, parse_retry_after


@pytest.mark.parametrize(
    ("value", "retry_after"),
    [
        (b"120", RetryAfter(120)),
        (b"0018000;duration=3600", RetryAfter(18000, None, ((b"duration", b"3600"),))),
        (b"120 (I'm in a meeting)", RetryAfter(120, b"(I'm in a meeting)")),
        (b"5(a (nested \\) one)) ; x", RetryAfter(5, b"(a (nested \\) one))", ((b"x", None),))),
    ],
    ids=repr,
)
def test_values(value: bytes, retry_after: RetryAfter) -> None:
    assert parse_retry_after(value) == retry_after
    assert parse_retry_after(retry_after.to_bytes()) == retry_after


def test_duration() -> None:
    assert parse_retry_after(b"5;duration=60").duration == 60
    assert parse_retry_after(b"5").duration is None


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        (b"", "not a number of seconds"),
        (b"soon", "not a number of seconds"),
        (b"Fri, 26 Sep 1997 16:00:00 GMT", "not a number of seconds"),
        (b"4294967296", "number too large"),
        (b"9" * 5000, "number too large"),
        (b"5 (open", "comment not closed"),
        (b"5 (\\)", "comment not closed"),
        (b"5 (a) (b)", "bad parameter"),
        (b"5 x", "bad parameter"),
        (b"5;duration=x", "not a number"),
        (b"5;duration", "not a number"),
        (b"5;duration=4294967296", "number too large"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_what_is_no_retry_after(value: bytes, fault: str) -> None:
    with pytest.raises(Malformed, match=f"^Retry-After: {fault}$"):
        parse_retry_after(value)
