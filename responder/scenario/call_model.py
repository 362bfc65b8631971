"""The steps that go along with a call, as scenario files write them, and what they compile to."""

import base64
import binascii
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, ClassVar, Final, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from responder.scenario import steps
from responder.scenario.filling import templated
from responder.scenario.match_model import Match
from responder.scenario.matching import Condition
from responder.scenario.shape import Shape, Short
from responder.scenario.step_model import (
    Body,
    HeaderValue,
    Path,
    Sdp,
    StepShape,
    Surroundings,
    WordStep,
    header_fields,
    read_body,
)
from responder.scenario.values import (
    Flag,
    Line,
    OwnHeader,
    Text,
    Timer,
    read_asked,
    read_received,
    sentence,
)

if TYPE_CHECKING:
    from responder.scenario.step_list import Branch

_WITH_OFFER: Final = frozenset({"INVITE", "UPDATE"})


class ReceiveStep(StepShape):
    """Wait for a request of the call, or for a response to our latest request."""

    WHAT = "a receive step"
    KEY = "receive"
    MEANT: ClassVar[dict[str, str]] = {
        "timeout": 'did you mean "within"?',
        "else": 'did you mean "otherwise"?',
        "header": 'it belongs under "match"',
    }

    receive: Annotated[
        str, BeforeValidator(read_received), WithJsonSchema({"type": ["string", "integer"]})
    ] = Field(description="A method such as ACK or BYE, a status such as 200, or a class: 2xx.")
    match: Match | None = Field(None, description="What else must hold, as for a rule.")
    within: Timer | None = Field(
        None, description="How long to wait; without it as long as it may still come."
    )
    otherwise: "Branch | None" = Field(
        None,
        description="Steps for when it does not come; then the next step follows. Without them the"
        " call has failed.",
    )

    @model_validator(mode="after")
    def _asks_once(self) -> Self:
        if self.match is not None and self.match.method is not None:
            raise sentence('the method stands under "receive"')
        return self

    def compiled(self, surroundings: Surroundings, at: Path) -> tuple[steps.Step, ...]:
        """Return the receiving, and the steps for when it is in vain."""
        otherwise: list[steps.Step] = []
        for place, step in enumerate(self.otherwise or ()):
            otherwise += step.compiled(surroundings, (*at, "otherwise", place))
        word = self.receive
        lowest = highest = 0
        if word.isdigit():
            lowest = highest = int(word)
        elif word.endswith("xx"):
            lowest, highest = int(word[0]) * 100, int(word[0]) * 100 + 99
        conditions: tuple[Condition, ...] = ()
        if self.match is not None:
            conditions = self.match.conditions(surroundings.around.line, (*at, "match"))
        receive = steps.Receive(
            method=b"" if lowest else word.encode(),
            lowest=lowest,
            highest=highest,
            conditions=conditions,
            within=self.within,
            otherwise=None if self.otherwise is None else len(otherwise),
        )
        return (receive, *otherwise)


class Auth(Shape):
    """Who answers a challenge."""

    WHAT = "auth"

    user: Line = Field(description="The user.")
    password: Line = Field(description="The password.", repr=False)


class SendStep(StepShape):
    """Send a request of our own inside the call."""

    WHAT = "a send step"
    KEY = "send"
    MEANT: ClassVar[dict[str, str]] = {
        "header": 'did you mean "headers"?',
        "method": 'it stands under "send"',
        "within": "make a step of it: {receive: 200, within: ...}",
    }

    send: Annotated[
        str,
        BeforeValidator(read_asked),
        WithJsonSchema({"type": "string", "pattern": r"^[A-Za-z0-9\-.!%*_+`'~]+$"}),
    ] = Field(description="The method: BYE, INVITE, UPDATE, INFO ... or any other but ACK, CANCEL.")
    headers: dict[OwnHeader, HeaderValue] = Field(
        {}, description="Header fields by name, written as those of a status."
    )
    body: Body | None = Field(
        None, description="A body: text, or a mapping with type and text or file."
    )
    sdp: Sdp | None = Field(
        None,
        description="The offer of an INVITE or UPDATE: none, one as it stands, or codecs and"
        " direction. An INVITE has one, an UPDATE none without it.",
    )
    auth: Auth | None = Field(
        None, description="User and password for when it is challenged; else 401 and 407 are final."
    )

    @model_validator(mode="after")
    def _can_be_sent(self) -> Self:
        if self.body is not None and self.sdp is not None:
            raise sentence("a request has one body: either body or sdp")
        if self.sdp is not None and self.send not in _WITH_OFFER:
            raise sentence(f"{self.send} carries no offer: only INVITE and UPDATE do")
        return self

    def compiled(self, surroundings: Surroundings, at: Path) -> tuple[steps.Step, ...]:
        """Return the request."""
        headers, beside, omit = header_fields(self.headers)
        kind, body = b"", None
        if self.body is not None:
            kind = self.body.type.encode()
            body = read_body(self.body, surroundings, (*at, "body"))
        auth = self.auth
        ask = steps.Ask(
            self.send.encode(),
            headers=headers,
            beside=beside,
            omit=omit,
            kind=kind,
            body=body,
            sdp=None if self.sdp is None else self.sdp.compiled(),
            user=b"" if auth is None else auth.user.encode(),
            password=b"" if auth is None else auth.password.encode(),
        )
        around = surroundings.around
        response = templated(
            ask.as_response(),
            around.scenario,
            around.states,
            lambda key, text: surroundings.note((*at, *key), text),
            body=self.body is not None and self.body.file is None,
        )
        return (replace(ask, filling=response.filling),)


class RawBytes(Short):
    """Bytes as they stand."""

    WHAT = "raw bytes"
    SHORT = "text"

    text: Text | None = Field(None, description="Text in UTF-8; each line ends with CR LF.")
    hex: Line | None = Field(None, description="Hexadecimal digits, with spaces where you like.")
    base64: Line | None = Field(None, description="Base64.")
    file: Line | None = Field(
        None, description="A file that holds them, seen from the scenario's directory."
    )

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if len(self.given()) != 1:
            raise sentence("expected text, or a mapping with one of text, hex, base64 and file")
        try:
            self.decoded()
        except (ValueError, binascii.Error):
            what = "hexadecimal digits, two a byte" if self.hex is not None else "Base64"
            raise sentence(f"expected {what}") from None
        return self

    def decoded(self) -> bytes:
        """Return what is written here; nothing where a file holds it."""
        if self.hex is not None:
            return bytes.fromhex(self.hex)
        if self.base64 is not None:
            return base64.b64decode(self.base64, validate=True)
        lines = (self.text or "").replace("\r\n", "\n")
        return lines.replace("\n", "\r\n").encode()


class RawStep(StepShape):
    """Send bytes as they stand."""

    WHAT = "a raw step"
    KEY = "raw"

    raw: RawBytes = Field(
        description="Text whose lines get CR LF, or a mapping with hex, base64 or file."
    )

    def compiled(self, surroundings: Surroundings, at: Path) -> tuple[steps.Step, ...]:
        """Return the bytes."""
        file = self.raw.file
        if file is None:
            return (steps.Raw(self.raw.decoded()),)
        try:
            return (steps.Raw(surroundings.read(file)),)
        except OSError as fault:
            surroundings.note((*at, "raw", "file"), f"{file} cannot be read: {fault.strerror}")
            return (steps.Raw(b""),)


class CloseStep(WordStep):
    """End the connection of the call in order."""

    WHAT = "a close step"
    KEY = "close"

    close: Flag = Field(description="true: the connection is closed once what was sent has left.")

    def compiled(self, surroundings: Surroundings, at: Path) -> tuple[steps.Step, ...]:
        """Return the end."""
        del surroundings, at
        return (steps.Close(),)


class ResetStep(WordStep):
    """End the connection of the call at once."""

    WHAT = "a reset step"
    KEY = "reset"

    reset: Flag = Field(description="true: the connection is reset (TCP RST) at once.")

    def compiled(self, surroundings: Surroundings, at: Path) -> tuple[steps.Step, ...]:
        """Return the end."""
        del surroundings, at
        return (steps.Close(reset=True),)
