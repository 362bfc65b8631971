"""The steps that answer a request, as scenario files write them, and what they compile to.

A kind of step is one class, named by the key that every step of its kind has;
`responder.scenario.step_list` lists them. A status alone stands for a step that sends it, the word
``silent`` for the step of that name.
"""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, ClassVar, Final, Self, TypeAlias

from pydantic import (
    BeforeValidator,
    Field,
    GetJsonSchemaHandler,
    WithJsonSchema,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from responder.scenario import steps
from responder.scenario.faults import BadFault, Faults
from responder.scenario.filling import templated
from responder.scenario.findings import listed
from responder.scenario.shape import Shape, Short
from responder.scenario.values import (
    Description,
    Faulty,
    Flag,
    Line,
    MediaType,
    OneOrMore,
    OwnHeader,
    Status,
    Text,
    one_word,
    sentence,
    whole_number,
)
from responder.scenario.wait_model import Waiting, compile_wait
from responder.scenario.when_model import Around, SetShape

_PLAIN: Final = "text/plain;charset=utf-8"
_PLAYED: Final = ("echo", "tone", "silence", "none")
_DIRECTIONS: Final = ("sendrecv", "sendonly", "recvonly", "inactive")
_DESCRIPTION: Final = b"application/sdp"

Path: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What steps need when they are compiled, beside what they say.

    Attributes:
        read: returns the bytes of a file that a scenario names; raises OSError.
        locate: returns the path of such a file, from where the process stands; raises OSError, or
            ValueError with a clause that says why it is no audio.
        note: takes a part of the file and the sentence of what is wrong with it.
        faults: reads what is written of faults.
        around: the states and rules of the scenario.
    """

    read: Callable[[str], bytes]
    locate: Callable[[str], str]
    note: Callable[[Path, str], None]
    faults: Faults
    around: Around

    def fault(self, written: object, at: Path) -> object:
        """Return the faults of a step; note what cannot be."""
        try:
            return self.faults.fault(written)
        except BadFault as bad:
            self.note((*at, *bad.path), str(bad))
            return None


class StepShape(Shape):
    """One step. Its first key names its kind."""

    KEY: ClassVar[str]
    """The key that every step of this kind has."""

    @abstractmethod
    def compiled(self, surroundings: Surroundings, at: Path) -> tuple[steps.Step, ...]:
        """Return the steps that it stands for.

        Args:
            surroundings: the world outside the file.
            at: where in the file the step stands.
        """


class HeaderValue(Short):
    """What becomes of one header field of a response."""

    WHAT = "a header field"
    SHORT = "replace"

    replace: Annotated[list[Line], OneOrMore()] | None = Field(
        None,
        min_length=1,
        description="The value, or a line for each of a list, in place of what the status brings.",
    )
    add: Annotated[list[Line], OneOrMore()] | None = Field(
        None, min_length=1, description="A line, or several, beside what the status brings."
    )
    remove: Flag | None = Field(
        None, description="true: the field is left out although the status brings it."
    )

    @classmethod
    def unfold(cls, value: object) -> object:
        """Let nothing stand for removal."""
        return {"remove": True} if value is None else super().unfold(value)

    @classmethod
    def bare(cls, schema: JsonSchemaValue) -> list[JsonSchemaValue]:
        """Let null stand beside the values."""
        return [*super().bare(schema), {"type": "null"}]

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if len(self.given()) != 1:
            raise sentence("expected one of replace, add and remove")
        return self


class Body(Short):
    """A body of a response."""

    WHAT = "a body"
    SHORT = "text"

    type: MediaType = Field(_PLAIN, description="Its Content-Type.")
    text: Text | None = Field(None, description="The body itself.")
    file: Line | None = Field(
        None, description="A file that holds it, seen from the scenario's directory."
    )

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.text is None) is (self.file is None):
            raise sentence("a body has either text or file")
        return self


class Sdp(Short):
    """Which session description a response carries."""

    WHAT = "sdp"
    SHORT = "text"

    text: Description | None = Field(
        None, description="A description as it stands, or none for a response without one."
    )
    codecs: Annotated[list[Line], OneOrMore()] | None = Field(
        None, min_length=1, description="The only codecs to accept, such as PCMA."
    )
    direction: (
        Annotated[
            str,
            BeforeValidator(one_word(*_DIRECTIONS)),
            WithJsonSchema({"enum": list(_DIRECTIONS)}),
        ]
        | None
    ) = Field(None, description="The direction to answer with, as far as the offer allows it.")

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        if not self.given():
            raise sentence("expected none, a description, or a mapping with codecs or direction")
        if self.text is not None and len(self.given()) > 1:
            raise sentence("a description that is given whole takes neither codecs nor direction")
        return self

    def compiled(self) -> steps.Sdp:
        """Return it for the engine; line ends become those of SDP."""
        text = None
        if self.text is not None:
            text = b"" if self.text == "none" else with_crlf(self.text)
        codecs = tuple(name.lower().encode() for name in self.codecs or ())
        return steps.Sdp(text, codecs, self.direction or "")


class Media(Short):
    """What the caller hears."""

    WHAT = "media"
    SHORT = "play"

    play: (
        Annotated[str, BeforeValidator(one_word(*_PLAYED)), WithJsonSchema({"enum": list(_PLAYED)})]
        | None
    ) = Field(
        None,
        description="echo: the caller's own audio; tone: 440 Hz; silence; none: audio is agreed and"
        " none comes.",
    )
    tone: (
        Annotated[
            list[
                Annotated[
                    int,
                    BeforeValidator(whole_number(20, 20_000)),
                    WithJsonSchema({"type": "integer", "minimum": 20, "maximum": 20_000}),
                ]
            ],
            OneOrMore(),
        ]
        | None
    ) = Field(
        None,
        min_length=1,
        max_length=8,
        description="A tone of this frequency in hertz, or of several at once.",
    )
    file: Line | None = Field(
        None, description="A WAV file, seen from the scenario's directory, played over and over."
    )

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if len(self.given()) != 1:
            raise sentence(f"expected {listed(_PLAYED)}, or a mapping with either tone or file")
        return self


class StatusStep(StepShape, Short):
    """Send a response."""

    WHAT = "a status step"
    KEY = "status"
    SHORT = "status"
    MEANT: ClassVar[dict[str, str]] = {
        "header": 'did you mean "headers"?',
        "code": 'did you mean "status"?',
        "phrase": 'did you mean "reason"?',
        "delay": 'did you mean "after"?',
        "wait": 'write "after", or make the wait an element of its own in a list of steps',
        "content-type": "it goes with the body: {type: ..., text: ...}",
    }

    status: Status = Field(description="The status: 100 to 699.")
    reason: Line | None = Field(
        None, description="The reason phrase; without it the registry's. May be empty."
    )
    headers: dict[OwnHeader, HeaderValue] = Field(
        {},
        description="Header fields by name: a value (replaces what the status brings), a list (a"
        " line each), null (leaves it out), or {add: ...} (beside what the status brings).",
    )
    body: Body | None = Field(
        None, description="A body: text, or a mapping with type and text or file."
    )
    sdp: Sdp | None = Field(
        None,
        description="The session description: none, one as it stands, or codecs and direction of"
        " the answer.",
    )
    media: Media | None = Field(
        None,
        description="What the caller hears: echo, tone, silence, none, {tone: HZ}, {file: WAV}.",
    )
    after: Waiting | None = Field(None, description="How long to wait before it is sent.")
    to: Line | None = Field(
        None,
        description="The method of the request that it answers, where two wait: the one that began"
        " the call, and one that a step received.",
    )
    reliable: Flag | None = Field(
        None, description="true: it is repeated until its PRACK comes (RFC 3262); 101 to 199."
    )
    fault: Faulty | None = Field(
        None, description="What goes wrong with it on purpose: a fault, or several."
    )

    @model_validator(mode="after")
    def _can_be_sent(self) -> Self:
        if self.body is not None and self.sdp is not None:
            raise sentence("a response has one body: either body or sdp")
        if self.status == 100 and (self.body or self.sdp or self.media):
            raise sentence("100 goes one hop only and carries nothing: take 183 for early media")
        if self.reliable and not 100 < self.status < 200:
            raise sentence(f"a {self.status} cannot be reliable: only 101 to 199 can (RFC 3262)")
        if self.status >= 300 and self.media is not None:
            raise sentence(f"a {self.status} ends the call: no media can follow it")
        return self

    def compiled(self, surroundings: Surroundings, at: Path) -> tuple[steps.Step, ...]:
        """Return the wait, if there is one, and the response."""
        headers, beside, omit = header_fields(self.headers)
        kind, body = b"", None
        if self.body is not None:
            kind = self.body.type.encode()
            body = read_body(self.body, surroundings, (*at, "body"))
        response = steps.Respond(
            self.status,
            reason=None if self.reason is None else self.reason.encode(),
            headers=headers,
            beside=beside,
            omit=omit,
            kind=kind,
            body=body,
            sdp=None if self.sdp is None else self.sdp.compiled(),
            media=_media(self.media, surroundings, (*at, "media")),
            fault=None if self.fault is None else surroundings.fault(self.fault, (*at, "fault")),
            to=(self.to or "").encode(),
            reliable=bool(self.reliable),
        )
        response = templated(
            response,
            surroundings.around.scenario,
            surroundings.around.states,
            lambda key, text: surroundings.note((*at, *key), text),
            body=self.body is not None and self.body.file is None,
        )
        return (compile_wait(self.after), response) if self.after else (response,)


class WaitStep(StepShape):
    """Let time pass."""

    WHAT = "a wait step"
    KEY = "wait"

    wait: Waiting = Field(
        description="How long: 250ms, 2s, 1.5s, 1m, a number of seconds, or a distribution such as"
        " {uniform: [1s, 3s]}."
    )

    def compiled(self, surroundings: Surroundings, at: Path) -> tuple[steps.Step, ...]:
        """Return the wait."""
        del surroundings, at
        return (compile_wait(self.wait),)


class WordStep(StepShape):
    """A step that its key alone says all of; the bare word stands for it."""

    @classmethod
    def unfold(cls, value: object) -> object:
        """Let the bare word stand for it."""
        return {cls.KEY: True} if value == cls.KEY else value

    @model_validator(mode="after")
    def _is_meant(self) -> Self:
        if not getattr(self, self.KEY):
            raise sentence(f"{self.KEY} is true; to go on, leave the step out")
        return self

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        made = handler(schema)
        mapping = handler.resolve_ref_schema(made)
        whole_form = dict(mapping)
        mapping.clear()
        mapping["anyOf"] = [{"const": cls.KEY}, whole_form]
        return made


class SilentStep(WordStep):
    """Answer nothing from here on."""

    WHAT = "a silent step"
    KEY = "silent"

    silent: Flag = Field(description="true: no answer from here on, no 100 and none to a CANCEL.")

    def compiled(self, surroundings: Surroundings, at: Path) -> tuple[steps.Step, ...]:
        """Return the silence."""
        del surroundings, at
        return (steps.Silent(),)


class SetStep(StepShape):
    """Change states."""

    WHAT = "a set step"
    KEY = "set"

    set: SetShape = Field(description="The states that change, as the set of a rule has them.")

    def compiled(self, surroundings: Surroundings, at: Path) -> tuple[steps.Step, ...]:
        """Return the change."""
        return (self.set.compiled(surroundings.around, (*at, "set")),)


def header_fields(
    headers: dict[str, HeaderValue],
) -> tuple[tuple[tuple[bytes, bytes], ...], tuple[tuple[bytes, bytes], ...], frozenset[bytes]]:
    """Return header fields compiled: those that replace, those beside, and what is left out."""
    replacing: list[tuple[bytes, bytes]] = []
    beside: list[tuple[bytes, bytes]] = []
    omit: set[bytes] = set()
    for name, value in headers.items():
        written = name.encode()
        replacing += [(written, line.encode()) for line in value.replace or ()]
        beside += [(written, line.encode()) for line in value.add or ()]
        if value.remove:
            omit.add(written.lower())
    return tuple(replacing), tuple(beside), frozenset(omit)


def with_crlf(text: str) -> bytes:
    """Return lines of text as messages have them."""
    return b"".join(line.encode() + b"\r\n" for line in text.splitlines())


def read_body(body: Body, surroundings: Surroundings, at: Path) -> bytes:
    """Return the bytes of a body; note a file that cannot be read."""
    if body.file is None:
        described = body.type.partition(";")[0].strip().lower().encode() == _DESCRIPTION
        return with_crlf(body.text or "") if described else (body.text or "").encode()
    try:
        data = surroundings.read(body.file)
    except OSError as fault:
        surroundings.note((*at, "file"), f"{body.file} cannot be read: {fault.strerror}")
        return b""
    return data


def _media(media: Media | None, surroundings: Surroundings, at: Path) -> steps.Media | None:
    if media is None:
        return None
    if media.tone is not None:
        return steps.Media("tone", tuple(float(each) for each in media.tone))
    if media.file is None:
        return steps.Media(media.play or "echo")
    try:
        return steps.Media("file", file=surroundings.locate(media.file))
    except OSError as fault:
        surroundings.note((*at, "file"), f"{media.file} cannot be read: {fault.strerror}")
    except ValueError as fault:
        surroundings.note((*at, "file"), f"{media.file} {fault}")
    return None
