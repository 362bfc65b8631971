from responder.faults.kinds.copies import Also, Duplicate, OtherTag
from tests.faults.calls import drawing
from tests.faults.messages import ANSWER, BUSY, BYE, parcels, passage


def test_copies_leave_one_after_another() -> None:
    told = passage()
    found = Duplicate(copies=2, gap=0.25).transmit(parcels(BUSY), told)
    assert [(each.delay, each.data) for each in found] == [(0, BUSY), (0.25, BUSY), (0.5, BUSY)]
    assert told.told == ["duplicated transmission 1 of 486: it leaves 2 times more"]


def test_a_copy_is_another_parcel() -> None:
    told = passage()
    one, other = Duplicate().transmit(parcels(BUSY), told)
    one.data = b""
    assert other.data == BUSY
    assert told.told == ["duplicated transmission 1 of 486: it leaves once more"]


def test_the_to_tag_changes_and_nothing_else() -> None:
    told = passage(2, draw=drawing(0.99))
    [parcel] = OtherTag().transmit(parcels(BUSY), told)
    assert parcel.data == BUSY.replace(b"tag=to\r\n", b"tag=other-ffffffff\r\n")
    assert told.told == ["gave transmission 2 of 486 the To tag other-ffffffff"]
    assert not OtherTag().befalls(1, drawing(0.0))


def test_another_response_has_the_header_fields_of_the_first_and_no_body() -> None:
    first, second = Also(status=699, after=1.0).transmit(parcels(ANSWER), passage())
    assert (first.data, first.delay, second.delay) == (ANSWER, 0.0, 1.0)
    assert second.data == BUSY.replace(b"486 Busy Here", b"699 Global Failure")


def test_a_request_has_no_other_response() -> None:
    told = passage()
    assert [each.data for each in Also().transmit(parcels(BYE), told)] == [BYE]
    assert told.told == []


def test_nothing_has_no_copies() -> None:
    told = passage()
    for fault in (Duplicate(), OtherTag(), Also()):
        assert fault.transmit([], told) == []
    assert told.told == []
