"""A scenario file as a whole."""

from dataclasses import replace
from typing import Annotated, Any, ClassVar, Final, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from responder.scenario.expect_model import ExpectShape
from responder.scenario.match_model import Match
from responder.scenario.registration_model import Authenticate, RegistrarShape, UsersText
from responder.scenario.shape import Shape
from responder.scenario.step_list import Steps
from responder.scenario.values import (
    Flag,
    Impairing,
    Line,
    Name,
    Seed,
    Text,
    Timer,
    Unmatched,
    one_word,
    sentence,
    whole_number,
)
from responder.scenario.when_model import SetShape, States, When
from responder.sip.settings import Timing

COUNTED: Final = ("rule", "from.user", "to.user", "uri.user", "call-id", "source")
AFTERWARDS: Final = ("repeat-last", "cycle", "unmatched")

_DEFAULTS: Final = Timing()
_BASIC: Final = frozenset({"t1", "t2", "t4", "trying"})


class Timers(Shape):
    """The timer values of RFC 3261 that its transactions use."""

    WHAT = "timers"
    MEANT: ClassVar[dict[str, str]] = {
        key.upper(): f'did you mean "{key}"?'
        for key in ("t1", "t2", "t4", *("b", "f", "h", "i", "j", "k", "l"))
    }

    t1: Timer | None = Field(
        None, description="Estimate of the round trip, 500ms: timers B, F, H, J and L are 64 of it."
    )
    t2: Timer | None = Field(None, description="Longest interval of retransmissions, 4s.")
    t4: Timer | None = Field(
        None, description="Longest time that a message stays in the network, 5s: timers I and K."
    )
    trying: Timer | None = Field(
        None, description="How long an INVITE may go unanswered before a 100 leaves, 200ms."
    )
    b: Timer | None = Field(None, description="How long an INVITE of ours waits for a response.")
    f: Timer | None = Field(
        None, description="How long another request of ours waits for a final response."
    )
    h: Timer | None = Field(
        None, description="How long a final response to an INVITE waits for its ACK."
    )
    i: Timer | None = Field(
        None, description="How long copies of the ACK of a failure are taken in, over UDP."
    )
    j: Timer | None = Field(
        None, description="How long copies of a request other than INVITE are answered, over UDP."
    )
    k: Timer | None = Field(
        None, description="How long copies of a final response are taken in, over UDP."
    )
    l_: Timer | None = Field(
        None,
        alias="l",
        description="How long copies of an INVITE that was answered 2xx are taken in.",
    )

    def timing(self, base: Timing = _DEFAULTS) -> Timing:
        """Return them for the engine, in place of those of ``base`` that they name."""
        named = {
            key if key in _BASIC else f"own_{key}": value for key, value in self.given().items()
        }
        return replace(base, **named)


class Part(Shape):
    """What some successive requests get."""

    WHAT = "an element of a sequence"

    times: Annotated[
        int,
        BeforeValidator(whole_number(1, 10_000)),
        WithJsonSchema({"type": "integer", "minimum": 1, "maximum": 10_000}),
    ] = Field(1, description="How many requests get it.")
    respond: Steps = Field(description="What each of them gets.")


class RuleShape(Shape):
    """What answers the requests that match."""

    WHAT = "a rule"
    MEANT: ClassVar[dict[str, str]] = {
        "response": 'did you mean "respond"?',
        "if": 'did you mean "match", for the request, or "when", for all else?',
        "state": 'it belongs under "when", to ask for it, or "set", to change it',
        "steps": 'did you mean "respond"?',
        "status": 'it belongs under "respond"',
        "method": 'it belongs under "match"',
    }

    name: Name | None = Field(
        None, description='What the record and the Server field call it; "rule 3" by its place.'
    )
    match: Match | None = Field(
        None, description="Which requests it answers; every request without it."
    )
    authenticate: Authenticate | None = Field(
        None,
        description="Has requests challenged, each until its credentials fit, before the rule"
        " answers.",
    )
    when: When | None = Field(
        None, description="What has to be so beside the request for the rule to answer it."
    )
    set: SetShape | None = Field(
        None,
        description="The states that change as soon as the rule takes a request, before its steps.",
    )
    respond: Steps | None = Field(
        None, description="What they get: a status, a mapping, or a list of steps."
    )
    timers: Timers | None = Field(
        None, description="Timer values for the requests that it answers, before the scenario's."
    )
    sequence: list[Part] | None = Field(
        None, min_length=1, description="What successive requests get, one element after another."
    )
    per: (
        Annotated[str, BeforeValidator(one_word(*COUNTED)), WithJsonSchema({"enum": [*COUNTED]})]
        | None
    ) = Field(None, description="Whose requests a sequence counts together; rule: all of them.")
    then: (
        Annotated[
            str, BeforeValidator(one_word(*AFTERWARDS)), WithJsonSchema({"enum": [*AFTERWARDS]})
        ]
        | None
    ) = Field(
        None,
        description="What follows a sequence: repeat-last (default), cycle, or unmatched, which"
        " leaves requests to the rules below.",
    )

    @model_validator(mode="after")
    def _answers_in_one_way(self) -> Self:
        if (self.respond is None) is (self.sequence is None):
            raise sentence('a rule has either "respond" or "sequence"')
        if self.sequence is None and (self.per is not None or self.then is not None):
            key = "per" if self.per is not None else "then"
            raise sentence(f'"{key}" goes with "sequence" only')
        return self

    def parts(self) -> list[tuple[int, Steps, tuple[Any, ...]]]:
        """Return how often each attempt is made, its steps, and where in the rule they stand."""
        if self.respond is not None:
            return [(1, self.respond, ("respond",))]
        return [
            (part.times, part.respond, ("sequence", place, "respond"))
            for place, part in enumerate(self.sequence or ())
        ]


class Scenario(Shape):
    """One scenario: which requests get what."""

    WHAT = "a scenario"
    MEANT: ClassVar[dict[str, str]] = {
        "name": 'did you mean "scenario"?',
        "description": 'did you mean "about"?',
        "responses": 'did you mean "rules"?',
        "default": 'did you mean "unmatched"?',
    }

    scenario: Name | None = Field(
        None, description="Its name; without it the file's, less its extension."
    )
    about: Text | None = Field(None, description="What it tests, for people.")
    seed: Seed | None = Field(None, description="Makes every random choice the same each time.")
    state: States | None = Field(
        None,
        description="The state that it begins in, or several by name, which rules ask for with when"
        " and change with set.",
    )
    unmatched: Unmatched | None = Field(
        None,
        description="What a request gets that no rule matches: a final status, or dial (the"
        " default), which answers what its user part spells.",
    )
    dial: Flag | None = Field(
        None, description="Whether what is dialled is answered where no rule matches."
    )
    timers: Timers | None = Field(
        None, description="Timer values of RFC 3261, for the requests that its rules answer."
    )
    impair: Impairing | None = Field(
        None,
        description="What a bad network does to all traffic, of every listener: an impairment, or"
        " several that are crossed one after another.",
    )
    users: UsersText | None = Field(
        None,
        description="Whose credentials fit: any (the default), a file, or names with passwords.",
    )
    registrar: RegistrarShape | None = Field(None, description="What the registrar grants.")
    listen: dict[Name, Line] | None = Field(
        None,
        min_length=1,
        description="Where to listen, by name: a: udp:0.0.0.0:5062. Port 0 picks a free one. Rules"
        " ask for a name with listener.",
    )
    expect: list[ExpectShape] = Field(
        [], description="What a whole run has to come to; what is undecided has not held."
    )
    rules: list[RuleShape] = Field(
        [], description="The rules; the first that matches a request answers it."
    )

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.dial is False and self.unmatched == "dial":
            raise sentence('"unmatched: dial" and "dial: false" contradict each other')
        return self
