"""What became of one expectation: all that a report needs to know of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from responder.journal.record import Record


@dataclass(frozen=True, slots=True)
class Outcome:
    """One expectation, once it is decided.

    Attributes:
        name: what was expected, in words that tell it from the others.
        held: whether it came true.
        why: what was wanted and what came instead, or how it came true; it may have several lines.
        seconds: how long it took to be decided.
        calls: the records that decided it, or that came closest.
        file: the file that states it; empty if none does.
        line: the line there, from 1; 0 if there is none.
    """

    name: str
    held: bool
    why: str = ""
    seconds: float = 0.0
    calls: Sequence[Record] = ()
    file: str = ""
    line: int = 0

    @property
    def place(self) -> str:
        """Where it is stated, as compilers and editors write it; empty if nowhere."""
        return f"{self.file}:{self.line}" if self.line else self.file
