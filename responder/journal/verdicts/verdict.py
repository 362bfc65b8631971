"""The shape of a verdict: what was looked at, what was seen, what it comes to."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, TypeAlias

Outcome: TypeAlias = Literal["correct", "wrong", "not seen"]

CORRECT: Final = "correct"
WRONG: Final = "wrong"
NOT_SEEN: Final = "not seen"

OUTCOMES: Final[dict[str, str]] = {
    CORRECT: "every time that the situation arose, the caller did what it had to",
    WRONG: "at least once it did not",
    NOT_SEEN: "the situation never arose, or the record does not hold it",
}
"""The words for what a verdict comes to, with their meaning."""


class Finding(NamedTuple):
    """One look at what a caller did.

    Attributes:
        at: when it was done, in seconds on the core's clock.
        right: whether it was as it has to be.
        seen: what was seen, as a clause of a sentence; may be empty where all was as usual.
        expected: what had to be seen, as a clause; empty where it was.
        section: the RFC and section that ask for it, such as ``RFC 3261 17.1.1.3``.
        seconds: what was measured, for a finding about time; None for others.
    """

    at: float
    right: bool
    seen: str = ""
    expected: str = ""
    section: str = ""
    seconds: float | None = None


def right(at: float, seen: str = "", seconds: float | None = None) -> Finding:
    """Return a finding that all was as it has to be."""
    return Finding(at, True, seen, seconds=seconds)


def wrong(
    at: float, seen: str, expected: str, section: str, seconds: float | None = None
) -> Finding:
    """Return a finding that something was not."""
    return Finding(at, False, seen, expected, section, seconds)


Fault: TypeAlias = tuple[str, str, str]
"""What was seen, what was expected, and the section."""


def checked(at: float, faults: Iterable[Fault]) -> Iterator[Finding]:
    """Yield a finding for each fault of one message, or that it has none."""
    sound = True
    for seen, expected, section in faults:
        sound = False
        yield wrong(at, seen, expected, section)
    if sound:
        yield right(at)


def shown(value: bytes) -> str:
    """Return bytes from the wire as a part of a sentence: printable, at most 100 characters."""
    text = value.decode("utf-8", "replace")
    text = "".join(c if c.isprintable() else "\u00b7" for c in text)
    return text if len(text) <= 100 else text[:99] + "\u2026"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one rule says about the caller of one record.

    Attributes:
        name: the rule's name, such as ``ack``.
        findings: each look that was taken, in order of time; none where nothing was seen.
    """

    name: str
    findings: tuple[Finding, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """What the findings come to: one that is wrong outweighs all others."""
        if not self.findings:
            return "not seen"
        return "correct" if all(each.right for each in self.findings) else "wrong"

    @property
    def faults(self) -> tuple[Finding, ...]:
        """The findings that are wrong."""
        return tuple(each for each in self.findings if not each.right)

    @property
    def seconds(self) -> float | None:
        """What was measured first, in seconds; None where nothing was."""
        return next((each.seconds for each in self.findings if each.seconds is not None), None)

    def sentence(self) -> str:
        """Return what is to be said about it: the first fault, or else the first remark.

        A fault reads ``SEEN; expected EXPECTED (SECTION)``. Empty when there is nothing to say.
        """
        faults = self.faults
        if not faults:
            return next((each.seen for each in self.findings if each.seen), "")
        first = faults[0]
        more = f", and {len(faults) - 1} more" if len(faults) > 1 else ""
        return f"{first.seen}; expected {first.expected} ({first.section}){more}"
