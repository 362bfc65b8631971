"""The table that a run ends with."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.pairs import Comparison

HEADINGS = ("measure", "unit", "responder", "sipp", "ratio [min-max]", "pairs", "verdict")


@dataclass(frozen=True, slots=True)
class Row:
    """One measure.

    Attributes:
        measure: what was measured.
        unit: the unit of the figures.
        comparison: the pairs; None where there is no peer to compare with.
        alone: the responder's figure where there is no peer.
        note: what a reader should know besides.
    """

    measure: str
    unit: str
    comparison: Comparison | None = None
    alone: float | None = None
    note: str = ""

    def cells(self) -> tuple[str, ...]:
        """Return one text for each of `HEADINGS`."""
        if self.comparison is None:
            ours = "-" if self.alone is None else figure(self.alone)
            return (self.measure, self.unit, ours, "-", "-", "-", self.note)
        seen = self.comparison
        ratio = f"{seen.ratio:.2f} [{seen.least:.2f}-{seen.most:.2f}]"
        verdict = f"{seen.verdict}; {self.note}" if self.note else seen.verdict
        ours, peer = figure(seen.ours), figure(seen.peer)
        return (self.measure, self.unit, ours, peer, ratio, str(seen.pairs), verdict)


def figure(value: float) -> str:
    """Write a figure with three significant digits, or none after the point above 100."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.3g}"


def render(rows: Sequence[Row]) -> str:
    """Return the rows as columns of plain text under their headings."""
    lines = [HEADINGS, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    numbers = range(2, 4)
    return "\n".join(
        "  ".join(
            cell.rjust(width) if column in numbers else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )
