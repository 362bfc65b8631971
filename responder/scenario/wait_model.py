"""A time to wait as scenario files write it: one that is fixed, or a distribution to draw from."""

from typing import Annotated, ClassVar, Final, Self, TypeAlias

from pydantic import BeforeValidator, Discriminator, Field, Tag, WithJsonSchema, model_validator

from responder.scenario.distributions import (
    Choice,
    Distribution,
    Exponential,
    Lognormal,
    Normal,
    Uniform,
)
from responder.scenario.findings import listed
from responder.scenario.shape import Shape
from responder.scenario.steps import Wait
from responder.scenario.values import Duration, number, read_wait, sentence, unfit

_MOST_SIGMA: Final = 5.0
_POSITIVE: Final = {"type": "number", "exclusiveMinimum": 0}


def read_weight(value: object) -> float:
    """Read how often one of several is taken, beside the others."""
    found = number(value)
    if found is None or not 0 < found <= 1e9:
        raise unfit(value, "a weight above 0: twice the weight is taken twice as often")
    return found


def read_sigma(value: object) -> float:
    """Read the deviation of a logarithm."""
    found = number(value)
    if found is None or not 0 < found <= _MOST_SIGMA:
        raise unfit(value, f"a number above 0 and up to {_MOST_SIGMA:g}; 0.4 is usual")
    return found


class NormalShape(Shape):
    """The bell curve."""

    WHAT = "normal"
    MEANT: ClassVar[dict[str, str]] = {
        "sigma": 'did you mean "deviation"?',
        "stddev": 'did you mean "deviation"?',
        "median": 'did you mean "mean"?',
    }

    mean: Duration = Field(description="The time in the middle.")
    deviation: Duration = Field(
        description="The standard deviation: two of three waits are nearer to the mean."
    )


class LognormalShape(Shape):
    """Most waits are short and a few are long."""

    WHAT = "lognormal"
    MEANT: ClassVar[dict[str, str]] = {
        "mean": 'did you mean "median"?',
        "deviation": 'did you mean "sigma"?',
    }

    median: Duration = Field(description="Half of the waits are shorter.")
    sigma: Annotated[
        float,
        BeforeValidator(read_sigma),
        WithJsonSchema({**_POSITIVE, "maximum": _MOST_SIGMA}),
    ] = Field(description="How far they spread; with 0.4 one wait in twenty is twice the median.")


class ExponentialShape(Shape):
    """Times between things that happen independently of each other."""

    WHAT = "exponential"
    MEANT: ClassVar[dict[str, str]] = {"median": 'did you mean "mean"?'}

    mean: Duration = Field(description="The mean of the waits.")


def _two(value: object) -> object:
    if not isinstance(value, list) or len(value) != 2:
        raise unfit(value, "the shortest and the longest wait, as in [1s, 3s]")
    return value


class Drawn(Shape):
    """A wait that is drawn anew each time, by the seed."""

    WHAT = "a wait"
    MEANT: ClassVar[dict[str, str]] = {
        "between": 'did you mean "uniform"?',
        "random": 'did you mean "uniform"?',
        "min": "write {uniform: [1s, 3s]}",
        "gaussian": 'did you mean "normal"?',
        "poisson": 'did you mean "exponential"?',
        "weighted": 'did you mean "choice"?',
    }

    uniform: (
        Annotated[
            list[Duration],
            BeforeValidator(_two),
            Field(json_schema_extra={"minItems": 2, "maxItems": 2}),
        ]
        | None
    ) = Field(
        None, description="The shortest and the longest wait; all between are as likely as another."
    )
    normal: NormalShape | None = Field(None, description="The bell curve round a mean.")
    lognormal: LognormalShape | None = Field(
        None, description="Most waits are short, a few are long: how long people and networks take."
    )
    exponential: ExponentialShape | None = Field(
        None, description="The times between things that happen independently of each other."
    )
    choice: (
        Annotated[
            dict[
                Annotated[float, BeforeValidator(read_wait)],
                Annotated[float, BeforeValidator(read_weight)],
            ],
            WithJsonSchema(
                {"type": "object", "minProperties": 1, "additionalProperties": _POSITIVE}
            ),
        ]
        | None
    ) = Field(
        None, description="Some waits, each with its weight: {100ms: 9, 5s: 1} is 5s once in ten."
    )

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if len(self.given()) != 1:
            raise sentence(f"expected one of {listed(self.key_names(), 'and')}")
        if self.choice is not None and not self.choice:
            raise sentence("choice: found no wait, expected some, each with its weight")
        if self.uniform is not None and self.uniform[0] > self.uniform[1]:
            raise sentence("uniform: the shortest wait comes first")
        return self

    def distribution(self) -> Distribution:
        """Return it for the engine."""
        if self.uniform is not None:
            return Uniform(*self.uniform)
        if self.normal is not None:
            return Normal(self.normal.mean, self.normal.deviation)
        if self.lognormal is not None:
            return Lognormal(self.lognormal.median, self.lognormal.sigma)
        if self.exponential is not None:
            return Exponential(self.exponential.mean)
        assert self.choice is not None
        return Choice(tuple(self.choice), tuple(self.choice.values()))


def _form(value: object) -> str:
    """Return the tag of the form of a wait; it has a colon, so that no key is taken for it."""
    return "wait:drawn" if isinstance(value, (dict, Drawn)) else "wait:fixed"


Waiting: TypeAlias = Annotated[
    Annotated[Duration, Tag("wait:fixed")] | Annotated[Drawn, Tag("wait:drawn")],
    Discriminator(_form),
]
"""A duration, or a distribution to draw one from."""


def compile_wait(wait: float | Drawn) -> Wait:
    """Return the step that lets it pass."""
    return Wait(wait) if isinstance(wait, float) else Wait(0.0, wait.distribution())
