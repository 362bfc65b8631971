"""Which program answers a request: the first rule that matches, then what is dialled.

This file is on the hot path.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, TypeAlias

from responder.scenario.dial import compile_dial
from responder.scenario.matching import Condition
from responder.scenario.situation import Circumstance
from responder.scenario.steps import Program, Respond, Variable
from responder.scenario.view import View
from responder.sip.errors import Malformed
from responder.sip.events import Flow
from responder.sip.headers.address import parse_address
from responder.sip.headers.uri import Uri
from responder.sip.message import Message
from responder.sip.validation import request_uri

UNMATCHED: Final = "unmatched"
"""What the record notes of a request that no rule matched where a rule was wanted."""


UNASKED: Final = frozenset({b"OPTIONS", b"REGISTER"})
"""What phones and PBXs send by themselves: no rule has to match it where dialling answers it."""

_MOST_DIALLED = 4_096


@dataclass(frozen=True, slots=True)
class Rule:
    """A program for the requests that it matches.

    Attributes:
        program: what answers them.
        methods: their methods; empty for any.
        user: the exact user part of their Request-URI, escapes decoded; None for any.
        conditions: what else must hold.
        place: where it is written, as ``file:line``; empty for none.
        when: what must be so beside the request.
        scenario: the name of its scenario; empty for none.
        written: the values of the file that it stands in, and its place among the rules there; None
            where there is no file.
    """

    program: Program
    methods: tuple[bytes, ...] = ()
    user: bytes | None = None
    conditions: tuple[Condition, ...] = ()
    place: str = ""
    when: tuple[Circumstance, ...] = ()
    scenario: str = ""
    written: tuple[Mapping[str, object], int] | None = field(
        default=None, compare=False, repr=False
    )


_Entry: TypeAlias = tuple[int, Rule, tuple[Condition, ...]]
"""A rule's place, the rule, and the conditions that the index leaves open."""


class Found:
    """What is to answer a request.

    Attributes:
        user: the user part that it dials; for REGISTER that of To, since its Request-URI has none.
        program: what answers it; None if nothing does.
        rule: the rule that does; None for what is dialled.
    """

    __slots__ = ("program", "rule", "user")

    def __init__(self, user: bytes, program: Program | None, rule: Rule | None) -> None:
        self.user = user
        self.program = program
        self.rule = rule


Barred: TypeAlias = Callable[[Rule, View, float], bool]
"""Whether a rule that matches a request has nothing to answer it with now, in seconds."""


def _never(_rule: Rule, _view: View, _now: float) -> bool:
    return False


class Rules:
    """Rules in their order, by method and exact user part, so that many cost what a few do.

    Args:
        rules: the rules; the first that matches answers.
        dial: whether a request that no rule matches is answered by what its user part spells.
        unmatched: what answers a request that neither matches nor spells anything; None for what
            dialling says of that.
        states: the first value of each variable.

    Attributes:
        rules: as given.
        dials: whether what is dialled is answered.
        unmatched: as given.
        states: as given.
        attentive: whether a rule asks for more than the request, so that what happens counts.
    """

    def __init__(
        self,
        rules: tuple[Rule, ...] = (),
        dial: bool = True,
        unmatched: Program | None = None,
        states: Mapping[Variable, str] = MappingProxyType({}),
    ) -> None:
        self.rules = rules
        self.unmatched = unmatched
        self.states = states
        self.attentive = any(rule.when for rule in rules)
        self._index: dict[tuple[bytes | None, bytes | None], list[_Entry]] = {}
        for place, rule in enumerate(rules):
            left = tuple(condition for condition in rule.conditions if not condition.indexed)
            for method in rule.methods or (None,):
                self._index.setdefault((method, rule.user), []).append((place, rule, left))
        self.dials = dial
        self._dialled: dict[tuple[bytes, bytes], Found] = {}

    def find(
        self, request: Message, flow: Flow, now: float = 0.0, barred: Barred = _never
    ) -> Found:
        """Return what is to answer a request.

        Args:
            request: a request with its mandatory header fields.
            flow: where it came from.
            now: seconds.
            barred: asked of the first rule that matches, and so on.
        """
        if self._index:
            view = View(request, flow)
            for _, rule, conditions in self._candidates(view):
                for condition in conditions:
                    if not condition.passes(view):
                        break
                else:
                    if not barred(rule, view, now):
                        return Found(self.dialled(request).user, rule.program, rule)
        return self.dialled(request)

    def wanting(self, method: bytes) -> bool:
        """Whether a request that neither matches nor spells anything wants a rule.

        Where there is none, nothing does; nor what phones and PBXs send by themselves.
        """
        return bool(self.rules) and method not in UNASKED

    def _candidates(self, view: View) -> list[_Entry]:
        """Return the rules for a request's method and user part, in their order."""
        index = self._index
        method, user = view.request.method, view.user
        keys: list[tuple[bytes | None, bytes | None]] = [(method, None), (None, None)]
        if user is not None:
            keys += [(method, user), (None, user)]
        found = [index[key] for key in keys if key in index]
        if not found:
            return []
        # The places of two rules differ, so they alone are compared.
        return found[0] if len(found) == 1 else sorted([entry for part in found for entry in part])

    def dialled(self, request: Message) -> Found:
        """Return what a request dials; it is looked up once for each method and place dialled."""
        method = request.method
        place = request.fields[b"to"] if method == b"REGISTER" else request.uri
        key = (method, place)
        found = self._dialled.get(key)
        if found is None:
            found = self._look_up(method, place)
            if len(self._dialled) >= _MOST_DIALLED:
                self._dialled.clear()
            self._dialled[key] = found
        return found

    def _look_up(self, method: bytes, place: bytes) -> Found:
        params: tuple[tuple[bytes, bytes | None], ...] = ()
        user = b""
        if method == b"REGISTER":
            try:
                uri = parse_address(place, "To").uri
            except Malformed:
                return Found(b"", None, None)
            user, params = uri.user or b"", uri.params
        else:
            parsed = request_uri(place)
            if isinstance(parsed, Uri):
                user, params = parsed.user or b"", parsed.params
        return Found(user, compile_dial(user, params, method) if self.dials else None, None)


def redirects(program: Program | None) -> bool:
    """Whether a program's first final response is a 3xx: it then acts as a redirect server.

    A redirect server looks neither at the method nor at required extensions (RFC 3261 8.3).
    """
    if program is None:
        return False
    for step in program.attempts[0]:
        if isinstance(step, Respond) and step.status >= 200:
            return 300 <= step.status < 400
    return False


NAMED: Final = frozenset({481, 501})
"""Refusals that a rule overrules where it names the method."""


def overrules(found: Found, status: int, method: bytes) -> bool:
    """Whether what was found answers a request although the protocol's own answer is ``status``.

    A redirection goes before 420 and 501 (RFC 3261 8.3). A rule that names the method goes before
    501, and before the 481 of a request whose dialog is not known, unless that is an INVITE: it
    would make a dialog of one that is over.
    """
    if status in {420, 501} and redirects(found.program):
        return True
    rule = found.rule
    if rule is None or status not in NAMED or method not in rule.methods:
        return False
    return status == 501 or method != b"INVITE"
