"""The bounds of the record: by number and by bytes, the oldest first."""

from hypothesis import given
from hypothesis import strategies as st

from responder.journal.journal import Journal, Stray
from responder.journal.record import Record


def stray(number: int) -> Stray:
    return Stray(float(number), "udp", "192.0.2.9:5070", "odd", 0, b"x")


def test_records_are_numbered_from_one() -> None:
    journal = Journal()
    assert [journal.open("INVITE", 1.0).number for _ in range(3)] == [1, 2, 3]


def test_the_oldest_records_go_first() -> None:
    journal = Journal(calls=2)
    first = journal.open("INVITE", 1.0)
    for _ in range(3):
        journal.open("INVITE", 2.0)
    assert [record.number for record in journal.records] == [3, 4]
    assert journal.evicted == 2
    assert first.evicted


def test_bytes_are_bounded_while_old_calls_go_on() -> None:
    journal = Journal(size=100)
    old, new = journal.open("INVITE", 1.0), journal.open("INVITE", 1.0)
    new.received(1.0, b"x" * 40, False)
    old.received(1.0, b"x" * 60, False)
    assert list(journal.records) == [old, new]
    new.received(2.0, b"x", False)
    assert old.evicted
    assert list(journal.records) == [new]
    assert new.size == 41


def test_a_record_that_alone_is_over_the_limit_goes_too() -> None:
    journal = Journal(size=100)
    record = journal.open("INVITE", 1.0)
    record.received(1.0, b"x" * 101, False)
    assert record.evicted
    assert not journal.records
    assert journal.evicted == 1


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 60)), max_size=60),
    st.integers(1, 4),
)
def test_no_order_of_events_breaks_a_bound(events: list[tuple[int, int]], calls: int) -> None:
    journal = Journal(calls=calls, size=100)
    opened: list[Record] = []
    for which, size in events:
        if which == 0 or not opened:
            opened.append(journal.open("INVITE", 1.0))
        else:
            opened[-which % len(opened)].sent(1.0, b"x" * size, False)
        assert len(journal.records) <= calls
        held = sum(record.size for record in opened)
        assert held == sum(record.size for record in journal.records) <= 100
        assert journal.evicted == sum(record.evicted for record in opened)


def test_strays_are_bounded_as_well_and_all_counted() -> None:
    journal = Journal(calls=2)
    for number in range(3):
        journal.stray(stray(number))
    assert [each.at for each in journal.strays] == [1.0, 2.0]
    assert journal.counts["strays"] == 3


def test_a_journal_that_is_cleared_begins_anew_and_counts_on() -> None:
    journal = Journal(calls=2, size=100)
    for _ in range(3):
        journal.open("INVITE", 1.0).received(1.0, b"x" * 10, False)
    journal.stray(stray(1))
    kept = journal.records[-1]
    journal.clear()
    assert (list(journal.records), list(journal.strays), journal.evicted) == ([], [], 0)
    assert not journal.counts
    assert journal.open("INVITE", 2.0).number == 4
    kept.sent(2.0, b"x" * 99, False)
    assert [entry.kind for entry in kept.entries] == ["received", "sent"]
    assert [record.number for record in journal.records] == [4]


def test_what_is_counted_for_ever_outlives_what_is_kept() -> None:
    journal = Journal(calls=1)
    for _ in range(2):
        record = journal.open("INVITE", 1.0)
        record.received(1.0, b"x", True)
        journal.stray(stray(1))
        journal.open("INVITE", 1.0)
        journal.clear()
        record.sent(2.0, b"x", True)
    assert (journal.counts, journal.evicted, journal.held) == ({}, 0, 0)
    assert journal.opened == 4
    assert journal.ever_evicted == 2
    assert journal.ever_counted == {"strays": 2}
    assert (journal.again.received, journal.again.sent) == (2, 2)


def test_the_bytes_that_are_held_are_those_of_the_records() -> None:
    journal = Journal()
    for data in (b"12345", b"123"):
        journal.open("INVITE", 1.0).received(1.0, data, False)
    assert journal.held == 8
