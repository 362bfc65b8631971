"""What a rule asks of the situation, and how it changes it, as scenario files write it.

``when`` asks for named states, a rate, a number of calls in progress, or a time; all that is given
must hold. ``set`` changes named states. A scenario with one state need not name it.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar, Final, Self, TypeAlias

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from responder.scenario import matching
from responder.scenario.circumstances import BEGINNINGS, AboveCalls, AboveRate, InState, InTime
from responder.scenario.duration import LONGEST
from responder.scenario.filling import is_template
from responder.scenario.findings import listed, nearest
from responder.scenario.match_model import Wanted
from responder.scenario.matching import Predicate
from responder.scenario.shape import Shape, Short
from responder.scenario.situation import Circumstance
from responder.scenario.steps import Change, Set
from responder.scenario.values import (
    Duration,
    Name,
    OneOrMore,
    number,
    one_word,
    read_line,
    sentence,
    unfit,
    whole_number,
)

ONLY: Final = "state"
"""What the state is called that a scenario does not name."""

_LONGEST_VALUE: Final = 1_000
_MOST_STATES: Final = 1_000
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_RATE: Final = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?) ?/ ?(s|m)")
_UNITS: Final = {"s": 1.0, "m": 60.0}
_MOST_COUNTED: Final = 100_000

Path: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Around:
    """What the names of a ``when`` or a ``set`` refer to.

    Attributes:
        scenario: the name of the scenario.
        states: the states that it declares, with their first values.
        rules: the names of its rules.
        line: returns where a part of the file stands, as ``file:line``.
        note: takes a part of the file and the sentence of what is wrong with it.
    """

    scenario: str
    states: Mapping[str, str]
    rules: frozenset[str]
    line: Callable[[Path], str]
    note: Callable[[Path, str], None]

    def knows(self, name: str, at: Path) -> bool:
        """Whether a state is declared; note it if not."""
        if name in self.states:
            return True
        if not self.states:
            example = "state: up" if name == ONLY else f"state: {{{name}: up}}"
            text = f'no state is declared: write "{example}" at the top, for how it begins'
        else:
            near = nearest(name, self.states)
            hint = f'did you mean "{near}"?' if near else f"expected {listed(self.states)}"
            text = f'"{name}" is not declared under "state" at the top; {hint}'
        self.note(at, text)
        return False


def read_state_value(value: object) -> str:
    """Read the value of a state; true and false are the words."""
    text = str(value).lower() if isinstance(value, bool) else read_line(value)
    if len(text) > _LONGEST_VALUE:
        raise sentence(f"found {len(text):,} characters, expected at most {_LONGEST_VALUE:,}")
    if is_template(text.encode()):
        raise sentence(f'found "{text}", but the value of a state is no template: write it out')
    return text


def read_states(value: object) -> object:
    """Put the value of the only state under its name; hold names to what templates can say."""
    if not isinstance(value, dict):
        return {ONLY: value}
    if not value or len(value) > _MOST_STATES:
        raise sentence(f"expected 1 to {_MOST_STATES:,} states, each by its name")
    for name in value:
        if not _NAME.fullmatch(str(name)):
            raise sentence(f'"{name}" is no name of a state: take letters, digits and _')
        if name in {*WantedState.key_names(), *NewValue.key_names()}:
            raise sentence(f'"{name}" is an operator, and no name of a state')
    return value


def _named(value: object) -> object:
    """Put what is asked of the only state under its name."""
    operators = set(WantedState.key_names())
    if isinstance(value, dict) and not (value and set(value) <= operators):
        return value
    return {ONLY: value}


def _changed(value: object) -> object:
    if isinstance(value, dict) and set(value) != {"add"}:
        return value
    return {ONLY: value}


_VALUE: Final = {"type": ["string", "number", "boolean"]}

StateValue: TypeAlias = Annotated[str, BeforeValidator(read_state_value), WithJsonSchema(_VALUE)]
States: TypeAlias = Annotated[
    dict[str, StateValue],
    BeforeValidator(read_states),
    WithJsonSchema({"anyOf": [_VALUE, {"type": "object", "additionalProperties": _VALUE}]}),
]


def read_limit(value: object) -> float:
    """Read a number."""
    found = number(value)
    if found is None or not math.isfinite(found):
        raise unfit(value, "a number")
    return found


Number: TypeAlias = Annotated[
    float, BeforeValidator(read_limit), WithJsonSchema({"type": "number"})
]


class WantedState(Wanted):
    """What a state has to be."""

    WHAT = "the operators of a state"

    equals: StateValue | None = Field(None, description="The state is exactly this.")
    above: Number | None = Field(None, description="The state is a number above this one.")
    below: Number | None = Field(None, description="The state is a number below this one.")

    def predicate(self) -> Predicate:
        """Return what the value must be."""
        limits = [
            _compared(limit, sign)
            for limit, sign in ((self.above, 1), (self.below, -1))
            if limit is not None
        ]
        others = self.given().keys() - {"above", "below"}
        return matching.each_of([*limits, *([super().predicate()] if others else [])])

    @classmethod
    def in_words(cls, operator: str, value: object) -> str:
        """Say one operator for people."""
        if isinstance(value, float):
            return f"{operator} {value:g}"
        return super().in_words(operator, value)


def _compared(limit: float, sign: int) -> Predicate:
    def holds(values: tuple[bytes, ...]) -> bool:
        try:
            return any(sign * float(value) > sign * limit for value in values)
        except ValueError:
            return False

    return holds


def read_rate(value: object) -> tuple[float, float]:
    """Read a rate; return the number, and the seconds that it is for."""
    found = _RATE.fullmatch(value) if isinstance(value, str) else None
    if found is None or not float(found[1]):
        raise unfit(value, "a rate such as 10/s or 300/m")
    return float(found[1]), _UNITS[found[2]]


class RateShape(Shape):
    """More requests than a rate."""

    WHAT = "rate"
    MEANT: ClassVar[dict[str, str]] = {
        "over_": 'did you mean "over"?',
        "window": 'did you mean "over"?',
        "lasting": 'did you mean "for"?',
        "more": 'did you mean "above"?',
    }

    above: Annotated[
        tuple[float, float],
        BeforeValidator(read_rate),
        WithJsonSchema({"type": "string", "pattern": r"^[0-9.]+ ?/ ?(s|m)$"}),
    ] = Field(description="Such as 10/s: the rule answers what comes faster than this.")
    over: Duration | None = Field(
        None, description="The time that requests are counted over: that of the rate, 1s or 1m."
    )
    for_: Duration = Field(
        0.0,
        alias="for",
        description="How long the rule goes on answering from the moment the rate was above;"
        " without it as long as it is.",
    )

    @model_validator(mode="after")
    def _can_be_counted(self) -> Self:
        if not 1 <= self.most <= _MOST_COUNTED:
            raise sentence(
                f"{self.most:,} requests in {self.seconds:g} s: the rate and its time must come to"
                f" 1 to {_MOST_COUNTED:,} requests"
            )
        return self

    @property
    def seconds(self) -> float:
        """The time that requests are counted over."""
        return self.above[1] if self.over is None else self.over

    @property
    def most(self) -> int:
        """How many requests in that time are not above."""
        return int(self.above[0] / self.above[1] * self.seconds + 1e-9)

    def words(self) -> str:
        """Return what is asked, for people."""
        lasting = f", for {self.for_:g} s" if self.for_ else ""
        return f"above {self.most} in {self.seconds:g} s{lasting}"


class CallsShape(Shape):
    """More calls in progress than a number."""

    WHAT = "calls"

    above: Annotated[
        int,
        BeforeValidator(whole_number(0, 1_000_000)),
        WithJsonSchema({"type": "integer", "minimum": 0, "maximum": 1_000_000}),
    ] = Field(
        description="The rule answers while more calls than this are in progress; an INVITE counts"
        " itself."
    )
    of: Annotated[list[Name], OneOrMore()] | None = Field(
        None,
        min_length=1,
        description="The rule whose calls count, or several; without it all of the scenario.",
    )


class When(Shape):
    """What has to be so for a rule to answer; all that is given must hold."""

    WHAT = "when"
    MEANT: ClassVar[dict[str, str]] = {
        "method": 'it belongs under "match"',
        "after": 'did you mean "from"?',
        "before": 'did you mean "until"?',
        "concurrent": 'did you mean "calls"?',
        "to": 'did you mean "until"?',
        "states": 'did you mean "state"?',
    }

    rate: RateShape | None = Field(
        None,
        description="The rule answers what comes too fast: requests that fit its match and that no"
        " rule above took are counted.",
    )
    state: (
        Annotated[
            dict[str, WantedState],
            BeforeValidator(_named),
        ]
        | None
    ) = Field(
        None,
        min_length=1,
        description="The value that the state must have, or a mapping of names to values.",
    )
    calls: CallsShape | None = Field(
        None, description="How many calls are in progress, over all listeners."
    )
    from_: Duration | None = Field(
        None, alias="from", description="From this time on, counted from the beginning."
    )
    until: Duration | None = Field(
        None, description="Until this time, which does not belong to it."
    )
    since: (
        Annotated[
            str, BeforeValidator(one_word(*BEGINNINGS)), WithJsonSchema({"enum": [*BEGINNINGS]})
        ]
        | None
    ) = Field(
        None,
        description="What times are counted from: start (the default), first-call (the first INVITE"
        " that a rule of this scenario answers) or first-request.",
    )

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        if not self.given():
            raise sentence("expected state, rate, calls, from or until")
        if self.since is not None and self.from_ is None and self.until is None:
            raise sentence('"since" goes with "from" or "until"')
        if self.until is not None and (self.from_ or 0.0) >= self.until:
            raise sentence("from lies behind until: no time is between them")
        return self

    def circumstances(self, around: Around, at: Path) -> tuple[Circumstance, ...]:
        """Return everything that it asks; what must see each request comes first."""
        made: list[Circumstance] = []
        if self.rate is not None:
            rate, line = self.rate, around.line((*at, "rate"))
            made.append(AboveRate("rate", rate.words(), line, rate.most, rate.seconds, rate.for_))
        for name, wanted in (self.state or {}).items():
            where = (*at, "state", name)
            if around.knows(name, where):
                field = ONLY if name == ONLY else f"state {name}"
                variable = (around.scenario, name)
                line = around.line(where)
                made.append(InState(field, wanted.words(), line, variable, wanted.predicate()))
        if self.calls is not None:
            made.append(self._calls(self.calls, around, (*at, "calls")))
        if self.from_ is not None or self.until is not None:
            made.append(self._time(around, (*at, "until" if self.from_ is None else "from")))
        return tuple(made)

    @staticmethod
    def _calls(calls: CallsShape, around: Around, at: Path) -> Circumstance:
        for place, name in enumerate(calls.of or ()):
            if name not in around.rules:
                near = nearest(name, around.rules)
                hint = f'; did you mean "{near}"?' if near else ""
                around.note((*at, "of", place), f'no rule is called "{name}"{hint}')
        names = tuple(f"{around.scenario}/{name}" for name in calls.of or ())
        wanted = f"above {calls.above}"
        counted = names or (around.scenario,)
        return AboveCalls("calls", wanted, around.line(at), calls.above, counted)

    def _time(self, around: Around, at: Path) -> Circumstance:
        since = self.since or BEGINNINGS[0]
        least = self.from_ or 0.0
        most = math.inf if self.until is None else self.until
        said = [f"from {least:g} s"] if self.from_ is not None else []
        said += [f"until {most:g} s"] if self.until is not None else []
        wanted = " ".join([*said, f"since {since}"])
        return InTime("time", wanted, around.line(at), around.scenario, since, least, most)


class NewValue(Short):
    """What becomes of a state."""

    WHAT = "a new value"
    SHORT = "value"
    MEANT: ClassVar[dict[str, str]] = {
        "increment": 'did you mean "add"?',
        "plus": 'did you mean "add"?',
    }

    value: StateValue | None = Field(None, description="Its value from then on.")
    add: Number | None = Field(
        None, description="A number to add to the one that it is; negative to take away."
    )

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if len(self.given()) != 1:
            raise sentence("expected either a value or add")
        return self


class SetShape(Shape):
    """Change states."""

    WHAT = "set"
    MEANT: ClassVar[dict[str, str]] = {
        "in": 'did you mean "after"?',
        "wait": 'did you mean "after"?',
    }

    state: Annotated[dict[str, NewValue], BeforeValidator(_changed)] = Field(
        min_length=1,
        description="The value that the state has from then on, or a mapping of names to values;"
        " {add: 1} adds to a number.",
    )
    after: Duration = Field(
        0.0,
        description=f"How long later it changes, up to {LONGEST / 60:g}m; what was to come of the"
        " same state is forgotten.",
    )

    def compiled(self, around: Around, at: Path) -> Set:
        """Return the step."""
        return Set(
            tuple(
                Change((around.scenario, name), new.value, new.add or 0.0)
                for name, new in self.state.items()
                if around.knows(name, (*at, "state", name))
            ),
            self.after,
        )
