"""What is wrong or odd with rules that are well formed: what the protocol does not allow, what no
request can reach, what the registry warns of.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from typing import Any, Final

from responder.codes import lookup
from responder.scenario.call_model import CloseStep, ReceiveStep, ResetStep, SendStep
from responder.scenario.course import follow
from responder.scenario.findings import Finding, listed, nearest
from responder.scenario.loader import Loaded
from responder.scenario.match_model import Match
from responder.scenario.model import RuleShape, Scenario
from responder.scenario.situation import said
from responder.scenario.step_list import Step
from responder.scenario.step_model import Path, SetStep, StatusStep
from responder.scenario.when_model import When
from responder.sip.capabilities import METHODS

_MOST_COMBINED: Final = 8
_NEEDED: Final = {
    "NOTIFY": ("Event", "Subscription-State"),  # RFC 6665 8.2.1, 8.2.3
    "REFER": ("Refer-To",),  # RFC 3515 2.4.1
}
_KNOWN: Final = tuple(method.decode() for method in METHODS)


def lint(loaded: Loaded) -> Iterator[Finding]:
    """Yield what is found, in the order of the file."""
    reached = _Reached()
    given = _values_given(loaded.scenario)
    for place, rule in enumerate(loaded.scenario.rules):
        at = ("rules", place)
        shadow = reached.before(rule, place)
        if shadow is not None:
            line = loaded.place(("rules", shadow)).line
            text = f"never reached: the rule in line {line} matches all that this one does"
            yield Finding(loaded.file, loaded.place(at), text, warning=True)
        yield from _methods(loaded, rule, at)
        yield from _states(loaded, rule, given, at)
        for _, steps, where in rule.parts():
            found: list[Finding] = []
            follow(steps, _named(rule), _noting(loaded, found), (*at, *where))
            yield from found
            for step, path in _each(steps, (*at, *where)):
                if isinstance(step, StatusStep):
                    yield from _status(loaded, rule, step, path)
                elif isinstance(step, SendStep):
                    yield from _send(loaded, step, path)
                elif isinstance(step, CloseStep | ResetStep):
                    yield from _connection(loaded, rule, step, path)


def _noting(loaded: Loaded, found: list[Finding]) -> Callable[[Path, str], None]:
    return lambda path, text: found.append(Finding(loaded.file, loaded.place(path), text))


def _each(steps: Sequence[Step], at: Path) -> Iterator[tuple[Step, Path]]:
    """Yield steps and those inside them, each with where it stands."""
    for place, step in enumerate(steps):
        yield step, (*at, place)
        if isinstance(step, ReceiveStep):
            yield from _each(step.otherwise or (), (*at, place, "otherwise"))


def _send(loaded: Loaded, step: SendStep, at: Path) -> Iterator[Finding]:
    where = loaded.place((*at, "send"))
    given = {name.lower() for name in step.headers}
    for name in _NEEDED.get(step.send, ()):
        if name.lower() not in given:
            text = f"{step.send} has no {name}: give it under headers"
            yield Finding(loaded.file, where, text, warning=True)
    near = None if step.send in _KNOWN else nearest(step.send, _KNOWN)
    if near is not None:
        text = f'send: no RFC names "{step.send}"; did you mean {near}?'
        yield Finding(loaded.file, where, text, warning=True)


def _connection(
    loaded: Loaded, rule: RuleShape, step: CloseStep | ResetStep, at: Path
) -> Iterator[Finding]:
    transports = rule.match.transport if rule.match is not None else None
    if transports == ["udp"]:
        text = f"{step.KEY} needs a connection: the rule matches udp alone"
        yield Finding(loaded.file, loaded.place(at), text)


def _methods(loaded: Loaded, rule: RuleShape, at: tuple[Any, ...]) -> Iterator[Finding]:
    for method in _named(rule):
        near = None if method in _KNOWN else nearest(method, _KNOWN)
        if near is not None:
            where = loaded.place((*at, "match", "method"))
            text = f'method: no RFC names "{method}"; did you mean {near}?'
            yield Finding(loaded.file, where, text, warning=True)


def _status(
    loaded: Loaded, rule: RuleShape, step: StatusStep, at: tuple[Any, ...]
) -> Iterator[Finding]:
    where = loaded.place((*at, "status"))
    methods = _named(rule)
    others = [method for method in methods if method != "INVITE"]
    if step.status < 200 and others:
        text = (
            f"{step.status} is not sent to {others[0]}: only an INVITE gets provisional responses"
            " (RFC 4320 4.1)"
        )
        yield Finding(loaded.file, where, text)
    if step.status == 408 and methods and "INVITE" not in methods:
        text = "408 to a request other than INVITE: RFC 4320 4.2 asks for silence"
        yield Finding(loaded.file, where, text, warning=True)
    code = lookup(step.status)
    needed = {
        rule.name.lower(): rule.name
        for rule in code.headers
        if rule.need == "required" and not rule.when and not rule.one_of
        # what only some requests bring is for those who name them
        if not rule.methods or rule.methods & set(methods)
    }
    for name, value in step.headers.items():
        if value.remove and name.lower() in needed:
            written = needed[name.lower()]
            text = (
                f"a {step.status} without {written} is wrong ({code.rfc}); on purpose it is written"
                f" {{fault: {{missing: {written}}}}}"
            )
            yield Finding(loaded.file, loaded.place((*at, "headers", name)), text, warning=True)
    if code.state != "current":
        yield Finding(
            loaded.file, where, f"{step.status} is {code.state} ({code.rfc})", warning=True
        )


def _named(rule: RuleShape) -> list[str]:
    return [] if rule.match is None else rule.match.method or []


def _values_given(scenario: Scenario) -> dict[str, set[str]]:
    """Return the values that each state begins with or is set to; none for one that counts."""
    given = {name: {value} for name, value in (scenario.state or {}).items()}
    for rule in scenario.rules:
        steps = [step for _, listed, at in rule.parts() for step, _ in _each(listed, at)]
        sets = [step.set for step in steps if isinstance(step, SetStep)]
        for each in [*sets, *([] if rule.set is None else [rule.set])]:
            for name, new in each.state.items():
                if new.value is None:
                    given.pop(name, None)
                elif name in given:
                    given[name].add(new.value)
    return given


def _states(
    loaded: Loaded, rule: RuleShape, given: dict[str, set[str]], at: tuple[Any, ...]
) -> Iterator[Finding]:
    """Find values that a rule waits for in vain."""
    for name, wanted in ((rule.when and rule.when.state) or {}).items():
        values = given.get(name)
        if values is None or wanted.equals is None or wanted.equals in values:
            continue
        near = nearest(wanted.equals, values)
        hint = f'did you mean "{near}"?' if near else f"it is {listed(sorted(values))}"
        text = (
            f'never reached: nothing sets {said((loaded.name, name))} to "{wanted.equals}"; {hint}'
        )
        where = loaded.place((*at, "when", "state", name))
        yield Finding(loaded.file, where, text, warning=True)


class _Reached:
    """Finds rules behind one that matches all they match, where each asks a plain set of things.

    A rule that asks for some of the things that a later one asks for, and nothing else, matches
    all that the later one matches.
    """

    def __init__(self) -> None:
        self._asked: dict[tuple[str | None, frozenset[str]], int] = {}

    def before(self, rule: RuleShape, place: int) -> int | None:
        """Return the place of a rule that leaves nothing for this one; None if there is none.

        Args:
            rule: a rule.
            place: which of the file's it is; rules are handed in one after another.
        """
        things = _things(rule.match) | _circumstances(rule.when)
        methods: list[str | None] = [*_named(rule)] or [None]
        covering = [self._covering(method, things) for method in methods]
        if rule.then != "unmatched" and (rule.when is None or rule.when.rate is None):
            for method in methods:
                self._asked.setdefault((method, things), place)
        if any(each is None for each in covering):
            return None
        return covering[0]

    def _covering(self, method: str | None, things: frozenset[str]) -> int | None:
        most = len(things) if len(things) <= _MOST_COMBINED else 1
        sizes = {*range(most + 1), len(things)}
        for size in sorted(sizes):
            for some in combinations(sorted(things), size):
                for key in {method, None}:
                    found = self._asked.get((key, frozenset(some)))
                    if found is not None:
                        return found
        return None


def _things(match: Match | None) -> frozenset[str]:
    """Return what a match asks beside the method, each thing as a text that says all of it."""
    if match is None:
        return frozenset()
    asked: set[str] = set()
    for key, value in match.given().items():
        if isinstance(value, dict):
            asked |= {f"{key} {name.lower()} {each!r}" for name, each in value.items()}
        elif key != "method":
            asked.add(f"{key} {value!r}")
    return frozenset(asked)


def _circumstances(when: When | None) -> frozenset[str]:
    """Return what a rule asks of the situation, likewise; a rate differs from rule to rule."""
    if when is None:
        return frozenset()
    times = {key: value for key, value in when.given().items() if key in {"from", "until", "since"}}
    asked = {f"when state {name} {value!r}" for name, value in (when.state or {}).items()}
    asked |= {f"when {times!r}"} if times else set()
    asked |= {f"when calls {when.calls!r}"} if when.calls is not None else set()
    return frozenset(asked | ({"when rate"} if when.rate is not None else set()))
