"""Date: RFC 1123 dates, in GMT and nothing else (RFC 3261 section 20.17)."""

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from responder.sip.errors import Malformed, Misuse

# strftime would take the names from the locale.
_DAYS: Final = (b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun")
_MONTHS: Final = (
    *(b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun"),
    *(b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"),
)
_DATE: Final = re.compile(
    rb"(" + b"|".join(_DAYS) + rb"), ([0-9]{2}) (" + b"|".join(_MONTHS) + rb") ([0-9]{4})"
    rb" ([0-9]{2}):([0-9]{2}):([0-9]{2}) GMT"
)


def format_date(epoch_seconds: float) -> bytes:
    """Write a point in time as a Date value; fractions of a second are dropped.

    Args:
        epoch_seconds: seconds since 1970-01-01 00:00 UTC.

    Raises:
        Misuse: the year is not one of 1 to 9999.
    """
    return _format(epoch_seconds // 1)


# All responses of one second have the same Date.
@lru_cache(maxsize=4)
def _format(epoch_seconds: float) -> bytes:
    try:
        moment = datetime.fromtimestamp(epoch_seconds, UTC)
    except (OverflowError, ValueError, OSError) as fault:
        raise Misuse(f"no date for {epoch_seconds} seconds") from fault
    return b"%b, %02d %b %04d %02d:%02d:%02d GMT" % (
        _DAYS[moment.weekday()],
        moment.day,
        _MONTHS[moment.month - 1],
        moment.year,
        moment.hour,
        moment.minute,
        moment.second,
    )


def parse_date(value: bytes) -> int:
    """Parse a Date value into seconds since 1970-01-01 00:00 UTC.

    The day of the week has to be one, but not the right one.

    Raises:
        Malformed: another form, another zone than GMT, or a day or time that does not exist.
    """
    match = _DATE.fullmatch(value)
    if match is None:
        raise Malformed("Date: not an RFC 1123 date in GMT")
    _, day, month, year, hour, minute, second = match.groups()
    try:
        moment = datetime(
            int(year),
            _MONTHS.index(month) + 1,
            int(day),
            int(hour),
            int(minute),
            # A leap second, which datetime does not know, counts as the one before it.
            59 if second == b"60" else int(second),
            tzinfo=UTC,
        )
    except ValueError as fault:
        raise Malformed("Date: no such time") from fault
    return int(moment.timestamp())
