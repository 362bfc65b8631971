"""What a scenario expects of a whole run, as scenario files write it."""

import re
from collections.abc import Collection, Mapping
from typing import Annotated, ClassVar, Final, Self, TypeAlias

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from responder.scenario.expect import Bounds, Expectation
from responder.scenario.findings import listed, nearest
from responder.scenario.shape import Shape
from responder.scenario.values import (
    Duration,
    Line,
    Name,
    OneOrMore,
    Status,
    sentence,
    unfit,
    whole,
)
from responder.scenario.when_model import Around, Path

_BOUND: Final = re.compile(r"(==|>=|<=|>|<)? ?([0-9]{1,9})|([0-9]{1,9}) ?\.\. ?([0-9]{1,9})")
_NUMBER: Final = r"^((==|>=|<=|>|<)? ?[0-9]{1,9}|[0-9]{1,9} ?\.\. ?[0-9]{1,9})$"


def read_bounds(value: object) -> Bounds:
    """Read how many there may be: ``3``, ``==3``, ``>=2``, ``<=5``, ``2..4``."""
    if isinstance(value, Bounds):
        return value
    number = whole(value)
    found = _BOUND.fullmatch(value.strip()) if isinstance(value, str) else None
    if number is not None and number >= 0:
        return Bounds(number, number)
    if found is None:
        raise unfit(value, 'a number, or one such as ">=2", "<=5" or "2..4" in quotes')
    if found[3] is not None:
        least, most = int(found[3]), int(found[4])
        if least > most:
            raise unfit(value, "the smaller number first")
        return Bounds(least, most)
    count = int(found[2])
    match found[1]:
        case ">=":
            return Bounds(count, None)
        case ">":
            return Bounds(count + 1, None)
        case "<=":
            return Bounds(0, count)
        case "<" if count:
            return Bounds(0, count - 1)
        case "<":
            raise unfit(value, "a number that something can be below")
        case _:
            return Bounds(count, count)


Count: TypeAlias = Annotated[
    Bounds,
    BeforeValidator(read_bounds),
    WithJsonSchema(
        {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": _NUMBER}]}
    ),
]


class ExpectShape(Shape):
    """What a run has to come to; all that is given must hold."""

    WHAT = "an expectation"
    MEANT: ClassVar[dict[str, str]] = {
        "name": 'did you mean "rule"?',
        "count": 'did you mean "calls"?',
        "times": 'did you mean "calls"?',
        "verdicts": 'did you mean "caller"?',
        "absent": 'write "calls: 0"',
    }

    rule: Name | None = Field(
        None, description="The rule whose requests count; without it all rules of the scenario."
    )
    calls: Count | None = Field(
        None,
        description='How many requests it answers: 3, ">=2", "<=5", "2..4"; 0 for none at all.',
    )
    within: Duration | None = Field(
        None, description="How long after the first of them the others count; later ones do not."
    )
    status: Status | None = Field(None, description="The final status of each of them.")
    statuses: list[Status] | None = Field(
        None, min_length=1, description="The final statuses of successive ones, in order, all told."
    )
    caller: dict[str, Line] | None = Field(
        None,
        min_length=1,
        description="Verdicts on the caller by name, and what each has to be: correct, wrong or"
        " not-seen.",
    )
    order: Annotated[list[Name], OneOrMore()] | None = Field(
        None, min_length=2, description="Rules whose first requests come in this order."
    )
    unmatched: Count | None = Field(None, description="How many requests no rule matches.")

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        asked = self.given()
        about = asked.keys() & {"calls", "status", "statuses", "caller"}
        if not about and self.order is None and self.unmatched is None:
            raise sentence("expected calls, status, statuses, caller, order or unmatched")
        if self.rule is not None and not about:
            raise sentence('"rule" goes with calls, status, statuses or caller')
        if self.within is not None and self.calls is None and self.statuses is None:
            raise sentence('"within" goes with calls or statuses')
        return self

    def compiled(
        self, around: Around, verdicts: Mapping[str, Collection[str]], at: Path
    ) -> Expectation:
        """Return it; note what names nothing.

        Args:
            around: the rules of the scenario.
            verdicts: the verdicts that there are, each with the words for what it may be.
            at: where in the file it stands.
        """
        for key, names in (("rule", [self.rule] if self.rule else []), ("order", self.order or [])):
            for name in names:
                if name not in around.rules:
                    around.note(
                        (*at, key), f'{key}: no rule is called "{name}"{_near(name, around.rules)}'
                    )
        for name, word in (self.caller or {}).items():
            if name not in verdicts:
                text = f'no verdict is called "{name}"{_near(name, verdicts)}'
                around.note((*at, "caller", name), f"caller: {text}")
            elif word not in verdicts[name]:
                text = f'{name}: found "{word}", expected {listed(verdicts[name])}'
                around.note((*at, "caller", name), text)
        file, _, line = around.line(at).rpartition(":")
        return Expectation(
            self._words(around.scenario),
            file,
            int(line),
            around.scenario,
            f"{around.scenario}/{self.rule}" if self.rule else "",
            self.calls,
            self.within,
            tuple(self.statuses or ()),
            self.status,
            tuple((self.caller or {}).items()),
            tuple(f"{around.scenario}/{name}" for name in self.order or ()),
            self.unmatched,
        )

    def _words(self, scenario: str) -> str:
        said: list[str] = []
        if self.calls is not None:
            said.append(f"calls {self.calls}")
        if self.status is not None:
            said.append(f"status {self.status}")
        if self.statuses is not None:
            said.append(f"statuses {' '.join(map(str, self.statuses))}")
        if self.within is not None:
            said.append(f"within {self.within:g} s")
        said += [f"{name} {word}" for name, word in (self.caller or {}).items()]
        if self.order is not None:
            said.append(f"order {', '.join(self.order)}")
        if self.unmatched is not None:
            said.append(f"unmatched {self.unmatched}")
        of = f"{scenario}/{self.rule}" if self.rule else scenario
        return f"{of}: {', '.join(said)}"


def _near(name: str, known: Collection[str]) -> str:
    near = nearest(name, known)
    return f'; did you mean "{near}"?' if near else ""
