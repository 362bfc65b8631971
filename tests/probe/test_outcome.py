"""The result of an attempt, as it is written down."""

from responder.journal.record import Record
from responder.probe.attempt import Result
from responder.probe.outcome import Outcome
from responder.sip.message import parse


def test_statuses_and_times_count_from_the_start() -> None:
    result = Result(Record(1, 100.0, "INVITE"))
    outcome = Outcome(result)
    assert [outcome.heard(status, 100.0 + at) for status, at in ((180, 1.0), (180, 2.0))] == [
        True,
        False,
    ]
    outcome.final(parse(b"SIP/2.0 699 Any\r\n\r\n"), 103.0)
    outcome.end("failed", "", 104.0)
    assert (result.first_at, result.final_at, result.statuses) == (1.0, 3.0, [180])
    assert (result.status, result.reason, result.understood) == (699, "Any", 600)
    assert (result.end, result.record.ended, result.record.status) == ("failed", 104.0, 699)
    assert result.record.statuses == [180]


def test_what_never_came_is_told_with_what_did() -> None:
    outcome = Outcome(Result(Record(1, 100.0, "INVITE")))
    assert outcome.silence(132.0) == "no response came within 32 s"
    outcome.heard(183, 101.0)
    assert outcome.silence(132.0) == "no final response came within 32 s, the last was 183"
