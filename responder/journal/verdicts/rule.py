"""The shape of a rule: what is judged, where it is written, and what judges it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from responder.journal.verdicts.evidence import Evidence
from responder.journal.verdicts.verdict import Finding, Verdict

Judge: TypeAlias = Callable[[Evidence], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that a caller has to get right.

    Attributes:
        name: how expectations name it; stable.
        about: what is judged, as one sentence without its full stop.
        sections: where it is written; a finding names the one that it is about.
        judge: yields what it finds in a record; it raises for nothing that a record may hold.
        word: another word for ``correct`` that reads better after the name; empty for none.
        across: whether it needs the caller's later records, and not this one alone.
    """

    name: str
    about: str
    sections: tuple[str, ...]
    judge: Judge
    word: str = ""
    across: bool = False

    def verdict(self, evidence: Evidence) -> Verdict:
        """Judge the caller of a record."""
        findings = sorted(self.judge(evidence), key=_when)
        return Verdict(self.name, tuple(findings))


def _when(finding: Finding) -> float:
    return finding.at
