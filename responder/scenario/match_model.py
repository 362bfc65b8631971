"""What a rule asks of a request, as scenario files write it, and its conditions.

``match`` names fields; a field's value is what it has to equal, or a mapping of operators, which
must all hold. ``any``, ``all`` and ``not`` join operators inside a field, whole matches outside.
"""

import ipaddress
import re
from collections.abc import Callable
from typing import Annotated, Any, ClassVar, Final, Self, TypeAlias

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from responder.scenario import matching, view
from responder.scenario.matching import Condition, Predicate
from responder.scenario.patterns import compile_pattern
from responder.scenario.shape import Shape, Short
from responder.scenario.values import (
    Flag,
    HeaderName,
    Method,
    Name,
    NetworkText,
    OneOrMore,
    Pattern,
    Port,
    Text,
    Transport,
    UriText,
    sentence,
)
from responder.scenario.view import Read
from responder.scenario.yaml_text import NOTHING
from responder.sip.message import canonical

PlaceOf: TypeAlias = Callable[[tuple[str | int, ...]], str]
"""Returns where in its file a part of a rule stands, as ``file:line``."""

_PARAMS: Final = "*.param.*"
_PARAM: Final = re.compile(r"(?:uri|from|to|contact)\.param\.[A-Za-z0-9\-_.!~*'()\[\]/:&+$%`]+")


class Wanted(Short):
    """What a field has to be; several operators must all hold."""

    WHAT = "the operators of a field"
    SHORT = "equals"
    MEANT: ClassVar[dict[str, str]] = {
        "equal": 'did you mean "equals"?',
        "is": 'did you mean "equals"?',
        "matches": 'did you mean "regex"?',
        "starts": 'did you mean "prefix"?',
        "startswith": 'did you mean "prefix"?',
        "exists": 'did you mean "present"?',
        "in": 'did you mean "any"?',
        "or": 'did you mean "any"?',
        "and": 'did you mean "all"?',
    }
    FOLD: ClassVar[bool] = False

    equals: Text | None = Field(None, description="The value is exactly this.")
    regex: Pattern | None = Field(
        None,
        description="This pattern (RE2 syntax) is found anywhere in the value; ^ and $ anchor it.",
    )
    contains: Text | None = Field(None, description="This occurs in the value.")
    prefix: Text | None = Field(None, description="The value starts with this.")
    absent: Flag | None = Field(None, description="true: the request has no such field.")
    present: Flag | None = Field(None, description="true: the request has it, whatever its value.")
    any: list[Self] | None = Field(None, min_length=1, description="At least one of these holds.")
    all: list[Self] | None = Field(None, min_length=1, description="Each of these holds.")
    not_: Self | None = Field(None, alias="not", description="This does not hold.")

    @classmethod
    def unfold(cls, value: object) -> object:
        """Put a bare value under ``equals``; say how several values are written."""
        if isinstance(value, list):
            raise sentence("found a list, expected one value; several are written {any: [...]}")
        if value is None or value is NOTHING:
            raise sentence(
                "found nothing, expected a value; that a field is not there is written"
                " {absent: true}"
            )
        return super().unfold(value)

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        asked = self.given()
        if not asked:
            raise sentence("found no operator, expected one such as equals, regex or contains")
        without = asked.get("absent") is True or asked.get("present") is False
        if without and len(asked) > 1:
            raise sentence("a field that is absent has no value: no other operator can hold too")
        return self

    def predicate(self) -> Predicate:
        """Return what the values of the field must be."""
        fold = self.FOLD
        made: list[Predicate] = []
        if self.equals is not None:
            made.append(self.equal_to(self.equals.encode()))
        if self.regex is not None:
            made.append(matching.searched(compile_pattern(self.regex, ignore_case=fold)))
        if self.contains is not None:
            made.append(matching.contains(self.contains.encode(), fold))
        if self.prefix is not None:
            made.append(matching.starts(self.prefix.encode(), fold))
        if self.absent is not None:
            made.append(matching.present(not self.absent))
        if self.present is not None:
            made.append(matching.present(self.present))
        if self.any is not None:
            made.append(matching.one_of([each.predicate() for each in self.any]))
        if self.all is not None:
            made.append(matching.each_of([each.predicate() for each in self.all]))
        if self.not_ is not None:
            made.append(matching.negated(self.not_.predicate()))
        return matching.each_of(made)

    def equal_to(self, wanted: bytes) -> Predicate:
        """Return what a value must be to equal ``wanted``."""
        return matching.equals_folded(wanted) if self.FOLD else matching.equals(wanted)

    def words(self) -> str:
        """Return what is wanted, for people."""
        return " and ".join([self.in_words(*each) for each in self.given().items()])

    @classmethod
    def in_words(cls, operator: str, value: object) -> str:
        """Say one operator for people."""
        return _WORDS[operator](value)


def _joined(word: str) -> Callable[[Any], str]:
    return lambda values: f"({f' {word} '.join(each.words() for each in values)})"


_WORDS: Final[dict[str, Callable[[Any], str]]] = {
    "equals": str,
    "regex": lambda value: f"/{value}/",
    "contains": lambda value: f"*{value}*",
    "prefix": lambda value: f"{value}*",
    "absent": lambda value: "absent" if value else "present",
    "present": lambda value: "present" if value else "absent",
    "any": _joined("or"),
    "all": _joined("and"),
    "not": lambda value: f"not {value.words()}",
}


class WantedAnyCase(Wanted):
    """What a field has to be in which capitals do not count, such as a host."""

    FOLD = True


class WantedUri(Wanted):
    """What a URI has to be: ``equals`` compares as RFC 3261 section 19.1.4 says."""

    equals: UriText | None = Field(
        None, description="The URI is equal to this one (RFC 3261 19.1.4)."
    )

    def equal_to(self, wanted: bytes) -> Predicate:
        """Compare as URIs."""
        return matching.equals_uri(wanted)


def _named_once(value: object) -> object:
    if isinstance(value, dict):
        seen: dict[bytes, str] = {}
        for name in value:
            key = canonical(str(name).encode())
            if key in seen:
                raise sentence(f'"{seen[key]}" and "{name}" name the same header field')
            if key:
                seen[key] = str(name)
    return value


class Match(Shape):
    """What a request must be for a rule to answer it; all that is given must hold."""

    WHAT = "match"
    MEANT: ClassVar[dict[str, str]] = {
        "user": 'did you mean "uri.user"?',
        "host": 'did you mean "uri.host"?',
        "headers": 'did you mean "header"?',
        "ruri": 'did you mean "uri"?',
        "request-uri": 'did you mean "uri"?',
        "ip": 'did you mean "source"?',
    }

    method: Annotated[list[Method], OneOrMore()] | None = Field(
        None, min_length=1, description="The method, or a list of them."
    )
    uri: WantedUri | None = Field(None, description="The whole Request-URI.")
    uri_user: Wanted | None = Field(
        None, alias="uri.user", description="The user part of the Request-URI, escapes decoded."
    )
    uri_host: WantedAnyCase | None = Field(
        None, alias="uri.host", description="The host of the Request-URI; capitals do not count."
    )
    from_: WantedUri | None = Field(None, alias="from", description="The URI of From.")
    from_user: Wanted | None = Field(
        None, alias="from.user", description="The user part of From: who calls."
    )
    from_host: WantedAnyCase | None = Field(
        None, alias="from.host", description="The host of From; capitals do not count."
    )
    from_display: Wanted | None = Field(
        None, alias="from.display", description="The display name of From, without quotes."
    )
    from_tag: Wanted | None = Field(None, alias="from.tag", description="The tag of From.")
    to: WantedUri | None = Field(None, description="The URI of To.")
    to_user: Wanted | None = Field(None, alias="to.user", description="The user part of To.")
    to_host: WantedAnyCase | None = Field(
        None, alias="to.host", description="The host of To; capitals do not count."
    )
    to_display: Wanted | None = Field(
        None, alias="to.display", description="The display name of To, without quotes."
    )
    to_tag: Wanted | None = Field(
        None, alias="to.tag", description="The tag of To; absent outside a dialog."
    )
    contact: WantedUri | None = Field(None, description="The URI of a Contact.")
    contact_user: Wanted | None = Field(
        None, alias="contact.user", description="The user part of a Contact."
    )
    contact_host: WantedAnyCase | None = Field(
        None, alias="contact.host", description="The host of a Contact; capitals do not count."
    )
    contact_display: Wanted | None = Field(
        None, alias="contact.display", description="The display name of a Contact."
    )
    params: dict[str, WantedAnyCase] | None = Field(
        None,
        alias=_PARAMS,
        description="uri.param.NAME is a parameter of the Request-URI; from.param.NAME,"
        " to.param.NAME and contact.param.NAME are of the header field. Capitals do not count.",
    )
    header: Annotated[dict[HeaderName, Wanted], BeforeValidator(_named_once)] | None = Field(
        None,
        description="Header fields by name, in any case, long or compact. Of several lines one must"
        " fit.",
    )
    body: Wanted | None = Field(None, description="The body.")
    call_id: Wanted | None = Field(None, alias="call-id", description="The Call-ID.")
    source: Annotated[list[NetworkText], OneOrMore()] | None = Field(
        None,
        min_length=1,
        description="The address that the request came from: an IP address, a network such as"
        " 10.0.0.0/8, or a list of them.",
    )
    transport: Annotated[list[Transport], OneOrMore()] | None = Field(
        None, min_length=1, description="The transport that it came over, or a list of them."
    )
    port: Annotated[list[Port], OneOrMore()] | None = Field(
        None, min_length=1, description="The local port that it came to, or a list of them."
    )
    listener: Annotated[list[Name], OneOrMore()] | None = Field(
        None,
        min_length=1,
        description="The listener that it came to, by its name under listen, or a list of them.",
    )
    any: list[Self] | None = Field(None, min_length=1, description="At least one of these matches.")
    all: list[Self] | None = Field(None, min_length=1, description="Each of these matches.")
    not_: Self | None = Field(None, alias="not", description="This does not match.")

    @classmethod
    def unfold(cls, value: object) -> object:
        """Gather the keys that name a parameter."""
        if not isinstance(value, dict):
            return value
        params = {key: value[key] for key in value if _PARAM.fullmatch(str(key))}
        if not params:
            return value
        return {key: value[key] for key in value if key not in params} | {_PARAMS: params}

    @classmethod
    def key_names(cls) -> list[str]:
        """Return the keys as they are written."""
        names = [name for name in super().key_names() if name != _PARAMS]
        return [*names, *[f"{field}.param.NAME" for field in ("uri", "from", "to", "contact")]]

    @classmethod
    def advice(cls, key: str) -> str:
        """Take what looks like the name of a header field for one."""
        if not key.islower() or "-" in key:
            return f'a header field is written "header: {{{key}: ...}}"'
        return "expected a field such as method, uri.user, from.user, header or source"

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        made = handler(schema)
        mapping = handler.resolve_ref_schema(made)
        params = mapping["properties"].pop(_PARAMS)["anyOf"][0]
        mapping["patternProperties"] = {
            r"^(uri|from|to|contact)\.param\..+$": {
                **params["additionalProperties"],
                "description": cls.model_fields["params"].description,
            }
        }
        return made

    @property
    def methods(self) -> tuple[bytes, ...]:
        """The methods that it names; empty for any."""
        return tuple(method.encode() for method in self.method or ())

    @property
    def user(self) -> bytes | None:
        """The user part that the Request-URI must equal; None when it is not asked for."""
        wanted = self.uri_user
        return None if wanted is None or wanted.equals is None else wanted.equals.encode()

    def conditions(self, place: PlaceOf, at: tuple[str | int, ...]) -> tuple[Condition, ...]:
        """Return everything that it asks, in the order of its keys.

        Args:
            place: tells where in its file a part stands.
            at: where in the file the match itself stands.
        """
        made: list[Condition] = []
        for key, value in self.given().items():
            where = place((*at, key))
            if key == "header":
                for name, wanted in value.items():
                    read = view.header(canonical(name.encode()))
                    made.append(_wants(f"header {name}", place((*at, key, name)), read, wanted))
            elif key == _PARAMS:
                made += [_wants(k, place((*at, k)), _reader(k), v) for k, v in value.items()]
            elif key in _LISTS:
                made.append(_among(key, where, value))
            elif key == "not":
                made.append(matching.no_match("not", where, value.conditions(place, (*at, key))))
            elif key in {"any", "all"}:
                matches = [each.conditions(place, (*at, key, n)) for n, each in enumerate(value)]
                join = matching.any_match if key == "any" else matching.all_matches
                made.append(join(key, where, matches))
            else:
                made.append(_wants(key, where, _reader(key), value, _is_indexed(key, value)))
        return tuple(made)


_LISTS: Final[dict[str, Read]] = {
    "method": view.method,
    "source": view.source,
    "transport": view.transport,
    "port": view.port,
    "listener": view.listener,
}
_WHOLE: Final[dict[str, Read]] = {
    "uri": view.uri_text,
    "body": view.body,
    "call-id": view.call_id,
}


def _reader(key: str) -> Read:
    """Return how to read a field that the keys of a match name."""
    field, _, part = key.partition(".")
    if key in _WHOLE:
        return _WHOLE[key]
    if field == "uri":
        return view.uri_part(part)
    name = view.ADDRESSES[field]
    return view.address_part(name, part) if part else view.address_text(name)


def _is_indexed(key: str, wanted: Wanted) -> bool:
    return key == "uri.user" and wanted.model_fields_set == {"equals"}


def _wants(field: str, place: str, read: Read, wanted: Wanted, indexed: bool = False) -> Condition:
    return matching.on_field(field, wanted.words(), place, read, wanted.predicate(), indexed)


def _among(key: str, place: str, values: list[Any]) -> Condition:
    if key == "source":
        networks = [ipaddress.ip_network(text, strict=False) for text in values]
        holds = matching.in_networks(networks)
    else:
        holds = matching.one_of([matching.equals(str(value).encode()) for value in values])
    words = " or ".join(map(str, values))
    return matching.on_field(key, words, place, _LISTS[key], holds, indexed=key == "method")
