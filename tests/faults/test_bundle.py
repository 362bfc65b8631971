import pytest

from responder.faults.bundle import Bundle, needs
from responder.faults.fault import Fault
from responder.faults.kinds.late import Late
from responder.faults.kinds.loss import Drop
from responder.faults.kinds.path import FromPort
from responder.faults.kinds.spelling import Compact, NameCase
from responder.faults.kinds.stream import Close, Reset, Slow, Split
from responder.faults.kinds.timing import Delay, Join, Reorder
from responder.faults.parameter import Unfit


def test_faults_are_sorted_by_hook_and_act_in_their_order() -> None:
    late = Late()
    bundle = Bundle((Split(), NameCase(), Delay(), late, Drop(), Compact()))
    assert bundle.mutations == (NameCase(), Compact())
    assert bundle.mishaps == (Drop(), Delay(), Split())
    assert bundle.late is late
    assert repr(Bundle((Compact(),))) == "Bundle((Compact(),))"
    assert (str(Bundle((Drop(), Compact()))), str(Bundle(()))) == ("drop, compact", "no fault")


def test_one_fault_can_be_there_twice() -> None:
    assert Bundle((Drop(), Drop(from_=3))).mishaps == (Drop(), Drop(from_=3))


@pytest.mark.parametrize(
    "faults", [(Close(), Reset()), (Split(), Slow()), (Reorder(), Join()), (Join(), Split())]
)
def test_some_cannot_stand_together(faults: tuple[Fault, Fault]) -> None:
    for one, other in (faults, faults[::-1]):
        sentence = f"{one.NAME} and {other.NAME} cannot stand together"
        with pytest.raises(Unfit, match=sentence):
            Bundle((one, other))


def test_a_response_is_late_once() -> None:
    with pytest.raises(Unfit, match="late can be there once"):
        Bundle((Late(), Late()))


def test_what_a_fault_needs() -> None:
    assert [needs(each) for each in (Drop(), FromPort(), Reset())] == ["", "UDP", "a connection"]
