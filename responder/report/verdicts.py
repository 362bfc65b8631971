"""Verdicts as lines for people."""

from collections.abc import Iterable

from responder.journal.record import Record
from responder.journal.verdicts import Evidence, Verdict, judge
from responder.sip.settings import Timing
from responder.sip.users import EVERYONE, Users


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
