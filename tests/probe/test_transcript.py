"""The transcript tells of each entry, and knows a copy when it sees one."""

from responder.journal.record import Record
from responder.probe.transcript import Transcript
from responder.sip.events import Output, Trace


def test_each_entry_is_told_until_no_more_are_kept() -> None:
    outputs: list[Output] = []
    transcript = Transcript(Record(1, 0.0, "INVITE"), outputs)
    for number in range(501):
        transcript.note(0.0, str(number))
    assert len(outputs) == 500
    last = outputs[-1]
    assert isinstance(last, Trace)
    assert last.facts["entry"] == transcript.record.entries[-1]


def test_what_came_before_is_a_copy() -> None:
    transcript = Transcript(Record(1, 0.0, "INVITE"), [])
    for data in (b"a", b"b", b"a"):
        transcript.received(0.0, data, False)
    kinds = [entry.kind for entry in transcript.record.entries]
    assert kinds == ["received", "received", "received again"]
