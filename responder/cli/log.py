"""What a log of the answering side is told, whether it is for people or for programs."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from responder.report.outcome import Outcome
from responder.sip.events import Flow, Trace

BUSY: Final = 50
"""Events in one second, above which one line a second takes the place of one line each."""

CALM: Final = 25
"""Events in one second, below which each has its line again.

It lies under `BUSY`, so that a load near the limit does not flicker between the two.
"""


@dataclass(frozen=True, slots=True)
class Start:
    """What is known once the process answers.

    Attributes:
        addresses: what is listened on, such as ``udp:127.0.0.1:5060``.
        allow: the allowed networks as they were asked for; empty for the default.
        dial: where a caller on this machine and one on its network reach it, as ``host:port``.
        seed: the seed of random choices; None when they are not reproducible.
        rules: how many rules there are.
        first: the user part that is worth calling first.
        pages: where browsers find the page, as URLs; empty for nowhere.
    """

    addresses: Sequence[str]
    allow: Sequence[str]
    dial: Sequence[str]
    seed: int | None
    rules: int = 0
    first: str = "486"
    pages: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Stop:
    """What is known at the end.

    Attributes:
        seconds: how long it ran.
        calls: how many records were opened.
        counts: the named counts of the journal and of the shell; those at 0 are left out.
        drops: datagrams that the kernel dropped; None if unknown.
    """

    seconds: float
    calls: int
    counts: dict[str, int]
    drops: int | None


@dataclass(frozen=True, slots=True)
class Result:
    """What a run came to.

    Attributes:
        outcomes: what became of each expectation, and what else went wrong.
        status: the exit status that says so.
    """

    outcomes: Sequence[Outcome]
    status: int

    @property
    def failed(self) -> Sequence[Outcome]:
        """The outcomes that have not held."""
        return [outcome for outcome in self.outcomes if not outcome.held]


@dataclass(slots=True)
class Second:
    """What happened in one second.

    Attributes:
        calls: calls that were finished or answered.
        outcomes: how many of them by final status.
        retransmissions: how many messages of these calls came or left again.
        strays: messages that belonged to no call.
        refused: sources that were refused for the first time.
        drops: datagrams that the kernel dropped.
        rejoined: from here on each call has its line again.
    """

    calls: int = 0
    outcomes: Counter[int] = field(default_factory=Counter)
    retransmissions: int = 0
    strays: int = 0
    refused: int = 0
    drops: int = 0
    rejoined: bool = False

    @property
    def events(self) -> int:
        """How many lines it would take to tell each."""
        return self.calls + self.strays + self.refused


class Meter:
    """Counts what happens in a second, and says whether each event gets a line.

    Attributes:
        busy: whether one line a second takes the place of one line each.
        second: the counts of the second in progress.
    """

    def __init__(self) -> None:
        self.busy = False
        self.second = Second()
        self._drops = 0

    def call(self, status: int, retransmissions: int) -> bool:
        """Count a call; return whether it gets a line of its own."""
        second = self.second
        second.calls += 1
        second.outcomes[status] += 1
        second.retransmissions += retransmissions
        return self._tells()

    def stray(self) -> bool:
        """Count a stray message; return whether it gets a line of its own."""
        self.second.strays += 1
        return self._tells()

    def refused(self) -> bool:
        """Count a refused source; return whether it gets a line of its own."""
        self.second.refused += 1
        return self._tells()

    def tick(self, drops: int | None) -> Second | None:
        """End a second; return what is to be told of it, or None.

        Args:
            drops: datagrams that the kernel dropped since the start; None if unknown.
        """
        second = self.second
        self.second = Second()
        if drops is not None:
            second.drops = drops - self._drops
            self._drops = drops
        if self.busy:
            self.busy = second.events >= CALM
            second.rejoined = not self.busy
            return second
        return second if second.drops else None

    def _tells(self) -> bool:
        if not self.busy and self.second.events > BUSY:
            self.busy = True
        return not self.busy


class Log(Protocol):
    """What the answering side reports to. Every ``now`` is on the core's clock, in seconds."""

    def started(self, start: Start) -> None:
        """Tell that it answers."""

    def trace(self, trace: Trace, now: float) -> None:
        """Tell what the core holds worth telling."""

    def message(self, flow: Flow, data: bytes, came: bool, now: float) -> None:
        """Show bytes as they pass; ``came`` is False for those that leave."""

    def tick(self, drops: int | None, now: float) -> None:
        """Take note that a second has passed; ``drops`` as in `Meter.tick`."""

    def fault(self, fault: Exception) -> None:
        """Tell that our own code failed; whatever it was doing, the rest goes on."""

    def reloaded(self, rules: int) -> None:
        """Tell that scenarios that changed answer from now on, and how many rules they have."""

    def warning(self, text: str) -> None:
        """Tell, in a sentence, of something asked for that cannot be had any more."""

    def stopping(self, reason: str) -> None:
        """Tell that the end has begun, and why."""

    def stopped(self, stop: Stop) -> None:
        """Tell that it has ended."""

    def judged(self, result: Result, now: float) -> None:
        """Tell what a run came to; nothing follows."""
