"""A call turned into a rule and a test: they give the next such request the same answer."""

import asyncio
from typing import Any

import pytest

from responder import Responder
from responder.control.call_as_rule import as_test, as_yaml, rule_of
from responder.control.problem import Problem
from responder.journal.record import Record
from responder.scenario.yaml_text import read_yaml
from responder.sip.message import parse
from tests.cli.phone import phone
from tests.scenario.scenarios import caller_of, stack_behind

ANSWERS = {
    "busy": "486",
    "rings": "[180, {wait: 2s}, {status: 480, reason: Gone Fishing}]",
    "headers": "{status: 503, headers: {Retry-After: 5, X-Why: [a, 'b: \"c\"']}}",
    "body": '{status: 488, body: {type: text/plain, text: "one\\ntwo"}}',
    "soon": "[{wait: 300ms}, 404]",
    "silent": "silent",
    "lost": "[180, {status: 200, fault: {drop: 2}}]",
    "lost for good": "{status: 486, reason: No, fault: {drop: 99}}",
}


def called(text: str, method: str = "INVITE") -> Record:
    """Have a scenario answer; return the record of a call of 1001."""
    alice = caller_of(text)
    if method == "INVITE":
        alice.call("1001")
    else:
        alice.start(method, "1001")
    alice.advance(5.0)
    [record] = stack_behind(alice).journal.records
    return record


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=[*ANSWERS])
def test_the_rule_of_a_call_gives_the_same_answer(answer: str) -> None:
    first = called(f"rules: [{{respond: {answer}}}]")
    second = called(as_yaml(first))
    assert second.rule.endswith("call 1")
    assert second.statuses == first.statuses
    assert shown(second) == shown(first)


def test_what_is_lost_is_lost_as_often() -> None:
    record = called("rules: [{respond: [180, {status: 486, reason: No, fault: {drop: 2}}]}]")
    lost = {"status": 486, "reason": "No", "fault": {"drop": 2}}
    assert rule_of(record)["respond"] == [180, lost]


def shown(record: Record) -> list[tuple[str, float, bytes, list[bytes], bytes]]:
    """Return what is particular to each response of a record."""
    found = []
    for entry in record.entries:
        message = parse(entry.data)
        if entry.kind.startswith(("sent", "suppressed")) and message.status:
            own = [*message.values(b"retry-after"), *message.values(b"x-why")]
            when = round(entry.at - record.started, 1)
            found.append((entry.kind, when, message.reason, own, bytes(message.body)))
    return found


def test_a_call_that_we_hang_up_is_hung_up_again() -> None:
    text = "rules: [{respond: [200, {receive: ACK}, {wait: 1s}, {send: BYE}]}]"
    alice = caller_of(text)
    alice.call("1001")
    alice.ack()
    alice.advance(2.0)
    [record] = stack_behind(alice).journal.records
    assert rule_of(record)["respond"] == [200, {"wait": "1s"}, {"send": "BYE"}]


def test_another_method() -> None:
    rule = rule_of(called("rules: [{respond: 405}]", "MESSAGE"))
    assert rule == {
        "name": "call 1",
        "match": {"method": "MESSAGE", "uri.user": "1001"},
        "respond": 405,
    }


def test_the_test_of_a_call_passes_where_its_call_is_made() -> None:
    record = called("rules: [{respond: [180, {status: 486, reason: 'Not \"now\"'}]}]")
    names: dict[str, Any] = {}
    exec(compile(as_test(record), "test_call.py", "exec"), names)
    with pytest.raises(NotImplementedError, match="have it send INVITE to sip:1001@"):
        names["call"]("sip:1001@127.0.0.1")
    with Responder(media_ports="off") as responder:

        async def dial() -> None:
            async with phone(responder.addresses[0]) as alice:
                await alice.call("1001")
                assert await alice.statuses() == [180, 486]
                await alice.ack()

        names["call"] = lambda _uri: asyncio.run(dial())
        names["test_call_1"](responder)


def test_what_came_by_the_wire_is_no_code_and_no_yaml() -> None:
    alice = caller_of("rules: [{respond: 486}]")
    alice.call("1001", {"From": '<sip:"%0a@example.com>;tag=1'})
    [record] = stack_behind(alice).journal.records
    record.identify()
    record.target = 'x"""\nimport os\n# \\'
    assert compile(as_test(record), "x", "exec").co_names[1:] == (
        "str",
        "call",
        "test_call_1",
    )
    assert list(read_yaml(as_yaml(record), "x")) == ["rules"]


def test_of_a_call_that_was_dropped_there_is_no_rule() -> None:
    record = called("rules: [{respond: 486}]")
    record.evict()
    with pytest.raises(Problem, match="not kept any more") as caught:
        rule_of(record)
    assert caught.value.status == 409
