"""What is said of a scenario file: a place in it, and a sentence."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import NamedTuple


class Place(NamedTuple):
    """A place in a file; line and column count from 1, and 0 stands for the file as a whole."""

    line: int
    column: int


WHOLE = Place(0, 0)
"""The file as a whole."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, or odd, in a scenario file.

    Attributes:
        file: the file as it was named.
        place: where in it.
        text: the sentence, without the place and without a full stop.
        warning: whether the file can be used all the same.
    """

    file: str
    place: Place
    text: str
    warning: bool = False

    def __str__(self) -> str:
        where = (
            f"{self.file}:{self.place.line}:{self.place.column}" if self.place.line else self.file
        )
        return f"{where}: {'warning: ' if self.warning else ''}{self.text}"


class BadScenario(Exception):
    """Scenario files that cannot be used.

    Attributes:
        findings: what is wrong with them, and what is odd beside it, file by file, top to bottom.
    """

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(map(str, self.findings)))


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the name that a person most likely meant, or None if none is near."""
    by_folded = {each.casefold(): each for each in known}
    found = get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[found[0]] if found else None


def listed(words: Iterable[str], last: str = "or") -> str:
    """Return words as a person lists them: ``a, b or c``."""
    items = list(words)
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"
