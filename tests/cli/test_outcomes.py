"""What became of expectations, as people read it."""

import pytest

from responder.cli.log import Result
from responder.cli.outcomes import call_words, outcome_lines, summary_of
from responder.report.outcome import Outcome
from tests.report.records import calls

HELD = Outcome("trunk: calls 1", True, "1 call expected, 1 came", file="trunk.yaml", line=12)
FAILED = Outcome("trunk\x1b: ack correct", False, "no ACK came\nnearest: a\x1b[31m call")


def test_what_held_takes_a_line() -> None:
    assert outcome_lines(HELD) == ["✓ trunk: calls 1  (trunk.yaml:12)"]
    assert outcome_lines(HELD, unicode=False) == ["ok trunk: calls 1  (trunk.yaml:12)"]


def test_what_failed_says_why() -> None:
    lines = [r"trunk\x1b: ack correct", "    no ACK came", r"    nearest: a\x1b[31m call"]
    assert outcome_lines(FAILED) == [f"✗ {lines[0]}", *lines[1:]]
    assert outcome_lines(FAILED, unicode=False) == [f"FAILED {lines[0]}", *lines[1:]]


@pytest.mark.parametrize(
    ("outcomes", "status", "said"),
    [
        ([HELD, HELD], 0, "2 of 2: all held"),
        ([], 0, "nothing was expected, and nothing failed"),
        ([HELD, FAILED], 1, "1 of 2 failed; exit status 1"),
        ([HELD], 143, "interrupted; exit status 143"),
    ],
)
def test_the_last_line(outcomes: list[Outcome], status: int, said: str) -> None:
    assert summary_of(Result(outcomes, status)) == said


def test_what_a_call_was() -> None:
    record, *_ = calls().records
    assert call_words(record) == "call 1: INVITE 180-2-486 from alice, rule dial"
    record.rule = ""
    assert call_words(record).endswith(", no rule")
