"""What counts for a run, and what clients send by themselves."""

import pytest

from responder.journal.record import Record
from responder.judge.counting import Counting, first_copies, last_moment
from responder.testing.caller import Caller
from responder.testing.network import Network
from tests.scenario.scenarios import compiled, stack_behind, stack_of

RULES = """
scenario: s
rules:
  - {name: qualify, match: {method: OPTIONS, uri.user: ping}, respond: 200}
  - {name: register, match: {method: REGISTER, to.user: alice}, respond: 403}
  - {name: busy, match: {uri.user: busy}, respond: 486}
"""
NAMED = "expect: [{rule: qualify, calls: 1}]\n"
ORDERED = "expect: [{order: [qualify, busy]}]\n"


def counts(
    method: str, dialled: str, more: str = "", headers: dict[str, str] | None = None
) -> bool:
    alice = Caller(Network(stack_of(RULES + more)))
    made = compiled(RULES + more)
    alice.start(method, dialled, headers)
    (record,) = stack_behind(alice).journal.records
    return Counting(stack_behind(alice).uas.rules, made.expectations).counts(record)


@pytest.mark.parametrize(
    ("method", "dialled", "more", "counted"),
    [
        ("INVITE", "busy", "", True),
        ("INVITE", "nobody", "", True),
        ("MESSAGE", "nobody", "", True),
        ("OPTIONS", "ping", "", False),
        ("OPTIONS", "ping", NAMED, True),
        ("OPTIONS", "ping", ORDERED, True),
        ("OPTIONS", "busy", NAMED, False),
        ("OPTIONS", "nobody", "", False),
        ("OPTIONS", "nobody", "unmatched: 404\n", False),
        ("OPTIONS", "503", "", True),
    ],
)
def test_an_options_counts_where_somebody_asks_for_it(
    method: str, dialled: str, more: str, counted: bool
) -> None:
    assert counts(method, dialled, more) is counted


@pytest.mark.parametrize(
    ("to", "more", "counted"),
    [
        ("alice", "", True),
        ("bob", "", False),
        ("403", "", True),
        ("bob", "unmatched: 404\n", True),
    ],
)
def test_a_register_counts_where_a_rule_answers_or_is_missed(
    to: str, more: str, counted: bool
) -> None:
    assert counts("REGISTER", "", more, {"To": f"<sip:{to}@192.0.2.1>"}) is counted


def test_a_rule_that_was_added_later_is_a_rule() -> None:
    rules = stack_behind(Caller(Network(stack_of(RULES)))).uas.rules
    register, options = Record(1, 0.0, "REGISTER"), Record(2, 0.0, "OPTIONS")
    register.rule = options.rule = "added/later 1/2"
    assert Counting(rules).counts(register)
    assert not Counting(rules).counts(options)


def test_what_the_record_has_dropped_is_not_known_any_more() -> None:
    stack = stack_of("rules: []")
    alice = Caller(Network(stack))
    alice.start("OPTIONS", "503")
    (record,) = stack.journal.records
    record.evict()
    assert not Counting(stack.uas.rules).counts(record)
    assert first_copies([record, record]) == [record, record]


def test_a_copy_after_the_end_of_its_transaction_opens_no_call() -> None:
    alice = Caller(Network(stack_of(RULES)))
    alice.call("busy")
    alice.ack()
    alice.advance(60.0)
    alice.again(alice.invite)
    alice.advance(60.0)
    alice.call("busy")
    first, copy, second = stack_behind(alice).journal.records
    assert first_copies([first, copy, second]) == [first, second]


def test_the_last_moment_of_a_call_is_its_end() -> None:
    alice = Caller(Network(stack_of(RULES)))
    began = alice.network.now
    alice.call("180-2-200")
    (record,) = stack_behind(alice).journal.records
    assert last_moment(record) == began
    alice.advance(2.0)
    alice.ack()
    assert last_moment(record) == began + 2.0
    alice.advance(3.0)
    alice.bye()
    assert last_moment(record) == began + 5.0
