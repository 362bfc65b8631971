"""The record of one call: what it keeps, and whom it names."""

import pytest

from responder.journal.record import Entry, Ledger, Record
from responder.sip.events import Flow
from responder.sip.message import parse


def record_of(
    uri: str = "sip:486@h", sender: str = "<sip:alice@h>;tag=1", user: bytes = b"486"
) -> Record:
    record = Record(1, 10.0, "INVITE")
    record.flow = Flow("udp", ("192.0.2.1", 5060), ("192.0.2.9", 5070))
    record.request = parse(f"INVITE {uri} SIP/2.0\r\nf: {sender}\r\ni: c@h\r\n\r\n".encode())
    record.user = user
    return record


def test_entries_are_kept_in_order_and_copies_counted() -> None:
    record = Record(1, 10.0, "INVITE")
    record.received(10.0, b"INVITE", False)
    record.sent(10.1, b"486", False)
    record.received(10.5, b"INVITE", True)
    record.sent(10.5, b"486", True)
    record.note(42.0, "no ACK \u2026")
    assert record.entries == [
        Entry(10.0, "received", b"INVITE"),
        Entry(10.1, "sent", b"486"),
        Entry(10.5, "received again", b"INVITE"),
        Entry(10.5, "sent again", b"486"),
        Entry(42.0, "note", "no ACK \u2026".encode()),
    ]
    assert record.retransmissions == 2
    assert record.notes() == ["no ACK \u2026"]
    assert record.size == sum(len(entry.data) for entry in record.entries)


@pytest.mark.parametrize(
    ("sender", "caller"),
    [
        ("<sip:alice@h>;tag=1", "alice"),
        ('"A <b>" <sips:alice:secret@h:5060;x=y>', "alice"),
        ("sip:h.example:5060", "h.example"),
        ("<tel:+123>", "<tel:+123>"),
        ("<sip:J%C3%BCrgen@h>", "J%C3%BCrgen"),
        ("\u00fc", "\u00fc"),
    ],
)
def test_the_caller_is_the_user_or_host_of_from(sender: str, caller: str) -> None:
    assert record_of(sender=sender).identify().caller == caller


@pytest.mark.parametrize(
    ("uri", "user", "target"),
    [
        ("sip:486@h", b"486", "486"),
        ("sip:h", b"", "h"),
        ("sip:h", b"\xff", "\ufffd"),
        ("tel:1", b"", "tel:1"),
    ],
)
def test_the_target_is_what_was_dialled(uri: str, user: bytes, target: str) -> None:
    assert record_of(uri, user=user).identify().target == target


def test_names_are_taken_once_and_stay() -> None:
    record = record_of()
    assert record.identify() is record
    assert (record.source, record.call_id) == ("192.0.2.9:5070", "c@h")
    record.request = parse(b"INVITE sip:x SIP/2.0\r\n\r\n")
    assert record.identify().call_id == "c@h"


def test_an_ipv6_source_is_written_with_brackets() -> None:
    record = record_of()
    record.flow = Flow("udp", ("::1", 5060), ("2001:db8::9", 5070))
    assert record.identify().source == "[2001:db8::9]:5070"


def test_a_record_without_a_message_names_nobody() -> None:
    assert Record(1, 10.0, "INVITE").identify().caller == ""


def test_what_was_done_on_purpose_is_told_apart() -> None:
    record = Record(1, 0.0, "INVITE")
    record.fault(1.0, "dropped")
    record.suppressed(1.0, b"486")
    record.note(2.0, "a remark")
    assert record.entries == [
        Entry(1.0, "fault", b"dropped"),
        Entry(1.0, "suppressed", b"486"),
        Entry(2.0, "note", b"a remark"),
    ]
    assert (record.faults(), record.notes()) == (["dropped"], ["a remark"])
    assert record.retransmissions == 0


def test_a_record_keeps_500_entries_and_counts_the_rest() -> None:
    record = Record(1, 10.0, "INVITE")
    for number in range(503):
        record.received(10.0, b"%d" % number, False)
    assert len(record.entries) == 500
    assert record.entries[-1].data == b"499"
    assert record.left_out == 3


def test_an_evicted_record_keeps_its_names_and_nothing_else() -> None:
    record = record_of()
    record.received(10.0, b"INVITE", False)
    record.evict()
    record.sent(11.0, b"486", False)
    assert record.evicted
    assert record.entries == []
    assert (record.size, record.left_out) == (0, 1)
    assert (record.request, record.flow) == (None, None)
    assert record.caller == "alice"


def test_a_ledger_counts_what_all_records_hold_and_asks_for_room_when_it_is_over() -> None:
    asked: list[int] = []
    ledger = Ledger(10, lambda: asked.append(ledger.size))
    first, second = (Record(number, 0.0, "INVITE", ledger) for number in (1, 2))
    first.received(0.0, b"12345", False)
    second.received(0.0, b"12345", False)
    assert (ledger.size, asked) == (10, [])
    second.sent(0.0, b"1", False)
    assert (ledger.size, asked) == (11, [11])
    first.evict()
    assert ledger.size == 6
