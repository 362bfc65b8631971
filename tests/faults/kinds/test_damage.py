import pytest

from responder.faults.kinds.damage import Corrupt, Truncate
from tests.faults.calls import drawing
from tests.faults.messages import ANSWER, BUSY, parcels, passage


@pytest.mark.parametrize(("kept", "left"), [(5, 5), (0, len(BUSY) // 2), (60_000, len(BUSY))])
def test_the_end_is_lost(kept: int, left: int) -> None:
    told = passage(3)
    [parcel] = Truncate(bytes_=kept).transmit(parcels(BUSY), told)
    assert parcel.data == BUSY[:left]
    assert told.told == [f"truncated transmission 3 of 486 to {left} of {len(BUSY)} bytes"]


@pytest.mark.parametrize(
    ("where", "first", "last"),
    [
        ("any", 0, len(ANSWER) - 1),
        ("start-line", 0, 13),
        ("header", 16, ANSWER.index(b"\r\n\r\n")),
        ("body", len(ANSWER) - 10, len(ANSWER) - 1),
    ],
)
def test_bytes_of_one_part_are_changed(where: str, first: int, last: int) -> None:
    fault = Corrupt(where=where)
    for number, place in ((0.0, first), (0.999999, last)):
        told = passage(draw=drawing(number, 0.0))
        [parcel] = fault.transmit(parcels(ANSWER), told)
        changed = [at for at, byte in enumerate(parcel.data) if byte != ANSWER[at]]
        assert changed == [place]
        assert told.told == [f"corrupted transmission 1 of 486 at byte {place}"]


def test_what_has_no_body_has_none_corrupted() -> None:
    told = passage()
    assert Corrupt(where="body").transmit(parcels(BUSY), told)[0].data == BUSY
    assert told.told == ["corrupted transmission 1 of 486 at byte none"]


def test_any_byte_is_changed_to_another() -> None:
    for number in (0.0, 0.5, 0.999999):
        [parcel] = Corrupt().transmit(parcels(b"\xff"), passage(draw=drawing(0.0, number)))
        assert parcel.data != b"\xff"
