import pytest

from responder.faults.kinds.path import FromPort, IgnoreRport
from tests.faults.messages import BUSY, parcels, passage


@pytest.mark.parametrize(("port", "said"), [(0, "another port"), (5099, "port 5099")])
def test_it_leaves_from_another_port(port: int, said: str) -> None:
    told = passage()
    [parcel] = FromPort(port=port).transmit(parcels(BUSY), told)
    assert parcel.port == port
    assert told.told == [f"sent transmission 1 of 486 from {said}"]


@pytest.mark.parametrize(("sent_by", "port"), [(b"10.0.0.1:5099", 5099), (b"phone.invalid", 5060)])
def test_it_goes_to_the_port_of_the_via_at_the_source_address(sent_by: bytes, port: int) -> None:
    data = BUSY.replace(b"192.0.2.9:5070", sent_by)
    [parcel] = IgnoreRport().transmit(parcels(data), passage())
    assert parcel.address == ("192.0.2.9", port)


def test_a_via_that_cannot_be_read_decides_nothing() -> None:
    told = passage()
    [parcel] = IgnoreRport().transmit(parcels(b"SIP/2.0 486 Busy\r\n\r\n"), told)
    assert parcel.address is None
    assert told.told == ["left transmission 1 of 486 alone: its Via cannot be read"]


def test_nothing_goes_nowhere() -> None:
    told = passage()
    assert FromPort().transmit([], told) == IgnoreRport().transmit([], told) == []
    assert told.told == []
