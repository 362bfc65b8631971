import pytest

from responder.faults.impairment import Crossing, Impairment, Path
from responder.faults.parameter import Unfit, read
from responder.sip.events import Flow
from tests.faults.calls import drawing

DATA = b"0123456789"


def flow(transport: str = "udp", remote: str = "192.0.2.9") -> Flow:
    return Flow(transport, ("192.0.2.1", 5060), (remote, 5070))


def crossed(
    impairment: Impairment, *numbers: float, transport: str = "udp", times: int = 1
) -> list[Crossing]:
    """Messages that cross at 0 s, one after another."""
    path = Path(impairment, 0.0, drawing(*(numbers or (0.0,))))
    found = []
    for _ in range(times):
        crossing = Crossing(DATA)
        path.cross(crossing, flow(transport), "out", 0.0)
        found.append(crossing)
    return found


def words(crossing: Crossing) -> list[str]:
    return [word for word, _ in crossing.told]


# What it does.


def test_chance_loses() -> None:
    lost, kept = crossed(Impairment(loss=0.5), 0.4, 0.5, times=2)
    assert (lost.copies, words(lost)) == ([], ["lost"])
    assert (kept.copies, words(kept)) == ([(0.0, DATA)], [])


def test_chance_duplicates() -> None:
    [twice] = crossed(Impairment(duplicate=0.5))
    assert (twice.copies, words(twice)) == ([(0.0, DATA)] * 2, ["duplicated"])


def test_chance_changes_a_byte() -> None:
    [changed] = crossed(Impairment(corrupt=0.9), 0.2)
    assert changed.copies == [(0.0, b"01" + bytes([ord("2") + 52]) + b"3456789")]
    assert changed.told == [("corrupted", "corrupted at byte 2")]


def test_all_are_delayed() -> None:
    [late] = crossed(Impairment(delay=0.2, jitter=0.1), 0.75)
    assert late.copies == [(0.25, DATA)]
    assert late.told == [("delayed", "delayed by 0.250 s")]


def test_jitter_does_not_go_back_in_time() -> None:
    [early] = crossed(Impairment(jitter=0.1), 0.0)
    assert (early.copies, early.told) == ([(0.0, DATA)], [])


def test_some_overtake_those_that_are_delayed() -> None:
    first, second = crossed(Impairment(delay=0.2, reorder=0.5), 0.6, 0.4, times=2)
    assert (first.copies[0][0], second.copies[0][0]) == (0.2, 0.0)
    assert words(second) == ["reordered"]


def test_a_rate_makes_each_wait_for_those_before() -> None:
    found = crossed(Impairment(rate=100.0), times=3)
    assert [each.copies[0][0] for each in found] == pytest.approx([0.1, 0.2, 0.3])


def test_a_full_queue_loses_datagrams_and_no_streams() -> None:
    narrow = Impairment(rate=100.0, queue=25)
    assert [len(each.copies) for each in crossed(narrow, times=4)] == [1, 1, 0, 0]
    assert words(crossed(narrow, times=3)[2]) == ["overflow"]
    streams = crossed(narrow, times=4, transport="tcp")
    assert [len(each.copies) for each in streams] == [1, 1, 1, 1]


def test_a_connection_is_reset_and_otherwise_only_slow() -> None:
    rough = Impairment(loss=1, duplicate=1, corrupt=1, reorder=1, delay=0.5, reset=0.5)
    one, other = crossed(rough, 0.4, 0.6, transport="tcp", times=2)
    assert (one.reset, other.reset) == (True, False)
    assert other.copies == [(0.5, DATA)]
    assert words(one) == ["reset", "delayed"]


# What it concerns.


@pytest.mark.parametrize(
    ("impairment", "concerned"),
    [
        (Impairment(), True),
        (Impairment(direction="in"), True),
        (Impairment(direction="out"), False),
        (Impairment(transport="udp"), True),
        (Impairment(transport="tcp"), False),
        (Impairment(source="192.0.2.0/24"), True),
        (Impairment(source="192.0.2.9"), True),
        (Impairment(source="198.51.100.0/24"), False),
        (Impairment(source="2001:db8::/32"), False),
        (Impairment(from_=10.0), True),
        (Impairment(from_=10.1), False),
        (Impairment(until=10.1), True),
        (Impairment(until=10.0), False),
    ],
)
def test_traffic_is_chosen(impairment: Impairment, concerned: bool) -> None:
    path = Path(impairment, 1000.0, drawing(0.0))
    assert path.concerns(flow(), "in", 1010.0) is concerned


def test_a_peer_without_an_address_is_in_no_network() -> None:
    path = Path(Impairment(source="192.0.2.0/24"), 0.0, drawing(0.0))
    assert not path.concerns(flow(remote="unknown"), "out", 1.0)


# What cannot be.


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ({"transport": "tcp", "loss": 0.1}, "impairment: loss over tcp means nothing"),
        ({"transport": "tcp", "reorder": 0.1, "delay": 1}, "reorder over tcp means nothing"),
        ({"transport": "udp", "reset": 0.1}, "reset over udp means nothing"),
        ({"reorder": 0.1}, "reorder needs a delay"),
        ({"from": 5, "until": 5}, r"until \(5 s\) is not after from \(5 s\)"),
        ({"loss": 1.1}, "impairment: loss is 1.1, but has to be a number from 0 to 1"),
        ({"los": 1}, "did you mean loss?"),
    ],
)
def test_mistakes_are_told_in_a_sentence(written: dict[str, object], sentence: str) -> None:
    with pytest.raises(Unfit, match=sentence):
        read(Impairment, written, "impairment")
