"""Ladders of text, drawn from records."""

import pytest
from rich.cells import cell_len

from responder.journal.record import Entry, Record
from responder.report.ladder import Ladder, draw
from responder.report.rungs import Kind
from tests.report.records import INVITE, busy, response


def test_a_call_as_the_caller_sees_it() -> None:
    lines = draw(busy(), "probe", "192.0.2.9:5060", width=60)
    assert [line.text for line in lines] == [
        "          probe                               192.0.2.9:5060",
        "    0.000 │ INVITE sip:486@192.0.2.9 (SDP) ───────────────▶│",
        "    0.500 │ INVITE sip:486@192.0.2.9 (SDP, again) ────────▶│",
        "    0.510 │◀─────────────────────────────────── 100 Trying │",
        "    0.700 │◀──────────────────────────────── 486 Busy Here │",
        "    0.700 │ ACK ──────────────────────────────────────────▶│",
        "    1.200 │◀──────────────────────── 486 Busy Here (again) │",
        "    1.300 │ · the far end is busy                          │",
    ]
    assert [line.again for line in lines] == [False, False, True, False, False, False, True, False]


def test_the_same_as_the_other_end_sees_it_and_in_ascii() -> None:
    lines = draw(busy(), "alice", "here", ours="right", width=50, ascii_only=True)
    assert [line.text for line in lines][:4] == [
        "          alice                               here",
        "    0.000 |<----- INVITE sip:486@192.0.2.9 (SDP) |",
        "    0.500 |<-- INVITE sip:486@192.~ (SDP, again) |",
        "    0.510 | 100 Trying ------------------------->|",
    ]
    assert all(line.text.isascii() for line in lines)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (INVITE, "request"),
        (response(180), "provisional"),
        (response(200), "success"),
        (response(302), "redirect"),
        (response(404), "failure"),
        (response(503), "failure"),
        (response(600), "failure"),
        (response(999), "failure"),
    ],
)
def test_lines_have_the_kind_of_their_message(data: bytes, kind: Kind) -> None:
    record = Record(1, 0.0, "INVITE")
    record.received(0.0, data, False)
    assert draw(record, "a", "b")[1].kind == kind


@pytest.mark.parametrize(
    ("data", "label"),
    [
        pytest.param(response(200, b"OK", b"1 CANCEL"), "200 OK (CANCEL)", id="another-method"),
        pytest.param(response(200, b""), "200", id="no-phrase"),
        pytest.param(response(999, b"Far"), "SIP/2.0 999 Far", id="bad-status"),
        pytest.param(b"NONSENSE\r\n\r\n", "NONSENSE", id="no-message"),
        pytest.param(b"BYE sip:x SIP/2.0\r\n\r\n", "BYE", id="bare"),
        pytest.param(response(200, "Fäng\x1b[31mt\x9b".encode()), "200 Fäng·[31mt·", id="control"),
    ],
)
def test_labels(data: bytes, label: str) -> None:
    ladder = Ladder("a", "b", started=0.0)
    [line] = ladder.lines(Entry(0.0, "received", data))
    assert line.text.endswith(f"─ {label} │")


def test_what_faults_did_is_a_remark_and_what_never_left_is_an_arrow() -> None:
    record = Record(1, 0.0, "INVITE")
    record.fault(0.0, "dropped transmission 1 of 486")
    record.suppressed(0.0, response(486))
    _, remark, arrow = draw(record, "caller", "us", ours="right", width=60)
    assert remark.kind == "fault"
    assert " ✗ dropped transmission 1 of 486 " in remark.text
    assert arrow.kind == "failure"
    assert not arrow.again
    assert " (never left) " in arrow.text
    assert "◀" in arrow.text


def test_in_ascii_other_characters_become_question_marks() -> None:
    ladder = Ladder("a", "b", started=0.0, ascii_only=True)
    [line] = ladder.lines(Entry(0.0, "received", response(200, "Größe?\x1b".encode())))
    assert line.text.endswith(" 200 Gr??e?* |")


@pytest.mark.parametrize("width", [0, 40, 41, 60, 80, 133])
@pytest.mark.parametrize(
    "reason", [b"x" * 300, "電話中".encode() * 40, b"", "é".encode() * 25], ids=len
)
def test_every_line_is_as_wide_as_the_terminal(width: int, reason: bytes) -> None:
    record = Record(1, 0.0, "INVITE")
    record.received(0.0, response(486, reason), True)
    record.sent(0.0, b"INVITE sip:%b@x SIP/2.0\r\n\r\n" % reason, False)
    record.note(1.0, "a remark of many words " * 12)
    record.note(2.0, "")
    lines = draw(record, "a far longer name than fits" * 3, "another long name" * 9, width=width)
    assert {cell_len(line.text) for line in lines} == {max(width, 40)}


def test_a_long_note_takes_several_lines_with_one_time() -> None:
    ladder = Ladder("a", "b", started=0.0, width=40)
    texts = [line.text for line in ladder.lines(Entry(1.0, "note", b"one two three four five six"))]
    assert texts == [
        "    1.000 │ · one two three four five  │",
        "          │   six                      │",
    ]


def test_a_record_without_entries_is_only_a_heading() -> None:
    [line] = draw(Record(1, 0.0, "INVITE"), "a", "b")
    assert line.kind == "heading"


def test_what_was_not_kept_is_said() -> None:
    record = Record(1, 5.0, "INVITE")
    for _ in range(503):
        record.note(6.0, "x")
    assert "· 3 more were not kept" in draw(record, "a", "b")[-1].text
    record.evict()
    assert draw(record, "a", "b")[-1].text.startswith("    0.000 │ · 3 more")


def test_faults_are_marked() -> None:
    ladder = Ladder("a", "b", started=0.0, width=40)
    entry = Entry(1.0, "fault", b"dropped")
    assert ladder.lines(entry) == [("fault", "    1.000 │ ✗ dropped                  │", False)]
    [line] = Ladder("a", "b", started=0.0, width=40, ascii_only=True).lines(entry)
    assert line.text == "    1.000 | x dropped                  |"
