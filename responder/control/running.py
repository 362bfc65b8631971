"""What the HTTP API works on: one responder that runs."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from responder.agent.places import places_to_dial
from responder.agent.plan import Plan, impairments_of
from responder.agent.user_agent import UserAgent
from responder.control.settings import Http
from responder.journal.journal import Journal
from responder.journal.record import Record
from responder.rulebook import Rulebook
from responder.scenario.explain import nearest_miss
from responder.stack import Stack

if TYPE_CHECKING:
    from responder.agent.reloading import Reloading
    from responder.scenario.compiler import Compiled

T = TypeVar("T")


@dataclass(slots=True)
class Running:
    """One responder that runs. All of it belongs to the event loop that the responder lives on.

    Attributes:
        agent: what answers, with its sockets.
        plan: what it was told to do.
        http: where HTTP is served.
        address: what was bound for it, as ``host:port``.
        on_fault: takes every exception of our own code.
        files: its scenario files; None where it has none.
        clock: the core's clock, in seconds.
        began: when it began to run.
        stamp: tells this process from one before it.
    """

    agent: UserAgent
    plan: Plan
    http: Http
    address: str
    on_fault: Callable[[Exception], None]
    files: "Reloading | None" = None
    clock: Callable[[], float] = time.monotonic
    began: float = 0.0
    stamp: str = field(default_factory=lambda: secrets.token_hex(4))

    def __post_init__(self) -> None:
        self.began = self.began or self.clock()
        if self.journal.leaving is None:
            # Nobody else counts what the rules answered before it is dropped.
            self.journal.leaving = self.rulebook.leave

    @property
    def stack(self) -> Stack:
        """Its stack."""
        return self.agent.stack

    @property
    def journal(self) -> Journal:
        """Its record."""
        return self.agent.stack.journal

    @property
    def rulebook(self) -> Rulebook:
        """Its rules."""
        return self.agent.rulebook

    @property
    def dial(self) -> list[str]:
        """Where callers reach it, as ``host:port``; on this machine first."""
        return places_to_dial(self.agent.driver.addresses, self.plan.advertise)

    @property
    def etag(self) -> str:
        """What is another text for other rules."""
        return f'"{self.stamp}-{self.rulebook.revision}"'

    def unmatched(self, record: Record) -> bool:
        """Whether no rule matched a request and nothing that was dialled answered it."""
        return self.rulebook.is_unmatched(record)

    def nearest(self, record: Record) -> str | None:
        """Return the rule that came nearest to a request, and by what it missed; None for none."""
        if record.request is None or record.flow is None:
            return None
        return nearest_miss(self.stack.uas.rules, record.request, record.flow) or None

    def submit(self, action: Callable[[], T]) -> T:
        """Call a method of the core, carry out what follows from it, and return its result."""
        return self.agent.driver.submit(action)

    def impair_too(self, compiled: "Compiled") -> None:
        """Impair all traffic by what scenarios say too."""
        more = impairments_of(compiled)
        if more:
            self.agent.impair([*self.stack.impairments, *more])

    def reset(self) -> None:
        """Forget the rules that were added, all counts and the record; see `Stack.reset`."""
        self.agent.reset()
