"""Lists of steps as scenario files write them, and what they compile to."""

from dataclasses import replace
from typing import Annotated, Final, TypeAlias

from pydantic import BeforeValidator, Discriminator, Field, Tag

from responder.scenario import steps
from responder.scenario.call_model import CloseStep, RawStep, ReceiveStep, ResetStep, SendStep
from responder.scenario.findings import listed, nearest
from responder.scenario.step_model import (
    Path,
    SetStep,
    SilentStep,
    StatusStep,
    StepShape,
    Surroundings,
    WaitStep,
    WordStep,
)
from responder.scenario.values import OneOrMore, unfit, whole

KINDS: Final[tuple[type[StepShape], ...]] = (
    StatusStep,
    WaitStep,
    ReceiveStep,
    SendStep,
    RawStep,
    SilentStep,
    SetStep,
    CloseStep,
    ResetStep,
)
"""Every kind of step."""

WORDS: Final = tuple(kind.KEY for kind in KINDS if issubclass(kind, WordStep))
"""The kinds that a bare word stands for."""


def _kind(value: object) -> str:
    """Return the tag of the kind of step that a value most likely means.

    A tag has a colon, so that no key of a file is taken for one.
    """
    return f"step:{_key(value)}"


def _key(value: object) -> str:
    if isinstance(value, StepShape):
        return value.KEY
    if not isinstance(value, dict):
        return str(value) if value in WORDS else "status"
    named = [kind.KEY for kind in KINDS if kind.KEY in value]
    if named:
        return named[0]
    near = [found for key in value if (found := nearest(str(key), [kind.KEY for kind in KINDS]))]
    return near[0] if near else "status"


def _step(value: object) -> object:
    """Say what a step may be where a value is none at all."""
    if isinstance(value, (dict, StepShape)) or value in WORDS or whole(value) is not None:
        return value
    if isinstance(value, str) and value.isdigit():
        raise unfit(value, "a status from 100 to 699, without quotes")
    keys = listed([f'"{kind.KEY}"' for kind in KINDS])
    words = listed([f'"{word}"' for word in WORDS])
    raise unfit(value, f"a status from 100 to 699, {words}, or a mapping with {keys}")


Step: TypeAlias = Annotated[
    Annotated[StatusStep, Tag("step:status")]
    | Annotated[WaitStep, Tag("step:wait")]
    | Annotated[ReceiveStep, Tag("step:receive")]
    | Annotated[SendStep, Tag("step:send")]
    | Annotated[RawStep, Tag("step:raw")]
    | Annotated[SilentStep, Tag("step:silent")]
    | Annotated[SetStep, Tag("step:set")]
    | Annotated[CloseStep, Tag("step:close")]
    | Annotated[ResetStep, Tag("step:reset")],
    Discriminator(_kind),
]
Steps: TypeAlias = Annotated[
    list[Annotated[Step, BeforeValidator(_step)]], Field(min_length=1), OneOrMore()
]
Branch: TypeAlias = Annotated[list[Annotated[Step, BeforeValidator(_step)]], OneOrMore()]

ReceiveStep.model_rebuild(_types_namespace={"Branch": Branch})


def compile_steps(
    listed_steps: list[Step], surroundings: Surroundings, at: Path
) -> tuple[steps.Step, ...]:
    """Return the steps of one attempt.

    Args:
        listed_steps: the steps as written.
        surroundings: the world outside the file.
        at: where in the file they stand.
    """
    made: list[steps.Step] = []
    for place, step in enumerate(listed_steps):
        made += step.compiled(surroundings, (*at, place))
    return tuple(
        replace(step, answered=True)
        if type(step) is steps.Receive and _is_answered(step, made[place + 1 :])
        else step
        for place, step in enumerate(made)
    )


def _is_answered(receive: steps.Receive, behind: list[steps.Step]) -> bool:
    """Whether a status step behind it answers what a step receives; for CANCEL, its INVITE."""
    method = receive.method
    if method in {b"", b"ACK"}:
        return False
    for step in behind[receive.otherwise or 0 :]:
        if type(step) is steps.Respond:
            if method == b"CANCEL":
                if step.status >= 200 and step.to in {b"", b"INVITE"}:
                    return True
            elif steps.answers(step, method):
                return True
        elif type(step) is steps.Receive and step.method not in {b"", b"ACK", b"CANCEL"}:
            return False
    return False
