"""What templates may name: the request, the call, the time, states, random choices. Pure.

Everything here is looked up only when a template asks for it. What a request does not have raises
AttributeError or KeyError, which a template sees as undefined.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Final, TypeAlias, TypeVar

from responder.scenario.distributions import Chance
from responder.scenario.steps import Variable
from responder.scenario.view import View
from responder.sip.errors import Malformed
from responder.sip.grammar import unescape
from responder.sip.headers.address import NameAddr
from responder.sip.headers.date import format_date
from responder.sip.headers.uri import Uri, parse_uri
from responder.sip.message import canonical

Missing: TypeAlias = Callable[[str], object]
"""Makes what stands for a name that is not there."""

T = TypeVar("T")

_USUAL: Final = re.compile(
    rb"(?:[A-Za-z0-9 ]*|\"[^\"\\]*\" ?)<sips?:([A-Za-z0-9_.+\-]+)@([A-Za-z0-9.\-]+)[:;>?]"
)
_MOST_DIGITS: Final = 64
_FURTHEST: Final = 366 * 86_400 * 100


class Facts:
    """What the values of one response are made of.

    Attributes:
        view: the request.
        attempt: which request of those that are counted together it is, from 1.
        number: the number of the call's record.
        rule: what answers it.
        user: the dialled user part.
        began: when the request came, in seconds.
        now: seconds.
        epoch: what to add to ``now`` to get seconds since 1970.
        values: the value of each variable.
        chance: random numbers from 0 up to 1.
    """

    __slots__ = (
        "attempt",
        "began",
        "chance",
        "epoch",
        "now",
        "number",
        "rule",
        "user",
        "values",
        "view",
    )

    def __init__(
        self,
        view: View,
        attempt: int,
        number: int,
        rule: str,
        user: bytes,
        began: float,
        now: float,
        epoch: float,
        values: dict[Variable, str],
        chance: Chance,
    ) -> None:
        self.view = view
        self.attempt = attempt
        self.number = number
        self.rule = rule
        self.user = user
        self.began = began
        self.now = now
        self.epoch = epoch
        self.values = values
        self.chance = chance


PARTS: Final[dict[str, frozenset[str]]] = {
    "request": frozenset(
        {
            "method",
            "uri",
            "from",
            "to",
            "contact",
            "call_id",
            "cseq",
            "header",
            "headers",
            "body",
            "source",
            "source_port",
            "transport",
            "port",
        }
    ),
    "request.uri": frozenset({"scheme", "user", "host", "port", "param"}),
    "request.from": frozenset({"uri", "user", "host", "port", "display", "tag", "param"}),
    "request.to": frozenset({"uri", "user", "host", "port", "display", "tag", "param"}),
    "request.contact": frozenset({"uri", "user", "host", "port", "display", "param"}),
    "request.cseq": frozenset({"number", "method"}),
    "call": frozenset({"attempt", "number", "rule", "user", "duration"}),
    "now": frozenset(
        {"year", "month", "day", "hour", "minute", "second", "weekday", "iso", "rfc1123", "epoch"}
    ),
    "random": frozenset({"integer", "choice", "hex"}),
}
"""What each name, and each of its parts, has."""

NAMED_FREELY: Final = frozenset(
    {
        "request.header",
        "request.uri.param",
        "request.from.param",
        "request.to.param",
        "request.contact.param",
    }
)
"""What has parts that the request names."""

CALLED: Final = frozenset(
    {
        *NAMED_FREELY,
        "request.headers",
        "random.integer",
        "random.choice",
        "random.hex",
        "range",
    }
)
"""What may be called."""


def text(value: bytes) -> str:
    """Return what came by the wire as text; octets that are not UTF-8 come out as they came in."""
    return value.decode("utf-8", "surrogateescape")


class Part:
    """What a template can look into."""

    __slots__ = ()


class Looked(Part):
    """Values by a name that the request gives: ``header('X')``, ``header.X`` or ``header['X']``."""

    __slots__ = ("_missing", "_read", "_what")

    def __init__(self, what: str, read: Callable[[bytes], bytes | None], missing: Missing) -> None:
        self._what = what
        self._read = read
        self._missing = missing

    def __getitem__(self, name: str) -> str:
        value = self._read(str(name).encode("utf-8", "surrogateescape"))
        if value is None:
            raise KeyError(name)
        return text(value)

    def __call__(self, name: str) -> object:
        """Return the value, or what stands for one that is missing."""
        try:
            return self[name]
        except KeyError:
            return self._missing(f"{self._what}('{name}')")


class UriScope(Part):
    """A URI."""

    __slots__ = ("_missing", "_uri", "_what")

    def __init__(self, uri: Uri, what: str, missing: Missing) -> None:
        self._uri = uri
        self._what = what
        self._missing = missing

    def __str__(self) -> str:
        return text(self._uri.to_bytes())

    @property
    def scheme(self) -> str:
        """Such as ``sip``."""
        return text(self._uri.scheme)

    @property
    def user(self) -> str:
        """The user part, escapes decoded."""
        return text(unescape(_there(self._uri.user)))

    @property
    def host(self) -> str:
        """The host, without brackets."""
        return text(_there(self._uri.host or None))

    @property
    def port(self) -> int:
        """The port, where it is written."""
        return _there(self._uri.port)

    @property
    def param(self) -> Looked:
        """The parameters of the URI."""
        return Looked(f"{self._what}.param", _lower(self._uri.param), self._missing)


class AddressScope(UriScope):
    """The value of From, To or Contact; it reads as its URI."""

    __slots__ = ("_address",)

    def __init__(self, address: NameAddr, what: str, missing: Missing) -> None:
        super().__init__(address.uri, what, missing)
        self._address = address

    @property
    def uri(self) -> UriScope:
        """Its URI alone."""
        return UriScope(self._address.uri, f"{self._what}.uri", self._missing)

    @property
    def display(self) -> str:
        """The display name, without quotes."""
        _there(self._address.display)
        return self._address.display_text

    @property
    def tag(self) -> str:
        """The tag."""
        return text(_there(self._address.tag))

    @property
    def param(self) -> Looked:
        """The parameters of the header field."""
        return Looked(f"{self._what}.param", _lower(self._address.param), self._missing)


class UsualAddress(Part):
    """An address of the usual form, of which user and host are known without its grammar."""

    __slots__ = ("_exact", "host", "user")

    def __init__(self, exact: Callable[[], AddressScope], user: bytes, host: bytes) -> None:
        self._exact = exact
        self.user = text(user)
        self.host = text(host)

    def __str__(self) -> str:
        return str(self._exact())

    def __getattr__(self, name: str) -> object:
        return getattr(self._exact(), name)


class CSeqScope(Part):
    """CSeq; it reads as it is written."""

    __slots__ = ("_value",)

    def __init__(self, value: bytes) -> None:
        self._value = value

    def __str__(self) -> str:
        return text(self._value)

    @property
    def number(self) -> int:
        """The sequence number."""
        return int(self._value.split()[0])

    @property
    def method(self) -> str:
        """The method."""
        return text(self._value.split()[-1])


class RequestScope(Part):
    """The request that is answered."""

    __slots__ = ("_missing", "_view")

    def __init__(self, view: View, missing: Missing) -> None:
        self._view = view
        self._missing = missing

    def __getattr__(self, name: str) -> "AddressScope | UsualAddress":
        # "from" is no name that a property can have.
        if name != "from":
            raise AttributeError(name)
        return self._address(b"from")

    @property
    def method(self) -> str:
        """Its method."""
        return text(self._view.request.method)

    @property
    def uri(self) -> UriScope | str:
        """The Request-URI; one of an unknown scheme is text."""
        try:
            return UriScope(parse_uri(self._view.request.uri), "request.uri", self._missing)
        except Malformed:
            return text(self._view.request.uri)

    @property
    def to(self) -> "AddressScope | UsualAddress":
        """To."""
        return self._address(b"to")

    @property
    def contact(self) -> "AddressScope | UsualAddress":
        """The first Contact."""
        return self._address(b"contact")

    @property
    def call_id(self) -> str:
        """The Call-ID."""
        return text(self._view.request.fields[b"call-id"])

    @property
    def cseq(self) -> CSeqScope:
        """CSeq."""
        return CSeqScope(self._view.request.fields[b"cseq"])

    @property
    def header(self) -> Looked:
        """The first line of each header field, by its name in any case, long or compact."""
        fields = self._view.request.fields
        return Looked("request.header", lambda name: fields.get(canonical(name)), self._missing)

    def headers(self, name: str) -> list[str]:
        """Return every line of a header field."""
        key = canonical(str(name).encode("utf-8", "surrogateescape"))
        return [text(value) for value in self._view.request.values(key)]

    @property
    def body(self) -> str:
        """Its body; empty without one."""
        return text(bytes(self._view.request.body))

    @property
    def source(self) -> str:
        """The IP address that it came from."""
        return self._view.flow.remote[0]

    @property
    def source_port(self) -> int:
        """The port that it came from."""
        return self._view.flow.remote[1]

    @property
    def transport(self) -> str:
        """The transport that it came over: ``udp``, ``tcp`` ..."""
        return self._view.flow.transport

    @property
    def port(self) -> int:
        """The local port that it came to."""
        return self._view.flow.local[1]

    def _address(self, name: bytes) -> "AddressScope | UsualAddress":
        usual = _USUAL.match(self._view.request.fields.get(name, b""))
        if usual is not None:
            return UsualAddress(partial(self._exact, name), usual[1], usual[2])
        return self._exact(name)

    def _exact(self, name: bytes) -> AddressScope:
        found = self._view.addresses(name)
        if not found:
            raise AttributeError(name)
        return AddressScope(found[0], f"request.{name.decode()}", self._missing)


class CallScope(Part):
    """What is known of the call beside its request."""

    __slots__ = ("_facts",)

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    @property
    def attempt(self) -> int:
        """Which request of those that are counted together it is, from 1."""
        return self._facts.attempt

    @property
    def number(self) -> int:
        """How many calls and requests there were, this one counted."""
        return self._facts.number

    @property
    def rule(self) -> str:
        """The scenario and the rule that answer it."""
        return self._facts.rule

    @property
    def user(self) -> str:
        """The user part that was dialled."""
        return text(unescape(self._facts.user))

    @property
    def duration(self) -> float:
        """Seconds since the request came."""
        return round(self._facts.now - self._facts.began, 3)


class Now(Part):
    """A time; it reads as ISO 8601 has it, to the second."""

    __slots__ = ("_seconds",)

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def __str__(self) -> str:
        return self.iso

    @property
    def epoch(self) -> int:
        """Seconds since 1970."""
        return int(self._seconds)

    @property
    def iso(self) -> str:
        """Such as ``2026-01-31T12:00:00Z``."""
        return self._time.isoformat(timespec="seconds")[:19] + "Z"

    @property
    def rfc1123(self) -> str:
        """As a Date header field has it (RFC 3261 20.17)."""
        return text(format_date(self._seconds))

    @property
    def year(self) -> int:
        """The year."""
        return self._time.year

    @property
    def month(self) -> int:
        """1 to 12."""
        return self._time.month

    @property
    def day(self) -> int:
        """1 to 31."""
        return self._time.day

    @property
    def hour(self) -> int:
        """0 to 23, of UTC."""
        return self._time.hour

    @property
    def minute(self) -> int:
        """0 to 59."""
        return self._time.minute

    @property
    def second(self) -> int:
        """0 to 59."""
        return self._time.second

    @property
    def weekday(self) -> int:
        """1 for Monday to 7."""
        return self._time.isoweekday()

    def later(self, seconds: float) -> "Now":
        """Return a time that is so many seconds later; at most a hundred years."""
        return Now(self._seconds + min(max(float(seconds), -_FURTHEST), _FURTHEST))

    @property
    def _time(self) -> datetime:
        return datetime.fromtimestamp(self._seconds // 1, UTC)


class StateScope(Part):
    """The states of the scenario by name; the only one reads as its value."""

    __slots__ = ("_scenario", "_values")

    def __init__(self, values: dict[Variable, str], scenario: str) -> None:
        self._values = values
        self._scenario = scenario

    def __getitem__(self, name: str) -> str:
        return self._values[self._scenario, name]

    def __str__(self) -> str:
        return self["state"]


class RandomScope(Part):
    """Random choices, by the seed."""

    __slots__ = ("_chance",)

    def __init__(self, chance: Chance) -> None:
        self._chance = chance

    def integer(self, least: int, most: int) -> int:
        """Return a whole number from the first to the second."""
        return least + int(self._chance() * (most - least + 1))

    def choice(self, values: list[object]) -> object:
        """Return one of some values."""
        return values[int(self._chance() * len(values))]

    def hex(self, digits: int) -> str:
        """Return so many hexadecimal digits, up to 64."""
        count = min(max(int(digits), 0), _MOST_DIGITS)
        return "".join(["0123456789abcdef"[int(self._chance() * 16)] for _ in range(count)])


SCOPES: Final[dict[str, Callable[[Facts, str, Missing], Part]]] = {
    "request": lambda facts, _scenario, missing: RequestScope(facts.view, missing),
    "call": lambda facts, _scenario, _missing: CallScope(facts),
    "now": lambda facts, _scenario, _missing: Now(facts.epoch + facts.now),
    "state": lambda facts, scenario, _missing: StateScope(facts.values, scenario),
    "random": lambda facts, _scenario, _missing: RandomScope(facts.chance),
}
"""The names that a template of a scenario can use, and how each is made."""


def _there(value: T | None) -> T:
    if value is None:
        raise AttributeError
    return value


def _lower(read: Callable[[bytes], bytes | None]) -> Callable[[bytes], bytes | None]:
    return lambda name: read(name.lower())
