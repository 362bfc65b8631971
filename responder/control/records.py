"""The records that requests name, and what goes with each of them."""

from responder.control.problem import Problem
from responder.control.running import Running
from responder.journal.record import Record
from responder.journal.verdicts import Attempts, Evidence, Verdict, judge


def find(running: Running, name: str) -> Record:
    """Return the record of a call.

    Args:
        running: where it came.
        name: its id, or ``latest``.

    Raises:
        Problem: there is none.
    """
    records = running.journal.records
    if name == "latest":
        if not records:
            raise Problem(404, "There is no call yet.")
        return records[-1].identify()
    if name.isascii() and name.isdigit() and len(name) < 16:
        number = int(name)
        for record in reversed(records):
            if record.number == number:
                return record.identify()
            if record.number < number:
                break
    dropped = running.journal.evicted
    why = f" {dropped} were dropped to make room." if dropped else ""
    raise Problem(404, f'There is no call "{name}" in the record.{why}')


def judged(running: Running, record: Record) -> list[Verdict]:
    """Return what the caller of a record did right or wrong, as of now."""
    journal, plan = running.journal, running.plan
    evidence = Evidence(
        record,
        Attempts(journal.records, journal.strays),
        now=running.clock(),
        timing=plan.timing,
        users=plan.authentication.users,
    )
    return [each for each in judge(evidence).values() if each.findings]
