"""Faults as scenario files write them, and calls that files with faults answer."""

from typing import Any

import jsonschema
import pytest

from responder.fault_files import FaultFiles
from responder.faults.bundle import Bundle
from responder.faults.fault import Fault
from responder.faults.impairment import Impairment
from responder.faults.kinds.identity import Wrong
from responder.faults.kinds.loss import Drop
from responder.faults.kinds.stream import Split
from responder.faults.kinds.timing import Delay
from responder.faults.registry import FAULTS
from responder.scenario.faults import FAULT, IMPAIRMENT, BadFault
from responder.scenario.steps import Respond
from responder.scenario.yaml_text import Table, read_yaml
from tests.scenario.scenarios import caller_of, compiled, stack_behind

FILES = FaultFiles()


def schema(name: str) -> jsonschema.Draft202012Validator:
    made: dict[str, Any] = {"$ref": f"#/$defs/{name}", "$defs": FILES.schema()}
    return jsonschema.Draft202012Validator(made)


def read(text: str) -> object:
    data = read_yaml(f"x: {text}", "f.yaml")
    assert isinstance(data, Table)
    return data["x"]


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("{drop: 2}", [Drop(count=2)]),
        ("{drop: {chance: 0.3}}", [Drop(chance=0.3)]),
        ("{drop: [1, {from: 3}]}", [Drop(count=1), Drop(from_=3)]),
        ("{delay: 250ms}", [Delay(time=0.25)]),
        ("{delay: 2}", [Delay(time=2.0)]),
        ("{delay: {time: 1m, jitter: 1.5s}}", [Delay(time=60.0, jitter=1.5)]),
        ("{wrong: via-branch}", [Wrong("via-branch")]),
        ("{wrong: {part: cseq, value: 007}}", [Wrong("cseq", "007")]),
        ("[{split: 3}, drop]", [Split(segments=3), Drop()]),
    ],
)
def test_what_files_write(text: str, faults: list[Fault]) -> None:
    written = read(text)
    assert FILES.fault(written).faults == tuple(faults)
    assert schema(FAULT).is_valid(written)


def test_an_impairment() -> None:
    written = read("{direction: in, source: 192.0.2.0/24, loss: 0.1, until: 30s}")
    expected = Impairment(direction="in", source="192.0.2.0/24", loss=0.1, until=30.0)
    assert FILES.impairment(written) == expected
    assert schema(IMPAIRMENT).is_valid(written)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("{dorp: 1}", ("dorp",)),
        ("[drop, {drop: {from: 0}}]", (1, "drop", "from")),
        ("{drop: [1, x]}", ("drop", 1)),
    ],
)
def test_a_mistake_has_its_place(text: str, path: tuple[str | int, ...]) -> None:
    with pytest.raises(BadFault) as told:
        FILES.fault(read(text))
    assert told.value.path == path
    assert not schema(FAULT).is_valid(read(text))


@pytest.mark.parametrize("text", ["5", "{los: 1}", "{loss: 2}", "{source: x}"])
def test_an_impairment_that_cannot_be(text: str) -> None:
    with pytest.raises(BadFault):
        FILES.impairment(read(text))


def test_the_schema_knows_every_fault_and_refers_to_nothing_else() -> None:
    made = FILES.schema()
    named = made[f"{FAULT}-named"]["anyOf"][1]["properties"]
    assert list(named) == list(FAULTS)
    assert {f"{FAULT}-{name}" for name in FAULTS} <= made.keys()
    jsonschema.Draft202012Validator.check_schema({"$defs": made})


# Whole files.


def test_a_lost_answer() -> None:
    alice = caller_of(
        """
rules:
  - name: lost answer
    match: {method: INVITE, uri.user: lossy}
    respond:
      - 180
      - {status: 200, fault: {drop: 2}}
"""
    )
    alice.call("lossy")
    alice.advance(1.5)
    alice.ack()
    assert alice.ladder() == ["-> INVITE", "<- 180", "+1.5 <- 200", "-> ACK"]


def test_timers_of_a_rule_and_faults_of_its_steps() -> None:
    alice = caller_of(
        "timers: {t1: 100ms}\nrules: [{respond: {status: 486, fault: [{drop: 2}, compact]}}]"
    )
    alice.call("1001")
    alice.advance(0.4)
    assert alice.ladder() == ["-> INVITE", "+0.3 <- 486"]
    assert b"\r\ni: call-1@" in alice.last().data


def test_each_rule_with_its_own_faults() -> None:
    alice = caller_of(
        "rules:\n"
        "  - {match: {uri.user: a}, respond: {status: 486, fault: drop}}\n"
        "  - {match: {uri.user: b}, respond: 486}\n"
    )
    alice.call("a")
    alice.call("b")
    assert alice.ladder() == ["-> INVITE", "-> INVITE", "<- 486"]


def test_impairments_of_all_files_together() -> None:
    one, two = "impair: {loss: 0.1}", "impair: [{direction: out, delay: 1s}, {delay: 2}]"
    assert compiled(one, two, "rules: []").impairments == (
        Impairment(loss=0.1),
        Impairment(direction="out", delay=1.0),
        Impairment(delay=2.0),
    )


def test_a_step_has_what_the_file_says() -> None:
    [rule] = compiled("rules: [{respond: {status: 486, fault: {drop: 2}}}]").rules.rules
    [[step]] = rule.program.attempts
    assert isinstance(step, Respond)
    assert isinstance(step.fault, Bundle)
    assert step.fault.faults == (Drop(count=2),)


def test_a_step_without_faults_has_nothing() -> None:
    alice = caller_of("rules: [{respond: 486}]")
    alice.call("1001")
    [transaction] = stack_behind(alice).endpoint.transactions.values()
    assert transaction.faults is None
