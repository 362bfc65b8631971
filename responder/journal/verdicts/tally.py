"""The verdicts on records that a journal drops, counted before they are lost.

Verdicts are computed when somebody asks, and a dropped record can no longer be asked about. Whoever
expects something of a caller over more calls than a journal holds lets a tally see each record as
it leaves. What stays of it is a count, and the first fault. What its caller does after that is not
seen: a journal has to hold the calls of the time that a Retry-After, say, is to be judged over.
"""

from collections import Counter
from collections.abc import Callable, Collection
from typing import Final, TypeAlias

from responder.journal.journal import Journal
from responder.journal.record import Record
from responder.journal.verdicts.attempts import Attempts
from responder.journal.verdicts.evidence import Evidence
from responder.journal.verdicts.table import RULES
from responder.journal.verdicts.verdict import Outcome
from responder.sip.settings import Timing
from responder.sip.users import EVERYONE, Users

Wanted: TypeAlias = Callable[[Record], Collection[str]]
"""Returns the names of the rules that somebody wants to know about, for one record."""

_PARTS: Final = 10


class Tally:
    """Counts outcomes of the records that leave a journal; give its `add` to ``journal.leaving``.

    Args:
        journal: the journal.
        wanted: what is to be judged; a record that nobody wants to know about costs one call.
        timing: the timers that callers are held to.
        users: whose digests can be checked.

    Attributes:
        counts: how many records came to an outcome, by what answered them (`Record.rule`), the
            name of the verdict, and the outcome.
        faults: the first fault as a sentence, by what answered the record and the verdict's name.
    """

    def __init__(
        self,
        journal: Journal,
        wanted: Wanted,
        *,
        timing: Timing | None = None,
        users: Users = EVERYONE,
    ) -> None:
        self._journal = journal
        self._wanted = wanted
        self._timing = timing
        self._users = users
        self._attempts = Attempts()
        self._uses = 0
        self.counts: Counter[tuple[str, str, Outcome]] = Counter()
        self.faults: dict[tuple[str, str], str] = {}

    def add(self, record: Record) -> None:
        """Judge a record that is about to be dropped."""
        names = self._wanted(record)
        if not names:
            return
        left = self._journal.records
        now = left[-1].started if left else record.started
        evidence = Evidence(
            record, self._picture(), now=now, timing=self._timing, users=self._users
        )
        for name in names:
            verdict = RULES[name].verdict(evidence)
            self.counts[record.rule, name, verdict.outcome] += 1
            if verdict.faults:
                self.faults.setdefault((record.rule, name), verdict.sentence())

    def _picture(self) -> Attempts:
        """Return the attempts of the journal, as they were not long ago.

        Looking through all of them for each record that leaves would make a full journal slow; the
        newest tenth of the calls may be missing.
        """
        if self._uses == 0:
            self._attempts = Attempts(self._journal.records, self._journal.strays)
            self._uses = max(len(self._journal.records) // _PARTS, 1)
        self._uses -= 1
        return self._attempts
