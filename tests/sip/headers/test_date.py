import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.sip.errors import Malformed, Misuse
from responder.sip.headers.date import format_date, parse_date


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, b"Thu, 01 Jan 1970 00:00:00 GMT"),
        (1289690940.9, b"Sat, 13 Nov 2010 23:29:00 GMT"),
        (951782400.0, b"Tue, 29 Feb 2000 00:00:00 GMT"),
        (-0.5, b"Wed, 31 Dec 1969 23:59:59 GMT"),
    ],
    ids=repr,
)
def test_dates_are_written_in_gmt(seconds: float, text: bytes) -> None:
    assert format_date(seconds) == text
    assert parse_date(text) == seconds // 1


@given(st.integers(-62135596800, 253402300799))
def test_a_date_written_and_parsed_is_the_same(seconds: int) -> None:
    assert parse_date(format_date(seconds)) == seconds


@pytest.mark.parametrize("seconds", [1e12, -1e12, 1e300, float("nan"), float("inf")], ids=repr)
def test_no_date_is_written_beyond_the_calendar(seconds: float) -> None:
    with pytest.raises(Misuse, match="no date"):
        format_date(seconds)


def test_a_leap_second_counts_as_the_one_before_it() -> None:
    leap = parse_date(b"Sat, 31 Dec 2016 23:59:60 GMT")
    assert leap == parse_date(b"Sat, 31 Dec 2016 23:59:59 GMT")


@pytest.mark.row("SYN-19")
@pytest.mark.parametrize("zone", [b"EST", b"UTC", b"+0000", b"gmt", b""], ids=repr)
def test_no_zone_but_gmt_is_taken(zone: bytes) -> None:
    with pytest.raises(Malformed, match=r"^Date: not an RFC 1123 date in GMT$"):
        parse_date(b"Fri, 01 Jan 2010 16:00:00 " + zone)


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        (b"", "not an RFC 1123 date in GMT"),
        (b"Fri, 1 Jan 2010 16:00:00 GMT", "not an RFC 1123 date in GMT"),
        (b"Friday, 01-Jan-10 16:00:00 GMT", "not an RFC 1123 date in GMT"),
        (b"Fri, 31 Feb 2010 16:00:00 GMT", "no such time"),
        (b"Fri, 01 Jan 2010 24:00:00 GMT", "no such time"),
        (b"Fri, 01 Jan 2010 23:00:61 GMT", "no such time"),
        (b"Fri, 01 Jan 0000 00:00:00 GMT", "no such time"),
    ],
    ids=repr,
)
def test_what_is_no_date(value: bytes, fault: str) -> None:
    with pytest.raises(Malformed, match=f"^Date: {fault}$"):
        parse_date(value)
