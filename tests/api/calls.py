"""A stack on a virtual network, with what the Python interface keeps beside it."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from responder.api.spot import Spot
from responder.journal.record import Record
from responder.journal.verdicts import Evidence, Verdict, judge
from responder.rulebook import Rulebook
from responder.scenario.findings import Place
from responder.scenario.rules import Rules
from responder.sip.settings import Settings
from responder.stack import Stack
from responder.testing.caller import Caller
from responder.testing.network import Network
from responder.testing.tokens import counted_tokens
from responder.waiting import Goal

T = TypeVar("T")

HERE = Spot("test_pbx.py", Place(7, 5))


class Owner:
    """What a responder is to its expectations and calls, without threads and sockets."""

    def __init__(self, rules: Rules | None = None) -> None:
        self.stack = Stack(Settings(), counted_tokens(), rules)
        self.stack.uas.records.traces = False
        self.network = Network(self.stack)
        self.rulebook = Rulebook(self.stack)
        self.alice = Caller(self.network)
        self.waited: list[tuple[int, str, float]] = []

    def ask(self, action: Callable[[], T]) -> T:
        return action()

    def judge(self, record: Record) -> Mapping[str, Verdict]:
        return judge(Evidence(record))

    def wait_until(self, record: Record, until: str, timeout: float) -> None:
        self.waited.append((record.number, until, timeout))

    async def wait_until_async(self, record: Record, until: str, within: float) -> None:
        self.waited.append((record.number, until, within))

    def dial(self, *numbers: str) -> list[int]:
        """Call numbers one after another, acknowledge each answer; return the final statuses."""
        found = []
        for number in numbers:
            self.alice.call(number)
            found.append(self.alice.last().status)
            self.alice.ack()
        return found


def goal(
    *, statuses: list[int] | None = None, until: str = "settled", count: int = 1, once: bool = True
) -> Goal:
    """Return a goal that every request meets."""
    return Goal((), statuses, until, count, once, HERE.line)
