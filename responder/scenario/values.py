"""The values that scenario files hold, each read by one function that says what it expected.

A value that does not fit becomes a ``sentence``, the one kind of error of the models that is ours;
`responder.scenario.sentences` puts the place before it.
"""

import ipaddress
import re
from collections.abc import Callable
from typing import Annotated, Final, TypeAlias

from pydantic import BeforeValidator, GetCoreSchemaHandler, GetJsonSchemaHandler, WithJsonSchema
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from responder.scenario.duration import LONGEST, read_duration
from responder.scenario.faults import FAULT, IMPAIRMENT
from responder.scenario.findings import listed, nearest
from responder.scenario.patterns import BadPattern, compile_pattern
from responder.scenario.yaml_text import Number, described
from responder.sip.capabilities import METHODS
from responder.sip.errors import Malformed
from responder.sip.headers.uri import parse_uri
from responder.sip.message import canonical

TRANSPORTS: Final = ("udp", "tcp", "tls", "ws", "wss")
LONGEST_TEXT: Final = 65_000

_TOKEN: Final = re.compile(r"[A-Za-z0-9\-.!%*_+`'~]{1,64}")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_SHORTEST_TIMER: Final = 0.001
_KNOWN_METHODS: Final = tuple(method.decode() for method in METHODS)
_MADE: Final = frozenset({b"via", b"from", b"to", b"call-id", b"cseq", b"content-length"})


def sentence(text: str) -> PydanticCustomError:
    """Return the error of a value, as a sentence without its place."""
    return PydanticCustomError("sentence", "{text}", {"text": text})


def unfit(value: object, expected: str) -> PydanticCustomError:
    """Return the error of a value that is something else than what is expected."""
    return sentence(f"found {described(value)}, expected {expected}")


def one_or_more(value: object) -> object:
    """Return a list as it is, and anything else as the only element of one."""
    return value if isinstance(value, list) else [value]


class OneOrMore:
    """Marks a list for which its only element can stand."""

    def __get_pydantic_core_schema__(
        self, source: type, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_before_validator_function(one_or_more, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        array = handler(schema)
        return {"anyOf": [array["items"], array]}


def number(value: object) -> float | None:
    """Return the number that a value is; None for anything else, true and false too."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value)


def whole(value: object) -> int | None:
    """Return the whole number that a value is; None for anything else."""
    read = number(value)
    return int(read) if read is not None and read.is_integer() else None


def read_text(value: object) -> str:
    """Read text; a number is the text that it is written as."""
    if isinstance(value, Number):
        return value.written
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        hint = " (true and false need quotes to be text)" if isinstance(value, bool) else ""
        raise unfit(value, f"text{hint}")
    text = str(value)
    if len(text) > LONGEST_TEXT:
        raise sentence(f"found {len(text):,} characters, expected at most {LONGEST_TEXT:,}")
    return text


def read_line(value: object) -> str:
    """Read text that stays on its line."""
    text = read_text(value)
    found = _CONTROL.search(text)
    if found is not None:
        raise sentence(
            f"found a control character (U+{ord(found[0]):04X}), expected one line of text"
        )
    return text


def read_flag(value: object) -> bool:
    """Read true or false."""
    if not isinstance(value, bool):
        raise unfit(value, "true or false")
    return value


def read_wait(value: object) -> float:
    """Read a duration of up to one hour, in seconds."""
    seconds = number(value)
    if isinstance(value, str):
        seconds = read_duration(value.encode())
    if seconds is None or not 0 <= seconds < float("inf"):
        raise unfit(value, "a duration such as 250ms, 2s, 1.5s or 1m (a bare number is seconds)")
    if seconds > LONGEST:
        raise unfit(value, "at most an hour, 60m")
    return seconds


def read_timer(value: object) -> float:
    """Read a duration of at least a millisecond, in seconds."""
    seconds = read_wait(value)
    if seconds < _SHORTEST_TIMER:
        raise unfit(value, "at least 1ms")
    return seconds


def read_status(value: object) -> int:
    """Read a status."""
    status = whole(value)
    if status is None or not 100 <= status <= 699:
        hint = ", without quotes" if isinstance(value, str) and value.isdigit() else ""
        raise unfit(value, f"a status from 100 to 699{hint}")
    return status


def whole_number(least: int, most: int) -> Callable[[object], int]:
    """Return how to read a whole number within limits."""

    def read(value: object) -> int:
        found = whole(value)
        if found is None or not least <= found <= most:
            raise unfit(value, f"a whole number from {least:,} to {most:,}")
        return found

    return read


def one_word(*words: str) -> Callable[[object], str]:
    """Return how to read one of several words."""

    def read(value: object) -> str:
        if isinstance(value, str) and value in words:
            return value
        near = nearest(value, words) if isinstance(value, str) else None
        hint = f'; did you mean "{near}"?' if near else ""
        raise unfit(value, listed(words) + hint)

    return read


def read_method(value: object) -> str:
    """Read a method; any token is one, but capitals count."""
    text = read_line(value) if isinstance(value, str) else ""
    if not _TOKEN.fullmatch(text):
        raise unfit(value, "a method such as INVITE, or a list of them")
    if text in {"ACK", "CANCEL"}:
        raise sentence(f"{text} belongs to an INVITE and is never answered by a rule")
    if text not in _KNOWN_METHODS and text.upper() in _KNOWN_METHODS:
        raise unfit(value, f"{text.upper()}: methods are written in capitals")
    return text


_CLASS: Final = re.compile(r"[1-6]xx")


def read_received(value: object) -> str:
    """Read what a step waits for: a method, a status, or a class of statuses such as 2xx."""
    status = whole(value)
    if status is not None and not isinstance(value, str):
        return str(read_status(value))
    text = read_line(value) if isinstance(value, str) else ""
    if _CLASS.fullmatch(text.lower()):
        return text.lower()
    if not _TOKEN.fullmatch(text) or text[0].isdigit():
        raise unfit(value, "a method such as BYE, a status such as 200, or a class such as 2xx")
    if text not in _KNOWN_METHODS and text.upper() in _KNOWN_METHODS:
        raise unfit(value, f"{text.upper()}: methods are written in capitals")
    return text


def read_asked(value: object) -> str:
    """Read the method of a request of our own inside a call."""
    text = read_line(value) if isinstance(value, str) else ""
    if text == "ACK":
        raise sentence("an ACK leaves by itself, as soon as its 2xx comes")
    if text == "CANCEL":
        raise sentence("CANCEL takes back an INVITE that is not answered: send BYE to hang up")
    if not _TOKEN.fullmatch(text):
        raise unfit(value, "a method such as BYE")
    return read_method(value)


def read_header_name(value: object) -> str:
    """Read the name of a header field; a compact name gives the long one."""
    text = read_text(value)
    if not _TOKEN.fullmatch(text):
        raise unfit(value, "the name of a header field")
    return canonical(text.encode()).decode().title() if len(text) == 1 else text


def read_own_header(value: object) -> str:
    """Read the name of a header field that a response may be given."""
    name = read_header_name(value)
    key = name.lower().encode()
    if key in _MADE:
        raise sentence(f"{value} is made by the responder for each message, and cannot be set")
    if key == b"content-type":
        raise sentence("Content-Type goes with its body: write body: {type: ..., text: ...}")
    return name


def read_pattern(value: object) -> str:
    """Read a regular expression."""
    text = read_text(value)
    try:
        compile_pattern(text)
    except BadPattern as fault:
        raise unfit(value, str(fault)) from None
    return text


def read_uri(value: object) -> str:
    """Read a URI."""
    text = read_line(value)
    try:
        parse_uri(text.encode())
    except Malformed:
        raise unfit(value, "a URI such as sip:trunk@example.com") from None
    return text


def read_network(value: object) -> str:
    """Read an IP address or a network."""
    text = read_line(value)
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise unfit(value, "an IP address, or a network such as 10.0.0.0/8") from None
    return text


def read_name(value: object) -> str:
    """Read the name of a scenario or of a rule, which the Server field will hold as a comment."""
    text = read_line(value).strip()
    if not text or len(text) > 64 or set(text) & set("()\\"):
        raise unfit(value, "a name of 1 to 64 characters, without parentheses and backslashes")
    return text


def read_media_type(value: object) -> str:
    """Read the type of a body."""
    text = read_line(value)
    if not re.fullmatch(r"[\w!#$&^.+\-]+/[\w!#$&^.+\-]+(?:\s*;.+)?", text, re.ASCII):
        raise unfit(value, "a media type such as text/plain")
    return text


def read_description(value: object) -> str:
    """Read a session description, or none."""
    text = read_text(value)
    if text != "none" and not text.startswith("v=0"):
        raise unfit(value, "none, or a session description that begins with v=0")
    return text


def read_unmatched(value: object) -> int | str:
    """Read what a request gets that no rule matches."""
    if value == "dial":
        return "dial"
    status = whole(value)
    if status is None or not 200 <= status <= 699:
        raise unfit(value, "dial, or a final status from 200 to 699")
    return status


_DURATION: Final = {
    "anyOf": [
        {"type": "string", "pattern": r"^[0-9]{1,7}(\.[0-9]{1,6})?(ms|s|m)$"},
        {"type": "number", "minimum": 0, "maximum": LONGEST},
    ]
}
_TEXT: Final = {"type": ["string", "number"]}

Text: TypeAlias = Annotated[str, BeforeValidator(read_text), WithJsonSchema(_TEXT)]
Line: TypeAlias = Annotated[str, BeforeValidator(read_line), WithJsonSchema(_TEXT)]
Flag: TypeAlias = Annotated[bool, BeforeValidator(read_flag)]
Duration: TypeAlias = Annotated[float, BeforeValidator(read_wait), WithJsonSchema(_DURATION)]
Timer: TypeAlias = Annotated[float, BeforeValidator(read_timer), WithJsonSchema(_DURATION)]
Status: TypeAlias = Annotated[
    int,
    BeforeValidator(read_status),
    WithJsonSchema({"type": "integer", "minimum": 100, "maximum": 699}),
]
Method: TypeAlias = Annotated[
    str,
    BeforeValidator(read_method),
    WithJsonSchema({"type": "string", "pattern": r"^[A-Za-z0-9\-.!%*_+`'~]+$"}),
]
HeaderName: TypeAlias = Annotated[str, BeforeValidator(read_header_name)]
OwnHeader: TypeAlias = Annotated[str, BeforeValidator(read_own_header)]
Pattern: TypeAlias = Annotated[str, BeforeValidator(read_pattern), WithJsonSchema(_TEXT)]
UriText: TypeAlias = Annotated[
    str, BeforeValidator(read_uri), WithJsonSchema({"type": "string", "pattern": ":"})
]
NetworkText: TypeAlias = Annotated[
    str, BeforeValidator(read_network), WithJsonSchema({"type": "string"})
]
Transport: TypeAlias = Annotated[
    str, BeforeValidator(one_word(*TRANSPORTS)), WithJsonSchema({"enum": list(TRANSPORTS)})
]
Port: TypeAlias = Annotated[
    int,
    BeforeValidator(whole_number(1, 65_535)),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": 65_535}),
]
Name: TypeAlias = Annotated[
    str, BeforeValidator(read_name), WithJsonSchema({"type": ["string", "number"]})
]
MediaType: TypeAlias = Annotated[
    str, BeforeValidator(read_media_type), WithJsonSchema({"type": "string", "pattern": "/"})
]
Description: TypeAlias = Annotated[
    str, BeforeValidator(read_description), WithJsonSchema({"type": "string"})
]
Unmatched: TypeAlias = Annotated[
    int | str,
    BeforeValidator(read_unmatched),
    WithJsonSchema(
        {"anyOf": [{"const": "dial"}, {"type": "integer", "minimum": 200, "maximum": 699}]}
    ),
]
Seed: TypeAlias = Annotated[
    int, BeforeValidator(whole_number(0, 2**53)), WithJsonSchema({"type": "integer", "minimum": 0})
]


FOREIGN: Final = "x-foreign"
"""In place of ``$ref``: what is defined outside the models, by its name."""


def read_faults(value: object) -> object:
    """Let pass what may name faults; what it says is read when the scenario is compiled."""
    if not isinstance(value, (str, dict, list)):
        raise unfit(value, "a fault such as drop, or a mapping such as {drop: 2}, or a list")
    return value


def read_impairments(value: object) -> object:
    """Let pass what may name impairments, likewise."""
    if not isinstance(value, (dict, list)):
        raise unfit(value, "a mapping such as {loss: 0.1}, or a list of them")
    return value


Faulty: TypeAlias = Annotated[
    object, BeforeValidator(read_faults), WithJsonSchema({FOREIGN: FAULT})
]
Impairing: TypeAlias = Annotated[
    object,
    BeforeValidator(read_impairments),
    WithJsonSchema(
        {
            "anyOf": [
                {FOREIGN: IMPAIRMENT},
                {"type": "array", "minItems": 1, "items": {FOREIGN: IMPAIRMENT}},
            ]
        }
    ),
]
