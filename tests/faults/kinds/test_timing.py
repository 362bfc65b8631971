from responder.faults.kinds.timing import Delay, Join, Reorder
from tests.faults.calls import drawing
from tests.faults.messages import BUSY, parcels, passage


def test_every_parcel_is_delayed() -> None:
    told = passage()
    found = Delay(time=2.0).transmit(parcels(BUSY, BUSY), told)
    assert [each.delay for each in found] == [2.0, 2.0]
    assert told.told == ["delayed transmission 1 of 486 by 2.000 s"] * 2


def test_jitter_goes_both_ways_and_never_back_in_time() -> None:
    fault = Delay(time=1.0, jitter=2.0)
    for number, delay in ((0.0, 0.0), (0.5, 1.0), (0.75, 2.0)):
        [parcel] = fault.transmit(parcels(BUSY), passage(draw=drawing(number)))
        assert parcel.delay == delay


def test_a_parcel_waits_for_the_next() -> None:
    told = passage()
    [parcel] = Reorder(within=3.0).transmit(parcels(BUSY), told)
    assert (parcel.waits, parcel.joins) == (3.0, False)
    [parcel] = Join(within=4.0).transmit(parcels(BUSY), told)
    assert (parcel.waits, parcel.joins) == (4.0, True)
    assert told.told == [
        "held transmission 1 of 486 back until the next transmission",
        "joined transmission 1 of 486 with the next transmission",
    ]


def test_nothing_waits_for_nothing() -> None:
    told = passage()
    assert Reorder().transmit([], told) == Join().transmit([], told) == []
    assert told.told == []
