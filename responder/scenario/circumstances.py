"""What rules ask of the situation beside what they ask of a request: ``when``, compiled. Pure."""

from dataclasses import dataclass

from responder.scenario.matching import Predicate
from responder.scenario.situation import FIRST_CALL, FIRST_REQUEST, Situation, Window
from responder.scenario.steps import Variable
from responder.scenario.view import View


@dataclass(frozen=True, slots=True, eq=False)
class InState:
    """A variable has a value that is wanted."""

    field: str
    wanted: str
    place: str
    variable: Variable
    predicate: Predicate

    def holds(self, situation: Situation, view: View, now: float) -> bool:
        """Whether its value is such a one."""
        del view, now
        return self.predicate((situation.values.get(self.variable, "").encode(),))

    def got(self, situation: Situation, view: View, now: float) -> str:
        """Return its value."""
        del view, now
        return situation.values.get(self.variable, "")


@dataclass(frozen=True, slots=True, eq=False)
class AboveRate:
    """More requests came to the rule within some time than a rate allows.

    Attributes:
        most: how many requests are not yet above it.
        over: the seconds that they are counted over.
        lasting: how many seconds it holds from then on; 0 for as long as the rate is above.
    """

    field: str
    wanted: str
    place: str
    most: int
    over: float
    lasting: float

    def holds(self, situation: Situation, view: View, now: float) -> bool:
        """Count the request, and say whether the rate is above, or was so not long ago."""
        del view
        window = situation.windows.get(self)
        if window is None:
            window = situation.windows[self] = Window(self.most)
        times = window.times
        times.append(now)
        if now < window.until:
            return True
        if len(times) <= self.most or now - times[0] >= self.over:
            return False
        window.until = now + self.lasting
        return True

    def got(self, situation: Situation, view: View, now: float) -> str:
        """Return how many requests came in that time."""
        del view
        window = situation.windows.get(self)
        times = () if window is None else window.times
        return f"{sum(now - each < self.over for each in times)} in {self.over:g} s"


@dataclass(frozen=True, slots=True, eq=False)
class AboveCalls:
    """More calls are in progress than a number, this request counted if it is an INVITE.

    Attributes:
        most: that number.
        names: the scenario or the rules whose calls count.
    """

    field: str
    wanted: str
    place: str
    most: int
    names: tuple[str, ...]

    def holds(self, situation: Situation, view: View, now: float) -> bool:
        """Whether there are more."""
        del now
        return situation.calls.of(self.names) + (view.request.method == b"INVITE") > self.most

    def got(self, situation: Situation, view: View, now: float) -> str:
        """Return how many there are."""
        del now
        return str(situation.calls.of(self.names) + (view.request.method == b"INVITE"))


@dataclass(frozen=True, slots=True, eq=False)
class InTime:
    """It is some time after a beginning.

    Attributes:
        scenario: the scenario whose first call or request may be that beginning.
        since: ``start``, ``first-call`` or ``first-request``.
        least: seconds after it from which on it holds.
        most: seconds after it from which on it no longer does.
    """

    field: str
    wanted: str
    place: str
    scenario: str
    since: str
    least: float
    most: float

    def holds(self, situation: Situation, view: View, now: float) -> bool:
        """Whether it is such a time."""
        del view
        return self.least <= situation.elapsed(self.scenario, self.since, now) < self.most

    def got(self, situation: Situation, view: View, now: float) -> str:
        """Return how long after the beginning it is."""
        del view
        return f"{situation.elapsed(self.scenario, self.since, now):g} s"


BEGINNINGS = ("start", FIRST_CALL, FIRST_REQUEST)
"""What times are counted from."""
