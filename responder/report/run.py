"""What a report is about: all that happened from the start of a process to its end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from responder.journal.journal import Journal, Stray
from responder.journal.record import Record
from responder.report.outcome import Outcome
from responder.sip.settings import Timing
from responder.sip.users import EVERYONE, Users


@dataclass(frozen=True, slots=True)
class Run:
    """A whole run. Times are in seconds on the core's clock.

    Attributes:
        name: what its reader knows it by, such as the name of the scenario.
        program: who made the report, such as ``sip-responder/1.0``.
        epoch: what to add to a time to get seconds since 1970.
        began: when it began.
        ended: when it ended, or when the report was made.
        records: the calls and requests, oldest first.
        strays: what belonged to none, oldest first.
        counts: the named counts of the journal.
        evicted: how many records were dropped, since there were more than are kept.
        outcomes: what became of each expectation, in the order in which they are stated.
        timing: the timers that callers are held to; None for the usual ones.
        users: whose digests can be checked.
    """

    name: str
    program: str
    epoch: float
    began: float
    ended: float
    records: Sequence[Record] = ()
    strays: Sequence[Stray] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    evicted: int = 0
    outcomes: Sequence[Outcome] = ()
    timing: Timing | None = None
    users: Users = EVERYONE

    @property
    def held(self) -> bool | None:
        """Whether every expectation came true; None where there were none."""
        return all(outcome.held for outcome in self.outcomes) if self.outcomes else None


def run_of(
    journal: Journal,
    *,
    name: str,
    program: str,
    epoch: float,
    began: float,
    ended: float,
    outcomes: Sequence[Outcome] = (),
    timing: Timing | None = None,
    users: Users = EVERYONE,
) -> Run:
    """Return a run as a journal has it; the other arguments are attributes of `Run`."""
    return Run(
        name=name,
        program=program,
        epoch=epoch,
        began=began,
        ended=ended,
        records=[record.identify() for record in journal.records],
        strays=list(journal.strays),
        counts={name: count for name, count in sorted(journal.counts.items()) if count},
        evicted=journal.evicted,
        outcomes=outcomes,
        timing=timing,
        users=users,
    )


def iso(seconds: float) -> str:
    """Return seconds since 1970 as ISO 8601 has them: UTC, to the microsecond."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
