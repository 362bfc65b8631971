"""A rule makes a verdict of findings."""

from collections.abc import Iterator

from responder.journal.record import Record
from responder.journal.verdicts.evidence import Evidence
from responder.journal.verdicts.rule import Rule
from responder.journal.verdicts.verdict import Finding, right, wrong


def test_findings_are_put_in_order_of_time() -> None:
    def find(_evidence: Evidence) -> Iterator[Finding]:
        yield wrong(3.0, "late", "sooner", "RFC 1 2")
        yield right(1.0)
        yield wrong(2.0, "first", "nothing", "RFC 1 2")

    verdict = Rule("x", "about", ("RFC 1 2",), find).verdict(Evidence(Record(1, 0.0, "INVITE")))
    assert [each.at for each in verdict.findings] == [1.0, 2.0, 3.0]
    assert verdict.sentence() == "first; expected nothing (RFC 1 2), and 1 more"
