"""Verdicts as lines for people."""

from collections.abc import Iterable

from responder.journal.record import Record
from responder.journal.verdicts import Attempts, Evidence, Verdict, judge
from responder.report.run import Run
from responder.sip.settings import Timing
from responder.sip.users import EVERYONE, Users


def verdicts_of(run: Run, records: Iterable[Record]) -> dict[int, list[Verdict]]:
    """Return what callers did right and wrong, by the numbers of their records.

    What was not seen is left out.

    Args:
        run: the run, whose other records tell what a caller did next.
        records: those of its records that are asked about.
    """
    attempts = Attempts(run.records, run.strays)
    found: dict[int, list[Verdict]] = {}
    for record in records:
        evidence = Evidence(record, attempts, now=run.ended, timing=run.timing, users=run.users)
        found[record.number] = [each for each in judge(evidence).values() if each.findings]
    return found


def fault_lines(verdicts: Iterable[Verdict]) -> list[str]:
    """Return a line for each verdict that is wrong, in the order given.

    It reads ``wrong NAME: SEEN; expected EXPECTED (SECTION)``.
    """
    return [f"wrong {each.name}: {each.sentence()}" for each in verdicts if each.faults]


def faults_of(
    record: Record, now: float, timing: Timing | None = None, users: Users = EVERYONE
) -> list[str]:
    """Return what the caller of one record did wrong, as `fault_lines` writes it.

    Args:
        record: the record, looked at alone: what its caller does next is not known.
        now: the present, in seconds on the core's clock.
        timing: the timers that callers are held to.
        users: whose digests can be checked.
    """
    evidence = Evidence(record, now=now, timing=timing, users=users)
    return fault_lines(judge(evidence).values())
