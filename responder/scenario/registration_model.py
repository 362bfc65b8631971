"""What a scenario says of credentials and of the registrar."""

from typing import Annotated, Final, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from responder.scenario.duration import read_duration
from responder.scenario.shape import Shape, Short
from responder.scenario.steps import Respond
from responder.scenario.values import (
    Flag,
    Line,
    OneOrMore,
    one_word,
    read_line,
    read_text,
    sentence,
    unfit,
    whole,
    whole_number,
)
from responder.sip.authenticator import Terms
from responder.sip.settings import Registering

ALGORITHMS: Final = (
    "MD5",
    "SHA-256",
    "SHA-512-256",
    "MD5-sess",
    "SHA-256-sess",
    "SHA-512-256-sess",
)
QOP: Final = ("auth", "auth-int", "none")
_LONGEST: Final = 2**32 - 1
_DEFAULTS: Final = Registering()


def read_challenge(value: object) -> int:
    """Read the status of a challenge; true stands for 401."""
    status = 401 if value is True else whole(value)
    if status not in {401, 407}:
        raise unfit(value, "true, 401 or 407")
    return status


def read_interval(value: object) -> int:
    """Read an interval in whole seconds."""
    seconds = read_duration(value.encode()) if isinstance(value, str) else value
    found = whole(seconds)
    if found is None or not 1 <= found <= _LONGEST:
        raise unfit(value, "whole seconds such as 60s, 10m or 3600")
    return found


def read_users(value: object) -> str | dict[str, str]:
    """Read who is welcome: ``any``, the name of a file, or names with their passwords."""
    if isinstance(value, str):
        return read_line(value)
    if not isinstance(value, dict) or not value:
        raise unfit(value, "any, a file, or a mapping of names to passwords")
    users: dict[str, str] = {}
    for name, password in value.items():
        if isinstance(password, bool) or not isinstance(password, (str, int, float)):
            # A password is not shown, whatever it is.
            raise sentence(f'the password of "{name}" is no text: put it in quotes')
        users[read_line(name)] = read_text(password)
    return users


Interval = Annotated[
    int,
    BeforeValidator(read_interval),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": r"^[0-9]{1,7}(s|m)$"},
                {"type": "integer", "minimum": 1, "maximum": _LONGEST},
            ]
        }
    ),
]
UsersText = Annotated[
    str | dict[str, str],
    BeforeValidator(read_users),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string"},
                {
                    "type": "object",
                    "minProperties": 1,
                    "additionalProperties": {"type": ["string", "number"]},
                },
            ]
        }
    ),
]


class Authenticate(Short):
    """What a rule asks for before it answers."""

    WHAT = "authenticate"
    SHORT = "status"

    status: Annotated[
        int,
        BeforeValidator(read_challenge),
        WithJsonSchema({"anyOf": [{"const": True}, {"enum": [401, 407]}]}),
    ] = Field(401, description="The status of the challenge: 401 (also true) or 407.")
    realm: Line | None = Field(None, description="Its realm.")
    algorithms: Annotated[
        list[
            Annotated[
                str,
                BeforeValidator(one_word(*ALGORITHMS)),
                WithJsonSchema({"enum": [*ALGORITHMS]}),
            ]
        ],
        OneOrMore(),
    ] = Field([], description="One challenge for each of them, the preferred one first.")
    qop: (
        Annotated[
            list[Annotated[str, BeforeValidator(one_word(*QOP)), WithJsonSchema({"enum": [*QOP]})]],
            OneOrMore(),
        ]
        | None
    ) = Field(None, description="What may be protected; none for the form of RFC 2069.")
    wrong: (
        Annotated[
            int,
            BeforeValidator(whole_number(400, 699)),
            WithJsonSchema({"type": "integer", "minimum": 400, "maximum": 699}),
        ]
        | None
    ) = Field(
        None,
        description="The status for an unknown user or a wrong password; another challenge"
        " without it.",
    )

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.qop is not None and "none" in self.qop and len(self.qop) > 1:
            raise sentence('"none" stands alone: qop: none')
        return self

    def challenge(self) -> Respond:
        """Return the challenge."""
        qop: tuple[bytes, ...] | None = None
        if self.qop is not None:
            qop = tuple(each.encode() for each in self.qop if each != "none")
        terms = Terms(
            None if self.realm is None else self.realm.encode(),
            tuple(each.encode() for each in self.algorithms),
            qop,
            refusal=self.wrong,
        )
        return Respond(self.status, terms=terms)


class RegistrarShape(Shape):
    """What the registrar grants."""

    WHAT = "registrar"

    minimum: Interval = Field(
        _DEFAULTS.minimum, description="The shortest interval; a shorter one is answered 423."
    )
    maximum: Interval = Field(
        _DEFAULTS.maximum, description="The longest interval; a longer request is granted this one."
    )
    default: Interval = Field(
        _DEFAULTS.default, description="The interval of a contact that asks for none."
    )
    bindings: Annotated[
        int,
        BeforeValidator(whole_number(1, 1_000)),
        WithJsonSchema({"type": "integer", "minimum": 1, "maximum": 1_000}),
    ] = Field(_DEFAULTS.bindings, description="Bindings of one address of record at a time.")
    domains: Annotated[list[Line], OneOrMore()] = Field(
        [], description="The only domains that it serves; any without them."
    )
    path: Flag = Field(
        False, description="Whether a Path for a phone that does not support it is refused (420)."
    )

    @model_validator(mode="after")
    def _are_in_order(self) -> Self:
        if self.minimum > self.maximum:
            raise sentence(f"minimum ({self.minimum} s) is longer than maximum ({self.maximum} s)")
        return self

    def registering(self) -> Registering:
        """Return it for the registrar."""
        return Registering(
            minimum=self.minimum,
            maximum=self.maximum,
            default=self.default,
            bindings=self.bindings,
            domains=tuple(domain.lower().encode() for domain in self.domains),
            path=self.path,
        )
