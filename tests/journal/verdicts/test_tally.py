"""Verdicts on records that the journal no longer holds."""

from collections.abc import Collection

from responder.journal.journal import Journal
from responder.journal.record import Record
from responder.journal.verdicts.tally import Tally
from responder.sip.settings import Settings
from responder.stack import Stack
from responder.testing.caller import Caller
from responder.testing.network import Network
from responder.testing.tokens import counted_tokens


def tallied(calls: int, wanted: Collection[str]) -> tuple[Caller, Tally]:
    """Return a caller, and the tally of a journal that holds this many calls."""
    journal = Journal(calls)
    tally = Tally(journal, lambda _record: wanted)
    journal.leaving = tally.add
    return Caller(Network(Stack(Settings(), counted_tokens(), journal=journal))), tally


def test_each_record_is_judged_as_it_leaves() -> None:
    alice, tally = tallied(1, ("ack", "contact"))
    for headers in ({}, {"Contact": "<sip:alice@0.0.0.0>"}, {}):
        alice.call("486", headers)
        alice.ack()
    assert tally.counts == {
        ("dial", "ack", "correct"): 2,
        ("dial", "contact", "correct"): 1,
        ("dial", "contact", "wrong"): 1,
    }
    assert tally.faults["dial", "contact"].startswith("the Contact of the INVITE is at 0.0.0.0")


def test_the_calls_that_are_still_held_count_for_what_the_caller_did_next() -> None:
    alice, tally = tallied(2, ("retry-after",))
    for _ in range(3):
        alice.call("sip:503@192.0.2.1;retry-after=10")
        alice.ack()
        alice.advance(1.0)
    assert tally.counts == {("dial", "retry-after", "wrong"): 1}
    assert "INVITE came 1 s after the 503" in tally.faults["dial", "retry-after"]


def test_the_time_of_the_newest_call_is_the_present() -> None:
    alice, tally = tallied(1, ("ack",))
    alice.call("486")
    alice.advance(40.0)
    alice.call("486")
    assert tally.counts == {("dial", "ack", "wrong"): 1}


def test_nothing_is_done_for_records_that_nobody_asks_about() -> None:
    alice, tally = tallied(1, ())
    for _ in range(3):
        alice.call("486")
    assert not tally.counts


def test_a_tally_of_a_journal_that_is_empty_by_now() -> None:
    journal = Journal(size=10)
    tally = Tally(journal, lambda _record: ("ack",))
    journal.leaving = tally.add
    record = journal.open("INVITE", 1.0)
    record.received(1.0, b"x" * 11, again=False)
    assert record.evicted
    assert tally.counts == {("", "ack", "not seen"): 1}


def test_the_picture_of_the_journal_is_drawn_anew_from_time_to_time() -> None:
    alice, tally = tallied(30, ("failover",))
    for _ in range(60):
        alice.call("503")
        alice.ack()
    assert tally.counts == {("dial", "failover", "correct"): 30}


def leave(record: Record) -> None:
    assert not record.evicted
    assert record.entries


def test_a_record_is_whole_when_it_leaves() -> None:
    alice, _ = tallied(1, ())
    stack = alice.network.core
    assert isinstance(stack, Stack)
    stack.journal.leaving = leave
    for _ in range(2):
        alice.call("486")
    assert stack.journal.evicted == 1
