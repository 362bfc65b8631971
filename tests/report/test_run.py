"""A run as a journal has it."""

from responder.journal.journal import Journal
from responder.report.outcome import Outcome
from responder.report.run import Run, iso, run_of
from tests.report.records import a_run


def test_what_the_journal_holds_is_in_the_run() -> None:
    run = a_run()
    assert [(record.number, record.caller) for record in run.records] == [(1, "alice"), (2, "bob")]
    assert [stray.status for stray in run.strays] == [0]
    assert run.counts == {"strays": 1}
    assert run.evicted == 0


def test_evicted_records_are_told() -> None:
    journal = Journal(calls=1)
    journal.open("INVITE", 0.0)
    journal.open("INVITE", 0.0)
    run = run_of(journal, name="", program="", epoch=0.0, began=0.0, ended=0.0)
    assert (len(run.records), run.evicted) == (1, 1)


def test_it_held_when_every_expectation_did() -> None:
    def held(*each: bool) -> bool | None:
        outcomes = [Outcome("x", one) for one in each]
        return Run("", "", 0.0, 0.0, 0.0, outcomes=outcomes).held

    assert held() is None
    assert held(True, True) is True
    assert held(True, False) is False


def test_times_are_utc_to_the_microsecond() -> None:
    assert iso(1_700_000_000.25) == "2023-11-14T22:13:20.250000Z"
