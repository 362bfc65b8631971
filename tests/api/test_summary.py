"""What happened, as the report of a failed test has it."""

import pytest

from responder.api import summary as module
from responder.api.summary import summary
from responder.rulebook import Added
from tests.api.calls import Owner
from tests.scenario.scenarios import compiled


def told(owner: Owner, *addresses: str) -> list[str]:
    return list(summary(owner.stack.journal, owner.rulebook, addresses, owner.judge))


def test_where_nothing_came() -> None:
    assert told(Owner()) == ["listening on nothing", "no request came at all"]


def test_each_call_with_its_ladder_and_what_its_caller_did_wrong() -> None:
    owner = Owner()
    owner.alice.call("486")
    owner.alice.ack({"CSeq": "9 ACK"})
    lines = told(owner, "udp:127.0.0.1:5060")
    assert lines[0] == "listening on udp:127.0.0.1:5060"
    assert lines[2].startswith("call 1, INVITE 486 <- alice")
    assert any("486 Busy Here" in line for line in lines)
    assert any(line.startswith("wrong ") for line in lines)


def test_what_went_wrong_with_rules_comes_first() -> None:
    owner = Owner()
    rules = compiled("rules: [{name: busy, match: {uri.user: 1001}, respond: 486}]").rules.rules
    owner.rulebook.put("me", Added(rules[0], None))
    owner.dial("1002")
    lines = told(owner)
    assert [line.partition(" (")[0] for line in lines[1:5]] == [
        "no rule matched call 1, INVITE 1002 <- alice from 192.0.2.9:5070",
        "  nearest rule: a/busy",
        "    uri.user  wanted 1001, got 1002 ",
        "rule a/busy",
    ]


def test_of_many_calls_the_latest_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 2)
    owner = Owner()
    owner.dial(*["486"] * 5)
    lines = told(owner)
    assert lines[1] == "3 earlier calls are not shown"
    assert [line[:6] for line in lines if line.startswith("call ")] == ["call 4", "call 5"]
