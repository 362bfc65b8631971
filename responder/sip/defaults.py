"""The header fields that a status brings by itself: the registry's rules carried out.

The registry (`responder.codes`) says which fields a code needs, when, and by which builder each
value is made; here is every builder, and a plan for each status and method that is compiled once.
"""

from collections.abc import Callable
from typing import Final, TypeAlias

from responder.codes import PLACEHOLDER, HeaderRule, lookup
from responder.sip import capabilities
from responder.sip.authenticator import USUAL, Authenticator, Terms
from responder.sip.errors import Misuse
from responder.sip.events import Flow
from responder.sip.headers.date import format_date
from responder.sip.message import Message
from responder.sip.settings import Settings, Tokens

_LONGEST_EXPIRY: Final = 3600
_MOST_KNOWN: Final = 1_000
_LONGEST_KNOWN: Final = 256
_DECIDED: Final = frozenset({"in-request", "dialog", "reliable", "body"})
_LOCAL: Final = frozenset(
    {
        "accept-encoding",
        "accept-language",
        "alertmsg-error",
        "allow",
        "allow-events",
        "alternatives",
        "contact",
        "geolocation-error",
        "host",
        "min-expires",
        "min-se",
        "proxy",
        "recv-info",
        "redirect",
        "rseq",
        "security-server",
        "session-expires",
        "supported",
    }
)
"""The builders that look at nothing but the place of a request and the dialled user."""
_CHALLENGES: Final = frozenset({"{challenge}", "{proxy-challenge}"})
# A challenge is a line of its own, never an element of a list (RFC 3261 7.3.1).
_LISTING: Final = ["Contact: {bindings}", "Date: {date}"]
_WANTED: Final = (b"100rel", b"timer", b"tdialog", b"norefersub")


class Answer:
    """What the builders may look at while one response is made.

    Attributes:
        request: the request that is answered.
        flow: where it came from.
        status: the status of the response.
        host: our own host and port as a URI writes them.
        user: the user part that the request dialled, as sent.
        unsupported: the option tags that a 420 names, or empty.
        cause: what about the body a 415 refuses: ``type``, ``encoding`` or ``language``.
        now: seconds.
        born: when the request came.
        bindings: the Contact value that lists the bindings of a REGISTER; None for none.
        terms: how a challenge differs from the settings.
        stale: whether a challenge calls the nonce stale that the request used.
    """

    __slots__ = (
        "bindings",
        "born",
        "cause",
        "flow",
        "host",
        "now",
        "request",
        "stale",
        "status",
        "terms",
        "unsupported",
        "user",
    )

    def __init__(
        self, request: Message, flow: Flow, status: int, host: bytes, user: bytes, now: float
    ) -> None:
        self.request = request
        self.flow = flow
        self.status = status
        self.host = host
        self.user = user
        self.now = now
        self.born = now
        self.unsupported: tuple[bytes, ...] = ()
        self.cause = ""
        self.bindings: bytes | None = None
        self.terms: Terms = USUAL
        self.stale = False


Builder: TypeAlias = Callable[[Answer], bytes | None]
Condition: TypeAlias = Callable[[Answer], bool]


class Entry:
    """One header field of a plan: its lines are made anew for each response.

    Attributes:
        name: its name.
        asked_by: the field without which a request does not get it, in lower case, or empty.
        conditions: what else has to hold.
        make: makes the values.
        one_of: the group of which one entry is sent in any case, or None.
        local: whether the values depend on nothing but where the request came in, and for whom.
    """

    __slots__ = ("asked_by", "conditions", "local", "make", "name", "one_of")

    def __init__(
        self,
        name: bytes,
        asked_by: bytes,
        conditions: tuple[Condition, ...],
        make: Callable[[Answer], list[bytes]],
        one_of: str | None,
        local: bool,
    ) -> None:
        self.name = name
        self.asked_by = asked_by
        self.conditions = conditions
        self.make = make
        self.one_of = one_of
        self.local = local and not conditions and one_of is None


class Plan:
    """The fields of one status and method.

    Attributes:
        fixed: lines that are always the same, each with its line end.
        fixed_fields: the same as (name, value) pairs.
        entries: fields that depend on the request.
        asked_by: the fields of a request that some entry wants to see.
        local: whether a request without any of them gets what `Entry.local` says.
        listing: whether a request without any of them gets what `Defaults.listing` says.
        known: the lines for such requests, by host, user, transport and whether sips is needed.
    """

    __slots__ = ("asked_by", "entries", "fixed", "fixed_fields", "known", "listing", "local")

    def __init__(
        self, fixed: list[tuple[bytes, bytes]], entries: list[Entry], listing: bool
    ) -> None:
        self.fixed_fields = tuple(fixed)
        self.fixed = b"".join(b"%b: %b\r\n" % field for field in fixed)
        self.entries = tuple(entries)
        self.asked_by = frozenset(entry.asked_by for entry in entries if entry.asked_by)
        self.local = all(entry.local or entry.asked_by for entry in entries)
        self.listing = listing
        self.known: dict[tuple[bytes, bytes, str, bool], bytes] = {}


class Defaults:
    """Makes the fields of every status for one endpoint.

    Args:
        settings: what the endpoint advertises.
        tokens: a source of fresh tokens.
        authenticator: makes the challenges.
    """

    def __init__(self, settings: Settings, tokens: Tokens, authenticator: Authenticator) -> None:
        self._settings = settings
        self._tokens = tokens
        self._authenticator = authenticator
        self._plans: dict[bytes, dict[int, Plan]] = {}
        self._builders: dict[str, Builder] = {
            "accept": lambda answer: capabilities.accept(answer.request.method),
            "accept-encoding": lambda _: b", ".join(capabilities.ENCODINGS),
            "accept-language": lambda _: b", ".join(capabilities.LANGUAGES),
            "alertmsg-error": lambda _: b'100;code="Cannot Process Alert"',
            "allow": lambda _: capabilities.ALLOW,
            "allow-events": lambda _: capabilities.ALLOW_EVENTS,
            "alternatives": _alternatives,
            "bindings": lambda answer: answer.bindings,
            "contact": contact,
            "date": lambda answer: format_date(answer.now + self._settings.epoch),
            "entity-tag": lambda _: self._tokens(),
            "expires": _expires,
            "geolocation-error": lambda _: b'100;code="Cannot Process Location"',
            "host": lambda answer: answer.host,
            "min-expires": lambda _: b"3600",
            "min-se": lambda _: b"90",
            "missing-uris": lambda answer: b"<%b>" % answer.request.uri,
            "proxy": lambda answer: b"<sip:%b;lr>" % answer.host,
            "recv-info": lambda _: b"",
            "redirect": _redirect,
            "required-extension": _required_extension,
            "retry-after-0-10": self._up_to_ten,
            "rseq": lambda _: None,
            "security-server": lambda _: capabilities.SECURITY,
            "session-expires": _session_expires,
            "supported": lambda _: capabilities.SUPPORTED,
            "timestamp": _timestamp,
            "unsupported": _unsupported,
        }

    def plan(self, status: int, method: bytes) -> Plan:
        """Return the plan of a status and a method, compiled at its first use.

        Args:
            status: 100 to 699.
            method: the request's method; unknown ones share one plan.
        """
        try:
            return self._plans[method][status]
        except KeyError:
            known = method if method in capabilities.METHODS else b""
            plans = self._plans.setdefault(known, {})
            if status not in plans:
                plans[status] = self._compile(status, known)
            return plans[status]

    def known_lines(
        self, plan: Plan, request: Message, flow: Flow, host: bytes, user: bytes
    ) -> bytes | None:
        """Return what `lines` would, remembered; None when it depends on more of the request."""
        if not plan.local or not plan.asked_by.isdisjoint(request.fields):
            return None
        key = (host, user, flow.transport, needs_sips(request))
        lines = plan.known.get(key)
        if lines is None:
            lines = self.lines(plan, Answer(request, flow, 0, host, user, 0.0))
            if len(user) <= _LONGEST_KNOWN:
                if len(plan.known) >= _MOST_KNOWN:
                    plan.known.clear()
                plan.known[key] = lines
        return lines

    def listing(self, bindings: bytes | None, now: float) -> bytes:
        """Return what `lines` would where a registrar lists its bindings, at a third of the cost.

        Args:
            bindings: the Contact value that lists them; None for none.
            now: seconds.
        """
        date = format_date(now + self._settings.epoch)
        if bindings is None:
            return b"Date: %b\r\n" % date
        return b"Contact: %b\r\nDate: %b\r\n" % (bindings, date)

    def lines(self, plan: Plan, answer: Answer) -> bytes:
        """Return all fields of a plan for one response, as lines with their line ends."""
        return b"".join(
            [plan.fixed, *[b"%b: %b\r\n" % field for field in self.dependent(plan, answer)]]
        )

    def fields(self, plan: Plan, answer: Answer) -> list[tuple[bytes, bytes]]:
        """Return all fields of a plan for one response as (name, value) pairs."""
        return [*plan.fixed_fields, *self.dependent(plan, answer)]

    def dependent(self, plan: Plan, answer: Answer) -> list[tuple[bytes, bytes]]:
        """Return the fields of a plan that depend on the request."""
        result: list[tuple[bytes, bytes]] = []
        groups: dict[str, Entry] = {}
        satisfied: set[str] = set()
        for entry in plan.entries:
            if entry.one_of is not None:
                groups.setdefault(entry.one_of, entry)
            if entry.asked_by and entry.asked_by not in answer.request.fields:
                continue
            for condition in entry.conditions:
                if not condition(answer):
                    break
            else:
                if entry.one_of is not None:
                    satisfied.add(entry.one_of)
                result += [(entry.name, value) for value in entry.make(answer)]
        for group, first in groups.items():
            if group not in satisfied:
                result += [(first.name, value) for value in first.make(answer)]
        return result

    def _compile(self, status: int, method: bytes) -> Plan:
        fixed: list[tuple[bytes, bytes]] = []
        entries: list[Entry] = []
        unasked: list[str] = []
        for rule in _rules(status):
            if not rule.send or (rule.methods and method.decode() not in rule.methods):
                continue
            if rule.one_of is None and not _possible(rule, status):
                continue
            names = PLACEHOLDER.findall(rule.value)
            name = rule.name.encode()
            asked_by = name.lower() if "in-request" in rule.when else b""
            conditions = tuple(_condition(text) for text in rule.when if text not in _DECIDED)
            always = not asked_by and not conditions and rule.one_of is None
            if not names and always:
                fixed.append((name, rule.value.encode()))
            elif always and names == ["allow"] and rule.value == "{allow}":
                fixed.append((name, capabilities.ALLOW))
            elif always and names == ["supported"] and rule.value == "{supported}":
                fixed.append((name, capabilities.SUPPORTED))
            else:
                local = _LOCAL.issuperset(names)
                make = self._maker(rule.value)
                entries.append(Entry(name, asked_by, conditions, make, rule.one_of, local))
                if not asked_by:
                    unasked.append(f"{rule.name}: {rule.value}" if always else rule.name)
        return Plan(fixed, entries, not fixed and unasked == _LISTING)

    def _maker(self, value: str) -> Callable[[Answer], list[bytes]]:
        names: list[str] = PLACEHOLDER.findall(value)
        if value in _CHALLENGES:
            return self._challenges
        if len(names) == 1 and value.startswith("{request:") and value.endswith("}"):
            key = names[0].removeprefix("request:").lower().encode()
            return lambda answer: answer.request.values(key)
        if names == [value[1:-1]]:
            return _alone(self._builders[names[0]])
        pieces = PLACEHOLDER.split(value)

        def make(answer: Answer) -> list[bytes]:
            parts: list[bytes] = []
            for place, piece in enumerate(pieces):
                part = piece.encode() if place % 2 == 0 else self._build(piece, answer)
                if part is None:
                    return []
                parts.append(part)
            return [b"".join(parts)]

        return make

    def _build(self, name: str, answer: Answer) -> bytes | None:
        if name.startswith("request:"):
            return answer.request.fields.get(name.removeprefix("request:").lower().encode())
        return self._builders[name](answer)

    def _challenges(self, answer: Answer) -> list[bytes]:
        made, terms, now = self._authenticator, answer.terms, answer.now
        stale = answer.stale or made.called_stale(answer.request, answer.status, terms, now)
        return made.challenges(terms, stale, now)

    def _up_to_ten(self, _: Answer) -> bytes:
        # RFC 3261 14.2 asks for a random number of seconds from 0 to 10.
        return b"%d" % (int(self._tokens(), 16) % 11)


def _alone(build: Builder) -> Callable[[Answer], list[bytes]]:
    """Return the maker of a value that is one builder's and nothing else."""

    def make(answer: Answer) -> list[bytes]:
        value = build(answer)
        return [] if value is None else [value]

    return make


def _rules(status: int) -> tuple[HeaderRule, ...]:
    """Return the rules of a status.

    What a 2xx owes its request depends on the method and not on which 2xx it is (RFC 3261 12.1.1,
    13.3.1.4): one that the registry knows has the rules of 200 too, where it sets none of its own.
    """
    own = lookup(status).headers
    if not 200 < status < 300:
        return own
    named = {rule.name for rule in own}
    return (*own, *[rule for rule in lookup(200).headers if rule.name not in named])


def contact(answer: Answer) -> bytes:
    """Return the Contact of this endpoint for the dialled user (RFC 3261 12.1.1)."""
    scheme = b"sips" if needs_sips(answer.request) else b"sip"
    return _here(answer, scheme, answer.user)


def _here(answer: Answer, scheme: bytes, user: bytes) -> bytes:
    """Return a user at this endpoint, by the transport that the request took."""
    name = user + b"@" if user else b""
    transport = answer.flow.transport
    if transport in {"udp", "tls"}:
        return b"<%b:%b%b>" % (scheme, name, answer.host)
    way = b"ws" if transport == "wss" else transport.encode()
    return b"<%b:%b%b;transport=%b>" % (scheme, name, answer.host, way)


def needs_sips(request: Message) -> bool:
    """Whether a dialog-forming response has to show a SIPS Contact (RFC 3261 12.1.1)."""
    uri = request.uri
    if uri[:4] != b"sip:" and uri[:5].lower() == b"sips:":
        return True
    first = request.fields.get(b"record-route") or request.fields.get(b"contact", b"")
    if first[:5] == b"<sip:" and b"<" not in first[5:]:
        return False
    return b"<sips:" in first.lower() or first[:5].lower() == b"sips:"


def _possible(rule: HeaderRule, status: int) -> bool:
    """Whether a response with a status can meet the conditions of a rule at all."""
    dialog = "dialog" not in rule.when or 100 < status < 300
    # Neither reliable provisionals nor bodies are default.
    return dialog and "reliable" not in rule.when and "body" not in rule.when


def _condition(text: str) -> Condition:
    kind, _, detail = text.partition(":")
    tag = detail.encode()
    match kind:
        case "supported":
            return lambda answer: tag in answer.request.tokens(b"supported")
        case "not-supported":
            return lambda answer: tag not in answer.request.tokens(b"supported")
        case "cause":
            return lambda answer: answer.cause == detail
        case _:
            raise Misuse(f"condition {text!r}")


def _redirect(answer: Answer) -> bytes:
    # Never the Request-URI itself (RFC 3261 8.3), so a phone that follows it gets an answer.
    user = b"answer" if answer.user == b"200" else b"200"
    return _here(answer, b"sip", user)


def _alternatives(answer: Answer) -> bytes:
    first, second = _here(answer, b"sip", b"200"), _here(answer, b"sip", b"180-3s-200")
    return b"%b;q=1.0, %b;q=0.5" % (first, second)


def _expires(answer: Answer) -> bytes:
    value = answer.request.fields.get(b"expires")
    if value is None or not value.isdigit() or len(value) > 10:
        return b"%d" % _LONGEST_EXPIRY
    return b"%d" % min(int(value), _LONGEST_EXPIRY)


def _session_expires(_: Answer) -> None:
    # Session timers are not offered: a 2xx without the field switches them off (RFC 4028 7.2).
    return None


def _timestamp(answer: Answer) -> bytes | None:
    value = answer.request.fields.get(b"timestamp")
    delay = answer.now - answer.born
    if not value or delay < 0.001:
        return value
    # RFC 3261 8.2.6.1: the time the answer took goes behind what the client wrote.
    return b"%b %.3f" % (value.split(None, 1)[0], delay)


def _required_extension(answer: Answer) -> bytes:
    """Name an extension that the caller does not list (RFC 3261 21.4.16)."""
    supported = answer.request.tokens(b"supported")
    return next((tag for tag in _WANTED if tag not in supported), _WANTED[0])


def _unsupported(answer: Answer) -> bytes:
    if answer.unsupported:
        return b", ".join(answer.unsupported)
    required = answer.request.tokens(b"require")
    return b", ".join(required) or b"100rel"
