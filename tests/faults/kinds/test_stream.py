import pytest

from responder.faults.fault import Mishap
from responder.faults.kinds.stream import Close, Reset, Slow, Split
from tests.faults.messages import BUSY, parcels, passage


@pytest.mark.parametrize("segments", [2, 3, 7, 60_000])
def test_pieces_make_up_the_message(segments: int) -> None:
    told = passage()
    [parcel] = Split(segments=segments, pause=0.1).transmit(parcels(BUSY), told)
    assert b"".join(piece for _, piece in parcel.pieces) == BUSY
    assert len(parcel.pieces) == min(segments, len(BUSY))
    assert [gap for gap, _ in parcel.pieces] == [0.0] + [0.1] * (len(parcel.pieces) - 1)
    assert told.told == [f"split transmission 1 of 486 into {len(parcel.pieces)} segments"]


def test_the_rate_decides_about_the_pauses() -> None:
    told = passage()
    [parcel] = Slow(rate=50.0, bytes_=5).transmit(parcels(b"0123456789"), told)
    assert parcel.pieces == ((0.0, b"01234"), (0.1, b"56789"))
    assert told.told == ["slowed transmission 1 of 486 down to 50 bytes/s"]


@pytest.mark.parametrize(
    ("fault", "verb", "ending"), [(Close(), "closed", "close"), (Reset(), "reset", "reset")]
)
def test_the_connection_ends_behind_the_last_parcel(fault: Mishap, verb: str, ending: str) -> None:
    told = passage()
    found = fault.transmit(parcels(BUSY, BUSY), told)
    assert [each.ending for each in found] == ["", ending]
    whole = len(BUSY)
    assert told.told == [
        f"{verb} the connection after {whole} of {whole} bytes of transmission 1 of 486"
    ]


@pytest.mark.parametrize(("after", "left"), [(0, b""), (7, b"SIP/2.0"), (60_000, BUSY)])
def test_the_connection_ends_in_the_middle(after: int, left: bytes) -> None:
    [parcel] = Reset(bytes_=after).transmit(parcels(BUSY), passage())
    assert parcel.data == left


def test_what_does_not_leave_ends_nothing() -> None:
    told = passage()
    assert Close().transmit([], told) == []
    assert told.told == []
