import pytest

from responder.faults.fault import ALL, Mishap, pick
from responder.faults.kinds.loss import Drop
from responder.faults.kinds.timing import Delay
from tests.faults.calls import drawing
from tests.faults.messages import passage


def befallen(fault: Mishap, *numbers: float) -> list[int]:
    draw = drawing(*(numbers or (0.0,)))
    return [attempt for attempt in range(1, 8) if fault.befalls(attempt, draw)]


@pytest.mark.parametrize(
    ("fault", "attempts"),
    [
        (Drop(), [1]),
        (Drop(count=3), [1, 2, 3]),
        (Drop(from_=3), [3]),
        (Drop(from_=3, count=2), [3, 4]),
        (Drop(from_=6, count=ALL), [6, 7]),
        (Delay(), [1, 2, 3, 4, 5, 6, 7]),
        (Delay(from_=2, count=1), [2]),
    ],
)
def test_transmissions_are_counted(fault: Mishap, attempts: list[int]) -> None:
    assert befallen(fault) == attempts


def test_chance_befalls_any_of_them_unless_they_are_counted() -> None:
    assert befallen(Drop(chance=0.5), 0.4, 0.5) == [1, 3, 5, 7]
    assert befallen(Drop(chance=0.5, from_=2, count=2), 0.4, 0.5) == [2]
    assert befallen(Drop(chance=0.0)) == []


def test_no_number_is_drawn_where_chance_does_not_decide() -> None:
    def draw() -> float:
        raise AssertionError("drawn")

    assert Drop().befalls(1, draw)
    assert not Drop(chance=0.5, from_=2).befalls(1, draw)


@pytest.mark.parametrize(("number", "picked"), [(0.0, 0), (0.5, 2), (0.999999, 3), (1.0, 3)])
def test_one_of_some_is_picked(number: float, picked: int) -> None:
    assert pick(4, drawing(number)) == picked


def test_a_transmission_has_a_name() -> None:
    assert passage(2).name == "transmission 2 of 486"
