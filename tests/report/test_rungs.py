"""Rungs: what a ladder shows, before it is drawn."""

from responder.journal.record import Entry, Record
from responder.report.rungs import Climb, rungs
from tests.report.records import INVITE, busy


def test_times_and_directions_of_a_call() -> None:
    found = rungs(busy())
    assert [(round(rung.offset, 3), round(rung.gap, 3), rung.sent) for rung in found] == [
        (0.0, 0.0, True),
        (0.5, 0.5, True),
        (0.51, 0.01, False),
        (0.7, 0.19, False),
        (0.7, 0.0, True),
        (1.2, 0.5, False),
        (1.3, 0.1, False),
    ]
    assert [rung.text for rung in found if rung.again] == [
        "INVITE sip:486@192.0.2.9",
        "486 Busy Here",
    ]
    assert [rung.details for rung in found if rung.again] == [("SDP", "again"), ("again",)]


def test_a_rung_keeps_its_bytes() -> None:
    rung = Climb(0.0, "INVITE").rung(Entry(1.0, "received", INVITE))
    assert rung.data == INVITE
    assert not rung.remark


def test_a_fault_is_told_from_a_note() -> None:
    climb = Climb(0.0, "INVITE")
    kinds = [climb.rung(Entry(1.0, kind, b"dropped")).kind for kind in ("fault", "note")]
    assert kinds == ["fault", "note"]


def test_directions() -> None:
    climb = Climb(0.0, "INVITE")
    kinds = ("received", "sent", "received again", "sent again")
    for kind in kinds:
        assert climb.rung(Entry(1.0, kind, INVITE)).direction == kind
    kept_back = climb.rung(Entry(1.0, "suppressed", INVITE))
    assert (kept_back.direction, kept_back.details) == ("never left", ("SDP", "never left"))
    assert (kept_back.sent, kept_back.suppressed) == (True, True)


def test_what_was_not_kept_is_the_last_rung() -> None:
    record = Record(1, 5.0, "INVITE")
    for _ in range(503):
        record.note(6.0, "x")
    assert rungs(record)[-1].text == "3 more were not kept"
    record.evict()
    (rung,) = rungs(record)
    assert (rung.text, rung.offset) == ("3 more were not kept", 0.0)
