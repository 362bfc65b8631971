"""Which records of a journal count for a run. Pure.

A phone or PBX sends things that no test is about: an OPTIONS every few seconds to see whether the
far end is alive, a registration in the background, a copy that the network kept for long. None of
them may decide a test.
"""

import re
from collections.abc import Iterable
from typing import Final

from responder.journal.record import Record
from responder.queries import rule_of
from responder.scenario.expect import Expectation
from responder.scenario.rules import UNASKED, Rules

QUALIFY: Final = "OPTIONS"
"""What asks whether the far end is there. It counts only where somebody names its rule."""

_DIALLED: Final = re.compile(r"dial(?: |$)")
"""What the record says where no rule but what was dialled answered."""


def first_copies(records: Iterable[Record]) -> list[Record]:
    """Return the records but for those that a late copy of an earlier request opened.

    A copy is the same to the last byte (RFC 3261 17.1). One that comes once its transaction is
    forgotten opens a record of its own.
    """
    seen: set[bytes] = set()
    found: list[Record] = []
    for record in records:
        if record.request is not None:
            if record.request.data in seen:
                continue
            seen.add(record.request.data)
        found.append(record)
    return found


def last_moment(record: Record) -> float:
    """Return when a record last began, was answered or ended, in seconds."""
    return max(record.started, record.answered or 0.0, record.ended or 0.0)


class Counting:
    """Tells what counts from what runs in the background.

    Args:
        rules: what answers.
        expectations: what is expected.
    """

    def __init__(self, rules: Rules, expectations: Iterable[Expectation] = ()) -> None:
        self._rules = rules
        self._named = {name for each in expectations for name in (each.rule, *each.order) if name}

    def counts(self, record: Record) -> bool:
        """Whether a record is part of what a run is about.

        All is but for an OPTIONS whose rule nobody names, and a REGISTER or an OPTIONS that no rule
        matches and that spells nothing. A REGISTER that is turned away for want of a rule counts.
        """
        if record.method.encode() not in UNASKED:
            return True
        if record.rule and not _DIALLED.match(record.rule):
            return record.method != QUALIFY or bool(rule_of(record, self._named))
        if record.unmatched:
            return record.method != QUALIFY
        if record.request is None:
            return False
        return self._rules.dialled(record.request).program is not None
