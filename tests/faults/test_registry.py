"""Every fault, as far as one test can hold for all of them."""

import re
from pathlib import Path

import pytest

from responder.faults.fault import Fault, Mishap, Mutation
from responder.faults.kinds.damage import Truncate
from responder.faults.kinds.identity import Wrong
from responder.faults.kinds.late import Late
from responder.faults.kinds.loss import Drop
from responder.faults.kinds.spelling import Compact
from responder.faults.parameter import Unfit
from responder.faults.registry import FAULTS, compile_faults, make, parameters_of
from tests.faults.calls import called, faulty

KINDS = Path(__file__).parent / "kinds"
# What has to be written for those that cannot guess it.
REQUIRED = {"missing": "To", "doubled": "To", "also": 180, "delay": 0.1, "phrase": "empty"}
REQUIRED |= {"wrong": "cseq", "body": "short"}

each_kind = pytest.mark.parametrize("kind", FAULTS.values(), ids=list(FAULTS))


def test_all_that_was_promised_is_there() -> None:
    promised = {"drop", "duplicate", "delay", "reorder", "truncate", "corrupt", "late", "wrong"}
    promised |= {"missing", "split", "slow", "close", "reset", "from-port", "ignore-rport"}
    assert promised <= FAULTS.keys()
    assert list(FAULTS) == sorted(FAULTS)


@each_kind
def test_a_fault_is_described(kind: type[Fault]) -> None:
    assert kind.__doc__
    assert kind.__doc__.rstrip().endswith(".")
    assert re.fullmatch(r"[a-z][a-z-]+", kind.NAME)
    assert isinstance(kind(), {"mutate": Mutation, "transmit": Mishap, "answer": Late}[kind.HOOK])
    found = parameters_of(kind)
    assert all(each.about and (each.choices or each.type != "choice") for each in found)
    if kind.SCALAR:
        assert found[0].attribute == kind.SCALAR
    for each in found:
        if not each.required and each.default not in {None, ""}:
            assert each.read(each.default, "default") == each.default


@each_kind
def test_a_fault_conflicts_with_faults_and_they_with_it(kind: type[Fault]) -> None:
    for name in kind.CONFLICTS:
        assert kind.NAME in FAULTS[name].CONFLICTS


@each_kind
def test_a_fault_has_a_test_beside_those_of_its_family(kind: type[Fault]) -> None:
    text = (KINDS / f"test_{kind.__module__.rpartition('.')[2]}.py").read_text()
    assert kind.__name__ in text or f'"{kind.NAME}"' in text


@each_kind
@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_call_with_a_fault_is_recorded_and_ends(kind: type[Fault], transport: str) -> None:
    call = called(faulty(486, {kind.NAME: REQUIRED.get(kind.NAME)}), transport=transport)
    if kind.NAME == "late":
        call.alice.cancel()
    call.alice.advance(400.0)
    assert call.left_over() == {}
    assert call.record.status == 486
    if kind.NAME != "other-tag" or transport == "udp":
        assert call.record.faults()


@pytest.mark.parametrize(
    ("written", "faults"),
    [
        ("compact", [Compact()]),
        ({"drop": 2}, [Drop(count=2)]),
        ({"drop": None, "compact": True}, [Drop(), Compact()]),
        ({"drop": {"chance": 0.5}}, [Drop(chance=0.5)]),
        ({"truncate": {"bytes": 9}}, [Truncate(bytes_=9)]),
        ({"truncate": 9}, [Truncate(bytes_=9)]),
        ({"wrong": ["cseq", "call-id"]}, [Wrong("cseq"), Wrong("call-id")]),
        (["compact", {"drop": [{"from": 1}, {"from": 3}]}], [Compact(), Drop(), Drop(from_=3)]),
        ([], []),
    ],
)
def test_the_forms_in_which_faults_are_written(written: object, faults: list[Fault]) -> None:
    assert compile_faults(written).faults == tuple(faults)


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("dorp", 'there is no fault "dorp"; did you mean drop?'),
        ({"drop": "x"}, 'fault drop: count is "x", but has to be a whole number from 1 to 1000000'),
        ({"drop": {"counts": 1}}, 'fault drop: it has no "counts"; did you mean count?'),
        ({"compact": 3}, "fault compact: it takes no value, but found 3: write its name alone"),
        ({"missing": None}, "fault missing: header is missing: its name"),
        (7, "a fault is its name, or a mapping such as drop: 2; found 7"),
        (
            ["split", "slow"],
            "split and slow cannot stand together: leave one of them out",
        ),
    ],
)
def test_mistakes_are_told_in_a_sentence(written: object, sentence: str) -> None:
    with pytest.raises(Unfit) as told:
        compile_faults(written)
    assert str(told.value) == sentence


def test_a_list_makes_several() -> None:
    assert make("drop", [1, 2]) == [Drop(count=1), Drop(count=2)]
