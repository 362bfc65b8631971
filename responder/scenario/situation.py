"""What has come about so far, as far as rules ask for it: states, times, rates, calls. Pure.

There is one for all rules of a process, whatever listener a request comes to. Everything in it is
bounded: by what scenario files declare, or by how many calls there may be.
"""

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Protocol

from responder.scenario.steps import Change, Set, Variable
from responder.scenario.view import View
from responder.sip.timers import Timed, Timers

_GREATEST: Final = 1e15

FIRST_CALL: Final = "first-call"
FIRST_REQUEST: Final = "first-request"


class Circumstance(Protocol):
    """One thing that a rule asks of the situation; see `responder.scenario.circumstances`.

    Attributes:
        field: what it looks at, as scenario files name it.
        wanted: what it asks, for people.
        place: where it is written, as ``file:line``.
    """

    @property
    def field(self) -> str:
        """As above."""

    @property
    def wanted(self) -> str:
        """As above."""

    @property
    def place(self) -> str:
        """As above."""

    def holds(self, situation: "Situation", view: View, now: float) -> bool:
        """Whether it is so for a request that fits the rule's match and reached the rule."""

    def got(self, situation: "Situation", view: View, now: float) -> str:
        """Return what is so in its place, for people."""


class Window:
    """The latest requests that one rule's rate is measured by.

    Attributes:
        times: when they came, no more of them than the rate has in its time and one.
        until: until when the rule answers since the rate was above.
    """

    __slots__ = ("times", "until")

    def __init__(self, most: int) -> None:
        self.times: deque[float] = deque(maxlen=most + 1)
        self.until = float("-inf")

    def copy(self) -> "Window":
        """Return one that is as this one is now."""
        made = Window(0)
        made.times = deque(self.times, self.times.maxlen)
        made.until = self.until
        return made


class CallsInProgress:
    """How many calls are in progress: from their INVITE until they are refused or hung up."""

    __slots__ = ("_by", "_running")

    def __init__(self) -> None:
        self._running: dict[object, tuple[str, str]] = {}
        self._by: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._running)

    def start(self, call: object, scenario: str, rule: str) -> None:
        """Count a call.

        Args:
            call: stands for it until its end.
            scenario: the name of the scenario that answers it.
            rule: the name of the rule, which begins with that of the scenario and a slash.
        """
        self._running[call] = (scenario, rule)
        self._by[scenario] += 1
        self._by[rule] += 1

    def end(self, call: object) -> None:
        """Count it no longer; a call that is not counted is left alone."""
        if call in self._running:
            for name in self._running.pop(call):
                self._by[name] -= 1
                if not self._by[name]:
                    del self._by[name]

    def of(self, names: Iterable[str]) -> int:
        """Return how many calls scenarios or rules of these names answer now."""
        return sum(self._by[name] for name in names)


class Situation:
    """States, times, rates and calls, for all rules.

    Args:
        timers: where changes of a state wait that are to come later.

    Attributes:
        values: the value of each variable.
        calls: the calls in progress.
        windows: what rates are measured by, by the circumstance that asks.
    """

    def __init__(self, timers: Timers) -> None:
        self.values: dict[Variable, str] = {}
        self.calls = CallsInProgress()
        self.windows: dict[Circumstance, Window] = {}
        self._timers = timers
        self._began: float | None = None
        self._firsts: dict[tuple[str, str], float] = {}
        self._coming: dict[Variable, _Coming] = {}

    def adopt(self, initial: Mapping[Variable, str]) -> None:
        """Take the variables of other rules; one that was there before keeps its value."""
        self.values = {name: self.values.get(name, value) for name, value in initial.items()}
        for name in [name for name in self._coming if name not in self.values]:
            self._timers.disarm(self._coming.pop(name))
        self.windows.clear()

    def reset(self, initial: Mapping[Variable, str], now: float) -> None:
        """Begin anew with these variables; calls in progress are still counted."""
        for coming in self._coming.values():
            self._timers.disarm(coming)
        self._coming.clear()
        self._firsts.clear()
        self.values = {}
        self.adopt(initial)
        self._began = now

    def copy(self) -> "Situation":
        """Return one that is as this one is now, and in which nothing changes by itself.

        What is asked of it leaves this one alone; calls in progress are those of this one.
        """
        made = Situation(Timers())
        made.values = dict(self.values)
        made.calls = self.calls
        made.windows = {each: window.copy() for each, window in self.windows.items()}
        made._began = self._began
        made._firsts = dict(self._firsts)
        return made

    def begin(self, now: float) -> None:
        """Let the time since the start run from now on; without it the first request starts it."""
        self._began = now

    def allows(self, circumstances: Iterable[Circumstance], view: View, now: float) -> bool:
        """Whether everything is as a rule asks for a request."""
        return all(each.holds(self, view, now) for each in circumstances)

    def taken(self, scenario: str, invite: bool, now: float) -> None:
        """Take note that a rule of a scenario answers a request."""
        self._firsts.setdefault((scenario, FIRST_REQUEST), now)
        if invite:
            self._firsts.setdefault((scenario, FIRST_CALL), now)

    def elapsed(self, scenario: str, since: str, now: float) -> float:
        """Return the seconds since ``start``, `FIRST_CALL` or `FIRST_REQUEST`; 0 if none came."""
        if since in {FIRST_CALL, FIRST_REQUEST}:
            return now - self._firsts.get((scenario, since), now)
        if self._began is None:
            self._began = now
        return now - self._began

    def change(self, step: Set, now: float) -> Iterator[str]:
        """Change variables, or have them change later; yield a sentence for each.

        The latest word on a variable holds: a change that is still to come is forgotten.
        """
        for change in step.changes:
            name = change.variable
            if name not in self.values:
                continue
            before = self._coming.pop(name, None)
            if before is not None:
                self._timers.disarm(before)
            if step.after:
                coming = self._coming[name] = _Coming(self, change)
                self._timers.arm(coming, now + step.after)
                yield f"{said(name)} changes in {step.after:g} s"
            else:
                yield self.set(change)

    def set(self, change: Change) -> str:
        """Change a variable at once; return a sentence that tells of it."""
        name = change.variable
        before = self.values[name]
        if change.value is None:
            try:
                total = float(before) + change.add
            except ValueError:
                return f'{said(name)} is "{before}": no number can be added to it'
            value = f"{min(max(total, -_GREATEST), _GREATEST):.15g}"
        else:
            value = change.value
        self.values[name] = value
        return f"{said(name)}: {before} -> {value}"

    def arrived(self, name: Variable) -> None:
        """Forget a change that was to come, since it came."""
        self._coming.pop(name, None)


class _Coming(Timed):
    """A change of one variable that is still to come."""

    __slots__ = ("_change", "_situation")

    def __init__(self, situation: Situation, change: Change) -> None:
        super().__init__()
        self._situation = situation
        self._change = change

    def fire(self, now: float) -> None:
        """Carry it out."""
        del now
        self._situation.arrived(self._change.variable)
        self._situation.set(self._change)


def said(name: Variable) -> str:
    """Return the name of a variable as its scenario writes it: ``state``, or ``state trunk``."""
    return "state" if name[1] == "state" else f"state {name[1]}"
