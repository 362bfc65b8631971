from responder.faults.kinds.loss import Drop
from tests.faults.messages import BUSY, parcels, passage


def test_nothing_leaves() -> None:
    told = passage(2)
    assert Drop().transmit(parcels(BUSY), told) == []
    assert told.told == ["dropped transmission 2 of 486"]


def test_what_is_lost_already_is_not_lost_again() -> None:
    told = passage()
    assert Drop().transmit([], told) == []
    assert told.told == []
