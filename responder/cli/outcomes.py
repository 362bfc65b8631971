"""What became of expectations, as people read it."""

from typing import Final

from responder.cli.log import Result
from responder.cli.printable import printable
from responder.journal.record import Record
from responder.report.outcome import Outcome

MOST_LADDERS: Final = 3
"""Calls whose ladders are drawn below an outcome."""


def outcome_lines(outcome: Outcome, unicode: bool = True) -> list[str]:
    """Return the lines of one: what was expected and where that is written, and why it failed.

    Args:
        outcome: the outcome.
        unicode: whether characters beyond ASCII may be used.
    """
    mark = ("✓" if outcome.held else "✗") if unicode else ("ok" if outcome.held else "FAILED")
    place = f"  ({printable(outcome.place)})" if outcome.place else ""
    told = [f"{mark} {printable(outcome.name)}{place}"]
    if not outcome.held:
        told += [f"    {printable(line)}" for line in outcome.why.splitlines()]
    return told


def summary_of(result: Result) -> str:
    """Return the last line of a run: how many outcomes failed, and its exit status."""
    count, failed = len(result.outcomes), len(result.failed)
    if not result.status:
        said = "all held" if count else "nothing was expected, and nothing failed"
        return f"{count} of {count}: {said}" if count else said
    said = f"{failed} of {count} failed" if failed else "interrupted"
    return f"{said}; exit status {result.status}"


def call_words(record: Record) -> str:
    """Return what a call was, in a line above its ladder."""
    record.identify()
    rule = f"rule {record.rule}" if record.rule else "no rule"
    about = f"call {record.number}: {record.method} {record.target} from {record.caller}, {rule}"
    return printable(about)
