"""What happened, as text for the report of a test that failed. Importing this file costs rich."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from responder.journal.journal import Journal
from responder.journal.record import Record
from responder.journal.verdicts import Verdict
from responder.report.ladder import draw
from responder.report.misses import described, nothing_came, shown
from responder.report.verdicts import fault_lines
from responder.rulebook import Rulebook

MOST: Final = 10
"""Calls that are drawn, the latest ones."""


def summary(
    journal: Journal,
    book: Rulebook,
    addresses: Sequence[str],
    judge: Callable[[Record], Mapping[str, Verdict]],
) -> Iterator[str]:
    """Yield lines: where it listens, what went wrong with rules, each call with its ladder."""
    yield f"listening on {' '.join(addresses) or 'nothing'}"
    for lines in (book.unmatched_lines(), book.unused_lines()):
        yield from lines
    if not journal.records:
        yield from nothing_came(journal)
    left_out = len(journal.records) - MOST + journal.evicted
    if left_out > 0:
        yield f"{left_out} earlier calls are not shown"
    for record in list(journal.records)[-MOST:]:
        yield ""
        yield described(record)
        for line in draw(record, record.source, "responder", ours="right"):
            yield line.text.rstrip()
        yield from map(shown, fault_lines(judge(record).values()))
